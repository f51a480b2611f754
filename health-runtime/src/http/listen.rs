//! The own listener: the health routes on a thread and a runtime of their own.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Method, Request, Response};
use axum::routing::future::RouteFuture;
use axum::serve::Listener;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tower_service::Service as _;

use super::body::TwoParts;
use super::probe;
use crate::engine::LONGEST;
use crate::health::Health;
use crate::own_thread::on_own_thread;
use crate::probe::Probe;

impl Health {
    /// Answers the health routes on an address of their own, from a thread and a runtime of their own, until the process ends. Returns the
    /// address; for port 0, with the port that the system chose.
    ///
    /// This is the port for probes: it answers while every worker thread of the application is blocked, and while
    /// [`serve`](Self::serve) closes its listener and waits for requests. Checks run on the runtime of the application; a probe
    /// waits for them until their timeouts. With [`event_loop`](crate::HealthBuilder::event_loop), liveness and readiness are 503 when
    /// that runtime is stuck for 5 s, and are then answered at once from what is known. Until the runtime of
    /// the checks is known, no check runs; see [`runtime`](crate::HealthBuilder::runtime).
    ///
    /// The routes are those of [`router`](Self::router), the metrics and the documents included: do not open the port to the
    /// public. `/docs` loads `/openapi.json` from the port of the listener. It does not work there if the application serves the document
    /// itself. The listener keeps the `Health` until the process ends.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use axum::Router;
    /// use health_runtime::Health;
    /// use tokio::net::TcpListener;
    ///
    /// # async fn run(app: Router) -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Health::builder().version(env!("CARGO_PKG_VERSION")).event_loop().build()?;
    /// health.listen("0.0.0.0:9090")?;
    /// health.serve(TcpListener::bind("0.0.0.0:8080").await?, app).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the address cannot be listened to, or the thread cannot be started.
    pub fn listen(&self, address: impl ToSocketAddrs) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (routes, limits) = (Arc::new(Routes::new(self)), self.connection_limits());
        let prepare = || tokio::net::TcpListener::from_std(listener);
        on_own_thread("health-listener", prepare, async move |mut listener| {
            let mut http1 = Builder::new();
            // It runs on idle connections, too.
            http1.timer(TokioTimer::new()).header_read_timeout(limits.idle.min(LONGEST));
            loop {
                let (connection, _) = Listener::accept(&mut listener).await;
                let routes = Arc::clone(&routes);
                let service = service_fn(move |request| routes.answer(request));
                tokio::spawn(http1.serve_connection(TokioIo::new(connection), service));
            }
        })?;
        Ok(address)
    }
}

/// The health routes, with a shorter way to the answers that were kept.
struct Routes {
    health: Health,
    paths: Vec<(Box<str>, Probe)>,
    router: Router,
}

/// The answer to a request.
enum Answering {
    Kept(Option<Response<TwoParts>>),
    Routed(Pin<Box<RouteFuture<Infallible>>>),
}

/// The body of an answer.
enum Answer {
    Kept(TwoParts),
    Routed(Body),
}

impl Routes {
    fn new(health: &Health) -> Self {
        let path = |probe: Probe| Some((Box::from(health.endpoints().path(probe.into())?), probe));
        let paths = Probe::ALL.into_iter().filter_map(path).collect();
        Self { health: health.clone(), paths, router: health.router() }
    }

    fn answer(&self, request: Request<Incoming>) -> Answering {
        match self.kept(&request) {
            Some(response) => Answering::Kept(Some(response)),
            None => Answering::Routed(Box::pin(self.router.clone().call(request.map(Body::new)))),
        }
    }

    fn kept(&self, request: &Request<Incoming>) -> Option<Response<TwoParts>> {
        if *request.method() != Method::GET {
            return None;
        }
        let (_, probe) = self.paths.iter().find(|(path, _)| **path == *request.uri().path())?;
        probe::kept(&self.health, *probe, request)
    }
}

impl Future for Answering {
    type Output = Result<Response<Answer>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Kept(response) => {
                let response = response.take().expect("a future that is done is not polled again");
                Poll::Ready(Ok(response.map(Answer::Kept)))
            }
            Self::Routed(future) => future.as_mut().poll(cx).map_ok(|response| response.map(Answer::Routed)),
        }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut *self {
            Self::Kept(parts) => Pin::new(parts).poll_frame(cx).map_err(|never| match never {}),
            Self::Routed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Kept(parts) => parts.is_end_stream(),
            Self::Routed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Kept(parts) => parts.size_hint(),
            Self::Routed(body) => body.size_hint(),
        }
    }
}
