//! The checks of a service: collected, validated, in name order.

mod build_error;
mod dependencies;
mod entry;
mod registration;

use std::any::TypeId;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;

pub use build_error::{BuildError, Problem};
pub use entry::Check;
pub(crate) use entry::DetailsSchema;
pub use registration::Registration;

use crate::context::States;
use crate::schema::TypeSchema;

/// The names of the checks that a check depends on, with the types that it knows them by.
pub(crate) type Dependencies = Vec<(TypeId, Arc<str>)>;

/// The checks of a service by name; no two places claim one name.
#[derive(Debug, Default)]
pub(crate) struct Registry(BTreeMap<Arc<str>, Check>);

impl Registry {
    /// Collects the linked registrations, if they are wanted, and the explicit checks.
    pub(crate) fn collect(
        with_linked: bool,
        explicit: Vec<Check>,
        states: &States,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let linked = with_linked.then(|| registration::linked(states)).into_iter().flatten();
        let mut checks: Vec<Check> = linked.chain(explicit).collect();
        if with_linked && checks.is_empty() {
            problems.push(Problem::NoChecks);
        }
        // The order of linking is arbitrary; the places decide which of two checks is reported first.
        checks.sort_by_key(|check| check.meta.location);
        let mut registry = Self::default();
        for check in checks {
            registry.add(check, problems);
        }
        registry
    }

    /// Puts checks in the place of those of their names.
    pub(crate) fn replace(&mut self, replacements: Vec<Check>) {
        self.0.extend(replacements.into_iter().map(|check| (Arc::from(&*check.meta.name), check)));
    }

    /// Notices the checks that should have been there.
    pub(crate) fn require(&self, names: &[String], problems: &mut Vec<Problem>) {
        let lost = names.iter().filter(|name| !self.0.contains_key(name.as_str()));
        problems.extend(lost.map(|name| Problem::UnknownCheck { name: name.clone() }));
    }

    /// Warns of a limit for answers that a critical check may not meet.
    pub(crate) fn warn_of_limit(&self, respond_within: Option<Duration>, default_timeout: Duration) {
        let Some(limit) = respond_within else { return };
        for check in self.0.values().filter(|check| check.meta.critical) {
            let timeout = check.meta.timeout.unwrap_or(default_timeout);
            if limit < timeout {
                let check = &*check.meta.name;
                tracing::warn!(target: "health_runtime", check, ?timeout, respond_within = ?limit, "`respond_within` is shorter than the timeout of a critical check: while that check is slow, its last result counts");
            }
        }
    }

    /// Gives the checks the state of all, and notices what is missing.
    pub(crate) fn provide(&mut self, states: &Arc<States>, problems: &mut Vec<Problem>) {
        for check in self.0.values_mut() {
            check.states.fall_back_on(states);
            let missing = check.requirements.states.iter().filter(|requirement| !check.states.has(requirement));
            problems.extend(missing.map(|requirement| Problem::MissingState {
                check: check.meta.place(),
                type_name: requirement.type_name,
            }));
        }
    }

    /// The checks by name, each with the names of those that it depends on and the types that it knows them by.
    pub(crate) fn into_checks(self) -> BTreeMap<Arc<str>, (Check, Dependencies)> {
        let resolved: Vec<_> = self.0.values().map(|check| self.dependencies(check).collect()).collect();
        self.0.into_iter().zip(resolved).map(|((name, check), dependencies)| (name, (check, dependencies))).collect()
    }

    fn add(&mut self, check: Check, problems: &mut Vec<Problem>) {
        problems.extend(
            check.meta.mistakes().map(|mistake| Problem::InvalidSetting { check: check.meta.place(), mistake }),
        );
        problems.extend(check.unusable_schema());
        match self.0.entry(Arc::from(&*check.meta.name)) {
            Entry::Vacant(entry) => {
                entry.insert(check);
            }
            Entry::Occupied(entry) if entry.get().is_same(&check) => {}
            Entry::Occupied(entry) => {
                problems.push(Problem::DuplicateName { first: entry.get().meta.place(), second: check.meta.place() });
            }
        }
    }
}

impl Check {
    /// Whether two are one annotated function: linked and named, or linked twice, under test and as a dependency of what is
    /// tested. Checks made in code are never the same.
    fn is_same(&self, other: &Self) -> bool {
        self.annotated.is_some() && self.annotated == other.annotated && self.meta.place() == other.meta.place()
    }

    fn finds_its_state(&self, states: &States) -> bool {
        self.requirements.states.iter().all(|requirement| states.has(requirement))
    }

    /// Notices a schema of details that would mean something else in a document.
    pub(crate) fn unusable_schema(&self) -> Option<Problem> {
        let misfit = TypeSchema::generate(self.details)?.misfit()?;
        Some(Problem::UnusableSchema { check: self.meta.place(), misfit })
    }
}
