//! What a sweep has found so far. Tallies of parts are merged; the order does not matter.

use super::check::{Check, Checks};
use super::examine::{Examined, Outcome};
use super::grid::Configuration;
use crate::geometry::{AxisSettings, Rule};
use std::collections::BTreeMap;

/// Counts of a sweep, or of a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Combinations looked at.
    pub combinations: u64,
    /// Of these, layers.
    pub layers: u64,
    /// The others, by the first rule they break, in the order of [`Rule::ALL`].
    illegal: [u64; Rule::ALL.len()],
    /// Taps of all layers.
    pub taps: u128,
    /// Entries of all outputs.
    pub outputs: u128,
    /// In the order of [`Check::ALL`].
    verdicts: [Verdicts; Check::ALL.len()],
    /// Layers for which some check failed, by their largest kernel size.
    pub by_kernel: BTreeMap<usize, Exposure>,
    /// The same by their largest output padding.
    pub by_output_padding: BTreeMap<usize, Exposure>,
    /// Whether some check was broken off.
    pub is_interrupted: bool,
    /// The smallest layer for which some check failed.
    pub smallest_failure: Option<Failing>,
}

/// How often a check held and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Layers it held for.
    pub held: u64,
    /// Layers it failed for.
    pub failed: u64,
}

/// For how many layers something is wrong, and for how many it does not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Some check fails.
    pub exposed: u64,
    /// None does.
    pub hidden: u64,
}

/// A layer that some check failed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The layer.
    pub configuration: Configuration,
    /// The checks that failed.
    pub failed: Checks,
    /// Its number in the sweep: of layers of the same weight, the first counts as the smallest.
    number: u64,
}

impl Tally {
    /// Counts one configuration; `number` is its place in the sweep.
    pub(super) fn count(&mut self, number: u64, configuration: &Configuration, outcome: &Outcome) {
        self.combinations += 1;
        match outcome {
            Outcome::Illegal(rule) => self.illegal[*rule as usize] += 1,
            Outcome::Examined(examined) => self.count_layer(number, configuration, examined),
        }
    }

    fn count_layer(&mut self, number: u64, configuration: &Configuration, examined: &Examined) {
        self.layers += 1;
        self.is_interrupted |= examined.is_interrupted;
        self.taps += u128::from(examined.taps);
        self.outputs += u128::from(examined.outputs);
        for check in examined.held.iter() {
            self.verdicts[check as usize].held += 1;
        }
        for check in examined.failed.iter() {
            self.verdicts[check as usize].failed += 1;
        }
        let largest = |number: fn(&AxisSettings) -> usize| configuration.axes.iter().map(number).max().unwrap_or(0);
        for (exposures, key) in [
            (&mut self.by_kernel, largest(|axis| axis.kernel)),
            (&mut self.by_output_padding, largest(|axis| axis.output_padding)),
        ] {
            let exposure = exposures.entry(key).or_default();
            *(if examined.failed.is_empty() { &mut exposure.hidden } else { &mut exposure.exposed }) += 1;
        }
        if !examined.failed.is_empty()
            && self
                .smallest_failure
                .as_ref()
                .is_none_or(|least| (configuration.weight(), number) < (least.configuration.weight(), least.number))
        {
            let configuration = configuration.clone();
            self.smallest_failure = Some(Failing { configuration, failed: examined.failed, number });
        }
    }

    /// Adds the counts of another part.
    pub(super) fn merge(&mut self, other: Self) {
        self.combinations += other.combinations;
        self.layers += other.layers;
        self.is_interrupted |= other.is_interrupted;
        self.taps += other.taps;
        self.outputs += other.outputs;
        for (sum, count) in self.illegal.iter_mut().zip(other.illegal) {
            *sum += count;
        }
        for (sum, verdicts) in self.verdicts.iter_mut().zip(other.verdicts) {
            sum.held += verdicts.held;
            sum.failed += verdicts.failed;
        }
        for (ours, theirs) in
            [(&mut self.by_kernel, other.by_kernel), (&mut self.by_output_padding, other.by_output_padding)]
        {
            for (key, exposure) in theirs {
                let sum = ours.entry(key).or_default();
                sum.exposed += exposure.exposed;
                sum.hidden += exposure.hidden;
            }
        }
        let failures = [self.smallest_failure.take(), other.smallest_failure].into_iter().flatten();
        self.smallest_failure = failures.min_by_key(|failing| (failing.configuration.weight(), failing.number));
    }

    /// How many combinations break the rule, and none that is found before: channels are looked at first, then the axes.
    #[must_use]
    pub fn illegal(&self, rule: Rule) -> u64 {
        self.illegal[rule as usize]
    }

    /// How many layers the check held for, and failed for.
    #[must_use]
    pub fn verdicts(&self, check: Check) -> Verdicts {
        self.verdicts[check as usize]
    }

    /// Layers for which some check failed, and the others.
    #[must_use]
    pub(crate) fn exposure(&self) -> Exposure {
        self.by_kernel.values().fold(Exposure::default(), |sum, part| Exposure {
            exposed: sum.exposed + part.exposed,
            hidden: sum.hidden + part.hidden,
        })
    }

    /// Whether every check held for every layer.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.smallest_failure.is_none()
    }
}
