//! Statements about sizes, and about which layers there are.

use super::{Statement, axis, call, layer, measured};
use crate::misconception::Belief;
use crate::worksheet::drawn;
use crate::worksheet::kinds::prelude::*;

/// Convolution and transposed convolution with the same parameters, one after the other: for all even, or all odd,
/// sizes.
pub(super) fn shape_returns(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    let axis = AxisSettings { output_padding: 0, ..axis(dice, scope.level, Operation::Convolution) };
    let odd = dice.below(2);
    // The sizes of input, output and what comes back, by the textbook loops; none if the kernel does not fit.
    let trip = |n: usize| {
        let there = layer(Operation::Convolution, AxisSettings { input: n, ..axis }, dimensions)?;
        let back = layer(Operation::Transposed, AxisSettings { input: measured(&there), ..axis }, dimensions)?;
        Some((n, measured(&there), measured(&back)))
    };
    let trips: Vec<_> = (1..=16).filter(|n| n % 2 == odd).filter_map(trip).collect();
    let lost = trips.iter().find(|(n, _, returned)| n != returned);
    let leaves_nothing = |n: usize| {
        let axis = AxisSettings { input: n, ..axis };
        Law::ReturningOutputPadding.value(Operation::Convolution, &axis) == Some(0)
    };
    let there = layer(Operation::Convolution, AxisSettings { input: trips.first()?.0, ..axis }, dimensions)?;
    let back = layer(Operation::Transposed, AxisSettings { input: trips.first()?.1, ..axis }, dimensions)?;
    let parity = if odd == 1 { "odd" } else { "even" };
    let (call, other_call) = (call(&there), call(&back));
    Some(Statement {
        text: "shape-returns",
        facts: facts! {
            /// The two layers as calls in PyTorch.
            call: Fact::code(&*call),
            other_call: Fact::code(other_call),
            /// Spatial dimensions.
            dimensions: dimensions,
            /// Whether the sizes are the odd ones; otherwise they are the even ones.
            is_odd: odd == 1,
            /// An input whose size does not return, with the sizes of what each layer writes.
            lost: lost.map(|&(read, written, returned)| facts! {
                /// Along every axis.
                read: read,
                written: written,
                returned: returned,
            }),
            /// What has to divide what, for the size to return.
            stride: axis.stride,
            dividend: Law::ReturningOutputPadding.formula().dividend(),
        },
        // Neighbours of one parity decide, for all others are as far apart.
        holds: trips.iter().take(axis.stride).all(|&(n, ..)| leaves_nothing(n)),
        holds_again: lost.is_none(),
        belief: Belief::ShapesAlwaysReturn.into(),
        is_general: true,
        identity: format!("shape-returns {call} {parity}"),
        layer: call,
    })
}

/// "A transposed convolution upsamples": for every input length.
pub(super) fn grows(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    let axis = AxisSettings { input: 1, ..axis(dice, scope.level, Operation::Transposed) };
    let grown = |m: usize| {
        let axis = AxisSettings { input: m, ..axis };
        Law::Growth.value(Operation::Transposed, &axis).expect("small numbers") as i64
    };
    // The difference never falls, so that the shortest possible input decides.
    let possible = |m: usize| grown(m) + m as i64 >= 1;
    let first = (1..=60).find(|&m| possible(m))?;
    let example = (first..=60).find(|&m| grown(m) <= 0);
    let shown = example.unwrap_or(first);
    let of = |m: usize| layer(Operation::Transposed, AxisSettings { input: m, ..axis }, dimensions);
    let outputs = |m: usize| of(m).map(|layer| measured(&layer));
    let name = of(first)?;
    let refuting = match example {
        Some(m) => Some((m, usize::try_from(grown(m) + m as i64).ok()?)),
        None => None,
    };
    let call = call(&name);
    Some(Statement {
        text: "grows",
        facts: facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(&*call),
            /// Spatial dimensions.
            dimensions: dimensions,
            /// An input whose output is not larger, along every axis.
            refuting: refuting.map(|(input, output)| facts! {
                /// Their lengths.
                input: input,
                output: output,
            }),
            /// The input that is looked at: that one, or the shortest that is possible; and its output.
            shown: shown,
            shown_output: grown(shown) + shown as i64,
            /// By how much an output is longer for each further input cell.
            stride: axis.stride,
            /// The size of the output, and by how much it is longer than the input.
            size: Law::TransposedSize.equation(),
            growth: Law::Growth,
            /// What each parameter adds to the input looked at or takes away, and the sum.
            by_stride: (shown - 1) * (axis.stride - 1),
            by_kernel: axis.dilation * (axis.kernel - 1),
            by_output_padding: axis.output_padding,
            by_padding: 2 * axis.padding.begin,
            difference: grown(shown),
        },
        holds: grown(first) > 0,
        holds_again: (1..=12 / dimensions).filter_map(|m| Some((m, outputs(m)?))).all(|(m, n)| n > m),
        belief: Belief::AlwaysUpsamples.into(),
        is_general: true,
        identity: format!("grows {call}"),
        layer: call,
    })
}

/// "s inputs share an output size": unless some of them are shorter than one cell.
pub(super) fn shared_inputs(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    if scope.level == Level::One {
        return None;
    }
    let kernel = dice.size(2..=5);
    let axis = AxisSettings {
        stride: dice.size(2..=4),
        padding: Padding::both(dice.size(1..=2)),
        dilation: if scope.level == Level::Three { dice.size(1..=2) } else { 1 },
        ..AxisSettings::new(1, kernel)
    };
    let AxisSettings { stride, dilation, .. } = axis;
    let of = |n: usize| layer(Operation::Convolution, AxisSettings { input: n, ..axis }, dimensions);
    let inputs = |m: usize| -> Vec<String> {
        let gives_it = |n: &usize| of(*n).is_some_and(|layer| measured(&layer) == m);
        (1..=m * stride + dilation * kernel).filter(gives_it).map(|n| n.to_string()).collect()
    };
    let shortest = Law::TransposedSize.value(Operation::Transposed, &axis).expect("small numbers") as i64;
    let found: Vec<Vec<String>> = (1..=3).map(inputs).collect();
    let other = found.iter().position(|inputs| inputs.len() != stride);
    let name = of((1..=12).find(|&n| of(n).is_some())?)?;
    // That no input at all gives a length is another matter.
    if found.iter().any(Vec::is_empty) {
        return None;
    }
    let call = call(&name);
    Some(Statement {
        text: "shared-inputs",
        facts: facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(&*call),
            /// Spatial dimensions.
            dimensions: dimensions,
            /// How many input lengths are said to share one of the output.
            stride: stride,
            /// A length of the output that another number of input lengths leads to, and these.
            refuting: other.map(|place| facts! {
                /// Along every axis.
                output: place + 1,
                inputs: found[place].join(", "),
            }),
            /// The input lengths that lead to an output of a single cell.
            first_inputs: found[0].join(", "),
            /// The shortest input that an output comes from, in letters; and of the smallest output, where that may be less
            /// than 1.
            shortest_in_letters: Law::TransposedSize.formula().without("o"),
            shortest: shortest,
        },
        holds: shortest >= 1,
        holds_again: other.is_none(),
        belief: Belief::AlwaysStrideManyInputs.into(),
        is_general: true,
        identity: format!("shared {call}"),
        layer: call,
    })
}

/// "o must be smaller than the stride", or than something else.
pub(super) fn output_padding_is_allowed(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    if scope.level == Level::One {
        return None;
    }
    let kernel = dice.size(2..=3);
    let bare = AxisSettings {
        stride: dice.size(1..=4),
        dilation: dice.size(1..=4),
        padding: Padding::both(dice.size(0..=1)),
        ..AxisSettings::new(dice.size(3..=6), kernel)
    };
    let (s, d) = (bare.stride, bare.dilation);
    let bound = *dice.pick(&[s, d, s.max(d), s.max(d), s + 1, kernel]);
    let with = |o: usize| layer(Operation::Transposed, AxisSettings { output_padding: o, ..bare }, dimensions);
    let without = with(0)?;
    let parting = (0..=12).find(|&o| with(o).is_some() != (o < bound));
    if s == d {
        return None;
    }
    let call = call(&without);
    Some(Statement {
        text: "output-padding-allowed",
        facts: facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(&*call),
            /// Every output padding that is said to be accepted, if there is another than 0.
            claimed: (bound > 1).then(|| drawn::listed(0..bound)),
            /// An output padding that is said to be accepted and is not, or the other way round.
            refused: parting.filter(|&o| o < bound),
            accepted: parting.filter(|&o| o >= bound),
            /// The larger of stride and dilation, and whether it is not the stride.
            larger: s.max(d),
            exceeds_stride: s < d,
        },
        holds: bound == s.max(d),
        holds_again: parting.is_none(),
        belief: Belief::OtherOutputPaddingBound.into(),
        is_general: true,
        identity: format!("allowed {call} {bound}"),
        layer: call,
    })
}

/// "It is the adjoint of the convolution with the same parameters."
pub(super) fn adjoint(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    if scope.level != Level::Three {
        return None;
    }
    let kernel = dice.size(2..=3);
    let (stride, dilation) = (dice.size(1..=3), dice.size(1..=4));
    let axis = AxisSettings {
        stride,
        dilation,
        padding: Padding::both(dice.size(0..=1)),
        output_padding: dice.below(stride.max(dilation)),
        ..AxisSettings::new(dice.size(2..=4), kernel)
    };
    let there = layer(Operation::Transposed, axis, dimensions)?;
    let (m, n) = (axis.input, there.output_shape()[1]);
    let back = layer(Operation::Convolution, AxisSettings { input: n, output_padding: 0, ..axis }, dimensions)?;
    let returned = back.output_shape()[1];
    let leads_back = |m: usize| {
        let there = layer(Operation::Transposed, AxisSettings { input: m, ..axis }, dimensions)?;
        let input = measured(&there);
        let back = layer(Operation::Convolution, AxisSettings { input, output_padding: 0, ..axis }, dimensions)?;
        Some(measured(&back) == m)
    };
    if axis.output_padding == 0 {
        return None;
    }
    let (call, other_call) = (call(&there), call(&back));
    Some(Statement {
        text: "adjoint",
        facts: facts! {
            /// The two layers as calls in PyTorch.
            call: Fact::code(&*call),
            other_call: Fact::code(other_call),
            /// Spatial dimensions.
            dimensions: dimensions,
            /// Lengths of an input, of its output, and of what the convolution makes of that.
            read: m,
            written: n,
            returned: returned,
            /// Along every axis.
            output_padding: axis.output_padding,
            stride: stride,
            /// Where both matrices have a weight.
            meeting: Law::Meeting.equation(),
        },
        holds: axis.output_padding < stride,
        // The transpose has to have a column for each output of the convolution.
        holds_again: (m..m + 4).all(|m| leads_back(m).unwrap_or(true)),
        belief: Belief::AlwaysTheAdjoint.into(),
        is_general: true,
        identity: format!("adjoint {call}"),
        layer: call,
    })
}
