//! What the environment may say wrong, and what happens where nothing answers.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use health_tests::{Client, Service};
use server_tests::{NO_SUCH_HOST, PASSWORD, closed_port};
use tokio::time::{sleep, timeout};

use crate::support::guide;

/// A guide whose dependencies do not answer.
fn nowhere() -> Command {
    let url = |scheme| format!("{scheme}://app:{PASSWORD}@{NO_SUCH_HOST}/");
    guide(&url("postgresql"), &url("redis"))
}

/// It says why it does not start, in one line that has no value in it, and ends with exit code 1.
fn refuses(command: &mut Command, line: &str) {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!((said.as_str(), output.status.code()), (&*format!("error: {line}\n"), Some(1)));
    assert!(!said.contains(PASSWORD));
}

#[test]
fn a_missing_variable_is_one_line_and_exit_code_1() {
    for (name, example) in
        [("DATABASE_URL", "postgresql://user:password@host:port/db"), ("REDIS_URL", "redis://user:password@host:port")]
    {
        refuses(nowhere().env_remove(name), &format!("{name} is not set; it looks like {example}"));
    }
}

#[test]
fn a_malformed_variable_is_one_line_and_exit_code_1() {
    let database = [
        "",
        "localhost",
        &format!("postgresql://app:{PASSWORD}@host:port/db"),
        &format!("postgresql://app:{PASSWORD}@two words/db"),
        &format!("postgresql://app:{PASSWORD}@host/db?sslmode={PASSWORD}"),
        &format!("mysql://app:{PASSWORD}@host/db"),
        &format!("app:{PASSWORD}@host/db"),
    ];
    for url in database {
        let line = "DATABASE_URL is malformed; it looks like postgresql://user:password@host:port/db";
        refuses(nowhere().env("DATABASE_URL", url), line);
    }
    let redis = [
        "",
        "localhost",
        &format!("redis://app:{PASSWORD}@host:port"),
        &format!("redis://app:{PASSWORD}@host/{PASSWORD}"),
        &format!("http://app:{PASSWORD}@host"),
    ];
    for url in redis {
        let line = "REDIS_URL is malformed; it looks like redis://user:password@host:port";
        refuses(nowhere().env("REDIS_URL", url), line);
    }
    for port in ["", "http", "65536", "-1"] {
        refuses(nowhere().env("PORT", port), "PORT is malformed; it looks like 8080");
    }
    for name in ["DATABASE_URL", "REDIS_URL", "HOST", "PORT"] {
        let output = nowhere().env(name, OsStr::from_bytes(b"\xff")).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with(&format!("error: {name} is malformed; it looks like ")), "{said}");
    }
}

#[test]
fn an_address_that_is_taken_or_does_not_exist_is_one_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let line = "cannot listen on the address that HOST and PORT name: Address already in use (os error 98)";
    refuses(nowhere().env("PORT", port), line);

    let output = nowhere().env("HOST", NO_SUCH_HOST).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: cannot listen on the address that HOST and PORT name: "), "{said}");
    assert_eq!((said.lines().count(), output.status.code()), (1, Some(1)), "{said}");
}

#[tokio::test]
async fn a_host_that_does_not_exist_or_does_not_answer_is_a_failing_check() {
    let closed = closed_port().await.unwrap();
    for (host, message) in [
        (NO_SUCH_HOST.to_owned(), "the server's host name cannot be resolved"),
        (closed.to_string(), "the server refused the connection"),
    ] {
        let (database, redis) = (format!("postgresql://app:{PASSWORD}@{host}/db"), format!("redis://{host}"));
        let service = Service::start(&mut guide(&database, &redis));
        let report = service.ready_until(|answer| answer.json()["phase"] == "running").await;
        let checks = &report.json()["checks"];
        assert_eq!(report.status, 503);
        assert_eq!(
            checks["services"]["details"].to_string(),
            r#"{"all_healthy":false,"database":false,"redis":false}"#
        );
        for check in ["database", "orm", "redis"] {
            assert_eq!((&checks[check]["status"], &checks[check]["message"]), (&"error".into(), &message.into()));
        }
        assert_eq!(service.get("/health").await.status, 200);
        assert!(!service.output().contains(PASSWORD));
    }
}

#[tokio::test]
async fn a_parameter_of_the_url_that_is_misspelt_is_not_logged() {
    let database = format!("postgresql://app@{}/db?pasword={PASSWORD}", closed_port().await.unwrap());
    let service = Service::start(guide(&database, "redis://127.0.0.1:1").env("RUST_LOG", "trace"));
    service.ready_until(|answer| answer.json()["phase"] == "running").await;
    assert!(!service.output().contains(PASSWORD), "{}", service.output());
}

#[tokio::test]
async fn a_blocked_runtime_is_seen_on_the_own_port() {
    let own = closed_port().await.unwrap();
    let mut command = nowhere();
    let service = Service::start(command.env("OWN_PORT", own.port().to_string()).env("ALLOW_BLOCKING", "1"));
    let probes = Client::new(own);
    let alive = async |status| {
        while probes.get("/health").await.status != status {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(5), alive(200)).await.expect("a healthy service");
    assert_eq!(service.send("POST", "/debug/block?seconds=9", &[]).await.status, 202);
    timeout(Duration::from_secs(9), alive(503)).await.expect("an alarm");
    let event_loop = probes.get("/ready/event_loop").await;
    assert_eq!(event_loop.status, 503);
    assert!(!event_loop.json()["checks"]["event_loop"]["details"]["blocked"].as_array().unwrap().is_empty());
    timeout(Duration::from_secs(9), alive(200)).await.expect("its end");
}

#[tokio::test]
async fn the_blocking_route_exists_only_if_it_is_allowed() {
    for allowed in [None, Some("0")] {
        let mut command = nowhere();
        let service = Service::start(
            command.env_remove("ALLOW_BLOCKING").envs(allowed.map(|allowed| ("ALLOW_BLOCKING", allowed))),
        );
        assert_eq!(service.send("POST", "/debug/block?seconds=1", &[]).await.status, 404);
    }
}

#[tokio::test]
async fn it_ends_in_time_while_its_dependencies_do_not_exist() {
    let mut service = Service::start(&mut nowhere());
    service.signal("-TERM");
    let started = Instant::now();
    // The drain period: nothing else is to be waited for.
    assert!(service.ended(Duration::from_secs(8)).await.success());
    eprintln!("ended after {:?}", started.elapsed());
}
