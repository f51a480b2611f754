//! What a check expands to beside its function.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Ident, Visibility};

use crate::args::Name;
use crate::check_fn::CheckFn;
use crate::model::Check;

pub(crate) fn check(check: &Check) -> TokenStream {
    let Check { name: Name(name), twin, setters, runtime, function } = check;
    let CheckFn { description, vis, ident, parameters, answer, .. } = function;

    let type_item = twin_type(vis, twin);
    let details = &answer.details;
    let output = &answer.output;
    // The place of this call is what reports and errors give as the check's place in the source.
    let meta = quote_spanned!(ident.span()=> __rt::CheckMeta::new(#name));
    let description = description.iter();
    // Pairs within pairs, so that any number of parameters is one shape.
    let types = parameters.iter().rfold(quote!(()), |rest, ty| quote!((#ty, #rest)));
    let names: Vec<_> = (0..parameters.len()).map(|index| quote::format_ident!("__{index}")).collect();
    let pattern = names.iter().rfold(quote!(()), |rest, name| quote!((#name, #rest)));

    quote! {
        #type_item

        const _: () = {
            use #runtime::__private as __rt;

            impl __rt::HealthCheck for #twin {
                type Details = #details;
                const META: __rt::CheckMeta = #meta #setters #(.description(#description))*;
            }

            impl __rt::Runnable for #twin {
                fn requirements(__requirements: &mut __rt::Requirements) {
                    #(__rt::require::<#parameters>(__requirements);)*
                }

                fn run(__cx: __rt::CheckContext) -> __rt::RunFuture {
                    // Named as a value, and not only called: clippy asks no such function why it is `async`.
                    let __check = #ident;
                    __rt::call::<#twin, #types, #output, _, _>(move |#pattern| __check(#(#names),*), __cx)
                }
            }

            __rt::inventory::submit! { __rt::Registration::of::<#twin>() }
        };
    }
}

/// The check as a type, for where a type is needed; nobody can have a value of it.
pub(crate) fn twin_type(vis: &Visibility, twin: &Ident) -> TokenStream {
    quote! {
        /// The check that the function of this name is, as a type.
        #[allow(non_camel_case_types, missing_debug_implementations, reason = "named like the function, and never a value")]
        #vis enum #twin {}
    }
}
