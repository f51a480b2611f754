pub async fn database() -> Result<PoolStats, sqlx::Error> {
    Ok(())
}
///Names the health check in code, for example in `Depends<database>`.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_structs,
    reason = "it is named like its function, and has no fields"
)]
pub struct database {}
#[allow(
    deprecated,
    unused_qualifications,
    reason = "said where the function names the same"
)]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::AnnotatedCheck for database {
        type Details = PoolStats;
        fn describe() -> __rt::CheckMeta {
            loop {}
        }
        fn function() -> __rt::Function<PoolStats> {
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
