//! A check that panics, wherever it does, is `panicked`; its neighbours and the next run know nothing of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use health_runtime::{
    Check, CheckMeta, CheckStatus, Health, HealthBuilder, Probe, Reason, health_check, health_details,
};
use health_tests::on_every_runtime;
use tokio::sync::Semaphore;

/// Whether the checks are well by now.
type Healed = Arc<AtomicBool>;

fn builder(healed: &Healed) -> HealthBuilder {
    Health::builder()
        .version("1.0.0")
        .without_registered()
        .default_cache(Duration::ZERO)
        .state(Arc::clone(healed))
        .check::<neighbour>()
}

#[health_check]
async fn neighbour() {}

async fn panics_and_recovers(name: &str, check: impl FnOnce(HealthBuilder) -> HealthBuilder) {
    let healed = Healed::default();
    let health = check(builder(&healed)).build().unwrap();
    for _ in 0..2 {
        let report = health.probe(Probe::Ready).await;
        let check = report.check(name).unwrap();
        assert_eq!((check.status(), check.reason()), (CheckStatus::Error, Some(Reason::Panicked)));
        assert_eq!(check.message(), Some("check panicked, the cause is in the log"));
        assert_eq!(report.check("neighbour").unwrap().status(), CheckStatus::Ok);
    }
    healed.store(true, Ordering::SeqCst);
    assert!(health.probe(Probe::Ready).await.is_success());
}

#[tokio::test]
async fn in_the_synchronous_part() {
    #[health_check]
    async fn check(State(healed): State<Healed>) {
        assert!(healed.load(Ordering::SeqCst), "a secret");
    }
    panics_and_recovers("check", HealthBuilder::check::<check>).await;
}

#[tokio::test]
async fn after_an_await() {
    #[health_check]
    async fn check(State(healed): State<Healed>) {
        tokio::task::yield_now().await;
        assert!(healed.load(Ordering::SeqCst), "a secret");
    }
    panics_and_recovers("check", HealthBuilder::check::<check>).await;
}

#[tokio::test]
async fn with_a_payload_whose_destructor_panics_too() {
    struct Grenade;
    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("again");
        }
    }

    #[health_check]
    async fn check(State(healed): State<Healed>) {
        if !healed.load(Ordering::SeqCst) {
            std::panic::panic_any(Grenade);
        }
    }
    panics_and_recovers("check", HealthBuilder::check::<check>).await;
}

struct Trap(Healed);

impl Drop for Trap {
    fn drop(&mut self) {
        assert!(self.0.load(Ordering::SeqCst), "in drop");
    }
}

#[tokio::test]
async fn while_its_locals_are_dropped() {
    #[health_check]
    async fn check(State(healed): State<Healed>) {
        let _trap = Trap(healed);
        tokio::task::yield_now().await;
    }
    panics_and_recovers("check", HealthBuilder::check::<check>).await;
}

#[tokio::test]
async fn in_display_of_its_error() {
    #[derive(Debug)]
    struct Unprintable;
    impl fmt::Display for Unprintable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("in display")
        }
    }
    impl std::error::Error for Unprintable {}

    #[health_check]
    async fn check(State(healed): State<Healed>) -> Result<(), Unprintable> {
        if healed.load(Ordering::SeqCst) { Ok(()) } else { Err(Unprintable) }
    }
    panics_and_recovers("check", HealthBuilder::check::<check>).await;
}

#[tokio::test]
async fn while_its_details_are_serialised() {
    #[health_details]
    struct Details {
        #[serde(serialize_with = "fuse")]
        blown: bool,
    }
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
    fn fuse<S: serde::Serializer>(blown: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(!blown, "in serialize");
        serializer.serialize_bool(*blown)
    }

    #[health_check]
    async fn check(State(healed): State<Healed>) -> Result<Details, String> {
        Ok(Details { blown: !healed.load(Ordering::SeqCst) })
    }
    panics_and_recovers("check", HealthBuilder::check::<check>).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_destructor_of_a_run_that_timed_out_leaves_the_timeout_and_frees_the_check() {
    #[health_check(timeout = "1s")]
    async fn check(State(healed): State<Healed>) {
        let trap = Trap(healed);
        if !trap.0.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }

    let healed = Healed::default();
    let health = builder(&healed).check::<check>().build().unwrap();
    for _ in 0..2 {
        let report = health.probe(Probe::Ready).await;
        assert_eq!(report.check("check").unwrap().reason(), Some(Reason::Timeout));
        tokio::task::yield_now().await;
    }
    healed.store(true, Ordering::SeqCst);
    assert!(health.probe(Probe::Ready).await.is_success());
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("what a closure owns panics in drop");
    }
}

#[test]
fn a_panic_in_the_destructor_of_a_function_is_nobody_elses() {
    on_every_runtime(|| async {
        for is_running in [false, true] {
            let owned = PanicsInDrop;
            let gate = Arc::new(Semaphore::new(0));
            let entered = Arc::clone(&gate);
            let check = Check::new(CheckMeta::new("check"), move |_| {
                let _ = &owned;
                let gate = Arc::clone(&entered);
                async move { gate.acquire().await.map(drop) }
            });
            let health = Health::builder().version("1.0.0").without_registered().build().unwrap();
            health.register(check).unwrap();
            if is_running {
                let waiting = tokio::spawn({
                    let health = health.clone();
                    async move { health.probe(Probe::Ready).await }
                });
                tokio::task::yield_now().await;
                health.remove("check").unwrap();
                gate.add_permits(1);
                let _ = waiting.await.expect("an answer");
            } else {
                health.remove("check").unwrap();
            }
        }
    });
}
