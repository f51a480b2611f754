//! The signals that stop a process.

use std::io;

use super::default_effect::Suspended;

/// A request to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopSignal {
    /// From a person at a terminal.
    Interrupt,
    /// From a supervisor.
    Terminate,
}

/// All stop signals from now on. They have their default effect again once this or what came with it is dropped.
#[derive(Debug)]
pub(crate) struct StopSignals {
    streams: Streams,
    _suspended: [Suspended; 2],
}

impl StopSignals {
    /// Listens to the signals of this process.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub(super) fn listen() -> io::Result<(Self, [Suspended; 2])> {
        // Handlers run in the order in which they were installed. If tokio's came first, a signal that ends the last wait could
        // find the default effect back when its own turn comes, and kill the process.
        let suspended = [Suspended::begin(StopSignal::Interrupt)?, Suspended::begin(StopSignal::Terminate)?];
        let streams = Streams::open()?;
        Ok((Self { streams, _suspended: suspended.clone() }, suspended))
    }

    /// The next signal. Cancel safe.
    pub(crate) async fn next(&mut self) -> StopSignal {
        self.streams.next().await
    }
}

#[cfg(unix)]
#[derive(Debug)]
struct Streams {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Streams {
    fn open() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> StopSignal {
        tokio::select! {
            _ = self.interrupt.recv() => StopSignal::Interrupt,
            _ = self.terminate.recv() => StopSignal::Terminate,
        }
    }
}

/// Ctrl-C stops at once; the other events come from a supervisor, a closed console or the end of a session.
#[cfg(windows)]
#[derive(Debug)]
struct Streams {
    interrupt: tokio::signal::windows::CtrlC,
    stop: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Streams {
    fn open() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

        Ok(Self { interrupt: ctrl_c()?, stop: ctrl_break()?, close: ctrl_close()?, shutdown: ctrl_shutdown()? })
    }

    async fn next(&mut self) -> StopSignal {
        tokio::select! {
            _ = self.interrupt.recv() => StopSignal::Interrupt,
            _ = self.stop.recv() => StopSignal::Terminate,
            _ = self.close.recv() => StopSignal::Terminate,
            _ = self.shutdown.recv() => StopSignal::Terminate,
        }
    }
}
