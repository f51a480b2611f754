//! An HTTP server, through the application's reqwest client.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use reqwest::{Client, Error, Method, RequestBuilder, Response, StatusCode};

use super::network;
use crate::{CheckContext, CheckMeta, HealthCheck, Outcome, Run, health_details};

/// The part of a body that is read, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// The response of an HTTP server.
#[health_details(crate = crate)]
#[schemars(rename = "UpstreamAnswer")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The status code.
    pub status: u16,
}

/// Sends a request and expects a status code from 200 to 299.
///
/// Up to 64 KiB of the body are read, so that the client can reuse the connection. If the server closes the connection before
/// it answers, a request with a safe method (GET, HEAD, OPTIONS, TRACE) is sent once more, unless its body is a stream.
///
/// # Examples
///
/// ```
/// use axum::extract::State;
/// use health_runtime::checks::reqwest_0_13::{self, Answer};
/// use health_runtime::{Outcome, health_check};
/// use reqwest::Client;
///
/// #[health_check(timeout = "2s")]
/// async fn prices(State(client): State<Client>) -> Outcome<Answer> {
///     reqwest_0_13::send(client.get("https://prices.internal/health")).await
/// }
/// ```
pub async fn send(request: RequestBuilder) -> Outcome<Answer> {
    send_expecting(request, |status, _| status.is_success()).await
}

/// Like [`send`], with a condition on the status code and the first 64 KiB of the body.
///
/// # Examples
///
/// ```
/// use axum::extract::State;
/// use health_runtime::checks::reqwest_0_13::{self, Answer};
/// use health_runtime::{Outcome, health_check};
/// use reqwest::Client;
///
/// #[health_check(timeout = "2s")]
/// async fn search(State(client): State<Client>) -> Outcome<Answer> {
///     let request = client.get("http://search.internal/_cluster/health");
///     reqwest_0_13::send_expecting(request, |status, body| {
///         status == 200 && String::from_utf8_lossy(body).contains(r#""status":"green""#)
///     })
///     .await
/// }
/// ```
pub async fn send_expecting(
    request: RequestBuilder,
    expected: impl FnOnce(StatusCode, &[u8]) -> bool,
) -> Outcome<Answer> {
    let answered = async {
        let response = send_twice(request).await?;
        let status = response.status();
        Ok((status, read(response).await?))
    };
    let (status, body) = match answered.await {
        Ok(answer) => answer,
        Err(error) => return failed(error),
    };
    let answer = Answer { status: status.as_u16() };
    if expected(status, &body) {
        Outcome::ok(answer)
    } else if status.is_success() {
        Outcome::error("the server's answer is not as expected").with_details(answer)
    } else {
        Outcome::error(format!("the server answered with status {}", answer.status)).with_details(answer)
    }
}

/// [`send_expecting`] as a check of its own.
///
/// # Examples
///
/// ```
/// use health_runtime::Health;
/// use health_runtime::checks::reqwest_0_13::Upstream;
/// use reqwest::{Client, Method, StatusCode};
///
/// # fn build(client: Client) -> Result<Health, health_runtime::BuildError> {
/// let prices = Upstream::new("prices", client, "https://prices.internal/health")
///     .method(Method::HEAD)
///     .expecting(|status, _| status == StatusCode::NO_CONTENT);
/// Health::builder().version(env!("CARGO_PKG_VERSION")).add(prices).build()
/// # }
/// ```
#[derive(Clone)]
pub struct Upstream {
    meta: CheckMeta,
    client: Client,
    method: Method,
    url: String,
    expected: Arc<Expectation>,
}

type Expectation = dyn Fn(StatusCode, &[u8]) -> bool + Send + Sync;

impl Upstream {
    /// Creates a check of this name that sends a GET request to this URL and expects a status code from 200 to 299. If the URL is malformed,
    /// the check fails.
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>, client: Client, url: impl Into<String>) -> Self {
        let meta = CheckMeta::new(name).with_description("The server answers as expected.");
        let expected = Arc::new(|status: StatusCode, _: &[u8]| status.is_success());
        Self { meta, client, method: Method::GET, url: url.into(), expected }
    }

    /// Sets the method; GET by default.
    #[must_use]
    pub fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// Sets the condition on the status code and the first 64 KiB of the body.
    #[must_use]
    pub fn expecting(self, expected: impl Fn(StatusCode, &[u8]) -> bool + Send + Sync + 'static) -> Self {
        Self { expected: Arc::new(expected), ..self }
    }
}

impl HealthCheck for Upstream {
    type Details = Answer;

    fn meta(&self) -> CheckMeta {
        self.meta.clone()
    }

    fn run(&self, _: CheckContext) -> Run<Answer> {
        let request = self.client.request(self.method.clone(), &self.url);
        let expected = Arc::clone(&self.expected);
        Run::new(send_expecting(request, move |status, body| expected(status, body)))
    }
}

// The URL may hold a password.
impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("meta", &self.meta).field("method", &self.method).finish_non_exhaustive()
    }
}

/// Sends a request, and once more if the server closed the connection, which it may do with an idle one at any time.
async fn send_twice(request: RequestBuilder) -> Result<Response, Error> {
    let (client, request) = request.build_split();
    let request = request?;
    let again = if request.method().is_safe() { request.try_clone() } else { None };
    match (client.execute(request).await, again) {
        (Err(error), Some(again)) if error.is_request() && !error.is_connect() && !error.is_timeout() => {
            client.execute(again).await
        }
        (sent, _) => sent,
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await? {
        body.extend_from_slice(&bytes[..bytes.len().min(LONGEST_BODY - body.len())]);
        if body.len() == LONGEST_BODY {
            break;
        }
    }
    Ok(body)
}

fn failed(error: Error) -> Outcome<Answer> {
    let message = if error.is_builder() {
        "the request is invalid"
    } else if error.is_redirect() {
        "the server redirects too often"
    } else if error.is_timeout() {
        "the server did not answer"
    } else {
        network::problem(&error).unwrap_or("the connection failed")
    };
    // Its URL may hold a password.
    Outcome::error(message).with_cause(error.without_url())
}
