//! Statements about the equivalent convolution and the inverse.

use super::{Statement, call, layer, size};
use crate::algebra::Polynomial;
use crate::laws::Law::{Flipped, ZerosAfter, ZerosBefore};
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
        said: prose![
            "The kernel of `{call}` is the one below. In the equivalent convolution with stride 1 it makes no \
             difference, whatever the input is, whether it is flipped or not:"
        ],
        displays: kernel_grid(&w),
        holds: differing.is_none(),
        holds_again: unflipped.run(&x, &symbolic) == by_textbook::<Polynomial>(&layer, &x, &symbolic),
        belief: Belief::FlipMakesNoDifference.into(),
        why: match differing {
            Some(at) => prose![
                "The entries at ",
                place(at),
                " and ",
                place(last - at),
                format!(
                    " differ. An input that is 1 in its first place and 0 elsewhere brings {} to the output at ",
                    w.entries()[at]
                ),
                place(at),
                format!(", and without the flip {}.", w.entries()[last - at])
            ],
            None => prose!["The kernel, read backwards, is the same kernel."],
        },
        counts: Some("Any input counts for which the two outputs differ."),
        lesson: prose![
            "The flip can be left out exactly if the kernel equals its own flip, along all axes together. A rotation \
             by 180 degrees puts the entry of index $t$ at ${Flipped}$."
        ],
        hint: prose!["What does an input of a single 1 make of the kernel?"],
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
        said: prose![
            "The kernel of `{call}` is the one below. The kernel of the equivalent convolution with stride 1 is its \
             transpose as a matrix:"
        ],
        displays: kernel_grid(&w),
        holds: a == d,
        holds_again: wrong.run(&x, &symbolic) == by_textbook::<Polynomial>(&layer, &x, &symbolic),
        belief: Belief::KernelIsTransposed.into(),
        why: prose![
            "Rotated by 180 degrees the kernel has the rows ({d}, {c}) and ({b}, {a}); its transpose has ({a}, {c}) \
             and ({b}, {d})."
        ],
        counts: None,
        lesson: prose![
            "The kernel is rotated by 180 degrees. For a kernel of two rows and two columns that is the transpose \
             exactly if the entries of the main diagonal are equal; what is transposed in a transposed convolution is \
             the matrix $W~$, not the kernel."
        ],
        hint: prose!["Write down the kernel rotated by 180 degrees."],
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
        said: prose![
            "In the equivalent convolution with stride 1, ",
            if claimed == 1 { "1 zero goes".to_owned() } else { format!("{claimed} zeros go") },
            " before and as many after the zero-inserted input of `{call}`",
            if dimensions == 1 { "." } else { ", on every axis." }
        ],
        displays: Vec::new(),
        holds: (before, behind) == (claimed, claimed),
        holds_again: is_the_layer,
        belief: Belief::OtherZerosAround.into(),
        why: prose!["The numbers of zeros are {before} before and {behind} after it."],
        counts: None,
        lesson: prose![
            "The zeros before it number ${ZerosBefore} = {before}$, those after it ${ZerosAfter} = {behind}$; output \
             padding counts at the end only."
        ],
        hint: prose!["Without padding, the first output is reached by the first input and the first kernel cell only."],
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
        said: prose![
            "The layer `{call}` reads an input of ",
            size(axis.input, dimensions),
            ", and `{other_call}` reads what it writes; both have the kernel below. Whatever the input is, the second \
             layer gives it back:"
        ],
        displays: kernel_grid(&w),
        holds: wrong.is_none(),
        holds_again: there_and_back == x,
        belief: Belief::TransposedIsInverse.into(),
        why: match wrong {
            Some(at) => prose![
                "An input that is 1 at index ",
                shown(at / columns),
                " and 0 elsewhere comes back with ",
                Math::from(gram(at % columns, at / columns)),
                " at index ",
                shown(at % columns),
                format!(" instead of {}.", i64::from(at / columns == at % columns))
            ],
            None => prose![
                "$W~^T W~$ is the identity: the only weight is ",
                Math::from(w.entries()[0]),
                ", and its square is 1."
            ],
        },
        counts: Some("Any input counts that does not come back."),
        lesson: prose![
            "What happens on the way there and back is $W~^T W~ x~$. The transposed convolution is the adjoint of the \
             convolution, and only for special kernels its inverse."
        ],
        hint: prose!["Follow an input with a single 1."],
        identity: format!("inverse {call} {} {w:?}", axis.input),
        layer: call,
    })
}
