pub async fn database() -> Result<PoolStats, sqlx::Error> {
    Ok(())
}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
pub enum database {}
#[allow(deprecated, reason = "said where the function names it")]
#[allow(unused_qualifications, reason = "what the user imports is none of our business")]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::HealthCheck for database {
        type Details = PoolStats;
        const META: __rt::CheckMeta = __rt::CheckMeta::new("");
    }
    impl __rt::Runnable for database {
        fn requirements(__requirements: &mut __rt::Requirements) {}
        fn run(__cx: __rt::CheckContext) -> __rt::RunFuture {
            loop {}
        }
    }
};
::core::compile_error! {
    "unknown argument `timout`\nhelp: did you mean `timeout`?"
}
::core::compile_error! {
    "unknown argument `nmae`\nhelp: did you mean `name`?"
}
