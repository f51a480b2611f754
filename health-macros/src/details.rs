//! `#[health_details]`: the derives of a details type, through the runtime's re-exports.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Generics, Ident, Path, Token, Visibility, parse_quote, token};

use crate::args::{Arguments as _, CratePath, DetailsArgs};
use crate::errors::{Errors, Reported};
use crate::item::Head;
use crate::tokens::find;

const RULE: &str = "only a `struct` or an `enum` can be the details of a health check";

pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = DetailsArgs::parse(args, &mut errors);
    let details_type = DetailsType::parse(item.clone(), &mut errors);
    let (derives, to_schema) = match (args, details_type) {
        (Ok(args), Ok(details_type)) => {
            let runtime = CratePath::or_default(args.crate_path);
            (Some(details_type.derives(&runtime)), details_type.to_schema(&runtime))
        }
        _ => (None, None),
    };
    let errors = errors.into_compile_errors();
    quote!(#derives #item #to_schema #errors)
}

/// A struct or an enum; its fields or variants are not parsed.
struct DetailsType {
    ident: Ident,
    generics: Generics,
    /// The derives below the attribute. A derive above it has already expanded and is invisible.
    derived: Vec<String>,
    /// Whether an attribute renames the schema.
    is_renamed: bool,
}

impl Parse for DetailsType {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        if !input.peek(Token![struct]) && !input.peek(Token![enum]) {
            return Err(input.error(RULE));
        }
        input.call(Ident::parse_any)?;
        let ident = input.parse()?;
        let mut generics: Generics = input.parse()?;
        // The `where` of a tuple struct is behind its fields.
        if input.peek(token::Paren) {
            input.parse::<TokenTree>()?;
        }
        generics.where_clause = input.parse()?;
        input.parse::<TokenStream>()?;
        let derived = attrs.iter().flat_map(derive_names).collect();
        Ok(Self { ident, generics, derived, is_renamed: attrs.iter().any(renames) })
    }
}

impl DetailsType {
    fn parse(item: TokenStream, errors: &mut Errors) -> Result<Self, Reported> {
        syn::parse2(item.clone()).map_err(|error: Error| {
            let span = syn::parse2::<Head>(item).map_or_else(|_| error.span(), |head| head.word.span());
            errors.report(Error::new(span, RULE))
        })
    }

    fn is_derived(&self, derive: &str) -> bool {
        self.derived.iter().any(|derived| derived == derive)
    }

    /// The missing derives. Each finds its crate inside the runtime, so users need none of them in their `Cargo.toml`.
    fn derives(&self, runtime: &TokenStream) -> TokenStream {
        [("serde", "Serialize"), ("schemars", "JsonSchema")]
            .into_iter()
            .filter(|(_, derive)| !self.is_derived(derive))
            .map(|(krate, derive)| {
                let (krate, derive) = (format_ident!("{krate}"), format_ident!("{derive}"));
                let path = quote!(#runtime::__private::#krate);
                let text = path.to_string().replace(' ', "");
                quote! {
                    #[derive(#path::#derive)]
                    #[#krate(crate = #text)]
                }
            })
            .chain(self.name_of_generic())
            .collect()
    }

    /// A name that contains those of the type's arguments. With the default name, all of them would be one model in the document.
    fn name_of_generic(&self) -> Option<TokenStream> {
        let parameters: Vec<_> =
            self.generics.type_params().map(|parameter| format!("{{{}}}", parameter.ident)).collect();
        let is_ours = !self.is_renamed && !self.is_derived("JsonSchema") && !parameters.is_empty();
        let name = format!("{}_{}", self.ident.unraw(), parameters.join("_"));
        is_ours.then(|| quote!(#[schemars(rename = #name)]))
    }

    /// Implements utoipa's trait with the schema that schemars makes, so that handlers and checks have one model.
    fn to_schema(&self, runtime: &TokenStream) -> Option<TokenStream> {
        if self.is_derived("ToSchema") {
            return None;
        }
        let Self { ident, generics, .. } = self;
        let mut generics = generics.clone();
        if generics.type_params().next().is_some() {
            generics.make_where_clause().predicates.push(parse_quote!(Self: __rt::JsonSchema));
        }
        let (parameters, arguments, bounds) = generics.split_for_impl();
        Some(quote! {
            const _: () = {
                use #runtime::__private as __rt;

                impl #parameters __rt::PartialSchema for #ident #arguments #bounds {
                    fn schema() -> __rt::RefOr<__rt::Schema> {
                        __rt::type_schema::<Self>()
                    }
                }

                impl #parameters __rt::ToSchema for #ident #arguments #bounds {
                    fn name() -> __rt::Cow<'static, __rt::str> {
                        __rt::schema_name::<Self>()
                    }

                    fn schemas(__schemas: &mut __rt::Vec<(__rt::String, __rt::RefOr<__rt::Schema>)>) {
                        __rt::nested_schemas::<Self>(__schemas);
                    }
                }
            };
        })
    }
}

fn derive_names(attr: &Attribute) -> Vec<String> {
    let paths =
        attr.path().is_ident("derive").then(|| attr.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated));
    let paths = paths.into_iter().flatten().flatten();
    paths.filter_map(|path| path.segments.last().map(|segment| segment.ident.to_string())).collect()
}

/// Whether an attribute of serde or schemars has a `rename` of its own.
fn renames(attr: &Attribute) -> bool {
    let is_meant = attr.path().is_ident("serde") || attr.path().is_ident("schemars");
    is_meant && find(attr.meta.to_token_stream(), "rename").is_some()
}
