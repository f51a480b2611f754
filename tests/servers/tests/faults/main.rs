//! The table: a module per ready-made check, a test per fault.

// Named like the file of the check in `health-runtime/src/checks`, and what it is used with.
mod deadpool_redis_0_23;
mod redis_1_manager;
mod redis_1_multiplexed;
mod reqwest_0_13;
mod scenarios;
mod sea_orm_2_postgres;
mod sea_orm_2_sqlite;
mod sqlx_0_9_postgres;
mod sqlx_0_9_sqlite;
mod table;
mod tcp;

/// A row of the table, with the faults that cannot happen to the check, each with its reason.
type Row = (&'static str, &'static [(&'static str, &'static str)]);

const ROWS: &[Row] = &[
    ("sqlx_0_9_postgres", sqlx_0_9_postgres::NOT_APPLICABLE),
    ("sqlx_0_9_sqlite", sqlx_0_9_sqlite::NOT_APPLICABLE),
    ("redis_1_multiplexed", redis_1_multiplexed::NOT_APPLICABLE),
    ("redis_1_manager", redis_1_manager::NOT_APPLICABLE),
    ("deadpool_redis_0_23", deadpool_redis_0_23::NOT_APPLICABLE),
    ("sea_orm_2_postgres", sea_orm_2_postgres::NOT_APPLICABLE),
    ("sea_orm_2_sqlite", sea_orm_2_sqlite::NOT_APPLICABLE),
    ("tcp", tcp::NOT_APPLICABLE),
    ("reqwest_0_13", reqwest_0_13::NOT_APPLICABLE),
];

/// The columns of the table.
const FAULTS: &[&str] = &[
    "healthy",
    "killed",
    "hung",
    "login_refused",
    "exhausted",
    "full",
    "restarted",
    "black_hole",
    "reset",
    "never_started",
    "no_such_host",
];
