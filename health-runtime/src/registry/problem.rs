//! One thing that can be wrong with how a service is wired.

use std::fmt;

use crate::check::CheckPlace;

/// One mistake in the wiring.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The application's version is missing.
    NoVersion,
    /// No check was linked into the program, and none was given.
    NoChecks,
    /// Two checks have one name.
    #[non_exhaustive]
    DuplicateName {
        /// The check that was met first.
        first: CheckPlace,
        /// The other one.
        second: CheckPlace,
    },
    /// A check takes state that was not given to the builder.
    #[non_exhaustive]
    MissingState {
        /// The check that takes it.
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
    /// A check that `.require(...)` names is not registered.
    #[non_exhaustive]
    UnknownCheck {
        /// The name that was asked for.
        name: String,
    },
    /// A check depends on one that is not registered, or is registered only under several other names.
    #[non_exhaustive]
    UnclearDependency {
        /// The check that depends on it.
        check: CheckPlace,
        /// The type that it names.
        type_name: &'static str,
        /// How many checks that type has: none or several.
        candidates: usize,
    },
    /// A call on the builder names a check by a type that has no check, or several.
    #[non_exhaustive]
    UnclearType {
        /// The name of the call.
        call: &'static str,
        /// The type that it names.
        type_name: &'static str,
        /// How many checks that type has: none or several.
        candidates: usize,
    },
    /// `.only(...)` has a word that is neither the name nor a tag of a linked check.
    #[non_exhaustive]
    UnknownNameOrTag {
        /// The word.
        word: String,
    },
    /// A substate was asked of a state that was not given to the builder.
    #[non_exhaustive]
    MissingParts {
        /// The type of the substate.
        type_name: &'static str,
        /// The type of the state that it is a part of.
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
        /// What is wrong, and what is right.
        mistake: &'static str,
    },
    /// The schema of a check's details cannot be part of a document.
    #[non_exhaustive]
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
    #[non_exhaustive]
    DuplicatePath {
        /// The path.
        path: String,
    },
    /// A route hides what another one has below it, for example the report of one check.
    #[non_exhaustive]
    HiddenPath {
        /// The path.
        path: String,
        /// The path of the other route.
        parent: String,
    },
    /// The base path is not one that a router can serve.
    #[non_exhaustive]
    InvalidBasePath {
        /// The path.
        path: String,
    },
    /// The prefix of metrics cannot be part of a name.
    #[non_exhaustive]
    InvalidMetricsPrefix {
        /// The prefix.
        prefix: String,
    },
    /// A path is not one that a router can serve.
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
    /// What is wrong, and where.
    fn mistake(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVersion => f.write_str("the application's version is missing"),
            Self::NoChecks => f.write_str("no check was linked into this program"),
            Self::DuplicateName { first, second } => write!(f, "two checks have one name: {first}, and {second}"),
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
            Self::ZeroTimeout => f.write_str("a default timeout of zero leaves no time for a run"),
            Self::NoTimeDriver => f.write_str("the runtime has no time driver, so no timeout can be kept"),
            Self::DuplicatePath { path } => write!(f, "two routes have the path `{path}`"),
            Self::HiddenPath { path, parent } => write!(f, "the path `{path}` hides one of those below `{parent}`"),
            Self::InvalidBasePath { path } => write!(f, "`{path}` is not a base path"),
            Self::InvalidMetricsPrefix { prefix } => write!(f, "`{prefix}` cannot be the prefix of metrics"),
            Self::InvalidPath { path } => write!(f, "`{path}` is not a path for a route"),
        }
    }

    /// What to write instead; `None` if the mistake says it.
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoVersion => "add `.version(env!(\"CARGO_PKG_VERSION\"))` to the builder",
            Self::NoChecks => {
                "a crate that no code mentions is not linked; write `use that_crate as _;`, or add \
                 `.without_registered()` to the builder if there are to be no checks"
            }
            Self::DuplicateName { first, second } if first == second => {
                "give one of them another name, with `.instance` or in its settings; `.configure` changes a linked check"
            }
            Self::DuplicateName { .. } => "rename one of them with `name = \"...\"`, or in its settings",
            Self::MissingState { type_name, .. } => {
                return Some(format!(
                    "add `.state(...)` with a value of this type to the builder, or `.substate::<Parts, {}>()` if it is a \
                     part of another state",
                    short(type_name)
                ));
            }
            Self::DuplicateState { .. } => "give one, or wrap each in a type of its own",
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
                "name one of them as the type does, or give it a type of its own"
            }
            Self::UnknownNameOrTag { .. } => {
                "correct it; a crate that no code mentions is not linked: write `use that_crate as _;`"
            }
            Self::DependencyCycle { .. } => "remove one `Depends`",
            Self::InvalidSetting { .. } => return None,
            Self::UnusableSchema { .. } => {
                "derive `JsonSchema`, or make every schema in it with the generator that `json_schema` is given"
            }
            Self::ZeroTimeout => "write `.default_timeout(Duration::from_secs(5))`, or leave it out",
            Self::NoTimeDriver => "call `.enable_time()` or `.enable_all()` on the runtime's builder",
            Self::DuplicatePath { .. } => "give each route a path of its own",
            Self::HiddenPath { parent, .. } => {
                return Some(format!("give the route a path that is not directly below `{parent}`"));
            }
            Self::InvalidBasePath { .. } => {
                "write a path like `/internal`: it starts with `/`, does not end with it, and has no parameters"
            }
            Self::InvalidMetricsPrefix { .. } => {
                "write a prefix like `orders`: it is made of `a-z`, `A-Z`, `0-9` and `_`, and starts with a letter"
            }
            Self::InvalidPath { .. } => {
                "write a path like `/ready`: it starts with `/`, does not end with it, and has no parameters"
            }
        };
        Some(help.to_owned())
    }
}

/// The last segment of a path.
fn short(type_name: &str) -> &str {
    if type_name.contains('<') { type_name } else { type_name.rsplit("::").next().unwrap_or(type_name) }
}
