//! Checks that are linked twice into the tests of their own crate: as what is tested, and as what a helper of the tests
//! depends on.

use axum::extract::State;
use health_runtime::{Depends, Outcome, health_check, health_details};

/// A pool of connections.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "the helper of the tests makes one")]
pub struct Pool {
    /// Connections open.
    pub open: u32,
}

/// What the pool looks like.
#[health_details]
#[derive(Debug)]
#[non_exhaustive]
pub struct PoolStats {
    /// Connections open.
    pub open: u32,
}

/// The pool has connections.
#[health_check]
pub async fn database(State(pool): State<Pool>) -> Outcome<PoolStats> {
    Outcome::ok(PoolStats { open: pool.open })
}

/// Orders can be stored.
#[health_check]
pub async fn orders(database: Depends<database>) -> Outcome {
    if database.details().is_some() { Outcome::ok(()) } else { Outcome::error("a check of the other crate") }
}

#[cfg(test)]
mod tests {
    use health_runtime::{Health, Probe, Report};

    use super::*;

    async fn report(health: Health) -> Report {
        let report = health.probe(Probe::Ready).await;
        assert_eq!(report.checks().map(|(name, _)| name).collect::<Vec<_>>(), ["database", "orders"]);
        assert!(report.is_success(), "{report:?}");
        report
    }

    #[tokio::test]
    async fn checks_that_are_linked_twice_are_those_under_test() {
        let health = Health::builder().version("1.0.0").state(Pool { open: 4 }).build().unwrap();
        let report = report(health).await;
        assert_eq!(report.get::<database>().unwrap().details().unwrap().open, 4);
    }

    #[tokio::test]
    async fn checks_that_are_linked_twice_are_those_that_find_their_state() {
        let report = report(linking_cycle_support::service(4).unwrap()).await;
        assert_eq!(linking_cycle_support::told(&report), Some(4));
    }
}
