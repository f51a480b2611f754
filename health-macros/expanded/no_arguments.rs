async fn heartbeat() {}
///Names the health check in code, for example in `Depends<heartbeat>`.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_structs,
    reason = "it is named like its function, and has no fields"
)]
struct heartbeat {}
#[allow(
    deprecated,
    unused_qualifications,
    reason = "said where the function names the same"
)]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::AnnotatedCheck for heartbeat {
        type Details = ();
        fn describe() -> __rt::CheckMeta {
            __rt::meta("heartbeat", __rt::None)
        }
        fn function() -> __rt::Function<()> {
            __rt::call::<Self, (), _, _>((), heartbeat)
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < heartbeat > (__rt::cfg!(test))
    }
};
