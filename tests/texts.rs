//! Every text that a client can read, in one file, so that a change of any is seen in review.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::routing::get;
use expect_test::expect_file;
use health_runtime::testing::{Script, Step};
use health_runtime::{Check, CheckMeta, Health, Outcome, Probe};
use health_tests::Server;
use serde_json::Value;
use tower::ServiceExt as _;

fn health() -> Health {
    let steps = [Step::from(Outcome::ok(())), Step::fail("refused"), Step::panic("worse"), Step::hang()];
    let builder = Health::builder().version("1.0.0").service("orders").without_registered().docs();
    builder
        .default_cache(Duration::ZERO)
        .stale_after(Duration::from_secs(5))
        .patience(Duration::ZERO)
        .details_limit(1024)
        .event_loop()
        .saturation(1)
        .add(Script::new(steps).check(CheckMeta::new("db").with_tags(["storage"]).with_critical(false)))
        .add(Check::new(CheckMeta::new("long"), |_| async { Outcome::ok("x".repeat(2000)) }))
        .add(
            Script::new([ok().after(Duration::from_secs(1))])
                .check(CheckMeta::new("slow").with_slow(Duration::from_millis(1))),
        )
        .add(
            Script::<()>::new([Step::hang()]).check(CheckMeta::new("live").with_probes(&[Probe::Live, Probe::Startup])),
        )
        .build()
        .unwrap()
}

fn ok() -> Step {
    Outcome::ok(()).into()
}

/// The texts of the OpenAPI document, each with the kind of thing that it describes.
fn document(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if ["description", "summary", "title", "detail"].contains(&name.as_str()) => {
                        texts.insert(format!("{name}: {text}"));
                    }
                    value => document(value, texts),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| document(element, texts)),
        _ => {}
    }
}

/// The messages of a report.
fn messages(report: &Value, texts: &mut BTreeSet<String>) {
    for check in report["checks"].as_object().into_iter().flat_map(|checks| checks.values()) {
        texts.extend(check["message"].as_str().map(|text| format!("message: {text}")));
    }
}

/// The words of a page, without its tags.
fn page(html: &str, texts: &mut BTreeSet<String>) {
    let body = html.split_once("<body>").map_or(html, |(_, body)| body);
    let words = body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
    let is_text = |text: &&str| {
        text.chars().any(char::is_alphabetic)
            && ![" ago", "UTC", "just now", " ms", " s"].iter().any(|time| text.ends_with(time))
    };
    texts.extend(words.filter(is_text).map(|text| format!("page: {text}")));
}

/// The level and the message of each line that the files below a folder log; messages end at a placeholder.
fn log_lines(folder: &Path, lines: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            log_lines(&entry, lines);
            continue;
        }
        let text = fs::read_to_string(&entry).unwrap_or_default();
        for (call, level) in [
            ("tracing::error!(", "error"),
            ("tracing::warn!(", "warn"),
            ("self.warn_once(", "warn"),
            ("tracing::info!(", "info"),
            ("tracing::debug!(", "debug"),
        ] {
            for arguments in text.split(call).skip(1) {
                let mut literals = arguments.split('"').skip(1).step_by(2);
                let literal = literals.find(|literal| *literal != "health_runtime").unwrap();
                let message: Vec<_> = literal.split_whitespace().filter(|word| *word != "\\").collect();
                lines.push((level.to_owned(), message.join(" ").split('{').next().unwrap().to_owned()));
            }
        }
    }
}

#[test]
fn every_line_of_the_log_is_in_its_guide() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../health-runtime");
    let guide = fs::read_to_string(runtime.join("docs/log.md")).unwrap();
    let mut lines = Vec::new();
    log_lines(&runtime.join("src"), &mut lines);
    assert!(lines.len() > 14, "{lines:?}");
    for (level, message) in lines {
        assert!(guide.contains(&format!("| {level} | {message}")), "{level} `{message}` is not in docs/log.md");
    }
}

#[tokio::test(start_paused = true)]
async fn every_text_that_a_client_can_read() {
    let health = health();
    let app = Router::new().route("/", get(async || "served")).merge(health.router()).layer(health.saturation_layer());
    let server = Server::start(app.clone()).await;
    let mut texts = BTreeSet::new();
    document(&server.get("/openapi.json").await.json(), &mut texts);
    for round in 0..6 {
        messages(&server.get("/ready").await.json(), &mut texts);
        messages(&server.get("/startup").await.json(), &mut texts);
        page(&server.get("/status").await.body, &mut texts);
        tokio::time::sleep(Duration::from_secs(if round == 4 { 20 } else { 6 })).await;
        messages(&serde_json::to_value(health.look(Probe::Ready)).unwrap(), &mut texts);
    }
    health.force("db", Outcome::ok(())).unwrap();
    page(&server.get("/status?refresh=off").await.body, &mut texts);
    page(&server.get("/docs").await.body, &mut texts);
    for (method, path) in [
        ("GET", "/ready/nope"),
        ("POST", "/ready"),
        ("GET", "/ready?tag=nope"),
        ("GET", "/schemas/x.json"),
        ("GET", "/docs/x"),
    ] {
        let problem = server.send(method, path, &[]).await.json();
        texts.insert(format!("problem: {}", problem["detail"].as_str().unwrap()));
    }
    // In flight until its body has ended.
    let in_flight = app.clone().oneshot(Request::new(Body::empty())).await.unwrap();
    let refused = app.oneshot(Request::new(Body::empty())).await.unwrap();
    drop(in_flight);
    let refused: Value =
        serde_json::from_slice(&to_bytes(Body::new(refused.into_body()), 1024).await.unwrap()).unwrap();
    texts.insert(format!("problem: {}", refused["detail"].as_str().unwrap()));
    let mut list = String::new();
    for text in texts {
        writeln!(list, "{text}").unwrap();
    }
    expect_file!["texts.txt"].assert_eq(&list);
}
