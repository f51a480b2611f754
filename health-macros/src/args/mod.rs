//! The table of arguments. The list of known arguments, the hints and the check for duplicates follow from it.

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
        /// The name of the check.
        name: Name,
        /// The longest that a run may take.
        timeout: Timeout,
        /// The probes that include the check.
        probes: Probes,
        /// Whether an error makes the report unhealthy.
        critical: Critical,
        /// How long a result is reused.
        cache: Cache,
        /// The time between two runs of the schedule.
        interval: Interval,
        /// Consecutive failures before the status becomes an error.
        failure_threshold: FailureThreshold,
        /// Consecutive successes before an error is cleared.
        success_threshold: SuccessThreshold,
        /// Successful runs that take longer are degraded.
        slow: Slow,
        /// Labels to select by.
        tags: Tags,
        /// Whether clients may see its error text.
        expose_errors: ExposeErrors,
        /// Whether the function blocks its thread.
        blocking: Blocking,
        /// The name of the twin type.
        type_name: TypeName,
        /// The path of the runtime.
        crate_path: CratePath,
    }
}

arguments! {
    /// The arguments of `#[health_details]`.
    DetailsArgs {
        /// The path of the runtime.
        crate_path: CratePath,
    }
}

/// One argument, even if others are wrong.
pub(crate) fn salvage<A: Argument>(tokens: TokenStream) -> Option<A> {
    let metas = Meta::parse_all(tokens, &[]).into_iter().flatten();
    metas.filter(|meta| meta.word() == A::KEY).find_map(|meta| A::from_meta(&meta).ok())
}

/// Whether an argument is present, even if it is misspelt or malformed. Its consequences are then not reported as mistakes.
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
