//! One mistake in the wiring of a service, with its text.

use std::fmt;

use crate::check::CheckPlace;

/// One mistake in the wiring.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The application's version is missing.
    NoVersion,
    /// No check is linked into the program, and none was added.
    NoChecks,
    /// Two checks have the same name.
    #[non_exhaustive]
    DuplicateName {
        /// The check that comes first in the source.
        first: CheckPlace,
        /// The other check.
        second: CheckPlace,
    },
    /// A check takes state that was not given to the builder.
    #[non_exhaustive]
    MissingState {
        /// The check.
        check: CheckPlace,
        /// The type of the state.
        type_name: &'static str,
    },
    /// Two values of one type were given as state.
    #[non_exhaustive]
    DuplicateState {
        /// The type of the state.
        type_name: &'static str,
    },
    /// `.require(...)` contains a name that no registered check has.
    #[non_exhaustive]
    UnknownCheck {
        /// The required name.
        name: String,
    },
    /// A check depends on a type that identifies no check: there is none of that type, or several and none under the type's own name.
    #[non_exhaustive]
    UnclearDependency {
        /// The dependent check.
        check: CheckPlace,
        /// The type in its `Depends`.
        type_name: &'static str,
        /// The number of checks of that type: 0, or 2 and more.
        candidates: usize,
    },
    /// A method of the builder is called with a type that identifies no check: there is none of that type, or several and none under the
    /// type's own name.
    #[non_exhaustive]
    UnclearType {
        /// The name of the method.
        call: &'static str,
        /// The type.
        type_name: &'static str,
        /// The number of checks of that type: 0, or 2 and more.
        candidates: usize,
    },
    /// `.only(...)` contains a word that is neither the name nor a tag of a linked check.
    #[non_exhaustive]
    UnknownNameOrTag {
        /// The word.
        word: String,
    },
    /// `.substate::<Parts, T>()` was called, but no state of type `Parts` was given to the builder.
    #[non_exhaustive]
    MissingParts {
        /// The type of the substate.
        type_name: &'static str,
        /// The type of the missing state.
        parts: &'static str,
    },
    /// Checks that depend on each other in a cycle.
    #[non_exhaustive]
    DependencyCycle {
        /// The cycle, each check depending on the next and the last one on the first.
        path: Vec<CheckPlace>,
    },
    /// A check made in code has an invalid setting.
    #[non_exhaustive]
    InvalidSetting {
        /// The check.
        check: CheckPlace,
        /// The rule that the setting breaks.
        mistake: &'static str,
    },
    /// The schema of a check's details cannot be used in the OpenAPI document.
    #[non_exhaustive]
    UnusableSchema {
        /// The check.
        check: CheckPlace,
        /// The mistake in the schema.
        misfit: String,
    },
    /// The default timeout is zero.
    ZeroTimeout,
    /// The runtime for the checks has no time driver.
    NoTimeDriver,
    /// Two routes have the same path.
    #[non_exhaustive]
    DuplicatePath {
        /// The path.
        path: String,
    },
    /// A route would hide a route below another one, for example the report of one check.
    #[non_exhaustive]
    HiddenPath {
        /// The path of the route.
        path: String,
        /// The path of the other route.
        parent: String,
    },
    /// A router cannot serve routes below the base path.
    #[non_exhaustive]
    InvalidBasePath {
        /// The path.
        path: String,
    },
    /// The prefix cannot be part of the name of a metric.
    #[non_exhaustive]
    InvalidMetricsPrefix {
        /// The prefix.
        prefix: String,
    },
    /// A router cannot serve a route with this path.
    #[non_exhaustive]
    InvalidPath {
        /// The path.
        path: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mistake(f)?;
        match self.help() {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl Problem {
    /// The mistake and its location.
    fn mistake(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVersion => f.write_str("the application's version is missing"),
            Self::NoChecks => f.write_str("no check is linked into this program"),
            Self::DuplicateName { first, second } => write!(f, "two checks have the same name: {first}, and {second}"),
            Self::MissingState { check, type_name } => {
                write!(f, "check {check} takes `State<{type_name}>`, which was not given to the builder")
            }
            Self::DuplicateState { type_name } => write!(f, "two values of type `{type_name}` were given as state"),
            Self::MissingParts { type_name, parts } => {
                write!(
                    f,
                    "`.substate::<{}, {}>()` needs a state of type `{parts}`, which was not given to the builder",
                    short(parts),
                    short(type_name)
                )
            }
            Self::UnknownCheck { name } => write!(f, "required check `{name}` is not registered"),
            Self::UnclearDependency { check, type_name, candidates: 0 } => {
                write!(f, "check {check} depends on `{type_name}`, which is not registered")
            }
            Self::UnclearDependency { check, type_name, candidates } => {
                write!(f, "check {check} depends on `{type_name}`, which has {candidates} instances")
            }
            Self::UnclearType { call, type_name, candidates: 0 } => {
                write!(f, "`.{call}::<{}>()` names the check `{type_name}`, which is not registered", short(type_name))
            }
            Self::UnclearType { call, type_name, candidates } => write!(
                f,
                "`.{call}::<{}>()` names the check `{type_name}`, which has {candidates} instances",
                short(type_name)
            ),
            Self::UnknownNameOrTag { word } => {
                write!(f, "`.only([...])` names `{word}`, which is neither the name nor a tag of a linked check")
            }
            Self::DependencyCycle { path } => {
                f.write_str("checks depend on each other in a cycle: ")?;
                path.iter().try_for_each(|check| write!(f, "{check} -> "))?;
                write!(f, "`{}`", path[0].name())
            }
            Self::InvalidSetting { check, mistake } => write!(f, "check {check} has an invalid setting: {mistake}"),
            Self::UnusableSchema { check, misfit } => {
                write!(f, "the schema of the details of check {check} cannot be part of a document: {misfit}")
            }
            Self::ZeroTimeout => f.write_str("the default timeout must be longer than zero"),
            Self::NoTimeDriver => f.write_str("the runtime has no time driver, which timeouts need"),
            Self::DuplicatePath { path } => write!(f, "two routes have the path `{path}`"),
            Self::HiddenPath { path, parent } => {
                write!(f, "the route `{path}` would hide a route below `{parent}`, such as the report of one check")
            }
            Self::InvalidBasePath { path } => write!(f, "`{path}` cannot be a base path"),
            Self::InvalidMetricsPrefix { prefix } => write!(f, "`{prefix}` cannot be the prefix of metrics"),
            Self::InvalidPath { path } => write!(f, "`{path}` cannot be the path of a route"),
        }
    }

    /// What to write instead; `None` if the mistake is clear enough.
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoVersion => "add `.version(env!(\"CARGO_PKG_VERSION\"))` to the builder",
            Self::NoChecks => {
                "a crate that no code mentions is not linked; write `use that_crate as _;`, or add \
                 `.without_registered()` to the builder if the service has no checks"
            }
            Self::DuplicateName { first, second } if first == second => {
                "rename one of them, with `.instance` or in its settings; `.configure` changes a linked check"
            }
            Self::DuplicateName { .. } => "rename one of them with `name = \"...\"`, or in its settings",
            Self::MissingState { type_name, .. } => {
                return Some(format!(
                    "add `.state(...)` with a value of this type to the builder, or `.substate::<Parts, {}>()` if it is a \
                     part of another state",
                    short(type_name)
                ));
            }
            Self::DuplicateState { .. } => "remove one, or wrap each in a type of its own",
            Self::MissingParts { parts, .. } => {
                return Some(format!("add `.state(...)` with a value of type `{parts}` to the builder"));
            }
            Self::UnknownCheck { .. } => "a crate that no code mentions is not linked; write `use that_crate as _;`",
            Self::UnclearDependency { type_name, candidates: 0, .. }
            | Self::UnclearType { type_name, candidates: 0, .. } => {
                return Some(format!(
                    "add it with `.add(...)`, or with `.check::<{}>()` if it is an annotated function; \
                     `.only` and `.without` may have left it out",
                    short(type_name)
                ));
            }
            Self::UnclearDependency { .. } | Self::UnclearType { .. } => {
                "register one of them under the check's own name, or write a type for each"
            }
            Self::UnknownNameOrTag { .. } => {
                "correct the name or tag; a crate that no code mentions is not linked: write `use that_crate as _;`"
            }
            Self::DependencyCycle { .. } => "remove one `Depends`",
            Self::InvalidSetting { .. } => return None,
            Self::UnusableSchema { .. } => {
                "derive `JsonSchema`, or make every schema in it with the generator that `json_schema` receives"
            }
            Self::ZeroTimeout => "write `.default_timeout(Duration::from_secs(5))`, or remove the call",
            Self::NoTimeDriver => "call `.enable_time()` or `.enable_all()` on the runtime's builder",
            Self::DuplicatePath { .. } => "give each route a path of its own",
            Self::HiddenPath { parent, .. } => {
                return Some(format!("give the route a path that is not directly below `{parent}`"));
            }
            Self::InvalidBasePath { .. } => {
                "write a path like `/internal`, which starts with `/`, does not end with `/`, and has no parameters"
            }
            Self::InvalidMetricsPrefix { .. } => {
                "write a prefix like `orders`, which consists of `a-z`, `A-Z`, `0-9` and `_`, and starts with a letter"
            }
            Self::InvalidPath { .. } => {
                "write a path like `/ready`, which starts with `/`, does not end with `/`, and has no parameters"
            }
        };
        Some(help.to_owned())
    }
}

/// The last segment of a path.
fn short(type_name: &str) -> &str {
    if type_name.contains('<') { type_name } else { type_name.rsplit("::").next().unwrap_or(type_name) }
}
