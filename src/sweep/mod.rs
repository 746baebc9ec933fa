//! Sweeps: every configuration of a grid examined by independent roads, in parallel, and counted.
//!
//! A [`Grid`] is the product of the values of every parameter; a [`Sweep`] examines the configurations of its grids (or
//! some drawn at random) and returns a [`Tally`]. The yardstick is W~: each road
//! names the terms of its outputs, and every entry of W~ must be named exactly once ([why](crate::proof) that is as good
//! as equal polynomials). What is true of one axis alone is found once and shared by all configurations that have it. The result does not depend on the number of threads.

#![cfg_attr(not(test), deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss))]

mod check;
mod default;
mod evidence;
mod examine;
mod examinee;
mod facts;
mod failure;
mod findings;
mod footprint;
mod grid;
mod ledger;
pub mod report;
mod shrink;
mod tally;
mod values;

pub use check::{Check, Checks};
pub use examine::{Examined, Outcome, Question};
pub use failure::Failure;
pub use findings::Findings;
pub use grid::{Configuration, Grid};
pub use tally::{Exposure, Failing, Tally, Verdicts};
pub use values::{Choice, PaddingValues, Values};

use crate::algebra::SmallIntegers;
use crate::geometry::{GeometryError, Layer};
use crate::limits::{Budget, Effort};
use crate::parallel::share;
use crate::taps::TooLarge;
use examine::Examiner;
use findings::Part;
use footprint::Footprint;
use std::num::NonZeroUsize;

/// Which configurations of the grids are examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of them.
    Exhaustive,
    /// So many, drawn at random with replacement.
    Sample {
        /// How many.
        draws: u64,
        /// From which seed.
        seed: u64,
    },
}

/// A sweep that is known to be feasible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    grids: Vec<Grid>,
    /// How many combinations the grids up to each have, it included; saturates.
    ends: Vec<u128>,
    coverage: Coverage,
    question: Question,
    size: u64,
    footprint: Footprint,
}

/// Why a sweep is not begun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// More combinations than can be examined.
    #[error("this grid has {}", combinations_beyond(*combinations, *most))]
    TooMany {
        /// How many; [`u128::MAX`] stands for more than can be numbered, of which no sample can be drawn either.
        combinations: u128,
        /// How many are examined at most.
        most: u64,
    },
    /// More draws than can be examined.
    #[error("at most {most} combinations are examined")]
    TooManyDraws {
        /// How many are examined at most.
        most: u64,
    },
    /// The largest configurations have entries that no index can number.
    #[error("the lengths of the largest layer of this grid reach 2^{} = {}", Layer::SIZE_LIMIT.ilog2(), Layer::SIZE_LIMIT)]
    Impossible(#[source] GeometryError),
    /// A configuration with too many entries; the layer, if it is the only one of its grid.
    #[error("the largest layer of this grid: {0}")]
    TooLarge(#[source] TooLarge, Option<Box<Layer>>),
    /// A configuration that would take too long.
    #[error(
        "the largest layer of this grid takes up to {multiply_adds} multiply-adds, zeros included; at most {most} are made"
    )]
    TooCostly {
        /// Multiply-adds of its most wasteful road.
        multiply_adds: u128,
        /// How many are made at most.
        most: u128,
    },
    /// A configuration that would need too much memory.
    #[error(
        "the largest layer of this grid needs about {} MB of memory; at most {} MB are taken",
        needed.div_ceil(1_000_000),
        most / 1_000_000
    )]
    TooMuchMemory {
        /// Bytes.
        needed: u64,
        /// Bytes that are taken at most.
        most: u64,
    },
}

fn combinations_beyond(combinations: u128, most: u64) -> String {
    match combinations {
        u128::MAX => "more than 10^38 combinations, too many to be numbered".to_owned(),
        _ => format!("{combinations} combinations; at most {most} are examined"),
    }
}

/// What goes on around a sweep: somebody watches it, may stop it, and may take down every row.
pub trait Watch: Sync {
    /// So many more combinations have been examined.
    fn advance(&self, combinations: u64);

    /// Whether to stop.
    fn is_stopped(&self) -> bool;

    /// So many more terms of a road have been compared; called now and then within a large layer.
    fn compared(&self, _terms: u64) {}

    /// Takes the rows of a run of combinations; runs come in order if [`Watch::wants_rows`].
    fn rows(&self, _rows: &[(Configuration, Outcome)]) {}

    /// Whether rows are wanted at all.
    fn wants_rows(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn advance(&self, _combinations: u64) {}

    fn is_stopped(&self) -> bool {
        false
    }
}

impl Sweep {
    /// Combinations that are examined at most.
    pub const MOST_COMBINATIONS: u64 = 10_000_000_000;
    /// How many times the work of a [`Budget`] one configuration may take: a sweep is long by nature.
    pub const PATIENCE: u128 = 64;

    /// A sweep over the grids within the default budget, if it can be carried out; nothing is built yet.
    ///
    /// # Errors
    /// When there are too many combinations, or the costliest of them is too large.
    pub fn new(grids: Vec<Grid>, coverage: Coverage, question: Question) -> Result<Self, SweepError> {
        Self::within(grids, coverage, question, &Budget::DEFAULT)
    }

    /// The same within any budget: its memory, and 64 times its work for each configuration.
    ///
    /// # Errors
    /// When there are too many combinations, or the costliest of them is too large.
    pub fn within(
        grids: Vec<Grid>,
        coverage: Coverage,
        question: Question,
        budget: &Budget,
    ) -> Result<Self, SweepError> {
        let ends: Vec<u128> = grids
            .iter()
            .scan(0_u128, |end, grid| {
                *end = end.saturating_add(grid.count());
                Some(*end)
            })
            .collect();
        let combinations = ends.last().copied().unwrap_or(0);
        let most = Self::MOST_COMBINATIONS;
        let size = match coverage {
            Coverage::Sample { draws, .. } if draws > most => return Err(SweepError::TooManyDraws { most }),
            Coverage::Sample { draws, .. } if combinations < u128::MAX => draws,
            _ => match u64::try_from(combinations) {
                Ok(size) if size <= most => size,
                _ => return Err(SweepError::TooMany { combinations, most }),
            },
        };
        let mut footprint = Footprint::default();
        for grid in &grids {
            footprint = footprint.max(footprint::of(grid, question, budget)?);
        }
        Ok(Self { grids, ends, coverage, question, size, footprint })
    }

    /// The grids.
    #[must_use]
    pub fn grids(&self) -> &[Grid] {
        &self.grids
    }

    /// Which of their configurations are examined.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// What is asked.
    #[must_use]
    pub fn question(&self) -> Question {
        self.question
    }

    /// How many combinations are examined.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many combinations the grids have; saturates.
    #[must_use]
    pub fn combinations(&self) -> u128 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Terms that are compared within each configuration at most: its taps times the symbolic checks. A measure of
    /// progress within a large layer.
    #[must_use]
    pub fn terms(&self) -> u64 {
        let taps = |grid: &Grid| grid.costliest().layer().map_or(0, |layer| layer.geometry().tap_count());
        let taps = self.grids.iter().map(taps).max().unwrap_or(0);
        u64::try_from(taps.saturating_mul(self.lists())).unwrap_or(u64::MAX)
    }

    /// How many lists of terms are made of each configuration.
    fn lists(&self) -> u128 {
        self.question.checks.iter().map(|check| check.lists().len() as u128).sum()
    }

    /// Bytes of memory that so many threads take at most, about.
    #[must_use]
    pub fn memory(&self, threads: NonZeroUsize) -> u64 {
        /// A thread's stack.
        const STACK: u64 = 2 << 20;
        let Footprint { each, once } = self.footprint;
        let threads = threads.get() as u64;
        let stacks = STACK.saturating_mul(threads - 1);
        if self.size == 1 {
            // The threads share its checks.
            let busy = threads.min(self.question.checks.iter().count() as u64);
            return each.saturating_mul(busy).saturating_add(once).saturating_add(stacks);
        }
        each.saturating_add(once).saturating_mul(threads.min(self.size)).saturating_add(stacks)
    }

    /// Steps of work that the sweep takes, about, by what some of its configurations take.
    #[must_use]
    pub fn work(&self) -> u128 {
        /// Configurations that are looked at.
        const LOOKED_AT: u64 = 256;
        /// Steps for a term, with zeros, of one road; and for a configuration beside its terms.
        const TERM: u128 = 12;
        const CONFIGURATION: u128 = 2500;
        let looked_at = self.size.min(LOOKED_AT);
        let number = |place: u64| u128::from(place) * u128::from(self.size) / u128::from(looked_at);
        let terms = (0..looked_at).map(number).fold(0_u128, |terms, number| {
            let number = u64::try_from(number).expect("below the size");
            let effort = self.configuration(number).layer().map_or(0, |layer| Effort::of(&layer).multiply_adds);
            terms.saturating_add(effort.saturating_mul(self.lists()))
        });
        let one = (terms / u128::from(looked_at.max(1))).saturating_mul(TERM).saturating_add(CONFIGURATION);
        one.saturating_mul(self.size.into())
    }

    /// As many of the threads as the budget has memory for, at least one.
    #[must_use]
    pub fn threads_within(&self, threads: NonZeroUsize, budget: &Budget) -> NonZeroUsize {
        let (mut fit, mut too_many) = (NonZeroUsize::MIN, threads.saturating_add(1));
        while let Some(middle) = NonZeroUsize::new(fit.get() + (too_many.get() - fit.get()) / 2)
            && middle > fit
        {
            if u128::from(self.memory(middle)) <= budget.memory { fit = middle } else { too_many = middle }
        }
        fit
    }

    /// Examines every configuration. If it is stopped, the tally is that of the combinations up to where it was stopped.
    #[must_use]
    pub fn run(&self, threads: NonZeroUsize, watch: &dyn Watch) -> Tally {
        let findings = Findings::default();
        self.run_into(threads, watch, &findings);
        findings.close()
    }

    /// The same, with findings that can be looked at while the sweep runs.
    pub fn run_into(&self, threads: NonZeroUsize, watch: &dyn Watch, findings: &Findings) {
        if self.size == 1 {
            return self.run_one(threads, watch, findings);
        }
        let run = self.size.div_ceil(threads.get() as u64 * RUNS_PER_THREAD).clamp(1, LONGEST_RUN);
        share(threads, 0..self.size.div_ceil(run), |mut runs| {
            let goes_on = going_on(watch);
            let mut examiner = Examiner::new(self.question, &goes_on);
            // Whoever takes a run examines it: others wait for their turn behind it.
            while !watch.is_stopped()
                && let Some(number) = runs.next()
            {
                let first = number * run;
                let numbers = first..(first + run).min(self.size);
                let (tally, rows) = self.examine_run(numbers.clone(), &mut examiner, watch);
                let is_whole = tally.combinations == numbers.end - numbers.start && !tally.is_interrupted;
                let part = Part { number, tally, is_whole };
                watch.advance(match watch.wants_rows() {
                    true => findings.join_in_turn(part, || watch.rows(&rows)),
                    false => findings.join(part),
                });
            }
        });
    }

    /// A single configuration may be large: the threads share its checks.
    fn run_one(&self, threads: NonZeroUsize, watch: &dyn Watch, findings: &Findings) {
        let configuration = self.configuration(0);
        findings.begin_single(configuration.clone(), Outcome::begun(&configuration));
        let checks: Vec<Check> = self.question.checks.iter().collect();
        share(threads, checks.into_iter(), |checks| {
            let goes_on = going_on(watch);
            let mut examiner = Examiner::new(self.question, &goes_on);
            for check in checks {
                let outcome = examiner.examine(&configuration, Checks::from_iter([check]));
                let is_interrupted = outcome.is_interrupted();
                findings.join_single(outcome);
                if is_interrupted {
                    break;
                }
            }
        });
        watch.advance(1);
        if let Some(row) = findings.end_single(self.question.checks)
            && watch.wants_rows()
        {
            watch.rows(&[row]);
        }
    }

    /// Examines a run of combinations, or the first of them if it is stopped.
    fn examine_run(
        &self,
        numbers: std::ops::Range<u64>,
        examiner: &mut Examiner<'_>,
        watch: &dyn Watch,
    ) -> (Tally, Vec<(Configuration, Outcome)>) {
        let (mut tally, mut rows) = (Tally::default(), Vec::new());
        for number in numbers {
            if watch.is_stopped() {
                break;
            }
            let configuration = self.configuration(number);
            let outcome = examiner.examine(&configuration, self.question.checks);
            // One that was broken off is not counted, unless it has shown a failure.
            if outcome.is_interrupted() && !outcome.fails() {
                break;
            }
            tally.count(number, &configuration, &outcome);
            if watch.wants_rows() {
                rows.push((configuration, outcome));
            }
        }
        (tally, rows)
    }

    /// The combination of a number below [`Sweep::size`].
    #[must_use]
    pub fn configuration(&self, number: u64) -> Configuration {
        let index = match self.coverage {
            Coverage::Exhaustive => u128::from(number),
            Coverage::Sample { seed, .. } => {
                let mut stream = SmallIntegers::stream(seed, number);
                (u128::from(stream.word()) << 64 | u128::from(stream.word())) % self.combinations()
            }
        };
        let grid = self.ends.partition_point(|&end| end <= index);
        let first = if grid == 0 { 0 } else { self.ends[grid - 1] };
        self.grids[grid].configuration(index - first)
    }

    /// The smallest failure of the tally, made smaller still, with what the two sides say there.
    #[must_use]
    pub fn failure(&self, tally: &Tally) -> Option<Failure> {
        self.failure_unless_stopped(tally, &Unwatched)
    }

    /// The same; as it was found, if that is stopped.
    #[must_use]
    pub fn failure_unless_stopped(&self, tally: &Tally, watch: &dyn Watch) -> Option<Failure> {
        let failing = tally.smallest_failure.as_ref()?;
        let goes_on = |_| !watch.is_stopped();
        Some(Failure::made_smaller(failing, self.question, &goes_on).unwrap_or_else(|| Failure::as_found(failing)))
    }

    /// The smallest failure of the tally as it was found: nothing is examined for it.
    #[must_use]
    pub fn failure_as_found(&self, tally: &Tally) -> Option<Failure> {
        tally.smallest_failure.as_ref().map(Failure::as_found)
    }
}

/// Runs of neighbouring combinations are handed out one after the other: long enough that the line is short, and many
/// enough that no thread waits for another's last one.
const RUNS_PER_THREAD: u64 = 64;
const LONGEST_RUN: u64 = 2048;

/// Passes on how far a large layer is; says whether to go on.
fn going_on(watch: &dyn Watch) -> impl Fn(u64) -> bool + '_ {
    |terms| {
        watch.compared(terms);
        !watch.is_stopped()
    }
}
