//! The equivalent stride-1 convolution: how its operands are made, and the operands.

use super::sizes::distinct_axes;
use crate::doc::math::row;
use crate::doc::subject::{Subject, by, shared};
use crate::doc::tensors::{Layout, layout_displays, side_by_side, tensor_displays};
use crate::doc::{Math, Name, Prose, Relation, Step, formula, prose};
use crate::geometry::{Bias, Operation};
use crate::laws::{Law, numbers};
use crate::places::Operand;
use crate::roads::rewriting;
use crate::roads::rewritten::{StrideOne, ThinnedConvolution, ZeroInsertion};
use Relation::Equals;

/// The equivalent convolution with stride 1.
#[must_use]
pub fn steps(subject: &Subject<'_>) -> Vec<Step> {
    match rewriting(subject.layer) {
        StrideOne::ZeroInsertion(rewriting) => zero_insertion(subject, &rewriting),
        StrideOne::Thinned(rewriting) => thinned(subject, &rewriting),
    }
}

fn zero_insertion(subject: &Subject<'_>, rewriting: &ZeroInsertion) -> Vec<Step> {
    let mut steps = Vec::new();
    if rewriting.strides.iter().all(|&stride| stride == 1) {
        steps.push(Step::text(prose!["The stride is 1, so no zeros go between the inputs."]));
    } else {
        let zeros = shared(rewriting.strides.iter().map(|stride| stride - 1));
        steps.push(Step::text(prose![
            "Insert {} = {} zeros between neighbouring inputs along each axis."; Law::ZerosBetween, zeros
        ]));
    }
    steps.push(padding(subject, rewriting));
    steps.push(Step::text(kernel_turn(subject)));
    let dilation = shared(rewriting.dilations.iter().copied());
    let mut equation_displays = input_displays(subject);
    equation_displays.extend(turned_kernel_displays(subject, rewriting));
    let output = subject.layer.output_shape();
    // The taps of a convolution with stride 1 that reads through the flipped kernel, padded as above.
    let (flipped, lead) = (Law::Flipped.formula(), Law::ZerosBefore.formula());
    let reading = Law::Meeting.formula().replacing("s i", "j").replacing("p", &format!("({lead})"));
    let reading = reading.replacing("t", &format!("({flipped})"));
    let last = Step::displayed(
        prose![
            "Convolve with stride 1{}, which is what $*$ stands for: {}, of size {}{}";
            if dilation == "1" { String::new() } else { format!(" and dilation {dilation}") },
            row![Name::Var('Y'), Equals, stride_one_product(subject)], by(output[1..].iter().copied()),
            if output[0] > 1 { format!(" with {} channels, where", output[0]) } else { ", where".to_owned() }
        ],
        side_by_side(equation_displays),
    )
    .because(prose![
        "Input $i$ and kernel cell $t$ meet in output {}. Flipped, the cell is {}, and the convolution reads from \
         output $j$ the cell {} of the zero-inserted input: that very input.";
        subject.meeting(), Math::Parenthesised(Box::new(Law::Flipped.into())),
        row![subject.ends().set(&reading), Equals, subject.law(Law::Inserted), Equals, 's', 'i']
    ]);
    steps.push(last);
    steps
}

/// `X' * W'`, and the bias.
fn stride_one_product(subject: &Subject<'_>) -> Math {
    formula(if subject.bias == Bias::Present { "X' * W' + b" } else { "X' * W'" })
}

/// The padding of the zero-inserted input: its formula and its numbers on every distinct axis.
fn padding(subject: &Subject<'_>, rewriting: &ZeroInsertion) -> Step {
    let of = |law: Law| row![Equals, subject.law(law)];
    let (before, after) = (of(Law::ZerosBefore), of(Law::ZerosAfter));
    let numbers = |index: usize| {
        let numbers = numbers(Operation::Transposed, &subject.layer.settings()[index]);
        let (before, after) = rewriting.padding[index];
        let of = |law: Law, value: i64| row![Equals, subject.law(law).with(&numbers), Equals, value];
        (of(Law::ZerosBefore, before), of(Law::ZerosAfter, after))
    };
    let axes = distinct_axes(subject);
    let lines = if axes.len() == 1 {
        let (before_numbers, after_numbers) = numbers(0);
        vec![("before".into(), row![before, before_numbers]), ("after".into(), row![after, after_numbers])]
    } else {
        let mut lines = vec![("before".into(), before), ("after".into(), after)];
        for (name, index, _) in axes {
            let (before, after) = numbers(index);
            lines.push((Math::Words(format!("{name}, before")), before));
            lines.push((Math::Words(format!("{name}, after")), after));
        }
        lines
    };
    let mut claim = prose!["Put zeros around the result; the output padding counts at the end only"];
    if rewriting.padding.iter().any(|&(before, after)| before < 0 || after < 0) {
        claim.push(" (a negative number means that so many cells are cut off instead)".into());
    }
    claim.push(":".into());
    Step::shown(claim, Math::Aligned(lines))
}

fn kernel_turn(subject: &Subject<'_>) -> Prose {
    let mut turn = match subject.layer.dimensions() {
        1 => prose!["Flip the kernel: $W'$ is $W$ read backwards."],
        2 => prose!["Flip the kernel along both axes: $W'$ is $W$ rotated by 180 degrees (not its matrix transpose)."],
        _ => prose!["Flip the kernel along all three axes."],
    };
    if subject.notation.has_channels() {
        turn.push(
            " Exchange its two channel axes, within each group, so that the output channel comes first, as a \
             convolution's weight has it."
                .into(),
        );
    }
    turn
}

fn thinned(subject: &Subject<'_>, rewriting: &ThinnedConvolution) -> Vec<Step> {
    let mut steps = Vec::new();
    let padded = rewriting.padding.iter().any(|&padding| padding != (0, 0));
    let dilated = rewriting.dilations.iter().any(|&dilation| dilation > 1);
    let strided = rewriting.strides.iter().any(|&stride| stride > 1);
    if padded {
        let widths = shared(subject.layer.settings().iter().map(|axis| axis.padding));
        steps.push(Step::text(prose![format!("Put zeros around the input: {widths}.")]));
    }
    if dilated {
        let zeros = shared(rewriting.dilations.iter().map(|dilation| dilation - 1));
        steps.push(Step::text(prose![
            "Fill the gaps of the dilated kernel: {} = {} zeros between neighbouring kernel cells along each axis.";
            Law::ZerosWithin, zeros
        ]));
    }
    let mut displays = input_displays(subject);
    let kernel = Operand::filled_kernel(subject.layer);
    displays.extend(spread_displays(subject, 'W', &kernel, 2, |flat| subject.notation.weight(flat)));
    let equation = stride_one_product(subject);
    steps.push(Step::displayed(
        prose!["Slide the kernel over the input with stride 1, which is what $*$ stands for: ", equation, ", where"],
        side_by_side(displays),
    ));
    let strides = shared(rewriting.strides.iter().copied());
    let kept: Prose = match (strided, subject.layer.dimensions()) {
        (false, _) => prose!["The stride is 1, so every output is kept."],
        (true, 1) => prose![format!("Keep the outputs whose index is a multiple of the stride {strides}.")],
        (true, dimensions) => prose![
            format!(
                "Keep the outputs whose index on each axis is a multiple of that axis' stride, {strides}. In the matrix \
                 these are whole rows, chosen by {} indices of the output; in general that is ",
                if dimensions == 2 { "both" } else { "all three" }
            ),
            "*not* every s-th row of the flattened stride-1 matrix."
        ],
    };
    steps.push(Step::text(kept));
    steps
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
