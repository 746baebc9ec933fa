//! The equivalent stride-1 convolution: how its operands are made, and the operands.

use super::sizes::distinct_axes;
use crate::doc::math::row;
use crate::doc::subject::{Subject, shared};
use crate::doc::tensors::{Layout, layout_displays, side_by_side, tensor_displays};
use crate::doc::{Fact, Facts, Math, Name, Passage, Relation, facts};
use crate::geometry::Operation;
use crate::laws::{Law, numbers};
use crate::places::Operand;
use crate::roads::rewriting;
use crate::roads::rewritten::{StrideOne, ThinnedConvolution, ZeroInsertion};
use Relation::Equals;

/// The equivalent convolution with stride 1.
#[must_use]
pub(crate) fn facts(subject: &Subject<'_>) -> Facts {
    let (name, facts) = match rewriting(subject.layer) {
        StrideOne::ZeroInsertion(rewriting) => ("derivation/zero-insertion", zero_insertion(subject, &rewriting)),
        StrideOne::Thinned(rewriting) => ("derivation/thinned", thinned(subject, &rewriting)),
    };
    subject.facts().and(facts! {
        /// How the operands are made, and the operands.
        way: Passage::new(name, subject.facts().and(facts)),
    })
}

fn zero_insertion(subject: &Subject<'_>, rewriting: &ZeroInsertion) -> Facts {
    let mut operands = input_displays(subject);
    operands.extend(turned_kernel_displays(subject, rewriting));
    // The taps of a convolution with stride 1 that reads through the flipped kernel, padded as above.
    let (flipped, lead) = (Law::Flipped.formula(), Law::ZerosBefore.formula());
    let reading = Law::Meeting.formula().replacing("s i", "j").replacing("p", &format!("({lead})"));
    let reading = reading.replacing("t", &format!("({flipped})"));
    let zeros_around = |(name, index, _): (&'static str, usize, &_)| {
        let numbers = numbers(Operation::Transposed, &subject.layer.settings()[index]);
        let (before, after) = rewriting.padding[index];
        facts! {
            /// What the axis is called, as `words.md` has it.
            name: name,
            /// The zeros before and after, with the numbers of the axis, and what they come to.
            before: subject.law(Law::ZerosBefore).with(&numbers),
            before_value: before,
            after: subject.law(Law::ZerosAfter).with(&numbers),
            after_value: after,
        }
    };
    facts! {
        /// Whether the stride is above 1 on some axis.
        is_strided: rewriting.strides.iter().any(|&stride| stride > 1),
        /// The zeros between neighbouring inputs, in letters and in numbers.
        zeros_between: Law::ZerosBetween,
        zeros_between_value: shared(rewriting.strides.iter().map(|stride| stride - 1)),
        /// The zeros before and after, in letters.
        zeros_before: subject.law(Law::ZerosBefore),
        zeros_after: subject.law(Law::ZerosAfter),
        /// Where the last input stands in the zero-inserted input.
        last_copy: Law::LastCopy,
        /// Whether some of these numbers are negative.
        cuts: rewriting.padding.iter().any(|&(before, after)| before < 0 || after < 0),
        /// The axes that differ, with their zeros before and after.
        zeros_around: Fact::list(distinct_axes(subject).into_iter().map(zeros_around)),
        /// The dilation, where it is above 1 on some axis.
        dilation: rewriting.dilations.iter().any(|&d| d > 1).then(|| shared(rewriting.dilations.iter().copied())),
        /// `X'` and `W'`.
        operands: Fact::displays(side_by_side(operands)),
        /// The kernel cell in the flipped kernel.
        flipped: Math::Parenthesised(Box::new(Law::Flipped.into())),
        /// The cell that the convolution reads there, which is the input's.
        reading: row![subject.ends().set(&reading), Equals, subject.law(Law::Inserted), Equals, 's', 'i'],
    }
}

fn thinned(subject: &Subject<'_>, rewriting: &ThinnedConvolution) -> Facts {
    let mut operands = input_displays(subject);
    let kernel = Operand::filled_kernel(subject.layer);
    operands.extend(spread_displays(subject, 'W', &kernel, 2, |flat| subject.notation.weight(flat)));
    let padded = rewriting.padding.iter().any(|&padding| padding != (0, 0));
    let dilated = rewriting.dilations.iter().any(|&dilation| dilation > 1);
    facts! {
        /// Whether the stride is above 1 on some axis.
        is_strided: rewriting.strides.iter().any(|&stride| stride > 1),
        /// The padding, where there is any.
        padding: padded.then(|| shared(subject.layer.settings().iter().map(|axis| axis.padding))),
        /// The zeros between the cells of the dilated kernel, in letters; and in numbers, where there are any.
        zeros_within: Law::ZerosWithin,
        zeros_within_value: dilated.then(|| shared(rewriting.dilations.iter().map(|dilation| dilation - 1))),
        /// `X'` and `W'`.
        operands: Fact::displays(side_by_side(operands)),
        /// The stride.
        stride: shared(rewriting.strides.iter().copied()),
    }
}

/// `X'`, with the inserted and the padded zeros.
fn input_displays(subject: &Subject<'_>) -> Vec<Math> {
    spread_displays(subject, 'X', &Operand::input(subject.layer), 1, |flat| subject.notation.input(flat))
}

/// An operand with the zeros between and around its entries; only the cells shown are looked at, however far it is spread.
fn spread_displays(
    subject: &Subject<'_>,
    letter: char,
    operand: &Operand,
    leading: usize,
    entry: impl Fn(usize) -> Math,
) -> Vec<Math> {
    layout_displays(subject, &Name::Primed(letter).into(), &Layout::plain(&operand.shape(), leading), |index| {
        operand.cell(index).entry().map_or(Math::Zero, &entry)
    })
}

/// `W'` of the zero insertion, turned as the road turns its weights; only the cells shown are looked at.
fn turned_kernel_displays(subject: &Subject<'_>, rewriting: &ZeroInsertion) -> Vec<Math> {
    let weight = subject.layer.weight_shape();
    tensor_displays(subject, Name::Primed('W'), &rewriting.kernel_shape(&weight), 2, |flat| {
        subject.notation.weight(rewriting.kernel_source(&weight, flat))
    })
}
