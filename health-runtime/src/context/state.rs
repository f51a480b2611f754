//! State by type: what the application handed over, and what a check asks for.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;

/// The values that the application handed to its checks, at most one of a type.
#[derive(Default)]
pub(crate) struct States(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl States {
    /// Adds a value; false if there is one of its type already.
    pub(crate) fn insert<T: Clone + Send + Sync + 'static>(&mut self, value: T) -> bool {
        self.0.insert(TypeId::of::<T>(), Box::new(value)).is_none()
    }

    pub(crate) fn get<T: Clone + 'static>(&self) -> Option<T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref().cloned()
    }

    pub(crate) fn has(&self, requirement: &StateRequirement) -> bool {
        self.0.contains_key(&requirement.id)
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.0.len())
    }
}

/// What a check needs before it can run.
#[derive(Debug, Default)]
pub struct Requirements {
    pub(crate) states: Vec<StateRequirement>,
}

/// One type of state that a check needs.
#[derive(Debug)]
pub(crate) struct StateRequirement {
    id: TypeId,
    pub(crate) type_name: &'static str,
}

impl Requirements {
    /// A value of this type must have been given to the builder.
    pub fn state<T: 'static>(&mut self) {
        self.states.push(StateRequirement { id: TypeId::of::<T>(), type_name: type_name::<T>() });
    }
}
