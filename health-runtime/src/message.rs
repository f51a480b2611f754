//! Human-readable texts: short enough for a report, and without credentials.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::mask::{excerpt, mask};
use crate::outcome::CheckStatus;

/// A text whose JSON string is short enough for a report: at most 1 KiB after escaping.
#[derive(Clone)]
pub(crate) struct Message(Arc<Text>);

struct Text {
    /// The text before it is masked.
    raw: Box<str>,
    shown: OnceLock<Box<str>>,
}

impl Message {
    /// The longest JSON string, in bytes and without its quotation marks.
    pub(crate) const MAX_ESCAPED: usize = 1024;
    const CUT: &str = "…";

    /// A text of the framework's own, cut at a character if it is too long.
    pub(crate) fn new(text: &str) -> Self {
        Self(Arc::new(Text { raw: Box::default(), shown: OnceLock::from(cut(text)) }))
    }

    /// A text of the application or a driver. It is masked when it is first shown, so that an unseen one costs nothing.
    pub(crate) fn masked(text: impl fmt::Display) -> Self {
        Self(Arc::new(Text { raw: excerpt(text).into(), shown: OnceLock::new() }))
    }

    /// The message of a status that an operator forced without one.
    pub(crate) fn of_forced(status: CheckStatus) -> Option<Self> {
        (status != CheckStatus::Ok).then(|| Self::new("forced by an operator"))
    }

    /// The message of a check of which no run has finished yet.
    pub(crate) fn never_observed() -> Self {
        Self::new("no run has finished yet")
    }

    /// The message of a check whose observation is too old while a run is in flight.
    pub(crate) fn awaited(limit: Duration) -> Self {
        Self::new(&format!("the last result is older than {limit:?}, and the next run has not finished yet"))
    }

    /// The message of a check whose observation is too old.
    pub(crate) fn stale(limit: Duration) -> Self {
        Self::new(&format!("the last result is older than {limit:?}"))
    }

    /// Whether two texts are the same, without masking them if possible.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        !self.0.raw.is_empty() && self.0.raw == other.0.raw || self == other
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.shown.get_or_init(|| cut(&mask(&self.0.raw)))
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

fn cut(text: &str) -> Box<str> {
    let mut escaped = 0;
    let mut cut_at = 0;
    for (at, c) in text.char_indices() {
        if escaped <= Message::MAX_ESCAPED - Message::CUT.len() {
            cut_at = at;
        }
        escaped += escaped_len(c);
        if escaped > Message::MAX_ESCAPED {
            return [&text[..cut_at], Message::CUT].concat().into();
        }
    }
    text.into()
}

/// How many bytes `serde_json` writes for a character in a string.
fn escaped_len(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> usize {
        serde_json::to_string(text).unwrap().len() - 2
    }

    #[test]
    fn a_message_of_exactly_the_limit_is_kept_whole() {
        let text = "a".repeat(Message::MAX_ESCAPED);
        assert_eq!(Message::new(&text).as_str(), text);
    }

    #[test]
    fn a_longer_message_is_cut_so_that_its_json_fits_whatever_it_is_made_of() {
        for c in ['a', '"', '\\', '\n', '\0', '\u{1f}', 'é', '中', '🦀', '\u{7f}', '\u{2028}'] {
            for length in (1..2000).step_by(7) {
                let text: String = std::iter::repeat_n(c, length).collect();
                let message = Message::new(&text);
                assert!(escaped(message.as_str()) <= Message::MAX_ESCAPED, "{length} x {c:?}");
                if escaped(&text) <= Message::MAX_ESCAPED {
                    assert_eq!(message.as_str(), text);
                } else {
                    assert!(escaped(message.as_str()) > Message::MAX_ESCAPED - 10, "{length} x {c:?} is cut too short");
                }
            }
        }
    }
}
