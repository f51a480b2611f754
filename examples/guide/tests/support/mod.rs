//! The program under test.

use std::process::Command;

/// The guide, with these servers and without what else the environment says.
pub(crate) fn guide(database: &str, redis: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guide"));
    command.env("DATABASE_URL", database).env("REDIS_URL", redis);
    for name in ["HOST", "PORT", "OWN_PORT", "ALLOW_BLOCKING", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}
