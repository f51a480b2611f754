//! `critical = false`

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitBool;

use super::argument::{Argument, Meta};

pub(crate) struct Critical(LitBool);

impl Argument for Critical {
    const KEY: &'static str = "critical";
    const EXAMPLE: &'static str = "critical = false";

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        let parser = |input: syn::parse::ParseStream<'_>| input.parse();
        meta.value::<Self, _>("`true` or `false`", parser).map(Self)
    }

    fn setter(&self) -> Option<TokenStream> {
        let Self(critical) = self;
        Some(quote!(.with_critical(#critical)))
    }
}
