//! `crate = my::health`

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::Path;

use super::argument::{Argument, Meta};

/// The path of the runtime.
pub(crate) struct CratePath(Path);

impl Argument for CratePath {
    const KEY: &'static str = "crate";
    const EXAMPLE: &'static str = "crate = my::health";

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        meta.value::<Self, _>("a path", Path::parse_mod_style).map(Self)
    }
}

impl CratePath {
    pub(crate) fn or_default(path: Option<Self>) -> TokenStream {
        path.map_or_else(|| quote!(::health_runtime), |Self(path)| path.into_token_stream())
    }
}
