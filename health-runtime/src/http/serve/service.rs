//! One request to the application.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Method, StatusCode, Version};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tower_service::Service;

use super::Server;
use super::activity::{Activity, InService};

/// Answers a request, and asks HTTP/1.1 clients to go elsewhere while the service drains.
pub(super) fn answer<S>(
    server: &Arc<Server>,
    activity: &Arc<Activity>,
    mut service: S,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<TrackedBody>, Infallible>> + use<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let (server, in_service) = (Arc::clone(server), activity.begin());
    async move {
        let version = request.version();
        let may_close = version <= Version::HTTP_11 && request.method() != Method::CONNECT;
        poll_fn(|cx| service.poll_ready(cx)).await?;
        let mut response = service.call(request.map(Body::new)).await?;
        let is_upgrade = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if may_close && !is_upgrade && server.is_leaving() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            // To an answer of HTTP/1.1, hyper would add `keep-alive` for a client of HTTP/1.0 that wants it.
            *response.version_mut() = version;
        }
        Ok(response.map(|body| TrackedBody { body, _in_service: in_service }))
    }
}

/// The body of an answer; its request is in service until this is dropped.
#[derive(Debug)]
pub(super) struct TrackedBody {
    body: Body,
    _in_service: InService,
}

impl http_body::Body for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
