//! An entry of the registry, and how linked entries are found.

use std::any::TypeId;
use std::fmt;

use schemars::{Schema, SchemaGenerator};

use crate::check::CheckMeta;
use crate::context::{CheckContext, Requirements, RunFuture, Runnable};
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
}

/// Adds the schema of a check's details to those of its document; none for `()`.
pub(crate) type DetailsSchema = fn(&mut SchemaGenerator) -> Option<Schema>;

impl Registration {
    /// The registration of an annotated function.
    pub const fn of<C: Runnable>() -> Self {
        Self {
            meta: const { &C::META },
            requirements: C::requirements,
            run: C::run,
            id: TypeId::of::<C>,
            details: details_schema::<C::Details>,
        }
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

/// Every check whose object code is part of the program.
pub(super) fn linked() -> impl Iterator<Item = Registration> {
    inventory::iter::<Registration>().copied()
}
