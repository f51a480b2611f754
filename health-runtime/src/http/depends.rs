//! The observation of a check, as an extractor of handlers.

use std::error::Error;
use std::fmt;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::check::UnknownCheck;
use crate::context::{Depends, HealthCheck};
use crate::health::Health;
use crate::report::Problem;

/// A handler depends on a check that is not registered, or on one that has several instances.
///
/// As a response it is a 503 with problem details (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnclearDependency(UnknownCheck);

impl<S, C> FromRequestParts<S> for Depends<C>
where
    S: Send + Sync,
    C: HealthCheck,
    Health: FromRef<S>,
{
    type Rejection = UnclearDependency;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, UnclearDependency> {
        Health::from_ref(state).depend_on::<C>().await.map(Self::new).map_err(UnclearDependency)
    }
}

impl IntoResponse for UnclearDependency {
    fn into_response(self) -> Response {
        Problem::UNCLEAR_DEPENDENCY.into_response()
    }
}

impl fmt::Display for UnclearDependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the handler depends on a health check that is not clear: {}", self.0)
    }
}

impl Error for UnclearDependency {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
