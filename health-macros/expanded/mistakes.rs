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
#[allow(
    deprecated,
    unused_qualifications,
    reason = "said where the function names the same"
)]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::HealthCheck for database {
        type Details = PoolStats;
        fn meta() -> __rt::CheckMeta {
            loop {}
        }
    }
    impl __rt::Runnable for database {
        fn function() -> __rt::Function {
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
