//! An entry of the registry, and how linked entries are found.

use std::any::TypeId;
use std::fmt;

use schemars::{Schema, SchemaGenerator};

use crate::check::CheckMeta;
use crate::context::{CheckContext, Requirements, RunFuture, Runnable, States};
use crate::outcome::Details;

/// A check as the registry lists it.
#[derive(Clone, Copy)]
pub struct Registration {
    pub(crate) meta: &'static CheckMeta,
    pub(crate) requirements: fn(&mut Requirements),
    pub(crate) run: fn(CheckContext) -> RunFuture,
    pub(super) id: fn() -> TypeId,
    /// The schema of the details; none for `()`.
    pub(super) details: DetailsSchema,
    /// Whether it is one of the crate whose unit tests the program is.
    under_test: bool,
}

/// Adds the schema of a check's details to those of its document; none for `()`.
pub(crate) type DetailsSchema = fn(&mut SchemaGenerator) -> Option<Schema>;

impl Registration {
    /// The registration of an annotated function, which is compiled with or without `cfg(test)`.
    pub const fn of<C: Runnable>(under_test: bool) -> Self {
        Self {
            meta: const { &C::META },
            requirements: C::requirements,
            run: C::run,
            id: TypeId::of::<C>,
            details: details_schema::<C::Details>,
            under_test,
        }
    }

    fn finds_its_state(&self, states: &States) -> bool {
        let mut requirements = Requirements::default();
        (self.requirements)(&mut requirements);
        requirements.states.iter().all(|requirement| states.has(requirement))
    }
}

pub(super) fn details_schema<T: Details>(generator: &mut SchemaGenerator) -> Option<Schema> {
    (TypeId::of::<T>() != TypeId::of::<()>()).then(|| T::json_schema(generator))
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("meta", self.meta).finish_non_exhaustive()
    }
}

inventory::collect!(Registration);

/// Every check whose object code is part of the program; of two that are one, first the one that is meant.
///
/// Where helpers of a crate's unit tests depend on that crate, it is linked twice, and the types of the two are not the same.
/// The state shows for which of them the service is described.
pub(super) fn linked(states: &States) -> Vec<Registration> {
    let mut linked: Vec<_> = inventory::iter::<Registration>().copied().collect();
    let lost = |under_test| {
        linked.iter().filter(|check| check.under_test == under_test && !check.finds_its_state(states)).count()
    };
    let tested_first = lost(true) <= lost(false);
    linked.sort_by_key(|check| check.under_test != tested_first);
    linked
}
