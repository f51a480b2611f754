//! Escapes text for HTML.

use std::fmt::{self, Write as _};

/// A text that is escaped for use between tags and in quoted attributes.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Control characters are not allowed in HTML, escaped or not.
                '\0'..='\u{1f}' if !c.is_ascii_whitespace() => f.write_char(char::REPLACEMENT_CHARACTER)?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn what_means_something_in_a_page_is_escaped() {
        assert_eq!(Text(r#"<a b="c" d='e'>&amp;"#).to_string(), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
        assert_eq!(Text("é\n中\0\u{1b}").to_string(), "é\n中\u{fffd}\u{fffd}");
    }
}
