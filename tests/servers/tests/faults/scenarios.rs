//! What happens to a server, and what its check has to say about it.

use std::time::{Duration, Instant};

use health_runtime::{CheckReport, CheckStatus, Health, HealthBuilder, Probe, Reason};
use server_tests::{DatabaseServer, Peer, Server};
use tokio::runtime::Handle;

/// The names of the check that is looked at: called in an annotated function, and as a value.
const NAME: &str = "checked";
pub(crate) const VALUE: &str = "value";

/// When a run is over.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);

/// How soon a cause has to be known.
const AT_ONCE: Duration = Duration::from_secs(1);

/// What the check says once the server is well again.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Recovery {
    /// `ok`, in the first run.
    AtOnce,
    /// `ok`, within a time in which the client tries again by itself.
    Within(Duration),
    /// A failure with this message: the client never tries again.
    Never(&'static str),
}

impl Recovery {
    pub(crate) async fn assert(self, health: &Health) {
        match self {
            Self::AtOnce => run(health).await.is_ok(),
            Self::Within(time) => {
                let started = Instant::now();
                while run(health).await.status != CheckStatus::Ok {
                    assert!(started.elapsed() < time, "{:?}", run(health).await);
                }
            }
            Self::Never(message) => run(health).await.fails_at_once(message),
        }
    }
}

/// A service with one check in both ways, which runs at each probe.
pub(crate) fn service(describe: impl FnOnce(HealthBuilder) -> HealthBuilder) -> Health {
    let builder = Health::builder().version("1.0.0").without_registered();
    describe(builder.default_cache(Duration::ZERO).default_timeout(TIMEOUT))
        .build()
        .expect("a service that is wired well")
}

/// What a run found.
#[derive(Debug)]
pub(crate) struct Found {
    status: CheckStatus,
    reason: Option<Reason>,
    message: String,
    took: Duration,
    /// Whether the value found the same as the function.
    agrees: bool,
}

/// Runs the check once.
pub(crate) async fn run(health: &Health) -> Found {
    let started = Instant::now();
    let report = health.probe(Probe::Ready).await;
    let took = started.elapsed();
    let [check, value] = [NAME, VALUE].map(|name| report.check(name).expect("the check"));
    let found = |check: &CheckReport| (check.status(), check.reason(), check.message().map(str::to_owned));
    let agrees = found(check) == found(value);
    let message = check.message().unwrap_or_default().to_owned();
    Found { status: check.status(), reason: check.reason(), message, took, agrees }
}

impl Found {
    #[track_caller]
    pub(crate) fn is_ok(&self) {
        assert_eq!(self.status, CheckStatus::Ok, "{self:?}");
        assert!(self.agrees && self.took < AT_ONCE, "{self:?}");
    }

    /// It failed at once, and says why in words of ours.
    #[track_caller]
    pub(crate) fn fails_at_once(&self, message: &str) {
        assert!(self.took < AT_ONCE, "{self:?}");
        self.fails(message);
    }

    #[track_caller]
    pub(crate) fn is_degraded(&self, message: &str) {
        assert_eq!((self.status, &*self.message), (CheckStatus::Degraded, message), "{self:?}");
        assert!(self.agrees, "{self:?}");
    }

    #[track_caller]
    pub(crate) fn fails(&self, message: &str) {
        assert_eq!((self.status, self.reason), (CheckStatus::Error, Some(Reason::Failed)), "{self:?}");
        assert_eq!(self.message, message, "{self:?}");
        assert!(self.agrees, "{self:?}");
    }

    /// It was over at its timeout.
    #[track_caller]
    pub(crate) fn times_out(&self) {
        assert_eq!((self.status, self.reason), (CheckStatus::Error, Some(Reason::Timeout)), "{self:?}");
        assert!(self.agrees && self.took < TIMEOUT + Duration::from_millis(200), "{self:?}");
    }
}

pub(crate) async fn healthy(mut server: impl Server, health: Health) {
    for _ in 0..20 {
        run(&health).await.is_ok();
    }
    assert!(server.connections().await <= 2);
}

pub(crate) async fn killed(mut server: impl Server, health: Health, message: &str, recovery: Recovery) {
    run(&health).await.is_ok();
    server.kill();
    for _ in 0..20 {
        run(&health).await.fails_at_once(message);
    }
    server.start();
    recovery.assert(&health).await;
}

pub(crate) async fn hung(mut server: impl Server, health: Health, assert: impl Fn(&Found)) {
    run(&health).await.is_ok();
    server.stop();
    for _ in 0..5 {
        assert(&run(&health).await);
    }
    server.go_on();
    run(&health).await.is_ok();
    server.wait_for_connections(|connections| connections <= 2).await;
}

pub(crate) async fn login_refused(mut server: impl DatabaseServer, health: Health, message: &str, recovery: Recovery) {
    run(&health).await.is_ok();
    server.refuse_logins().await;
    for _ in 0..3 {
        run(&health).await.fails_at_once(message);
    }
    server.allow_logins().await;
    recovery.assert(&health).await;
}

pub(crate) async fn full(mut server: impl DatabaseServer, health: Health, message: &str, recovery: Recovery) {
    run(&health).await.is_ok();
    server.fill().await;
    for _ in 0..3 {
        run(&health).await.fails_at_once(message);
    }
    server.empty().await;
    recovery.assert(&health).await;
}

pub(crate) async fn restarted(mut server: impl Server, health: Health, recovery: Recovery) {
    run(&health).await.is_ok();
    server.shut_down();
    server.start();
    recovery.assert(&health).await;
}

/// Runs that get no answer leave neither connections nor tasks behind, but for those that the client keeps by itself.
pub(crate) async fn black_hole(peer: Peer, health: Health, kept: usize, assert: impl Fn(&Found)) {
    let metrics = Handle::current().metrics();
    assert(&run(&health).await);
    let before = settled(|| metrics.num_alive_tasks()).await;
    for _ in 0..5 {
        assert(&run(&health).await);
    }
    assert!(settled(|| peer.connections()).await <= kept);
    assert!(settled(|| metrics.num_alive_tasks()).await <= before + kept);
}

/// A number once it has not changed for 100 ms: connections are closed by tasks of their own.
pub(crate) async fn settled(number: impl Fn() -> usize) -> usize {
    let mut last = (number(), Instant::now());
    while last.1.elapsed() < Duration::from_millis(100) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let now = number();
        if now != last.0 {
            last = (now, Instant::now());
        }
    }
    last.0
}
