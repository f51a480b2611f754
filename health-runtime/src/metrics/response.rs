//! The response to a counted request: times its head, and notices the end of its body.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::HttpBody;
use axum::http::{HeaderName, HeaderValue, Response};
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;

use super::requests::{InFlight, Unanswered};

/// Seconds until the head of the response was ready, with four decimals.
const RESPONSE_TIME: HeaderName = HeaderName::from_static("x-response-time");

pin_project! {
    /// The future of a [`MetricsService`](super::MetricsService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct MetricsFuture<F> {
        #[pin]
        inner: F,
        unanswered: Unanswered,
    }
}

pin_project! {
    /// The response body of a [`MetricsService`](super::MetricsService). The request is in flight until the body has ended or is dropped.
    #[derive(Debug)]
    pub struct MetricsBody<B> {
        #[pin]
        inner: B,
        in_flight: Option<InFlight>,
    }
}

impl<F> MetricsFuture<F> {
    /// The future of a call that has returned.
    pub(super) fn new(inner: F, mut unanswered: Unanswered) -> Self {
        unanswered.is_running = false;
        Self { inner, unanswered }
    }
}

impl<F, B, E> Future for MetricsFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<MetricsBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.unanswered.is_running = true;
        let polled = this.inner.poll(cx);
        this.unanswered.is_running = false;
        let Poll::Ready(result) = polled else { return Poll::Pending };
        Poll::Ready(match result {
            Ok(response) => {
                let (nanoseconds, in_flight) = this.unanswered.answered(response.status());
                let (mut head, inner) = response.into_parts();
                head.headers.insert(RESPONSE_TIME, seconds(nanoseconds));
                Ok(Response::from_parts(head, MetricsBody { inner, in_flight }))
            }
            Err(error) => {
                this.unanswered.failed();
                Err(error)
            }
        })
    }
}

impl<B: HttpBody> HttpBody for MetricsBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let polled = this.inner.poll_frame(cx);
        if matches!(polled, Poll::Ready(None)) {
            *this.in_flight = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B: Default> Default for MetricsBody<B> {
    fn default() -> Self {
        Self { inner: B::default(), in_flight: None }
    }
}

/// Seconds, rounded to four decimals.
fn seconds(nanoseconds: u64) -> HeaderValue {
    let rounded = nanoseconds.saturating_add(50_000) / 100_000;
    let (whole, decimals) = (rounded / 10_000, rounded % 10_000);
    let text = match u8::try_from(whole) {
        // The usual case, without an allocation for the text.
        Ok(whole @ ..10) => {
            let digit = |unit| b'0' + u8::try_from(decimals / unit % 10).unwrap_or_default();
            HeaderValue::from_bytes(&[b'0' + whole, b'.', digit(1_000), digit(100), digit(10), digit(1)])
        }
        _ => HeaderValue::from_str(&format!("{whole}.{decimals:04}")),
    };
    text.expect("digits and a point")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_to_four_decimals() {
        for (nanoseconds, text) in [
            (0, "0.0000"),
            (49_999, "0.0000"),
            (50_000, "0.0001"),
            (1_234_567_000, "1.2346"),
            (9_999_950_000, "10.0000"),
            (u64::MAX, "18446744073.7095"),
        ] {
            assert_eq!(seconds(nanoseconds), text);
        }
    }
}
