//! What a check expands to beside its function.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, Type, Visibility};

use crate::answer::Answer;
use crate::args::Name;
use crate::check_fn::CheckFn;
use crate::model::Check;

/// How many parameters the runtime's `Callable` is implemented for.
const MOST_PARAMETERS: usize = 16;

pub(crate) fn check(check: &Check) -> TokenStream {
    let Check { name: Name(name), twin, setters, runtime, is_blocking, function } = check;
    let CheckFn { description, vis, ident, parameters, answer, .. } = function;

    let Answer { output, details } = answer;
    let description = description.iter();
    // The place of this call is what reports and errors give as the check's place in the source.
    let meta = quote_spanned!(ident.span()=> __rt::CheckMeta::new(#name));
    let (function, parameters) = in_tuples(ident, parameters);
    // The compiler tells at the function's name what is wrong with its future.
    let call = Ident::new(if *is_blocking { "call_blocking" } else { "call" }, place(ident));
    Twin {
        vis,
        ident: twin,
        runtime,
        details,
        meta: quote!(#meta #setters #(.description(#description))*),
        function: quote! {
            __rt::#call::<Self, #output, _, _>((#(__rt::parameter::<#parameters>(),)*), #function)
        },
        registration: quote!(__rt::inventory::submit! { __rt::Registration::of::<#twin>(__rt::cfg!(test)) }),
    }
    .into_token_stream()
}

/// The function and its parameters; when there are too many of them for the runtime, they are in tuples.
fn in_tuples(function: &Ident, parameters: &[Type]) -> (TokenStream, Vec<TokenStream>) {
    if parameters.len() <= MOST_PARAMETERS {
        return (function.to_token_stream(), parameters.iter().map(Type::to_token_stream).collect());
    }
    let span = place(function);
    let names: Vec<_> = (0..parameters.len()).map(|index| format_ident!("__{index}", span = span)).collect();
    let patterns = names.chunks(MOST_PARAMETERS).map(|names| quote_spanned!(span=> (#(#names,)*)));
    let types = parameters.chunks(MOST_PARAMETERS).map(|types| quote_spanned!(span=> (#(#types,)*)));
    // Named as a value: clippy asks a function that is only called why it is `async`.
    let closure = quote_spanned!(span=> { let __check = #function; move |#(#patterns),*| __check(#(#names),*) });
    (closure, types.collect())
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

/// The check as a type, for where a type is needed; nobody can have a value of it.
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
        // With these spans the compiler underlines the name that there is twice, and the type that is less visible.
        let definition = quote_spanned!(place(ident)=> enum #ident {});
        let details = quote_spanned!(details.span()=> type Details = #details;);
        tokens.extend(quote! {
            /// The check that the function is, as a type.
            #[allow(
                non_camel_case_types, missing_debug_implementations, clippy::exhaustive_enums,
                reason = "it is named like its function, and has no value"
            )]
            #vis #definition

            #[allow(deprecated, unused_qualifications, reason = "said where the function names the same")]
            const _: () = {
                use #runtime::__private as __rt;

                impl __rt::HealthCheck for #ident {
                    #details

                    fn meta() -> __rt::CheckMeta {
                        #meta
                    }
                }

                impl __rt::Runnable for #ident {
                    fn function() -> __rt::Function {
                        #function
                    }
                }

                #registration
            };
        });
    }
}
