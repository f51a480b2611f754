//! `#[health_check]`: parse, validate, expand.

use proc_macro2::TokenStream;
use quote::quote;

use crate::answer::Answer;
use crate::args::{self, Arguments as _, Blocking, CheckArgs, CratePath, TypeName};
use crate::check_fn::{CheckFn, Function};
use crate::errors::Errors;
use crate::expand;
use crate::model::Check;

pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let parsed_args = CheckArgs::parse(args.clone(), &mut errors);
    let is_blocking = match &parsed_args {
        Ok(args) => args.blocking.is_some(),
        Err(_) => args::means::<Blocking>(args.clone()),
    };
    let check_fn = CheckFn::parse(item, is_blocking, &mut errors);
    let check = match (parsed_args, check_fn) {
        (Ok(args), Ok(check_fn)) => Check::new(args, check_fn, &mut errors),
        (Err(reported), _) | (_, Err(reported)) => Err(reported),
    };

    let (lints, generated) = match check {
        Ok(check) => (expand::lints(&check), Some(expand::check(&check))),
        Err(_) => (None, placeholder(args, item.clone())),
    };
    let errors = errors.into_compile_errors();
    quote!(#lints #item #generated #errors)
}

/// The twin type after an error. `None` if it could not be defined: in an `impl`, or if it would shadow a crate.
fn placeholder(args: TokenStream, item: TokenStream) -> Option<TokenStream> {
    let function: Function = syn::parse2(item.clone()).ok()?;
    if function.method_mark().is_some() {
        return None;
    }
    let twin = match args::salvage(args.clone()) {
        Some(TypeName(given)) => given,
        None if function.namesake(item).is_some() => return None,
        None => function.sig.ident.clone(),
    };
    let runtime = CratePath::or_default(args::salvage(args));
    let details = Answer::new(&function.sig, false).map_or_else(|_| quote!(()), |answer| answer.details);
    Some(expand::placeholder(&function.vis, &twin, &runtime, &details))
}
