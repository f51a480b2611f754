//! The checks of a probe that a request selects.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use crate::check::CheckMeta;

/// Which checks of a probe run and affect the status of the report. The others are reported with their last result.
///
/// # Examples
///
/// ```
/// # use health_runtime::{Health, Probe, Selection, UnknownTag};
/// # async fn ask(health: Health) -> Result<(), UnknownTag> {
/// let storage = Selection::all().tag("storage").exclude("archive");
/// let report = health.probe_selected(Probe::Ready, &storage).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    tags: BTreeSet<String>,
    excluded: BTreeSet<String>,
}

/// No check of the probe has a tag that the selection contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTag {
    tag: String,
}

impl UnknownTag {
    /// The unknown tag.
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

impl fmt::Display for UnknownTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no check of this probe has the tag `{}`", self.tag)
    }
}

impl Error for UnknownTag {}

impl Selection {
    /// Selects every check.
    pub fn all() -> Self {
        Self::default()
    }

    /// Selects the checks with this tag. With several tags, a check needs one of them.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.insert(tag.into());
        self
    }

    /// Excludes the check of this name. Unknown names are ignored, since client and service may be of different versions.
    #[must_use]
    pub fn exclude(mut self, name: impl Into<String>) -> Self {
        self.excluded.insert(name.into());
        self
    }

    /// The excluded names.
    pub(crate) fn excluded(&self) -> impl Iterator<Item = &str> {
        self.excluded.iter().map(String::as_str)
    }

    pub(super) fn selects(&self, check: &CheckMeta) -> bool {
        let tagged = self.tags.is_empty() || check.tags().any(|tag| self.tags.contains(tag));
        tagged && !self.excluded.contains(&*check.name)
    }

    /// Whether each of the tags is known to at least one of these checks.
    pub(super) fn check_tags<'a>(
        &self,
        checks: &(impl Iterator<Item = &'a CheckMeta> + Clone),
    ) -> Result<(), UnknownTag> {
        let is_known = |tag: &&String| checks.clone().any(|check| check.has_tag(tag));
        match self.tags.iter().find(|tag| !is_known(tag)) {
            Some(tag) => Err(UnknownTag { tag: tag.clone() }),
            None => Ok(()),
        }
    }
}
