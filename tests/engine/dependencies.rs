//! Checks that take the observations of others, and one function over several dependencies.

use std::time::Duration;

use axum::extract::State;
use health_runtime::testing::{Script, Step};
use health_runtime::{
    Check, CheckContext, CheckStatus, Depends, Health, HealthBuilder, Outcome, Probe, Problem, Reason, health_check,
    health_details,
};
use tokio::time::{Instant, sleep};

/// What the pool looks like.
#[health_details]
#[derive(Clone)]
struct Pool {
    idle: u32,
}

#[derive(Clone)]
struct Url(&'static str);

#[health_check(name = "db", timeout = "2s")]
async fn database(State(Url(url)): State<Url>) -> Result<Pool, String> {
    if url.is_empty() { Err("nowhere".to_owned()) } else { Ok(Pool { idle: u32::try_from(url.len()).unwrap() }) }
}

#[health_check]
async fn cache() -> Outcome {
    Outcome::ok(())
}

/// All that an order needs.
#[health_details]
struct Summary {
    idle: Option<u32>,
    cache: String,
}

#[health_check(timeout = "3s")]
async fn orders(database: Depends<database>, cache: Depends<cache>) -> Outcome<Summary> {
    let idle = database.details().map(|pool| pool.idle);
    let summary = Summary { idle, cache: format!("{:?}", cache.status()) };
    match database.status() {
        CheckStatus::Ok => Outcome::ok(summary),
        _ => Outcome::error("no order can be stored").with_details(summary),
    }
}

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered().default_cache(Duration::ZERO)
}

#[tokio::test(start_paused = true)]
async fn a_check_sees_the_typed_observations_of_those_that_it_depends_on() {
    let health = builder().check::<orders>().check::<database>().check::<cache>().state(Url("four")).build().unwrap();
    let report = health.probe(Probe::Ready).await;
    report.assert_healthy();
    let orders = report.get::<orders>().unwrap();
    let details = orders.details().unwrap();
    assert_eq!((details.idle, details.cache.as_str()), (Some(4), "Ok"));
    assert_eq!(report.get::<database>().unwrap().details().unwrap().idle, 4);
}

#[tokio::test(start_paused = true)]
async fn a_dependency_runs_first_and_once_a_round_and_the_dependent_runs_whatever_it_says() {
    let script = Script::new([Step::fail("down"), Step::fail("down"), Outcome::ok(Pool { idle: 1 }).into()]);
    let health =
        builder().check::<orders>().check::<cache>().check::<database>().script::<database>(&script).build().unwrap();
    for round in 1..=2 {
        let report = health.probe(Probe::Ready).await;
        report.assert_check::<database>(CheckStatus::Error, Some(Reason::Failed));
        report.assert_check::<orders>(CheckStatus::Error, Some(Reason::Failed));
        assert_eq!(script.runs(), round);
    }
    health.probe(Probe::Ready).await.assert_healthy();
}

#[tokio::test(start_paused = true)]
async fn a_chain_takes_the_sum_of_its_links_and_each_has_its_own_timeout() {
    let down = Script::new([Step::hang()]);
    let all = Script::<()>::new([Step::hang()]);
    #[health_check(timeout = "3s")]
    async fn first(_database: Depends<database>) {
        sleep(Duration::from_secs(2)).await;
    }

    let health = builder().check::<database>().check::<first>().script::<database>(&down).build().unwrap();
    let start = Instant::now();
    let report = health.probe(Probe::Ready).await;
    assert_eq!(start.elapsed().as_secs(), 4);
    report.assert_check::<database>(CheckStatus::Error, Some(Reason::Timeout));
    report.assert_check::<first>(CheckStatus::Ok, None);
    assert_eq!(report.get::<first>().unwrap().response_time().unwrap().as_secs(), 2);
    assert_eq!(all.runs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_the_probe_does_not_count_is_run_and_not_reported() {
    #[health_check]
    async fn quiet() -> Outcome {
        Outcome::ok(())
    }

    #[health_check]
    async fn loud(quiet: Depends<quiet>) -> Outcome {
        if quiet.status() == CheckStatus::Ok { Outcome::ok(()) } else { Outcome::error("quiet is not well") }
    }

    let startup = |instance: Check| instance.configure(|meta| meta.with_probes(&[Probe::Startup]));
    let health = builder().check::<loud>().instance::<quiet>("quiet", startup).build().unwrap();
    let report = health.probe(Probe::Ready).await;
    report.assert_healthy();
    assert!(report.get::<quiet>().is_none());
}

#[tokio::test(start_paused = true)]
async fn one_function_over_several_dependencies_is_several_checks() {
    let health = builder()
        .check::<database>()
        .state(Url("primary"))
        .instance::<database>("db-replica", |instance| {
            instance.state(Url("")).configure(|meta| meta.with_critical(false))
        })
        .build()
        .unwrap();
    let report = health.probe(Probe::Ready).await;
    report.assert_degraded();
    assert_eq!(report.check("db").unwrap().status(), CheckStatus::Ok);
    assert_eq!(report.check("db-replica").unwrap().status(), CheckStatus::Error);
}

#[tokio::test(start_paused = true)]
async fn an_only_instance_is_what_the_type_means() {
    let health = builder()
        .check::<orders>()
        .check::<cache>()
        .instance::<database>("db-replica", |instance| instance.state(Url("replica")))
        .build()
        .unwrap();
    assert_eq!(health.probe(Probe::Ready).await.get::<orders>().unwrap().details().unwrap().idle, Some(7));
}

#[test]
fn a_dependency_on_none_or_on_several_is_told() {
    let replica =
        |name: &'static str| move |builder: HealthBuilder| builder.instance::<database>(name, |i| i.state(Url("x")));
    let error = builder().check::<orders>().check::<cache>().build().unwrap_err();
    assert!(matches!(error.problems(), [Problem::UnclearDependency { candidates: 0, .. }]), "{error}");
    let several = replica("b")(replica("a")(builder().check::<orders>().check::<cache>()));
    let error = several.build().unwrap_err();
    assert!(matches!(error.problems(), [Problem::UnclearDependency { candidates: 2, .. }]), "{error}");
}

#[test]
fn a_circle_is_told_with_its_whole_path() {
    #[health_check]
    async fn egg(_hen: Depends<hen>) {}

    #[health_check]
    async fn hen(_nest: Depends<nest>) {}

    #[health_check]
    async fn nest(_egg: Depends<egg>) {}

    let error = builder().check::<egg>().check::<hen>().check::<nest>().build().unwrap_err();
    let [Problem::DependencyCycle { path, .. }] = error.problems() else { panic!("{error}") };
    assert_eq!(path.iter().map(health_runtime::CheckPlace::name).collect::<Vec<_>>(), ["egg", "hen", "nest"]);
}

type Name = CheckContext;

#[expect(clippy::too_many_arguments, reason = "that is what is tested")]
#[rustfmt::skip]
#[health_check]
async fn greedy(
    cache: Depends<cache>,
    _: Name, _: Name, _: Name, _: Name, _: Name, _: Name, _: Name,
    _: Name, _: Name, _: Name, _: Name, _: Name, _: Name,
    cx: Name,
    State(Url(url)): State<Url>,
) -> Outcome {
    Outcome::degraded(format!("{}: {:?}, {url}", cx.name(), cache.status()))
}

#[tokio::test(start_paused = true)]
async fn a_check_takes_up_to_sixteen_parameters() {
    let builder = || builder().check::<greedy>().check::<cache>();
    let error = builder().build().unwrap_err();
    assert!(matches!(error.problems(), [Problem::MissingState { .. }, ..]), "{error}");

    let health = builder().state(Url("here")).build().unwrap();
    let report = health.probe(Probe::Ready).await;
    assert_eq!(report.get::<greedy>().unwrap().message(), Some("greedy: Ok, here"));
}

#[health_check(name = "base", interval = "10s", timeout = "5s")]
async fn base() -> Result<(), String> {
    Ok(())
}

/// Says what it sees of the other one.
#[health_check]
async fn seeing(base: Depends<base>) -> Outcome<String> {
    Outcome::ok(format!("{} {:?} {:?}", base.status(), base.reason(), base.message()))
}

async fn seen(health: &Health) -> String {
    health.probe(Probe::Ready).await.get::<seeing>().unwrap().details().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn a_dependent_check_sees_what_reports_show() {
    let builder = Health::builder().version("1.0.0").without_registered().default_cache(Duration::ZERO);
    let health = builder.check::<base>().check::<seeing>().build().unwrap();
    assert_eq!(seen(&health).await, "ok None None");
    health.force("base", Outcome::error("closed")).unwrap();
    assert_eq!(seen(&health).await, r#"error Some(Forced) Some("closed")"#);
    health.force("base", Outcome::ok(())).unwrap();
    assert_eq!(seen(&health).await, "ok Some(Forced) None");
    health.release("base").unwrap();
    assert_eq!(seen(&health).await, "ok None None");
}

#[tokio::test(start_paused = true)]
async fn a_dependency_whose_schedule_does_not_run_is_run_when_it_is_stale() {
    let script = Script::new([Outcome::ok(()).into(), Step::fail("down")]);
    let builder = Health::builder().version("1.0.0").without_registered().default_cache(Duration::ZERO);
    let builder = builder.script::<base>(&script).check::<seeing>();
    // Without a home there is no schedule.
    let health = std::thread::spawn(move || builder.build().unwrap()).join().unwrap();
    assert_eq!(seen(&health).await, "ok None None");
    sleep(Duration::from_secs(26)).await;
    assert!(seen(&health).await.starts_with("error Some(Failed)"));
}
