//! The items that the attribute adds to the function.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, Visibility};

use crate::answer::Answer;
use crate::args::Name;
use crate::check_fn::CheckFn;
use crate::model::Check;

pub(crate) fn check(check: &Check) -> TokenStream {
    let Check { name: Name(name), twin, setters, runtime, is_blocking, function } = check;
    let CheckFn { description, vis, ident, parameters, answer, .. } = function;

    let Answer { output, details } = answer;
    let description = description.as_ref().map_or(quote!(__rt::None), |text| quote!(__rt::Some(#text)));
    // The location of this call is reported as the check's location.
    let meta = quote_spanned!(ident.span()=> __rt::meta(#name, #description));
    // With this span, the compiler reports a wrong future at the function's name.
    let call = Ident::new(if *is_blocking { "call_blocking" } else { "call" }, place(ident));
    Twin {
        vis,
        ident: twin,
        runtime,
        details,
        meta: quote!(#meta #setters),
        function: quote! {
            __rt::#call::<Self, #output, _, _>((#(__rt::parameter::<#parameters>(),)*), #ident)
        },
        registration: quote!(__rt::inventory::submit! { __rt::Registration::of::<#twin>(__rt::cfg!(test)) }),
    }
    .into_token_stream()
}

/// The span of a name with our hygiene: in a `macro_rules!`, the user's name may have another one and would not see our names.
fn place(name: &Ident) -> Span {
    name.span().resolved_at(Span::call_site())
}

/// Allows the lints that clippy applies to a plain `fn` and not to an `async fn`.
pub(crate) fn lints(check: &Check) -> Option<TokenStream> {
    check.is_blocking.then(|| {
        quote! {
            #[allow(
                clippy::needless_pass_by_value, clippy::unnecessary_wraps,
                reason = "the signature of a health check has few forms"
            )]
        }
    })
}

/// A twin type without a registration, after an error: code that names it causes no further error.
pub(crate) fn placeholder(vis: &Visibility, twin: &Ident, runtime: &TokenStream, details: &TokenStream) -> TokenStream {
    Twin {
        vis,
        ident: twin,
        runtime,
        details,
        meta: quote!(loop {}),
        function: quote!(loop {}),
        registration: TokenStream::new(),
    }
    .into_token_stream()
}

/// The check as a type.
struct Twin<'a> {
    vis: &'a Visibility,
    ident: &'a Ident,
    runtime: &'a TokenStream,
    details: &'a TokenStream,
    meta: TokenStream,
    function: TokenStream,
    registration: TokenStream,
}

impl ToTokens for Twin<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { vis, ident, runtime, details, meta, function, registration } = self;
        // With these spans the compiler underlines a duplicate name, or a type that is less visible. The braces keep the name
        // out of the namespace of values, which has the function.
        let definition = quote_spanned!(place(ident)=> struct #ident {});
        let detail_type = quote_spanned!(details.span()=> type Details = #details;);
        let doc = format!("Names the health check in code, for example in `Depends<{ident}>`.");
        tokens.extend(quote! {
            #[doc = #doc]
            #[allow(
                non_camel_case_types, missing_debug_implementations, clippy::exhaustive_structs,
                reason = "it is named like its function, and has no fields"
            )]
            #vis #definition

            #[allow(deprecated, unused_qualifications, reason = "said where the function names the same")]
            const _: () = {
                use #runtime::__private as __rt;

                impl __rt::AnnotatedCheck for #ident {
                    #detail_type

                    fn describe() -> __rt::CheckMeta {
                        #meta
                    }

                    fn function() -> __rt::Function<#details> {
                        #function
                    }
                }

                #registration
            };
        });
    }
}
