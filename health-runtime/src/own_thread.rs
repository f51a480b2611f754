//! A thread with a runtime of its own, on which nothing of the application runs.

use std::cell::Cell;
use std::sync::mpsc;
use std::{io, thread};

use tokio::runtime::{Builder, Runtime};

thread_local! {
    static IS_OWN: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is one of ours, on which no check may run.
pub(crate) fn is_own_thread() -> bool {
    IS_OWN.get()
}

/// Runs a future on a thread and a runtime of its own, until the process ends. What the future needs of the runtime is prepared there
/// before this returns, so that it can fail.
pub(crate) fn on_own_thread<T, F: Future>(
    name: &str,
    prepare: impl FnOnce() -> io::Result<T> + Send + 'static,
    run: impl FnOnce(T) -> F + Send + 'static,
) -> io::Result<()> {
    let (report, prepared) = mpsc::channel();
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        IS_OWN.set(true);
        // Made here: where the caller is, a runtime that failed could not be dropped.
        let started = Builder::new_current_thread().enable_all().build().and_then(|runtime: Runtime| {
            let prepared = {
                let _entered = runtime.enter();
                prepare()?
            };
            Ok((runtime, prepared))
        });
        match started {
            Ok((runtime, prepared)) => {
                let _ = report.send(Ok(()));
                runtime.block_on(run(prepared));
            }
            Err(error) => drop(report.send(Err(error))),
        }
    })?;
    prepared.recv().unwrap_or_else(|_| Err(io::Error::other("the thread has ended")))
}
