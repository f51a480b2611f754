async fn heartbeat() {}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
enum heartbeat {}
my::health::__private::check! {
    heartbeat = call(heartbeat, fn () -> ()); { type Details = (); }
    __rt::CheckMeta::new("heartbeat")
}
