//! `type = RedisCheck`

use syn::Ident;
use syn::ext::IdentExt as _;
use syn::parse::Parse as _;

use super::argument::{Argument, Meta};

pub(crate) struct TypeName(pub(crate) Ident);

impl Argument for TypeName {
    const KEY: &'static str = "type";
    const EXAMPLE: &'static str = "type = RedisCheck";

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        meta.value::<Self, _>("the name of a new type", Ident::parse).map(Self)
    }
}

impl TypeName {
    /// `redis_cache` makes `RedisCacheCheck`.
    pub(crate) fn suggestion(function: &Ident) -> String {
        let function = function.unraw().to_string();
        let words = function.split('_').map(|word| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            first.to_uppercase() + rest
        });
        words.collect::<String>() + "Check"
    }
}
