//! The annotated function: its signature is parsed, its body is not.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, FnArg, Ident, PatType, Safety, Signature, Type, Visibility, token};

use crate::answer::Answer;
use crate::doc_text::doc_text;
use crate::errors::{Errors, Reported};
use crate::item::Head;
use crate::tokens::{find, find_path_head};

/// How many parameters the runtime's `Callable` is implemented for.
const MOST_PARAMETERS: usize = 16;

/// A function that can be a check.
pub(crate) struct CheckFn {
    pub(crate) description: Option<String>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) parameters: Vec<Type>,
    pub(crate) answer: Answer,
    /// Where the function uses a crate or a module of its own name, which the twin type would shadow.
    pub(crate) namesake: Option<Ident>,
}

impl CheckFn {
    pub(crate) fn parse(item: &TokenStream, is_blocking: bool, errors: &mut Errors) -> Result<Self, Reported> {
        let function = match syn::parse2::<Function>(item.clone()) {
            Ok(function) => function,
            Err(error) => return Err(errors.report(not_a_function(item.clone(), &error))),
        };
        let suitable = errors.report_all(function.mistakes(is_blocking));
        let answer = Answer::new(&function.sig, is_blocking).map_err(|error| errors.report(error));
        suitable?;
        Ok(Self {
            description: doc_text(&function.attrs),
            namesake: function.namesake(item.clone()),
            parameters: function.parameters().map(|parameter| (*parameter.ty).clone()).collect(),
            answer: answer?,
            vis: function.vis,
            ident: function.sig.ident,
        })
    }
}

/// Any function, also one that cannot be a check.
pub(crate) struct Function {
    attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let function = Self { attrs: input.call(Attribute::parse_outer)?, vis: input.parse()?, sig: input.parse()? };
        if !input.peek(token::Brace) {
            return Err(input.error("a body"));
        }
        input.parse::<TokenStream>()?;
        Ok(function)
    }
}

impl Function {
    fn parameters(&self) -> impl Iterator<Item = &PatType> {
        self.sig.inputs.iter().filter_map(|parameter| match parameter {
            FnArg::Typed(parameter) => Some(parameter),
            FnArg::Receiver(_) => None,
        })
    }

    /// Where the function uses a crate or a module of its own name.
    pub(crate) fn namesake(&self, item: TokenStream) -> Option<Ident> {
        find_path_head(item, &self.sig.ident)
    }

    /// A sign that the function is in an `impl` or a `trait`, as far as a macro can see one.
    pub(crate) fn method_mark(&self) -> Option<TokenStream> {
        match self.sig.receiver() {
            Some(receiver) => Some(receiver.to_token_stream()),
            None => find(self.sig.to_token_stream(), "Self").map(Ident::into_token_stream),
        }
    }

    fn mistakes(&self, is_blocking: bool) -> Vec<Error> {
        let Signature { constness, asyncness, safety, abi, fn_token, generics, .. } = &self.sig;
        if let Some(mark) = self.method_mark() {
            let message = "a health check must not be a method\nhelp: move it out of the `impl`, and take `State<T>`";
            return vec![Error::new_spanned(mark, message)];
        }
        let mut mistakes = Vec::new();
        let mut mistake = |tokens: &dyn ToTokens, message: &str| mistakes.push(Error::new_spanned(tokens, message));

        match (asyncness, constness) {
            (Some(asyncness), _) if is_blocking => mistake(
                asyncness,
                "a `blocking` health check must not be `async`\nhelp: remove `async`, or `blocking` if the function awaits",
            ),
            // The compiler rejects `async` together with `const`.
            (Some(_), _) => {}
            (None, _) if is_blocking => {}
            (None, Some(constness)) => {
                mistake(constness, "a health check must not be `const`\nhelp: write `async` instead");
            }
            (None, None) => mistake(
                fn_token,
                "a health check must be an `async fn`\n\
                 help: add `async`, or the argument `blocking` if the function has to block",
            ),
        }
        if let Safety::Unsafe(safety) = safety {
            mistake(
                safety,
                "a health check must not be `unsafe`\nnote: the engine calls it and cannot uphold a safety contract",
            );
        }
        if let Some(abi) = abi {
            mistake(abi, "a health check must not be `extern`\nnote: only Rust code calls it");
        }
        if !generics.params.is_empty() {
            mistake(
                &generics.params,
                "a health check must not be generic\nnote: one function is one check; write one for each type",
            );
        }
        if let Some(parameter) = self.parameters().nth(MOST_PARAMETERS) {
            let message = format!(
                "a health check takes at most {MOST_PARAMETERS} parameters\n\
                 help: combine several of them in a type of yours that implements `FromCheckContext`"
            );
            mistake(&parameter.ty, &message);
        }
        for parameter in self.parameters() {
            if let Some(cfg) = parameter.attrs.iter().find(|attr| attr.path().is_ident("cfg")) {
                mistake(
                    cfg,
                    "a parameter of a health check must not have `#[cfg]`\n\
                     help: put `#[cfg]` on the function, and write one function for each case",
                );
            }
            if let Some(word) = find(parameter.ty.to_token_stream(), "impl") {
                mistake(&word, "a health check must not take `impl Trait`\nhelp: name the type");
            }
        }
        mistakes
    }
}

fn not_a_function(item: TokenStream, error: &Error) -> Error {
    let span = syn::parse2::<Head>(item).map_or_else(|_| error.span(), |head| head.word.span());
    Error::new(span, "only a function with a body can be a health check")
}
