//! The lifecycle as a state machine: whatever happens in which order, no phase is left backwards, and readiness is 200 only while
//! the service is running.

use std::time::Duration;

use health_runtime::testing::{Script, Step};
use health_runtime::{Check, CheckMeta, Health, Outcome, Phase, Probe, Report};
use tokio::time::sleep;

const CASES: u64 = 500;
const EVENTS: usize = 30;
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Debug, Clone, Copy)]
enum Event {
    Sleep,
    Drain,
    Force,
    ForceFailure,
    Release,
    Register,
    Remove,
    Run,
    Look,
    Answer,
    Probe,
}

const ALL: [Event; 11] = [
    Event::Sleep,
    Event::Drain,
    Event::Force,
    Event::ForceFailure,
    Event::Release,
    Event::Register,
    Event::Remove,
    Event::Run,
    Event::Look,
    Event::Answer,
    Event::Probe,
];

/// A check of readiness, startup or both that passes, fails, hangs or takes its time.
fn check(name: &'static str, random: &mut fastrand::Rng) -> Check {
    let steps = (0..3).map(|_| match random.u8(0..5) {
        0 => Step::fail("refused"),
        1 => Step::hang(),
        2 => Step::from(Outcome::ok(())).after(Duration::from_millis(random.u64(1..2_000))),
        _ => Step::from(Outcome::ok(())),
    });
    let script = Script::<()>::new(steps.collect::<Vec<_>>());
    let meta = CheckMeta::new(name)
        .with_timeout(Duration::from_millis(500))
        .with_critical(random.bool())
        .with_probes([&[Probe::Ready][..], &[Probe::Startup], &[Probe::Ready, Probe::Startup]][random.usize(0..3)]);
    script.check(meta)
}

/// What one case has shown so far.
struct Seen {
    health: Health,
    phase: Phase,
    has_drained: bool,
}

impl Seen {
    async fn event(&mut self, event: Event, random: &mut fastrand::Rng) -> Option<Report> {
        let (health, name) = (&self.health, NAMES[random.usize(0..NAMES.len())]);
        // Some are about a check that is not there, and some doubled: these change nothing.
        match event {
            Event::Sleep => sleep(Duration::from_millis(random.u64(0..1_500))).await,
            Event::Drain => {
                health.drain();
                self.has_drained = true;
            }
            Event::Force => _ = health.force(name, Outcome::ok(())),
            Event::ForceFailure => _ = health.force(name, Outcome::error("by hand")),
            Event::Release => _ = health.release(name),
            Event::Register => _ = health.register(check(name, random)),
            Event::Remove => _ = health.remove(name),
            Event::Run => _ = health.run(name).await,
            Event::Look => return Some(health.look(Probe::Ready)),
            Event::Answer => return Some(health.answer(Probe::Ready).await),
            Event::Probe => return Some(health.probe(Probe::Ready).await),
        }
        None
    }

    fn assert(&mut self, report: Option<&Report>, about: &str) {
        let phase = self.health.phase();
        assert!(phase >= self.phase, "{about}: {} became {phase}", self.phase);
        assert_eq!(phase == Phase::Draining, self.has_drained, "{about}");
        if let Some(report) = report {
            assert!(!report.is_success() || report.phase() == Some(Phase::Running), "{about}: {report:?}");
            assert!(!report.is_success() || !self.has_drained, "{about}: ready although it drains");
        }
        self.phase = phase;
    }
}

#[tokio::test(start_paused = true)]
async fn no_order_of_events_undoes_draining_or_makes_readiness_succeed_outside_of_running() {
    let (mut started, mut successes) = (0, 0);
    for seed in 0..CASES {
        let mut random = fastrand::Rng::with_seed(seed);
        let builder = Health::builder().version("1.0.0").without_registered();
        let health = builder.add(check("a", &mut random)).add(check("b", &mut random)).build().unwrap();
        let mut seen = Seen { phase: health.phase(), has_drained: false, health };
        for number in 0..EVENTS {
            // Most of the time it does not drain yet.
            let mut event = ALL[random.usize(0..ALL.len())];
            if matches!(event, Event::Drain) && random.u8(0..4) > 0 {
                event = Event::Sleep;
            }
            let report = seen.event(event, &mut random).await;
            seen.assert(report.as_ref(), &format!("seed {seed}, event {number}, {event:?}"));
            successes += u32::from(report.is_some_and(|report| report.is_success()));
            started += u32::from(number == EVENTS - 1 && seen.phase > Phase::Starting);
        }
    }
    // The cases are about something.
    assert!(started > 300 && successes > 300, "{started} started, {successes} successes");
}
