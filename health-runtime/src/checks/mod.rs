//! Ready-made checks, each behind a feature of its own.
//!
//! A check is a function, for one line of an annotated function, and a value that implements
//! [`HealthCheck`](crate::HealthCheck). Both use the application's own client or pool.

// Each file uses only what this crate offers to everybody: a user could have written it.

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
