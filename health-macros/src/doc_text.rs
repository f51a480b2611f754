//! The text of a doc comment.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The lines of all doc comments, as Markdown. `#[doc = ...]` with anything but a literal is ignored.
pub(crate) fn doc_text(attrs: &[Attribute]) -> Option<String> {
    let lines: Vec<_> = attrs.iter().filter_map(line).collect();
    let text = lines.join("\n");
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn line(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                let text = text.value();
                Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(item: &syn::ItemFn) -> Option<String> {
        doc_text(&item.attrs)
    }

    #[test]
    fn lines_keep_their_breaks_and_lose_one_leading_space() {
        let item = syn::parse_quote! {
            /// Postgres answers.
            ///
            ///   * within its timeout
            #[inline]
            #[doc = " And more."]
            async fn database() {}
        };
        assert_eq!(text_of(&item).as_deref(), Some("Postgres answers.\n\n  * within its timeout\nAnd more."));
    }

    #[test]
    fn what_is_no_literal_is_no_text() {
        let item = syn::parse_quote! {
            #[doc = include_str!("db.md")]
            #[doc(hidden)]
            async fn database() {}
        };
        assert_eq!(text_of(&item), None);
    }
}
