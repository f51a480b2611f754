//! Everything that can be wrong with how a service is wired.

use std::error::Error;
use std::fmt;

use crate::check::CheckPlace;

/// Every mistake in the wiring of a service, found before it starts.
#[derive(Clone, PartialEq, Eq)]
pub struct BuildError {
    problems: Vec<Problem>,
}

/// One mistake in the wiring.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The application's version is missing.
    NoVersion,
    /// No check was linked into the program, and none was given.
    NoChecks,
    /// Two checks have one name.
    DuplicateName {
        /// The check that was met first.
        first: CheckPlace,
        /// The other one.
        second: CheckPlace,
    },
    /// A check takes state that was not given to the builder.
    MissingState {
        /// The check that takes it.
        check: CheckPlace,
        /// The type of the state.
        type_name: &'static str,
    },
    /// Two values of one type were given as state.
    DuplicateState {
        /// The type of the state.
        type_name: &'static str,
    },
    /// A check that `.require(...)` names is not registered.
    UnknownCheck {
        /// The name that was asked for.
        name: String,
    },
    /// A check depends on one that is not registered, or is registered only under several other names.
    UnclearDependency {
        /// The check that depends on it.
        check: CheckPlace,
        /// The type that it names.
        type_name: &'static str,
        /// How many checks that type has: none or several.
        candidates: usize,
    },
    /// Checks that depend on each other in a cycle.
    DependencyCycle {
        /// The cycle, each check depending on the next and the last one on the first.
        path: Vec<CheckPlace>,
    },
    /// A check made in code has an invalid setting.
    InvalidSetting {
        /// The check.
        check: CheckPlace,
        /// What is wrong, and what is right.
        mistake: &'static str,
    },
    /// The schema of a check's details cannot be part of a document.
    UnusableSchema {
        /// The check.
        check: CheckPlace,
        /// What is wrong with the schema.
        misfit: String,
    },
    /// The default timeout leaves no time for a run.
    ZeroTimeout,
    /// The runtime for the checks has no time driver.
    NoTimeDriver,
    /// Two routes have one path.
    DuplicatePath {
        /// The path.
        path: String,
    },
    /// A route hides what another one has below it, for example the report of one check.
    HiddenPath {
        /// The path.
        path: String,
        /// The path of the other route.
        parent: String,
    },
    /// The base path is not one that a router can serve.
    InvalidBasePath {
        /// The path.
        path: String,
    },
    /// A path is not one that a router can serve.
    InvalidPath {
        /// The path.
        path: String,
    },
}

impl BuildError {
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Every mistake, in the order in which to fix them.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => write!(f, "the health endpoints cannot be built: {problem}"),
            problems => {
                write!(f, "the health endpoints cannot be built, for {} reasons", problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
            }
        }
    }
}

/// The same text as `Display`: a `main` that returns the error prints this one.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for BuildError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVersion => f.write_str(
                "the application's version is missing\n  \
                 help: add `.version(env!(\"CARGO_PKG_VERSION\"))` to the builder",
            ),
            Self::NoChecks => f.write_str(
                "no check was linked into this program\n  \
                 help: a crate that no code mentions is not linked; write `use that_crate as _;`, \
                 or add `.without_registered()` to the builder if there are to be no checks",
            ),
            Self::DuplicateName { first, second } => write!(
                f,
                "two checks have one name: {first}, and {second}\n  \
                 help: rename one of them with `name = \"...\"`"
            ),
            Self::MissingState { check, type_name } => write!(
                f,
                "check {check} takes `State<{type_name}>`, which was not given to the builder\n  \
                 help: add `.state(...)` with a value of this type to the builder"
            ),
            Self::DuplicateState { type_name } => write!(
                f,
                "two values of type `{type_name}` were given as state\n  \
                 help: give one, or wrap each in a type of its own"
            ),
            Self::UnknownCheck { name } => write!(
                f,
                "required check `{name}` is not registered\n  \
                 help: a crate that no code mentions is not linked; write `use that_crate as _;`"
            ),
            Self::UnclearDependency { check, type_name, candidates: 0 } => write!(
                f,
                "check {check} depends on `{type_name}`, which is not registered\n  \
                 help: add `.check::<{}>()` to the builder",
                type_name.rsplit("::").next().unwrap_or(type_name)
            ),
            Self::UnclearDependency { check, type_name, candidates } => write!(
                f,
                "check {check} depends on `{type_name}`, which has {candidates} instances\n  \
                 help: register one of them under the check's own name"
            ),
            Self::DependencyCycle { path } => {
                f.write_str("checks depend on each other in a cycle: ")?;
                path.iter().try_for_each(|check| write!(f, "{check} -> "))?;
                write!(f, "`{}`\n  help: remove one `Depends`", path[0].name())
            }
            Self::InvalidSetting { check, mistake } => write!(f, "check {check} has an invalid setting: {mistake}"),
            Self::UnusableSchema { check, misfit } => write!(
                f,
                "the schema of the details of check {check} cannot be part of a document: {misfit}\n  \
                 help: derive `JsonSchema`, or make every schema in it with the generator that `json_schema` is given"
            ),
            Self::ZeroTimeout => f.write_str(
                "a default timeout of zero leaves no time for a run\n  \
                 help: write `.default_timeout(Duration::from_secs(5))`, or leave it out",
            ),
            Self::NoTimeDriver => f.write_str(
                "the runtime has no time driver, so no timeout can be kept\n  \
                 help: call `.enable_time()` or `.enable_all()` on the runtime's builder",
            ),
            Self::DuplicatePath { path } => {
                write!(f, "two routes have the path `{path}`\n  help: give each route a path of its own")
            }
            Self::HiddenPath { path, parent } => write!(
                f,
                "the path `{path}` hides one of those below `{parent}`\n  \
                 help: give the route a path that is not directly below `{parent}`"
            ),
            Self::InvalidBasePath { path } => write!(
                f,
                "`{path}` is not a base path\n  \
                 help: write a path like `/internal`: it starts with `/`, does not end with it, and has no parameters"
            ),
            Self::InvalidPath { path } => write!(
                f,
                "`{path}` is not a path for a route\n  \
                 help: write a path like `/ready`: it starts with `/`, does not end with it, and has no parameters"
            ),
        }
    }
}
