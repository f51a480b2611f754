//! One connection, from its accept to its end.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tower_service::Service;

use super::Server;
use super::activity::Activity;
use super::io::TrackedIo;
use super::service::answer;
use crate::process::Stage;

/// How long a connection without a request may stay open once the listener is closed, if it was accepted just then.
const FIRST_REQUEST: Duration = Duration::from_millis(100);

/// How long a client of HTTP/2 may take to confirm GOAWAY.
const GOAWAY: Duration = Duration::from_secs(1);

/// Serves a connection until it ends, exceeds a limit, or the shutdown closes it.
pub(super) async fn serve<I, S>(
    server: Arc<Server>,
    mut stages: watch::Receiver<Stage>,
    io: I,
    make_service: impl Future<Output = S> + Send,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let accepted = Instant::now();
    let service = tokio::select! {
        service = make_service => service,
        () = sleep(server.limits.idle) => return,
        () = first_request_is_late(stages.clone()) => return,
    };
    let activity = Arc::new(Activity::new(Arc::clone(&server.requests)));
    let io = TokioIo::new(TrackedIo { io, activity: Arc::clone(&activity) });
    let answering = {
        let (server, activity) = (Arc::clone(&server), Arc::clone(&activity));
        service_fn(move |request| answer(&server, &activity, service.clone(), request))
    };
    let builder = builder();
    let mut connection = pin!(builder.serve_connection_with_upgrades(io, answering));
    let mut limit = Limit { sleep: pin!(sleep_until(accepted)), is_armed: false };
    let mut asked_to_leave = None;
    let is_late = server.is_leaving();
    loop {
        let stage = *stages.borrow_and_update();
        if stage == Stage::Over {
            return;
        }
        let deadline = |asked_to_leave: Option<Instant>| {
            let deadline = match stage {
                Stage::Running | Stage::Draining => activity.deadline(&server.limits)?,
                Stage::Closing | Stage::Over if activity.had_request() => activity.waits_since()?,
                Stage::Closing | Stage::Over => accepted + FIRST_REQUEST,
            };
            match asked_to_leave {
                Some(asked) if activity.is_http2() => Some(deadline.max(asked + GOAWAY)),
                _ => Some(deadline),
            }
        };
        let end = poll_fn(|cx| {
            loop {
                if connection.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                let has_to_leave = if activity.is_http2() {
                    // A client that comes during the shutdown would lose its first request, and come back to lose it again.
                    stage >= Stage::Draining && (!is_late || activity.had_request())
                } else {
                    // On a connection that waits, this would wait for the end of a head that is half sent.
                    stage >= Stage::Closing && !activity.is_waiting()
                };
                if asked_to_leave.is_some() || !has_to_leave {
                    ready!(limit.poll(cx, || deadline(asked_to_leave)));
                    if asked_to_leave.is_some() {
                        return Poll::Ready(());
                    }
                }
                asked_to_leave = Some(Instant::now());
                connection.as_mut().graceful_shutdown();
            }
        });
        tokio::select! {
            biased;
            () = end => return,
            Ok(()) = stages.changed() => {}
        }
    }
}

/// Returns when a connection that has not sent a request has to close.
async fn first_request_is_late(mut stages: watch::Receiver<Stage>) {
    // The sender is not dropped meanwhile.
    let _ = stages.wait_for(|stage| *stage >= Stage::Closing).await;
    sleep(FIRST_REQUEST).await;
}

fn builder() -> Builder<TokioExecutor> {
    #[cfg_attr(not(feature = "http2"), expect(unused_mut, reason = "only HTTP/2 is configured"))]
    let mut builder = Builder::new(TokioExecutor::new());
    // For WebSockets over HTTP/2, as `axum::serve` has it.
    #[cfg(feature = "http2")]
    builder.http2().enable_connect_protocol();
    builder
}

/// A timer for a deadline that moves with every request, and is set anew only when it has to be earlier.
struct Limit<'a> {
    sleep: Pin<&'a mut Sleep>,
    is_armed: bool,
}

impl Limit<'_> {
    /// Ready once the deadline is over.
    fn poll(&mut self, cx: &mut Context<'_>, deadline: impl Fn() -> Option<Instant>) -> Poll<()> {
        loop {
            let Some(deadline) = deadline() else { return Poll::Pending };
            if !self.is_armed || deadline < self.sleep.deadline() {
                self.is_armed = true;
                self.sleep.as_mut().reset(deadline);
            }
            if self.sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.is_armed = false;
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
        }
    }
}
