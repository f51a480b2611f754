//! `failure_threshold = 3`

use proc_macro2::TokenStream;
use quote::quote;

use super::argument::{Argument, Meta};

pub(crate) struct FailureThreshold {
    runs: u32,
}

impl Argument for FailureThreshold {
    const KEY: &'static str = "failure_threshold";
    const EXAMPLE: &'static str = "failure_threshold = 3";

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        meta.count::<Self>().map(|runs| Self { runs })
    }

    fn setter(&self) -> Option<TokenStream> {
        let runs = self.runs;
        Some(quote!(.with_failure_threshold(#runs)))
    }
}
