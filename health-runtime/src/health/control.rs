//! What can be changed while the service runs.

use super::Health;
use crate::engine::{Forced, Transitions};
use crate::message::Message;
use crate::outcome::{CheckStatus, Outcome};
use crate::registry::{BuildError, Check, Problem};

impl Health {
    /// The changes of the checks from now on.
    pub fn subscribe(&self) -> Transitions {
        self.0.engine.subscribe()
    }

    /// Sets a check's status by hand, until it is released. Its runs go on. False if there is no such check.
    ///
    /// # Examples
    ///
    /// ```
    /// # use health_runtime::{Health, Outcome};
    /// # async fn maintain(health: Health) {
    /// health.force("db", Outcome::error("closed for maintenance"));
    /// // ...
    /// health.release("db");
    /// # }
    /// ```
    pub fn force(&self, name: &str, outcome: Outcome) -> bool {
        let (status, message, _) = outcome.into_parts();
        self.0.engine.force(name, Some(Forced { status, message: message.map(Message::masked) }))
    }

    /// Lets a check speak for itself again. False if there is no such check.
    pub fn release(&self, name: &str) -> bool {
        self.0.engine.force(name, None)
    }

    /// Runs a check now, although it may have a fresh observation, and says how that ended; a run in flight is joined.
    /// None if there is no such check.
    ///
    /// # Panics
    ///
    /// As [`probe`](Self::probe).
    ///
    /// # Cancel safety
    ///
    /// As [`probe`](Self::probe).
    pub async fn run(&self, name: &str) -> Option<CheckStatus> {
        self.0.engine.run(name).await.map(|observation| observation.status())
    }

    /// Adds a check while the service runs, and runs it.
    ///
    /// # Errors
    ///
    /// When a setting is not one, the schema of its details cannot be part of a document, or the name is taken.
    pub fn register(&self, check: Check) -> Result<(), BuildError> {
        let place = check.meta.place();
        let mistakes = check.meta.mistakes().map(|mistake| Problem::InvalidSetting { check: place.clone(), mistake });
        let mut problems: Vec<_> = mistakes.chain(check.unusable_schema()).collect();
        if problems.is_empty()
            && let Err(first) = self.0.engine.register(check)
        {
            problems.push(Problem::DuplicateName { first, second: place });
        }
        if problems.is_empty() { Ok(()) } else { Err(BuildError::new(problems)) }
    }

    /// Takes a check out of all reports. A run of it that is in flight ends as it would. False if there is no such check.
    pub fn remove(&self, name: &str) -> bool {
        self.0.engine.remove(name)
    }
}
