//! What the environment says. An error names the variable and not its value, which may hold a password.

use std::env::{self, VarError};
use std::time::Duration;

use deadpool_redis::{Pool, PoolConfig, Runtime, Timeouts};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// How long a request waits for a free connection.
const WAIT: Duration = Duration::from_secs(5);

pub(crate) struct Settings {
    pub(crate) address: (String, u16),
    /// The port for probes.
    pub(crate) own_port: Option<u16>,
    pub(crate) allows_blocking: bool,
    pub(crate) database: PgPool,
    pub(crate) redis: Pool,
}

impl Settings {
    /// Reads all variables. No connection is opened yet.
    pub(crate) fn from_env() -> Result<Self, String> {
        let host = variable("HOST", Some("127.0.0.1"), "127.0.0.1", host)?;
        let port = variable("PORT", Some("8080"), "8080", |port| port.parse().ok())?;
        let own_port = env::var_os("OWN_PORT").map(|_| variable("OWN_PORT", None, "9090", |port| port.parse().ok()));
        Ok(Self {
            address: (host, port),
            own_port: own_port.transpose()?,
            allows_blocking: env::var_os("ALLOW_BLOCKING").is_some_and(|value| value == "1"),
            database: variable("DATABASE_URL", None, "postgresql://user:password@host:port/db", database)?,
            redis: variable("REDIS_URL", None, "redis://user:password@host:port", redis)?,
        })
    }
}

fn variable<T>(
    name: &str,
    default: Option<&str>,
    example: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, String> {
    let value = match (env::var(name), default) {
        (Err(VarError::NotPresent), None) => return Err(format!("{name} is not set; it looks like {example}")),
        (Err(VarError::NotPresent), Some(default)) => Some(default.to_owned()),
        (value, _) => value.ok(),
    };
    value.as_deref().and_then(parse).ok_or_else(|| format!("{name} is malformed; it looks like {example}"))
}

fn host(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| without_brackets(text).to_owned())
}

/// An address of IPv6 stands in brackets in a URL, and nowhere else.
fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn database(url: &str) -> Option<PgPool> {
    // sqlx does not look at the scheme, and keeps the brackets.
    let is_postgres = url.starts_with("postgresql://") || url.starts_with("postgres://");
    let options = is_postgres.then(|| url.parse::<PgConnectOptions>().ok())??;
    let host = without_brackets(options.get_host()).to_owned();
    let pool = PgPoolOptions::new().max_connections(5).acquire_timeout(WAIT);
    Some(pool.connect_lazy_with(options.host(&host)))
}

fn redis(url: &str) -> Option<Pool> {
    let mut config = deadpool_redis::Config::from_url(url);
    let timeouts = Timeouts { wait: Some(WAIT), ..Timeouts::new() };
    config.pool = Some(PoolConfig { timeouts, ..PoolConfig::new(5) });
    config.create_pool(Some(Runtime::Tokio1)).ok()
}
