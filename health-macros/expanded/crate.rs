async fn heartbeat() {}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
enum heartbeat {}
#[allow(deprecated, reason = "said where the function names it")]
#[allow(unused_qualifications, reason = "what the user imports is none of our business")]
const _: () = {
    use my::health::__private as __rt;
    impl __rt::HealthCheck for heartbeat {
        type Details = ();
        const META: __rt::CheckMeta = __rt::CheckMeta::new("heartbeat");
    }
    impl __rt::Runnable for heartbeat {
        fn requirements(__requirements: &mut __rt::Requirements) {}
        fn run(__cx: __rt::CheckContext) -> __rt::RunFuture {
            let __check = heartbeat;
            __rt::call::<heartbeat, _, (), _, _>((), move |()| __check(), __cx)
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < heartbeat > (__rt::cfg!(test))
    }
};
