async fn database(State(pool): State<PgPool>) -> Result<PoolStats, sqlx::Error> {
    Ok(PoolStats::of(&pool))
}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
enum database {}
#[allow(deprecated, reason = "said where the function names it")]
#[allow(unused_qualifications, reason = "what the user imports is none of our business")]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::HealthCheck for database {
        type Details = PoolStats;
        const META: __rt::CheckMeta = __rt::CheckMeta::new("db");
    }
    impl __rt::Runnable for database {
        fn requirements(__requirements: &mut __rt::Requirements) {
            __rt::parameter::<State<PgPool>>().require(__requirements);
        }
        fn run(__cx: __rt::CheckContext) -> __rt::RunFuture {
            let __check = database;
            __rt::call::<
                database,
                _,
                Result<PoolStats, sqlx::Error>,
                _,
                _,
            >(
                (__rt::parameter::<State<PgPool>>(), ()),
                move |(__0, ())| __check(__0),
                __cx,
            )
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < database > (__rt::cfg!(test))
    }
};
