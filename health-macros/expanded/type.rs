pub async fn redis(State(client): State<redis::Client>) -> redis::RedisResult<()> {
    redis::cmd("PING").exec_async(&mut client.connection().await?).await
}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
pub enum RedisCheck {}
#[allow(deprecated, reason = "said where the function names it")]
#[allow(unused_qualifications, reason = "what the user imports is none of our business")]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::HealthCheck for RedisCheck {
        type Details = ();
        const META: __rt::CheckMeta = __rt::CheckMeta::new("redis");
    }
    impl __rt::Runnable for RedisCheck {
        fn requirements(__requirements: &mut __rt::Requirements) {
            __rt::parameter::<State<redis::Client>>().require(__requirements);
        }
        fn run(__cx: __rt::CheckContext) -> __rt::RunFuture {
            let __check = redis;
            __rt::call::<
                RedisCheck,
                _,
                redis::RedisResult<()>,
                _,
                _,
            >(
                (__rt::parameter::<State<redis::Client>>(), ()),
                move |(__0, ())| __check(__0),
                __cx,
            )
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < RedisCheck > (__rt::cfg!(test))
    }
};
