//! Reports of every kind, thousands of them: each is what the document promises, and a spoiled one is not.

#![expect(clippy::print_stdout, reason = "how many there were of each kind is worth reading")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::response::IntoResponse as _;
use health_runtime::{
    Check, CheckMeta, Details, Expose, Health, Outcome, Phase, Probe, Reason, Selection, health_details,
};
use health_tests::Contract;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::{advance, sleep};

const REPORTS: usize = 10_000;

/// What a scripted check does in its next runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Act {
    Pass,
    PassSlowly,
    SayDegraded,
    SayError,
    Fail,
    Panic,
    Hang,
}

const ACTS: [Act; 7] = [Act::Pass, Act::PassSlowly, Act::SayDegraded, Act::SayError, Act::Fail, Act::Panic, Act::Hang];

/// What each check does.
type Script = Arc<Mutex<HashMap<&'static str, Act>>>;

/// Pool.
#[health_details]
struct Pool {
    open: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest: Option<String>,
}

#[health_details]
#[serde(tag = "role", rename_all = "lowercase")]
enum Node {
    Primary { replicas: Vec<String> },
    Replica { lag_seconds: Option<f64> },
}

#[health_details]
struct Disk {
    #[serde(flatten)]
    usage: Usage,
    #[serde(flatten)]
    mounts: BTreeMap<String, Usage>,
}

#[health_details]
#[derive(Clone, Copy)]
struct Usage {
    free: u64,
    total: u64,
}

#[health_details]
#[serde(untagged)]
enum Answer {
    Number(u8),
    Text(String),
    Nothing,
}

fn check<T: Details>(script: &Script, meta: CheckMeta, details: fn(u8) -> T) -> Check {
    let script = Arc::clone(script);
    let name = meta.place().name().to_owned();
    let turns = Mutex::new(0_u8);
    Check::new(meta, move |_| {
        let act = script.lock().unwrap()[&*name];
        let details = {
            let mut turn = turns.lock().unwrap();
            *turn = turn.wrapping_add(1);
            details(*turn)
        };
        async move {
            let says: Result<Outcome<T>, Box<dyn Error + Send + Sync>> = match act {
                Act::Pass => Ok(Outcome::ok(details)),
                Act::PassSlowly => {
                    sleep(Duration::from_millis(300)).await;
                    Ok(Outcome::ok(details))
                }
                Act::SayDegraded => Ok(Outcome::degraded("getting worse").with_details(details)),
                Act::SayError => Ok(Outcome::error("\u{0}\"no\"\n".repeat(100))),
                Act::Fail => Err("refused by redis://user:secret@10.0.0.7".into()),
                Act::Panic => panic!("scripted"),
                Act::Hang => std::future::pending().await,
            };
            says
        }
    })
}

const NAMES: [&str; 6] = ["answer", "disk", "node", "plain", "pool", "started"];

fn service(script: &Script, expose: Expose) -> Health {
    let [answer, disk, node, plain, pool, started] = NAMES.map(|name| CheckMeta::new(name));
    Health::builder()
        .version("1.0.0")
        .service("generated")
        .without_registered()
        .default_cache(Duration::ZERO)
        .respond_within(Duration::from_secs(2))
        .expose_errors(expose)
        .add(check(script, answer.with_critical(false), |turn| match turn % 3 {
            0 => Answer::Number(turn),
            1 => Answer::Text("text".to_owned()),
            _ => Answer::Nothing,
        }))
        .add(check(script, disk.with_tags(["storage"]), |turn| {
            let usage = Usage { free: turn.into(), total: u64::MAX };
            Disk { usage, mounts: (0..turn % 3).map(|mount| (format!("/mnt/{mount}"), usage)).collect() }
        }))
        .add(check(script, node.with_probes(&Probe::ALL).with_failure_threshold(2), |turn| match turn % 3 {
            0 => Node::Primary { replicas: vec!["a".to_owned(); turn.into()] },
            1 => Node::Replica { lag_seconds: Some(0.5) },
            _ => Node::Replica { lag_seconds: None },
        }))
        .add(check(script, plain.with_timeout(Duration::from_secs(1)), |_| ()))
        .add(check(
            script,
            pool.with_slow(Duration::from_millis(200)).with_timeout(Duration::from_secs(7200)),
            |turn| Pool { open: turn.into(), oldest: (turn % 2 == 0).then(|| "text".to_owned()) },
        ))
        .add(check(script, started.with_probes(&[Probe::Ready, Probe::Startup]), |turn| (turn, [turn; 2])))
        .build()
        .unwrap()
}

/// A source of choices, the same each time.
struct Dice(u64);

impl Dice {
    /// One of so many; a linear congruential generator with Knuth's constants, of which the upper bits are good enough.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }
}

/// How many reports there were of each kind.
#[derive(Debug, Default)]
struct Seen(BTreeMap<String, usize>);

impl Seen {
    fn count(&mut self, kind: impl Into<String>) {
        *self.0.entry(kind.into()).or_default() += 1;
    }

    fn report(&mut self, report: &Value, exposes: bool) {
        self.count(format!("report {}", report["status"].as_str().unwrap()));
        self.count(format!("phase {}", report["phase"].as_str().unwrap_or("none")));
        for (name, check) in report["checks"].as_object().into_iter().flatten() {
            self.count(format!("check {}", check["status"].as_str().unwrap()));
            self.count(format!("reason {}", check["reason"].as_str().unwrap_or("none")));
            let details = match &check["details"] {
                Value::Object(members) if name == "disk" => format!("with {} members", members.len()),
                Value::Object(members) => members.keys().cloned().collect::<Vec<_>>().join(" and "),
                Value::Null if check.get("details").is_none() => "none".to_owned(),
                other => other.to_string().chars().map(|c| if c.is_ascii_digit() { 'n' } else { c }).collect(),
            };
            self.count(format!("details of {name}: {}", details.replace("nn", "n").replace("nn", "n")));
            for flag in ["forced", "excluded", "running_since", "consecutive_failures"] {
                if check.get(flag).is_some() {
                    self.count(flag);
                }
            }
            if let Some(message) = check["message"].as_str() {
                if message.ends_with('…') {
                    self.count("message cut");
                }
                if check["reason"] == "failed" && (message.contains("redis") || message.contains("log")) {
                    self.count(if exposes && message.contains("redis") { "error exposed" } else { "error hidden" });
                }
                assert!(!message.contains("secret"), "{message}");
            }
        }
    }
}

/// A change after which a report is none.
fn spoil(report: &mut Value, dice: &mut Dice) -> &'static str {
    let checks =
        report["checks"].as_object().map(|checks| checks.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let check = (!checks.is_empty()).then(|| checks[dice.roll(checks.len())].clone());
    match (dice.roll(9), check) {
        (0, Some(check)) => {
            report["checks"].as_object_mut().unwrap().remove(&check);
            "a check less"
        }
        (1, Some(check)) => {
            report["checks"][&check]["reason"] = "tired".into();
            "an unknown reason"
        }
        (2, Some(check)) => {
            report["checks"][&check].as_object_mut().unwrap().remove("status");
            "a check without status"
        }
        (3, Some(check)) => {
            report["checks"][&check]["response_time_ms"] = "1.27".into();
            "a number as text"
        }
        (4, Some(_)) if report["checks"].get("pool").is_some() => {
            report["checks"]["pool"]["details"] = json!({"open": -1});
            "details that are none"
        }
        (5, Some(_)) => {
            report["checks"]["unknown"] = json!({"status": "ok"});
            "a check more"
        }
        (6, _) => {
            report["timestamp"] = "yesterday".into();
            "a timestamp that is none"
        }
        (7, _) => {
            report.as_object_mut().unwrap().remove("version");
            "no version"
        }
        _ => {
            report["status"] = "fine".into();
            "an unknown status"
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_reports_of_every_kind_are_what_the_document_says() {
    std::panic::set_hook(Box::new(|_| ()));
    let script = Script::new(Mutex::new(NAMES.map(|name| (name, Act::Hang)).into()));
    let services = [(service(&script, Expose::never()), false), (service(&script, Expose::always()), true)];
    let contract = Contract::new(json!(services[0].0.openapi()));
    let mut dice = Dice(3);
    let mut seen = Seen::default();

    let mut reports = 0;
    while reports < REPORTS {
        // From the start, when nothing is known, to the end.
        match reports {
            100 => script.lock().unwrap().values_mut().for_each(|act| *act = Act::Pass),
            9_000 => drain(&services).await,
            _ if dice.roll(3) == 0 => drop(script.lock().unwrap().insert(dice.pick(&NAMES), dice.pick(&ACTS))),
            _ => {}
        }
        let (health, exposes) = &services[dice.roll(2)];
        match dice.roll(40) {
            0 => drop(health.force(dice.pick(&NAMES), dice.pick(&[Outcome::ok, |()| Outcome::error("closed")])(()))),
            1..4 => NAMES.iter().for_each(|name| health.release(name).unwrap()),
            4 => advance(Duration::from_secs(90)).await,
            _ => {}
        }
        let probe = dice.pick(&Probe::ALL);
        let (component, report) = match dice.roll(6) {
            0 => {
                let name = dice.pick(&NAMES);
                let Some(report) = health.probe_check(probe, name).await else { continue };
                (format!("{}.{name}", component(probe)), report)
            }
            1 => {
                let selection = Selection::all().exclude(dice.pick(&NAMES)).exclude(dice.pick(&NAMES));
                let selection =
                    if probe == Probe::Ready && dice.roll(2) == 0 { selection.tag("storage") } else { selection };
                (component(probe).to_owned(), health.probe_selected(probe, &selection).await.unwrap())
            }
            2 => (component(probe).to_owned(), health.look(probe)),
            3 => (component(probe).to_owned(), health.answer(probe).await),
            _ => (component(probe).to_owned(), health.probe(probe).await),
        };
        reports += 1;
        let body = to_bytes(report.clone().into_response().into_body(), usize::MAX).await.unwrap();
        let mut report = json!(report);
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), report, "what is sent is what is serialised");
        assert_eq!(contract.invalid_as(&component, &report), [""; 0], "{report:#}");
        seen.report(&report, *exposes);
        seen.count(format!("probe {component}"));
        let spoiled = spoil(&mut report, &mut dice);
        assert_ne!(contract.invalid_as(&component, &report), [""; 0], "{spoiled} in {report:#}");
        seen.count(format!("spoiled: {spoiled}"));
    }
    seen.report(&cancelled(&contract), false);
    drop(std::panic::take_hook());

    for (kind, number) in &seen.0 {
        println!("{number:6} {kind}");
    }
    let missing: Vec<_> = every_kind().filter(|kind| !seen.0.contains_key(kind)).collect();
    assert_eq!(missing, [""; 0], "kinds that were never generated");
}

fn component(probe: Probe) -> &'static str {
    match probe {
        Probe::Live => "LiveReport",
        Probe::Ready => "ReadyReport",
        Probe::Startup => "StartupReport",
    }
}

/// A signal to this process, which the services take as a wish to end.
async fn drain(services: &[(Health, bool)]) {
    for (health, _) in services {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let health = health.clone();
        tokio::spawn(async move { health.serve(listener, Router::new()).await });
    }
    tokio::task::yield_now().await;
    assert!(Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status().unwrap().success());
    while services.iter().any(|(health, _)| health.phase() != Phase::Draining) {
        sleep(Duration::from_millis(1)).await;
    }
}

/// A report of runs whose runtime has gone away.
fn cancelled(contract: &Contract) -> Value {
    let script = Script::new(Mutex::new(NAMES.map(|name| (name, Act::Pass)).into()));
    let report = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let health = runtime.block_on(async { service(&script, Expose::never()) });
        drop(runtime);
        health.look(Probe::Ready)
    });
    let report = json!(report.join().unwrap());
    assert_eq!(contract.invalid_as("ReadyReport", &report), [""; 0], "{report:#}");
    report
}

/// What there has to be at least one report of.
fn every_kind() -> impl Iterator<Item = String> {
    let reasons = [
        Reason::Failed,
        Reason::Timeout,
        Reason::Panicked,
        Reason::Cancelled,
        Reason::Slow,
        Reason::Degraded,
        Reason::Forced,
        Reason::Pending,
        Reason::Stale,
    ];
    let lists = [
        ("report ", &["healthy", "degraded", "unhealthy"][..]),
        ("phase ", &["none", "starting", "running", "draining"]),
        ("check ", &["ok", "degraded", "error"]),
        ("reason none", &[""]),
        (
            "",
            &[
                "forced",
                "excluded",
                "running_since",
                "consecutive_failures",
                "message cut",
                "error hidden",
                "error exposed",
            ],
        ),
        ("details of ", &["plain: none", "pool: none", "pool: oldest and open", "pool: open", "disk: with 2 members"]),
        ("details of ", &["disk: with 4 members", "node: replicas and role", "node: lag_seconds and role"]),
        ("details of ", &["answer: n", "answer: \"text\"", "answer: null", "started: [n,[n,n]]"]),
        ("probe ", &["LiveReport", "ReadyReport", "StartupReport", "ReadyReport.pool", "LiveReport.node"]),
        ("spoiled: ", &["a check less", "a check more", "details that are none", "no version", "an unknown status"]),
        ("spoiled: ", &["an unknown reason", "a check without status", "a number as text", "a timestamp that is none"]),
    ];
    let listed = lists.into_iter().flat_map(|(start, ends)| ends.iter().map(move |end| format!("{start}{end}")));
    reasons.into_iter().map(|reason| format!("reason {}", reason.as_str())).chain(listed)
}
