//! Checks as values: types with settings of their own are to the framework what annotated functions are.

use std::thread;
use std::time::Duration;

use axum::extract::{FromRef, State};
use health_runtime::testing::{Script, Step};
use health_runtime::{
    Check, CheckContext, CheckMeta, CheckStatus, Depends, FromCheckContext as _, Health, HealthBuilder, HealthCheck,
    Outcome, Probe, Problem, Reason, Requirements, Run, health_check, health_details,
};

#[health_details]
#[derive(Debug, Clone, PartialEq)]
struct Usage {
    used: u64,
}

/// A quota with a limit of its own.
struct Quota {
    name: &'static str,
    used: u64,
    limit: u64,
}

impl HealthCheck for Quota {
    type Details = Usage;

    fn meta(&self) -> CheckMeta {
        CheckMeta::new(self.name).with_description("The quota is not used up.").with_tags(["quota"])
    }

    fn run(&self, _: CheckContext) -> Run<Usage> {
        let (used, limit) = (self.used, self.limit);
        Run::new(async move {
            let usage = Usage { used };
            if used < limit { Outcome::ok(usage) } else { Outcome::error("the quota is used up").with_details(usage) }
        })
    }
}

fn quota(name: &'static str, used: u64) -> Quota {
    Quota { name, used, limit: 10 }
}

#[health_check(name = "upload")]
async fn upload(quota: Depends<Quota>) -> Outcome<Usage> {
    let used = quota.details().map_or(0, |usage| usage.used);
    match quota.status() {
        CheckStatus::Ok => Outcome::ok(Usage { used }),
        _ => Outcome::error("nothing can be uploaded").with_details(Usage { used }),
    }
}

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

#[tokio::test]
async fn a_value_is_found_by_its_type_by_dependents_reports_and_documents() {
    let health = builder().add(quota("quota", 3)).check::<upload>().build().unwrap();

    let report = health.probe(Probe::Ready).await;
    assert_eq!(report.get::<Quota>().unwrap().details(), Some(&Usage { used: 3 }));
    assert_eq!(report.get::<upload>().unwrap().details(), Some(&Usage { used: 3 }));
    assert_eq!(&*health.name_of::<Quota>().unwrap(), "quota");
    let schema = health.schema("Check.quota").unwrap();
    assert_eq!(schema["description"], "The quota is not used up.");
    assert_eq!(schema["properties"]["details"]["$ref"], "#/$defs/Usage");
}

#[tokio::test]
async fn two_values_of_one_type_are_two_checks_and_the_type_alone_means_neither() {
    let two = || builder().add(quota("first", 3)).add(quota("second", 30));
    let health = two().build().unwrap();

    let report = health.probe(Probe::Ready).await;
    assert_eq!(report.check("first").unwrap().status(), CheckStatus::Ok);
    assert_eq!(report.check("second").unwrap().status(), CheckStatus::Error);
    assert!(report.get::<Quota>().is_none());
    let error = health.name_of::<Quota>().unwrap_err();
    assert_eq!(error.to_string(), "2 checks have the type `values::Quota`");

    let error = two().check::<upload>().expects::<Quota>().configure::<Quota>(|meta| meta).build().unwrap_err();
    assert_eq!(error.problems().len(), 3, "{error}");
    for call in ["`.configure::<Quota>()`", "`.expects::<Quota>()`", "check `upload`"] {
        assert!(error.to_string().contains(call), "{error}");
    }
}

#[test]
fn two_values_of_one_name_are_an_error_also_from_one_line() {
    let error = [1, 2].into_iter().fold(builder(), |builder, used| builder.add(quota("quota", used))).build();
    assert!(matches!(error.unwrap_err().problems(), [Problem::DuplicateName { .. }]));
}

#[tokio::test]
async fn a_check_per_shard_is_made_in_a_loop() {
    #[derive(Clone)]
    struct Shard(u64);

    #[health_check]
    async fn shard(State(Shard(used)): State<Shard>) -> Outcome<Usage> {
        Outcome::ok(Usage { used })
    }

    let health = (0..3).fold(builder(), |builder, number| {
        builder.instance::<shard>(format!("shard-{number}"), |check| check.state(Shard(number)))
    });
    let report = health.build().unwrap().probe(Probe::Ready).await;
    let used: Vec<_> = report.checks().map(|(_, check)| check.details::<Usage>().unwrap().used).collect();
    assert_eq!(used, [0, 1, 2]);
}

/// How a run that blocks behaves, and what its making does.
struct Blocks {
    run: fn() -> Run,
    timeout: Duration,
}

impl HealthCheck for Blocks {
    type Details = ();

    fn meta(&self) -> CheckMeta {
        CheckMeta::new("blocks").with_timeout(self.timeout)
    }

    fn run(&self, _: CheckContext) -> Run {
        (self.run)()
    }
}

fn blocks(run: fn() -> Run) -> Health {
    builder().add(Blocks { run, timeout: Duration::from_secs(60) }).build().unwrap()
}

#[tokio::test]
async fn a_blocking_run_leaves_the_workers_alone() {
    let health = blocks(|| {
        Run::blocking(|| {
            assert!(thread::current().name().is_none_or(|name| !name.contains("a_blocking_run")));
            Outcome::ok(())
        })
    });
    let report = health.probe(Probe::Ready).await;
    report.assert_check::<Blocks>(CheckStatus::Ok, None);
}

#[tokio::test]
async fn a_panic_in_the_making_of_a_run_is_that_checks_alone() {
    let health = blocks(|| panic!("no run today"));
    health.probe(Probe::Ready).await.assert_check::<Blocks>(CheckStatus::Error, Some(Reason::Panicked));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_making_that_blocks_is_a_timeout() {
    let run = || {
        thread::sleep(Duration::from_millis(500));
        Run::new(async { Outcome::ok(()) })
    };
    let health = builder().add(Blocks { run, timeout: Duration::from_millis(100) }).build().unwrap();
    health.probe(Probe::Ready).await.assert_check::<Blocks>(CheckStatus::Error, Some(Reason::Timeout));
}

#[tokio::test]
async fn a_closure_that_blocks_is_a_check() {
    let meta = CheckMeta::new("closure");
    let health =
        builder().add(Check::blocking(meta, |cx| -> Outcome { Outcome::degraded(cx.name()) })).build().unwrap();
    let report = health.probe(Probe::Ready).await;
    assert_eq!(report.check("closure").unwrap().message(), Some("closure"));
}

/// A check that is registered while the service runs, and needs what was there before.
struct Late;

impl HealthCheck for Late {
    type Details = ();

    fn meta(&self) -> CheckMeta {
        CheckMeta::new("late")
    }

    fn requirements(&self, requirements: &mut Requirements) {
        requirements.state::<u64>();
        requirements.check::<Quota>();
    }

    fn run(&self, cx: CheckContext) -> Run {
        Run::new(async move {
            let State(number) = State::<u64>::from_check_context(&cx)?;
            let quota = Depends::<Quota>::from_check_context(&cx)?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Outcome::degraded(format!(
                "{number} and {:?}",
                quota.details()
            )))
        })
    }
}

#[tokio::test]
async fn a_check_registered_at_run_time_finds_state_and_dependencies() {
    let health = builder().state(7_u64).add(quota("quota", 3)).build().unwrap();
    health.register(Late).unwrap();
    let report = health.probe(Probe::Ready).await;
    assert_eq!(report.check("late").unwrap().message(), Some("7 and Some(Usage { used: 3 })"));

    let error = builder().build().unwrap().register(Late).unwrap_err();
    assert!(matches!(error.problems(), [Problem::MissingState { .. }]), "{error}");
    let error = builder().state(7_u64).build().unwrap().register(Late).unwrap_err();
    assert!(matches!(error.problems(), [Problem::UnclearDependency { candidates: 0, .. }]), "{error}");
    let error = health.register(Late).unwrap_err();
    assert!(matches!(error.problems(), [Problem::DuplicateName { .. }]), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_script_plays_a_value() {
    let script = Script::new([Step::hang(), Step::from(Outcome::ok(Usage { used: 1 }))]);
    let health = builder().add(script.in_place_of(quota("quota", 30))).check::<upload>().build().unwrap();

    let report = health.probe(Probe::Ready).await;
    report.assert_check::<Quota>(CheckStatus::Error, Some(Reason::Timeout));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let report = health.probe(Probe::Ready).await;
    report.assert_check::<upload>(CheckStatus::Ok, None);
}

#[tokio::test]
async fn the_settings_of_a_check_can_be_read_without_a_probe() {
    let health = builder().add(quota("quota", 3)).check::<upload>().build().unwrap();
    let checks = health.checks();
    assert_eq!(checks.iter().map(CheckMeta::name).collect::<Vec<_>>(), ["quota", "upload"]);
    assert_eq!(checks[0].tags().collect::<Vec<_>>(), ["quota"]);
    assert_eq!(checks[0].probes().collect::<Vec<_>>(), [Probe::Ready]);
    assert!(checks[0].critical() && !checks[0].expose_errors());
}

/// One state struct of an application, and what its checks take of it.
#[derive(Clone)]
struct Parts {
    number: u64,
    text: String,
}

impl FromRef<Parts> for u64 {
    fn from_ref(parts: &Parts) -> Self {
        parts.number
    }
}

impl FromRef<Parts> for String {
    fn from_ref(parts: &Parts) -> Self {
        parts.text.clone()
    }
}

#[health_check]
async fn parted(State(number): State<u64>, State(text): State<String>, State(parts): State<Parts>) -> Outcome {
    Outcome::degraded(format!("{number}, {text}, {}", parts.text))
}

#[tokio::test]
async fn a_check_takes_the_parts_of_one_state_in_any_order_of_calls() {
    let parts = || Parts { number: 7, text: "seven".to_owned() };
    let parted = || builder().check::<parted>();
    let health = parted().substate::<Parts, u64>().state(parts()).substate::<Parts, String>().build().unwrap();
    let report = health.probe(Probe::Ready).await;
    assert_eq!(report.get::<parted>().unwrap().message(), Some("7, seven, seven"));

    let error = parted().substate::<Parts, u64>().build().unwrap_err();
    assert!(matches!(error.problems()[0], Problem::MissingParts { .. }), "{error}");
    let error = parted().state(parts()).state(8_u64).substate::<Parts, u64>().build().unwrap_err();
    assert!(matches!(error.problems()[0], Problem::DuplicateState { .. }), "{error}");
}

/// A check that asks for a thread, and awaits all the same.
struct Undecided;

impl HealthCheck for Undecided {
    type Details = ();

    fn meta(&self) -> CheckMeta {
        CheckMeta::new("undecided").with_timeout(Duration::from_millis(100)).with_cache(Duration::ZERO)
    }

    fn requirements(&self, requirements: &mut Requirements) {
        requirements.blocking();
    }

    fn run(&self, _: CheckContext) -> Run {
        Run::new(std::future::pending::<Outcome>())
    }
}

#[tokio::test]
async fn a_run_that_awaits_although_it_has_a_thread_is_ended_at_its_timeout() {
    let health = builder().add(Undecided).build().unwrap();
    for _ in 0..3 {
        let report = health.probe(Probe::Ready).await;
        report.assert_check::<Undecided>(CheckStatus::Error, Some(Reason::Timeout));
        // The slot is free again: the run is not reported to be in flight.
        assert_eq!(report.get::<Undecided>().unwrap().running_since(), None);
    }
}

#[tokio::test]
async fn a_check_under_another_name_is_an_instance_wherever_it_was_added() {
    let renamed = || Check::of(quota("quota", 30)).configure(|meta| meta.with_name("tenant"));
    let health = builder().add(quota("quota", 3)).add(renamed()).check::<upload>().build().unwrap();
    assert_eq!(&*health.name_of::<Quota>().unwrap(), "quota");

    let health = builder().add(quota("quota", 3)).build().unwrap();
    health.register(renamed()).unwrap();
    assert_eq!(&*health.name_of::<Quota>().unwrap(), "quota");
    // A type whose check is gone does not come to mean an instance.
    health.remove("quota").unwrap();
    assert_eq!(health.name_of::<Quota>().unwrap_err().to_string(), "no check has the type `values::Quota`");
    assert!(health.probe(Probe::Ready).await.get::<Quota>().is_none());
}

#[test]
fn what_is_wrong_with_a_check_that_is_registered_is_said_of_that_check() {
    let health = builder().add(quota("quota", 3)).build().unwrap();
    let error = health.register(quota("quota", 3)).unwrap_err().to_string();
    assert!(error.starts_with("the check cannot be registered: two checks have the same name"), "{error}");
}

#[tokio::test]
async fn an_override_ends_with_the_check_that_it_was_set_on() {
    let health = builder().state(7_u64).add(quota("quota", 3)).build().unwrap();
    health.register(Late).unwrap();
    health.force("quota", Outcome::error("closed")).unwrap();
    health.remove("quota").unwrap();
    health.run("late").await.unwrap();
    // It still depends on the check that it knows.
    let report = health.probe(Probe::Ready).await;
    assert_eq!(report.check("late").unwrap().message(), Some("7 and Some(Usage { used: 3 })"));
}
