//! `probes(ready, startup)`

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, Ident};

use super::argument::{Argument, Meta};
use crate::hint;

/// The probes that include the check, as variants of the runtime's `Probe`.
pub(crate) struct Probes(Vec<Ident>);

const KNOWN: [(&str, &str); 3] = [("live", "Live"), ("ready", "Ready"), ("startup", "Startup")];

impl Argument for Probes {
    const KEY: &'static str = "probes";
    const EXAMPLE: &'static str = "probes(ready, startup)";

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        let probes = meta.list::<Self, Ident>("words without quotation marks")?;
        probes.iter().map(variant).collect::<syn::Result<_>>().map(Self)
    }

    fn setter(&self) -> Option<TokenStream> {
        let Self(probes) = self;
        Some(quote!(.with_probes(&[#(__rt::Probe::#probes),*])))
    }
}

fn variant(probe: &Ident) -> syn::Result<Ident> {
    let word = probe.to_string();
    if let Some((_, variant)) = KNOWN.iter().find(|(known, _)| *known == word) {
        return Ok(Ident::new(variant, Span::call_site()));
    }
    let words = KNOWN.map(|(word, _)| word);
    let advice = match hint::nearest(&word, &words) {
        Some(nearest) => format!("help: did you mean `{nearest}`?"),
        None => format!("note: the probes are {}", hint::list(&words)),
    };
    Err(Error::new(probe.span(), format!("unknown probe `{word}`\n{advice}")))
}
