//! What a check expands to beside its function.

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
    // The place of this call is what reports and errors give as the check's place in the source.
    let meta = quote_spanned!(ident.span()=> __rt::meta(#name, #description));
    // The compiler tells at the function's name what is wrong with its future.
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

/// Where a name stands, for names of ours: in a `macro_rules!` the user's can come from elsewhere, and would not see them.
fn place(name: &Ident) -> Span {
    name.span().resolved_at(Span::call_site())
}

/// What clippy does not ask of an `async fn`: to borrow its parameters, and to return no `Result` where nothing fails.
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

/// A check that only the type system sees, after an error: what names it shall not be a second one.
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
        // With these spans the compiler underlines the name that there is twice, and the type that is less visible. The
        // braces keep the name out of the namespace of values, where the function is.
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
