//! An argument, and the forms in which it can be written.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitInt, LitStr, Token};

use crate::{duration, hint};

/// One argument: its form, its meaning, its messages, and what is generated for it.
pub(crate) trait Argument: Sized {
    /// The name of the argument.
    const KEY: &'static str;
    /// An example of its use, for messages.
    const EXAMPLE: &'static str;

    fn from_meta(meta: &Meta) -> syn::Result<Self>;

    /// The call that carries it into the check's `CheckMeta`.
    fn setter(&self) -> Option<TokenStream> {
        None
    }
}

/// An argument as it was written.
///
/// Unlike `syn::Meta` it accepts keywords (`type`) as a key, and any tokens behind it: each argument decides which form is right.
pub(crate) struct Meta {
    key: Ident,
    form: Form,
}

enum Form {
    /// `key`
    Word,
    /// `key = value`
    Value(TokenStream),
    /// Anything else after the key.
    Other(TokenStream),
}

impl Meta {
    /// The arguments between the commas, each parsed on its own, so that a mistake in one does not hide a mistake in the next.
    pub(super) fn parse_all(tokens: TokenStream, known: &[&str]) -> Vec<syn::Result<Self>> {
        let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        let tokens: Vec<_> = tokens.into_iter().collect();
        let parser = |input: ParseStream<'_>| Self::parse(input, known);
        tokens.split_inclusive(is_comma).map(|piece| parser.parse2(piece.iter().cloned().collect())).collect()
    }

    fn parse(input: ParseStream<'_>, known: &[&str]) -> syn::Result<Self> {
        if input.peek(Token![,]) {
            return Err(input.error("an argument is missing before this `,`"));
        }
        if !input.peek(Ident::peek_any) {
            let message = format!("an argument starts with its name\n{}", note(known));
            return Err(Error::new_spanned(rest(input)?, message));
        }
        let key = input.call(Ident::parse_any)?;
        let form = if input.peek(Token![=]) && !input.peek(Token![==]) {
            input.parse::<Token![=]>()?;
            Form::Value(rest(input)?)
        } else {
            let rest = rest(input)?;
            if rest.is_empty() { Form::Word } else { Form::Other(rest) }
        };
        Ok(Self { key, form })
    }

    /// A mistake in the key.
    pub(super) fn error(&self, message: &str) -> Error {
        Error::new(self.key.span(), message)
    }

    pub(super) fn key_span(&self) -> Span {
        self.key.span()
    }

    pub(crate) fn word(&self) -> String {
        self.key.unraw().to_string()
    }

    /// The value of `key = "..."`.
    pub(super) fn string<A: Argument>(&self, what: &str) -> syn::Result<LitStr> {
        self.value::<A, _>(what, |input: ParseStream<'_>| input.parse::<LitStr>())
    }

    /// The milliseconds of `key = "5s"`, and where they stand.
    pub(super) fn millis<A: Argument>(&self) -> syn::Result<(u64, Span)> {
        let literal = self.string::<A>("a duration in a string")?;
        let millis = duration::millis(&literal.value()).map_err(|message| Error::new(literal.span(), message))?;
        Ok((millis, literal.span()))
    }

    /// The same, above zero; `advice` is the help for zero.
    pub(super) fn nonzero_millis<A: Argument>(&self, advice: &str) -> syn::Result<u64> {
        match self.millis::<A>()? {
            (0, span) => Err(Error::new(span, format!("`{}` must be longer than zero\nhelp: {advice}", A::KEY))),
            (millis, _) => Ok(millis),
        }
    }

    /// The value of `key = 3`.
    pub(super) fn count<A: Argument>(&self) -> syn::Result<u32> {
        let (key, example) = (A::KEY, A::EXAMPLE);
        let literal = self.value::<A, _>("a whole number", |input: ParseStream<'_>| input.parse::<LitInt>())?;
        match literal.base10_parse() {
            Ok(0) => Err(Error::new(literal.span(), format!("`{key}` must be at least 1\nhelp: write `{example}`"))),
            Ok(count) => Ok(count),
            Err(_) => {
                let message = format!("`{key}` must be a number from 1 to {}\nhelp: write `{example}`", u32::MAX);
                Err(Error::new(literal.span(), message))
            }
        }
    }

    /// Nothing but the key.
    pub(super) fn flag<A: Argument>(&self) -> syn::Result<()> {
        match &self.form {
            Form::Word => Ok(()),
            Form::Value(_) | Form::Other(_) => {
                let message = format!("`{}` takes no value\nhelp: write `{}`", A::KEY, A::EXAMPLE);
                Err(self.error(&message))
            }
        }
    }

    /// The items of `key(a, b)`, at least one of them; `items` names them in messages.
    pub(super) fn list<A: Argument, T: Parse>(&self, items: &str) -> syn::Result<Vec<T>> {
        let (key, example) = (A::KEY, A::EXAMPLE);
        let mistake = |rule: &str| self.error(&format!("`{key}` {rule}\nhelp: write `{example}`"));
        let tokens: Vec<_> = match &self.form {
            Form::Other(tokens) => tokens.clone().into_iter().collect(),
            Form::Word | Form::Value(_) => Vec::new(),
        };
        let [TokenTree::Group(list)] = tokens.as_slice() else {
            return Err(mistake("takes a list in parentheses"));
        };
        if list.delimiter() != Delimiter::Parenthesis {
            return Err(mistake("takes a list in parentheses"));
        }
        let parsed = Punctuated::<T, Token![,]>::parse_terminated.parse2(list.stream());
        let parsed = parsed.map_err(|_| mistake(&format!("takes a list of {items}")))?;
        if parsed.is_empty() { Err(mistake("must not be empty")) } else { Ok(parsed.into_iter().collect()) }
    }

    /// The value of `key = value`; `what` names it in messages.
    pub(super) fn value<A: Argument, P: Parser>(&self, what: &str, parser: P) -> syn::Result<P::Output> {
        let (key, example) = (A::KEY, A::EXAMPLE);
        match &self.form {
            Form::Value(tokens) if !tokens.is_empty() => parser.parse2(tokens.clone()).map_err(|_| {
                missing_comma(tokens.clone()).unwrap_or_else(|| {
                    Error::new_spanned(tokens, format!("`{key}` must be {what}\nhelp: write `{example}`"))
                })
            }),
            Form::Word | Form::Value(_) => Err(self.error(&format!("`{key}` needs a value\nhelp: write `{example}`"))),
            Form::Other(tokens) => {
                Err(Error::new_spanned(tokens, format!("`{key}` takes its value after `=`\nhelp: write `{example}`")))
            }
        }
    }
}

/// Lists the arguments.
pub(super) fn note(known: &[&str]) -> String {
    match known {
        [only] => format!("note: the only argument is `{only}`"),
        _ => format!("note: the arguments are {}", hint::list(known)),
    }
}

/// The remaining tokens of an argument, up to its comma.
fn rest(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    input.parse::<Option<Token![,]>>()?;
    Ok(tokens)
}

/// The error for two words in a row, which are two arguments.
fn missing_comma(value: TokenStream) -> Option<Error> {
    let tokens: Vec<_> = value.into_iter().collect();
    tokens.windows(2).find_map(|pair| match pair {
        [TokenTree::Literal(_) | TokenTree::Ident(_), TokenTree::Ident(next)] => {
            Some(Error::new(next.span(), format!("a `,` is missing before `{next}`")))
        }
        _ => None,
    })
}
