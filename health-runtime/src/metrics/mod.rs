//! What is counted for Prometheus: the requests, and the checks. Reads the engine, and never runs a check.

mod checks;
mod collector;
mod exposition;
mod families;
mod histogram;
mod layer;
mod method;
mod process;
mod requests;
mod response;
mod shards;
mod unlogged;

use std::sync::Arc;

pub use self::collector::MetricsCollector;
pub(crate) use self::exposition::{Exposition, Format};
pub use self::layer::{MetricsLayer, MetricsService};
pub(crate) use self::requests::Requests;
pub use self::response::{MetricsBody, MetricsFuture};
pub use self::unlogged::{ExceptProbes, ExceptProbesFuture, ExceptProbesService, HealthRoute};
use crate::health::Health;

impl Health {
    /// A layer that counts the requests of the services that it is put around, and gives every response the header
    /// `X-Response-Time`, in seconds with four decimals.
    ///
    /// With [`Router::layer`](axum::Router::layer), after the last route, it knows the route that axum found. Elsewhere, around
    /// any tower service for HTTP, and for requests that no route takes, the label `route` is `unmatched`. To be put around a
    /// route once: two layers of a [`Health`] count a request that passes both twice.
    ///
    /// A panic that unwinds through the layer counts as `5xx`; a request dropped before the head of its response, as `aborted`.
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

    /// The metrics that `GET /metrics` serves, for an application's own registry.
    ///
    /// The registry's prefix and labels apply, and not the prefix that [`metrics_prefix`](crate::HealthBuilder::metrics_prefix)
    /// sets.
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
    /// let mut registry = Registry::with_prefix("orders");
    /// registry.register_collector(Box::new(health.metrics_collector()));
    ///
    /// let mut metrics = String::new();
    /// encode(&mut metrics, &registry)?;
    /// assert!(metrics.contains("orders_build_info{version=\"1.4.0\"} 1"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn metrics_collector(&self) -> MetricsCollector {
        MetricsCollector::new(self)
    }
}
