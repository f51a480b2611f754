//! The program under test.

use std::process::Command;

/// The guide, with these servers and without what else the environment says.
pub(crate) fn guide(database: &str, redis: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guide"));
    command.env("DATABASE_URL", database).env("REDIS_URL", redis);
    command.env_remove("HOST").env_remove("PORT").env_remove("RUST_LOG");
    command
}
