//! `success_threshold = 3`

use proc_macro2::TokenStream;
use quote::quote;

use super::argument::{Argument, Meta};

pub(crate) struct SuccessThreshold {
    runs: u32,
}

impl Argument for SuccessThreshold {
    const KEY: &'static str = "success_threshold";
    const EXAMPLE: &'static str = "success_threshold = 3";

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        meta.count::<Self>().map(|runs| Self { runs })
    }

    fn setter(&self) -> Option<TokenStream> {
        let runs = self.runs;
        Some(quote!(.with_success_threshold(#runs)))
    }
}
