//! The checks of a service: collected, validated, in name order.

mod build_error;
mod dependencies;
mod entry;
mod problem;
mod registration;

use std::any::TypeId;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use build_error::BuildError;
pub use entry::Check;
pub(crate) use entry::DetailsSchema;
pub use problem::Problem;
pub use registration::Registration;

use crate::check::CheckMeta;
use crate::context::{Identity, Requirements, States};
use crate::schema::TypeSchema;

/// The names of the checks that a check depends on, with the types that it knows them by.
pub(crate) type Dependencies = Vec<(TypeId, Arc<str>)>;

/// The checks of a service by name; no two places claim one name.
#[derive(Debug, Default)]
pub(crate) struct Registry(BTreeMap<Arc<str>, Check>);

/// Which of the linked checks are part of a service.
#[derive(Debug, Default)]
pub(crate) enum Linked {
    #[default]
    All,
    /// Those with one of these names or tags.
    Only(Vec<String>),
    None,
}

/// What the builder was told about checks that are linked or added.
#[derive(Default)]
pub(crate) struct Wishes {
    pub(crate) linked: Linked,
    /// The types of linked checks to leave out.
    pub(crate) without: Vec<TypeId>,
    pub(crate) configured: Vec<Configured>,
    /// Checks that run in the place of those of their type.
    pub(crate) replacements: Vec<Check>,
}

/// Other settings for the check of a type.
pub(crate) struct Configured {
    pub(crate) check: TypeId,
    pub(crate) type_name: &'static str,
    pub(crate) change: Box<dyn FnOnce(CheckMeta) -> CheckMeta + Send>,
}

impl Registry {
    /// Collects the linked registrations, as far as they are wanted, and the explicit checks.
    pub(crate) fn collect(wishes: Wishes, explicit: Vec<Check>, states: &States, problems: &mut Vec<Problem>) -> Self {
        let mut checks = wishes.linked.checks(states, problems);
        checks.retain(|check| !wishes.without.iter().any(|left_out| check.identity.is(*left_out)));
        checks.extend(explicit);
        if checks.is_empty() && !matches!(wishes.linked, Linked::None) {
            problems.push(Problem::NoChecks);
        }
        // The order of linking is arbitrary; the places decide which of two checks is reported first.
        checks.sort_by_key(|check| check.meta.location);
        let mut known = HashSet::new();
        checks.retain(|check| check.singleton.is_none_or(|name| known.insert((name, check.meta.place()))));
        for configured in wishes.configured {
            configured.apply(&mut checks, problems);
        }
        for replacement in wishes.replacements {
            replacement.replace(&mut checks);
        }
        let mut registry = Self::default();
        for check in checks {
            registry.add(check, problems);
        }
        registry
    }

    /// Notices that a handler expects the check of a type, and there is none or several.
    pub(crate) fn expect(&self, check: TypeId, type_name: &'static str, problems: &mut Vec<Problem>) {
        if let Err(candidates) = self.find(check) {
            problems.push(Problem::UnclearType { call: "expects", type_name, candidates });
        }
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
            problems.extend(check.missing_states());
        }
    }

    /// The checks by name, each with the names of those that it depends on and the types that it knows them by.
    pub(crate) fn into_checks(self) -> BTreeMap<Arc<str>, (Check, Dependencies)> {
        let resolved: Vec<_> = self.0.values().map(|check| self.dependencies(check).collect()).collect();
        self.0.into_iter().zip(resolved).map(|((name, check), dependencies)| (name, (check, dependencies))).collect()
    }

    fn add(&mut self, mut check: Check, problems: &mut Vec<Problem>) {
        problems.append(&mut check.mistakes());
        match self.0.entry(Arc::from(&*check.meta.name)) {
            Entry::Vacant(entry) => {
                entry.insert(check);
            }
            Entry::Occupied(entry) => {
                problems.push(Problem::DuplicateName { first: entry.get().meta.place(), second: check.meta.place() });
            }
        }
    }
}

impl Linked {
    fn checks(&self, states: &States, problems: &mut Vec<Problem>) -> Vec<Check> {
        let linked = || registration::linked(states);
        match self {
            Self::None => Vec::new(),
            Self::All => linked().collect(),
            Self::Only(words) => {
                let is_meant = |check: &Check, word: &String| check.meta.name() == word || check.meta.has_tag(word);
                let checks: Vec<_> = linked().filter(|check| words.iter().any(|word| is_meant(check, word))).collect();
                let unknown = words.iter().filter(|word| !checks.iter().any(|check| is_meant(check, word)));
                problems.extend(unknown.map(|word| Problem::UnknownSelection { word: word.clone() }));
                checks
            }
        }
    }
}

impl Configured {
    fn apply(self, checks: &mut [Check], problems: &mut Vec<Problem>) {
        match Identity::find(self.check, checks.iter_mut().map(|check| (check.identity, check))) {
            Ok(check) => check.change(self.change),
            Err(candidates) => {
                problems.push(Problem::UnclearType { call: "configure", type_name: self.type_name, candidates });
            }
        }
    }
}

impl Check {
    /// Runs in the place of every check of its type, or beside the others if there is none.
    fn replace(self, checks: &mut Vec<Self>) {
        let mut is_used = false;
        for check in checks.iter_mut().filter(|check| check.identity.is_same_type(self.identity)) {
            check.function = Arc::clone(&self.function);
            check.requirements = Requirements::default();
            is_used = true;
        }
        if !is_used {
            checks.push(self);
        }
    }

    fn finds_its_state(&self, states: &States) -> bool {
        self.requirements.states.iter().all(|requirement| states.has(requirement))
    }

    /// What is wrong with the check alone.
    pub(crate) fn mistakes(&mut self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut self.problems);
        let place = || self.meta.place();
        problems.extend(self.meta.mistakes().map(|mistake| Problem::InvalidSetting { check: place(), mistake }));
        // A schema of details that would mean something else in a document.
        let misfit = TypeSchema::generate(self.details).and_then(|schema| schema.misfit());
        problems.extend(misfit.map(|misfit| Problem::UnusableSchema { check: place(), misfit }));
        problems
    }

    /// The state that it needs and nobody gave.
    pub(crate) fn missing_states(&self) -> impl Iterator<Item = Problem> {
        let missing = self.requirements.states.iter().filter(|requirement| !self.states.has(requirement));
        missing.map(|requirement| Problem::MissingState { check: self.meta.place(), type_name: requirement.type_name })
    }
}

impl fmt::Debug for Wishes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wishes").field("linked", &self.linked).finish_non_exhaustive()
    }
}
