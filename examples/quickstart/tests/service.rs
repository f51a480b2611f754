//! The quickstart as a person and a supervisor meet it: a process of its own, broken for real.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::io::Read as _;
use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use expect_test::expect_file;
use health_tests::{Contract, Service};
use tempfile::TempDir;
use tokio::time::sleep;

/// The drain period is 5 s.
const BEFORE_THE_DRAIN_PERIOD: Duration = Duration::from_secs(4);

/// The quickstart with a data directory of its own.
struct Quickstart {
    service: Service,
    home: TempDir,
}

impl Quickstart {
    fn start() -> Self {
        Self::start_with(|_| ())
    }

    fn start_with(change: impl FnOnce(&mut Command)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = command(&home);
        change(&mut command);
        Self { service: Service::start(&mut command), home }
    }
}

impl Deref for Quickstart {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.service
    }
}

fn command(home: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    command.current_dir(home).env_remove("HOST").env_remove("DATA_DIR").env_remove("TOKEN").env_remove("EXPOSE_ERRORS");
    command
}

#[tokio::test]
async fn a_directory_that_goes_away_is_503_and_its_return_is_200() {
    let quickstart = Quickstart::start();
    assert_eq!(quickstart.get("/ready").await.status, 200);

    let (dir, away) = (quickstart.home.path().join("quickstart-data"), quickstart.home.path().join("away"));
    fs::rename(&dir, &away).unwrap();
    let checks = quickstart.ready_until(|answer| answer.status == 503).await.json()["checks"].clone();
    assert_eq!((&checks["storage"]["reason"], &checks["db"]["status"]), (&"failed".into(), &"ok".into()));

    fs::rename(&away, &dir).unwrap();
    quickstart.ready_until(|answer| answer.status == 200).await;
}

#[tokio::test]
async fn the_cause_is_shown_to_those_who_start_it_so() {
    for (exposes, message) in
        [(false, "check failed, the cause is in the log"), (true, "No such file or directory (os error 2)")]
    {
        let quickstart = Quickstart::start_with(|command| {
            if exposes {
                command.env("EXPOSE_ERRORS", "1");
            }
        });
        fs::rename(quickstart.home.path().join("quickstart-data"), quickstart.home.path().join("away")).unwrap();
        let report = quickstart.ready_until(|answer| answer.status == 503).await;
        assert_eq!(report.json()["checks"]["storage"]["message"], message);
    }
}

#[tokio::test]
async fn orders_need_a_token_and_degrade_readiness_when_they_pile_up() {
    let quickstart = Quickstart::start();
    assert_eq!(quickstart.send("POST", "/orders", &[]).await.status, 401);

    let token = [("Authorization", "Bearer quickstart")];
    for _ in 0..6 {
        assert_eq!(quickstart.send("POST", "/orders", &token).await.status, 201);
    }
    let report = quickstart.ready_until(|answer| answer.json()["status"] == "degraded").await;
    assert_eq!((report.status, &report.json()["checks"]["backlog"]["details"]["waiting"]), (200, &6.into()));

    assert_eq!(quickstart.send("DELETE", "/orders", &token).await.status, 204);
    quickstart.ready_until(|answer| answer.json()["status"] == "healthy").await;
}

#[tokio::test]
async fn all_its_requests_are_counted_and_timed() {
    let quickstart = Quickstart::start();
    for (path, status) in [("/orders", 401), ("/ready", 200), ("/nothing", 404), ("/openapi.json", 200)] {
        let answer = quickstart.get(path).await;
        assert_eq!((answer.status, answer.header("x-response-time").is_some()), (status, true), "{path}");
    }
    let metrics = quickstart.get("/metrics").await.body;
    for line in [
        r#"http_requests_total{method="GET",route="/orders",status="4xx"} 1"#,
        r#"http_requests_total{method="GET",route="/ready",status="2xx"} 1"#,
        r#"http_requests_total{method="GET",route="unmatched",status="4xx"} 1"#,
        r#"health_check_state{check="db",state="ok"} 1"#,
        r#"build_info{service="quickstart",version="0.1.0"} 1"#,
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in {metrics}");
    }
}

#[tokio::test]
#[ignore = "needs the package libfaketime, which tests/run.sh installs"]
async fn moving_the_wall_clock_changes_nothing_but_the_timestamps() {
    let library = format!("/usr/lib/{}-linux-gnu/faketime/libfaketime.so.1", env::consts::ARCH);
    assert!(Path::new(&library).exists(), "the package libfaketime");
    let clock = tempfile::NamedTempFile::new().unwrap();
    fs::write(clock.path(), "+0").unwrap();
    let quickstart = Quickstart::start_with(|command| {
        command.env("LD_PRELOAD", &library).env("FAKETIME_TIMESTAMP_FILE", clock.path());
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    });
    let before = quickstart.get("/ready").await.json()["timestamp"].clone();
    for moved in ["-1h", "+1d"] {
        fs::write(clock.path(), moved).unwrap();
        for _ in 0..30 {
            let answer = quickstart.get("/ready").await;
            assert_eq!((answer.status, &answer.json()["status"]), (200, &"healthy".into()), "{moved}");
            sleep(Duration::from_millis(50)).await;
        }
        let after = quickstart.get("/ready").await.json()["timestamp"].clone();
        assert_eq!(moved == "+1d", after.as_str() > before.as_str(), "{before} {after}");
    }
    fs::write(clock.path(), "+0").unwrap();
    fs::rename(quickstart.home.path().join("quickstart-data"), quickstart.home.path().join("away")).unwrap();
    quickstart.ready_until(|answer| answer.status == 503).await;
}

#[test]
fn its_document_is_written_without_starting_anything_and_is_the_one_in_the_repository() {
    let home = tempfile::tempdir().unwrap();
    let written = command(&home).arg("openapi").output().unwrap();
    assert!(written.status.success());
    expect_file!["../openapi.json"].assert_eq(&String::from_utf8(written.stdout).unwrap());
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[tokio::test]
async fn it_serves_the_document_that_it_writes() {
    let quickstart = Quickstart::start();
    let written = command(&quickstart.home).arg("openapi").output().unwrap();
    let served = quickstart.get("/openapi.json").await.json();
    assert_eq!(served, serde_json::from_slice::<serde_json::Value>(&written.stdout).unwrap());
    let report = quickstart.get("/ready").await;
    assert_eq!(Contract::new(served).violations("/ready", &report), [""; 0]);
}

#[tokio::test]
async fn ctrl_c_ends_it_at_once() {
    let mut quickstart = Quickstart::start();
    quickstart.get("/ready").await;
    quickstart.signal("-INT");
    assert!(quickstart.service.ended(BEFORE_THE_DRAIN_PERIOD).await.success());
}

#[tokio::test]
async fn sigterm_refuses_traffic_at_once_and_ctrl_c_ends_the_wait() {
    let mut quickstart = Quickstart::start();
    quickstart.get("/health").await;
    quickstart.signal("-TERM");
    let report = quickstart.ready_until(|answer| answer.status == 503).await;
    assert_eq!((&report.json()["phase"], &report.json()["checks"]["db"]["status"]), (&"draining".into(), &"ok".into()));
    assert_eq!(quickstart.get("/health").await.status, 200);
    quickstart.signal("-INT");
    assert!(quickstart.service.ended(BEFORE_THE_DRAIN_PERIOD).await.success());
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_line_and_exit_code_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let home = tempfile::tempdir().unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut process = command(&home).env("PORT", &port).stderr(Stdio::piped()).spawn().unwrap();
    let mut text = String::new();
    process.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(1));
    assert!(text.starts_with(&format!("error: cannot listen on 127.0.0.1:{port}: ")), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
