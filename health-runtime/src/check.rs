//! What a check is: its name and its settings, as plain data.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::outcome::Details;
use crate::probe::{Probe, Probes};

/// A health check known by a type.
///
/// `#[health_check]` implements it for the twin type of the annotated function, so that code can name the check
/// without a string: `Health::builder().check::<database>()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a health check",
    note = "annotate its function with `#[health_check]`"
)]
pub trait HealthCheck: 'static {
    /// What the check says about its dependency beside the status; `()` when nothing.
    type Details: Details;

    /// The check's name and settings.
    const META: CheckMeta;
}

/// The name and the settings of a check.
#[derive(Debug, Clone)]
pub struct CheckMeta {
    pub(crate) name: Cow<'static, str>,
    pub(crate) description: Option<&'static str>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) probes: Probes,
}

impl CheckMeta {
    /// Settings with every default. The caller's place in the source is the check's place.
    #[track_caller]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            description: None,
            location: Location::caller(),
            timeout: None,
            probes: Probes::of(&[Probe::Ready]),
        }
    }

    /// What the check proves, for people.
    #[must_use]
    pub const fn description(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// When a run is over, whatever the function does.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The probes that count the check.
    #[must_use]
    pub const fn probes(mut self, probes: &[Probe]) -> Self {
        self.probes = Probes::of(probes);
        self
    }

    /// The check's name and where it stands in the source.
    pub fn place(&self) -> CheckPlace {
        CheckPlace { name: self.name.clone(), location: self.location }
    }
}

/// A check's name and where it stands in the source, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckPlace {
    name: Cow<'static, str>,
    location: &'static Location<'static>,
}

impl CheckPlace {
    /// The check's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file, line and column of the annotated function.
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }
}

impl fmt::Display for CheckPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` at {}:{}", self.name, self.location.file(), self.location.line())
    }
}
