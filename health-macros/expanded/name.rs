async fn database(State(pool): State<PgPool>) -> Result<PoolStats, sqlx::Error> {
    Ok(PoolStats::of(&pool))
}
/// The check that the function is, as a type.
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
    const __PARAMETERS: (__rt::Parameter<State<PgPool>>,) = (
        __rt::parameter::<State<PgPool>>(),
    );
    impl __rt::HealthCheck for database {
        type Details = PoolStats;
        fn meta(&self) -> __rt::CheckMeta {
            __rt::CheckMeta::new("db")
        }
        fn requirements(&self, __requirements: &mut __rt::Requirements) {
            __rt::Parameters::require(__PARAMETERS, __requirements);
        }
        fn run(&self, __cx: __rt::CheckContext) -> __rt::Run<PoolStats> {
            __rt::call::<
                Self,
                Result<PoolStats, sqlx::Error>,
                _,
                _,
            >(__PARAMETERS, database, &__cx)
        }
    }
    impl __rt::Default for database {
        fn default() -> Self {
            Self {}
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < database > (__rt::cfg!(test))
    }
};
