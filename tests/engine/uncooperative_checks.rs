//! Checks that ignore their end, in every way: the probe is answered, the others are, and so is the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use health_runtime::{Check, CheckMeta, CheckStatus, Health, HealthBuilder, Probe, Reason, Report, health_details};
use health_tests::{Gate, on_every_runtime};
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

/// Blocks in its destructor: what ignores being cancelled.
struct Clinging(Gate);

impl Drop for Clinging {
    fn drop(&mut self) {
        self.0.wait();
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
    CheckMeta::new("check").with_timeout(Duration::from_millis(100))
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

/// What the check has come to, as any thread can see it.
fn reason(health: &Health) -> Option<Reason> {
    health.look(Probe::Ready).check("check").unwrap().reason()
}

/// With a worker to spare: while the check blocks, two probes are answered and one run is alive. Without one, the timeout is
/// known all the same. Once the check lets go, the next run passes.
fn is_survived(check: impl Fn(Gate, Arc<AtomicUsize>) -> Check) {
    for workers in [2, 1, 0] {
        let ((gate, keeper), runs) = (Gate::new(), Arc::new(AtomicUsize::new(0)));
        let runtime = match workers {
            0 => Builder::new_current_thread().enable_all().build().unwrap(),
            _ => Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap(),
        };
        let health = builder().runtime(runtime.handle().clone()).add(check(gate, Arc::clone(&runs))).build().unwrap();
        let watcher = thread::spawn({
            let health = health.clone();
            move || {
                while reason(&health) != Some(Reason::Timeout) {
                    thread::yield_now();
                }
                // The run that is stuck keeps the others from starting, and its deadline is behind it.
                if workers < 2 {
                    drop(keeper);
                    return None;
                }
                Some(keeper)
            }
        });
        runtime.block_on(async {
            if workers == 2 {
                for _ in 0..2 {
                    let report = probe(&health).await;
                    assert_eq!(report.check("check").unwrap().reason(), Some(Reason::Timeout));
                    assert_eq!(report.check("neighbour").unwrap().status(), CheckStatus::Ok);
                    assert_eq!(runs.load(Ordering::SeqCst), 1);
                }
            } else {
                tokio::spawn(async {}).await.unwrap();
            }
            drop(watcher.join().unwrap());
            let recovered = async {
                while !probe(&health).await.is_success() {
                    sleep(Duration::from_millis(5)).await;
                }
            };
            timeout(Duration::from_secs(10), recovered).await.expect("recovery without a restart");
        });
        assert!(runs.load(Ordering::SeqCst) > 1, "{workers} workers");
    }
}

#[test]
fn one_that_blocks_its_thread_at_once() {
    is_survived(|gate, runs| {
        Check::new(meta(), move |_| {
            let (gate, run) = (gate.clone(), runs.fetch_add(1, Ordering::SeqCst));
            async move {
                if run == 0 {
                    gate.wait();
                }
            }
        })
    });
}

#[test]
fn one_that_awaits_and_then_blocks_its_thread() {
    is_survived(|gate, runs| {
        Check::new(meta(), move |_| {
            let (gate, run) = (gate.clone(), runs.fetch_add(1, Ordering::SeqCst));
            async move {
                sleep(Duration::from_millis(5)).await;
                if run == 0 {
                    gate.wait();
                }
            }
        })
    });
}

#[test]
fn one_that_blocks_when_it_is_cancelled() {
    is_survived(|gate, runs| {
        Check::new(meta(), move |_| {
            let (gate, run) = (gate.clone(), runs.fetch_add(1, Ordering::SeqCst));
            async move {
                if run == 0 {
                    let _clinging = Clinging(gate);
                    std::future::pending::<()>().await;
                }
            }
        })
    });
}

/// It comes back before anything else could notice that it is late.
#[test]
fn one_that_passes_after_its_deadline_is_a_timeout() {
    on_every_runtime(|| async {
        let meta = CheckMeta::new("check").with_timeout(Duration::from_millis(3)).with_cache(Duration::from_secs(60));
        let late = Check::new(meta, |cx| async move {
            while !cx.remaining().is_zero() {
                std::hint::spin_loop();
            }
            thread::sleep(Duration::from_millis(1));
        });
        let health = builder().add(late).build().unwrap();
        let report = probe(&health).await;
        let check = report.check("check").unwrap();
        assert_eq!((check.status(), check.reason()), (CheckStatus::Error, Some(Reason::Timeout)));
        assert_eq!(check.message(), Some("no answer within 3ms"));
    });
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
    (CheckMeta::new(name), make)
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_panic_beside_every_other_one() {
    for (first, second) in (0..6).flat_map(|first| (0..6).map(move |second| (first, second))) {
        let mut builder = builder();
        for (place, kind) in [("a", first), ("b", second)] {
            let (meta, make) = panicking(kind);
            let name = format!("{place}-{}", meta.place().name());
            builder = builder.add(make(meta.with_name(name)));
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
