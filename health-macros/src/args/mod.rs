//! The table of arguments, from which the known words, the hint and the duplicate check follow.

mod argument;
mod blocking;
mod cache;
mod crate_path;
mod critical;
mod expose_errors;
mod failure_threshold;
mod interval;
mod name;
mod probes;
mod slow;
mod success_threshold;
mod tags;
mod timeout;
mod type_name;

use std::collections::HashSet;

use proc_macro2::TokenStream;
use syn::Error;

pub(crate) use argument::Argument;
use argument::Meta;
pub(crate) use blocking::Blocking;
use cache::Cache;
pub(crate) use crate_path::CratePath;
use critical::Critical;
use expose_errors::ExposeErrors;
use failure_threshold::FailureThreshold;
use interval::Interval;
pub(crate) use name::Name;
use probes::Probes;
use slow::Slow;
use success_threshold::SuccessThreshold;
use tags::Tags;
use timeout::Timeout;
pub(crate) use type_name::TypeName;

use crate::errors::{Errors, Reported};
use crate::hint;

/// All arguments of one attribute.
pub(crate) trait Arguments: Default {
    const KEYS: &'static [&'static str];

    fn set(&mut self, meta: &Meta) -> syn::Result<()>;

    /// The calls that carry the arguments into the check's `CheckMeta`.
    fn setters(&self) -> TokenStream;

    fn parse(tokens: TokenStream, errors: &mut Errors) -> Result<Self, Reported> {
        let mut args = Self::default();
        let mut seen = HashSet::new();
        let mut set = |meta: Meta| {
            let is_new = seen.insert(meta.word());
            if is_new { args.set(&meta) } else { Err(meta.error(&format!("duplicate argument `{}`", meta.word()))) }
        };
        let metas = Meta::parse_all(tokens, Self::KEYS);
        let mistakes: Vec<_> = metas.into_iter().filter_map(|meta| meta.and_then(&mut set).err()).collect();
        errors.report_all(mistakes)?;
        Ok(args)
    }
}

macro_rules! arguments {
    ($(#[$attr:meta])* $Args:ident { $($(#[$doc:meta])* $field:ident: $Argument:ty,)* }) => {
        $(#[$attr])*
        #[derive(Default)]
        pub(crate) struct $Args {
            $($(#[$doc])* pub(crate) $field: Option<$Argument>,)*
        }

        impl $crate::args::Arguments for $Args {
            const KEYS: &'static [&'static str] = &[$(<$Argument as Argument>::KEY),*];

            fn set(&mut self, meta: &Meta) -> syn::Result<()> {
                match meta.word().as_str() {
                    $(<$Argument as Argument>::KEY => self.$field = Some(Argument::from_meta(meta)?),)*
                    _ => return Err(unknown(meta, Self::KEYS)),
                }
                Ok(())
            }

            fn setters(&self) -> TokenStream {
                [$(self.$field.as_ref().and_then(Argument::setter)),*].into_iter().flatten().collect()
            }
        }
    };
}

arguments! {
    /// The arguments of `#[health_check]`.
    CheckArgs {
        /// What the check is called.
        name: Name,
        /// When a run is over.
        timeout: Timeout,
        /// The probes that count it.
        probes: Probes,
        /// Whether an error makes the report unhealthy.
        critical: Critical,
        /// How long an observation answers probes.
        cache: Cache,
        /// How often it runs by itself.
        interval: Interval,
        /// How many runs have to fail before the status does.
        failure_threshold: FailureThreshold,
        /// How many runs have to pass before an error is over.
        success_threshold: SuccessThreshold,
        /// From when on a success is degraded.
        slow: Slow,
        /// Labels to select by.
        tags: Tags,
        /// Whether the texts of its errors may leave the process.
        expose_errors: ExposeErrors,
        /// Whether it blocks, and gets a thread for that.
        blocking: Blocking,
        /// What the twin type is called.
        type_name: TypeName,
        /// Where the runtime is found.
        crate_path: CratePath,
    }
}

arguments! {
    /// The arguments of `#[health_details]`.
    DetailsArgs {
        /// Where the runtime is found.
        crate_path: CratePath,
    }
}

/// One argument alone, whatever is wrong with the others.
pub(crate) fn salvage<A: Argument>(tokens: TokenStream) -> Option<A> {
    let metas = Meta::parse_all(tokens, &[]).into_iter().flatten();
    metas.filter(|meta| meta.word() == A::KEY).find_map(|meta| A::from_meta(&meta).ok())
}

/// Whether an argument is meant, however it is written: what follows from it is no mistake more.
pub(crate) fn means<A: Argument>(tokens: TokenStream) -> bool {
    let mut metas = Meta::parse_all(tokens, &[]).into_iter().flatten();
    metas.any(|meta| hint::nearest(&meta.word(), CheckArgs::KEYS) == Some(A::KEY))
}

fn unknown(meta: &Meta, known: &[&str]) -> Error {
    let word = meta.word();
    let advice = match hint::nearest(&word, known) {
        Some(nearest) => format!("help: did you mean `{nearest}`?"),
        None => argument::note(known),
    };
    meta.error(&format!("unknown argument `{word}`\n{advice}"))
}
