//! A check as the engine gets it, wherever it came from.

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator};

use crate::check::CheckMeta;
use crate::context::{Answer, CheckContext, Function, Requirements, RunFuture, Runnable, States};
use crate::outcome::{Details, IntoOutcome};

/// A check made in code, for what is only known at run time.
///
/// # Examples
///
/// ```
/// use health_runtime::{Check, CheckMeta, Health};
///
/// # fn health(shards: Vec<String>) -> Result<Health, health_runtime::BuildError> {
/// let mut builder = Health::builder().version("1.0.0").without_registered();
/// for (number, shard) in shards.into_iter().enumerate() {
///     let meta = CheckMeta::new("shard").name(format!("shard-{number}")).critical(false);
///     builder = builder.add(Check::new(meta, move |_| {
///         let shard = shard.clone();
///         async move { tokio::net::TcpStream::connect(shard).await.map(drop) }
///     }));
/// }
/// builder.build()
/// # }
/// # assert!(health(vec!["127.0.0.1:1".to_owned()]).is_ok());
/// ```
pub struct Check {
    pub(crate) meta: CheckMeta,
    pub(crate) run: Arc<dyn Fn(CheckContext) -> RunFuture + Send + Sync>,
    pub(crate) requirements: Requirements,
    /// The type that other checks depend on.
    pub(crate) id: Option<TypeId>,
    /// The type of an annotated function, which may be linked or named more than once; `None` for a check made in code.
    pub(crate) annotated: Option<&'static str>,
    /// The schema of the details; none for `()`.
    pub(crate) details: DetailsSchema,
    /// The state of this check alone.
    pub(crate) states: States,
}

/// Adds the schema of a check's details to those of its document; none for `()`.
pub(crate) type DetailsSchema = fn(&mut SchemaGenerator) -> Option<Schema>;

impl Check {
    /// A check that calls a function or a closure.
    pub fn new<F, Fut, O>(meta: CheckMeta, function: F) -> Self
    where
        F: Fn(CheckContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = O> + Send + 'static,
        O: IntoOutcome,
    {
        let function = Arc::new(function);
        let run = move |cx| {
            let function = Arc::clone(&function);
            RunFuture::new(async move { Answer::new(function(cx).await) })
        };
        Self {
            meta,
            run: Arc::new(run),
            requirements: Requirements::default(),
            id: None,
            annotated: None,
            details: details_schema::<O::Details>,
            states: States::default(),
        }
    }

    /// The check of an annotated function.
    pub(crate) fn of<C: Runnable>() -> Self {
        let Function { requirements, run } = C::function();
        Self {
            meta: C::meta(),
            run,
            requirements,
            id: Some(TypeId::of::<C>()),
            annotated: Some(type_name::<C>()),
            details: details_schema::<C::Details>,
            states: States::default(),
        }
    }
}

fn details_schema<T: Details>(generator: &mut SchemaGenerator) -> Option<Schema> {
    (TypeId::of::<T>() != TypeId::of::<()>()).then(|| T::json_schema(generator))
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("meta", &self.meta).finish_non_exhaustive()
    }
}
