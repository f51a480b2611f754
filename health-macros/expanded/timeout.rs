/// Postgres answers a trivial query.
///
/// On the main pool.
#[tracing::instrument]
pub(crate) async fn database(State(pool): State<PgPool>, cx: CheckContext) -> Outcome {
    Outcome::ok(())
}
///Names the health check in code, for example in `Depends<database>`.
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
    impl __rt::AnnotatedCheck for database {
        type Details = ();
        fn describe() -> __rt::CheckMeta {
            __rt::meta(
                    "database",
                    __rt::Some("Postgres answers a trivial query.\n\nOn the main pool."),
                )
                .with_timeout(__rt::Duration::from_millis(90000u64))
        }
        fn function() -> __rt::Function<()> {
            __rt::call::<
                Self,
                Outcome,
                _,
                _,
            >(
                (__rt::parameter::<State<PgPool>>(), __rt::parameter::<CheckContext>()),
                database,
            )
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < database > (__rt::cfg!(test))
    }
};
