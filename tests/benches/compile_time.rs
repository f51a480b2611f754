//! What an annotated function costs the compiler, beside the same written by hand and beside `#[tracing::instrument]`.
//!
//! ```text
//! cargo bench -p health-tests --bench compile_time
//! ```
//!
//! A crate of 500 functions is compiled once for each way to write them, again and again in turn, not incrementally, with its
//! dependencies built before. Every crate uses every library once, so that what is compared is the functions alone. The figures
//! are CPU time of cargo and the compiler, in the system too, above that of the plain functions: milliseconds per function.
//!
//! For `cargo check` all functions share one type of details; for `cargo build` every second one has its own, which is documented by utoipa as
//! well: with `#[health_details]`, or with three derives by hand.
//!
//! `cargo build` is told to call the plain and the instrumented functions through a box, as the others are: the compiler
//! generates no code for an `async fn` that nobody calls.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const FUNCTIONS: u32 = 500;
const ROUNDS: usize = 7;

/// What every crate starts with.
const HEAD: &str = r#"#![deny(warnings)]
#![allow(dead_code, unused_imports)]

use std::future::Future;
use std::io::Error;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::State;
use health_runtime::{Check, CheckMeta, Health, HealthBuilder, health_check, health_details};

#[derive(Debug, Clone)]
pub struct Pool;

impl Pool {
    async fn ping(&self) -> Result<u32, Error> {
        Ok(4)
    }
}

#[health_details]
pub struct PoolStats {
    open: u32,
    closed: u64,
}

#[health_check]
async fn annotated() {}

#[tracing::instrument]
async fn instrumented() {}

pub fn made_in_code() -> HealthBuilder {
    Health::builder().add(Check::new(CheckMeta::new("x").with_timeout(Duration::from_secs(5)), |_| async {}))
}
"#;

/// What an author puts in the place of the runtime who would rather write it all.
const TRAIT: &str = r"
pub struct Answer(Result<Option<serde_json::Value>, String>);

impl Answer {
    fn of<T: serde::Serialize, E: std::error::Error>(answer: Result<T, E>) -> Self {
        Self(answer.map(|details| serde_json::to_value(details).ok()).map_err(|error| error.to_string()))
    }
}

pub trait HandWritten {
    const NAME: &'static str;
    const DESCRIPTION: &'static str;
    const TIMEOUT: Option<Duration>;

    fn run(pool: &Pool) -> Pin<Box<dyn Future<Output = Answer> + Send>>;
}

pub struct Descriptor {
    name: &'static str,
    description: &'static str,
    timeout: Option<Duration>,
    run: fn(&Pool) -> Pin<Box<dyn Future<Output = Answer> + Send>>,
}

impl Descriptor {
    const fn of<T: HandWritten>() -> Self {
        Self { name: T::NAME, description: T::DESCRIPTION, timeout: T::TIMEOUT, run: T::run }
    }
}

inventory::collect!(Descriptor);
";

/// How the functions are written.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Functions that nobody knows to be checks.
    Plain,
    /// With the attribute.
    Annotated,
    /// The functions, each with a closure for the builder: the runtime without the macro, and without registration.
    Closures,
    /// The functions, each with a type that implements a trait, boxes the future, and is registered.
    Trait,
    /// With the attribute that most services have on many functions.
    Instrumented,
}

const WAYS: [Way; 5] = [Way::Plain, Way::Annotated, Way::Closures, Way::Trait, Way::Instrumented];

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Annotated => "annotated",
            Self::Closures => "closures",
            Self::Trait => "trait",
            Self::Instrumented => "instrumented",
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Plain => "plain functions",
            Self::Annotated => "#[health_check]",
            Self::Closures => "by hand, closures for the builder",
            Self::Trait => "by hand, a trait and inventory",
            Self::Instrumented => "#[tracing::instrument]",
        }
    }

    fn source(self, command: &str) -> String {
        let mut source = HEAD.to_owned();
        if self == Self::Trait {
            source.push_str(TRAIT);
        }
        for number in 0..FUNCTIONS {
            self.function(number, command, &mut source).expect("a String takes every text");
            if command == "build" && matches!(self, Self::Plain | Self::Instrumented) {
                call(number, &mut source).expect("a String takes every text");
            }
        }
        source
    }

    /// A type of details; its name.
    fn details(self, number: u32, source: &mut String) -> Result<String, std::fmt::Error> {
        let derives = match self {
            Self::Plain | Self::Instrumented => "#[derive(Debug)]",
            Self::Annotated => "#[health_details]",
            Self::Closures | Self::Trait => "#[derive(serde::Serialize, schemars::JsonSchema, utoipa::ToSchema)]",
        };
        let fields = "/// Connections open.\nopen: u32,\n/// Connections closed.\nclosed: u64,";
        writeln!(source, "\n{derives}\npub struct PoolStats{number} {{\n{fields}\n}}")?;
        Ok(format!("PoolStats{number}"))
    }

    fn function(self, number: u32, command: &str, source: &mut String) -> std::fmt::Result {
        let (output, body) = if number.is_multiple_of(2) {
            let stats = if command == "build" { self.details(number, source)? } else { "PoolStats".to_owned() };
            let body = format!("let open = pool.ping().await?; Ok({stats} {{ open, closed: 0 }})");
            (stats, body)
        } else {
            ("()".to_owned(), "pool.ping().await?; Ok(())".to_owned())
        };
        writeln!(source, "\n/// Dependency {number} answers.")?;
        match self {
            Self::Annotated => writeln!(source, r#"#[health_check(name = "check-{number}", timeout = "5s")]"#)?,
            Self::Instrumented => writeln!(source, "#[tracing::instrument]")?,
            _ => {}
        }
        writeln!(
            source,
            "pub async fn check_{number}(State(pool): State<Pool>) -> Result<{output}, Error> {{ {body} }}"
        )?;
        match self {
            Self::Closures => writeln!(
                source,
                r#"
pub fn add_{number}(builder: HealthBuilder, pool: &Pool) -> HealthBuilder {{
    let meta = CheckMeta::new("check-{number}")
        .with_description("Dependency {number} answers.")
        .with_timeout(Duration::from_secs(5));
    let pool = pool.clone();
    builder.add(Check::new(meta, move |_| check_{number}(State(pool.clone()))))
}}"#
            ),
            Self::Trait => writeln!(
                source,
                r#"
pub struct Check{number};

impl HandWritten for Check{number} {{
    const NAME: &'static str = "check-{number}";
    const DESCRIPTION: &'static str = "Dependency {number} answers.";
    const TIMEOUT: Option<Duration> = Some(Duration::from_secs(5));

    fn run(pool: &Pool) -> Pin<Box<dyn Future<Output = Answer> + Send>> {{
        let pool = pool.clone();
        Box::pin(async move {{ Answer::of(check_{number}(State(pool)).await) }})
    }}
}}

inventory::submit! {{ Descriptor::of::<Check{number}>() }}"#
            ),
            _ => Ok(()),
        }
    }
}

fn call(number: u32, source: &mut String) -> std::fmt::Result {
    writeln!(
        source,
        "
pub fn call_{number}(pool: &Pool) -> Pin<Box<dyn Future<Output = bool> + Send>> {{
    let pool = pool.clone();
    Box::pin(async move {{ check_{number}(State(pool)).await.is_ok() }})
}}"
    )
}

fn main() {
    let workspace = workspace();
    for command in ["check", "build"] {
        let mut times = WAYS.map(|way| {
            // Builds the dependencies, and shows what does not compile.
            milliseconds(&workspace, way, command);
            Vec::new()
        });
        for _ in 0..ROUNDS {
            for (way, times) in WAYS.iter().zip(&mut times) {
                times.push(milliseconds(&workspace, *way, command));
            }
        }
        report(command, times);
    }
}

fn report(command: &str, mut times: [Vec<f64>; WAYS.len()]) {
    for times in &mut times {
        times.sort_by(f64::total_cmp);
    }
    let added = |way: usize, rank: usize| (times[way][rank] - times[0][rank]) / f64::from(FUNCTIONS);
    let (min, median) = (0, ROUNDS / 2);
    println!(
        "\n{:<36} {:>7} {:>7} {:>14} {:>7}",
        format!("cargo {command}"),
        "min",
        "median",
        "ours/this: min",
        "median"
    );
    for (index, way) in WAYS.iter().enumerate().skip(1) {
        let [a, b] = [min, median].map(|rank| added(index, rank));
        let [x, y] = [min, median].map(|rank| added(1, rank) / added(index, rank));
        println!("{:<36} {a:>7.2} {b:>7.2} {x:>14.2} {y:>7.2}", way.describe());
    }
}

/// The CPU time of compiling a crate whose dependencies are built.
fn milliseconds(workspace: &Path, way: Way, command: &str) -> f64 {
    fs::write(workspace.join(way.name()).join("src/lib.rs"), way.source(command)).expect("a file");
    // A shell knows the times of the processes that it has waited for; the standard library does not.
    let script = r#"exec 3>&1; TIMEFORMAT="%3U %3S"; time "$@" 2>&3"#;
    let output = Command::new("bash")
        .args(["-c", script, "bash"])
        .arg(std::env::var_os("CARGO").expect("run by cargo"))
        .args([command, "--quiet", "--offline", "--package", way.name()])
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TARGET_DIR", workspace.join("target"))
        .current_dir(workspace)
        .stdin(Stdio::null())
        .output()
        .expect("bash");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let times = String::from_utf8(output.stderr).expect("text");
    times.split_whitespace().map(|seconds| seconds.parse::<f64>().expect("a number") * 1e3).sum()
}

/// A workspace with a crate for each way, with the versions of the tests.
fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_time");
    for way in WAYS {
        fs::create_dir_all(workspace.join(way.name()).join("src")).expect("a directory");
        let manifest = format!(
            r#"[package]
name = "{}"
edition = "2024"

[dependencies]
axum = {{ version = "0.8", default-features = false }}
health-runtime = {{ path = "{}" }}
inventory = "0.3"
schemars = "1"
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"
tracing = {{ version = "0.1", default-features = false, features = ["attributes"] }}
utoipa = {{ version = "6", default-features = false, features = ["macros"] }}
"#,
            way.name(),
            root.join("health-runtime").display()
        );
        fs::write(workspace.join(way.name()).join("Cargo.toml"), manifest).expect("a file");
        fs::write(workspace.join(way.name()).join("src/lib.rs"), "").expect("a file");
    }
    let members = WAYS.map(Way::name);
    fs::write(workspace.join("Cargo.toml"), format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n"))
        .expect("a file");
    fs::copy(root.join("Cargo.lock"), workspace.join("Cargo.lock")).expect("a file");
    workspace
}
