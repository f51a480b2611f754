//! The parameters of a check function, from their types to its call.

use super::call::BoxError;
use super::{CheckContext, FromCheckContext, Requirements};

/// The requirements of one parameter, and the function that makes its value.
///
/// Deliberately without a bound on `P`: an unsuitable `P` is then reported once, at the user's type.
#[derive(Debug)]
pub struct Parameter<P> {
    requirements: fn(&mut Requirements),
    make: fn(&CheckContext) -> Result<P, BoxError>,
}

/// The parameter of this type.
pub fn parameter<P: FromCheckContext>() -> Parameter<P> {
    Parameter { requirements: P::requirements, make: P::from_check_context }
}

// A derived one would require `P: Clone`.
impl<P> Clone for Parameter<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Parameter<P> {}

/// The parameters of one function, as a tuple.
pub trait Parameters: Copy + Send + Sync + 'static {
    /// Adds their requirements.
    fn require(self, requirements: &mut Requirements);
}

impl Parameters for () {
    fn require(self, _: &mut Requirements) {}
}

/// A function that takes these parameters.
///
/// Implemented for functions, so that generated code needs no closures, which the compiler would have to check.
pub trait Callable<P>: Copy + Send + Sync + 'static {
    /// What the function returns.
    type Output;

    /// Calls the function with the values of its parameters.
    ///
    /// # Errors
    ///
    /// Those of the parameters.
    fn call(self, parameters: P, cx: &CheckContext) -> Result<Self::Output, BoxError>;
}

impl<F: Fn() -> Output + Copy + Send + Sync + 'static, Output> Callable<()> for F {
    type Output = Output;

    fn call(self, (): (), _: &CheckContext) -> Result<Output, BoxError> {
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
        impl<$($P: 'static),+> Parameters for ($(Parameter<$P>,)+) {
            fn require(self, requirements: &mut Requirements) {
                let ($($P,)+) = self;
                $(($P.requirements)(requirements);)+
            }
        }

        #[expect(non_snake_case, reason = "a parameter is named like its type")]
        impl<F, Output, $($P),+> Callable<($(Parameter<$P>,)+)> for F
        where
            F: Fn($($P),+) -> Output + Copy + Send + Sync + 'static,
        {
            type Output = Output;

            fn call(self, ($($P,)+): ($(Parameter<$P>,)+), cx: &CheckContext) -> Result<Output, BoxError> {
                Ok(self($(($P.make)(cx)?),+))
            }
        }
    };
}

tuples!(P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 P15 P16);
