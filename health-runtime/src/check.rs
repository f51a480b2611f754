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
    fn meta() -> CheckMeta;
}

/// The name and the settings of a check.
#[derive(Debug, Clone)]
#[must_use]
pub struct CheckMeta {
    pub(crate) name: Cow<'static, str>,
    pub(crate) description: Option<&'static str>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) probes: Probes,
    pub(crate) critical: bool,
    pub(crate) cache: Option<Duration>,
    pub(crate) interval: Option<Duration>,
    pub(crate) failure_threshold: u32,
    pub(crate) success_threshold: u32,
    pub(crate) slow: Option<Duration>,
    pub(crate) tags: &'static [&'static str],
    pub(crate) expose_errors: bool,
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
            critical: true,
            cache: None,
            interval: None,
            failure_threshold: 1,
            success_threshold: 1,
            slow: None,
            tags: &[],
            expose_errors: false,
        }
    }

    /// The same settings under a name that is only known at run time.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Cow::Owned(name.into());
        self
    }

    /// What the check proves, for people.
    pub const fn description(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// When a run is over, whatever the function does.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The probes that count the check.
    pub const fn probes(mut self, probes: &[Probe]) -> Self {
        self.probes = Probes::of(probes);
        self
    }

    /// Whether an error makes the report `unhealthy`, and not only `degraded`.
    pub const fn critical(mut self, critical: bool) -> Self {
        self.critical = critical;
        self
    }

    /// How long an observation answers probes before the next run.
    pub const fn cache(mut self, cache: Duration) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Runs on a schedule, instead of when a probe asks.
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// How many runs in a row have to fail before the published status does.
    pub const fn failure_threshold(mut self, runs: u32) -> Self {
        self.failure_threshold = runs;
        self
    }

    /// How many runs in a row have to pass before a published error is over.
    pub const fn success_threshold(mut self, runs: u32) -> Self {
        self.success_threshold = runs;
        self
    }

    /// A success that took longer is `degraded`.
    pub const fn slow(mut self, slow: Duration) -> Self {
        self.slow = Some(slow);
        self
    }

    /// Labels to select by.
    pub const fn tags(mut self, tags: &'static [&'static str]) -> Self {
        self.tags = tags;
        self
    }

    /// Lets the text of this check's errors leave the process, masked.
    pub const fn expose_errors(mut self) -> Self {
        self.expose_errors = true;
        self
    }

    /// The check's name and where it stands in the source.
    pub fn place(&self) -> CheckPlace {
        CheckPlace { name: self.name.clone(), location: self.location }
    }

    /// What is wrong with the settings; an attribute has found this out at compile time.
    pub(crate) fn mistakes(&self) -> impl Iterator<Item = &'static str> {
        let zero = |setting: Option<Duration>| setting.is_some_and(|duration| duration.is_zero());
        [
            (!is_name(&self.name))
                .then_some("a name is 1 to 63 of `a-z`, `0-9`, `_`, `-`, and `.`, and starts with a letter"),
            zero(self.timeout).then_some("a timeout of zero leaves no time for a run"),
            zero(self.interval).then_some("an interval of zero leaves no time between two runs"),
            zero(self.slow).then_some("with a `slow` of zero every success is degraded"),
            (self.interval.is_some() && self.cache.is_some()).then_some(
                "`interval` and `cache` exclude each other: a schedule already decides how old an answer can be",
            ),
            (self.failure_threshold == 0 || self.success_threshold == 0).then_some("a threshold is at least 1"),
            (self.probes == Probes::of(&[])).then_some("no probe includes the check"),
        ]
        .into_iter()
        .flatten()
    }
}

/// Whether a text can be the name of a check.
pub(crate) fn is_name(name: &str) -> bool {
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-' | '.');
    name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(allowed)
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
