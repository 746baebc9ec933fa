//! Statements about entries of the output and rows of the matrix.

use super::{Statement, call, layer};
use crate::algebra::Polynomial;
use crate::geometry::{ChannelSettings, greatest_common_divisor};
use crate::laws::Law::{self, CutAtEnd};
use crate::misconception::Belief;
use crate::proof::symbols;
use crate::roads::by_textbook;
use crate::roads::textbook::{Sliding, convolution};
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
    let reached: Vec<usize> = (n - o..n).filter(|&big| canonical.meeting(big).next().is_some()).collect();
    let ones = |shape: Vec<usize>| Tensor::from_fn(&shape, |_| 1_i64);
    let output: Tensor<i64> = by_textbook(&layer, &ones(layer.input_shape()), &ones(layer.weight_shape()));
    let are_zero = output.entries()[n - o..].iter().all(|&value| value == 0);
    let call = call(&layer);
    Some(Statement {
        said: prose![
            format!("For an input of length {}, whatever is in it and whatever the kernel is, the last ", axis.input),
            if o == 1 { "entry".to_owned() } else { format!("{o} entries") },
            " of the output of `{call}`",
            if o == 1 { " is 0." } else { " are 0." }
        ],
        displays: Vec::new(),
        holds: reached.is_empty(),
        holds_again: are_zero,
        belief: Belief::OutputPaddingAppendsZeros.into(),
        why: match reached.first() {
            Some(at) => prose![format!(
                "If all inputs and weights are 1, output {at}, counted from 0, is {}.",
                canonical.meeting(*at).count()
            )],
            None => prose![format!(
                "The last cell that a copy of the kernel reaches is cell {} of the output, counted from 0.",
                n - o - 1
            )],
        },
        counts: Some("Any input and kernel count that make one of these entries another number."),
        lesson: prose![
            "The copies of the kernel fill ",
            row![Law::Buffer, Equals, canonical.buffer()],
            " cells. Of these ${CutAtEnd}$ are cut off at the end; where that is negative, zeros are added instead."
        ],
        hint: prose!["What stands in the cells that the output padding spares from being cut off?"],
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
        said: prose![
            "All inputs and all weights of `{call}` are 1, and there are many inputs. Then all outputs that have at \
             least {reach} ",
            if reach == 1 { "output" } else { "outputs" },
            " on both sides of them are equal."
        ],
        displays: Vec::new(),
        holds,
        holds_again: is_even && uneven.is_none(),
        belief: Belief::DivisibleKernelIsEven.into(),
        why: match uneven {
            Some(at) => prose![format!(
                "The outputs {} and {}, counted from 0, are {} and {}.",
                reach + at,
                reach + at + 1,
                inside[at],
                inside[at + 1]
            )],
            None => prose![format!("Each of them is reached by {} copies of the kernel.", inside[0])],
        },
        counts: Some("Any two such outputs count that differ."),
        lesson: prose![
            "Inside, the outputs are equal exactly if $s$ divides $k$ and has no common factor with $d$: here the \
             stride is {stride}, the kernel size {kernel} and the dilation {dilation}."
        ],
        hint: prose!["Which kernel cells reach an output? Look at two neighbouring outputs."],
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
        _ => claimed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    let (call, other_call) = (call(&layer), call(&unit));
    Some(Statement {
        said: prose![
            "`{call}`",
            format!(
                " reads an input of size {} × {}. The rows of its matrix are the rows {listed} of the matrix of ",
                axes[0].input, axes[1].input
            ),
            "`{other_call}`."
        ],
        displays: Vec::new(),
        holds: right == claimed,
        holds_again: same,
        belief: Misconception::EverySthRow.into(),
        why: match parting {
            Some(at) => prose![
                "Row ${at}$ belongs to the output at ",
                Math::Tuple(vec![(at / columns) as i64, (at % columns) as i64]),
                format!(
                    ". With stride 1 that place is the output at ({}, {}), row {} and not row {}.",
                    at / columns * stride,
                    at % columns * stride,
                    right[at],
                    claimed[at]
                )
            ],
            None => prose![format!(
                "The output has a single row, so only the columns count: the rows are {}.",
                right.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            )],
        },
        counts: Some("Any row counts that is another one."),
        lesson: prose![
            "With stride 1 the output has ${wide}$ columns. The stride keeps the outputs whose row $i$ and column $j$ \
             are both multiples of $s$, and these are the rows ${wide} × i + j$ of the matrix."
        ],
        hint: prose![
            "Which row of the matrix belongs to the first output in the second row, with and without the stride?"
        ],
        identity: format!("sth-row {call} {}x{}", axes[0].input, axes[1].input),
        layer: call,
    })
}
