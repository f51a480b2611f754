//! The observation of another check, as a parameter.

use std::any::{TypeId, type_name};
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::{CheckContext, FromCheckContext, HealthCheck, Requirements};
use crate::observation::Observation;

/// What another check found in the same round: it runs first, once, and is shared.
///
/// The other check is the one of `C`'s own name, or else its only instance. Its status does not matter: the check that
/// depends on it runs in any case, and its timeout starts when the observation is there.
///
/// # Examples
///
/// ```
/// use health_runtime::{CheckStatus, Depends, Outcome, health_check, health_details};
///
/// #[health_details]
/// struct Pool { idle: u32 }
///
/// #[health_check]
/// async fn database() -> Outcome<Pool> {
///     Outcome::ok(Pool { idle: 3 })
/// }
///
/// /// All that an order needs.
/// #[health_check]
/// async fn orders(database: Depends<database>) -> Outcome {
///     match (database.status(), database.details()) {
///         (CheckStatus::Ok, Some(Pool { idle: 0 })) => Outcome::degraded("every connection is in use"),
///         (CheckStatus::Error, _) => Outcome::error("no order can be stored"),
///         _ => Outcome::ok(()),
///     }
/// }
/// ```
// The bound stands where the check is asked for: here, every mention of a wrong `C` would be an error of its own.
pub struct Depends<C> {
    observation: Arc<Observation>,
    check: PhantomData<fn() -> C>,
}

impl<C: HealthCheck> Depends<C> {
    /// The other check's details, if it gave any.
    pub fn details(&self) -> Option<&C::Details> {
        self.observation.details()
    }
}

impl<C> Deref for Depends<C> {
    type Target = Observation;

    fn deref(&self) -> &Observation {
        &self.observation
    }
}

impl<C: HealthCheck> FromCheckContext for Depends<C> {
    fn from_check_context(cx: &CheckContext) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let found = cx.dependencies.iter().find(|(id, _)| *id == TypeId::of::<C>());
        let (_, observation) = found.ok_or_else(|| format!("no observation of `{}`", type_name::<C>()))?;
        Ok(Self { observation: Arc::clone(observation), check: PhantomData })
    }

    fn requirements(requirements: &mut Requirements) {
        requirements.check::<C>();
    }
}

impl<C> fmt::Debug for Depends<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Depends").field(&self.observation).finish()
    }
}
