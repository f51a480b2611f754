//! `name = "db"`

use proc_macro2::Ident;
use syn::Error;
use syn::ext::IdentExt as _;

use super::argument::{Argument, Meta};

const LONGEST: usize = 63;

/// A name plain enough for a URL, a metric label and a JSON member alike.
pub(crate) struct Name(pub(crate) String);

impl Argument for Name {
    const KEY: &'static str = "name";
    const EXAMPLE: &'static str = r#"name = "db""#;

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        let literal = meta.string::<Self>("a string")?;
        let advice = "note: a name is made of `a-z`, `0-9`, `_`, `-`, and `.`";
        Self::new(literal.value()).map_err(|rule| Error::new(literal.span(), format!("`name` must {rule}\n{advice}")))
    }
}

impl Name {
    /// The function's name, which is the default.
    pub(crate) fn of_function(ident: &Ident) -> syn::Result<Self> {
        let name = ident.unraw().to_string();
        let similar = name.trim_start_matches('_').to_ascii_lowercase();
        Self::new(name).map_err(|rule| {
            let advice = Self::new(similar).map_or("...".to_owned(), |Self(similar)| similar);
            let message = format!("the name of a check must {rule}\nhelp: write `name = \"{advice}\"`");
            Error::new(ident.span(), message)
        })
    }

    /// The error is the rule, to be written after "must".
    fn new(name: String) -> Result<Self, String> {
        let Some(first) = name.chars().next() else {
            return Err("not be empty".to_owned());
        };
        if let Some(stranger) = name.chars().find(|c| !is_allowed(*c)) {
            return Err(format!("not contain {stranger:?}"));
        }
        if !first.is_ascii_lowercase() {
            return Err("start with a letter".to_owned());
        }
        if name.len() > LONGEST {
            return Err(format!("not be longer than {LONGEST} characters"));
        }
        Ok(Self(name))
    }
}

fn is_allowed(c: char) -> bool {
    matches!(c, 'a'..='z' | '0'..='9' | '_' | '-' | '.')
}
