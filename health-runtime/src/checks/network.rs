//! Fixed messages for network errors.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// The message for an error with an [`io::Error`] among its sources; `None` without one.
pub(super) fn problem(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let sources = || std::iter::successors(Some(error), |&error| error.source());
    // hyper's error for a connection that is closed properly, but before the response.
    let is_closed = |error: &(dyn Error + 'static)| error.to_string() == "connection closed before message completed";
    let closed = || sources().any(is_closed).then_some("the server closed the connection");
    sources().find_map(io_error).map(io_problem).or_else(closed)
}

fn io_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    // redis wraps its error in an `Arc`, which has the source of its content.
    match error.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
        Some(shared) => shared.downcast_ref(),
        None => error.downcast_ref(),
    }
}

fn io_problem(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ConnectionRefused => "the server refused the connection",
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => "the server closed the connection",
        ErrorKind::TimedOut => "the server did not answer",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            "the server cannot be reached"
        }
        // On Unix, std has no kind for the errors of `getaddrinfo`.
        _ if error.to_string().contains("failed to lookup address") => "the server's host name cannot be resolved",
        _ => "the connection failed",
    }
}
