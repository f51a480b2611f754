//! The checks of a service: collected, validated, in name order.

mod build_error;
mod registration;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

pub use build_error::{BuildError, Problem};
pub use registration::Registration;

use crate::context::{Requirements, States};

/// The checks of a service by name; no two places claim one name.
#[derive(Debug)]
pub(crate) struct Registry(BTreeMap<&'static str, Registration>);

impl Registry {
    /// Collects the linked registrations, if they are wanted, and the explicit ones.
    pub(crate) fn collect(with_linked: bool, explicit: &[Registration], problems: &mut Vec<Problem>) -> Self {
        let linked = with_linked.then(registration::linked).into_iter().flatten();
        let mut candidates: Vec<Registration> = linked.chain(explicit.iter().copied()).collect();
        // The order of linking is nobody's choice; the places decide which of two checks is reported first.
        candidates.sort_by_key(|candidate| candidate.meta.location);
        let mut checks = BTreeMap::new();
        for candidate in candidates {
            match checks.entry(&*candidate.meta.name) {
                Entry::Vacant(entry) => {
                    entry.insert(candidate);
                }
                Entry::Occupied(entry) if candidate.is_same_check_as(entry.get()) => {}
                Entry::Occupied(entry) => problems
                    .push(Problem::DuplicateName { first: entry.get().meta.place(), second: candidate.meta.place() }),
            }
        }
        if with_linked && checks.is_empty() {
            problems.push(Problem::NoChecks);
        }
        Self(checks)
    }

    /// Notices the checks that should have been there.
    pub(crate) fn require(&self, names: &[String], problems: &mut Vec<Problem>) {
        let lost = names.iter().filter(|name| !self.0.contains_key(name.as_str()));
        problems.extend(lost.map(|name| Problem::UnknownCheck { name: name.clone() }));
    }

    /// Notices the state that no check could be run without.
    pub(crate) fn require_states(&self, states: &States, problems: &mut Vec<Problem>) {
        for registration in self.iter() {
            let mut requirements = Requirements::default();
            (registration.requirements)(&mut requirements);
            let missing = requirements.states.iter().filter(|requirement| !states.has(requirement));
            problems.extend(missing.map(|requirement| Problem::MissingState {
                check: registration.meta.place(),
                type_name: requirement.type_name,
            }));
        }
    }

    /// The checks in name order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Registration> {
        self.0.values()
    }
}
