pub async fn redis(State(client): State<redis::Client>) -> redis::RedisResult<()> {
    redis::cmd("PING").exec_async(&mut client.connection().await?).await
}
///Names the health check in code, for example in `Depends<RedisCheck>`.
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
    impl __rt::AnnotatedCheck for RedisCheck {
        type Details = ();
        fn describe() -> __rt::CheckMeta {
            __rt::meta("redis", __rt::None)
        }
        fn function() -> __rt::Function<()> {
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
