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
::health_runtime::__private::check! {
    database = call(database, fn (State < PgPool >, CheckContext) -> Outcome); { type
    Details = (); } __rt::CheckMeta::new("database")
    .timeout(__rt::Duration::from_millis(90000u64))
    .description("Postgres answers a trivial query.\n\nOn the main pool.")
}
