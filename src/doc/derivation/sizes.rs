//! The output size, computed step by step.

use crate::doc::math::row;
use crate::doc::subject::{Subject, axis_names};
use crate::doc::{Fact, Facts, Relation, facts};
use crate::formula::Formula;
use crate::geometry::{AxisSettings, Operation};
use crate::laws::{Ends, Law, numbers};

/// How the output size is computed, and which sizes lead back.
#[must_use]
pub(crate) fn facts(subject: &Subject<'_>) -> Facts {
    let law = subject.law(Law::size(subject.layer.operation()));
    let lines = size_lines(subject, |_| law.clone(), |axis| Some(subject.output_length(axis)));
    let ends = [Formula::of("p_begin"), Formula::of("p_end")];
    subject.facts().and(lines).and(facts! {
        /// Whether padding differs at the two ends of an axis.
        ends_differ: subject.ends() == Ends::Differ,
        /// The padding before the first cell, and behind the last, where they differ.
        padding_begin: &ends[0],
        padding_end: &ends[1],
        /// Where the last copy of the kernel starts, how much further it reaches, and how much is cut off at both ends.
        last_copy: Law::LastCopy,
        reach: Law::Reach,
        cut_at_start: subject.lead(),
        cut_at_end: subject.law(Law::CutAtEnd),
        /// How many cells the dilated kernel covers.
        covered: Law::Covered,
        /// The axes that differ, with what leads back: see `ways_back`.
        ways_back: Fact::list(distinct_axes(subject).into_iter().map(|axis| way_back(subject, axis))),
    })
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

/// A formula for the size of the output, in letters and in the numbers of every axis that differs, with its value there.
pub(in crate::doc) fn size_lines(
    subject: &Subject<'_>,
    formula: impl Fn(Ends) -> Formula,
    value: impl Fn(usize) -> Option<i64>,
) -> Facts {
    let operation = subject.layer.operation();
    let line = |(name, index, axis): (&'static str, usize, &AxisSettings)| {
        facts! {
            /// What the axis is called, as `words.md` has it: `length`, `height`, `every axis`.
            name: name,
            /// The formula with the numbers of the axis.
            formula: formula(Ends::of(axis)).with(&numbers(operation, axis)),
            /// What it comes to; nothing where it has no value.
            value: value(index),
        }
    };
    facts! {
        /// The letter of the output size: n, or m for a convolution.
        size_letter: crate::doc::Math::from(Law::size(operation).left().expect("a size has a letter")),
        /// The formula in letters.
        size_formula: formula(subject.ends()),
        /// The axes that differ: name, formula and value.
        size_axes: Fact::list(distinct_axes(subject).into_iter().map(line)),
    }
}

/// Which lengths the convolution of the same parameters maps to `m`, and whether `n` is one of them.
fn way_back(subject: &Subject<'_>, (name, index, axis): (&'static str, usize, &AxisSettings)) -> Facts {
    let canonical = &subject.layer.geometry().axes()[index];
    let (m, n, stride) = (canonical.small(), canonical.big(), axis.stride);
    let room = (n + axis.padding.begin + axis.padding.end).checked_sub(canonical.effective_kernel());
    facts! {
        /// What the axis is called, as `words.md` has it.
        name: name,
        /// The lengths on the small side and on the big one, the stride and the output padding.
        m: m,
        n: n,
        stride: stride,
        output_padding: axis.output_padding,
        output_padding_is: row!['o', Relation::Equals, axis.output_padding],
        /// Whether the output padding reaches the stride.
        reaches_stride: axis.output_padding >= stride,
        /// What the convolution with these parameters writes that reads n cells; nothing where its kernel does not fit.
        written_back: room.map(|room| room / stride + 1),
        /// The s lengths with this one in their midst that lead back to m, without those below 1.
        shortest: n.saturating_sub(axis.output_padding).max(1),
        longest: (n + stride - 1).saturating_sub(axis.output_padding),
        /// Of a convolution, how many cells at the end of the padded input are never read.
        unread: (!subject.transposed())
            .then(|| Law::ReturningOutputPadding.value(Operation::Convolution, axis).expect("its own remainder fits")),
    }
}
