//! Takes credentials out of texts that may leave the process although a driver wrote them.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

/// User information in URLs, pairs like `password=...`, and the credentials of an `Authorization` header.
///
/// Greedy on purpose: it is better to lose the rest of an address than to show a password that contains an `@`.
static CREDENTIALS: LazyLock<Regex> = LazyLock::new(|| {
    let key = "password|passwd|passphrase|pwd|pass|token|secret|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|signature";
    let value = r#""[^"]*"?|'[^']*'?|[^\s&;,)}\]]+"#;
    let pattern = format!(
        r#"(?i)(?P<url>://)\S*@|(?P<scheme>\b(?:bearer|basic)\s+)[^\s,;"']+|(?P<pair>[\w-]*(?:{key})\w*["']?\s*[=:]\s*)(?:{value})"#
    );
    Regex::new(&pattern).expect("a constant pattern")
});

/// How much of a text is looked at, in bytes; far more than will be shown.
const LONGEST: usize = 8 * 1024;

pub(crate) fn mask(text: &str) -> String {
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= LONGEST).unwrap_or(text.len());
    // What was cut off may have been the `@` that makes the rest of a URL a password.
    let text = if end < text.len() { Cow::Owned([&text[..end], "@"].concat()) } else { Cow::Borrowed(text) };
    let masked = CREDENTIALS.replace_all(&text, |found: &Captures<'_>| {
        let part = |name| found.name(name).map(|part| part.as_str());
        match (part("url"), part("scheme").or(part("pair"))) {
            (Some(_), _) => "://***@".to_owned(),
            (None, kept) => format!("{}***", kept.unwrap_or_default()),
        }
    });
    masked.into_owned()
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn credentials_are_masked_and_the_rest_is_kept() {
        for (text, masked) in [
            ("refused", "refused"),
            ("postgres://app:hunter2@db:5432/orders refused", "postgres://***@db:5432/orders refused"),
            ("redis://:hunter2@cache", "redis://***@cache"),
            ("amqp://u:hun@ter2@mq/x", "amqp://***@mq/x"),
            ("host=db user=app password=hunter2 port=5432", "host=db user=app password=*** port=5432"),
            ("?user=a&TOKEN=hunter2&x=1", "?user=a&TOKEN=***&x=1"),
            (r#"{"password": "hunter2", "x": 1}"#, r#"{"password": ***, "x": 1}"#),
            ("password='hunter2 hunter2' x", "password=*** x"),
            ("aws_access_key_id=hunter2", "aws_access_key_id=***"),
            ("client_secret: hunter2", "client_secret: ***"),
            ("Authorization: Bearer hunter2", "Authorization: Bearer ***"),
            ("sent Bearer hunter2, refused", "sent Bearer ***, refused"),
        ] {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn a_password_that_is_longer_than_what_is_looked_at_is_masked() {
        for start in ["postgres://app:", "password="] {
            let masked = mask(&format!("refused {start}{}@db", "hunter2".repeat(100_000)));
            assert!(!masked.contains("hunter2"), "{masked}");
        }
    }
}
