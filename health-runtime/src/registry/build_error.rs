//! The error of `build()`.

use std::error::Error;
use std::fmt;

use super::Problem;

/// Every mistake in the wiring of a service; returned by [`build`](crate::HealthBuilder::build) and
/// [`register`](crate::Health::register).
///
/// The text contains each mistake with the location of its check and what to write instead.
#[derive(Clone, PartialEq, Eq)]
pub struct BuildError {
    problems: Vec<Problem>,
    /// The action that has failed.
    failure: &'static str,
}

impl BuildError {
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        Self { problems, failure: "the health endpoints cannot be built" }
    }

    /// The error of a check that is added while the service runs.
    pub(crate) fn of_registration(problems: Vec<Problem>) -> Self {
        Self { problems, failure: "the check cannot be registered" }
    }

    /// Every mistake, in the order in which to fix them.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => write!(f, "{}: {problem}", self.failure),
            problems => {
                write!(f, "{}, for {} reasons", self.failure, problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
            }
        }
    }
}

/// The same text as `Display`, since a `main` that returns the error prints `Debug`.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for BuildError {}
