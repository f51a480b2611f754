//! Log lines, written by a thread of their own: a log layer is user code, which may block, panic or call back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;

use tokio::sync::oneshot;
use tracing::Dispatch;
use tracing::dispatcher::{get_default, with_default};
use tracing::subscriber::NoSubscriber;

/// Where lines are handed on. Nothing that writes one waits for it.
#[derive(Debug)]
pub(crate) struct Log {
    /// The subscriber of the thread that built the service; `None` if there was none.
    dispatch: Option<Dispatch>,
    writer: OnceLock<Option<SyncSender<Line>>>,
    lost: Arc<AtomicUsize>,
}

type Line = Box<dyn FnOnce() + Send>;

impl Log {
    /// How many lines wait at most; more are counted and lost.
    const WAITING: usize = 1024;

    /// The log of a service that is built on this thread.
    pub(crate) fn new() -> Self {
        let dispatch = get_default(Dispatch::clone);
        let dispatch = (!dispatch.is::<NoSubscriber>()).then_some(dispatch);
        Self { dispatch, writer: OnceLock::new(), lost: Arc::default() }
    }

    /// Hands on a line, which the closure writes.
    pub(crate) fn write(&self, line: impl FnOnce() + Send + 'static) {
        if let Some(writer) = self.writer()
            && let Err(TrySendError::Full(_)) = writer.try_send(Box::new(line))
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns once every line that was handed on before has been written. Cancel safe.
    pub(crate) async fn written(&self) {
        let Some(Some(writer)) = self.writer.get() else { return };
        let (write, written) = oneshot::channel();
        if writer.try_send(Box::new(move || drop(write))).is_ok() {
            // The sender is dropped, not used.
            let _: Result<(), _> = written.await;
        }
    }

    fn writer(&self) -> Option<&SyncSender<Line>> {
        let start = || {
            let (writer, lines) = sync_channel(Self::WAITING);
            let (dispatch, lost) = (self.dispatch.clone(), Arc::clone(&self.lost));
            let thread = thread::Builder::new().name("health-log".to_owned());
            thread.spawn(move || write_all(&lines, dispatch.as_ref(), &lost)).ok().map(|_| writer)
        };
        self.writer.get_or_init(start).as_ref()
    }
}

fn write_all(lines: &Receiver<Line>, dispatch: Option<&Dispatch>, lost: &AtomicUsize) {
    let write = |line: Line| {
        let contained = AssertUnwindSafe(|| match dispatch {
            Some(dispatch) => with_default(dispatch, line),
            // One may have been installed since.
            None => line(),
        });
        if let Err(payload) = catch_unwind(contained) {
            // The payload's own destructor may panic too.
            std::mem::forget(payload);
        }
    };
    while let Ok(line) = lines.recv() {
        write(line);
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            write(Box::new(move || tracing::warn!(lost, "the log is too slow; lines were lost")));
        }
    }
}

/// Whether the current thread has no subscriber.
pub(crate) fn is_unheard() -> bool {
    get_default(Dispatch::is::<NoSubscriber>)
}
