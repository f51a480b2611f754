//! Checks in a crate that the program names with `use linking_used as _;`.

use health_runtime::health_check;

/// Stands where other code could name it.
#[health_check(name = "used.root")]
pub async fn root() {}

mod module {
    #[health_runtime::health_check(name = "used.module")]
    async fn check() {}
}
