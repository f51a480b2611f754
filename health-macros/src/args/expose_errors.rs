//! `expose_errors`

use proc_macro2::TokenStream;
use quote::quote;

use super::argument::{Argument, Meta};

pub(crate) struct ExposeErrors;

impl Argument for ExposeErrors {
    const KEY: &'static str = "expose_errors";
    const EXAMPLE: &'static str = "expose_errors";

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        meta.flag::<Self>().map(|()| Self)
    }

    fn setter(&self) -> Option<TokenStream> {
        Some(quote!(.with_expose_errors(true)))
    }
}
