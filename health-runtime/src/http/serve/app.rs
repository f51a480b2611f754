//! What can be served.

use std::convert::Infallible;
use std::future::{poll_fn, ready};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use tower_service::Service;

use crate::outcome::Sealed;

/// An application that [`Health::serve`](crate::Health::serve) takes: a [`Router`], or a make-service that takes the address
/// of the client.
///
/// A make-service that takes `axum::serve::IncomingStream`, for example for your own implementation of `Connected`, needs `axum::serve` and
/// [`Health::shutdown_signal`](crate::Health::shutdown_signal).
///
/// `Kind` only separates the two implementations; the compiler infers it. There are no others.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be served to clients with addresses of type `{Addr}`",
    note = "pass a `Router` that has its state (`.with_state(...)`), `app.into_make_service()`, or `app.into_make_service_with_connect_info::<SocketAddr>()`"
)]
pub trait ServeApp<Addr, Kind>: Send {
    /// The service for the requests of one connection.
    type Service: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static;

    /// Returns when another service can be made. Cancel safe.
    #[doc(hidden)]
    fn ready(&mut self, _: Sealed) -> impl Future<Output = ()> + Send;

    /// Makes the service of a connection from the address of the client.
    #[doc(hidden)]
    fn service(&mut self, address: Addr, _: Sealed) -> impl Future<Output = Self::Service> + Send + 'static;
}

impl<Addr: Send> ServeApp<Addr, ()> for Router {
    type Service = Self;

    async fn ready(&mut self, _: Sealed) {}

    fn service(&mut self, _: Addr, _: Sealed) -> impl Future<Output = Self> + Send + 'static {
        ready(self.clone())
    }
}

impl<Addr, M, S> ServeApp<Addr, (S,)> for M
where
    Addr: Send,
    M: Service<Addr, Response = S, Error = Infallible, Future: Send + 'static> + Send,
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    type Service = S;

    async fn ready(&mut self, _: Sealed) {
        let Ok(()) = poll_fn(|cx| self.poll_ready(cx)).await;
    }

    fn service(&mut self, address: Addr, _: Sealed) -> impl Future<Output = S> + Send + 'static {
        let making = self.call(address);
        async move {
            let Ok(service) = making.await;
            service
        }
    }
}
