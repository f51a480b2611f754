//! What a check expands to beside its function.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
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
    // The compiler tells at the function's name what is wrong with its future.
    let call = Ident::new(if *is_blocking { "call_blocking" } else { "call" }, ident.span());
    // The place of this call is what reports and errors give as the check's place in the source.
    let meta = quote_spanned!(ident.span()=> __rt::CheckMeta::new(#name));
    let details = type_details(details);
    let (function, parameters) = in_tuples(ident, parameters);
    let definition = definition(vis, twin);
    quote! {
        #definition
        #runtime::__private::check! {
            #twin = #call(#function, fn(#(#parameters),*) -> #output);
            { #details }
            #meta #setters #(.description(#description))*
        }
    }
}

/// The check as a type, for where a type is needed; nobody can have a value of it.
///
/// Not left to `check!`: the type is there also where that is not found.
fn definition(vis: &Visibility, twin: &Ident) -> TokenStream {
    // The compiler underlines this when there is another type of the name.
    let name = quote_spanned!(twin.span().resolved_at(Span::call_site())=> enum #twin {});
    quote! {
        /// The check that the function is, as a type.
        #[allow(
            non_camel_case_types, missing_debug_implementations, clippy::exhaustive_enums,
            reason = "it is named like its function, and has no value"
        )]
        #vis #name
    }
}

/// The function and its parameters; when there are too many of them for the runtime, they are in tuples.
fn in_tuples(function: &Ident, parameters: &[Type]) -> (TokenStream, Vec<TokenStream>) {
    if parameters.len() <= MOST_PARAMETERS {
        return (function.to_token_stream(), parameters.iter().map(Type::to_token_stream).collect());
    }
    // The names are ours: in a `macro_rules!` the function's name can come from elsewhere, and would not see them.
    let span = function.span().resolved_at(Span::call_site());
    let names: Vec<_> = (0..parameters.len()).map(|index| format_ident!("__{index}", span = span)).collect();
    let patterns = names.chunks(MOST_PARAMETERS).map(|names| quote_spanned!(span=> (#(#names,)*)));
    let types = parameters.chunks(MOST_PARAMETERS).map(|types| quote_spanned!(span=> (#(#types,)*)));
    // Named as a value: clippy asks a function that is only called why it is `async`.
    let closure = quote_spanned!(span=> { let __check = #function; move |#(#patterns),*| __check(#(#names),*) });
    (closure, types.collect())
}

/// With the span of the type: the compiler underlines this item when the type is less visible than the check.
fn type_details(details: &TokenStream) -> TokenStream {
    quote_spanned!(details.span()=> type Details = #details;)
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
    let (definition, details) = (definition(vis, twin), type_details(details));
    quote! {
        #definition
        #runtime::__private::check! {
            #twin = nothing((), fn() -> ());
            { #details }
            __rt::CheckMeta::new("")
        }
    }
}
