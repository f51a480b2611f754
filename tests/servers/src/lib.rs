//! Servers that the tests start, break and repair.

mod haproxy;
mod peers;
mod postgres;
mod process;
mod redis;
mod server;

pub use haproxy::HaProxy;
pub use peers::{NO_SUCH_HOST, Peer, closed_port};
pub use postgres::Postgres;
pub use redis::Redis;
pub use server::{DatabaseServer, Server};

/// The password in every connection string.
pub const PASSWORD: &str = "hunter2-in-no-answer-and-no-log";

/// The examples of the documents.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../../docs/blocked-runtime.md")]
    mod blocked_runtime {}
    #[doc = include_str!("../../../docs/coming-from-fastapi.md")]
    mod coming_from_fastapi {}
    #[doc = include_str!("../../../docs/drivers.md")]
    mod drivers {}
    #[doc = include_str!("../../../docs/monitoring.md")]
    mod monitoring {}
}
