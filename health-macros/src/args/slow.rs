//! `slow = "200ms"`

use proc_macro2::TokenStream;
use quote::quote;

use super::argument::{Argument, Meta};

pub(crate) struct Slow {
    millis: u64,
}

impl Argument for Slow {
    const KEY: &'static str = "slow";
    const EXAMPLE: &'static str = r#"slow = "200ms""#;

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        let millis = meta.nonzero_millis::<Self>("leave `slow` out if every success is fast enough")?;
        Ok(Self { millis })
    }

    fn setter(&self) -> Option<TokenStream> {
        let millis = self.millis;
        Some(quote!(.with_slow(__rt::Duration::from_millis(#millis))))
    }
}
