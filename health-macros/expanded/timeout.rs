/// Postgres answers a trivial query.
///
/// On the main pool.
#[tracing::instrument]
pub(crate) async fn database(State(pool): State<PgPool>, cx: CheckContext) -> Outcome {
    Outcome::ok(())
}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
pub(crate) enum database {}
#[allow(deprecated, reason = "said where the function names it")]
#[allow(unused_qualifications, reason = "what the user imports is none of our business")]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::HealthCheck for database {
        type Details = ();
        const META: __rt::CheckMeta = __rt::CheckMeta::new("database")
            .timeout(__rt::Duration::from_millis(90000u64))
            .description("Postgres answers a trivial query.\n\nOn the main pool.");
    }
    impl __rt::Runnable for database {
        fn requirements(__requirements: &mut __rt::Requirements) {
            __rt::parameter::<State<PgPool>>().require(__requirements);
            __rt::parameter::<CheckContext>().require(__requirements);
        }
        fn run(__cx: __rt::CheckContext) -> __rt::RunFuture {
            let __check = database;
            __rt::call::<
                database,
                _,
                Outcome,
                _,
                _,
            >(
                (
                    __rt::parameter::<State<PgPool>>(),
                    (__rt::parameter::<CheckContext>(), ()),
                ),
                move |(__0, (__1, ()))| __check(__0, __1),
                __cx,
            )
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < database > (__rt::cfg!(test))
    }
};
