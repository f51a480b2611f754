//! What signals do while nothing listens to them.
//!
//! tokio never removes its handlers, so a signal would have no effect at all once nothing listens to it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::signals::StopSignal;

/// Suspends the default effect of a signal that stops a process, until any clone of it is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Suspended(Arc<(StopSignal, AtomicBool)>);

impl Suspended {
    /// # Errors
    ///
    /// If the handler cannot be installed.
    pub(crate) fn begin(signal: StopSignal) -> io::Result<Self> {
        process::suspend(signal)?;
        Ok(Self(Arc::new((signal, AtomicBool::new(true)))))
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        let (signal, is_suspended) = &*self.0;
        if is_suspended.swap(false, Ordering::Relaxed) {
            process::resume(*signal);
        }
    }
}

#[cfg(unix)]
mod process {
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag::{register_conditional_default, register_conditional_shutdown};

    use super::StopSignal;

    /// What needs a signal to have no default effect.
    struct Users {
        count: usize,
        /// Whether the signal has its default effect; `None` before the first user.
        has_default: Option<Arc<AtomicBool>>,
    }

    static INTERRUPT: Mutex<Users> = Mutex::new(Users { count: 0, has_default: None });
    static TERMINATE: Mutex<Users> = Mutex::new(Users { count: 0, has_default: None });

    fn users(signal: StopSignal) -> MutexGuard<'static, Users> {
        let users = match signal {
            StopSignal::Interrupt => &INTERRUPT,
            StopSignal::Terminate => &TERMINATE,
        };
        users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn suspend(signal: StopSignal) -> io::Result<()> {
        let mut users = users(signal);
        let has_default = if let Some(has_default) = &users.has_default {
            Arc::clone(has_default)
        } else {
            let number = match signal {
                StopSignal::Interrupt => SIGINT,
                StopSignal::Terminate => SIGTERM,
            };
            let has_default = Arc::new(AtomicBool::new(false));
            // The first process of a container has no default effects; `abort` would come in their place.
            if std::process::id() == 1 {
                register_conditional_shutdown(number, 128 + number, Arc::clone(&has_default))?;
            } else {
                register_conditional_default(number, Arc::clone(&has_default))?;
            }
            users.has_default = Some(Arc::clone(&has_default));
            has_default
        };
        users.count += 1;
        has_default.store(false, Ordering::SeqCst);
        Ok(())
    }

    pub(super) fn resume(signal: StopSignal) {
        let mut users = users(signal);
        users.count -= 1;
        if let (0, Some(has_default)) = (users.count, &users.has_default) {
            has_default.store(true, Ordering::SeqCst);
        }
    }
}

/// Elsewhere there is no way back.
#[cfg(not(unix))]
mod process {
    use std::io;

    use super::StopSignal;

    #[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(super) fn suspend(_: StopSignal) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn resume(_: StopSignal) {}
}
