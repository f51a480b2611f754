#[allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "the signature of a health check has few forms"
)]
/// The licence server answers.
fn licence(State(server): State<Server>, cx: CheckContext) -> io::Result<Licence> {
    server.ask(cx.remaining())
}
///Names the health check in code, for example in `Depends<licence>`.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_structs,
    reason = "it is named like its function, and has no fields"
)]
struct licence {}
#[allow(
    deprecated,
    unused_qualifications,
    reason = "said where the function names the same"
)]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::AnnotatedCheck for licence {
        type Details = Licence;
        fn describe() -> __rt::CheckMeta {
            __rt::meta("licence", __rt::Some("The licence server answers."))
        }
        fn function() -> __rt::Function<Licence> {
            __rt::call_blocking::<
                Self,
                io::Result<Licence>,
                _,
                _,
            >(
                (__rt::parameter::<State<Server>>(), __rt::parameter::<CheckContext>()),
                licence,
            )
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < licence > (__rt::cfg!(test))
    }
};
