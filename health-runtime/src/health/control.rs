//! Changes while the service runs.

use std::sync::Arc;

use super::Health;
use crate::check::{CheckMeta, UnknownCheck};
use crate::context::HealthCheck;
use crate::engine::{Forced, Transitions};
use crate::message::Message;
use crate::observation::Observation;
use crate::outcome::Outcome;
use crate::registry::{BuildError, Check};

impl Health {
    /// Subscribes to the changes of all checks from now on.
    pub fn subscribe(&self) -> Transitions {
        self.0.engine.subscribe()
    }

    /// Forces a check's status until [`release`](Self::release). The check keeps running. Checks that depend on it see the forced status
    /// from their next run on. Details and cause of the outcome are ignored.
    ///
    /// # Errors
    ///
    /// If no check has this name.
    ///
    /// # Examples
    ///
    /// ```
    /// # use health_runtime::{Health, Outcome, UnknownCheck};
    /// # fn maintain(health: Health) -> Result<(), UnknownCheck> {
    /// health.force("db", Outcome::error("closed for maintenance"))?;
    /// // ...
    /// health.release("db")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn force(&self, name: &str, outcome: Outcome) -> Result<(), UnknownCheck> {
        let Outcome { status, message, .. } = outcome;
        self.0.engine.force(name, Some(Forced { status, message: message.map(Message::masked) }))
    }

    /// Ends the effect of [`force`](Self::force). Does nothing if the status is not forced.
    ///
    /// # Errors
    ///
    /// If no check has this name.
    pub fn release(&self, name: &str) -> Result<(), UnknownCheck> {
        self.0.engine.force(name, None)
    }

    /// Runs a check now, ignoring its cache, and returns its observation. Thresholds apply; a status set by [`force`](Self::force)
    /// does not. Joins a run in flight.
    ///
    /// # Errors
    ///
    /// If no check has this name.
    ///
    /// # Panics
    ///
    /// As [`probe`](Self::probe).
    ///
    /// # Cancel safety
    ///
    /// As [`probe`](Self::probe).
    pub async fn run(&self, name: &str) -> Result<Observation, UnknownCheck> {
        let observation = self.0.engine.run(name).await?;
        Ok(Arc::unwrap_or_clone(observation))
    }

    /// Adds a check while the service runs, and starts its first run. The check can take the builder's state and depend on registered
    /// checks.
    ///
    /// # Errors
    ///
    /// If a setting is invalid, the name is taken, a dependency or a value of state is missing, or the details' schema cannot be used in
    /// the document.
    pub fn register(&self, check: impl Into<Check>) -> Result<(), BuildError> {
        let mut check = check.into();
        check.states.fall_back_on(&self.0.states);
        let mut problems = check.mistakes();
        problems.extend(check.missing_states());
        if problems.is_empty() {
            problems = self.0.engine.register(check);
        }
        if problems.is_empty() { Ok(()) } else { Err(BuildError::of_registration(problems)) }
    }

    /// Removes a check from all reports. Its later changes are neither logged nor sent to subscribers, and a forced status ends.
    ///
    /// A run in flight is not cancelled. Checks that depend on the removed check still run it, even if another check of the same name is
    /// registered later.
    ///
    /// # Errors
    ///
    /// If no check has this name.
    pub fn remove(&self, name: &str) -> Result<(), UnknownCheck> {
        self.0.engine.remove(name)
    }

    /// Returns the names and settings of all checks, in name order.
    pub fn checks(&self) -> Vec<CheckMeta> {
        self.slots().iter().map(|slot| slot.meta.clone()).collect()
    }

    /// Returns the name of the check of this type, or else of its only instance.
    ///
    /// # Errors
    ///
    /// If no check has this type, or it has several instances and none under its own name.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use health_runtime::{Health, Outcome, UnknownCheck, health_check};
    ///
    /// #[health_check(name = "db")]
    /// async fn database() {}
    ///
    /// fn close(health: &Health) -> Result<(), UnknownCheck> {
    ///     health.force(&health.name_of::<database>()?, Outcome::error("closed for maintenance"))
    /// }
    /// # close(&Health::builder().version("1").build().unwrap()).unwrap();
    /// ```
    pub fn name_of<C: HealthCheck>(&self) -> Result<Arc<str>, UnknownCheck> {
        self.0.engine.find_type::<C>().map(|slot| Arc::clone(&slot.name))
    }
}
