//! What can be changed while the service runs.

use super::Health;
use crate::engine::{Forced, Transitions};
use crate::message::Message;
use crate::outcome::{CheckStatus, Outcome};
use crate::registry::{BuildError, Check, Problem};

impl Health {
    /// Subscribes to status changes.
    pub fn subscribe(&self) -> Transitions {
        self.0.engine.subscribe()
    }

    /// Overrides a check's status until [`release`](Self::release). The check keeps running. `false` if there is no such check.
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

    /// Removes the override. `false` if there is no such check.
    pub fn release(&self, name: &str) -> bool {
        self.0.engine.force(name, None)
    }

    /// Runs a check now, ignoring its cache, and returns its status. Joins a run in flight. `None` if there is no such check.
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
    /// If a setting is invalid, the details' schema cannot be used in the document, or the name is taken.
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

    /// Removes a check from all reports. A run in flight is not cancelled. Subscribers and the log get no changes
    /// of it that happen later. Checks that depend on it keep running it. `false` if there is no such check.
    pub fn remove(&self, name: &str) -> bool {
        self.0.engine.remove(name)
    }
}
