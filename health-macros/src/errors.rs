//! Collects every mistake of one expansion.

use proc_macro2::TokenStream;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

/// The proof that a mistake was reported: nothing else makes one, so no stage can fail silently.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reported(());

impl Errors {
    pub(crate) fn report(&mut self, error: syn::Error) -> Reported {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
        Reported(())
    }

    pub(crate) fn report_all(&mut self, mistakes: impl IntoIterator<Item = syn::Error>) -> Result<(), Reported> {
        mistakes.into_iter().map(|mistake| self.report(mistake)).last().map_or(Ok(()), Err)
    }

    /// One `compile_error!` for each mistake.
    pub(crate) fn into_compile_errors(self) -> Option<TokenStream> {
        self.0.map(syn::Error::into_compile_error)
    }
}
