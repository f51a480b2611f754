//! `cache = "2s"`

use proc_macro2::TokenStream;
use quote::quote;

use super::argument::{Argument, Meta};

/// With zero, every probe runs the check.
pub(crate) struct Cache {
    millis: u64,
}

impl Argument for Cache {
    const KEY: &'static str = "cache";
    const EXAMPLE: &'static str = r#"cache = "2s""#;

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        meta.millis::<Self>().map(|(millis, _)| Self { millis })
    }

    fn setter(&self) -> Option<TokenStream> {
        let millis = self.millis;
        Some(quote!(.with_cache(__rt::Duration::from_millis(#millis))))
    }
}
