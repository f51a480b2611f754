//! `interval = "15s"`

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Error;

use super::argument::{Argument, Meta};

pub(crate) struct Interval {
    millis: u64,
    key: Span,
}

impl Interval {
    pub(crate) fn excludes_cache(&self) -> Error {
        let message =
            "`interval` and `cache` exclude each other\nnote: the schedule already limits the age of a result";
        Error::new(self.key, message)
    }
}

impl Argument for Interval {
    const KEY: &'static str = "interval";
    const EXAMPLE: &'static str = r#"interval = "15s""#;

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        let millis = meta.nonzero_millis::<Self>("remove `interval` to run the check when a probe asks")?;
        Ok(Self { millis, key: meta.key_span() })
    }

    fn setter(&self) -> Option<TokenStream> {
        let millis = self.millis;
        Some(quote!(.with_interval(__rt::Duration::from_millis(#millis))))
    }
}
