//! A program without any check says so, unless that is meant.

use health_runtime::{Health, Problem};

#[test]
fn a_program_without_checks_cannot_be_built_by_accident() {
    let builder = || Health::builder().version("1.0.0");
    for builder in [builder(), builder().event_loop().saturation(100)] {
        assert_eq!(builder.build().unwrap_err().problems(), [Problem::NoChecks]);
    }
}

#[test]
fn a_program_without_checks_can_be_meant() {
    assert!(Health::builder().version("1.0.0").without_registered().build().is_ok());
}
