//! Checks that ignore their end, in every way: the probe is answered, the others are, and so is the next one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use health_runtime::{Check, CheckMeta, CheckStatus, Health, HealthBuilder, Probe, Reason, Report, health_details};
use tokio::time::{sleep, timeout};

/// Blocks whoever waits at it, once, until the test lets go.
#[derive(Clone)]
struct Gate(Arc<Mutex<mpsc::Receiver<()>>>);

impl Gate {
    fn new() -> (mpsc::Sender<()>, Self) {
        let (release, gate) = mpsc::channel();
        (release, Self(Arc::new(Mutex::new(gate))))
    }

    fn block(&self) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).recv();
    }
}

/// Blocks in its destructor: what ignores being cancelled.
struct Clinging(Gate);

impl Drop for Clinging {
    fn drop(&mut self) {
        self.0.block();
    }
}

fn builder() -> HealthBuilder {
    Health::builder()
        .version("1.0.0")
        .without_registered()
        .default_cache(Duration::ZERO)
        .add(Check::new(CheckMeta::new("neighbour"), |_| async {}))
}

fn meta() -> CheckMeta {
    CheckMeta::new("check").timeout(Duration::from_millis(100))
}

/// Asks on a worker, as a server does, and not on the thread of the test.
async fn probe(health: &Health) -> Report {
    let health = health.clone();
    let asked = tokio::spawn(async move { health.probe(Probe::Ready).await });
    timeout(Duration::from_millis(2_100), asked)
        .await
        .expect("an answer at the timeout, and not long after it")
        .unwrap()
}

/// While the check blocks, two probes are answered and one run is alive; once it lets go, the next run passes.
async fn is_survived(release: mpsc::Sender<()>, runs: Arc<AtomicUsize>, check: Check) {
    let health = builder().add(check).build().unwrap();
    for _ in 0..2 {
        let report = probe(&health).await;
        assert_eq!(report.check("check").unwrap().reason(), Some(Reason::Timeout));
        assert_eq!(report.check("neighbour").unwrap().status(), CheckStatus::Ok);
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    }
    drop(release);
    let recovered = async {
        while !probe(&health).await.is_success() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), recovered).await.expect("recovery without a restart");
    assert!(runs.load(Ordering::SeqCst) > 1);
}

fn counter() -> (Arc<AtomicUsize>, impl Fn() -> usize) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    (runs, move || counted.fetch_add(1, Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_blocks_its_thread_at_once() {
    let ((release, gate), (runs, count)) = (Gate::new(), counter());
    let check = Check::new(meta(), move |_| {
        let (gate, run) = (gate.clone(), count());
        async move {
            if run == 0 {
                gate.block();
            }
        }
    });
    is_survived(release, runs, check).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_awaits_and_then_blocks_its_thread() {
    let ((release, gate), (runs, count)) = (Gate::new(), counter());
    let check = Check::new(meta(), move |_| {
        let (gate, run) = (gate.clone(), count());
        async move {
            sleep(Duration::from_millis(5)).await;
            if run == 0 {
                gate.block();
            }
        }
    });
    is_survived(release, runs, check).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_blocks_when_it_is_cancelled() {
    let ((release, gate), (runs, count)) = (Gate::new(), counter());
    let check = Check::new(meta(), move |_| {
        let (gate, run) = (gate.clone(), count());
        async move {
            if run == 0 {
                let _clinging = Clinging(gate);
                std::future::pending::<()>().await;
            }
        }
    });
    is_survived(release, runs, check).await;
}

#[tokio::test(start_paused = true)]
async fn one_that_never_resolves_beside_one_that_panics_beside_one_that_fails() {
    let health = builder()
        .add(Check::new(CheckMeta::new("hangs"), |_| std::future::pending::<()>()))
        .add(Check::new(CheckMeta::new("panics"), |_| async { fail("at once") }))
        .add(Check::new(CheckMeta::new("panics-late"), |_| async {
            sleep(Duration::from_secs(1)).await;
            fail("late");
        }))
        .add(Check::new(CheckMeta::new("fails"), |_| async { Err::<(), _>("down") }))
        .build()
        .unwrap();
    let start = tokio::time::Instant::now();
    let report = health.probe(Probe::Ready).await;
    assert_eq!(start.elapsed().as_secs(), 5);
    let reasons: Vec<_> = report.checks().map(|(name, check)| (name, check.reason())).collect();
    assert_eq!(
        reasons,
        [
            ("fails", Some(Reason::Failed)),
            ("hangs", Some(Reason::Timeout)),
            ("neighbour", None),
            ("panics", Some(Reason::Panicked)),
            ("panics-late", Some(Reason::Panicked)),
        ]
    );
}

/// Panics, and has a type all the same.
fn fail(text: &str) {
    assert!(text.is_empty(), "{text}");
}

struct Trap;

impl Drop for Trap {
    fn drop(&mut self) {
        panic!("in drop");
    }
}

#[derive(Debug)]
struct Unprintable;

impl std::fmt::Display for Unprintable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("in display")
    }
}

impl std::error::Error for Unprintable {}

/// What cannot be serialised, and cannot be dropped either.
#[health_details]
struct Cursed {
    #[serde(serialize_with = "curse")]
    number: u8,
    #[serde(skip)]
    _trap: Option<Trap>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn curse<S: serde::Serializer>(number: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    assert!(*number == 0, "in serialize");
    serializer.serialize_u8(*number)
}

/// A check that panics in one way.
fn panicking(kind: usize) -> (CheckMeta, Box<dyn Fn(CheckMeta) -> Check>) {
    let name = ["call", "poll", "drop", "display", "serialize", "details-drop"][kind];
    let make: Box<dyn Fn(CheckMeta) -> Check> = match name {
        "call" => {
            Box::new(|meta| Check::new(meta, |_| -> std::future::Ready<()> { panic!("in the synchronous part") }))
        }
        "poll" => Box::new(|meta| {
            Check::new(meta, |_| async {
                tokio::task::yield_now().await;
                fail("after an await");
            })
        }),
        "drop" => Box::new(|meta| {
            Check::new(meta, |_| async {
                let _trap = Trap;
                tokio::task::yield_now().await;
            })
        }),
        "display" => Box::new(|meta| Check::new(meta, |_| async { Err::<(), _>(Unprintable) })),
        "serialize" => {
            Box::new(|meta| Check::new(meta, |_| async { Ok::<_, String>(Cursed { number: 1, _trap: None }) }))
        }
        _ => Box::new(|meta| Check::new(meta, |_| async { Ok::<_, String>(Cursed { number: 0, _trap: Some(Trap) }) })),
    };
    (CheckMeta::new("x").name(name), make)
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_panic_beside_every_other_one() {
    for (first, second) in (0..6).flat_map(|first| (0..6).map(move |second| (first, second))) {
        let mut builder = builder();
        for (place, kind) in [("a", first), ("b", second)] {
            let (meta, make) = panicking(kind);
            let name = format!("{place}-{}", meta.place().name());
            builder = builder.add(make(meta.name(name)));
        }
        let health = builder.build().unwrap();
        for _ in 0..3 {
            let report = health.probe(Probe::Ready).await;
            assert_eq!(report.checks().count(), 3);
            for (name, check) in report.checks() {
                // Details are dropped when the next ones take their place: the run itself was well.
                let expected = match name {
                    "neighbour" | "a-details-drop" | "b-details-drop" => None,
                    _ => Some(Reason::Panicked),
                };
                assert_eq!(check.reason(), expected, "{name} of {report:?}");
            }
        }
    }
}
