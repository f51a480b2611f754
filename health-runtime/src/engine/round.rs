//! A round: the runs that one probe starts, joins and waits for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

use super::core::Core;
use super::known::Known;
use super::run::RunGuard;
use super::schedule::keep_deadlines;
use super::settings::LONGEST;
use super::slot::{Claim, Demand, RunHandle, Slot};
use crate::observation::Observation;
use crate::outcome::CheckStatus;
use crate::probe::Probe;
use crate::report::Phase;

/// Starts each check at most once, dependencies first.
pub(super) struct Starter<'a> {
    core: &'a Arc<Core>,
    runtime: &'a Handle,
    now: Instant,
    at: SystemTime,
    /// Dependencies started in this round.
    started: HashMap<*const Slot, Awaited>,
}

/// The source of a check's observation in this round.
#[derive(Debug, Clone)]
pub(super) enum Awaited {
    Fresh(Arc<Observation>),
    Run(Arc<RunHandle>),
}

/// How long a round waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For every run.
    Full,
    /// For a run that can change the status code, at most for the limit; for other runs until the patience is over.
    Needed { patience: Duration, limit: Option<Duration> },
    /// For every run, until the patience is over.
    Briefly { patience: Duration },
}

/// The checks of one probe, after their runs were started or joined.
pub(super) struct Round<'a> {
    core: &'a Core,
    arrival: Instant,
    checks: Vec<Asked>,
    /// Whether the phase of the service affects the status code, too.
    is_readiness: bool,
    /// Whether the status code is an error until the service has started.
    awaits_start: bool,
}

struct Asked {
    slot: Arc<Slot>,
    /// `None` if the check was not run.
    awaited: Option<Awaited>,
    is_excluded: bool,
    is_critical: bool,
}

impl<'a> Starter<'a> {
    pub(super) fn new(core: &'a Arc<Core>, runtime: &'a Handle) -> Self {
        Self { core, runtime, now: Instant::now(), at: SystemTime::now(), started: HashMap::new() }
    }

    /// A fresh observation, or the run that will have one.
    pub(super) fn observe(&mut self, slot: &Arc<Slot>, demand: Demand) -> Awaited {
        if !slot.is_dependency() {
            return self.claim(slot, demand);
        }
        if let Some(awaited) = self.started.get(&Arc::as_ptr(slot)) {
            return awaited.clone();
        }
        let awaited = self.claim(slot, demand);
        self.started.insert(Arc::as_ptr(slot), awaited.clone());
        awaited
    }

    fn claim(&mut self, slot: &Arc<Slot>, demand: Demand) -> Awaited {
        match slot.claim(self.core, demand, self.now, self.at) {
            Claim::Fresh(observed) => Awaited::Fresh(observed),
            Claim::Join(run) => Awaited::Run(run),
            Claim::Start(run) => {
                let guard = RunGuard::new(Arc::clone(self.core), Arc::clone(slot), Arc::clone(&run), self.now);
                let dependencies = slot.dependencies.iter();
                let dependencies = dependencies
                    .map(|(id, slot)| (*id, Arc::clone(slot), self.observe(slot, Demand::Observation)))
                    .collect();
                guard.start(self.runtime, dependencies);
                Awaited::Run(run)
            }
        }
    }
}

impl Awaited {
    /// Waits for the observation. Cancel safe.
    pub(super) async fn finished(&self) -> Arc<Observation> {
        match self {
            Self::Fresh(observed) => Arc::clone(observed),
            Self::Run(run) => run.finished().await,
        }
    }
}

impl<'a> Round<'a> {
    /// How long after the last deadline a caller stops waiting, if the engine fails to end the run.
    const GRACE: Duration = Duration::from_millis(100);

    /// Starts or joins the runs of a probe's checks. An unselected check is run only if a selected one depends on it.
    pub(super) fn start(
        core: &'a Arc<Core>,
        runtime: &Handle,
        probe: Probe,
        slots: &[Arc<Slot>],
        is_selected: impl Fn(&Slot) -> bool,
    ) -> Self {
        let mut starter = Starter::new(core, runtime);
        let included = slots.iter().filter(|slot| slot.counts_for(probe));
        let mut checks: Vec<_> = included
            .map(|slot| {
                let is_selected = is_selected(slot);
                let is_run = is_selected && !slot.is_sampled();
                let awaited = is_run.then(|| starter.observe(slot, Demand::Observation));
                Asked { awaited, is_excluded: !is_selected, is_critical: slot.meta.critical, slot: Arc::clone(slot) }
            })
            .collect();
        let awaits_start = probe == Probe::Ready && core.lifecycle.phase() == Phase::Starting;
        if awaits_start {
            // Without this, nothing might ever run a failed startup check again.
            let is_run = |slot: &&Arc<Slot>| !slot.is_sampled() && !slot.counts_for(probe) && slot.holds_up_start();
            for slot in slots.iter().filter(is_run) {
                starter.observe(slot, Demand::Observation);
            }
        }
        for excluded in checks.iter_mut().filter(|asked| asked.is_excluded) {
            excluded.awaited = starter.started.get(&Arc::as_ptr(&excluded.slot)).cloned();
        }
        Self { core, arrival: starter.now, checks, is_readiness: probe == Probe::Ready, awaits_start }
    }

    /// Starts or joins the run of one check, which decides the status alone.
    pub(super) fn of(
        core: &'a Arc<Core>,
        runtime: &Handle,
        probe: Option<Probe>,
        slot: &Arc<Slot>,
        demand: Demand,
    ) -> Self {
        let mut starter = Starter::new(core, runtime);
        let awaited = (!slot.is_sampled()).then(|| starter.observe(slot, demand));
        let asked = Asked { slot: Arc::clone(slot), awaited, is_excluded: false, is_critical: true };
        let is_readiness = probe == Some(Probe::Ready);
        Self { core, arrival: starter.now, checks: vec![asked], is_readiness, awaits_start: false }
    }

    /// Waits as the caller wants, and returns the state of each check.
    ///
    /// Cancel safe: the runs belong to the engine, and go on if the future is dropped.
    pub(super) async fn known(self, wait: Wait, has_scheduler: bool) -> Vec<Known> {
        if self.unfinished().next().is_some() {
            let timers = self.core.home.timers();
            tokio::select! {
                () = self.wait(wait, timers.as_ref()) => {}
                () = keep_deadlines(self.core), if !has_scheduler && timers.is_some() => {}
            }
        }
        let arrival = self.arrival;
        self.checks.into_iter().map(|asked| asked.known(arrival)).collect()
    }

    async fn wait(&self, wait: Wait, timers: Option<&Handle>) {
        let longest = self.unfinished().map(|(asked, _)| asked.slot.longest_run).max().unwrap_or_default();
        let give_up = longest.saturating_add(Self::GRACE);
        match wait {
            Wait::Full => self.finished_by(self.sleep(give_up, timers)).await,
            Wait::Needed { patience, limit } => {
                let needed = limit.map_or(give_up, |limit| limit.min(give_up));
                tokio::select! {
                    biased;
                    () = self.decided(self.sleep(patience, timers)) => {}
                    () = self.core.lifecycle.draining(), if self.is_readiness => {}
                    () = self.sleep(needed, timers) => {}
                }
            }
            Wait::Briefly { patience } => {
                tokio::select! {
                    biased;
                    () = self.finished_by(self.sleep(patience, timers)) => {}
                    () = self.core.lifecycle.draining(), if self.is_readiness => {}
                }
            }
        }
    }

    /// Returns once no run can change the status code any more, and the patience for the others is over.
    async fn decided(&self, patience: impl Future<Output = ()>) {
        let mut patience = std::pin::pin!(patience);
        // Registered before the first look at the checks, so that no change is missed.
        let mut decision = std::pin::pin!(self.core.decisions.notified());
        let mut has_failed = self.has_failed();
        let mut from = 0;
        loop {
            // A run before this one becomes needed only with a notification.
            let needed = self.checks[from..].iter().position(|asked| !has_failed && self.can_change_code(asked));
            let needed = needed.map(|place| from + place);
            let run = async {
                match needed.and_then(|place| self.checks[place].run()) {
                    Some(run) => drop(run.finished().await),
                    None => self.all_finished().await,
                }
            };
            tokio::select! {
                biased;
                () = run => match needed {
                    Some(place) => from = place + 1,
                    None => return,
                },
                () = &mut decision => {
                    decision.set(self.core.decisions.notified());
                    has_failed = self.has_failed();
                    from = 0;
                }
                () = &mut patience, if needed.is_none() => return,
            }
        }
    }

    /// Returns once every run has finished, or with the other future.
    async fn finished_by(&self, end: impl Future<Output = ()>) {
        tokio::select! {
            biased;
            () = self.all_finished() => {}
            () = end => {}
        }
    }

    async fn all_finished(&self) {
        for (_, run) in self.unfinished() {
            drop(run.finished().await);
        }
    }

    /// Returns this long after the arrival. Without timers, only the runs themselves end the wait.
    fn sleep(&self, duration: Duration, timers: Option<&Handle>) -> impl Future<Output = ()> + use<> {
        let sleep = timers.map(|timers| {
            let _entered = timers.enter();
            sleep_until(self.arrival + duration.min(LONGEST))
        });
        async move {
            match sleep {
                Some(sleep) => sleep.await,
                None => std::future::pending().await,
            }
        }
    }

    /// Whether the check has no result yet, and its result could change the status code.
    fn can_change_code(&self, asked: &Asked) -> bool {
        asked.run().is_some_and(|run| !run.is_finished())
            && asked.counts()
            && asked.slot.forced().is_none()
            && (!self.awaits_start || self.core.lifecycle.phase() != Phase::Starting || asked.slot.holds_up_start())
    }

    /// Whether the result of a check makes the probe fail.
    fn has_failed(&self) -> bool {
        self.checks.iter().any(Asked::has_failed)
    }

    fn unfinished(&self) -> impl Iterator<Item = (&Asked, &RunHandle)> {
        let runs = self.checks.iter().filter_map(|asked| Some((asked, &**asked.run()?)));
        runs.filter(|(_, run)| !run.is_finished())
    }
}

impl Asked {
    fn run(&self) -> Option<&Arc<RunHandle>> {
        match &self.awaited {
            Some(Awaited::Run(run)) => Some(run),
            _ => None,
        }
    }

    /// Whether the check can make the probe fail.
    fn counts(&self) -> bool {
        self.is_critical && !self.is_excluded && !self.slot.is_removed()
    }

    fn has_failed(&self) -> bool {
        let status = || match (&*self.slot.forced(), &self.awaited) {
            (Some(forced), _) => Some(forced.status),
            (None, Some(Awaited::Run(run))) if !run.is_finished() => None,
            // The schedule or another probe may have run it again since.
            (None, Some(_)) => self.slot.last().map(|observed| observed.status),
            (None, None) => self.slot.last().filter(|_| self.slot.is_sampled()).map(|last| last.status),
        };
        self.counts() && status() == Some(CheckStatus::Error)
    }

    fn known(self, arrival: Instant) -> Known {
        let Self { slot, awaited, is_excluded, .. } = self;
        match awaited {
            None => Known::look(slot, is_excluded),
            Some(Awaited::Fresh(_)) => Known::answered(slot, is_excluded),
            Some(Awaited::Run(run)) => Known::asked(slot, &run, arrival, is_excluded),
        }
    }
}
