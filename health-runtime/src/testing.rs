//! For tests of a service: scripted checks, and assertions on reports.
//!
//! With tokio's paused clock (feature `test-util` of tokio), such a test needs no real dependencies and takes no real time.
//!
//! # Examples
//!
//! ```standalone_crate
//! use std::time::Duration;
//!
//! use health_runtime::testing::{Script, Step};
//! use health_runtime::{CheckStatus, Health, Outcome, Probe, Reason, health_check};
//!
//! #[health_check(name = "db", timeout = "5s")]
//! async fn database() {
//!     // asks a real database
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
//! // In a `#[tokio::test(start_paused = true)]`:
//! let script = Script::new([Step::hang(), Step::from(Outcome::ok(())).after(Duration::from_millis(20))]);
//! let health = Health::builder().version("1.0.0").script::<database>(&script).build().unwrap();
//!
//! let report = health.probe(Probe::Ready).await;
//! report.assert_unhealthy();
//! report.assert_check::<database>(CheckStatus::Error, Some(Reason::Timeout));
//!
//! tokio::time::sleep(Duration::from_secs(1)).await;
//! health.probe(Probe::Ready).await.assert_healthy();
//! assert_eq!(script.runs(), 2);
//! # });
//! ```

use std::any::type_name;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::CheckMeta;
use crate::context::{AnnotatedCheck, CheckContext, HealthCheck, Requirements};
use crate::health::HealthBuilder;
use crate::observation::Reason;
use crate::outcome::{CheckStatus, Details, Outcome};
use crate::registry::Check;
use crate::report::{Report, ReportStatus};

/// What successive runs of a check do; the last step repeats.
///
/// Clones share one script, so that a test can keep a clone and count the runs. The details `T` of the check must be `Clone`, since each
/// run gets a clone of its step.
pub struct Script<T = ()>(Arc<Mutex<State<T>>>);

struct State<T> {
    steps: Vec<Step<T>>,
    runs: usize,
}

/// What one run does.
#[derive(Debug, Clone)]
#[must_use]
pub struct Step<T = ()> {
    delay: Duration,
    end: End<T>,
}

#[derive(Debug, Clone)]
enum End<T> {
    Outcome(Outcome<T>),
    Error(String),
    Panic(String),
    Never,
}

impl<T> Script<T> {
    /// Creates a script of these steps.
    ///
    /// # Panics
    ///
    /// If there are no steps.
    pub fn new(steps: impl IntoIterator<Item = Step<T>>) -> Self {
        let steps: Vec<_> = steps.into_iter().collect();
        assert!(!steps.is_empty(), "a script must have at least one step");
        Self(Arc::new(Mutex::new(State { steps, runs: 0 })))
    }

    /// The number of runs that have started.
    pub fn runs(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).runs
    }
}

impl<T: Clone> Script<T> {
    fn next(&self) -> Step<T> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let step = state.runs.min(state.steps.len() - 1);
        state.runs += 1;
        state.steps[step].clone()
    }
}

impl<T: Details + Clone> Script<T> {
    /// Creates a check with these settings that follows the script.
    pub fn check(&self, meta: CheckMeta) -> Check {
        let script = self.clone();
        Check::new(meta, move |_: CheckContext| {
            let step = script.next();
            step.perform()
        })
    }

    /// Replaces the run of a check by the script. Type, name and settings are kept; the check needs no state and no other checks.
    pub fn in_place_of<C: HealthCheck<Details = T>>(&self, check: C) -> Check {
        self.replace_run(Check::of(check))
    }

    fn replace_run(&self, check: Check) -> Check {
        let scripted = self.check(check.meta.clone());
        Check { function: scripted.function, requirements: Requirements::default(), singleton: None, ..check }
    }
}

impl<T> Clone for Script<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Script<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("runs", &self.runs()).finish_non_exhaustive()
    }
}

impl<T> Step<T> {
    /// A run that returns an error with this text.
    pub fn fail(cause: impl Into<String>) -> Self {
        Self::at_once(End::Error(cause.into()))
    }

    /// A run that panics with this text.
    pub fn panic(text: impl Into<String>) -> Self {
        Self::at_once(End::Panic(text.into()))
    }

    /// A run that never finishes.
    pub fn hang() -> Self {
        Self::at_once(End::Never)
    }

    /// Adds a sleep of tokio before the step.
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    fn at_once(end: End<T>) -> Self {
        Self { delay: Duration::ZERO, end }
    }

    async fn perform(self) -> Result<Outcome<T>, String> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        match self.end {
            End::Outcome(outcome) => Ok(outcome),
            End::Error(cause) => Err(cause),
            End::Panic(text) => panic!("{text}"),
            End::Never => std::future::pending().await,
        }
    }
}

impl<T> From<Outcome<T>> for Step<T> {
    fn from(outcome: Outcome<T>) -> Self {
        Self::at_once(End::Outcome(outcome))
    }
}

impl HealthBuilder {
    /// Replaces the function of an annotated check, and of its instances, by a script. Names and settings are kept; the checks need no state
    /// and no other checks.
    ///
    /// The details of the check must be `Clone`: put `#[derive(Clone)]` below `#[health_details]`.
    pub fn script<C: AnnotatedCheck>(self, script: &Script<C::Details>) -> Self
    where
        C::Details: Clone,
    {
        self.replace(script.replace_run(Check::annotated::<C>()))
    }
}

impl Report {
    /// Asserts that the report is `healthy`.
    ///
    /// # Panics
    ///
    /// If it is not. The message has a line for each check.
    #[track_caller]
    pub fn assert_healthy(&self) {
        self.assert_status(ReportStatus::Healthy);
    }

    /// Asserts that the report is `degraded`.
    ///
    /// # Panics
    ///
    /// If it is not. The message has a line for each check.
    #[track_caller]
    pub fn assert_degraded(&self) {
        self.assert_status(ReportStatus::Degraded);
    }

    /// Asserts that the report is `unhealthy`.
    ///
    /// # Panics
    ///
    /// If it is not. The message has a line for each check.
    #[track_caller]
    pub fn assert_unhealthy(&self) {
        self.assert_status(ReportStatus::Unhealthy);
    }

    /// Asserts that the check of type `C` is in the report, with this status and reason.
    ///
    /// # Panics
    ///
    /// If it is not. The message has a line for each check.
    #[track_caller]
    pub fn assert_check<C: HealthCheck>(&self, status: CheckStatus, reason: Option<Reason>) {
        let found = self.get::<C>().map(|check| (check.status(), check.reason()));
        assert_eq!(found, Some((status, reason)), "`{}` in {}", type_name::<C>(), Lines(self));
    }

    #[track_caller]
    fn assert_status(&self, expected: ReportStatus) {
        assert_eq!(self.status(), expected, "in {}", Lines(self));
    }
}

/// A report with one line for each check.
struct Lines<'a>(&'a Report);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        write!(f, "a report that is `{}`", report.status())?;
        if let Some(phase) = report.phase() {
            write!(f, ", phase `{phase}`")?;
        }
        for (name, check) in report.checks() {
            write!(f, "\n  `{name}` is `{}`", check.status())?;
            if let Some(reason) = check.reason() {
                write!(f, " ({reason})")?;
            }
            if let Some(message) = check.message() {
                write!(f, ": {message}")?;
            }
        }
        Ok(())
    }
}
