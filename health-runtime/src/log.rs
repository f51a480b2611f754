//! Log lines. A thread of their own writes them, since a log layer is user code: it may block, panic or call back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;
use tracing::Dispatch;
use tracing::dispatcher::{get_default, with_default};
use tracing::subscriber::NoSubscriber;

use crate::contain::contained;

/// The queue of lines. Code that adds a line does not wait for it.
#[derive(Debug)]
pub(crate) struct Log {
    /// The subscriber of the thread that built the service; `None` if there was none.
    dispatch: Option<Dispatch>,
    writer: OnceLock<Option<SyncSender<Line>>>,
    lost: Arc<AtomicUsize>,
}

/// A line, as a closure that writes it.
pub(crate) type Line = Box<dyn FnOnce() + Send>;

impl Log {
    /// The most lines that wait; further ones are lost and counted.
    const WAITING: usize = 1024;

    /// The log of a service that is being built on this thread.
    pub(crate) fn new() -> Self {
        let dispatch = get_default(Dispatch::clone);
        let dispatch = (!dispatch.is::<NoSubscriber>()).then_some(dispatch);
        Self { dispatch, writer: OnceLock::new(), lost: Arc::default() }
    }

    /// Adds a line.
    pub(crate) fn write(&self, line: Line) {
        if let Some(writer) = self.writer()
            && let Err(TrySendError::Full(_)) = writer.try_send(line)
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns once every earlier line has been written. Cancel safe.
    pub(crate) async fn written(&self) {
        let Some(Some(writer)) = self.writer.get() else { return };
        let (write, written) = oneshot::channel::<()>();
        let mut last: Line = Box::new(move || drop(write));
        while let Err(TrySendError::Full(line)) = writer.try_send(last) {
            last = line;
            sleep(Duration::from_millis(1)).await;
        }
        // The sender is dropped, not used.
        let _ = written.await;
    }

    fn writer(&self) -> Option<&SyncSender<Line>> {
        let start = || {
            let (writer, lines) = sync_channel(Self::WAITING);
            let (dispatch, lost) = (self.dispatch.clone(), Arc::clone(&self.lost));
            let thread = thread::Builder::new().name("health-log".to_owned());
            let thread = thread.spawn(move || write_all(&lines, dispatch.as_ref(), &lost));
            thread
                .map(|_| writer)
                .inspect_err(|error| {
                    eprintln!("health-runtime: cannot start the log thread, so nothing is logged: {error}");
                })
                .ok()
        };
        self.writer.get_or_init(start).as_ref()
    }
}

fn write_all(lines: &Receiver<Line>, dispatch: Option<&Dispatch>, lost: &AtomicUsize) {
    let write = |line: Line| {
        let _ = contained(|| match dispatch {
            Some(dispatch) => with_default(dispatch, line),
            // A subscriber may have been installed since.
            None => line(),
        });
    };
    while let Ok(line) = lines.recv() {
        write(line);
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            write(Box::new(
                move || tracing::warn!(target: "health_runtime", lost, "the log is too slow; lines were lost"),
            ));
        }
    }
}

/// Whether the current thread has no subscriber.
pub(crate) fn has_no_subscriber() -> bool {
    get_default(Dispatch::is::<NoSubscriber>)
}
