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
    clippy::exhaustive_structs,
    reason = "it is named like its function, and has no fields"
)]
pub(crate) struct database {}
#[allow(
    deprecated,
    unused_qualifications,
    reason = "said where the function names the same"
)]
const _: () = {
    use ::health_runtime::__private as __rt;
    const __PARAMETERS: (
        __rt::Parameter<State<PgPool>>,
        __rt::Parameter<CheckContext>,
    ) = (__rt::parameter::<State<PgPool>>(), __rt::parameter::<CheckContext>());
    impl __rt::HealthCheck for database {
        type Details = ();
        fn meta(&self) -> __rt::CheckMeta {
            __rt::CheckMeta::new("database")
                .with_timeout(__rt::Duration::from_millis(90000u64))
                .with_description(
                    "Postgres answers a trivial query.\n\nOn the main pool.",
                )
        }
        fn requirements(&self, __requirements: &mut __rt::Requirements) {
            __rt::Parameters::require(__PARAMETERS, __requirements);
        }
        fn run(&self, __cx: __rt::CheckContext) -> __rt::Run<()> {
            __rt::call::<Self, Outcome, _, _>(__PARAMETERS, database, &__cx)
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
