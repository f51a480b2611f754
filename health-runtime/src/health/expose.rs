//! Who may see error texts.

use std::fmt;
use std::sync::Arc;

use axum::http::request::Parts;

use crate::contain::contained;

/// Who may see error texts. These come from drivers and may contain secrets.
///
/// Anything that looks like a credential is masked in any case.
#[derive(Clone, Default)]
pub struct Expose(Policy);

#[derive(Clone, Default)]
enum Policy {
    #[default]
    Never,
    Always,
    When(Arc<dyn Fn(&Parts) -> bool + Send + Sync>),
}

impl Expose {
    /// No client, except for the texts of checks with `expose_errors`. This is the default.
    pub const fn never() -> Self {
        Self(Policy::Never)
    }

    /// Every client.
    pub const fn always() -> Self {
        Self(Policy::Always)
    }

    /// Clients whose request satisfies the condition, for example by a token. A condition that panics is not satisfied.
    ///
    /// Reports that are made in code, for example by [`probe`](crate::Health::probe), belong to no request: they are made as with
    /// [`never`](Self::never).
    pub fn when(condition: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        Self(Policy::When(Arc::new(condition)))
    }

    pub(crate) fn to_all(&self) -> bool {
        matches!(self.0, Policy::Always)
    }

    /// Whether all requests see the same texts.
    pub(crate) fn is_for_all(&self) -> bool {
        !matches!(self.0, Policy::When(_))
    }

    pub(crate) fn to(&self, request: &Parts) -> bool {
        match &self.0 {
            Policy::Never => false,
            Policy::Always => true,
            Policy::When(condition) => contained(|| condition(request)).unwrap_or(false),
        }
    }
}

impl fmt::Debug for Expose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Policy::Never => "Never",
            Policy::Always => "Always",
            Policy::When(_) => "When(_)",
        })
    }
}
