//! The checks of a service: collected, validated, in name order.

mod build_error;
mod check;
mod dependencies;
mod problem;
mod registration;

use std::any::TypeId;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use build_error::BuildError;
pub use check::Check;
pub(crate) use check::DetailsSchema;
pub use problem::Problem;
pub use registration::Registration;

use crate::check::CheckMeta;
use crate::context::States;
use crate::types::Types;

/// The dependencies of a check: the type in `Depends`, and the name of the check.
pub(crate) type Dependencies = Vec<(TypeId, Arc<str>)>;

/// The checks of a service by name.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    checks: BTreeMap<Arc<str>, Check>,
    types: Types,
}

/// Which of the linked checks are part of a service.
#[derive(Debug, Default)]
pub(crate) enum Linked {
    #[default]
    All,
    /// The checks with one of these names or tags.
    Only(Vec<String>),
    None,
}

/// How the builder changes the checks that are linked or added.
#[derive(Default)]
pub(crate) struct CollectOptions {
    pub(crate) linked: Linked,
    /// The types of the checks to leave out, with the names of the types.
    pub(crate) without: Vec<(TypeId, &'static str)>,
    pub(crate) configured: Vec<Configured>,
    /// Checks whose runs replace those of their type.
    #[cfg(feature = "testing")]
    pub(crate) replacements: Vec<Check>,
}

/// Other settings for the check of a type.
pub(crate) struct Configured {
    pub(crate) check: TypeId,
    pub(crate) type_name: &'static str,
    pub(crate) change: Box<dyn FnOnce(CheckMeta) -> CheckMeta + Send>,
}

impl Registry {
    /// Collects the linked checks that the options allow, and the explicit checks.
    pub(crate) fn collect(
        options: CollectOptions,
        explicit: Vec<Check>,
        states: &States,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut left_out = Vec::new();
        let mut checks = options.linked.checks(states, &mut left_out, problems);
        checks.extend(explicit);
        let are_lost = checks.iter().all(|check| check.sampler.is_some());
        if are_lost && left_out.is_empty() && !matches!(options.linked, Linked::None) {
            problems.push(Problem::NoChecks);
        }
        for (check, type_name) in options.without {
            let before = checks.len();
            checks.retain(|known| !known.is_of_type(check) || known.is_instance());
            if checks.len() == before && !left_out.contains(&check) {
                problems.push(Problem::UnclearType { call: "without", type_name, candidates: 0 });
            }
            left_out.push(check);
        }
        // The order of linking is arbitrary; the order of the source makes the errors reproducible.
        checks.sort_by_key(|check| check.meta.location);
        let mut known = HashSet::new();
        checks.retain(|check| check.singleton.is_none_or(|name| known.insert((name, check.meta.place()))));
        for configured in options.configured {
            configured.apply(&mut checks, &left_out, problems);
        }
        #[cfg(feature = "testing")]
        for replacement in options.replacements {
            replacement.replace(&mut checks);
        }
        let mut registry = Self::default();
        for check in checks {
            registry.add(check, problems);
        }
        registry
    }

    /// The check that each type identifies.
    pub(crate) fn types(&self) -> &Types {
        &self.types
    }

    /// Reports a type that identifies no check, if a handler expects one.
    pub(crate) fn expect(&self, check: TypeId, type_name: &'static str, problems: &mut Vec<Problem>) {
        if let Err(candidates) = self.types.find(check) {
            problems.push(Problem::UnclearType { call: "expects", type_name, candidates });
        }
    }

    /// Reports required checks that are missing.
    pub(crate) fn require(&self, names: &[String], problems: &mut Vec<Problem>) {
        let lost = names.iter().filter(|name| !self.checks.contains_key(name.as_str()));
        problems.extend(lost.map(|name| Problem::UnknownCheck { name: name.clone() }));
    }

    /// Warns of a `respond_within` that is shorter than the timeout of a critical check.
    pub(crate) fn warn_of_limit(&self, respond_within: Option<Duration>, default_timeout: Duration) {
        let Some(limit) = respond_within else { return };
        for check in self.checks.values().filter(|check| check.meta.critical && check.sampler.is_none()) {
            let timeout = check.meta.timeout.unwrap_or(default_timeout);
            if limit < timeout {
                let check = &*check.meta.name;
                tracing::warn!(target: "health_runtime", check, ?timeout, respond_within = ?limit, "`respond_within` is shorter than the timeout of a critical check; while the check is slow, its last result is reported");
            }
        }
    }

    /// Gives the checks the builder's state, and reports missing state.
    pub(crate) fn provide(&mut self, states: &Arc<States>, problems: &mut Vec<Problem>) {
        for check in self.checks.values_mut() {
            check.states.fall_back_on(states);
            problems.extend(check.missing_states());
        }
    }

    /// The checks by name, each with its dependencies.
    pub(crate) fn into_checks(self) -> BTreeMap<Arc<str>, (Check, Dependencies)> {
        let resolved: Vec<_> = self.checks.values().map(|check| self.dependencies(check).collect()).collect();
        let checks = self.checks.into_iter().zip(resolved);
        checks.map(|((name, check), dependencies)| (name, (check, dependencies))).collect()
    }

    fn add(&mut self, mut check: Check, problems: &mut Vec<Problem>) {
        problems.append(&mut check.mistakes());
        match self.checks.entry(Arc::from(&*check.meta.name)) {
            Entry::Vacant(entry) => {
                if let Some((type_id, _)) = check.known_as {
                    self.types.add(type_id, entry.key(), check.is_instance());
                }
                entry.insert(check);
            }
            Entry::Occupied(entry) => {
                problems.push(Problem::DuplicateName { first: entry.get().meta.place(), second: check.meta.place() });
            }
        }
    }
}

impl Linked {
    /// The linked checks that the options allow. The types of the others are added to `left_out`.
    fn checks(&self, states: &States, left_out: &mut Vec<TypeId>, problems: &mut Vec<Problem>) -> Vec<Check> {
        let Self::Only(words) = self else {
            return matches!(self, Self::All).then(|| registration::linked(states).collect()).unwrap_or_default();
        };
        let is_meant = |check: &Check, word: &String| check.meta.name() == word || check.meta.has_tag(word);
        let (checks, others): (Vec<_>, Vec<_>) =
            registration::linked(states).partition(|check| words.iter().any(|word| is_meant(check, word)));
        let unknown = words.iter().filter(|word| !checks.iter().any(|check| is_meant(check, word)));
        problems.extend(unknown.map(|word| Problem::UnknownNameOrTag { word: word.clone() }));
        left_out.extend(others.iter().filter_map(|check| Some(check.known_as.as_ref()?.0)));
        checks
    }
}

impl fmt::Debug for CollectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CollectOptions").field("linked", &self.linked).finish_non_exhaustive()
    }
}
