//! The parameters of a check function, from their types to its call.

use std::error::Error;

use super::{CheckContext, FromCheckContext, Requirements};

pub(super) type Made<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What one parameter needs, and how its value is made.
///
/// A value that asks nothing more of `P`: only where generated code makes it, at the user's own type, can `P` be wrong.
#[derive(Debug)]
pub struct Parameter<P> {
    requirements: fn(&mut Requirements),
    make: fn(&CheckContext) -> Made<P>,
}

/// The parameter of this type.
pub fn parameter<P: FromCheckContext>() -> Parameter<P> {
    Parameter { requirements: P::requirements, make: P::from_check_context }
}

// A derived one would ask it of `P`.
impl<P> Clone for Parameter<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Parameter<P> {}

/// A function that takes these parameters.
///
/// Implemented for the functions themselves: a closure around each of them would be one more body for the compiler to check.
pub trait Callable<P>: Copy + Send + Sync + 'static {
    /// What the function returns.
    type Output;

    /// Adds what the parameters need.
    fn require(parameters: P, requirements: &mut Requirements);

    /// Calls the function with the values of its parameters.
    ///
    /// # Errors
    ///
    /// Those of the parameters.
    fn call(self, parameters: P, cx: &CheckContext) -> Made<Self::Output>;
}

impl<F, Output> Callable<()> for F
where
    F: Fn() -> Output + Copy + Send + Sync + 'static,
{
    type Output = Output;

    fn require((): (), _: &mut Requirements) {}

    fn call(self, (): (), _: &CheckContext) -> Made<Output> {
        Ok(self())
    }
}

macro_rules! tuples {
    () => {};
    ($first:ident $($rest:ident)*) => {
        tuple!($first $($rest)*);
        tuples!($($rest)*);
    };
}

macro_rules! tuple {
    ($($P:ident)+) => {
        #[expect(non_snake_case, reason = "a parameter is named like its type")]
        impl<F, Output, $($P),+> Callable<($(Parameter<$P>,)+)> for F
        where
            F: Fn($($P),+) -> Output + Copy + Send + Sync + 'static,
        {
            type Output = Output;

            fn require(($($P,)+): ($(Parameter<$P>,)+), requirements: &mut Requirements) {
                $(($P.requirements)(requirements);)+
            }

            fn call(self, ($($P,)+): ($(Parameter<$P>,)+), cx: &CheckContext) -> Made<Output> {
                Ok(self($(($P.make)(cx)?),+))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($P: FromCheckContext),+> FromCheckContext for ($($P,)+) {
            fn from_check_context(cx: &CheckContext) -> Made<Self> {
                Ok(($($P::from_check_context(cx)?,)+))
            }

            fn requirements(requirements: &mut Requirements) {
                $($P::requirements(requirements);)+
            }
        }
    };
}

tuples!(P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 P15 P16);
