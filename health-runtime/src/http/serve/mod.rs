//! Serves an application until it is asked to stop, and not much longer.

mod activity;
mod app;
mod connection;
mod io;
mod service;
mod streams;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::serve::Listener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::coop::consume_budget;
use tokio::time::timeout;

pub use self::app::ServeApp;
use crate::health::{ConnectionLimits, Health};
use crate::outcome::Sealed;
use crate::process::Stage;

/// How long the log may take for its last lines.
const LAST_LINES: Duration = Duration::from_millis(100);

/// How long the listener waits for another connection that the system has accepted before it closes.
const NEXT_CONNECTION: Duration = Duration::from_millis(10);

/// How long it accepts them at most.
const LAST_CONNECTIONS: Duration = Duration::from_millis(100);

impl Health {
    /// Serves the application until a signal or [`drain`](Self::drain) stops it.
    ///
    /// Takes any listener (TCP, Unix sockets), and a [`Router`](axum::Router) or a make-service that takes the address of the
    /// client: `app.into_make_service_with_connect_info::<SocketAddr>()`. For TLS use a server of your own and
    /// [`shutdown_signal`](Self::shutdown_signal).
    ///
    /// SIGTERM makes readiness 503 at once. During the drain period (5 s) the listener stays open, HTTP/1.1 answers carry
    /// `Connection: close` and HTTP/2 connections get GOAWAY, so that clients move to other instances. Then the listener and
    /// all connections without a request close, and requests in flight have the grace period (10 s). Ctrl-C skips
    /// the drain period, and a further Ctrl-C the grace period. A further SIGTERM acts like Ctrl-C, unless it comes within a second of
    /// the first, since supervisors send it twice. Requests that are cut off are counted in one log line. When the last
    /// `serve` returns, the next signal kills the process, even if the application has handlers of its own. On Windows, signals then have
    /// no effect.
    /// [`drain`](Self::drain) starts the same shutdown without a signal.
    ///
    /// `serve` does not wait for upgraded connections of HTTP/1.1 such as `WebSocket`s; the application has to close them. Over HTTP/2
    /// a `WebSocket` is a request in flight.
    ///
    /// Connections have limits: [`connection_idle_timeout`](crate::HealthBuilder::connection_idle_timeout) (75 s) and
    /// [`request_head_timeout`](crate::HealthBuilder::request_head_timeout) (10 s).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn run(health: health_runtime::Health, app: axum::Router) -> std::io::Result<()> {
    /// let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    /// health.serve(listener, app).await
    /// # }
    /// ```
    ///
    /// A Unix socket, and handlers that take the address of the client:
    ///
    /// ```no_run
    /// # #[cfg(unix)]
    /// # async fn run(health: health_runtime::Health, app: axum::Router) -> std::io::Result<()> {
    /// // The socket of an earlier process stays.
    /// let _ = std::fs::remove_file("/run/orders.socket");
    /// let listener = tokio::net::UnixListener::bind("/run/orders.socket")?;
    /// health.serve(listener, app).await
    /// # }
    /// ```
    ///
    /// ```no_run
    /// use std::net::SocketAddr;
    ///
    /// use axum::extract::ConnectInfo;
    /// use axum::{Router, routing::get};
    ///
    /// # async fn run(health: health_runtime::Health) -> std::io::Result<()> {
    /// let app = Router::new()
    ///     .merge(health.router())
    ///     .route("/", get(|ConnectInfo(client): ConnectInfo<SocketAddr>| async move { client.to_string() }));
    /// let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    /// health.serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
    /// # }
    /// ```
    ///
    /// The probes on a port of their own:
    ///
    /// ```no_run
    /// # async fn run(health: health_runtime::Health, app: axum::Router) -> std::io::Result<()> {
    /// let public = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    /// let private = tokio::net::TcpListener::bind("0.0.0.0:9090").await?;
    /// tokio::try_join!(health.serve(public, app), health.serve(private, health.probe_router()))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the signal handlers cannot be installed.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime. A panic of the listener, or of a make-service's `poll_ready` or `call`, is passed on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the listener and all connections without a request; requests in flight may take any time, since the
    /// grace period does not apply. Signals have their default effect again.
    pub fn serve<L: Listener, A: ServeApp<L::Addr, K>, K>(
        &self,
        listener: L,
        app: A,
    ) -> impl Future<Output = std::io::Result<()>> + Send + use<L, A, K> {
        let health = self.clone();
        async move { health.serve_to_the_end(listener, app).await }
    }

    async fn serve_to_the_end<L: Listener, A: ServeApp<L::Addr, K>, K>(
        &self,
        mut listener: L,
        mut app: A,
    ) -> std::io::Result<()> {
        self.settle(&Handle::current());
        let _serving = self.begin_serving()?;
        let server = Arc::new(Server::new(self.clone()));
        let _closing = CloseOnDrop(Arc::clone(&server));
        let accepting = async {
            loop {
                server.accept(&mut listener, &mut app).await;
                // A listener that always has a connection is not to hold up the rest.
                consume_budget().await;
            }
        };
        let drained = async {
            self.draining().await;
            server.stage.send_replace(Stage::Draining);
            drop(self.drained().await);
        };
        tokio::select! {
            () = accepting => {}
            () = drained => {}
        }
        server.stage.send_replace(Stage::Closing);
        let closing = async {
            // Clients that the system has connected already would be refused although their request may be on its way.
            let last = async {
                while timeout(NEXT_CONNECTION, server.accept(&mut listener, &mut app)).await.is_ok() {
                    consume_budget().await;
                }
            };
            let _ = timeout(LAST_CONNECTIONS, last).await;
            drop(listener);
            server.is_done().await;
        };
        tokio::select! {
            () = closing => {}
            () = self.graced() => {
                let requests = server.requests.load(Ordering::Relaxed);
                if requests > 0 {
                    self.log().write(Box::new(move || {
                        tracing::warn!(target: "health_runtime", requests, "requests were cut off by the shutdown");
                    }));
                }
            }
        }
        server.stage.send_replace(Stage::Over);
        // The process may end when this returns, and its last lines with it. A log layer that blocks does not hold it up.
        let _ = timeout(LAST_LINES, self.log().written()).await;
        Ok(())
    }
}

/// What the connections of one listener share.
#[derive(Debug)]
struct Server {
    health: Health,
    /// A connection has a receiver for as long as it is open.
    stage: watch::Sender<Stage>,
    limits: ConnectionLimits,
    /// How many requests are in flight.
    requests: Arc<AtomicUsize>,
}

impl Server {
    fn new(health: Health) -> Self {
        let limits = health.connection_limits();
        Self { health, stage: watch::Sender::new(Stage::Running), limits, requests: Arc::default() }
    }

    /// Whether clients have to go elsewhere. The shutdown may have begun before `serve` has heard of it.
    fn is_leaving(&self) -> bool {
        *self.stage.borrow() >= Stage::Draining || self.health.is_draining()
    }

    /// Accepts a connection, and serves it on a task of its own. As cancel safe as the listener.
    async fn accept<L: Listener, A: ServeApp<L::Addr, K>, K>(self: &Arc<Self>, listener: &mut L, app: &mut A) {
        app.ready(Sealed).await;
        let (io, address) = listener.accept().await;
        tokio::spawn(connection::serve(Arc::clone(self), self.stage.subscribe(), io, app.service(address, Sealed)));
    }

    /// Returns once all connections are closed. Cancel safe.
    async fn is_done(&self) {
        self.stage.closed().await;
    }
}

/// Closes the connections without a request if `serve` is dropped. The others finish theirs.
struct CloseOnDrop(Arc<Server>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.stage.send_if_modified(|stage| {
            let is_earlier = *stage < Stage::Closing;
            *stage = (*stage).max(Stage::Closing);
            is_earlier
        });
    }
}
