//! The requirements of checks, and the state that the application gave to the builder.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::HealthCheck;

/// The state for checks: at most one value per type.
#[derive(Default)]
pub(crate) struct States {
    values: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    /// The state of the builder, behind that of one check.
    fallback: Option<Arc<Self>>,
}

impl States {
    /// Adds a value; returns `false` if there was one of its type already.
    pub(crate) fn insert<T: Clone + Send + Sync + 'static>(&mut self, value: T) -> bool {
        self.values.insert(TypeId::of::<T>(), Box::new(value)).is_none()
    }

    /// Uses the values of `others` for types of which there is none here.
    pub(crate) fn fall_back_on(&mut self, others: &Arc<Self>) {
        self.fallback = Some(Arc::clone(others));
    }

    /// The same values; shares the fallback if there are no others.
    pub(crate) fn shared(self) -> Arc<Self> {
        match self.fallback {
            Some(others) if self.values.is_empty() => others,
            fallback => Arc::new(Self { fallback, ..self }),
        }
    }

    pub(crate) fn get<T: Clone + 'static>(&self) -> Option<T> {
        self.find(TypeId::of::<T>())?.downcast_ref().cloned()
    }

    pub(crate) fn has(&self, requirement: &StateRequirement) -> bool {
        self.find(requirement.id).is_some()
    }

    fn find(&self, id: TypeId) -> Option<&(dyn Any + Send + Sync)> {
        match self.values.get(&id) {
            Some(value) => Some(&**value),
            None => self.fallback.as_ref()?.find(id),
        }
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.values.len())
    }
}

/// The state and the other checks that a check needs. `build()` reports what is missing.
#[derive(Debug, Default)]
pub struct Requirements {
    pub(crate) states: Vec<StateRequirement>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) is_blocking: bool,
}

/// One type of state that a check needs.
#[derive(Debug)]
pub(crate) struct StateRequirement {
    id: TypeId,
    pub(crate) type_name: &'static str,
}

/// Another check whose observation a check needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dependency {
    pub(crate) id: TypeId,
    pub(crate) type_name: &'static str,
}

impl Requirements {
    /// Requires state of this type.
    pub fn state<T: 'static>(&mut self) {
        let id = TypeId::of::<T>();
        if self.states.iter().all(|known| known.id != id) {
            self.states.push(StateRequirement { id, type_name: type_name::<T>() });
        }
    }

    /// Calls [`HealthCheck::run`](crate::HealthCheck::run) on the runtime's blocking pool.
    ///
    /// Without this, a worker of the runtime calls `run`, and a [`Run::blocking`](crate::Run::blocking) moves to the pool afterwards.
    pub fn blocking(&mut self) {
        self.is_blocking = true;
    }

    pub(crate) fn append(&mut self, others: Self) {
        self.states.extend(others.states);
        self.dependencies.extend(others.dependencies);
        self.is_blocking |= others.is_blocking;
    }

    /// Requires the check of this type, or else its only instance. The required check runs first.
    pub fn check<C: HealthCheck>(&mut self) {
        let id = TypeId::of::<C>();
        if self.dependencies.iter().all(|known| known.id != id) {
            self.dependencies.push(Dependency { id, type_name: type_name::<C>() });
        }
    }
}
