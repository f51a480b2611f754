//! `#[health_details]`: the derives that details need, through the runtime's re-exports.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Path, Token};

use crate::args::{Arguments as _, CratePath, DetailsArgs};
use crate::errors::{Errors, Reported};
use crate::item::Head;

pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = DetailsArgs::parse(args, &mut errors);
    let derived = derived(item.clone(), &mut errors);
    let added = match (args, derived) {
        (Ok(args), Ok(derived)) => Some(derives(&CratePath::or_default(args.crate_path), &derived)),
        _ => None,
    };
    let errors = errors.into_compile_errors();
    quote!(#added #item #errors)
}

/// The derives that are still missing. Each finds its crate inside the runtime: users need neither in their `Cargo.toml`.
fn derives(runtime: &TokenStream, derived: &[String]) -> TokenStream {
    [("serde", "Serialize"), ("schemars", "JsonSchema")]
        .into_iter()
        .filter(|(_, derive)| !derived.iter().any(|derived| derived == derive))
        .map(|(krate, derive)| {
            let (krate, derive) = (format_ident!("{krate}"), format_ident!("{derive}"));
            let path = quote!(#runtime::__private::#krate);
            let text = path.to_string().replace(' ', "");
            quote! {
                #[derive(#path::#derive)]
                #[#krate(crate = #text)]
            }
        })
        .collect()
}

/// What is derived below the attribute; a derive above it has already run and is not seen.
fn derived(item: TokenStream, errors: &mut Errors) -> Result<Vec<String>, Reported> {
    const RULE: &str = "only a `struct` or an `enum` can be the details of a health check";

    let attrs = match syn::parse2(item) {
        Ok(Head { attrs, word }) if word == "struct" || word == "enum" => Ok(attrs),
        Ok(Head { word, .. }) => Err(Error::new(word.span(), RULE)),
        Err(error) => Err(Error::new(error.span(), RULE)),
    };
    attrs.map(|attrs| attrs.iter().flat_map(derive_names).collect()).map_err(|error| errors.report(error))
}

fn derive_names(attr: &Attribute) -> Vec<String> {
    let paths =
        attr.path().is_ident("derive").then(|| attr.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated));
    let paths = paths.into_iter().flatten().flatten();
    paths.filter_map(|path| path.segments.last().map(|segment| segment.ident.to_string())).collect()
}
