//! Serves an application until it is asked to stop, and not much longer.

use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::health::Health;
use crate::process::{Stop, StopSignals};

/// How long the log may take for its last lines.
const LAST_LINES: Duration = Duration::from_millis(100);

impl Health {
    /// Serves the application until a signal ends it.
    ///
    /// SIGTERM makes readiness 503 at once; the listener closes after the drain period. Ctrl-C closes it at once. Requests
    /// in flight then have the grace period. Another signal ends either wait.
    ///
    /// # Errors
    ///
    /// When the signals cannot be listened to.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the listener; what is in flight goes on.
    pub async fn serve(&self, listener: TcpListener, app: Router) -> io::Result<()> {
        self.settle(&Handle::current());
        let mut signals = StopSignals::listen()?;
        let (close, closed) = oneshot::channel::<()>();
        let server = axum::serve(listener, app).with_graceful_shutdown(async { closed.await.unwrap_or_default() });
        let stop = async {
            let stop = signals.next().await;
            self.start_draining();
            if stop == Stop::Terminate {
                tokio::select! {
                    () = sleep(self.drain_period()) => {}
                    _ = signals.next() => {}
                }
            }
            drop(close);
            tokio::select! {
                () = sleep(self.grace_period()) => {}
                _ = signals.next() => {}
            }
        };
        let result = tokio::select! {
            result = server => result,
            () = stop => {
                self.log().write(Box::new(|| {
                    tracing::warn!(target: "health_runtime", "requests were still in flight at the end of the grace period");
                }));
                Ok(())
            }
        };
        // The process may end when this returns, and its last lines with it. A log layer that blocks does not hold it up.
        let _ = timeout(LAST_LINES, self.log().written()).await;
        result
    }
}
