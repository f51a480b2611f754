//! The result of a check function, in the application's types.

use std::any::Any;
use std::error::Error;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::mask::{mask, source_chain};

/// The details of a check: any `Serialize + JsonSchema + Send + Sync + 'static` type.
///
/// Implemented for all such types. Put [`#[health_details]`](macro@crate::health_details) on a struct or an enum to derive both traits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the details of a health check",
    note = "put `#[health_details]` on the type, or derive serde's `Serialize` and schemars' `JsonSchema`"
)]
pub trait Details: Send + Sync + 'static {
    #[doc(hidden)]
    fn as_any(&self, _: Sealed) -> &dyn Any;

    #[doc(hidden)]
    fn as_serialize(&self, _: Sealed) -> &dyn erased_serde::Serialize;

    #[doc(hidden)]
    fn json_schema(generator: &mut SchemaGenerator, _: Sealed) -> Schema
    where
        Self: Sized;
}

/// Prevents other implementations of [`Details`].
#[derive(Debug)]
#[expect(unnameable_types, reason = "only this crate may name it")]
pub struct Sealed;

// Without supertraits and recommendation, the compiler prints the message above once, and not one error for each missing
// derive.
#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema + Send + Sync + 'static> Details for T {
    fn as_any(&self, _: Sealed) -> &dyn Any {
        self
    }

    // One copy of the type's `serialize` for all that is done with it.
    fn as_serialize(&self, _: Sealed) -> &dyn erased_serde::Serialize {
        self
    }

    fn json_schema(generator: &mut SchemaGenerator, _: Sealed) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// The status of a check, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "three statuses are what clients of the wire format rely on")]
pub enum CheckStatus {
    /// The dependency works.
    Ok,
    /// The dependency works but needs attention.
    Degraded,
    /// The dependency does not work.
    Error,
}

impl CheckStatus {
    /// The name of the status in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for CheckStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Result of a check that needs more than success or failure: a status, a message and details.
///
/// Messages are public: reports contain them. The error text of an `Err` or a [cause](Self::with_cause) is only logged.
///
/// # Examples
///
/// ```
/// use health_runtime::Outcome;
///
/// fn judge(free: u64) -> Outcome<u64> {
///     match free {
///         0 => Outcome::error("no space left").with_details(free),
///         1..100 => Outcome::degraded("nearly full").with_details(free),
///         _ => Outcome::ok(free),
///     }
/// }
/// # assert_ne!(judge(1).status(), judge(1000).status());
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Outcome<T = ()> {
    pub(crate) status: CheckStatus,
    pub(crate) message: Option<String>,
    /// The error behind the message, with its sources.
    pub(crate) cause: Option<String>,
    pub(crate) details: Option<T>,
}

impl<T> Outcome<T> {
    /// The dependency works. Use `Outcome::ok(())` for no details.
    pub fn ok(details: T) -> Self {
        Self { status: CheckStatus::Ok, message: None, cause: None, details: Some(details) }
    }

    /// The dependency works but needs attention. The message is public.
    pub fn degraded(message: impl Into<String>) -> Self {
        Self { status: CheckStatus::Degraded, message: Some(message.into()), cause: None, details: None }
    }

    /// The dependency does not work. The message is public.
    pub fn error(message: impl Into<String>) -> Self {
        Self { status: CheckStatus::Error, message: Some(message.into()), cause: None, details: None }
    }

    /// Sets the details.
    pub fn with_details(self, details: T) -> Self {
        Self { details: Some(details), ..self }
    }

    /// Converts the details, if there are any; status and message are kept.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        Outcome { status: self.status, message: self.message, cause: self.cause, details: self.details.map(change) }
    }

    /// Attaches the error behind the message. Its text and those of its sources are masked and logged. Clients get them only if
    /// `expose_errors` allows it. Ignored if the outcome is `ok`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    ///
    /// use health_runtime::{Outcome, health_check};
    ///
    /// #[health_check]
    /// async fn mail() -> Outcome {
    ///     match tokio::net::TcpStream::connect("mail.internal:25").await {
    ///         Ok(_) => Outcome::ok(()),
    ///         Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
    ///             Outcome::error("the mail server refused the connection").with_cause(error)
    ///         }
    ///         Err(error) => Outcome::error("the mail server cannot be reached").with_cause(error),
    ///     }
    /// }
    /// ```
    pub fn with_cause(self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let cause = self.message.as_ref().map(|_| source_chain(&*cause.into()));
        Self { cause, ..self }
    }

    /// The status.
    pub fn status(&self) -> CheckStatus {
        self.status
    }

    /// The public message; `None` if the status is `ok`.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The details, if there are any.
    pub fn details(&self) -> Option<&T> {
        self.details.as_ref()
    }

    /// The details by value, if there are any.
    pub fn into_details(self) -> Option<T> {
        self.details
    }
}

/// Masks credentials in the cause.
impl<T: fmt::Debug> fmt::Debug for Outcome<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, message, cause, details } = self;
        let mut outcome = f.debug_struct("Outcome");
        outcome.field("status", status).field("message", message).field("cause", &cause.as_deref().map(mask));
        outcome.field("details", details).finish()
    }
}

/// A type that a check function can return.
///
/// Implemented for `()`, [`Outcome<T>`], `Result<T, E>` and `Result<Outcome<T>, E>`, with any [`Details`] as `T` and
/// any error as `E` that converts into `Box<dyn Error + Send + Sync>`.
#[diagnostic::on_unimplemented(
    message = "a health check cannot return `{Self}`",
    note = "return `()`, `Outcome<T>`, or `Result<T, E>` with an error that converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait IntoOutcome {
    /// The type of the details, `()` for none.
    type Details: Details;

    /// Converts the return value into an outcome.
    ///
    /// # Errors
    ///
    /// The error of the function. Reports do not contain its text.
    fn into_outcome(self) -> Result<Outcome<Self::Details>, Box<dyn Error + Send + Sync>>;
}

impl IntoOutcome for () {
    type Details = ();

    fn into_outcome(self) -> Result<Outcome, Box<dyn Error + Send + Sync>> {
        Ok(Outcome::ok(()))
    }
}

impl<T: Details> IntoOutcome for Outcome<T> {
    type Details = T;

    fn into_outcome(self) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(self)
    }
}

impl<T: Details, E: Into<Box<dyn Error + Send + Sync>>> IntoOutcome for Result<T, E> {
    type Details = T;

    fn into_outcome(self) -> Result<Outcome<T>, Box<dyn Error + Send + Sync>> {
        self.map(Outcome::ok).map_err(Into::into)
    }
}

impl<T: Details, E: Into<Box<dyn Error + Send + Sync>>> IntoOutcome for Result<Outcome<T>, E> {
    type Details = T;

    fn into_outcome(self) -> Result<Outcome<T>, Box<dyn Error + Send + Sync>> {
        self.map_err(Into::into)
    }
}
