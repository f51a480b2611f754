//! What a check function returns.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{
    Error, GenericArgument, PathArguments, PathSegment, ReturnType, Signature, Type, TypeParamBound, TypeTraitObject,
};

use crate::tokens::find;

const INSTEAD: &str = "help: return `Result<(), E>`, or `Outcome::error(\"...\")` with a message";

/// The type that a check function returns, and the details in it.
pub(crate) struct Answer {
    pub(crate) output: TokenStream,
    /// Found by syntax: `<Result<T, E> as IntoOutcome>::Details` would make the error type of a `pub` check public too.
    pub(crate) details: TokenStream,
}

impl Answer {
    pub(crate) fn new(sig: &Signature, is_blocking: bool) -> syn::Result<Self> {
        let ReturnType::Type(_, output) = &sig.output else {
            return Ok(Self { output: quote!(()), details: quote!(()) });
        };
        if let Some(boxed) = last_segment(output).and_then(unsendable_error) {
            let message = "the error of a health check must be `Send` and `Sync`\n\
                           help: write `Box<dyn std::error::Error + Send + Sync>`";
            return Err(Error::new_spanned(boxed, message));
        }
        let details = match find(output.to_token_stream(), "impl") {
            None => details(output)?,
            // The only error for `fn f() -> impl Future` is that it must be `async`.
            Some(_) if sig.asyncness.is_none() && !is_blocking => quote!(()),
            Some(word) => {
                let message = "a health check must not return `impl Trait`\nhelp: name the type";
                return Err(Error::new(word.span(), message));
            }
        };
        Ok(Self { output: output.to_token_stream(), details })
    }
}

fn details(output: &Type) -> syn::Result<TokenStream> {
    let Some(segment) = last_segment(output) else {
        return Ok(quote!(()));
    };
    let word = segment.ident.to_string();
    match (word.as_str(), first_argument(segment)) {
        ("bool" | "Option", _) => {
            Err(Error::new_spanned(output, format!("`{word}` does not say why a check failed\n{INSTEAD}")))
        }
        // An alias without arguments: the compiler checks what it stands for.
        (_, None) => Ok(quote!(())),
        ("Outcome", Some(details)) => plain(details, "Outcome::ok"),
        (_, Some(ok)) => match last_segment(ok) {
            Some(outcome) if outcome.ident == "Outcome" => details(ok),
            _ => plain(ok, "Ok"),
        },
    }
}

/// The `dyn Error` in `Result<T, Box<dyn Error>>` that is not `Send` and `Sync`.
fn unsendable_error(result: &PathSegment) -> Option<&Type> {
    let boxed = last_segment(type_arguments(result).nth(1)?)?;
    let object = first_argument(boxed).filter(|_| result.ident == "Result" && boxed.ident == "Box")?;
    let Type::TraitObject(TypeTraitObject { bounds, .. }) = object else { return None };
    let has = |word: &str| {
        bounds.iter().any(|bound| {
            matches!(bound, TypeParamBound::Trait(bound) if bound.path.segments.last().is_some_and(|last| last.ident == word))
        })
    };
    (has("Error") && !(has("Send") && has("Sync"))).then_some(object)
}

/// Details that cannot be mistaken for the outcome.
fn plain(details: &Type, constructor: &str) -> syn::Result<TokenStream> {
    let taken_for_success = match last_segment(details) {
        Some(segment) if segment.ident == "bool" => "false",
        Some(segment) if segment.ident == "Option" => "None",
        Some(segment) if segment.ident == "Result" => "Err(_)",
        _ => return Ok(details.to_token_stream()),
    };
    let message = format!("`{constructor}({taken_for_success})` would count as healthy\n{INSTEAD}");
    Err(Error::new_spanned(details, message))
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(ty) => ty.path.segments.last(),
        // `macro_rules!` puts a group around a `$ty`; users put parentheses around a `dyn A + B`.
        Type::Group(ty) => last_segment(&ty.elem),
        Type::Paren(ty) => last_segment(&ty.elem),
        _ => None,
    }
}

fn first_argument(segment: &PathSegment) -> Option<&Type> {
    type_arguments(segment).next()
}

fn type_arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
