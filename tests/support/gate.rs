//! Blocks threads of the code under test until the test lets them go.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// What the code under test waits at. A clone is the same gate.
#[derive(Debug, Clone)]
pub struct Gate {
    arrivals: Sender<()>,
    passes: Arc<Mutex<Receiver<()>>>,
}

/// What the test holds. The gate is open for all once this is dropped.
#[derive(Debug)]
#[must_use]
pub struct GateKeeper {
    arrivals: Receiver<()>,
    passes: Sender<()>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> (Self, GateKeeper) {
        let ((arrive, arrivals), (pass, passes)) = (channel(), channel());
        (Self { arrivals: arrive, passes: Arc::new(Mutex::new(passes)) }, GateKeeper { arrivals, passes: pass })
    }

    /// Blocks the thread until the keeper lets it go.
    pub fn wait(&self) {
        // The test may have ended.
        let _ = self.arrivals.send(());
        let _ = self.passes.lock().unwrap_or_else(PoisonError::into_inner).recv();
    }
}

impl GateKeeper {
    /// Blocks until the next thread waits at the gate.
    pub fn arrival(&self) {
        self.arrivals.recv().expect("code that waits at the gate");
    }

    /// Lets one thread go: one that waits, or the next one that comes.
    pub fn let_one_pass(&self) {
        self.passes.send(()).expect("a gate");
    }
}
