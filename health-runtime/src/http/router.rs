//! Which route answers where.

use axum::Router;

use super::{documents, probe};
use crate::health::{Endpoint, Health};
use crate::probe::Probe;

impl Health {
    /// The routes, to be merged into any router.
    ///
    /// A layer on the application's own routes does not reach them if they are merged after it.
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
        let mut router = Router::new();
        for probe in Probe::ALL {
            if let Some(path) = self.endpoints().path(probe.into()) {
                router = router.route(path, probe::all(probe)).route(&format!("{path}/{{check}}"), probe::one(probe));
            }
        }
        let documents = documents::Documents::default();
        if let Some(path) = self.endpoints().path(Endpoint::OpenApi) {
            router = router.route(path, documents.openapi());
        }
        if let Some(path) = self.endpoints().path(Endpoint::Schemas) {
            router = router.route(&format!("{path}/{{schema}}"), documents.schemas());
        }
        router.with_state(self.clone())
    }
}
