#[allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "the signature of a health check has few forms"
)]
/// The licence server answers.
fn licence(State(server): State<Server>, cx: CheckContext) -> io::Result<Licence> {
    server.ask(cx.remaining())
}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
enum licence {}
::health_runtime::__private::check! {
    licence = call_blocking(licence, fn (State < Server >, CheckContext) -> io::Result <
    Licence >); { type Details = Licence; } __rt::CheckMeta::new("licence")
    .description("The licence server answers.")
}
