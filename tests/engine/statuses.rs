//! How outcomes, settings and thresholds become the status of a check, and those of checks the status of a report.

use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{
    CheckMeta, CheckStatus, Health, HealthBuilder, Outcome, Probe, Reason, ReportStatus, Selection, health_check,
};
use tokio::time::sleep;

use CheckStatus::{Degraded, Error, Ok};

fn builder() -> HealthBuilder {
    Health::builder().version("1.0.0").without_registered().default_cache(Duration::ZERO)
}

fn ok() -> Step {
    Outcome::ok(()).into()
}

fn error() -> Step {
    Outcome::error("broken").into()
}

fn degraded() -> Step {
    Outcome::degraded("worn").into()
}

#[tokio::test(start_paused = true)]
async fn outcome_criticality_and_slowness_mix_as_the_table_says() {
    let slow = |step: Step| step.after(Duration::from_millis(300));
    for (step, critical, status, reason, report) in [
        (ok(), true, Ok, None, ReportStatus::Healthy),
        (ok(), false, Ok, None, ReportStatus::Healthy),
        (degraded(), true, Degraded, Some(Reason::Degraded), ReportStatus::Degraded),
        (degraded(), false, Degraded, Some(Reason::Degraded), ReportStatus::Degraded),
        (error(), true, Error, Some(Reason::Failed), ReportStatus::Unhealthy),
        (error(), false, Error, Some(Reason::Failed), ReportStatus::Degraded),
        (Step::fail("cause"), true, Error, Some(Reason::Failed), ReportStatus::Unhealthy),
        (Step::fail("cause"), false, Error, Some(Reason::Failed), ReportStatus::Degraded),
        (Step::panic("cause"), true, Error, Some(Reason::Panicked), ReportStatus::Unhealthy),
        (Step::panic("cause"), false, Error, Some(Reason::Panicked), ReportStatus::Degraded),
        (Step::hang(), true, Error, Some(Reason::Timeout), ReportStatus::Unhealthy),
        (Step::hang(), false, Error, Some(Reason::Timeout), ReportStatus::Degraded),
        (slow(ok()), true, Degraded, Some(Reason::Slow), ReportStatus::Degraded),
        (slow(ok()), false, Degraded, Some(Reason::Slow), ReportStatus::Degraded),
        (slow(degraded()), true, Degraded, Some(Reason::Degraded), ReportStatus::Degraded),
        (slow(error()), true, Error, Some(Reason::Failed), ReportStatus::Unhealthy),
        (slow(error()), false, Error, Some(Reason::Failed), ReportStatus::Degraded),
    ] {
        let meta = CheckMeta::new("check").with_critical(critical).with_slow(Duration::from_millis(200));
        let health = builder().add(Script::new([step.clone()]).check(meta)).build().unwrap();
        let found = health.probe(Probe::Ready).await;
        let check = found.check("check").unwrap();
        let context = format!("{step:?}, critical: {critical}");
        assert_eq!((check.status(), check.reason(), found.status()), (status, reason, report), "{context}");
        assert_eq!(check.message().is_none(), status == Ok, "{context}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flip_that_is_held_back_leaves_status_reason_message_and_details() {
    let steps = [
        Step::from(Outcome::ok(7)),
        Outcome::error("first").with_details(8).into(),
        Outcome::error("second").into(),
        Outcome::ok(9).into(),
        Outcome::ok(10).into(),
    ];
    let meta = CheckMeta::new("check").with_failure_threshold(2).with_success_threshold(2);
    let health = builder().add(Script::new(steps).check(meta)).build().unwrap();
    let mut seen = Vec::new();
    for _ in 0..5 {
        let report = health.probe(Probe::Ready).await;
        let check = report.check("check").unwrap();
        let details = check.details::<i32>().copied();
        seen.push((check.status(), check.message().map(str::to_owned), details, check.consecutive_failures()));
    }
    let second = Some("second".to_owned());
    assert_eq!(
        seen,
        [
            (Ok, None, Some(7), 0),
            (Ok, None, Some(7), 1),
            (Error, second.clone(), None, 2),
            (Error, second, None, 0),
            (Ok, None, Some(10), 0),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_probe_reports_the_checks_that_it_counts() {
    let check = |name, probes: &[Probe]| Script::new([ok()]).check(CheckMeta::new(name).with_probes(probes));
    let health = builder()
        .add(check("live", &[Probe::Live]))
        .add(check("ready", &[Probe::Ready]))
        .add(check("startup", &[Probe::Startup]))
        .add(check("all", &Probe::ALL))
        .build()
        .unwrap();
    for (probe, expected) in
        [(Probe::Live, ["all", "live"]), (Probe::Ready, ["all", "ready"]), (Probe::Startup, ["all", "startup"])]
    {
        let report = health.probe(probe).await;
        assert_eq!(report.checks().map(|(name, _)| name).collect::<Vec<_>>(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn readiness_waits_for_every_startup_check_to_pass_once() {
    let startup = Script::new([error(), ok(), error()]);
    let health = builder()
        .add(startup.check(CheckMeta::new("migrations").with_probes(&[Probe::Startup])))
        .add(Script::new([ok()]).check(CheckMeta::new("db")))
        .build()
        .unwrap();
    let first = health.probe(Probe::Ready).await;
    first.assert_unhealthy();
    assert_eq!(first.phase().unwrap().as_str(), "starting");
    assert_eq!(first.check("db").unwrap().status(), Ok);
    // The second run passes, whoever asks for it.
    health.probe(Probe::Ready).await.assert_healthy();
    // That was enough: readiness is not about startup any more, and startup says what it sees.
    assert_eq!(health.run("migrations").await.unwrap().status(), Error);
    health.probe(Probe::Ready).await.assert_healthy();
    health.probe(Probe::Startup).await.assert_unhealthy();
}

#[tokio::test(start_paused = true)]
async fn every_argument_of_the_attribute_reaches_the_engine() {
    #[health_check(
        probes(live, ready),
        critical = false,
        cache = "10s",
        failure_threshold = 2,
        success_threshold = 2,
        slow = "100ms",
        tags("storage")
    )]
    async fn settled() {}

    #[health_check(interval = "1s", expose_errors)]
    async fn planned() {}

    /// Only a thread that may be blocked can wait for a future.
    #[health_check(blocking)]
    fn blocked() {
        tokio::runtime::Handle::current().block_on(async {});
    }

    let steps = [Step::from(Outcome::ok(())).after(Duration::from_millis(200)), Step::fail("down"), Step::fail("down")];
    let (settled_script, planned_script) = (Script::new(steps), Script::new([Step::fail("no secret")]));
    let health = builder()
        .check::<settled>()
        .check::<planned>()
        .check::<blocked>()
        .script::<settled>(&settled_script)
        .script::<planned>(&planned_script)
        .build()
        .unwrap();
    let live = health.probe(Probe::Live).await;
    live.assert_check::<settled>(Degraded, Some(Reason::Slow));
    assert!(live.get::<planned>().is_none());
    sleep(Duration::from_secs(5)).await;
    assert_eq!(settled_script.runs(), 1);
    assert!((5..=7).contains(&planned_script.runs()), "{}", planned_script.runs());
    for (status, reason) in [(Degraded, Reason::Slow), (Error, Reason::Failed)] {
        sleep(Duration::from_secs(10)).await;
        let report = health.probe(Probe::Ready).await;
        report.assert_check::<settled>(status, Some(reason));
        report.assert_check::<blocked>(Ok, None);
        assert_eq!(report.get::<planned>().unwrap().message(), Some("no secret"));
    }
    let selected = health.probe_selected(Probe::Ready, &Selection::all().tag("storage")).await.unwrap();
    selected.assert_degraded();
    assert!(selected.get::<planned>().unwrap().is_excluded());
}

#[tokio::test(start_paused = true)]
async fn details_that_cannot_be_serialised_are_an_error_of_the_check() {
    use std::collections::BTreeMap;

    let health = builder()
        .add(health_runtime::Check::new(CheckMeta::new("check"), |_| async {
            Outcome::ok(BTreeMap::from([((1, 2), 3)]))
        }))
        .build()
        .unwrap();
    let report = health.probe(Probe::Ready).await;
    let check = report.check("check").unwrap();
    assert_eq!((check.status(), check.reason()), (Error, Some(Reason::Failed)));
    sleep(Duration::ZERO).await;
}
