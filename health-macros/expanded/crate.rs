async fn heartbeat() {}
/// The check that the function is, as a type.
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
    use my::health::__private as __rt;
    const __PARAMETERS: () = ();
    impl __rt::HealthCheck for heartbeat {
        type Details = ();
        fn meta(&self) -> __rt::CheckMeta {
            __rt::CheckMeta::new("heartbeat")
        }
        fn run(&self, __cx: __rt::CheckContext) -> __rt::Run<()> {
            __rt::call::<Self, (), _, _>(__PARAMETERS, heartbeat, &__cx)
        }
    }
    impl __rt::Default for heartbeat {
        fn default() -> Self {
            Self {}
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < heartbeat > (__rt::cfg!(test))
    }
};
