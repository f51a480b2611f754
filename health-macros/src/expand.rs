//! What a check expands to beside its function.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
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
    let description = description.iter();
    // The place of this call is what reports and errors give as the check's place in the source.
    let meta = quote_spanned!(ident.span()=> __rt::CheckMeta::new(#name));
    // Pairs within pairs: one shape for any number of parameters.
    let values = parameters.iter().rfold(quote!(()), |rest, ty| quote!((__rt::parameter::<#ty>(), #rest)));
    let names: Vec<_> = (0..parameters.len()).map(|index| format_ident!("__{index}")).collect();
    let pattern = names.iter().rfold(quote!(()), |rest, name| quote!((#name, #rest)));
    // The compiler tells at the function's name what is wrong with its future. The names in it are ours all the same: in a
    // `macro_rules!` the function's name can come from elsewhere, and would not see them.
    let span = ident.span().resolved_at(Span::call_site());
    let call = if *is_blocking {
        quote_spanned!(span=> call_blocking::<#twin, _, #output, _>)
    } else {
        quote_spanned!(span=> call::<#twin, _, #output, _, _>)
    };
    let call = quote_spanned!(span=> __rt::#call(#values, move |#pattern| __check(#(#names),*), __cx));

    Twin {
        vis,
        ident: twin,
        runtime,
        details,
        meta: quote!(#meta #setters #(.description(#description))*),
        requirements: quote!(#(__rt::parameter::<#parameters>().require(__requirements);)*),
        // Named as a value: clippy asks a function that is only called why it is `async`.
        run: quote!(let __check = #ident; #call),
        registration: quote!(__rt::inventory::submit! { __rt::Registration::of::<#twin>(__rt::cfg!(test)) }),
    }
    .into_token_stream()
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
        meta: quote!(__rt::CheckMeta::new("")),
        requirements: TokenStream::new(),
        run: quote!(loop {}),
        registration: TokenStream::new(),
    }
    .into_token_stream()
}

/// The check as a type, for where a type is needed; nobody can have a value of it.
struct Twin<'a> {
    vis: &'a Visibility,
    ident: &'a Ident,
    runtime: &'a TokenStream,
    details: &'a TokenStream,
    meta: TokenStream,
    requirements: TokenStream,
    run: TokenStream,
    registration: TokenStream,
}

impl ToTokens for Twin<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { vis, ident, runtime, details, meta, requirements, run, registration } = self;
        // With the span of the type: the compiler underlines this item when the type is less visible than the check.
        let details = quote_spanned!(details.span()=> type Details = #details;);
        tokens.extend(quote! {
            /// The check that the function is, as a type.
            #[allow(
                non_camel_case_types, missing_debug_implementations, clippy::exhaustive_enums,
                reason = "it is named like its function, and has no value"
            )]
            #vis enum #ident {}

            #[allow(deprecated, reason = "said where the function names it")]
            #[allow(unused_qualifications, reason = "what the user imports is none of our business")]
            const _: () = {
                use #runtime::__private as __rt;

                impl __rt::HealthCheck for #ident {
                    #details
                    const META: __rt::CheckMeta = #meta;
                }

                impl __rt::Runnable for #ident {
                    fn requirements(__requirements: &mut __rt::Requirements) {
                        #requirements
                    }

                    fn run(__cx: __rt::CheckContext) -> __rt::RunFuture {
                        #run
                    }
                }

                #registration
            };
        });
    }
}
