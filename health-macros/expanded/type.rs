pub async fn redis(State(client): State<redis::Client>) -> redis::RedisResult<()> {
    redis::cmd("PING").exec_async(&mut client.connection().await?).await
}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_structs,
    reason = "it is named like its function, and has no fields"
)]
pub struct RedisCheck {}
#[allow(
    deprecated,
    unused_qualifications,
    reason = "said where the function names the same"
)]
const _: () = {
    use ::health_runtime::__private as __rt;
    const __PARAMETERS: (__rt::Parameter<State<redis::Client>>,) = (
        __rt::parameter::<State<redis::Client>>(),
    );
    impl __rt::HealthCheck for RedisCheck {
        type Details = ();
        fn meta(&self) -> __rt::CheckMeta {
            __rt::CheckMeta::new("redis")
        }
        fn requirements(&self, __requirements: &mut __rt::Requirements) {
            __rt::Parameters::require(__PARAMETERS, __requirements);
        }
        fn run(&self, __cx: __rt::CheckContext) -> __rt::Run<()> {
            __rt::call::<Self, redis::RedisResult<()>, _, _>(__PARAMETERS, redis, &__cx)
        }
    }
    impl __rt::Default for RedisCheck {
        fn default() -> Self {
            Self {}
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < RedisCheck > (__rt::cfg!(test))
    }
};
