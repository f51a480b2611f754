//! A check in a crate that the tests depend on.

use health_runtime::health_check;

/// A neighbour from another crate.
#[health_check(name = "from-another-crate")]
pub async fn linked() {}
