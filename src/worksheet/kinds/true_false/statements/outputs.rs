//! Statements about entries of the output and rows of the matrix.

use super::{Statement, call, layer};
use crate::algebra::Polynomial;
use crate::geometry::{ChannelSettings, greatest_common_divisor};
use crate::misconception::Belief;
use crate::proof::symbols;
use crate::roads::by_textbook;
use crate::roads::textbook::{Sliding, convolution};
use crate::worksheet::drawn;
use crate::worksheet::kinds::prelude::*;

/// "Output padding appends zeros."
pub(super) fn output_padding_is_zero(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    if scope.dimensions != Some(1) || scope.level == Level::One {
        return None;
    }
    let kernel = dice.size(2..=4);
    let stride = dice.size(2..=4);
    let axis = AxisSettings {
        stride,
        padding: Padding::both(dice.size(0..=kernel - 1)),
        output_padding: dice.size(1..=stride - 1),
        dilation: if scope.level == Level::Three { dice.size(1..=2) } else { 1 },
        ..AxisSettings::new(dice.size(2..=3), kernel)
    };
    let layer = layer(Operation::Transposed, axis, 1)?;
    let (n, o) = (layer.output_shape()[1], axis.output_padding);
    // By the taps of one axis: no input reaches the cells that were added; by the loops: ones leave zeros there.
    let canonical = &layer.geometry().axes()[0];
    let is_reached = |big: &usize| canonical.meeting(*big).next().is_some();
    let reached: Vec<usize> = (n - o..n).filter(is_reached).collect();
    let last_reached = (0..n).rev().find(is_reached)?;
    let ones = |shape: Vec<usize>| Tensor::from_fn(&shape, |_| 1_i64);
    let output: Tensor<i64> = by_textbook(&layer, &ones(layer.input_shape()), &ones(layer.weight_shape()));
    let are_zero = output.entries()[n - o..].iter().all(|&value| value == 0);
    let call = call(&layer);
    Some(Statement {
        text: "output-padding-zeros",
        facts: facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(&*call),
            /// The length of the input, and the output padding.
            input: axis.input,
            output_padding: o,
            /// The first of the last entries that an input reaches, and its value if all inputs and weights are 1.
            reached: reached.first().map(|&at| facts! {
                /// Counted from 0.
                output: at,
                value: canonical.meeting(at).count(),
            }),
            /// The last entry of the output that an input reaches.
            last_reached: last_reached,
            /// How many cells the copies of the kernel fill, in letters and in numbers, and how many are cut off at the start and at the end.
            buffer: Law::Buffer,
            buffer_cells: canonical.buffer(),
            cut_at_end: Law::CutAtEnd,
            padding: axis.padding.begin,
            cut: axis.padding.begin as i64 - o as i64,
        },
        holds: reached.is_empty(),
        holds_again: are_zero,
        belief: Belief::OutputPaddingAppendsZeros.into(),
        is_general: true,
        identity: format!("appends {call} {}", axis.input),
        layer: call,
    })
}

/// "No checkerboard if the stride divides the kernel size."
pub(super) fn even_coverage(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    if scope.dimensions != Some(1) || scope.level == Level::One {
        return None;
    }
    let stride = dice.size(2..=4);
    let axis = AxisSettings {
        stride,
        dilation: dice.size(1..=if scope.level == Level::Three { 4 } else { 2 }),
        ..AxisSettings::new(24, dice.size(2..=6))
    };
    let AxisSettings { kernel, dilation, .. } = axis;
    let layer = layer(Operation::Transposed, axis, 1)?;
    let reach = dilation * (kernel - 1);
    let n = layer.output_shape()[1];
    let inside: Vec<usize> = (reach..n - reach).map(|big| layer.geometry().axes()[0].meeting(big).count()).collect();
    let ones = |shape: Vec<usize>| Tensor::from_fn(&shape, |_| 1_i64);
    let output: Tensor<i64> = by_textbook(&layer, &ones(layer.input_shape()), &ones(layer.weight_shape()));
    let is_even = output.entries()[reach..n - reach].windows(2).all(|pair| pair[0] == pair[1]);
    let uneven = inside.windows(2).position(|pair| pair[0] != pair[1]);
    let holds = kernel.is_multiple_of(stride) && greatest_common_divisor(stride, dilation) == 1;
    let call = call(&layer);
    Some(Statement {
        text: "even-coverage",
        facts: facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(&*call),
            /// How many outputs lie at least between those that are compared and either end.
            reach: reach,
            /// Two neighbouring outputs that differ, counted from 0, and their values.
            uneven: uneven.map(|at| facts! {
                /// The first.
                output: reach + at,
                value: inside[at],
                /// The second.
                next: reach + at + 1,
                next_value: inside[at + 1],
            }),
            /// How many kernel cells reach the first output that is compared.
            copies: inside[0],
            /// The layer's parameters.
            stride: stride,
            kernel: kernel,
            dilation: dilation,
        },
        holds,
        holds_again: is_even && uneven.is_none(),
        belief: Belief::DivisibleKernelIsEven.into(),
        is_general: true,
        identity: format!("coverage {call}"),
        layer: call,
    })
}

/// "A strided matrix is every s-th row of the one with stride 1."
pub(super) fn every_sth_row(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    if scope.dimensions != Some(2) || scope.level == Level::One {
        return None;
    }
    let (kernel, stride) = (dice.size(2..=3), dice.size(2..=3));
    let axis = |input: usize| AxisSettings { stride, ..AxisSettings::new(input, kernel) };
    let height = if dice.once_in(2) { kernel + dice.below(stride) } else { dice.size(kernel..=kernel + 2 * stride) };
    let axes = vec![axis(height), axis(dice.size(kernel + stride..=kernel + 2 * stride))];
    let layer = Layer::new(Operation::Convolution, axes.clone(), ChannelSettings::default()).ok()?;
    let unit = axes.iter().map(|axis| AxisSettings { stride: 1, ..*axis }).collect();
    let unit = Layer::new(Operation::Convolution, unit, ChannelSettings::default()).ok()?;
    let (rows, columns) = (layer.output_shape()[1], layer.output_shape()[2]);
    let wide = unit.output_shape()[2];
    // Which rows of the one with stride 1 they are, by their indices; and the outputs over symbols.
    let right: Vec<usize> =
        (0..rows * columns).map(|at| at / columns * stride * wide + at % columns * stride).collect();
    let claimed: Vec<usize> = (0..rows * columns).map(|at| at * stride).collect();
    let (x, w) = symbols(&layer);
    let plain = [Sliding::PLAIN; 2];
    let all: Tensor<Polynomial> = convolution(&x, &w, &plain, 1);
    let thinned: Tensor<Polynomial> = by_textbook(&layer, &x, &w);
    let same = claimed.iter().zip(thinned.entries()).all(|(&row, output)| all.entries().get(row) == Some(output));
    let parting = right.iter().zip(&claimed).position(|(a, b)| a != b);
    let listed = match claimed[..] {
        [] => return None,
        [.., last] if claimed.len() > 6 => format!("0, {stride}, ..., {last}"),
        _ => drawn::listed(&claimed),
    };
    let (call, other_call) = (call(&layer), call(&unit));
    Some(Statement {
        text: "every-sth-row",
        facts: facts! {
            /// The two layers as calls in PyTorch.
            call: Fact::code(&*call),
            other_call: Fact::code(other_call),
            /// The size of the input.
            height: axes[0].input,
            width: axes[1].input,
            /// The rows that the matrix is said to have, and those that it has.
            claimed: listed,
            right: drawn::listed(&right),
            /// A row that is another one.
            refuting: parting.map(|at| facts! {
                /// The row of the strided matrix, and the output that it belongs to.
                row: at,
                place: drawn::tuple(&[at / columns, at % columns]),
                /// That place in the output with stride 1.
                row_of_place: at / columns * stride,
                column_of_place: at % columns * stride,
                /// The row of the matrix with stride 1, and the row that it is said to be.
                right: right[at],
                claimed: claimed[at],
            }),
            /// How many columns the output has with stride 1.
            wide: wide,
        },
        holds: right == claimed,
        holds_again: same,
        belief: Misconception::EverySthRow.into(),
        is_general: true,
        identity: format!("sth-row {call} {}x{}", axes[0].input, axes[1].input),
        layer: call,
    })
}
