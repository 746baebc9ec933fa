//! From a failing layer to a smaller one: every number is lowered as far as some check still fails.

use super::examine::{Examiner, Outcome, Question};
use super::grid::Configuration;
use crate::geometry::{AxisSettings, ChannelSettings, Padding};

/// A layer that fails a check in question, none of whose numbers can be lowered alone, and no axis left out, without the
/// failure going away. The checks of `question` are those that failed.
pub(super) fn shrunk(configuration: &Configuration, question: Question) -> Configuration {
    let mut examiner = Examiner::new(question, &|_| true);
    let mut fails = |candidate: &Configuration| match examiner.examine(candidate, question.checks) {
        Outcome::Examined(examined) => !examined.failed.is_empty(),
        Outcome::Illegal(_) => false,
    };
    let mut smallest = configuration.clone();
    loop {
        let candidate = smaller(&smallest).find(|candidate| fails(candidate));
        match candidate {
            Some(candidate) => smallest = candidate,
            None => return smallest,
        }
    }
}

/// Candidates one step smaller: an axis less, then a number less, the boldest step first.
fn smaller(configuration: &Configuration) -> impl Iterator<Item = Configuration> + '_ {
    let axes = configuration.axes.len();
    let without_axis = (0..axes).filter(move |_| axes > 1).map(move |axis| {
        let mut candidate = configuration.clone();
        candidate.axes.remove(axis);
        candidate
    });
    let fewer_channels = [
        ChannelSettings::default(),
        ChannelSettings { input: configuration.channels.groups, ..configuration.channels },
        ChannelSettings { output: configuration.channels.groups, ..configuration.channels },
    ]
    .into_iter()
    .filter(move |channels| *channels != configuration.channels)
    .map(move |channels| Configuration { channels, ..configuration.clone() });
    let lowered = (0..axes).flat_map(move |axis| {
        NUMBERS.iter().flat_map(move |number| {
            let now = (number.get)(&configuration.axes[axis]);
            let steps = [number.least, number.least + now.saturating_sub(number.least) / 2, now.saturating_sub(1)];
            steps.into_iter().filter(move |&step| number.least <= step && step < now).map(move |step| {
                let mut candidate = configuration.clone();
                (number.set)(&mut candidate.axes[axis], step);
                candidate
            })
        })
    });
    without_axis.chain(fewer_channels).chain(lowered)
}

/// A number of an axis that can be lowered, and the least it can be.
struct Lowerable {
    least: usize,
    get: fn(&AxisSettings) -> usize,
    set: fn(&mut AxisSettings, usize),
}

const NUMBERS: [Lowerable; 6] = [
    Lowerable { least: 1, get: |axis| axis.input, set: |axis, to| axis.input = to },
    Lowerable { least: 1, get: |axis| axis.kernel, set: |axis, to| axis.kernel = to },
    Lowerable { least: 1, get: |axis| axis.stride, set: |axis, to| axis.stride = to },
    Lowerable { least: 1, get: |axis| axis.dilation, set: |axis, to| axis.dilation = to },
    Lowerable { least: 0, get: |axis| axis.output_padding, set: |axis, to| axis.output_padding = to },
    Lowerable {
        least: 0,
        get: |axis| axis.padding.begin.max(axis.padding.end),
        set: |axis, to| {
            axis.padding = Padding { begin: axis.padding.begin.min(to), end: axis.padding.end.min(to) };
        },
    },
];
