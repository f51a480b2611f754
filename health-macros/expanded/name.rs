async fn database(State(pool): State<PgPool>) -> Result<PoolStats, sqlx::Error> {
    Ok(PoolStats::of(&pool))
}
///Names the health check in code, for example in `Depends<database>`.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_structs,
    reason = "it is named like its function, and has no fields"
)]
struct database {}
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
            __rt::meta("db", __rt::None)
        }
        fn function() -> __rt::Function<PoolStats> {
            __rt::call::<
                Self,
                Result<PoolStats, sqlx::Error>,
                _,
                _,
            >((__rt::parameter::<State<PgPool>>(),), database)
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < database > (__rt::cfg!(test))
    }
};
