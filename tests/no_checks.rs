//! A program without any check says so, unless that is meant.

use health_runtime::{Health, Problem};

#[test]
fn a_program_without_checks_cannot_be_built_by_accident() {
    let error = Health::builder().version("1.0.0").build().unwrap_err();
    assert_eq!(error.problems(), [Problem::NoChecks]);
}

#[test]
fn a_program_without_checks_can_be_meant() {
    assert!(Health::builder().version("1.0.0").without_registered().build().is_ok());
}
