//! From a failing layer to a smaller one: every number is lowered as far as some check still fails.

use super::examine::{Examiner, Outcome, Question};
use super::grid::Configuration;
use crate::geometry::{AxisSettings, ChannelSettings, Padding};
use crate::limits::Effort;
use crate::proof::Fault;

/// Multiply-adds, about, of all layers that are tried; then the smallest so far has to do.
const TRIED: u128 = 1 << 32;
/// A layer of so many may be tried whatever the first one takes.
const SMALL: u128 = 1 << 22;
/// What it takes to examine a layer without any, in multiply-adds.
const OVERHEAD: u128 = 1 << 16;

/// A layer that fails a check in question, none of whose numbers can be lowered alone (by one; small ones: by anything),
/// and no axis left out, without the failure going away or the layer becoming more costly. The checks of `question` are
/// those that failed. Nothing, if it does not go on until then.
pub(super) fn shrunk(
    configuration: &Configuration,
    question: Question,
    goes_on: &dyn Fn(u64) -> bool,
) -> Option<Configuration> {
    let mut examiner = Examiner::new(question, goes_on);
    // A number may be lowered that held a cost down: less padding leaves more outputs.
    let cost = |candidate: &Configuration| candidate.layer().map(|layer| Effort::of(&layer).most());
    let most = cost(configuration).map_or(SMALL, |cost| cost.max(SMALL));
    let mut left = TRIED;
    let mut fails = |candidate: &Configuration| {
        let Ok(cost) = cost(candidate) else { return false };
        let Some(rest) = left.checked_sub(cost.saturating_add(OVERHEAD)) else { return false };
        if cost > most {
            return false;
        }
        left = rest;
        match examiner.examine(candidate, question.checks) {
            Outcome::Examined(examined) => !examined.failed.is_empty(),
            Outcome::Illegal(_) => false,
        }
    };
    let mut smallest = configuration.clone();
    loop {
        let least = question.plant.map_or(1, Fault::least_dimensions);
        let candidate = smaller(&smallest)
            .take_while(|_| goes_on(0))
            .find(|candidate| candidate.axes.len() >= least && fails(candidate));
        match candidate {
            _ if !goes_on(0) => return None,
            Some(candidate) => smallest = candidate,
            None => return Some(smallest),
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
    let fewer_channels =
        fewer(configuration.channels).map(move |channels| Configuration { channels, ..configuration.clone() });
    let lowered = (0..axes).flat_map(move |axis| {
        NUMBERS.iter().flat_map(move |number| {
            let now = (number.get)(&configuration.axes[axis]);
            below(now, number.least).map(move |step| {
                let mut candidate = configuration.clone();
                (number.set)(&mut candidate.axes[axis], step);
                candidate
            })
        })
    });
    without_axis
        .chain(fewer_channels)
        .chain((0..axes).flat_map(move |axis| less_cut(configuration, axis)))
        .chain(lowered)
}

/// Candidates with less padding at an end and as much less output padding, which leaves the output as long as it was:
/// large ones hold each other up, so that neither can be lowered alone but by one.
fn less_cut(configuration: &Configuration, axis: usize) -> impl Iterator<Item = Configuration> + '_ {
    let AxisSettings { padding, output_padding, .. } = configuration.axes[axis];
    let ends: [fn(&mut Padding) -> &mut usize; 2] = [|padding| &mut padding.end, |padding| &mut padding.begin];
    ends.into_iter().flat_map(move |end| {
        let most = output_padding.min(*end(&mut { padding }));
        let steps = below(most, 0).filter(move |_| most > LISTED);
        steps.map(move |step| {
            let mut candidate = configuration.clone();
            candidate.axes[axis].output_padding -= most - step;
            *end(&mut candidate.axes[axis].padding) -= most - step;
            candidate
        })
    })
}

/// Channels with a number lowered, or with fewer groups of the same size; some are impossible.
fn fewer(channels: ChannelSettings) -> impl Iterator<Item = ChannelSettings> {
    let ChannelSettings { input, output, groups } = channels;
    let (ins, outs) = (input / groups.max(1), output / groups.max(1));
    std::iter::once(ChannelSettings::default())
        .filter(move |default| *default != channels)
        .chain(below(groups, 1).map(move |groups| ChannelSettings {
            input: ins * groups,
            output: outs * groups,
            groups,
        }))
        .chain(below(ins, 1).map(move |ins| ChannelSettings { input: ins * groups, ..channels }))
        .chain(below(outs, 1).map(move |outs| ChannelSettings { output: outs * groups, ..channels }))
        .chain(below(groups, 1).map(move |groups| ChannelSettings { groups, ..channels }))
}

/// Numbers up to this are lowered to anything.
const LISTED: usize = 16;

/// Numbers to lower a number to, the boldest step first: of a small one, all that are less.
fn below(now: usize, least: usize) -> impl Iterator<Item = usize> {
    let bold = [least, least + now.saturating_sub(least) / 2, now.saturating_sub(1)];
    let all = if now <= LISTED { least..now } else { 0..0 };
    bold.into_iter().chain(all).filter(move |&step| least <= step && step < now)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Operation;
    use crate::proof::Fault;
    use crate::sweep::{Check, Checks};
    use smallvec::SmallVec;

    fn shrunk(configuration: &Configuration, question: Question) -> Configuration {
        super::shrunk(configuration, question, &|_| true).expect("nobody stops it")
    }

    fn question(plant: Fault) -> Question {
        Question { checks: [Check::Taps, Check::ZeroInsertion].into_iter().collect(), plant: Some(plant), seed: 0 }
    }

    fn fails(configuration: &Configuration, question: Question) -> bool {
        let outcome = Examiner::new(question, &|_| true).examine(configuration, question.checks);
        matches!(outcome, Outcome::Examined(examined) if !examined.failed.is_empty())
    }

    fn configuration(axes: &[[usize; 7]], [input, output, groups]: [usize; 3]) -> Configuration {
        let axes: SmallVec<_> = axes
            .iter()
            .map(|&[input, kernel, stride, begin, end, dilation, output_padding]| {
                let padding = Padding { begin, end };
                AxisSettings { input, kernel, stride, padding, dilation, output_padding }
            })
            .collect();
        Configuration { operation: Operation::Transposed, axes, channels: ChannelSettings { input, output, groups } }
    }

    /// Layers that show some of the mistakes, from the plain to the crowded.
    fn specimens() -> Vec<Configuration> {
        vec![
            configuration(&[[7, 5, 3, 2, 2, 2, 1]], [1, 1, 1]),
            configuration(&[[3, 3, 2, 1, 1, 1, 1], [4, 2, 3, 0, 0, 2, 2]], [1, 1, 1]),
            configuration(&[[4, 3, 4, 2, 0, 1, 3], [5, 3, 4, 1, 2, 3, 3]], [6, 9, 3]),
            configuration(&[[2, 2, 2, 0, 1, 1, 1], [3, 1, 2, 0, 0, 1, 0], [2, 4, 1, 1, 1, 2, 1]], [4, 4, 2]),
            configuration(&[[40, 30, 20, 17, 3, 1, 19]], [2, 3, 1]),
        ]
    }

    /// Every configuration with one number lowered to anything, or without one of its axes.
    fn each_lowered(of: &Configuration) -> Vec<Configuration> {
        let mut lowered = Vec::new();
        for axis in 0..of.axes.len() {
            if of.axes.len() > 1 {
                let mut without = of.clone();
                without.axes.remove(axis);
                lowered.push(without);
            }
            let numbers: [fn(&mut AxisSettings) -> &mut usize; 5] = [
                |axis| &mut axis.input,
                |axis| &mut axis.kernel,
                |axis| &mut axis.stride,
                |axis| &mut axis.dilation,
                |axis| &mut axis.output_padding,
            ];
            for number in numbers {
                let mut candidate = of.clone();
                let now = *number(&mut candidate.axes[axis]);
                lowered.extend((0..now).map(|to| {
                    *number(&mut candidate.axes[axis]) = to;
                    candidate.clone()
                }));
            }
            let Padding { begin, end } = of.axes[axis].padding;
            lowered.extend((0..begin.max(end)).map(|to| {
                let mut candidate = of.clone();
                candidate.axes[axis].padding = Padding { begin: begin.min(to), end: end.min(to) };
                candidate
            }));
        }
        let ChannelSettings { input, output, groups } = of.channels;
        let channels = (0..input)
            .map(|input| ChannelSettings { input, ..of.channels })
            .chain((0..output).map(|output| ChannelSettings { output, ..of.channels }))
            .chain((0..groups).map(|groups| ChannelSettings { groups, ..of.channels }));
        lowered.extend(channels.map(|channels| Configuration { channels, ..of.clone() }));
        lowered
    }

    #[test]
    fn what_is_left_is_a_layer_that_still_fails_and_in_which_nothing_can_be_lowered() {
        let mut shrunk_away = 0;
        for fault in Fault::ALL {
            for specimen in specimens().into_iter().filter(|specimen| fails(specimen, question(fault))) {
                let left = shrunk(&specimen, question(fault));
                assert!(left.layer().is_ok(), "{fault:?}: {left:?}");
                assert!(fails(&left, question(fault)), "{fault:?}: {left:?}");
                let lowered = each_lowered(&left).into_iter();
                for candidate in lowered.filter(|candidate| candidate.axes.len() >= fault.least_dimensions()) {
                    assert!(!fails(&candidate, question(fault)), "{fault:?}: {left:?}\n  could be {candidate:?}");
                }
                shrunk_away += usize::from(left.weight() < specimen.weight());
            }
        }
        assert!(shrunk_away >= 15, "only {shrunk_away} specimens became smaller");
    }

    #[test]
    fn the_smallest_layer_of_each_mistake_is_the_one_a_teacher_would_draw() {
        let all = configuration(&[[4, 3, 4, 2, 0, 1, 3], [5, 3, 4, 1, 2, 3, 3]], [6, 9, 3]);
        let plain = [1, 1, 1];
        for (fault, axes) in [
            (Fault::NoFlip, &[[1, 2, 1, 0, 0, 1, 0]][..]),
            (Fault::TransposedKernel, &[[1, 1, 1, 0, 0, 1, 0], [1, 2, 1, 0, 0, 1, 0]]),
            (Fault::OutputPaddingBothSides, &[[1, 1, 2, 0, 0, 1, 1]]),
            (Fault::OffByOneLead, &[[1, 1, 1, 0, 0, 1, 0]]),
            (Fault::SwappedAxes, &[[1, 1, 1, 0, 0, 1, 0], [1, 1, 2, 0, 0, 1, 1]]),
        ] {
            assert_eq!(shrunk(&all, question(fault)), configuration(axes, plain), "{fault:?}");
        }
    }

    #[test]
    fn a_small_number_is_lowered_to_anything_and_a_large_one_in_bold_steps() {
        let sorted = |now, least| below(now, least).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(sorted(7, 2), (2..7).collect());
        assert_eq!(sorted(16, 0), (0..16).collect());
        assert_eq!(sorted(1001, 1), [1, 501, 1000].into());
        assert!(sorted(1, 1).is_empty() && sorted(0, 0).is_empty() && sorted(0, 1).is_empty());
        assert_eq!(below(7, 2).next(), Some(2), "the boldest first");
    }

    #[test]
    fn numbers_that_can_only_be_lowered_together_are_not_counted_down_and_no_candidate_is_larger() {
        // Half of the padding leaves 500 million outputs; half of the output padding leaves none.
        let long = configuration(&[[1, 1, 1, 0, 999_999_999, 1_000_000_000, 999_999_999]], [1, 1, 1]);
        let question = question(Fault::OutputPaddingBothSides);
        assert!(fails(&long, question));
        let left = shrunk(&long, question);
        assert_eq!(left, configuration(&[[1, 1, 1, 0, 0, 2, 1]], [1, 1, 1]));
    }

    #[test]
    fn shrinking_that_is_stopped_at_any_time_has_no_result_and_examines_nothing_more() {
        use std::cell::Cell;
        let specimen = &specimens()[2];
        let asked = Cell::new(0);
        let until = |most: u32| {
            asked.set(0);
            super::shrunk(specimen, question(Fault::NoFlip), &|_| {
                asked.set(asked.get() + 1);
                asked.get() <= most
            })
        };
        let whole = until(u32::MAX);
        assert_eq!(whole, Some(shrunk(specimen, question(Fault::NoFlip))));
        let looks = asked.get();
        assert!(looks > 10, "it looks before every candidate");
        for most in 0..looks {
            assert_eq!(until(most), None, "stopped after {most} of {looks} looks");
            assert!(asked.get() <= most + 3, "{} looks after {most}", asked.get());
        }
    }

    #[test]
    fn a_layer_that_cannot_be_made_smaller_stays_as_it_is() {
        let smallest = configuration(&[[1, 2, 1, 0, 0, 1, 0]], [1, 1, 1]);
        assert_eq!(shrunk(&smallest, question(Fault::NoFlip)), smallest);
    }

    #[test]
    fn a_layer_that_fails_nothing_is_not_lowered_into_another() {
        let right = Question { plant: None, ..question(Fault::NoFlip) };
        let nothing = Question { checks: Checks::NONE, ..question(Fault::NoFlip) };
        for specimen in specimens() {
            assert_eq!(shrunk(&specimen, right), specimen);
            assert_eq!(shrunk(&specimen, nothing), specimen);
        }
    }
}
