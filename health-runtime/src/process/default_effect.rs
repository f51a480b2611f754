//! What signals do while nothing listens to them.
//!
//! tokio never removes its handlers, so a signal would have no effect at all once nothing listens to it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Suspends the default effect of the signals that stop a process, until any clone of it is dropped.
#[derive(Debug, Clone)]
pub(super) struct Suspended(Arc<AtomicBool>);

impl Suspended {
    /// # Errors
    ///
    /// If the handlers cannot be installed.
    pub(super) fn begin() -> io::Result<Self> {
        process::suspend()?;
        Ok(Self(Arc::new(AtomicBool::new(true))))
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        if self.0.swap(false, Ordering::Relaxed) {
            process::resume();
        }
    }
}

#[cfg(unix)]
mod process {
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex, PoisonError};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag::register_conditional_default;

    /// The listeners of this process.
    struct Listeners {
        count: usize,
        /// Whether signals have their default effect; `None` before the first listener.
        has_default: Option<Arc<AtomicBool>>,
    }

    static LISTENERS: Mutex<Listeners> = Mutex::new(Listeners { count: 0, has_default: None });

    pub(super) fn suspend() -> io::Result<()> {
        let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
        let has_default = if let Some(has_default) = &listeners.has_default {
            Arc::clone(has_default)
        } else {
            let has_default = Arc::new(AtomicBool::new(false));
            register_conditional_default(SIGINT, Arc::clone(&has_default))?;
            register_conditional_default(SIGTERM, Arc::clone(&has_default))?;
            listeners.has_default = Some(Arc::clone(&has_default));
            has_default
        };
        listeners.count += 1;
        has_default.store(false, Ordering::SeqCst);
        Ok(())
    }

    pub(super) fn resume() {
        let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.count -= 1;
        if let (0, Some(has_default)) = (listeners.count, &listeners.has_default) {
            has_default.store(true, Ordering::SeqCst);
        }
    }
}

/// Elsewhere there is no way back.
#[cfg(not(unix))]
mod process {
    use std::io;

    #[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(super) fn suspend() -> io::Result<()> {
        Ok(())
    }

    pub(super) fn resume() {}
}
