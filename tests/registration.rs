//! Annotated functions are found wherever they stand, and a lost one is noticed.

use health_runtime::{Health, Probe, health_check};
use health_tests::checks;

mod orders {
    pub(crate) mod storage {
        use health_runtime::health_check;

        #[health_check(name = "in-a-private-module")]
        async fn check() {}

        #[health_check(name = "nameable")]
        pub(crate) async fn nameable() {}
    }
}

#[health_check]
async fn at_the_root() {}

fn names(report: &health_runtime::Report) -> Vec<&str> {
    report.checks().map(|(name, _)| name).collect()
}

const ALL: [&str; 4] = ["at_the_root", "from-another-crate", "in-a-private-module", "nameable"];

#[tokio::test]
async fn checks_are_found_across_modules_and_crates() {
    let health = Health::builder().version("1.0.0").require(ALL).build().unwrap();
    assert_eq!(names(&health.probe(Probe::Ready).await), ALL);
}

#[tokio::test]
async fn naming_a_linked_check_does_not_make_it_two() {
    let health = Health::builder().version("1.0.0").check::<at_the_root>().check::<checks::linked>().build().unwrap();
    assert_eq!(names(&health.probe(Probe::Ready).await), ALL);
}

#[tokio::test]
async fn without_the_registered_ones_only_the_named_checks_are_there() {
    let health = Health::builder()
        .version("1.0.0")
        .without_registered()
        .check::<orders::storage::nameable>()
        .check::<orders::storage::nameable>()
        .build()
        .unwrap();
    assert_eq!(names(&health.probe(Probe::Ready).await), ["nameable"]);
}

#[test]
fn a_lost_check_is_noticed() {
    let error = Health::builder().version("1.0.0").require(["at_the_root", "lost", "gone"]).build().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("required check `lost` is not registered"), "{text}");
    assert!(text.contains("required check `gone` is not registered"), "{text}");
    assert_eq!(error.problems().len(), 2);
}
