//! `blocking`

use super::argument::{Argument, Meta};

pub(crate) struct Blocking;

impl Argument for Blocking {
    const KEY: &'static str = "blocking";
    const EXAMPLE: &'static str = "blocking";

    fn from_meta(meta: &Meta) -> syn::Result<Self> {
        meta.flag::<Self>().map(|()| Self)
    }
}
