//! Searches in tokens that are not parsed.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};

/// The first use of a word, at any depth.
pub(crate) fn find(tokens: TokenStream, word: &str) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => find(group.stream(), word),
        TokenTree::Ident(ident) => (ident == word).then_some(ident),
        _ => None,
    })
}

/// The first path that starts with this name, at any depth.
pub(crate) fn find_path_head(tokens: TokenStream, name: &Ident) -> Option<Ident> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    tokens.iter().enumerate().find_map(|(at, token)| match token {
        TokenTree::Group(group) => find_path_head(group.stream(), name),
        TokenTree::Ident(ident) => {
            let is_followed = starts_with_path_separator(&tokens[at + 1..]);
            let is_preceded = starts_with_path_separator(&tokens[at.saturating_sub(2)..at]);
            (is_followed && !is_preceded && ident == name).then(|| ident.clone())
        }
        _ => None,
    })
}

fn starts_with_path_separator(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Punct(first), TokenTree::Punct(second), ..] => {
            first.as_char() == ':' && first.spacing() == Spacing::Joint && second.as_char() == ':'
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use quote::{format_ident, quote};

    use super::*;

    fn is_path_head(tokens: TokenStream) -> bool {
        find_path_head(tokens, &format_ident!("redis")).is_some()
    }

    #[test]
    fn a_path_that_starts_with_the_name_is_found_at_any_depth() {
        assert!(is_path_head(quote!(redis::cmd)));
        assert!(is_path_head(quote!(fn redis(x: redis::Client))));
        assert!(is_path_head(quote!({ f(&[<redis::Cmd as Run>::run()]) })));
    }

    #[test]
    fn the_name_elsewhere_is_not_taken_for_it() {
        assert!(!is_path_head(quote!(
            fn redis() {}
        )));
        assert!(!is_path_head(quote!(::redis::cmd)));
        assert!(!is_path_head(quote!(crate::redis::cmd)));
        assert!(!is_path_head(quote!(r#redis::cmd)));
        assert!(!is_path_head(quote!(redis: u32)));
    }
}
