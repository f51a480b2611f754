//! The builder: collects the description of a service and validates it.

use std::any::{TypeId, type_name};
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use tokio::runtime::Handle;

use super::endpoint::{Endpoint, Endpoints, is_path};
use super::expose::Expose;
use super::snapshot::Snapshots;
use super::watched::{EventLoopSettings, SaturationSettings};
use super::{ConnectionLimits, Health, Inner};
use crate::check::CheckMeta;
use crate::context::{AnnotatedCheck, HealthCheck, States};
use crate::engine::{Defaults, Engine, has_time_driver};
use crate::log::Log;
use crate::process::Shutdown;
use crate::registry::{BuildError, Check, CollectOptions, Configured, Linked, Problem, Registry};

/// Builds a [`Health`]; made by [`Health::builder`].
#[derive(Debug)]
#[must_use]
pub struct HealthBuilder {
    version: Option<Arc<str>>,
    service: Option<Arc<str>>,
    states: States,
    substates: Vec<Substate>,
    explicit: Vec<Check>,
    options: CollectOptions,
    required: Vec<String>,
    /// Types of checks that handlers depend on.
    expected: Vec<(TypeId, &'static str)>,
    defaults: Defaults,
    endpoints: Endpoints,
    base_path: String,
    server: Option<String>,
    expose: Expose,
    patience: Duration,
    respond_within: Option<Duration>,
    runtime: Option<Handle>,
    event_loop: Option<EventLoopSettings>,
    saturation: Option<SaturationSettings>,
    jitter_seed: Option<u64>,
    drain_period: Duration,
    grace_period: Duration,
    #[cfg(feature = "metrics")]
    metrics_prefix: Option<String>,
    pub(super) connection_limits: ConnectionLimits,
    /// Mistakes that the calls have found already.
    problems: Vec<Problem>,
}

impl Default for HealthBuilder {
    fn default() -> Self {
        Self {
            version: None,
            service: None,
            states: States::default(),
            substates: Vec::new(),
            explicit: Vec::new(),
            options: CollectOptions::default(),
            required: Vec::new(),
            expected: Vec::new(),
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
            event_loop: None,
            saturation: None,
            jitter_seed: None,
            drain_period: Duration::from_secs(5),
            grace_period: Duration::from_secs(10),
            #[cfg(feature = "metrics")]
            metrics_prefix: None,
            connection_limits: ConnectionLimits::default(),
            problems: Vec::new(),
        }
    }
}

impl HealthBuilder {
    /// Sets the version of the service, usually `env!("CARGO_PKG_VERSION")`. Required.
    pub fn version(mut self, version: impl Into<Arc<str>>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Sets the name of the service, for reports and documents; none by default.
    pub fn service(mut self, service: impl Into<Arc<str>>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Adds a value for checks that take `State<T>`. Each run gets a clone. One value per type.
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        if !self.states.insert(value) {
            self.problems.push(Problem::DuplicateState { type_name: type_name::<T>() });
        }
        self
    }

    /// Adds `T`, a part of the state `Parts`, for checks that take `State<T>`. [`build`](Self::build) extracts it once with [`FromRef`];
    /// it is cloned for each run.
    ///
    /// `Parts` can itself be a substate, added by an earlier call. A state that contains the `Health` cannot be used, since the `Health`
    /// does not exist yet: put the parts into a struct of their own, as below.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use axum::Router;
    /// use axum::extract::{FromRef, State};
    /// use health_runtime::{BuildError, Health, health_check};
    ///
    /// #[derive(Clone)]
    /// struct Pool(&'static str);
    ///
    /// /// All that the application and its checks share.
    /// #[derive(Clone)]
    /// struct Parts { pool: Pool }
    ///
    /// impl FromRef<Parts> for Pool {
    ///     fn from_ref(parts: &Parts) -> Self {
    ///         parts.pool.clone()
    ///     }
    /// }
    ///
    /// /// The state of the application's own handlers.
    /// #[derive(Clone)]
    /// struct AppState { parts: Parts, health: Health }
    ///
    /// #[health_check(name = "db")]
    /// async fn database(State(pool): State<Pool>) -> Result<(), String> {
    ///     if pool.0.is_empty() { Err("nowhere to connect to".to_owned()) } else { Ok(()) }
    /// }
    ///
    /// fn app(parts: Parts) -> Result<Router, BuildError> {
    ///     let health = Health::builder()
    ///         .version(env!("CARGO_PKG_VERSION"))
    ///         .state(parts.clone())
    ///         .substate::<Parts, Pool>()
    ///         .build()?;
    ///     let routes = health.router();
    ///     Ok(Router::new().with_state(AppState { parts, health }).merge(routes))
    /// }
    /// # app(Parts { pool: Pool("db") }).unwrap();
    /// ```
    pub fn substate<Parts, T>(mut self) -> Self
    where
        Parts: Clone + Send + Sync + 'static,
        T: FromRef<Parts> + Clone + Send + Sync + 'static,
    {
        self.substates.push(Substate {
            insert: |states| {
                let parts = states
                    .get::<Parts>()
                    .ok_or(Problem::MissingParts { type_name: type_name::<T>(), parts: type_name::<Parts>() })?;
                let is_new = states.insert(T::from_ref(&parts));
                if is_new { Ok(()) } else { Err(Problem::DuplicateState { type_name: type_name::<T>() }) }
            },
        });
        self
    }

    /// Adds an annotated check by its type. Harmless if the check is linked already.
    pub fn check<C: AnnotatedCheck>(self) -> Self {
        self.add(Check::annotated::<C>())
    }

    /// Adds a check: a value of a type that implements [`HealthCheck`], or a [`Check`] made of a closure.
    #[expect(clippy::should_implement_trait, reason = "a builder is no sum")]
    pub fn add(mut self, check: impl Into<Check>) -> Self {
        self.explicit.push(check.into());
        self
    }

    /// Changes the settings of the check of this type, or else those of the type's only instance. Does nothing if [`only`](Self::only) or
    /// [`without`](Self::without) leaves the check out.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use std::time::Duration;
    ///
    /// use health_runtime::{Health, health_check};
    ///
    /// #[health_check(name = "db")]
    /// async fn database() {}
    ///
    /// # fn build() -> Result<Health, health_runtime::BuildError> {
    /// Health::builder()
    ///     .version(env!("CARGO_PKG_VERSION"))
    ///     .configure::<database>(|meta| meta.with_timeout(Duration::from_millis(500)).with_critical(false))
    ///     .build()
    /// # }
    /// # build().unwrap();
    /// ```
    pub fn configure<C: HealthCheck>(mut self, change: impl FnOnce(CheckMeta) -> CheckMeta + Send + 'static) -> Self {
        self.options.configured.push(Configured {
            check: TypeId::of::<C>(),
            type_name: type_name::<C>(),
            change: Box::new(change),
        });
        self
    }

    /// Replaces the runs of the checks of a type.
    #[cfg(feature = "testing")]
    pub(crate) fn replace(mut self, check: Check) -> Self {
        self.options.replacements.push(check);
        self
    }

    /// Registers an annotated function again, with another name and other state. To do the same while the service runs, call
    /// [`Health::register`] with `Check::of(database {}).configure(|meta| meta.with_name("db-7")).state(pool)`.
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
    pub fn instance<C: AnnotatedCheck>(
        self,
        name: impl Into<Cow<'static, str>>,
        describe: impl FnOnce(Check) -> Check,
    ) -> Self {
        let check = Check::annotated::<C>().named(name.into(), Location::caller());
        self.add(describe(check))
    }

    /// Ignores linked checks; uses only those that are added to the builder.
    pub fn without_registered(mut self) -> Self {
        self.options.linked = Linked::None;
        self
    }

    /// Leaves out the check of this type, linked or added. Instances under other names are kept.
    pub fn without<C: HealthCheck>(mut self) -> Self {
        self.options.without.push((TypeId::of::<C>(), type_name::<C>()));
        self
    }

    /// Uses only the linked checks with one of these names or tags. This is for crates with several programs. Several calls add up. Checks
    /// that are added to the builder are used in any case.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use health_runtime::{Health, health_check};
    ///
    /// #[health_check(tags("api", "worker"))]
    /// async fn database() {}
    ///
    /// #[health_check(tags("worker"))]
    /// async fn queue() {}
    ///
    /// # fn main() -> Result<(), health_runtime::BuildError> {
    /// // In `src/bin/api.rs`:
    /// let api = Health::builder().version(env!("CARGO_PKG_VERSION")).only(["api"]).build()?;
    /// // In `src/bin/worker.rs`:
    /// let worker = Health::builder().version(env!("CARGO_PKG_VERSION")).only(["worker"]).build()?;
    /// # assert_eq!((api.checks().len(), worker.checks().len()), (1, 2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn only<W: Into<String>>(mut self, names_or_tags: impl IntoIterator<Item = W>) -> Self {
        let words = names_or_tags.into_iter().map(Into::into);
        match &mut self.options.linked {
            Linked::Only(known) => known.extend(words),
            linked => *linked = Linked::Only(words.collect()),
        }
        self
    }

    /// Makes `build()` fail unless checks with these names are registered. A crate that no code mentions is not linked, and its checks are
    /// missing.
    pub fn require<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.required.extend(names.into_iter().map(Into::into));
        self
    }

    /// Makes `build()` fail unless the type `C` identifies a check: the one under its own name, or else its only instance. Call it for
    /// each check that a handler takes as [`Depends<C>`](crate::Depends).
    pub fn expects<C: HealthCheck>(mut self) -> Self {
        self.expected.push((TypeId::of::<C>(), type_name::<C>()));
        self
    }

    /// Sets the timeout of checks without their own, above zero; 5 s by default.
    pub fn default_timeout(mut self, timeout: Duration) -> Self {
        self.defaults.timeout = timeout;
        self
    }

    /// Sets how long results are reused, for checks without their own `cache`; 1 s by default. With zero, every probe runs its checks;
    /// concurrent probes share the run.
    pub fn default_cache(mut self, cache: Duration) -> Self {
        self.defaults.cache = cache;
        self
    }

    /// Sets the age after which a result of an unscheduled check is `stale`; 60 s by default. A check
    /// whose `cache` + `timeout` is longer uses that sum.
    pub fn stale_after(mut self, age: Duration) -> Self {
        self.defaults.stale_after = age;
        self
    }

    /// Limits the JSON of a check's details, in bytes; 64 KiB by default. A check with longer details fails.
    pub fn details_limit(mut self, bytes: usize) -> Self {
        self.defaults.details_limit = bytes;
        self
    }

    /// Sets how long a probe waits, from its arrival, for runs that cannot change its status code; 500 ms by default.
    ///
    /// A check whose run has not finished by then is reported with its last result and `running_since`, or as `pending` if it has none. A
    /// critical check can change the status code: the probe waits for it, and for the checks that it depends on, until their timeouts.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Limits how long a probe waits for any run, critical checks included. By default, only the timeouts of the checks limit it.
    ///
    /// A critical check whose run has not finished by then is reported with its last result. If it has none, or that is too old, the check
    /// is `pending`, which is an error. With a limit below the timeout of a critical check, a check that
    /// hangs is therefore reported with an earlier success for a while; `build()` logs a warning.
    pub fn respond_within(mut self, limit: Duration) -> Self {
        self.respond_within = Some(limit);
        self
    }

    /// Sets the runtime on which checks run. The default is the runtime in which [`build`](Self::build) is called, or else the one in
    /// which [`Health::serve`] is first called. Until there is one, a check runs on the runtime of the call that asks for its result.
    pub fn runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Adds the check `event_loop` to liveness and readiness. It shows whether the runtime of the checks still runs its tasks. Its details
    /// are an [`EventLoop`](crate::EventLoop).
    ///
    /// It is `degraded` while a new task waits for a worker thread for more than 1 s, and in error from 5 s on; see
    /// [`event_loop_limits`](Self::event_loop_limits). A worker thread that a task blocks for a second is named in the details and in one
    /// log line, even if the other threads keep the service going. A thread of the library observes this ten times a second, whatever the
    /// runtime does. Serve the probes with [`Health::listen`]: an endpoint on a blocked runtime cannot answer.
    ///
    /// # Examples
    ///
    /// ```
    /// # use health_runtime::{BuildError, Health};
    /// # fn build() -> Result<Health, BuildError> {
    /// # let builder = Health::builder().without_registered();
    /// builder.version(env!("CARGO_PKG_VERSION")).event_loop().build()
    /// # }
    /// # build().unwrap();
    /// ```
    #[track_caller]
    pub fn event_loop(mut self) -> Self {
        self.event_loop.get_or_insert_default().place();
        self
    }

    /// Adds the check `event_loop`, with other lags from which it is `degraded` and in error.
    ///
    /// An error makes liveness fail, so that the service is restarted. With an `error` of `Duration::MAX`, the check is never
    /// in error. [`build`](Self::build) fails if `degraded` is below 200 ms, or `error` below `degraded`.
    #[track_caller]
    pub fn event_loop_limits(mut self, degraded: Duration, error: Duration) -> Self {
        self.event_loop.get_or_insert_default().set_limits(degraded, error);
        self
    }

    /// Limits how many requests may be in flight behind [`Health::saturation_layer`], and adds the readiness check `saturation`. Its
    /// details are a [`Saturation`](crate::Saturation).
    ///
    /// Beyond the limit, requests are refused with 503 and `Retry-After`, and the check is `degraded`; after 5 s without a pause it is in
    /// error, so that the instance gets no further traffic. A pause is 2 s in which the limit was not reached. The check is not part of
    /// liveness: a restart would lose the requests that are being answered.
    /// Requests for the health routes always pass. So do requests whose path ends like that of a probe. [`build`](Self::build) fails if the
    /// limit is 0.
    #[track_caller]
    pub fn saturation(mut self, limit: usize) -> Self {
        self.saturation.get_or_insert_default().set_limit(limit);
        self
    }

    /// Sets after how long at the limit, without a pause, the check [`saturation`](Self::saturation) is in error; 5 s by default.
    #[track_caller]
    pub fn saturation_error_after(mut self, time: Duration) -> Self {
        self.saturation.get_or_insert_default().set_error_after(time);
        self
    }

    /// Seeds the jitter of schedules, so that it is the same in every process. Random by default.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    /// Sets which clients see error texts, masked; none by default.
    pub fn expose_errors(mut self, expose: Expose) -> Self {
        self.expose = expose;
        self
    }

    /// Sets the path of a route, for example `/healthz`.
    pub fn path(mut self, endpoint: Endpoint, path: impl Into<String>) -> Self {
        self.endpoints.set(endpoint, path.into());
        self
    }

    /// Puts all routes below a common path, for example `/internal`.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    /// Leaves out a route, for example if the application has one with the same path.
    pub fn without_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoints.remove(endpoint);
        self
    }

    /// Adds Swagger UI at `/docs`, or where [`path`](Self::path) puts it.
    ///
    /// The page loads the document at the path of [`Endpoint::OpenApi`]. If that route is off, this is the application's document.
    #[cfg(feature = "swagger-ui")]
    pub fn docs(mut self) -> Self {
        self.endpoints.restore(Endpoint::Docs);
        self
    }

    /// Sets the server URL in the OpenAPI document, for example `https://orders.example.com/ops`. The default is relative to the
    /// document's own URL, so it is right under any prefix.
    pub fn server(mut self, url: impl Into<String>) -> Self {
        self.server = Some(url.into());
        self
    }

    /// Sets a prefix for the names of the metrics at `/metrics`: `orders` makes `orders_health_check_state`. No prefix by default.
    ///
    /// The prefix consists of `a-z`, `A-Z`, `0-9` and `_`, and starts with a letter. It does not apply to
    /// [`Health::metrics_collector`], which uses the prefix of its registry.
    #[cfg(feature = "metrics")]
    pub fn metrics_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.metrics_prefix = Some(prefix.into());
        self
    }

    /// Sets how long the listener stays open after SIGTERM, while readiness is 503; 5 s by default.
    pub fn drain_period(mut self, period: Duration) -> Self {
        self.drain_period = period;
        self
    }

    /// Sets how long requests in flight may take after [`Health::serve`] has closed its listener; 10 s by default. It does not apply to other
    /// servers, which have their own limit or, like `axum::serve`, none.
    pub fn grace_period(mut self, period: Duration) -> Self {
        self.grace_period = period;
        self
    }

    /// Validates everything and starts the engine. Inside a tokio runtime, or after [`runtime`](Self::runtime), the first run of every
    /// check starts now.
    ///
    /// # Errors
    ///
    /// If the wiring is wrong. The error contains every mistake, each with the location of its check.
    pub fn build(mut self) -> Result<Health, BuildError> {
        let mut problems = self.problems;
        let substates = self.substates.into_iter().map(|substate| (substate.insert)(&mut self.states));
        problems.extend(substates.filter_map(Result::err));
        if self.version.is_none() {
            problems.push(Problem::NoVersion);
        }
        if self.defaults.timeout.is_zero() {
            problems.push(Problem::ZeroTimeout);
        }
        let states = Arc::new(self.states);
        #[cfg_attr(not(feature = "metrics"), expect(unused_variables, reason = "only the metrics ask it"))]
        let event_loop = self.event_loop.map(|settings| settings.add_to(&mut self.explicit, &mut problems));
        let saturation = self.saturation.map(|settings| settings.add_to(&mut self.explicit, &mut problems));
        let mut registry = Registry::collect(self.options, self.explicit, &states, &mut problems);
        registry.require(&self.required, &mut problems);
        for (check, type_name) in self.expected {
            registry.expect(check, type_name, &mut problems);
        }
        registry.provide(&states, &mut problems);
        registry.check_dependencies(&mut problems);
        let endpoints = self.endpoints.under(&self.base_path);
        if self.base_path.is_empty() || is_path(&self.base_path) {
            endpoints.check(&mut problems);
        } else {
            problems.push(Problem::InvalidBasePath { path: self.base_path });
        }
        #[cfg(feature = "metrics")]
        if let Some(prefix) = self.metrics_prefix.as_deref().filter(|prefix| !is_metrics_prefix(prefix)) {
            problems.push(Problem::InvalidMetricsPrefix { prefix: prefix.to_owned() });
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
        #[cfg(feature = "metrics")]
        let requests = Arc::new(crate::metrics::Requests::new(endpoints.clone()));
        let health = Health(Arc::new(Inner {
            engine: Engine::new(registry, self.defaults, self.jitter_seed, Arc::clone(&log)),
            snapshots: Snapshots::default(),
            states,
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
            #[cfg(feature = "metrics")]
            requests,
            #[cfg(feature = "metrics")]
            metrics_prefix: self.metrics_prefix,
            connection_limits: self.connection_limits,
            shutdown: Shutdown::new(),
            #[cfg(feature = "metrics")]
            event_loop,
            saturation,
        }));
        if let Some(runtime) = runtime {
            health.settle(&runtime);
        }
        health.0.engine.start_sampling();
        Ok(health)
    }
}

/// A part of a state, extracted when all states are known.
struct Substate {
    insert: fn(&mut States) -> Result<(), Problem>,
}

impl fmt::Debug for Substate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Substate")
    }
}

#[cfg(feature = "metrics")]
fn is_metrics_prefix(prefix: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    prefix.starts_with(|c: char| c.is_ascii_alphabetic()) && prefix.chars().all(is_allowed)
}
