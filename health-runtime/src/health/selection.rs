//! Which of a probe's checks a request asks for.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use crate::check::CheckMeta;

/// Which of a probe's checks are run and count. The others stay in the report with what was last known of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    tags: BTreeSet<String>,
    excluded: BTreeSet<String>,
}

/// A selection names a tag that none of the probe's checks has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTag {
    tag: String,
}

impl UnknownTag {
    /// The tag.
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
    /// Every check.
    pub fn all() -> Self {
        Self::default()
    }

    /// Only checks with this tag, or another one that was asked for.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.insert(tag.into());
        self
    }

    /// Without the check of this name. Unknown names are ignored, since the client may be older or newer than this program.
    #[must_use]
    pub fn exclude(mut self, name: impl Into<String>) -> Self {
        self.excluded.insert(name.into());
        self
    }

    /// The names to leave out.
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
