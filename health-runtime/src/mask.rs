//! Masks credentials in texts of drivers, before they are logged or sent.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

/// User information in URLs, pairs like `password=...`, and the values of `Authorization` and `Cookie` headers.
///
/// Greedy on purpose: it is better to mask the rest of an address than to show a password that contains an `@`.
static CREDENTIALS: LazyLock<Regex> = LazyLock::new(|| {
    let key = "password|passwd|passphrase|pwd|pass|token|bearer|secret|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|signature";
    // In the notations of JSON, Rust's `Debug`, SQL and shells, also escaped once more or inside brackets.
    let quoted = r#"\\*[bcr]*\#*(?:"(?:\\.|""|[^"\\])*"?|'(?:\\.|''|[^'\\])*'?|`[^`]*`?|“[^”]*”?)"#;
    let bracketed = r"\w*\s*[(\[{][^)\]}]*[)\]}]?";
    let quote = r#"(?:\\*["'`])?"#;
    let url = r":(?:\\*/){2}";
    let alternatives = [
        format!(r"(?P<url>{url})(?:\S*|[^\s@/:]*:[^@/]{{1,256}})@"),
        r"(?P<encoded>%3a%2f%2f)\S*%40".to_owned(),
        // With the lines that continue it.
        format!(r"(?P<header>\b(?:authorization|cookie){quote}\s*[:=]\s*)(?:{quoted}|[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)"),
        format!(r"(?P<pair>[\w-]*(?:{key})\w*{quote}\s*(?:=>|[=:])\s*)(?:{quoted}|{bracketed}|[^\s&;,)}}\]]+)"),
        r#"(?P<scheme>\b(?:bearer|basic)\s+)[^\s,;"']+"#.to_owned(),
    ];
    let pattern = format!("(?is){}", alternatives.join("|"));
    Regex::new(&pattern).expect("a constant pattern")
});

/// The part of a text that is examined, in bytes; more than is shown.
const LONGEST: usize = 2 * 1024;

/// The part of a text that [`mask`] examines. The rest is not even formatted.
pub(crate) fn excerpt(text: impl fmt::Display) -> String {
    let mut excerpt = Excerpt(String::new());
    // Fails when the excerpt is full. If the text's own formatting fails, the excerpt ends there.
    let _ = write!(excerpt, "{text}");
    excerpt.0
}

/// An error and its sources, outermost first, without repetitions.
pub(crate) fn source_chain(error: &(dyn Error + 'static)) -> String {
    // Limited, since an error can be its own source.
    const LONGEST: usize = 32;

    let mut text = excerpt(error);
    for source in std::iter::successors(error.source(), |&error| error.source()).take(LONGEST) {
        let source = excerpt(source);
        if !text.contains(&source) {
            text = excerpt(format_args!("{text}: {source}"));
        }
    }
    text
}

/// In bytes of UTF-8.
const LONGEST_CHARACTER: usize = 4;

struct Excerpt(String);

impl fmt::Write for Excerpt {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // One character more than is examined shows that the text was cut.
        let room = (LONGEST + LONGEST_CHARACTER).saturating_sub(self.0.len());
        let end = (room..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        self.0.push_str(&text[..end]);
        if end < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

pub(crate) fn mask(text: &str) -> String {
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= LONGEST).unwrap_or(text.len());
    // The `@` that ends a password in a URL may have been cut off.
    let text = if end < text.len() { Cow::Owned([&text[..end], "@"].concat()) } else { Cow::Borrowed(text) };
    let masked = CREDENTIALS.replace_all(&text, |found: &Captures<'_>| {
        let part = |name| found.name(name).map(|part| part.as_str());
        let kept = ["url", "encoded", "header", "scheme", "pair"].into_iter().find_map(part).unwrap_or_default();
        let at = if part("url").is_some() { "@" } else { "" };
        format!("{kept}***{at}")
    });
    masked.into_owned()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, LONGEST_CHARACTER, excerpt, mask};

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
            ("Authorization: Bearer hunter2", "Authorization: ***"),
            ("authorization: hunter2", "authorization: ***"),
            (r#"{"authorization": "Basic hunter2", "host": "db"}"#, r#"{"authorization": ***, "host": "db"}"#),
            ("Cookie: id=hunter2; theme=hunter2", "Cookie: ***"),
            ("sent set-cookie: id=hunter2\nrefused", "sent set-cookie: ***\nrefused"),
            ("sent Bearer hunter2, refused", "sent Bearer ***, refused"),
            ("postgres://app:my hunter2@db refused", "postgres://***@db refused"),
            (r"postgres:\/\/app:hunter2@db", r"postgres:\/\/***@db"),
            ("proxy http%3A%2F%2Fapp%3Ahunter2%40proxy", "proxy http%3A%2F%2F***proxy"),
            (r#"{"cookie": "theme=\"dark\"; session=hunter2", "host": "db"}"#, r#"{"cookie": ***, "host": "db"}"#),
            ("Authorization: Bearer\r\n hunter2\r\nHost: db", "Authorization: ***\r\nHost: db"),
            (r#"body {\"password\":\"hunter2\"}"#, r#"body {\"password\":***"#),
            (r#"{"password":"a\"hunter2","x":1}"#, r#"{"password":***,"x":1}"#),
            ("Config { password: Some(\n    \"hunter2\",\n), port: 1 }", "Config { password: ***, port: 1 }"),
            (r#"password: Secret { inner: "hunter2" } x"#, "password: *** x"),
            (r#""password": ["a","hunter2"], "x": 1"#, r#""password": ***, "x": 1"#),
            (r"password='it\'s hunter2' x", "password=*** x"),
            ("password='x '' hunter2' x", "password=*** x"),
            (r#"Password="a""hunter2";x"#, "Password=***;x"),
            ("PWD={my hunter2};x", "PWD=***;x"),
            ("`password` => `hunter2`, x", "`password` => ***, x"),
            (r##"password=r#"x hunter2"#"##, "password=***#"),
            ("host db:5432 refused", "host db:5432 refused"),
        ] {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn an_excerpt_is_what_is_looked_at() {
        assert_eq!(excerpt("short"), "short");
        for text in ["é".repeat(100_000), "a".repeat(LONGEST + 1), format!("a{}", "é".repeat(LONGEST))] {
            assert_eq!(mask(&excerpt(&text)), mask(&text));
            assert!(excerpt(&text).len() <= LONGEST + 2 * LONGEST_CHARACTER);
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
