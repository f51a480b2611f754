//! Ready-made checks, each behind a feature of its own.
//!
//! Each check is a function, to be called in an annotated function, and also a type that implements
//! [`HealthCheck`](crate::HealthCheck), to be added to the builder. Both use the application's own client or pool. Messages are fixed texts
//! without hosts and credentials.

// Each file uses only the public API of this crate: an application could contain it.

#[cfg(feature = "deadpool_redis_0_23")]
pub mod deadpool_redis_0_23;
#[cfg(any(feature = "redis_1", feature = "reqwest_0_13", feature = "sqlx_0_9", feature = "tcp"))]
mod network;
#[cfg(feature = "redis_1")]
pub mod redis_1;
#[cfg(feature = "redis_1")]
mod redis_replication;
#[cfg(feature = "reqwest_0_13")]
pub mod reqwest_0_13;
#[cfg(feature = "sea_orm_2")]
pub mod sea_orm_2;
#[cfg(feature = "sqlx_0_9")]
pub mod sqlx_0_9;
#[cfg(feature = "tcp")]
pub mod tcp;
