//! Statements about sizes, and about which layers there are.

use super::{Statement, axis, call, layer, measured, size};
use crate::laws::Law::{self, Growth, Meeting, TransposedSize};
use crate::misconception::Belief;
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
        said: prose![
            "The layer `{call}` reads an input, and `{other_call}` reads what it writes. Whenever the ",
            if dimensions == 1 {
                "length of the input is "
            } else {
                "height and the width of the input are the same and "
            },
            "{parity}, the output of the second layer has the size of the input of the first."
        ],
        displays: Vec::new(),
        // Neighbours of one parity decide, for all others are as far apart.
        holds: trips.iter().take(axis.stride).all(|&(n, ..)| leaves_nothing(n)),
        holds_again: lost.is_none(),
        belief: Belief::ShapesAlwaysReturn.into(),
        why: match lost {
            Some((n, m, returned)) => prose![format!(
                "An input of {} becomes one of {}, and that an output of {}.",
                size(*n, dimensions),
                size(*m, dimensions),
                size(*returned, dimensions)
            )],
            None => prose![
                format!("The size returns if the stride {} divides ", axis.stride),
                Law::ReturningOutputPadding.formula().dividend(),
                ", which is even whenever the size is {parity}."
            ],
        },
        counts: Some("Any such size counts for which another one comes back."),
        lesson: prose![
            "The size returns exactly if the division by $s$ in the size of the convolution leaves no remainder; \
             otherwise the remainder is the output padding that would be needed."
        ],
        hint: prose!["Compute both sizes for the smallest inputs that the statement is about."],
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
    let why = match example {
        Some(m) => prose![format!(
            "An input of {} has an output of {}.",
            size(m, dimensions),
            size(usize::try_from(grown(m) + m as i64).ok()?, dimensions)
        )],
        None => prose![
            "The shortest possible input has {shown} ",
            if shown == 1 { "cell" } else { "cells" },
            format!(
                " on each axis and its output {}; every further input cell adds {} output cells.",
                grown(shown) + shown as i64,
                axis.stride
            )
        ],
    };
    let call = call(&name);
    Some(Statement {
        said: prose![
            "Whatever the size of the input that it accepts, the output of `{call}` is larger than its input."
        ],
        displays: Vec::new(),
        holds: grown(first) > 0,
        holds_again: (1..=12 / dimensions).filter_map(|m| Some((m, outputs(m)?))).all(|(m, n)| n > m),
        belief: Belief::AlwaysUpsamples.into(),
        why,
        counts: Some("Any size of the input counts whose output is not larger."),
        lesson: prose![
            "From ${TransposedSize:#}$ the output is longer than the input by ${Growth}$. For $m = {shown}$",
            format!(
                " the stride adds {}, the kernel {}{}, and the padding takes away {}: the difference is {}. ",
                (shown - 1) * (axis.stride - 1),
                axis.dilation * (axis.kernel - 1),
                if axis.output_padding == 0 {
                    String::new()
                } else {
                    format!(", the output padding {}", axis.output_padding)
                },
                2 * axis.padding.begin,
                grown(shown)
            ),
            "Only what the stride adds depends on $m$; it grows with it."
        ],
        hint: prose![if axis.padding.begin == 0 {
            "Look at the shortest input: how far does its one copy of the kernel reach?"
        } else {
            "Look at short inputs: padding takes away as much from them as from long ones."
        }],
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
    let shown = other.unwrap_or(0);
    let listed = found[shown].join(", ");
    let what = if dimensions == 1 { "input lengths" } else { "input heights" };
    let name = of((1..=12).find(|&n| of(n).is_some())?)?;
    // That no input at all gives a length is another matter.
    if found.iter().any(Vec::is_empty) {
        return None;
    }
    let call = call(&name);
    Some(Statement {
        said: prose![
            format!(
                "For every {} of the output, exactly {stride} input ",
                if dimensions == 1 { "length" } else { "height" }
            ),
            if dimensions == 1 { "lengths" } else { "heights" },
            " give it with `{call}`."
        ],
        displays: Vec::new(),
        holds: shortest >= 1,
        holds_again: other.is_none(),
        belief: Belief::AlwaysStrideManyInputs.into(),
        why: match other {
            Some(_) => {
                prose![format!("An output of {} is given by the {what} {listed} alone.", size(shown + 1, dimensions))]
            }
            None => prose![
                "The smallest output is given by the {what} {listed}, and each further one by the next {stride}."
            ],
        },
        counts: Some("Any size of the output counts that another number of input sizes gives."),
        lesson: prose![
            "An output $m$ is given by the inputs from ",
            Law::TransposedSize.formula().without("o"),
            " on, $s$ of them. For $m = 1$",
            if shortest >= 1 { " they begin at " } else { " they would begin at " },
            "${shortest}$",
            if shortest >= 1 { ", and this is at least 1." } else { ", but an input has at least one cell." }
        ],
        hint: prose!["Which inputs give an output of a single cell?"],
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
        said: prose![
            "PyTorch accepts `{call}` with the further argument `output_padding=o`",
            match bound {
                1 => " for no other integer than 0.".to_owned(),
                _ => format!(" exactly for the integers from 0 to {}.", bound - 1),
            }
        ],
        displays: Vec::new(),
        holds: bound == s.max(d),
        holds_again: parting.is_none(),
        belief: Belief::OtherOutputPaddingBound.into(),
        why: match parting {
            Some(o) if o < bound => prose!["It does not accept {o}."],
            Some(o) => prose!["It accepts {o}, too."],
            None => prose!["The larger of stride {s} and dilation {d} is {bound}, and it has to be smaller."],
        },
        counts: Some("Any output padding counts on which the statement and PyTorch differ."),
        lesson: prose![
            "PyTorch asks for an output padding below the larger of stride and dilation, here ",
            Math::from(s.max(d)),
            if s < d {
                "; where it is not below the stride, though, the layer is not the adjoint of the convolution that \
                 reads \
                 its output."
            } else {
                "."
            }
        ],
        hint: prose!["Stride and dilation both matter."],
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
        said: prose![
            "Whatever the size of its input, the matrix of `{call}` is the transpose of the matrix of `{other_call}` \
             that reads an input of the size of its output."
        ],
        displays: Vec::new(),
        holds: axis.output_padding < stride,
        // The transpose has to have a column for each output of the convolution.
        holds_again: (m..m + 4).all(|m| leads_back(m).unwrap_or(true)),
        belief: Belief::AlwaysTheAdjoint.into(),
        why: if axis.output_padding < stride {
            prose![
                "The convolution leads back to the size of the input, since the output padding ",
                Math::from(axis.output_padding),
                " is below the stride ${stride}$; and both matrices have a weight where ${Meeting:#}$."
            ]
        } else {
            prose![format!(
                "Of an input of {} the transposed convolution makes an output of {}, and of that the convolution \
                     one of {}.",
                size(m, dimensions),
                size(n, dimensions),
                size(returned, dimensions)
            )]
        },
        counts: Some("Any size of the input counts."),
        lesson: prose![
            "Both matrices follow ${Meeting:#}$, so all that can differ is how many outputs the convolution has. They \
             agree exactly if the output padding, here ",
            Math::from(axis.output_padding),
            ", is below the stride, here ${stride}$."
        ],
        hint: prose!["Does the convolution lead back to the size of the input?"],
        identity: format!("adjoint {call}"),
        layer: call,
    })
}
