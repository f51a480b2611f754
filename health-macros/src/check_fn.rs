//! The annotated function: its signature is parsed, its body is not.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, FnArg, Ident, Safety, Signature, Type, Visibility};

use crate::answer::Answer;
use crate::doc_text::doc_text;
use crate::errors::{Errors, Reported};
use crate::item::Head;

/// A function that can be a check.
pub(crate) struct CheckFn {
    pub(crate) description: Option<String>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) parameters: Vec<Type>,
    pub(crate) answer: Answer,
    /// Where the function means a crate or a module by its own name, which the twin type would hide.
    pub(crate) namesake: Option<Ident>,
}

impl CheckFn {
    pub(crate) fn parse(item: TokenStream, errors: &mut Errors) -> Result<Self, Reported> {
        let function = match syn::parse2::<Function>(item.clone()) {
            Ok(function) => function,
            Err(error) => return Err(errors.report(not_a_function(item, &error))),
        };
        let suitable = function.mistakes().into_iter().fold(Ok(()), |_, error| Err(errors.report(error)));
        let answer = Answer::new(&function.sig.output).map_err(|error| errors.report(error));
        suitable?;
        Ok(Self {
            description: doc_text(&function.attrs),
            namesake: namesake(item, &function.sig.ident),
            parameters: function.parameters().cloned().collect(),
            answer: answer?,
            vis: function.vis,
            ident: function.sig.ident,
        })
    }
}

/// Any function, also one that cannot be a check.
pub(crate) struct Function {
    attrs: Vec<Attribute>,
    vis: Visibility,
    sig: Signature,
    body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl Function {
    fn parameters(&self) -> impl Iterator<Item = &Type> {
        self.sig.inputs.iter().filter_map(|parameter| match parameter {
            FnArg::Typed(parameter) => Some(&*parameter.ty),
            FnArg::Receiver(_) => None,
        })
    }

    /// What tells that it stands in an `impl` or a `trait`, which a macro cannot see.
    fn method_mark(&self) -> Option<TokenStream> {
        let sig = self.sig.to_token_stream();
        match self.sig.receiver() {
            Some(receiver) => Some(receiver.to_token_stream()),
            None => find(sig, "Self").map(Ident::into_token_stream),
        }
    }

    /// The name and the visibility of its twin type, unless that would be a mistake of its own.
    pub(crate) fn into_twin(self, given: Option<Ident>, item: TokenStream) -> Option<(Visibility, Ident)> {
        let is_method = self.method_mark().is_some();
        let twin = given.or_else(|| namesake(item, &self.sig.ident).is_none().then_some(self.sig.ident));
        twin.filter(|_| !is_method).map(|twin| (self.vis, twin))
    }

    fn mistakes(&self) -> Vec<Error> {
        let Signature { constness, asyncness, safety, abi, fn_token, generics, output, .. } = &self.sig;
        if let Some(mark) = self.method_mark() {
            let message = "a health check must not be a method\nhelp: move it out of the `impl`, and take `State<T>`";
            return vec![Error::new_spanned(mark, message)];
        }
        let mut mistakes = Vec::new();
        let mut mistake = |tokens: &dyn ToTokens, message: &str| mistakes.push(Error::new_spanned(tokens, message));

        if let Some(constness) = constness {
            mistake(constness, "a health check must not be `const`\nhelp: write `async` instead");
        } else if asyncness.is_none() {
            mistake(fn_token, "a health check must be an `async fn`\nhelp: add `async`");
        }
        if let Safety::Unsafe(safety) = safety {
            mistake(safety, "a health check must not be `unsafe`\nnote: it is called by code that knows no contract");
        }
        if let Some(abi) = abi {
            mistake(abi, "a health check must not be `extern`\nnote: it is called from Rust alone");
        }
        if !generics.params.is_empty() {
            mistake(
                &generics.params,
                "a health check must not be generic\nnote: a function is one check, with one name",
            );
        }
        for parameter in self.parameters() {
            if let Some(word) = find(parameter.to_token_stream(), "impl") {
                mistake(&word, "a health check must not take `impl Trait`\nhelp: name the type");
            }
        }
        // `fn f() -> impl Future` has been told that it must be async.
        if let (Some(_), Some(word)) = (asyncness, find(output.to_token_stream(), "impl")) {
            mistake(&word, "a health check must not return `impl Trait`\nhelp: name the type");
        }
        mistakes
    }
}

fn not_a_function(item: TokenStream, error: &Error) -> Error {
    const OTHERS: [&str; 10] =
        ["enum", "impl", "macro_rules", "mod", "static", "struct", "trait", "type", "union", "use"];

    match syn::parse2(item) {
        Ok(Head { word, .. }) if OTHERS.contains(&&*word.to_string()) => {
            Error::new(word.span(), format!("a health check is an `async fn`, not a `{word}`"))
        }
        _ => Error::new(error.span(), "a health check is an `async fn`, with a name, parameters and a body"),
    }
}

/// The first use of a word, at any depth.
fn find(tokens: TokenStream, word: &str) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => find(group.stream(), word),
        TokenTree::Ident(ident) => (ident == word).then_some(ident),
        _ => None,
    })
}

/// The first path that starts with a function's own name, at any depth.
fn namesake(tokens: TokenStream, name: &Ident) -> Option<Ident> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    tokens.iter().enumerate().find_map(|(at, token)| match token {
        TokenTree::Group(group) => namesake(group.stream(), name),
        TokenTree::Ident(ident) => {
            let is_head = ident == name && starts_with_path_separator(&tokens[at + 1..]);
            let is_middle = at >= 2 && starts_with_path_separator(&tokens[at - 2..]);
            (is_head && !is_middle).then(|| ident.clone())
        }
        _ => None,
    })
}

fn starts_with_path_separator(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Punct(first), TokenTree::Punct(second), ..] => {
            first.as_char() == ':' && first.spacing() == Spacing::Joint && second.as_char() == ':'
        }
        _ => false,
    }
}
