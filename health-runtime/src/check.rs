//! The name and the settings of a check, as plain data.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::probe::{Probe, Probes};

/// The name and the settings of a check.
///
/// Setters start with `with_`: `with_timeout` sets what `timeout` returns.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use health_runtime::{CheckMeta, Probe};
///
/// let meta = CheckMeta::new("cache").with_timeout(Duration::from_millis(500)).with_critical(false);
/// assert_eq!(meta.timeout(), Some(Duration::from_millis(500)));
/// assert_eq!(meta.probes().collect::<Vec<_>>(), [Probe::Ready]);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct CheckMeta {
    pub(crate) name: Cow<'static, str>,
    pub(crate) description: Option<Cow<'static, str>>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) probes: Probes,
    pub(crate) critical: bool,
    pub(crate) cache: Option<Duration>,
    pub(crate) interval: Option<Duration>,
    pub(crate) failure_threshold: u32,
    pub(crate) success_threshold: u32,
    pub(crate) slow: Option<Duration>,
    pub(crate) tags: Vec<Cow<'static, str>>,
    pub(crate) expose_errors: bool,
}

impl CheckMeta {
    /// Creates the settings of a check with this name and every default. Records the caller's location.
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self::at(name.into(), Location::caller())
    }

    fn at(name: Cow<'static, str>, location: &'static Location<'static>) -> Self {
        Self {
            name,
            description: None,
            location,
            timeout: None,
            probes: Probes::of(&[Probe::Ready]),
            critical: true,
            cache: None,
            interval: None,
            failure_threshold: 1,
            success_threshold: 1,
            slow: None,
            tags: Vec::new(),
            expose_errors: false,
        }
    }

    /// The settings of an annotated function. Without the conversions of [`new`](Self::new), which the compiler would have to resolve
    /// for each function.
    #[track_caller]
    pub(crate) fn of_function(name: &'static str, description: Option<&'static str>) -> Self {
        Self { description: description.map(Cow::Borrowed), ..Self::at(Cow::Borrowed(name), Location::caller()) }
    }

    /// Sets the name: 1 to 63 characters of `a-z`, `0-9`, `_`, `-` and `.`; the first is a letter.
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the description, which the OpenAPI document and the status page show.
    pub fn with_description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the longest that a run may take, above zero; a longer run is reported as `timeout`. The default is the builder's
    /// [`default_timeout`](crate::HealthBuilder::default_timeout).
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the probes that include the check, at least one; `ready` by default.
    pub const fn with_probes(mut self, probes: &[Probe]) -> Self {
        self.probes = Probes::of(probes);
        self
    }

    /// Sets whether an error makes the report `unhealthy` (503) or only `degraded` (200); `true` by default.
    pub const fn with_critical(mut self, critical: bool) -> Self {
        self.critical = critical;
        self
    }

    /// Sets how long a result is reused; with zero, every probe runs the check. The default is the builder's
    /// [`default_cache`](crate::HealthBuilder::default_cache). Cannot be combined with [`with_interval`](Self::with_interval).
    pub const fn with_cache(mut self, cache: Duration) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Runs the check on a schedule with this interval above zero (±10 %), instead of when a probe needs it.
    pub const fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Sets how many consecutive failures, at least 1, make the status `error`; 1 by default.
    pub const fn with_failure_threshold(mut self, runs: u32) -> Self {
        self.failure_threshold = runs;
        self
    }

    /// Sets how many consecutive successes, at least 1, clear an error; 1 by default.
    pub const fn with_success_threshold(mut self, runs: u32) -> Self {
        self.success_threshold = runs;
        self
    }

    /// Sets the response time above which a successful run is `degraded`; none by default. It is longer than zero and below the timeout.
    pub const fn with_slow(mut self, slow: Duration) -> Self {
        self.slow = Some(slow);
        self
    }

    /// Sets the labels that `?tag=` and [`Selection::tag`](crate::Selection::tag) select by; replaces earlier ones.
    pub fn with_tags<T: Into<Cow<'static, str>>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether clients see the error text of this check, masked; `false` by default.
    pub const fn with_expose_errors(mut self, expose: bool) -> Self {
        self.expose_errors = expose;
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The description; `None` if there is none.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The longest that a run may take; `None` for the builder's default. Set by [`with_timeout`](Self::with_timeout).
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The probes that include the check.
    pub fn probes(&self) -> impl Iterator<Item = Probe> + use<> {
        let probes = self.probes;
        Probe::ALL.into_iter().filter(move |probe| probes.contains(*probe))
    }

    /// Whether an error makes the report `unhealthy` (503) or only `degraded` (200).
    pub fn critical(&self) -> bool {
        self.critical
    }

    /// How long a result is reused; `None` for the builder's default, or if the check has an interval.
    pub fn cache(&self) -> Option<Duration> {
        self.cache
    }

    /// The time between two runs of a scheduled check; `None` if the check runs when a probe needs it.
    pub fn interval(&self) -> Option<Duration> {
        self.interval
    }

    /// How many consecutive failures make the status `error`.
    pub fn failure_threshold(&self) -> u32 {
        self.failure_threshold
    }

    /// How many consecutive successes clear an error.
    pub fn success_threshold(&self) -> u32 {
        self.success_threshold
    }

    /// The response time above which a successful run is `degraded`; `None` if there is no limit.
    pub fn slow(&self) -> Option<Duration> {
        self.slow
    }

    /// The labels that `?tag=` selects by.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(|tag| &**tag)
    }

    /// Whether clients see the error text of this check.
    pub fn expose_errors(&self) -> bool {
        self.expose_errors
    }

    /// The check's name and its location in the source.
    pub fn place(&self) -> CheckPlace {
        CheckPlace { name: self.name.clone(), location: self.location }
    }

    pub(crate) fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| known == tag)
    }

    /// The mistakes in the settings. The attribute reports the same ones at compile time.
    pub(crate) fn mistakes(&self) -> impl Iterator<Item = &'static str> {
        let zero = |setting: Option<Duration>| setting.is_some_and(|duration| duration.is_zero());
        let never_slow =
            self.timeout.zip(self.slow).is_some_and(|(timeout, slow)| slow >= timeout && !timeout.is_zero());
        [
            (!is_name(&self.name))
                .then_some("a name is 1 to 63 of `a-z`, `0-9`, `_`, `-` and `.`, and starts with a letter"),
            zero(self.timeout).then_some("`timeout` must be longer than zero"),
            zero(self.interval).then_some("`interval` must be longer than zero"),
            zero(self.slow).then_some("`slow` must be longer than zero"),
            never_slow.then_some("`slow` must be shorter than `timeout`"),
            (self.interval.is_some() && self.cache.is_some()).then_some(
                "`interval` and `cache` exclude each other: the schedule already limits the age of a result",
            ),
            (self.failure_threshold == 0 || self.success_threshold == 0).then_some("a threshold must be at least 1"),
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

/// A check's name and its location in the source, for messages: `` `db` at src/checks.rs:12 ``.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CheckPlace {
    name: Cow<'static, str>,
    location: &'static Location<'static>,
}

impl CheckPlace {
    /// The check's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file, line and column of the annotated function, or of the call of [`CheckMeta::new`].
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }
}

impl fmt::Display for CheckPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` at {}:{}", self.name, self.location.file(), self.location.line())
    }
}

/// No check has this name or type, or the type has several instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCheck(Asked);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Name(String),
    Type { type_name: &'static str, candidates: usize },
}

impl UnknownCheck {
    pub(crate) fn named(name: &str) -> Self {
        Self(Asked::Name(name.to_owned()))
    }

    pub(crate) fn of_type(type_name: &'static str, candidates: usize) -> Self {
        Self(Asked::Type { type_name, candidates })
    }
}

impl fmt::Display for UnknownCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Asked::Name(name) => write!(f, "no check is named `{name}`"),
            Asked::Type { type_name, candidates: 0 } => write!(f, "no check has the type `{type_name}`"),
            Asked::Type { type_name, candidates } => write!(f, "{candidates} checks have the type `{type_name}`"),
        }
    }
}

impl Error for UnknownCheck {}
