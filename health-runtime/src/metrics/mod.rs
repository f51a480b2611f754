//! Prometheus metrics of the requests and the checks. Never runs a check.

mod checks;
mod collector;
mod exposition;
mod families;
mod health_routes;
mod histogram;
mod layer;
mod method;
mod process;
mod requests;
mod response;
mod shards;
mod watched;

use std::sync::Arc;

pub use self::collector::MetricsCollector;
pub(crate) use self::exposition::{Exposition, Format};
pub use self::health_routes::{ExceptHealthRoutes, ExceptHealthRoutesFuture, ExceptHealthRoutesService, HealthRoute};
pub use self::layer::{MetricsLayer, MetricsService};
pub(crate) use self::requests::Requests;
pub use self::response::{MetricsBody, MetricsFuture};
use crate::health::Health;

impl Health {
    /// Returns a layer that counts requests and adds the header `X-Response-Time` to every response, in seconds with four decimals.
    ///
    /// Add it with [`Router::layer`](axum::Router::layer) after the last route, so that it sees the matched route. Around a whole router or
    /// another tower service, and for requests without a route, the label `route` is `unmatched`. A request that passes two such layers is
    /// counted twice.
    ///
    /// A panic that unwinds through the layer counts as `5xx`. A request that is dropped before the head of its response counts as
    /// `aborted`. A timeout layer belongs inside this one: outside, its responses count as `aborted`.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::Router;
    /// use axum::routing::get;
    /// use health_runtime::Health;
    ///
    /// # fn app() -> Result<Router, health_runtime::BuildError> {
    /// let health = Health::builder().version(env!("CARGO_PKG_VERSION")).without_registered().build()?;
    /// let app = Router::new()
    ///     .route("/orders/{id}", get(async || "an order"))
    ///     .merge(health.router())
    ///     .layer(health.metrics_layer());
    /// # Ok(app)
    /// # }
    /// # app().unwrap();
    /// ```
    pub fn metrics_layer(&self) -> MetricsLayer {
        MetricsLayer::new(Arc::clone(self.requests()))
    }

    /// Returns the metrics of `GET /metrics` as a collector for the application's own registry.
    ///
    /// The registry's prefix and labels apply; [`metrics_prefix`](crate::HealthBuilder::metrics_prefix) does not. If the registry has process
    /// metrics already, use [`without_process`](MetricsCollector::without_process).
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::Health;
    /// use prometheus_client::encoding::text::encode;
    /// use prometheus_client::registry::Registry;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Health::builder().version("1.4.0").without_registered().build()?;
    /// let mut registry = Registry::default();
    /// registry.register_collector(Box::new(health.metrics_collector()));
    /// // The application's own metrics; with a prefix for all, the rules in `deploy/prometheus` would need it, too.
    /// let orders = registry.sub_registry_with_prefix("orders");
    /// # let _ = orders;
    ///
    /// let mut metrics = String::new();
    /// encode(&mut metrics, &registry)?;
    /// assert!(metrics.contains("build_info{version=\"1.4.0\"} 1"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn metrics_collector(&self) -> MetricsCollector {
        MetricsCollector::new(self)
    }
}
