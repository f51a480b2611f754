//! `#[health_check]`: parse, validate, expand.

use proc_macro2::TokenStream;
use quote::quote;

use crate::args::{self, Arguments as _, CheckArgs, TypeName};
use crate::check_fn::{CheckFn, Function};
use crate::errors::Errors;
use crate::expand;
use crate::model::Check;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let placeholder = placeholder(args.clone(), item.clone());

    let args = CheckArgs::parse(args, &mut errors);
    let check_fn = CheckFn::parse(item.clone(), &mut errors);
    let check = match (args, check_fn) {
        (Ok(args), Ok(check_fn)) => Check::new(args, check_fn, &mut errors),
        (Err(reported), _) | (_, Err(reported)) => Err(reported),
    };

    let generated = check.map_or(placeholder, |check| Some(expand::check(&check)));
    let errors = errors.into_compile_errors();
    quote!(#item #generated #errors)
}

/// The twin type alone: what names it shall not be a second mistake.
fn placeholder(args: TokenStream, item: TokenStream) -> Option<TokenStream> {
    let function: Function = syn::parse2(item.clone()).ok()?;
    let given = args::salvage::<TypeName>(args);
    let (vis, twin) = function.into_twin(given.map(|TypeName(twin)| twin), item)?;
    Some(expand::twin_type(&vis, &twin))
}
