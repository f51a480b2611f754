//! A check before it is expanded: defaults are applied, and rules about two arguments are checked.

use proc_macro2::TokenStream;
use syn::{Error, Ident};

use crate::args::{Arguments as _, CheckArgs, CratePath, Name, TypeName};
use crate::check_fn::CheckFn;
use crate::errors::{Errors, Reported};

pub(crate) struct Check {
    pub(crate) name: Name,
    pub(crate) twin: Ident,
    pub(crate) setters: TokenStream,
    pub(crate) runtime: TokenStream,
    pub(crate) is_blocking: bool,
    pub(crate) function: CheckFn,
}

impl Check {
    pub(crate) fn new(args: CheckArgs, function: CheckFn, errors: &mut Errors) -> Result<Self, Reported> {
        let setters = args.setters();
        let name = args.name.map_or_else(|| Name::of_function(&function.ident), Ok);
        let name = name.map_err(|error| errors.report(error));
        let freshness = match (&args.interval, &args.cache) {
            (Some(interval), Some(_)) => Err(errors.report(interval.excludes_cache())),
            _ => Ok(()),
        };
        let limits = match (&args.slow, &args.timeout) {
            (Some(slow), Some(timeout)) => slow.check(timeout).map_err(|error| errors.report(error)),
            _ => Ok(()),
        };
        let twin = twin(args.type_name, &function).map_err(|error| errors.report(error));
        freshness?;
        limits?;
        Ok(Self {
            name: name?,
            twin: twin?,
            setters,
            runtime: CratePath::or_default(args.crate_path),
            is_blocking: args.blocking.is_some(),
            function,
        })
    }
}

/// The name of the twin type: the function's, unless the function uses a crate or a module of that name.
fn twin(given: Option<TypeName>, function: &CheckFn) -> syn::Result<Ident> {
    match (given, &function.namesake) {
        (Some(TypeName(given)), _) => Ok(given),
        (None, None) => Ok(function.ident.clone()),
        (None, Some(namesake)) => {
            let example = TypeName::suggestion(namesake);
            let message = format!(
                "the type generated for this check would shadow this `{namesake}`\nhelp: add `type = {example}`"
            );
            Err(Error::new(namesake.span(), message))
        }
    }
}
