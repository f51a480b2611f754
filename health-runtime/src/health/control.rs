//! What can be changed while the service runs.

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
    /// Subscribes to status changes.
    pub fn subscribe(&self) -> Transitions {
        self.0.engine.subscribe()
    }

    /// Overrides a check's status until [`release`](Self::release). The check keeps running. Checks that depend on it see the override
    /// from their next run on.
    ///
    /// # Errors
    ///
    /// If there is no check of this name.
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

    /// Removes the override.
    ///
    /// # Errors
    ///
    /// If there is no check of this name.
    pub fn release(&self, name: &str) -> Result<(), UnknownCheck> {
        self.0.engine.force(name, None)
    }

    /// Runs a check now, ignoring its cache, and returns its observation. Thresholds apply; an override set by [`force`](Self::force)
    /// does not. Joins a run in flight.
    ///
    /// # Errors
    ///
    /// If there is no check of this name.
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

    /// Adds a check while the service runs, and runs it. It finds the builder's state, and may depend on checks that are there.
    ///
    /// # Errors
    ///
    /// If a setting is invalid, state or a dependency is missing, the details' schema cannot be used in the document, or the name is
    /// taken.
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

    /// Removes a check from all reports. A run in flight is not cancelled. Subscribers and the log get no changes
    /// of it that happen later. Checks that depend on it keep running it, also if another one of its name is registered. An override ends.
    ///
    /// # Errors
    ///
    /// If there is no check of this name.
    pub fn remove(&self, name: &str) -> Result<(), UnknownCheck> {
        self.0.engine.remove(name)
    }

    /// The names and settings of all checks, in name order.
    pub fn checks(&self) -> Vec<CheckMeta> {
        self.slots().iter().map(|slot| slot.meta.clone()).collect()
    }

    /// The name of the check of this type, or else of its only instance.
    ///
    /// # Errors
    ///
    /// If there is no check of this type, or there are several.
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
