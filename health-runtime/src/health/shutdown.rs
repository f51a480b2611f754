//! The end of the service: signals, draining and its periods.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::time::sleep;

use super::Health;
use crate::process::{Stage, StopSignals, Until};

impl Health {
    /// Listens to the signals that stop a process, and returns a future that resolves when the server should close its listener.
    ///
    /// Signals are listened to from the call on, also if the future is never polled or is dropped. SIGTERM makes readiness
    /// 503 at once, and the future resolves after the [drain period](crate::HealthBuilder::drain_period). If the signal
    /// came before the first poll of the future, the period is counted from that poll. Ctrl-C resolves the future at once. So
    /// does a second SIGTERM, unless it comes within a second of the first, since supervisors send it twice. On Windows, Ctrl-Break,
    /// closing the console and system shutdown act like SIGTERM.
    ///
    /// When the future resolves, signals have their default effect again: another one kills the process, except for a SIGTERM
    /// within a second of the first. If [`serve`](Self::serve) is running, this happens only when `serve`
    /// returns. On Windows the default effect does not return.
    ///
    /// If the handlers cannot be installed, an error is logged and signals keep their default effect; the future then resolves only
    /// after [`drain`](Self::drain). A signal that comes before `serve` is called does not interrupt the program: it is remembered.
    /// After two Ctrl-C, or three SIGTERM a second or more apart, the next signal of any kind kills the program. A task on the runtime
    /// of the call handles the signals: while all threads of that runtime are blocked, a signal waits.
    ///
    /// # Examples
    ///
    /// With another server, it is that server that has a grace period and sends `Connection: close`, or does not. `axum::serve` does
    /// neither: it waits for a hung request without end, so this program gives it 10 s:
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// # async fn run(health: health_runtime::Health, app: axum::Router) -> std::io::Result<()> {
    /// let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    /// let signal = health.shutdown_signal();
    /// tokio::select! {
    ///     served = axum::serve(listener, app).with_graceful_shutdown(health.shutdown_signal()) => served,
    ///     () = async { signal.await; tokio::time::sleep(Duration::from_secs(10)).await } => Ok(()),
    /// }
    /// # }
    /// ```
    ///
    /// TLS with axum-server:
    ///
    /// ```no_run
    /// use std::net::SocketAddr;
    /// use std::time::Duration;
    ///
    /// use axum_server::tls_rustls::RustlsConfig;
    ///
    /// # async fn run(health: health_runtime::Health, app: axum::Router) -> std::io::Result<()> {
    /// let tls = RustlsConfig::from_pem_file("certificate.pem", "key.pem").await?;
    /// let handle = axum_server::Handle::new();
    /// let (signal, server) = (health.shutdown_signal(), handle.clone());
    /// tokio::spawn(async move {
    ///     signal.await;
    ///     server.graceful_shutdown(Some(Duration::from_secs(10)));
    /// });
    /// let address = SocketAddr::from(([0, 0, 0, 0], 8443));
    /// axum_server::bind_rustls(address, tls).handle(handle).serve(app.into_make_service()).await
    /// # }
    /// ```
    ///
    /// A program that migrates or connects first: a signal during that time is remembered, and `serve` then starts to drain at once. In a
    /// container, a signal that comes before this call is lost.
    ///
    /// ```no_run
    /// # async fn migrate() -> std::io::Result<()> { Ok(()) }
    /// # async fn run(health: health_runtime::Health, app: axum::Router) -> std::io::Result<()> {
    /// let _signal = health.shutdown_signal();
    /// migrate().await?;
    /// let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    /// health.serve(listener, app).await
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing: signals are listened to, and the service drains when one comes.
    pub fn shutdown_signal(&self) -> Drained {
        self.settle(&Handle::current());
        if let Err(error) = self.listen_to_signals(Until::Drained) {
            let line = move || tracing::error!(target: "health_runtime", %error, "cannot listen to signals");
            self.log().write(Box::new(line));
        }
        let health = self.clone();
        Drained(Box::pin(async move {
            let _wait = health.drained().await;
            // The server has only begun to close: a repeated SIGTERM is not to kill it.
            health.0.shutdown.ignore_repetitions();
        }))
    }

    /// Starts to drain, and returns a future that resolves after the [drain period](crate::HealthBuilder::drain_period).
    ///
    /// Readiness is 503 from the call on. The rest of the shutdown is as after SIGTERM: [`serve`](Self::serve) closes its
    /// listener after the drain period, and [`shutdown_signal`](Self::shutdown_signal) resolves. Draining cannot be undone.
    ///
    /// # Examples
    ///
    /// A route by which an operator stops the service:
    ///
    /// ```
    /// use axum::extract::State;
    /// use axum::http::StatusCode;
    /// use health_runtime::Health;
    ///
    /// async fn stop(State(health): State<Health>) -> StatusCode {
    ///     health.drain();
    ///     StatusCode::ACCEPTED
    /// }
    /// # let _ = stop;
    /// ```
    ///
    /// # Panics
    ///
    /// The future panics when it is polled outside of a tokio runtime; the call does not.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing: the service drains.
    pub fn drain(&self) -> Drained {
        self.advance(Stage::Draining);
        let health = self.clone();
        Drained(Box::pin(async move { drop(health.drained().await) }))
    }

    /// Returns at the end of the drain period. Cancel safe.
    pub(crate) async fn drained(&self) -> Wait {
        let shutdown = &self.0.shutdown;
        shutdown.reached(Stage::Draining).await;
        shutdown.begin_wait();
        let (wait, period) = (Wait(self.clone()), shutdown.begin_drain_period());
        tokio::select! {
            () = sleep(self.drain_period()) => period.end(),
            () = shutdown.reached(Stage::Closing) => {}
        }
        wait
    }

    /// Returns when requests in flight have had the grace period. Cancel safe.
    pub(crate) async fn graced(&self) {
        tokio::select! {
            () = sleep(self.grace_period()) => {}
            () = self.0.shutdown.reached(Stage::Over) => {}
        }
    }

    /// Returns once the service drains. Cancel safe.
    pub(crate) async fn draining(&self) {
        self.0.shutdown.reached(Stage::Draining).await;
    }

    /// Whether the shutdown has begun.
    pub(crate) fn is_draining(&self) -> bool {
        self.0.shutdown.has_begun()
    }

    /// Begins a `serve`.
    pub(crate) fn begin_serving(&self) -> io::Result<Wait> {
        self.listen_to_signals(Until::EndOfWait)?;
        Ok(Wait(self.clone()))
    }

    fn listen_to_signals(&self, until: Until) -> io::Result<()> {
        let inner = Arc::downgrade(&self.0);
        self.0.shutdown.listen(until, |mut signals: StopSignals| {
            tokio::spawn(async move {
                loop {
                    let signal = signals.next().await;
                    let Some(inner) = inner.upgrade() else { return };
                    // Readiness is 503 before anything closes.
                    inner.engine.drain();
                    inner.shutdown.signal(signal, Instant::now());
                }
            })
        })
    }

    fn advance(&self, stage: Stage) {
        self.0.engine.drain();
        self.0.shutdown.advance(stage);
    }
}

/// Resolves at the end of the drain period; [`Health::shutdown_signal`] and [`Health::drain`] return it.
///
/// Dropping it changes nothing.
// Not `must_use`, as a future usually is: the calls act at once.
pub struct Drained(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Future for Drained {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drained").finish_non_exhaustive()
    }
}

/// Keeps signals from their default effect while a `serve` or a wait for the drain period is in progress.
#[must_use]
pub(crate) struct Wait(Health);

impl Drop for Wait {
    fn drop(&mut self) {
        self.0.0.shutdown.end_wait();
    }
}
