//! What a sweep has found so far: parts come from many threads, and are joined in the order of the combinations, so that
//! the tally is at any time that of the first combinations without a gap. Whoever cannot wait for a thread that is deep
//! in a large layer closes the findings and takes what is there.

use super::check::Checks;
use super::examine::Outcome;
use super::grid::Configuration;
use super::tally::Tally;
use crate::parallel::Turns;
use std::collections::BTreeMap;

/// What a sweep has found so far.
#[derive(Debug, Default)]
pub struct Findings(Turns<State>);

#[derive(Debug, Default)]
struct State {
    /// The parts before the one whose turn it is.
    tally: Tally,
    /// Later parts, which wait for those before them.
    waiting: BTreeMap<u64, Part>,
    /// A single configuration, which many threads share; it is joined check by check.
    single: Option<(Configuration, Outcome)>,
    /// Nothing more is taken: after a part that was broken off, what follows would leave a gap.
    is_closed: bool,
}

/// What some thread found in a run of neighbouring combinations.
#[derive(Debug)]
pub(super) struct Part {
    /// Its number among the runs.
    pub(super) number: u64,
    pub(super) tally: Tally,
    /// Whether the run was examined to its end.
    pub(super) is_whole: bool,
}

impl Findings {
    /// Takes what is there; what comes later is left out.
    #[must_use]
    pub fn close(&self) -> Tally {
        let mut state = self.0.lock();
        state.is_closed = true;
        self.0.announce();
        let mut tally = state.tally.clone();
        if let Some((configuration, outcome)) = &state.single {
            tally.count(0, configuration, outcome);
        }
        tally
    }

    /// Joins a part, as soon as those before it are there; one that was broken off is the last. The answer is how many
    /// combinations have come to the tally.
    pub(super) fn join(&self, part: Part) -> u64 {
        let mut state = self.0.lock();
        let before = state.tally.combinations;
        state.waiting.insert(part.number, part);
        while !state.is_closed {
            let up = state.up;
            let Some(part) = state.waiting.remove(&up) else { break };
            state.tally.merge(part.tally);
            state.up += 1;
            state.is_closed = !part.is_whole;
        }
        self.0.announce();
        state.tally.combinations - before
    }

    /// Joins a part in its turn, after the action: others wait for theirs.
    pub(super) fn join_in_turn(&self, part: Part, action: impl FnOnce()) -> u64 {
        // Nobody else's turn comes before this one has ended.
        if self.0.wait(part.number, |state| state.is_closed).is_closed {
            return 0;
        }
        action();
        self.join(part)
    }

    /// Begins with a single configuration of which nothing is examined yet.
    pub(super) fn begin_single(&self, configuration: Configuration, outcome: Outcome) {
        self.0.lock().single = Some((configuration, outcome));
    }

    /// Joins what some checks say of the single configuration.
    pub(super) fn join_single(&self, examined: Outcome) {
        let mut state = self.0.lock();
        if state.is_closed {
            return;
        }
        if let Some((_, outcome)) = &mut state.single {
            outcome.join(examined);
        }
    }

    /// The single configuration is examined as far as it will be.
    pub(super) fn end_single(&self, checks: Checks) -> Option<(Configuration, Outcome)> {
        let mut state = self.0.lock();
        if state.is_closed {
            return None;
        }
        if let Some((_, outcome)) = &mut state.single {
            outcome.settle(checks);
        }
        state.single.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u64, combinations: u64, is_whole: bool) -> Part {
        let mut tally = Tally::default();
        tally.combinations = combinations;
        Part { number, tally, is_whole }
    }

    #[test]
    fn parts_are_joined_in_their_order_and_a_gap_ends_the_findings() {
        let findings = Findings::default();
        assert_eq!(findings.join(part(1, 10, true)), 0, "the first is missing");
        assert_eq!(findings.join(part(3, 1000, true)), 0);
        assert_eq!(findings.join(part(0, 1, true)), 11);
        assert_eq!(findings.close().combinations, 11, "without the one behind the gap");
        assert_eq!(findings.join(part(2, 100, true)), 0, "nothing comes after the end");
        assert_eq!(findings.close().combinations, 11);
    }

    #[test]
    fn a_part_that_was_broken_off_is_the_last_whenever_it_comes() {
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
            let findings = Findings::default();
            for number in order {
                findings.join(part(number, 10_u64.pow(number as u32), number != 1));
            }
            assert_eq!(findings.close().combinations, 11, "{order:?}");
        }
    }

    #[test]
    fn whoever_waits_for_a_turn_that_never_comes_is_let_go() {
        let findings = Findings::default();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(findings.join_in_turn(part(1, 1, true), || panic!("it is not its turn")), 0);
            });
            findings.join_in_turn(part(0, 1, false), || ());
        });
        assert_eq!(findings.close().combinations, 1);
    }
}
