//! Serves an application until it is asked to stop, and not much longer.

mod activity;
mod app;
mod connection;
mod io;
mod service;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;

pub use self::app::ServeApp;
use crate::health::{ConnectionLimits, Health};
use crate::process::Stage;

/// How long the log may take for its last lines.
const LAST_LINES: Duration = Duration::from_millis(100);

/// How many connections are accepted at most once the listener has to close.
const BACKLOG: usize = 1024;

impl Health {
    /// Serves the application until a signal ends it.
    ///
    /// Takes any listener (TCP, Unix sockets), and a [`Router`](axum::Router) or a make-service over the address of the
    /// client: `app.into_make_service_with_connect_info::<SocketAddr>()`. For TLS use a server of your own and
    /// [`shutdown_signal`](Self::shutdown_signal).
    ///
    /// SIGTERM makes readiness 503 at once. During the drain period (5 s) the listener stays open, HTTP/1.1 answers carry
    /// `Connection: close` and HTTP/2 connections get GOAWAY, so that clients move to other instances. Then the listener and
    /// all connections without a request close, and requests in flight have the grace period (10 s). Ctrl-C closes the
    /// listener at once. Ctrl-C ends either wait, as does another SIGTERM a second or more after the first; supervisors send
    /// it twice. Requests that are cut off are counted in one log line. When the future is over, signals have their default
    /// effect again. [`drain`](Self::drain) starts the same without a signal.
    ///
    /// A connection that was upgraded (a WebSocket) belongs to the application, and is not waited for.
    ///
    /// Connections have limits: [`idle_timeout`](crate::HealthBuilder::idle_timeout) (75 s) and
    /// [`head_timeout`](crate::HealthBuilder::head_timeout) (10 s).
    ///
    /// # Errors
    ///
    /// If the signals cannot be listened to.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the listener; requests in flight go on.
    pub async fn serve<L: Listener, A: ServeApp<L::Addr, K>, K>(
        &self,
        mut listener: L,
        mut app: A,
    ) -> std::io::Result<()> {
        self.settle(&Handle::current());
        let _serving = self.begin_serving()?;
        let server = Arc::new(Server::new(self.connection_limits()));
        let accepting = async {
            loop {
                let accepted = listener.accept().await;
                server.connect(accepted, &mut app).await;
            }
        };
        let drained = async {
            self.draining().await;
            server.stage.send_replace(Stage::Draining);
            self.drained().await;
        };
        tokio::select! {
            () = accepting => {}
            () = drained => {}
        }
        server.stage.send_replace(Stage::Closing);
        // Clients that the system has connected already would be refused although their request may be on its way.
        for _ in 0..BACKLOG {
            let Some(accepted) = ready(listener.accept()).await else { break };
            server.connect(accepted, &mut app).await;
        }
        drop(listener);
        tokio::select! {
            () = server.is_done() => {}
            () = self.graced() => {
                let requests = server.requests.load(Ordering::Relaxed);
                if requests > 0 {
                    self.log().write(Box::new(move || {
                        tracing::warn!(
                            target: "health_runtime", requests, "cut off requests at the end of the grace period"
                        );
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
    /// A connection has a receiver for as long as it is open.
    stage: watch::Sender<Stage>,
    limits: ConnectionLimits,
    /// How many requests are in flight.
    requests: Arc<AtomicUsize>,
}

impl Server {
    fn new(limits: ConnectionLimits) -> Self {
        Self { stage: watch::Sender::new(Stage::Running), limits, requests: Arc::default() }
    }

    fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Serves a connection on a task of its own.
    async fn connect<I, Addr, A, K>(self: &Arc<Self>, (io, address): (I, Addr), app: &mut A)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        A: ServeApp<Addr, K>,
    {
        let (server, stages) = (Arc::clone(self), self.stage.subscribe());
        let service = app.service(address).await;
        tokio::spawn(connection::serve(server, stages, io, service));
    }

    /// Returns once all connections are closed. Cancel safe.
    async fn is_done(&self) {
        self.stage.closed().await;
    }
}

/// The output of a future that is ready now.
async fn ready<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
