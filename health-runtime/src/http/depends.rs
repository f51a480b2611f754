//! The observation of a check, as an extractor for handlers.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::check::UnknownCheck;
use crate::context::{Depends, HealthCheck};
use crate::health::Health;
use crate::report::Problem;

impl<S, C> FromRequestParts<S> for Depends<C>
where
    S: Send + Sync,
    C: HealthCheck,
    Health: FromRef<S>,
{
    type Rejection = UnknownCheck;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, UnknownCheck> {
        Health::from_ref(state).observe_type::<C>().await.map(Self::new)
    }
}

impl IntoResponse for UnknownCheck {
    /// A 503 with problem details (RFC 9457), which name no type.
    fn into_response(self) -> Response {
        Problem::UNCLEAR_DEPENDENCY.into_response()
    }
}
