//! Checks in a crate that the program depends on, and never names.

use health_runtime::health_check;

/// Stands where other code could name it.
#[health_check(name = "unmentioned.root")]
pub async fn root() {}

mod module {
    #[health_runtime::health_check(name = "unmentioned.module")]
    async fn check() {}
}
