//! What the last finished run of a check found.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::outcome::CheckStatus;

/// Why a status is what it is: a closed set of stable codes, for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[non_exhaustive]
pub enum Reason {
    /// The function returned an error.
    Failed,
    /// The run was not over at its deadline.
    Timeout,
    /// The function panicked.
    Panicked,
    /// The run was ended from outside, because the runtime that it ran on went away.
    Cancelled,
    /// The check itself said `degraded`.
    Degraded,
}

impl Reason {
    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
            Self::Degraded => "degraded",
        }
    }
}

/// What the last finished run of a check found.
#[derive(Debug, Clone)]
pub struct Observation {
    pub(crate) status: CheckStatus,
    pub(crate) reason: Option<Reason>,
    pub(crate) message: Option<Message>,
    pub(crate) details: Option<Arc<RawValue>>,
    pub(crate) response_time: Duration,
    pub(crate) observed_at: SystemTime,
}

/// A text for people whose JSON string is short enough for a report: at most 1 KiB after escaping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Message(Arc<str>);

impl Message {
    /// The longest JSON string, in bytes and without its quotation marks.
    const MAX_ESCAPED: usize = 1024;
    const CUT: &str = "…";

    /// The text, cut at a character if it is too long.
    pub(crate) fn new(text: &str) -> Self {
        let mut escaped = 0;
        let mut cut_at = 0;
        for (at, c) in text.char_indices() {
            if escaped <= Self::MAX_ESCAPED - Self::CUT.len() {
                cut_at = at;
            }
            escaped += escaped_len(c);
            if escaped > Self::MAX_ESCAPED {
                return Self([&text[..cut_at], Self::CUT].concat().into());
            }
        }
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
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
            for length in 1..2000 {
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
