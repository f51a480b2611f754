//! What the tests of a crate share, and which depends on that crate.

use health_runtime::{BuildError, Health};
use linking_cycle::{Pool, database};

/// The service over a pool of this many connections.
///
/// # Errors
///
/// Those of the wiring.
pub fn service(open: u32) -> Result<Health, BuildError> {
    Health::builder().version("1.0.0").state(Pool { open }).build()
}

/// The connections that the service tells of.
pub fn told(report: &health_runtime::Report) -> Option<u32> {
    Some(report.get::<database>()?.details()?.open)
}
