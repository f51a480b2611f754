//! The observation of another check, as a parameter of a check.

use std::any::{TypeId, type_name};
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::{CheckContext, FromCheckContext, HealthCheck, Requirements};
use crate::observation::Observation;

/// The result of another check, as a parameter of a check or a handler.
///
/// `C` identifies the check of that type, or else its only instance. If a check depends on `C`, `C` runs first, and only once per
/// probe, even if several checks depend on it. The dependent check runs whatever the result is, and its timeout starts when the result
/// is known.
///
/// In handlers, this is an extractor; the router's state must implement [`FromRef`](axum::extract::FromRef) for
/// [`Health`](crate::Health). Without a fresh result, the extractor waits for a run of `C`, at most for the timeouts of `C` and of
/// its dependencies. It works for checks of any probe, and while the service is draining. If the type identifies no check, the response is
/// a 503 with problem details, and the handler is not called; [`expects`](crate::HealthBuilder::expects) makes `build()` report that.
///
/// # Examples
///
/// ```
/// use health_runtime::{CheckStatus, Depends, Outcome, health_check, health_details};
///
/// #[health_details]
/// struct Pool { idle: u32 }
///
/// #[health_check]
/// async fn database() -> Outcome<Pool> {
///     Outcome::ok(Pool { idle: 3 })
/// }
///
/// /// All that an order needs.
/// #[health_check]
/// async fn orders(database: Depends<database>) -> Outcome {
///     match (database.status(), database.details()) {
///         (CheckStatus::Ok, Some(Pool { idle: 0 })) => Outcome::degraded("every connection is in use"),
///         (CheckStatus::Error, _) => Outcome::error("no order can be stored"),
///         _ => Outcome::ok(()),
///     }
/// }
/// ```
///
/// In a handler, with one type for the check, the response and the document:
///
/// ```standalone_crate
/// use axum::extract::FromRef;
/// use axum::http::StatusCode;
/// use axum::routing::get;
/// use axum::{Json, Router};
/// use health_runtime::{BuildError, CheckStatus, Depends, Health, health_check, health_details};
///
/// /// Everything that an order needs.
/// #[health_details]
/// #[derive(Clone)]
/// struct Services { database: bool, redis: bool }
///
/// #[health_check]
/// async fn services() -> Result<Services, String> {
///     Ok(Services { database: true, redis: true })
/// }
///
/// #[utoipa::path(get, path = "/services", responses(
///     (status = 200, description = "All services work.", body = Services),
///     (status = 503, description = "Not all services work."),
/// ))]
/// async fn show(services: Depends<services>) -> Result<Json<Services>, StatusCode> {
///     match (services.status(), services.details()) {
///         (CheckStatus::Ok, Some(details)) => Ok(Json(details.clone())),
///         _ => Err(StatusCode::SERVICE_UNAVAILABLE),
///     }
/// }
///
/// #[derive(Clone)]
/// struct AppState { health: Health }
///
/// impl FromRef<AppState> for Health {
///     fn from_ref(state: &AppState) -> Self {
///         state.health.clone()
///     }
/// }
///
/// fn app() -> Result<Router, BuildError> {
///     let health = Health::builder().version(env!("CARGO_PKG_VERSION")).expects::<services>().build()?;
///     let routes = health.router();
///     Ok(Router::new().route("/services", get(show)).with_state(AppState { health }).merge(routes))
/// }
/// # tokio::runtime::Runtime::new().unwrap().block_on(async { app().unwrap() });
/// ```
// Without a bound on `C`: with one, every mention of a wrong `C` would be an error of its own.
pub struct Depends<C> {
    observation: Arc<Observation>,
    check: PhantomData<fn() -> C>,
}

impl<C: HealthCheck> Depends<C> {
    pub(crate) fn new(observation: Arc<Observation>) -> Self {
        Self { observation, check: PhantomData }
    }

    /// The details of the other check; `None` if there are none.
    pub fn details(&self) -> Option<&C::Details> {
        self.observation.details()
    }
}

impl<C> Deref for Depends<C> {
    type Target = Observation;

    fn deref(&self) -> &Observation {
        &self.observation
    }
}

impl<C: HealthCheck> FromCheckContext for Depends<C> {
    fn from_check_context(cx: &CheckContext) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let found = cx.dependencies.iter().find(|(id, _)| *id == TypeId::of::<C>());
        let (_, observation) = found.ok_or_else(|| {
            format!(
                "no observation of `{0}`: name it in `requirements` with `requirements.check::<{0}>()`",
                type_name::<C>()
            )
        })?;
        Ok(Self::new(Arc::clone(observation)))
    }

    fn requirements(requirements: &mut Requirements) {
        requirements.check::<C>();
    }
}

impl<C> fmt::Debug for Depends<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Depends").field(&self.observation).finish()
    }
}
