//! Every mistake in the wiring is reported at once, with the place of the check that it is about.

use std::time::Duration;

use axum::extract::State;
use expect_test::expect;
use health_runtime::{Check, CheckMeta, Endpoint, Health, HealthBuilder, Problem, health_check};

#[derive(Clone)]
struct Pool;

#[health_check(name = "db")]
async fn database(State(_): State<Pool>, State(_): State<u16>) {}

mod elsewhere {
    use health_runtime::health_check;

    #[health_check(name = "db")]
    pub(super) async fn database() {}
}

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

#[test]
fn all_mistakes_are_told_at_once_with_places_and_what_to_write() {
    let error = Health::builder()
        .without_registered()
        .state(7_u32)
        .state(8_u32)
        .default_timeout(Duration::ZERO)
        .check::<database>()
        .check::<elsewhere::database>()
        .require(["redis"])
        .path(Endpoint::Live, "/ready")
        .path(Endpoint::Startup, "/a b")
        .build()
        .unwrap_err();
    expect![[r#"
        the health endpoints cannot be built, for 9 reasons
        - two values of type `u32` were given as state
          help: remove one, or wrap each in a type of its own
        - the application's version is missing
          help: add `.version(env!("CARGO_PKG_VERSION"))` to the builder
        - the default timeout must be longer than zero
          help: write `.default_timeout(Duration::from_secs(5))`, or remove the call
        - two checks have the same name: `db` at tests/build_errors.rs:13, and `db` at tests/build_errors.rs:19
          help: rename one of them with `name = "..."`, or in its settings
        - required check `redis` is not registered
          help: a crate that no code mentions is not linked; write `use that_crate as _;`
        - check `db` at tests/build_errors.rs:13 takes `State<build_errors::Pool>`, which was not given to the builder
          help: add `.state(...)` with a value of this type to the builder, or `.substate::<Parts, Pool>()` if it is a part of another state
        - check `db` at tests/build_errors.rs:13 takes `State<u16>`, which was not given to the builder
          help: add `.state(...)` with a value of this type to the builder, or `.substate::<Parts, u16>()` if it is a part of another state
        - two routes have the path `/ready`
          help: give each route a path of its own
        - `/a b` cannot be the path of a route
          help: write a path like `/ready`, which starts with `/`, does not end with `/`, and has no parameters"#]]
    .assert_eq(&error.to_string());
}

#[test]
fn one_mistake_is_one_sentence() {
    let error = builder().check::<database>().state(Pool).build().unwrap_err();
    expect![[r"
        the health endpoints cannot be built: check `db` at tests/build_errors.rs:13 takes `State<u16>`, which was not given to the builder
          help: add `.state(...)` with a value of this type to the builder, or `.substate::<Parts, u16>()` if it is a part of another state"]].assert_eq(&error.to_string());
    let [Problem::MissingState { check, .. }] = error.problems() else { panic!("{error}") };
    assert_eq!((check.name(), check.location().file()), ("db", file!()));
}

#[test]
fn settings_made_in_code_follow_the_rules_of_the_attribute() {
    let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
    let check = |meta: CheckMeta| Check::new(meta, |_| async {});
    let meta = || CheckMeta::new("db").with_timeout(second);
    for (meta, rule) in [
        (CheckMeta::new("DB"), "a name is 1 to 63 of `a-z`, `0-9`, `_`, `-` and `.`, and starts with a letter"),
        (meta().with_timeout(Duration::ZERO), "`timeout` must be longer than zero"),
        (meta().with_interval(Duration::ZERO), "`interval` must be longer than zero"),
        (meta().with_slow(Duration::ZERO), "`slow` must be longer than zero"),
        (meta().with_slow(second), "`slow` must be shorter than `timeout`"),
        (meta().with_slow(minute), "`slow` must be shorter than `timeout`"),
        (
            meta().with_interval(minute).with_cache(second),
            "`interval` and `cache` exclude each other: the schedule already limits the age of a result",
        ),
        (meta().with_failure_threshold(0), "a threshold must be at least 1"),
        (meta().with_probes(&[]), "no probe includes the check"),
    ] {
        let error = builder().add(check(meta)).build().unwrap_err().to_string();
        assert!(error.ends_with(&format!(" has an invalid setting: {rule}")), "{error}");
    }
    assert!(builder().add(check(meta().with_slow(Duration::from_millis(999)))).build().is_ok());
}

#[test]
fn a_main_that_returns_the_error_prints_the_same_text() {
    let error = builder().require(["redis"]).build().unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn a_route_must_not_hide_one_of_another_route() {
    for (endpoint, path) in [
        (Endpoint::Live, "/ready/live"),
        (Endpoint::Status, "/schemas/status"),
        (Endpoint::OpenApi, "/startup/openapi.json"),
    ] {
        let error = builder().path(endpoint, path).build().unwrap_err();
        assert!(matches!(error.problems(), [Problem::HiddenPath { .. }]), "{error}");
    }
    let error = builder().path(Endpoint::Ready, "/:ready").build().unwrap_err();
    assert!(matches!(error.problems(), [Problem::InvalidPath { .. }]), "{error}");
    assert!(builder().path(Endpoint::Live, "/openapi.json/live").base_path("/ready").build().is_ok());
}

#[test]
fn two_checks_made_in_one_line_are_two() {
    let mut builder = builder();
    for answer in [Ok(()), Err("down")] {
        builder = builder.add(Check::new(CheckMeta::new("db"), move |_| async move { answer }));
    }
    let error = builder.build().unwrap_err();
    assert!(matches!(error.problems(), [Problem::DuplicateName { .. }]), "{error}");
    let mut builder = self::builder().state(Pool).state(7_u16);
    for _ in 0..2 {
        builder = builder.instance::<database>("replica", |instance| instance);
    }
    let error = builder.build().unwrap_err();
    assert!(matches!(error.problems(), [Problem::DuplicateName { .. }]), "{error}");
}

#[test]
fn one_annotated_check_that_is_named_twice_is_one() {
    let health = builder().state(Pool).state(7_u16).check::<database>().check::<database>().build();
    assert!(health.is_ok(), "{health:?}");
}

#[test]
fn limits_that_would_restart_or_refuse_everything_are_mistakes() {
    let mistake = |builder: HealthBuilder| builder.build().unwrap_err().to_string();
    let second = Duration::from_secs(1);
    let limits = "the limit for `degraded` must be at least 200ms, and that for `error` not shorter";
    for (degraded, error) in [(second, second / 2), (second / 10, second), (Duration::ZERO, Duration::ZERO)] {
        let text = mistake(builder().event_loop_limits(degraded, error));
        assert!(text.contains(limits) && text.contains("`event_loop` at tests/build_errors.rs:"), "{text}");
    }
    let text = mistake(builder().saturation(0));
    assert!(text.contains("the limit must be at least 1"), "{text}");
    let text = mistake(builder().saturation_error_after(second));
    assert!(text.contains("`saturation_error_after` has no effect without `saturation(limit)`"), "{text}");
}
