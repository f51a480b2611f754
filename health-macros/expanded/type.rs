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
#[allow(
    deprecated,
    unused_qualifications,
    reason = "said where the function names the same"
)]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::HealthCheck for RedisCheck {
        type Details = ();
        fn meta() -> __rt::CheckMeta {
            __rt::CheckMeta::new("redis")
        }
    }
    impl __rt::Runnable for RedisCheck {
        fn function() -> __rt::Function {
            __rt::call::<
                Self,
                redis::RedisResult<()>,
                _,
                _,
            >((__rt::parameter::<State<redis::Client>>(),), redis)
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < RedisCheck > (__rt::cfg!(test))
    }
};
