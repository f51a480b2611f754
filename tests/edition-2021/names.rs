//! Names that later editions have taken.

use health_runtime::{Health, Probe, health_check};

#[health_check]
async fn gen() {}

#[tokio::test]
async fn a_check_is_named_by_the_words_of_its_own_edition() {
    let health = Health::builder().version("1.0.0").check::<gen>().build().unwrap();
    let report = health.probe(Probe::Ready).await;
    assert!(report.get::<gen>().is_some(), "{report:?}");
}
