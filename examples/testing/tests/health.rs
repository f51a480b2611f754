//! What the service says of itself when its dependencies fail.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use health_runtime::testing::{Script, Step};
use health_runtime::{CheckStatus, Health, Outcome, Probe, Reason};
use serde_json::Value;
use testing::{Backlog, Orders, Warehouse, app, backlog, health, warehouse};
use tokio::time::sleep;
use tower::ServiceExt as _;

/// The health of a service without a warehouse: the script plays it.
fn scripted(script: &Script) -> Health {
    health(Warehouse(String::new()), Orders::default()).script::<warehouse>(script).build().unwrap()
}

fn well() -> Script {
    Script::new([Step::from(Outcome::ok(()))])
}

async fn send(app: &Router, method: Method, path: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let answer = app.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    (status, to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec())
}

#[test]
fn the_wiring_is_complete() {
    let health = health(Warehouse("warehouse:80".to_owned()), Orders::default()).build().unwrap();
    let names: Vec<_> = health.checks().iter().map(|check| check.name().to_owned()).collect();
    assert_eq!(names, ["backlog", "warehouse"]);
}

#[tokio::test(start_paused = true)]
async fn a_warehouse_that_hangs_makes_the_service_unready_until_it_answers() {
    let script = Script::new([Step::hang(), Step::from(Outcome::ok(()))]);
    let health = scripted(&script);
    let report = health.probe(Probe::Ready).await;
    report.assert_unhealthy();
    report.assert_check::<warehouse>(CheckStatus::Error, Some(Reason::Timeout));

    // A result is reused for a second.
    sleep(Duration::from_secs(1)).await;
    health.probe(Probe::Ready).await.assert_healthy();
    assert_eq!(script.runs(), 2);
}

#[tokio::test(start_paused = true)]
async fn clients_see_which_check_failed_and_not_why() {
    let health = scripted(&Script::new([Step::fail("connection to 10.1.2.3 refused")]));
    let (status, body) = send(&app(&health, Orders::default()), Method::GET, "/ready").await;
    let report: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &report["checks"]["warehouse"]["reason"]), (StatusCode::SERVICE_UNAVAILABLE, &"failed".into()));
    assert!(!report.to_string().contains("10.1.2.3"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_backlog_degrades_the_service_and_takes_no_traffic_from_it() {
    let orders = Orders::default();
    let health = health(Warehouse(String::new()), orders.clone()).script::<warehouse>(&well()).build().unwrap();
    let app = app(&health, orders);
    for _ in 0..6 {
        assert_eq!(send(&app, Method::POST, "/orders").await.0, StatusCode::CREATED);
    }
    let report = health.probe(Probe::Ready).await;
    report.assert_degraded();
    assert_eq!(report.get::<backlog>().unwrap().details().map(|Backlog { waiting }| *waiting), Some(6));
    assert_eq!(send(&app, Method::GET, "/ready").await.0, StatusCode::OK);
}
