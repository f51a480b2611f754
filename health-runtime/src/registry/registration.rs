//! An entry of the registry, and how linked entries are found.

use std::fmt;

use crate::check::CheckMeta;
use crate::context::{CheckContext, Requirements, RunFuture, Runnable};

/// A check as the registry lists it.
#[derive(Clone, Copy)]
pub struct Registration {
    pub(crate) meta: &'static CheckMeta,
    pub(crate) requirements: fn(&mut Requirements),
    pub(crate) run: fn(CheckContext) -> RunFuture,
}

impl Registration {
    /// The registration of an annotated function.
    pub const fn of<C: Runnable>() -> Self {
        Self { meta: const { &C::META }, requirements: C::requirements, run: C::run }
    }

    /// Whether both come from one annotation: a crate can be linked twice, under test and as a dependency.
    pub(super) fn is_same_check_as(&self, other: &Self) -> bool {
        self.meta.place() == other.meta.place()
    }
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
