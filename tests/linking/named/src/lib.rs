//! Checks in a crate of which the program names something else.

extern crate linking_behind;

use health_runtime::health_check;

/// What the program names.
pub const VERSION: &str = "1.0.0";

/// Stands where other code could name it.
#[health_check(name = "named.root")]
pub async fn root() {}

mod module {
    #[health_runtime::health_check(name = "named.module")]
    async fn check() {}
}
