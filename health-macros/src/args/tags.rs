//! `tags("storage", "eu")`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr};

use super::argument::{Argument, Meta};

pub(crate) struct Tags(Vec<LitStr>);

impl Argument for Tags {
    const KEY: &'static str = "tags";
    const EXAMPLE: &'static str = r#"tags("storage", "eu")"#;

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        let tags = meta.list::<Self, LitStr>("strings")?;
        match tags.iter().find(|tag| tag.value().trim().is_empty()) {
            Some(empty) => Err(Error::new(empty.span(), "a tag must not be empty\nhelp: write a word, or remove it")),
            None => Ok(Self(tags)),
        }
    }

    fn setter(&self) -> Option<TokenStream> {
        let Self(tags) = self;
        Some(quote!(.with_tags([#(#tags),*])))
    }
}
