//! How a service is described, and what has to be right about it.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::endpoint::{Endpoint, Endpoints, is_path};
use super::expose::Expose;
use super::snapshot::Snapshots;
use super::{Health, Inner};
use crate::check::CheckMeta;
use crate::context::{Runnable, States};
use crate::engine::{Defaults, Engine, has_time_driver};
use crate::log::Log;
use crate::registry::{BuildError, Check, Problem, Registry};

/// Describes the health of a service; made by [`Health::builder`].
#[derive(Debug)]
#[must_use]
pub struct HealthBuilder {
    version: Option<Arc<str>>,
    service: Option<Arc<str>>,
    states: States,
    explicit: Vec<Check>,
    /// Checks that take the place of those of their name.
    replacements: Vec<Check>,
    with_linked: bool,
    required: Vec<String>,
    defaults: Defaults,
    endpoints: Endpoints,
    base_path: String,
    server: Option<String>,
    expose: Expose,
    patience: Duration,
    respond_within: Option<Duration>,
    runtime: Option<Handle>,
    jitter_seed: Option<u64>,
    drain_period: Duration,
    grace_period: Duration,
    /// Mistakes that can be seen while the calls are made.
    problems: Vec<Problem>,
}

impl Default for HealthBuilder {
    fn default() -> Self {
        Self {
            version: None,
            service: None,
            states: States::default(),
            explicit: Vec::new(),
            replacements: Vec::new(),
            with_linked: true,
            required: Vec::new(),
            defaults: Defaults {
                timeout: Duration::from_secs(5),
                cache: Duration::from_secs(1),
                stale_after: Duration::from_secs(60),
                details_limit: 64 * 1024,
            },
            endpoints: Endpoints::default(),
            base_path: String::new(),
            server: None,
            expose: Expose::default(),
            patience: Duration::from_millis(500),
            respond_within: None,
            runtime: None,
            jitter_seed: None,
            drain_period: Duration::from_secs(5),
            grace_period: Duration::from_secs(10),
            problems: Vec::new(),
        }
    }
}

impl HealthBuilder {
    /// The version of the application: `env!("CARGO_PKG_VERSION")`. Required, since no library can know it.
    pub fn version(mut self, version: impl Into<Arc<str>>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The name of the application, for reports.
    pub fn service(mut self, service: impl Into<Arc<str>>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// A value for the checks that take `State<T>`; one of a type. Every run gets a clone.
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        if !self.states.insert(value) {
            self.problems.push(Problem::DuplicateState { type_name: std::any::type_name::<T>() });
        }
        self
    }

    /// Adds a check by its type. Naming one that is linked anyway changes nothing.
    pub fn check<C: Runnable>(self) -> Self {
        self.add(Check::of::<C>())
    }

    /// Adds a check that was made in code.
    #[expect(clippy::should_implement_trait, reason = "a builder is no sum")]
    pub fn add(mut self, check: Check) -> Self {
        self.explicit.push(check);
        self
    }

    /// Adds a check that takes the place of another one of its name.
    #[cfg(feature = "testing")]
    pub(crate) fn replace(mut self, check: Check) -> Self {
        self.replacements.push(check);
        self
    }

    /// Adds an annotated function once more, under another name and over another dependency.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use axum::extract::State;
    /// use health_runtime::{Health, health_check};
    ///
    /// #[derive(Clone)]
    /// struct Pool(&'static str);
    ///
    /// #[health_check(name = "db")]
    /// async fn database(State(pool): State<Pool>) -> Result<(), String> {
    ///     if pool.0.is_empty() { Err("nowhere to connect to".to_owned()) } else { Ok(()) }
    /// }
    ///
    /// # fn build() -> Result<Health, health_runtime::BuildError> {
    /// Health::builder()
    ///     .version(env!("CARGO_PKG_VERSION"))
    ///     .state(Pool("primary"))
    ///     .instance::<database>("db-replica", |instance| instance.state(Pool("replica")))
    ///     .build()
    /// # }
    /// # build().unwrap();
    /// ```
    #[track_caller]
    pub fn instance<C: Runnable>(
        self,
        name: impl Into<String>,
        describe: impl FnOnce(InstanceBuilder) -> InstanceBuilder,
    ) -> Self {
        let mut check = Check::of::<C>();
        check.meta.location = Location::caller();
        check.annotated = None;
        check.meta = check.meta.name(name);
        let mut instance = describe(InstanceBuilder { check, problems: Vec::new() });
        let mut builder = self;
        builder.problems.append(&mut instance.problems);
        builder.add(instance.check)
    }

    /// Leaves out the checks that were found in the program: only those that are given to the builder are run.
    pub fn without_registered(mut self) -> Self {
        self.with_linked = false;
        self
    }

    /// Names checks that have to be there: `build()` fails if the linker lost one.
    pub fn require<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.required.extend(names.into_iter().map(Into::into));
        self
    }

    /// When a run is over if its check does not say; 5 s by default.
    pub fn default_timeout(mut self, timeout: Duration) -> Self {
        self.defaults.timeout = timeout;
        self
    }

    /// How long an observation answers probes if its check does not say; 1 s by default. With zero every probe runs its
    /// checks, and those that come meanwhile share the run.
    pub fn default_cache(mut self, cache: Duration) -> Self {
        self.defaults.cache = cache;
        self
    }

    /// Age after which a result of an unscheduled check is `stale`; 60 s by default, and at least `cache` + `timeout`.
    pub fn stale_after(mut self, age: Duration) -> Self {
        self.defaults.stale_after = age;
        self
    }

    /// The longest JSON that the details of a check may be, in bytes; 64 KiB by default. With longer ones the check fails.
    pub fn details_limit(mut self, bytes: usize) -> Self {
        self.defaults.details_limit = bytes;
        self
    }

    /// How long a probe waits, counted from its arrival, for runs that cannot change its status code; 500 ms by default.
    ///
    /// A check whose run has not finished by then is reported with its last result and `running_since`, or as `pending` if it has
    /// none. A critical check can change the code: it is waited for until its timeout, and so is what it depends on, each until its own.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Limits how long a probe waits for any run, critical checks included. By default their timeouts do.
    ///
    /// A critical check whose run has not finished by then counts with its last result; without one, or if that is stale, it is
    /// `pending`, which is an error. So a limit below the timeout of a critical check makes a slow check look healthy for a
    /// while: `build()` warns about it.
    pub fn respond_within(mut self, limit: Duration) -> Self {
        self.respond_within = Some(limit);
        self
    }

    /// The runtime on which checks run. By default the one in which [`build`](Self::build) is called, or else the one in which
    /// [`Health::serve`] is first called.
    pub fn runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Makes the jitter of schedules the same each time.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    /// Lets the texts of errors leave the process, masked.
    pub fn expose_errors(mut self, expose: Expose) -> Self {
        self.expose = expose;
        self
    }

    /// Moves a route.
    pub fn path(mut self, endpoint: Endpoint, path: impl Into<String>) -> Self {
        self.endpoints.set(endpoint, path.into());
        self
    }

    /// Puts all routes under a common path, for example `/internal`.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    /// Leaves out a route, where the application has its own.
    pub fn without_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoints.remove(endpoint);
        self
    }

    /// Where clients of the OpenAPI document find the routes, for example `https://orders.example.com/ops`. By default the
    /// document says it relative to its own address, which is right wherever the routes are mounted.
    pub fn server(mut self, url: impl Into<String>) -> Self {
        self.server = Some(url.into());
        self
    }

    /// How long readiness refuses traffic after SIGTERM before the listener closes; 5 s by default.
    pub fn drain_period(mut self, period: Duration) -> Self {
        self.drain_period = period;
        self
    }

    /// How long requests in flight may take once the listener is closed; 10 s by default.
    pub fn grace_period(mut self, period: Duration) -> Self {
        self.grace_period = period;
        self
    }

    /// Validates everything and starts the engine. Inside a tokio runtime, the first round of all checks starts now.
    ///
    /// # Errors
    ///
    /// Every mistake in the wiring at once, each with the place of the check that it is about.
    pub fn build(self) -> Result<Health, BuildError> {
        let mut problems = self.problems;
        if self.version.is_none() {
            problems.push(Problem::NoVersion);
        }
        if self.defaults.timeout.is_zero() {
            problems.push(Problem::ZeroTimeout);
        }
        let mut registry = Registry::collect(self.with_linked, self.explicit, &self.states, &mut problems);
        registry.replace(self.replacements);
        registry.require(&self.required, &mut problems);
        registry.provide(&Arc::new(self.states), &mut problems);
        registry.check_dependencies(&mut problems);
        let endpoints = self.endpoints.under(&self.base_path);
        if self.base_path.is_empty() || is_path(&self.base_path) {
            endpoints.check(&mut problems);
        } else {
            problems.push(Problem::InvalidBasePath { path: self.base_path });
        }
        let runtime = self.runtime.or_else(|| Handle::try_current().ok());
        if runtime.as_ref().is_some_and(|runtime| !has_time_driver(runtime)) {
            problems.push(Problem::NoTimeDriver);
        }
        let (Some(version), []) = (self.version, problems.as_slice()) else {
            return Err(BuildError::new(problems));
        };
        registry.warn_of_limit(self.respond_within, self.defaults.timeout);
        let log = Arc::new(Log::new());
        let health = Health(Arc::new(Inner {
            engine: Engine::new(registry, self.defaults, self.jitter_seed, Arc::clone(&log)),
            snapshots: Snapshots::default(),
            log,
            version,
            service: self.service,
            endpoints,
            server: self.server,
            expose: self.expose,
            patience: self.patience,
            respond_within: self.respond_within,
            drain_period: self.drain_period,
            grace_period: self.grace_period,
        }));
        if let Some(runtime) = runtime {
            health.settle(&runtime);
        }
        Ok(health)
    }
}

/// Describes an instance of an annotated check; made by [`HealthBuilder::instance`].
#[derive(Debug)]
#[must_use]
pub struct InstanceBuilder {
    check: Check,
    problems: Vec<Problem>,
}

impl InstanceBuilder {
    /// A value for this instance alone, before those of all checks.
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        if !self.check.states.insert(value) {
            self.problems.push(Problem::DuplicateState { type_name: std::any::type_name::<T>() });
        }
        self
    }

    /// Settings that differ from those of the annotation.
    pub fn settings(mut self, change: impl FnOnce(CheckMeta) -> CheckMeta) -> Self {
        self.check.meta = change(self.check.meta);
        self
    }
}
