//! The routers with the routes.

use axum::Router;

#[cfg(feature = "swagger-ui")]
use super::docs;
#[cfg(feature = "metrics")]
use super::metrics;
use super::{documents, probe, status};
use crate::health::{Endpoint, Health};
use crate::probe::Probe;

impl Health {
    /// Returns a router with all routes, to be merged into the application's router.
    ///
    /// Merge it after `.layer(...)` if your layers must not apply to the probes.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::Router;
    /// use health_runtime::Health;
    ///
    /// # fn app() -> Result<Router, health_runtime::BuildError> {
    /// let health = Health::builder().version(env!("CARGO_PKG_VERSION")).without_registered().build()?;
    /// let app = Router::new().merge(health.router());
    /// # Ok(app)
    /// # }
    /// # app().unwrap();
    /// ```
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let mut router = self.probe_routes();
        #[cfg(feature = "metrics")]
        if let Some(path) = self.endpoints().path(Endpoint::Metrics) {
            router = router.route(path, metrics::exposition(self));
        }
        let documents = documents::Documents::default();
        if let Some(path) = self.endpoints().path(Endpoint::OpenApi) {
            router = router.route(path, documents.openapi());
        }
        #[cfg(feature = "swagger-ui")]
        if let (Some(page), Some(document)) =
            (self.endpoints().path(Endpoint::Docs), self.endpoints().address(Endpoint::OpenApi))
        {
            for at in [page, &format!("{page}/")] {
                router = router.route(at, docs::page(at, page, document, self));
            }
            router = router.route(&format!("{page}/{{file}}"), docs::files());
        }
        if let Some(path) = self.endpoints().path(Endpoint::Status) {
            router = router.route(path, status::page(path));
        }
        if let Some(path) = self.endpoints().path(Endpoint::Schemas) {
            router = router.route(&format!("{path}/{{schema}}"), documents.schemas());
        }
        router.with_state(self.clone())
    }

    /// Returns a router with the routes of the three probes only, for a separate listener.
    ///
    /// # Examples
    ///
    /// The application on one port, the probes on another; both listeners close at the same time.
    ///
    /// ```no_run
    /// use axum::Router;
    /// use health_runtime::Health;
    /// use tokio::net::TcpListener;
    ///
    /// # async fn run(health: Health, app: Router) -> std::io::Result<()> {
    /// let public = health.serve(TcpListener::bind("0.0.0.0:8080").await?, app);
    /// let private = health.serve(TcpListener::bind("0.0.0.0:9090").await?, health.probe_router());
    /// tokio::try_join!(public, private)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn probe_router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.probe_routes().with_state(self.clone())
    }

    fn probe_routes(&self) -> Router<Self> {
        let mut router = Router::new();
        for probe in Probe::ALL {
            if let Some(path) = self.endpoints().path(probe.into()) {
                router = router.route(path, probe::all(probe)).route(&format!("{path}/{{check}}"), probe::one(probe));
            }
        }
        router
    }

    /// Returns a router of `utoipa-axum` with all routes and their part of the OpenAPI document.
    ///
    /// `utoipa-axum` ignores name clashes; [`merge_into`](Self::merge_into) reports them.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::Health;
    /// use utoipa_axum::router::OpenApiRouter;
    ///
    /// # fn main() -> Result<(), health_runtime::BuildError> {
    /// let health = Health::builder().version("1.4.0").without_registered().build()?;
    /// let (app, api) = OpenApiRouter::<()>::new().nest("/ops", health.openapi_router()).split_for_parts();
    /// assert!(api.paths.paths.contains_key("/ops/ready"));
    /// # drop::<axum::Router>(app);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "utoipa-axum")]
    pub fn openapi_router<S: Clone + Send + Sync + 'static>(&self) -> utoipa_axum::router::OpenApiRouter<S> {
        let mut router = utoipa_axum::router::OpenApiRouter::from(self.router());
        let ours = self.openapi();
        let api = router.get_openapi_mut();
        (api.paths, api.components, api.tags) = (ours.paths, ours.components, ours.tags);
        router
    }
}

#[cfg(all(test, not(feature = "swagger-ui")))]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt as _;

    use crate::health::Health;

    #[tokio::test]
    async fn without_its_feature_the_docs_page_is_absent_and_all_else_is_there() {
        let health = Health::builder().version("1.0.0").without_registered().build().unwrap();
        let router: Router = health.router();
        for (path, status) in [
            ("/health", 200),
            ("/ready", 200),
            ("/startup", 200),
            ("/openapi.json", 200),
            ("/schemas/ReadyReport.json", 200),
            ("/status", 200),
            ("/docs", 404),
            ("/docs/", 404),
            ("/docs/page.css", 404),
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            assert_eq!(router.clone().oneshot(request).await.unwrap().status(), status, "{path}");
        }
    }
}
