//! Statements about the equivalent convolution and the inverse.

use super::{Statement, call, layer};
use crate::algebra::Polynomial;
use crate::misconception::Belief;
use crate::proof::{Fault, symbols};
use crate::roads::by_textbook;
use crate::roads::rewritten::{Turn, ZeroInsertion};
use crate::taps::Taps;
use crate::tensor::unravel;
use crate::worksheet::drawn::tuple;
use crate::worksheet::kinds::prelude::*;

fn kernel_grid(w: &Tensor<i64>) -> Vec<Math> {
    CellGrid::of_tensor(Name::Var('W'), w, 2).displays(Filling::All)
}

/// Whether the flip of the kernel can be left out.
pub(super) fn own_flip(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    let kernel = if dimensions == 1 { dice.size(3..=5) } else { dice.size(2..=3) };
    let stride = dice.size(1..=3);
    let axis = AxisSettings { stride, ..AxisSettings::new(2, kernel) };
    let layer = layer(Operation::Transposed, axis, dimensions)?;
    let mut w = Tensor::from_fn(&layer.weight_shape(), |_| dice.integer(1..=4));
    let last = w.entries().len() - 1;
    // Half of them symmetric, some of these spoilt in one entry only.
    if dice.once_in(2) {
        for at in 0..=last {
            w.entries_mut()[last - at] = w.entries()[at];
        }
        if dice.once_in(3) {
            let at = dice.below(last.div_ceil(2));
            w.entries_mut()[at] += 1;
        }
    }
    let differing = (0..=last).find(|&at| w.entries()[at] != w.entries()[last - at]);
    let (x, _) = symbols(&layer);
    let symbolic = w.map(|&weight| Polynomial::constant(weight));
    let mut unflipped = ZeroInsertion::of(layer.geometry());
    unflipped.turn = Turn::Kept;
    let constant = w.entries().iter().all(|weight| *weight == w.entries()[0]);
    if constant {
        return None;
    }
    let place = |at: usize| tuple(&unravel(&w.shape()[2..], at));
    let call = call(&layer);
    Some(Statement {
        text: "own-flip",
        facts: facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(&*call),
            /// Spatial dimensions.
            dimensions: dimensions,
            /// The kernel.
            kernel: Fact::displays(kernel_grid(&w)),
            /// The first entry that differs from the one in its place of the flipped kernel.
            differing: differing.map(|at| facts! {
                /// Where the two stand.
                first: place(at),
                last: place(last - at),
                /// The entry, and the other one.
                entry: w.entries()[at],
                unflipped_entry: w.entries()[last - at],
            }),
            /// Where a kernel cell stands in the flipped kernel.
            flipped: Law::Flipped,
        },
        holds: differing.is_none(),
        holds_again: unflipped.run(&x, &symbolic) == by_textbook::<Polynomial>(&layer, &x, &symbolic),
        belief: Belief::FlipMakesNoDifference.into(),
        is_general: true,
        identity: format!("own-flip {call} {w:?}"),
        layer: call,
    })
}

/// "The kernel is transposed."
pub(super) fn transposed_kernel(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    if scope.dimensions != Some(2) {
        return None;
    }
    let axis = AxisSettings { stride: dice.size(1..=3), ..AxisSettings::new(dice.size(2..=3), 2) };
    let layer = layer(Operation::Transposed, axis, 2)?;
    let mut w = Tensor::from_fn(&layer.weight_shape(), |_| dice.integer(1..=5));
    if dice.once_in(2) {
        w.entries_mut()[3] = w.entries()[0];
    }
    let [a, b, c, d] = w.entries()[..] else { return None };
    if b == c {
        return None;
    }
    let (x, _) = symbols(&layer);
    let symbolic = w.map(|&weight| Polynomial::constant(weight));
    let wrong = Fault::TransposedKernel.planted(&layer);
    let call = call(&layer);
    Some(Statement {
        text: "transposed-kernel",
        facts: facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(&*call),
            /// The kernel, and its entries row by row.
            kernel: Fact::displays(kernel_grid(&w)),
            a: a,
            b: b,
            c: c,
            d: d,
        },
        holds: a == d,
        holds_again: wrong.run(&x, &symbolic) == by_textbook::<Polynomial>(&layer, &x, &symbolic),
        belief: Belief::KernelIsTransposed.into(),
        is_general: false,
        identity: format!("transposed-kernel {call} {w:?}"),
        layer: call,
    })
}

/// "k - 1 - p zeros on both sides".
pub(super) fn zeros_around(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    let kernel = dice.size(2..=4);
    let stride = dice.size(1..=3);
    let axis = AxisSettings {
        stride,
        padding: Padding::both(if scope.level == Level::One { 0 } else { dice.size(0..=kernel - 1) }),
        dilation: if scope.level == Level::Three { dice.size(1..=3) } else { 1 },
        output_padding: if scope.level == Level::One { 0 } else { dice.below(stride) },
        ..AxisSettings::new(dice.size(2..=3), kernel)
    };
    let layer = layer(Operation::Transposed, axis, dimensions)?;
    let p = axis.padding.begin as i64;
    let (undilated, dilated) = (kernel as i64 - 1, (axis.dilation * (kernel - 1)) as i64);
    let o = axis.output_padding as i64;
    let claimed = *dice.pick(&[undilated - p, dilated - p, dilated - p + o, p, stride as i64 - 1, kernel as i64]);
    let (before, behind) = (dilated - p, dilated - p + o);
    if claimed < 0 {
        return None;
    }
    // The stride-1 convolution that reads so many zeros, against the definition, over symbols.
    let mut rewriting = ZeroInsertion::of(layer.geometry());
    rewriting.padding.iter_mut().for_each(|padding| *padding = (claimed, claimed));
    let (x, w) = symbols(&layer);
    let is_the_layer = rewriting.output_shape(x.shape(), w.shape()).is_some()
        && rewriting.run(&x, &w) == by_textbook::<Polynomial>(&layer, &x, &w);
    let call = call(&layer);
    Some(Statement {
        text: "zeros-around",
        facts: facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(&*call),
            /// Spatial dimensions.
            dimensions: dimensions,
            /// How many zeros are said to go at either end.
            claimed: claimed,
            /// How many go before and after the input, and the formulas.
            before: before,
            after: behind,
            zeros_before: Law::ZerosBefore,
            zeros_after: Law::ZerosAfter,
        },
        holds: (before, behind) == (claimed, claimed),
        holds_again: is_the_layer,
        belief: Belief::OtherZerosAround.into(),
        is_general: false,
        identity: format!("zeros {call} {claimed}"),
        layer: call,
    })
}

/// "A transposed convolution undoes the convolution."
pub(super) fn inverse(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    let kernel = dice.size(1..=2);
    let axis = AxisSettings::new(if dimensions == 1 { dice.size(3..=12) } else { dice.size(2..=6) }, kernel);
    let there = layer(Operation::Convolution, axis, dimensions)?;
    let weights = if kernel == 1 { [-2, -1, 1, 2] } else { [-1, 0, 1, 2] };
    let w = Tensor::from_fn(&there.weight_shape(), |_| *dice.pick(&weights));
    if w.entries().iter().all(|&weight| weight == 0) || w.entries() == [1] {
        return None;
    }
    let taps = Taps::of(there.geometry()).expect("a small layer");
    let (rows, columns) = (taps.rows(), taps.columns());
    let entry =
        |row: usize, column: usize| taps.weight_at(row, column).map_or(0, |weight| w.entries()[weight as usize]);
    let gram = |i: usize, j: usize| (0..rows).map(|row| entry(row, i) * entry(row, j)).sum::<i64>();
    let wrong =
        (0..columns * columns).find(|at| gram(at / columns, at % columns) != i64::from(at / columns == at % columns));
    let back = layer(Operation::Transposed, AxisSettings { input: there.output_shape()[1], ..axis }, dimensions)?;
    let (x, _) = symbols(&there);
    let symbolic = w.map(|&weight| Polynomial::constant(weight));
    let there_and_back: Tensor<Polynomial> = by_textbook(&back, &by_textbook(&there, &x, &symbolic), &symbolic);
    let shown = |at: usize| tuple(&unravel(&there.input_shape()[1..], at));
    let (call, other_call) = (call(&there), call(&back));
    Some(Statement {
        text: "inverse",
        facts: facts! {
            /// The two layers as calls in PyTorch.
            call: Fact::code(&*call),
            other_call: Fact::code(other_call),
            /// Spatial dimensions.
            dimensions: dimensions,
            /// The length of the input along every axis.
            input: axis.input,
            /// The kernel.
            kernel: Fact::displays(kernel_grid(&w)),
            /// An input of a single 1 that does not come back.
            refuting: wrong.map(|at| facts! {
                /// Where the 1 stands.
                one: shown(at / columns),
                /// What comes back, where, and what should.
                returned: gram(at % columns, at / columns),
                at: shown(at % columns),
                expected: i64::from(at / columns == at % columns),
            }),
            /// The first weight: where every input comes back, there is no other.
            only_weight: w.entries()[0],
        },
        holds: wrong.is_none(),
        holds_again: there_and_back == x,
        belief: Belief::TransposedIsInverse.into(),
        is_general: true,
        identity: format!("inverse {call} {} {w:?}", axis.input),
        layer: call,
    })
}
