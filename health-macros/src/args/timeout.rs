//! `timeout = "5s"`

use proc_macro2::TokenStream;
use quote::quote;

use super::argument::{Argument, Meta};

pub(crate) struct Timeout {
    pub(super) millis: u64,
}

impl Argument for Timeout {
    const KEY: &'static str = "timeout";
    const EXAMPLE: &'static str = r#"timeout = "5s""#;

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        let millis = meta.nonzero_millis::<Self>("remove `timeout` to use the builder's default")?;
        Ok(Self { millis })
    }

    fn setter(&self) -> Option<TokenStream> {
        let millis = self.millis;
        Some(quote!(.with_timeout(__rt::Duration::from_millis(#millis))))
    }
}
