//! An entry of the registry, and how linked entries are found.

use std::fmt;

use super::Check;
use crate::context::{AnnotatedCheck, States};

/// The entry of a linked check.
///
/// Small, since the compiler evaluates every registration.
#[derive(Clone, Copy)]
pub struct Registration {
    check: fn() -> Check,
    /// Whether its crate is compiled with `cfg(test)`.
    under_test: bool,
}

impl Registration {
    /// The registration of an annotated function. `under_test`: whether its crate is compiled with `cfg(test)`.
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

/// All linked checks; of duplicates, the preferred copy first.
///
/// If helpers of a crate's unit tests depend on that crate, it is linked twice, with different types. The preferred copy is the one whose
/// state was given to the builder.
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
