/// Postgres answers a trivial query.
///
/// On the main pool.
#[tracing::instrument]
pub(crate) async fn database(State(pool): State<PgPool>, cx: CheckContext) -> Outcome {
    Outcome::ok(())
}
::health_runtime::__private::check! {
    pub (crate) enum database = call(database, fn (State < PgPool >, CheckContext) ->
    Outcome); { type Details = (); } __rt::CheckMeta::new("database")
    .timeout(__rt::Duration::from_millis(90000u64))
    .description("Postgres answers a trivial query.\n\nOn the main pool.")
}
