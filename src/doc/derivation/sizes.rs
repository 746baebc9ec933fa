//! The output size, computed step by step.

use crate::doc::math::row;
use crate::doc::subject::{Subject, axis_names};
use crate::doc::{Math, Prose, Relation, Step, prose};
use crate::formula::Formula;
use crate::geometry::{AxisSettings, Operation};
use crate::laws::{Ends, Law, numbers};
use Relation::Equals;

/// How the output size is computed.
#[must_use]
pub fn steps(subject: &Subject<'_>) -> Vec<Step> {
    if subject.transposed() { transposed(subject) } else { convolution(subject) }
}

/// The axes that have to be shown: one if all are alike.
pub(super) fn distinct_axes<'a>(subject: &'a Subject<'_>) -> Vec<(&'static str, usize, &'a AxisSettings)> {
    let axes = subject.layer.settings();
    if axes.iter().all(|axis| *axis == axes[0]) {
        let name = if axes.len() == 1 { "length" } else { "every axis" };
        return vec![(name, 0, &axes[0])];
    }
    axis_names(axes.len()).iter().zip(axes).enumerate().map(|(index, (name, axis))| (*name, index, axis)).collect()
}

/// Names the parameters of an axis and the length of the output.
fn naming(subject: &Subject<'_>) -> Prose {
    prose![
        if subject.transposed() { "On an axis with $m$" } else { "On an axis with $n$" },
        " inputs, kernel size $k$, stride $s$, padding ",
        match subject.ends() {
            Ends::Alike => Math::from('p'),
            Ends::Differ => row![Formula::of("p_begin"), " and ", Formula::of("p_end")],
        },
        if subject.transposed() {
            ", dilation $d$ and output padding $o$, the output has length $n$:"
        } else {
            " and dilation $d$, the output has length $m$:"
        }
    ]
}

/// A formula for the size of the output, in letters and in the numbers of every axis that differs, with its value there.
pub(in crate::doc) fn size_lines(
    subject: &Subject<'_>,
    formula: impl Fn(Ends) -> Formula,
    value: impl Fn(usize) -> Option<i64>,
) -> Math {
    let operation = subject.layer.operation();
    let left = Law::size(operation).left().expect("a size has a letter");
    let mut lines = vec![(left.into(), row![Equals, formula(subject.ends())])];
    for (name, index, axis) in distinct_axes(subject) {
        let mut right = vec![Equals.into(), formula(Ends::of(axis)).with(&numbers(operation, axis)).into()];
        right.extend(value(index).into_iter().flat_map(|value| [Equals.into(), value.into()]));
        lines.push((name.into(), Math::Row(right)));
    }
    Math::Aligned(lines)
}

/// The right size, written alike on every axis.
fn right_size(subject: &Subject<'_>) -> Step {
    let law = subject.law(Law::size(subject.layer.operation()));
    Step::shown(naming(subject), size_lines(subject, |_| law.clone(), |axis| Some(subject.output_length(axis))))
}

fn transposed(subject: &Subject<'_>) -> Vec<Step> {
    let mut steps = vec![right_size(subject).because(prose![
        "The copies of the kernel start $s$ cells apart, the last one at {}, and each reaches {} cells further. Of \
         all this, {} cells are cut off at the start and {} at the end; where that is negative, cells are added \
         instead, which no copy reaches.";
        Law::LastCopy, Law::Reach, subject.lead(), subject.law(Law::CutAtEnd)
    ])];
    for (name, index, axis) in distinct_axes(subject) {
        steps.push(Step::text(way_back(subject, name, index, axis)));
    }
    steps
}

/// Which lengths the convolution of the same parameters maps to `m`, and whether `n` is one of them.
fn way_back(subject: &Subject<'_>, name: &str, index: usize, axis: &AxisSettings) -> Prose {
    let canonical = &subject.layer.geometry().axes()[index];
    let (m, n, stride) = (canonical.small(), canonical.big(), axis.stride);
    let along = match name {
        "length" => String::new(),
        "every axis" => " on every axis".to_owned(),
        _ => format!(" along the {name}"),
    };
    if axis.output_padding >= axis.stride {
        let room = n + axis.padding.begin + axis.padding.end - canonical.effective_kernel();
        return prose![
            "*Caution.* The output padding {}{} is not smaller than the stride {}. The convolution with these parameters \
             that reads {} cells writes {}, not {}: the layer is not its adjoint, but that of its first {} outputs.";
            axis.output_padding, along, stride, n, room / stride + 1, m, m
        ];
    }
    // The s lengths with this one in their midst, without those below 1.
    let shortest = n.saturating_sub(axis.output_padding).max(1);
    let longest = n + (stride - 1 - axis.output_padding);
    if shortest == longest {
        return prose![format!(
            "The convolution with the same parameters maps length {longest}, and no other length, back to {m}{along}."
        )];
    }
    prose![
        "The convolution with the same parameters maps every length from {} to {} onto {}{}; the output padding {} says \
         that {} is meant.";
        shortest, longest, m, along, row!['o', Equals, axis.output_padding], n
    ]
}

fn convolution(subject: &Subject<'_>) -> Vec<Step> {
    let mut steps = vec![right_size(subject).because(prose![
        "The dilated kernel covers ",
        Law::Covered,
        " cells, and it is placed at every $s$-th cell from which it still fits into the padded input."
    ])];
    for (name, _, axis) in distinct_axes(subject) {
        let unread = Law::ReturningOutputPadding.value(Operation::Convolution, axis);
        let unread = unread.expect("a layer's own remainder fits");
        if unread > 0 {
            let place = if name == "length" { String::new() } else { format!(" ({name})") };
            steps.push(Step::text(prose![format!(
                "The division leaves a remainder{place}: the kernel never reaches the last {} of the padded input.",
                if unread == 1 { "cell".to_owned() } else { format!("{unread} cells") }
            )]));
        }
    }
    steps
}
