//! Checks in a crate that the program knows nothing of.

use health_runtime::health_check;

/// Stands where other code could name it.
#[health_check(name = "behind.root")]
pub async fn root() {}

mod module {
    #[health_runtime::health_check(name = "behind.module")]
    async fn check() {}
}
