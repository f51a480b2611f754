//! `slow = "200ms"`

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Error;

use super::argument::{Argument, Meta};
use super::timeout::Timeout;

pub(crate) struct Slow {
    millis: u64,
    key: Span,
}

impl Slow {
    /// A limit that no run reaches before it is timed out.
    pub(crate) fn check(&self, timeout: &Timeout) -> Result<(), Error> {
        if self.millis < timeout.millis {
            return Ok(());
        }
        let message =
            "`slow` must be shorter than `timeout`\nnote: a run that takes as long as its timeout is an error";
        Err(Error::new(self.key, message))
    }
}

impl Argument for Slow {
    const KEY: &'static str = "slow";
    const EXAMPLE: &'static str = r#"slow = "200ms""#;

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        let millis = meta.nonzero_millis::<Self>("remove `slow` if no success is too slow")?;
        Ok(Self { millis, key: meta.key_span() })
    }

    fn setter(&self) -> Option<TokenStream> {
        let millis = self.millis;
        Some(quote!(.with_slow(__rt::Duration::from_millis(#millis))))
    }
}
