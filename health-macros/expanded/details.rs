#[derive(::health_runtime::__private::serde::Serialize)]
#[serde(crate = "::health_runtime::__private::serde")]
#[derive(::health_runtime::__private::schemars::JsonSchema)]
#[schemars(crate = "::health_runtime::__private::schemars")]
/// The pool.
#[derive(Clone)]
#[serde(rename_all = "camelCase")]
pub struct PoolStats<T> {
    /// Connections open.
    open: T,
}
