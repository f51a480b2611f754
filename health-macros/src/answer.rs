//! What a check function returns.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Error, GenericArgument, PathArguments, PathSegment, ReturnType, Type};

const INSTEAD: &str = "help: return `Result<(), E>`, or `Outcome::error(\"...\")` with a text for people";

/// The type that a check function returns, and the details in it.
pub(crate) struct Answer {
    pub(crate) output: TokenStream,
    pub(crate) details: TokenStream,
}

impl Answer {
    pub(crate) fn new(output: &ReturnType) -> syn::Result<Self> {
        let ReturnType::Type(_, output) = output else {
            return Ok(Self { output: quote!(()), details: quote!(()) });
        };
        let details = details(output)?;
        Ok(Self { output: output.to_token_stream(), details })
    }
}

/// Found by syntax: `<Result<T, E> as IntoOutcome>::Details` would make the error type of a `pub` check public as well.
fn details(output: &Type) -> syn::Result<TokenStream> {
    if let Some(word @ ("bool" | "Option")) = last_word(output).as_deref() {
        let message = format!("`{word}` does not say why a check failed\n{INSTEAD}");
        return Err(Error::new_spanned(output, message));
    }
    match arguments_of("Result", output).as_deref() {
        Some([ok, ..]) => match outcome_details(ok)? {
            Some(details) => Ok(details),
            None => plain(ok, "Ok"),
        },
        _ => match outcome_details(output)? {
            Some(details) => Ok(details),
            None => Ok(quote!(<#output as __rt::IntoOutcome>::Details)),
        },
    }
}

fn outcome_details(ty: &Type) -> syn::Result<Option<TokenStream>> {
    match arguments_of("Outcome", ty).as_deref() {
        Some([details, ..]) => plain(details, "Outcome::ok").map(Some),
        Some([]) => Ok(Some(quote!(()))),
        None => Ok(None),
    }
}

/// Details that cannot be taken for the answer itself.
fn plain(details: &Type, constructor: &str) -> syn::Result<TokenStream> {
    let bad = match last_word(details).as_deref() {
        Some("bool") => "false",
        Some("Option") => "None",
        Some("Result") => "Err(_)",
        _ => return Ok(details.to_token_stream()),
    };
    Err(Error::new_spanned(details, format!("`{constructor}({bad})` would be healthy\n{INSTEAD}")))
}

/// The name at the end of a type's path.
fn last_word(ty: &Type) -> Option<String> {
    last_segment(ty).map(|segment| segment.ident.to_string())
}

/// The type arguments of a type with this name.
fn arguments_of<'a>(word: &str, ty: &'a Type) -> Option<Vec<&'a Type>> {
    let segment = last_segment(ty).filter(|segment| segment.ident == word)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Some(Vec::new());
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some(types.collect())
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(ty) => ty.path.segments.last(),
        // What `macro_rules!` puts around a `$ty`, and what people put around a `+`.
        Type::Group(ty) => last_segment(&ty.elem),
        Type::Paren(ty) => last_segment(&ty.elem),
        _ => None,
    }
}
