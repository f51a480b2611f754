//! An entry of the registry, and how linked entries are found.

use std::fmt;

use super::Check;
use crate::context::{AnnotatedCheck, States};

/// A check as the registry lists it.
///
/// Small: the compiler evaluates every registration, whatever is in it.
#[derive(Clone, Copy)]
pub struct Registration {
    check: fn() -> Check,
    /// Whether it is one of the crate whose unit tests the program is.
    under_test: bool,
}

impl Registration {
    /// The registration of an annotated function, which is compiled with or without `cfg(test)`.
    pub const fn of<C: AnnotatedCheck>(under_test: bool) -> Self {
        Self { check: Check::annotated::<C>, under_test }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("check", &(self.check)()).finish_non_exhaustive()
    }
}

inventory::collect!(Registration);

/// Every check whose object code is part of the program; of two that are one, first the one that is meant.
///
/// Where helpers of a crate's unit tests depend on that crate, it is linked twice, and the types of the two are not the same.
/// The state shows for which of them the service is described.
pub(super) fn linked(states: &States) -> impl Iterator<Item = Check> + use<> {
    let mut linked: Vec<_> =
        inventory::iter::<Registration>().map(|entry| (entry.under_test, (entry.check)())).collect();
    let lost = |under_test| {
        linked.iter().filter(|(tested, check)| *tested == under_test && !check.finds_its_state(states)).count()
    };
    let tested_first = lost(true) <= lost(false);
    linked.sort_by_key(|(tested, _)| *tested != tested_first);
    linked.into_iter().map(|(_, check)| check)
}
