async fn heartbeat() {}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
enum heartbeat {}
#[allow(
    deprecated,
    unused_qualifications,
    reason = "said where the function names the same"
)]
const _: () = {
    use my::health::__private as __rt;
    impl __rt::HealthCheck for heartbeat {
        type Details = ();
        fn meta() -> __rt::CheckMeta {
            __rt::CheckMeta::new("heartbeat")
        }
    }
    impl __rt::Runnable for heartbeat {
        fn function() -> __rt::Function {
            __rt::call::<Self, (), _, _>((), heartbeat)
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < heartbeat > (__rt::cfg!(test))
    }
};
