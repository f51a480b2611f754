//! What generated code may name; no part of the public interface, and free to change with the macros.

pub use std::cfg;
pub use std::time::Duration;

pub use inventory;
pub use schemars;
pub use serde;

pub use crate::__check as check;
pub use crate::check::{CheckMeta, HealthCheck};
pub use crate::context::{
    Callable, CheckContext, Function, Gives, Parameter, RunFuture, Runnable, call, call_blocking, nothing, parameter,
};
pub use crate::probe::Probe;
pub use crate::registry::Registration;

/// What makes a type a check, and registers it: `check!`.
///
/// A macro by example, which the compiler fills in by itself: a procedural macro that wrote the same is code that is built
/// without optimisation.
#[doc(hidden)]
#[macro_export]
macro_rules! __check {
    (
        $twin:ident = $call:ident($function:expr, fn($($parameter:ty),*) -> $output:ty);
        { $($details:tt)* }
        $meta:expr
    ) => {
        #[allow(deprecated, unused_qualifications, reason = "said where the function names the same")]
        impl $crate::__private::HealthCheck for $twin {
            $($details)*

            fn meta() -> $crate::__private::CheckMeta {
                use $crate::__private as __rt;
                $meta
            }
        }

        #[allow(deprecated, unused_qualifications, reason = "said where the function names the same")]
        impl $crate::__private::Runnable for $twin {
            fn function() -> $crate::__private::Function {
                $crate::__private::$call::<$twin, $output, _, _>(
                    ($($crate::__private::parameter::<$parameter>(),)*),
                    $function,
                )
            }
        }

        $crate::__private::inventory::submit! {
            $crate::__private::Registration::of::<$twin>($crate::__private::cfg!(test))
        }
    };
}
