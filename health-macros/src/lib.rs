//! The attributes of `health-runtime`, which re-exports them and documents them: depend on that crate alone.

mod answer;
mod args;
mod check_fn;
mod details;
mod doc_text;
mod duration;
mod errors;
mod expand;
mod health_check;
mod hint;
mod item;
mod model;
#[cfg(test)]
mod tests;
mod tokens;

use proc_macro::TokenStream;

/// Makes a function a health check; documented in `health_runtime`.
#[proc_macro_attribute]
pub fn health_check(args: TokenStream, item: TokenStream) -> TokenStream {
    health_check::expand(args.into(), &item.into()).into()
}

/// Makes a type usable as the details of a health check; documented in `health_runtime`.
#[proc_macro_attribute]
pub fn health_details(args: TokenStream, item: TokenStream) -> TokenStream {
    details::expand(args.into(), &item.into()).into()
}
