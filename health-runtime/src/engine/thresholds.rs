//! Decides when a status changes: a small state machine over the results of runs.
//!
//! | published | run    | then                                                                            |
//! | --------- | ------ | ------------------------------------------------------------------------------- |
//! | nothing   | any    | published                                                                       |
//! | passed    | passed | published                                                                       |
//! | passed    | failed | published from the `failure_threshold`th failure in a row on, held back before  |
//! | failed    | failed | published                                                                       |
//! | failed    | passed | published from the `success_threshold`th success in a row on, held back before  |
//!
//! `ok` and `degraded` have passed, `error` has failed.

/// The numbers of consecutive runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thresholds {
    pub(super) failure: u32,
    pub(super) success: u32,
}

/// The last consecutive runs with the same result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Streak {
    /// Whether the published result has passed; `None` before the first run.
    published: Option<bool>,
    failures: u32,
    successes: u32,
}

impl Streak {
    /// Records a run. Returns whether its result is to be published.
    pub(super) fn record(&mut self, passed: bool, thresholds: Thresholds) -> bool {
        (self.failures, self.successes) =
            if passed { (0, self.successes.saturating_add(1)) } else { (self.failures.saturating_add(1), 0) };
        let publishes = match (self.published, passed) {
            (None, _) | (Some(true), true) | (Some(false), false) => true,
            (Some(true), false) => self.failures >= thresholds.failure,
            (Some(false), true) => self.successes >= thresholds.success,
        };
        if publishes {
            self.published = Some(passed);
        }
        publishes
    }

    /// The number of consecutive failures.
    pub(super) fn failures(self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is published after each of the runs, `+` for passed and `-` for failed.
    fn published(runs: &str, failure: u32, success: u32) -> String {
        let mut streak = Streak::default();
        let mut published = ' ';
        let after = |run| {
            if streak.record(run == '+', Thresholds { failure, success }) {
                published = run;
            }
            published
        };
        runs.chars().map(after).collect()
    }

    #[test]
    fn the_table_holds() {
        for (failure, success, runs, expected) in [
            (1, 1, "+-+-", "+-+-"),
            (3, 1, "+--+---+", "++++++-+"),
            (1, 3, "-++-+++-", "------+-"),
            (2, 2, "-+-++-+--", "----++++-"),
        ] {
            assert_eq!(published(runs, failure, success), expected, "{failure}/{success} over {runs}");
        }
    }

    /// Every sequence of up to twelve runs under every pair of thresholds up to four.
    #[test]
    fn a_status_flips_exactly_when_as_many_runs_in_a_row_say_so() {
        for (failure, success) in (1..=4).flat_map(|failure| (1..=4).map(move |success| (failure, success))) {
            for (length, bits) in (1..=12).flat_map(|length| (0..1_u32 << length).map(move |bits| (length, bits))) {
                let runs: String = (0..length).map(|run| if bits >> run & 1 == 1 { '+' } else { '-' }).collect();
                let published = published(&runs, failure, success);
                let mut before = None;
                for (at, (run, shown)) in runs.chars().zip(published.chars()).enumerate() {
                    let in_a_row = runs[..=at].chars().rev().take_while(|other| *other == run).count();
                    let needed = if run == '+' { success } else { failure } as usize;
                    let expected = match before {
                        Some(before) if before != run && in_a_row < needed => before,
                        _ => run,
                    };
                    assert_eq!(shown, expected, "{failure}/{success} over {runs} at {at}");
                    before = Some(shown);
                }
            }
        }
    }
}
