//! Details of any shape, as HTML lists.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::html::Text;

/// The deepest nesting of lists; deeper values are shown as JSON.
const MAX_DEPTH: u8 = 3;

/// The JSON of details. Numbers are shown with the digits of the report.
pub(super) struct Details<'a> {
    json: &'a str,
    depth: u8,
}

impl<'a> Details<'a> {
    pub(super) fn new(json: &'a str) -> Self {
        Self { json, depth: 0 }
    }

    fn inside(&self, json: &'a RawValue) -> Self {
        Self { json: json.get(), depth: self.depth + 1 }
    }

    /// `None` for valid JSON that has no value in Rust, for example half of a surrogate pair.
    fn parse<T: Deserialize<'a>>(&self) -> Option<T> {
        serde_json::from_str(self.json).ok()
    }

    fn list(&self, f: &mut fmt::Formatter<'_>) -> Option<fmt::Result> {
        match self.json.as_bytes() {
            [b'{', ..] => Some(self.members(f, self.parse()?)),
            [b'[', ..] => Some(self.elements(f, self.parse()?)),
            [b'"', ..] => Some(write!(f, "{}", Text(&self.parse::<String>()?))),
            _ => None,
        }
    }

    fn members(&self, f: &mut fmt::Formatter<'_>, members: BTreeMap<String, &'a RawValue>) -> fmt::Result {
        f.write_str("<dl>")?;
        for (name, value) in members {
            write!(f, "<div><dt>{}</dt><dd>{}</dd></div>", Text(&name), self.inside(value))?;
        }
        f.write_str("</dl>")
    }

    fn elements(&self, f: &mut fmt::Formatter<'_>, elements: Vec<&'a RawValue>) -> fmt::Result {
        f.write_str("<ul>")?;
        for value in elements {
            write!(f, "<li>{}</li>", self.inside(value))?;
        }
        f.write_str("</ul>")
    }
}

impl fmt::Display for Details<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.json.as_bytes() {
            [b'{', b'}'] | [b'[', b']'] | b"null" => f.write_str("none"),
            [b'{' | b'[', ..] if self.depth == MAX_DEPTH => write!(f, "<code>{}</code>", Text(self.json)),
            _ => self.list(f).unwrap_or_else(|| write!(f, "{}", Text(self.json))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Details;

    #[test]
    fn every_shape_of_details_is_a_list_or_a_word() {
        for (json, html) in [
            ("null", "none"),
            ("{}", "none"),
            ("[]", "none"),
            ("true", "true"),
            ("340282366920938463463374607431768211455", "340282366920938463463374607431768211455"),
            (r#""\ud800""#, r"&quot;\ud800&quot;"),
            (r#"{"a":"\ud800"}"#, r"<dl><div><dt>a</dt><dd>&quot;\ud800&quot;</dd></div></dl>"),
            (r#"{"\ud800":1}"#, r"{&quot;\ud800&quot;:1}"),
            (r#""<b>\n\"x\"""#, "&lt;b&gt;\n&quot;x&quot;"),
            ("[1,[2]]", "<ul><li>1</li><li><ul><li>2</li></ul></li></ul>"),
            (
                r#"{"open":4,"<i>":{"a":null}}"#,
                "<dl><div><dt>&lt;i&gt;</dt><dd><dl><div><dt>a</dt><dd>none</dd></div></dl></dd></div>\
                 <div><dt>open</dt><dd>4</dd></div></dl>",
            ),
            (
                "[[[[[\"<\"]]]]]",
                "<ul><li><ul><li><ul><li><code>[[&quot;&lt;&quot;]]</code></li></ul></li></ul></li></ul>",
            ),
        ] {
            assert_eq!(Details::new(json).to_string(), html, "{json}");
        }
    }
}
