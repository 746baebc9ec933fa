//! The statements: each with numbers drawn, and decided by two computations that know nothing of each other.

use crate::algebra::{Dice, Polynomial};
use crate::doc::{Inline, Math, Name, Prose, Relation, prose, row};
use crate::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation, Padding, greatest_common_divisor};
use crate::proof::symbols;
use crate::roads::by_textbook;
use crate::roads::rewritten::ZeroInsertion;
use crate::roads::textbook::{Sliding, convolution};
use crate::taps::Taps;
use crate::tensor::Tensor;
use crate::worksheet::formula::{covered, less_one, meeting, reach, transposed_size};
use crate::worksheet::{CellGrid, Filling, Level, Scope};
use Relation::{Equals, Minus, Plus, Times};

/// A statement with its numbers.
#[derive(Debug)]
pub(super) struct Statement {
    /// The layer it is about, as a call in PyTorch.
    pub(super) layer: String,
    pub(super) said: Prose,
    pub(super) displays: Vec<Math>,
    /// Whether it holds, by one computation and by another.
    pub(super) holds: bool,
    pub(super) holds_again: bool,
    /// The name of what somebody believes who is wrong about it.
    pub(super) belief: &'static str,
    /// A counterexample, or the reason why there is none.
    pub(super) why: Prose,
    /// What is to be learnt from it.
    pub(super) lesson: Prose,
    pub(super) hint: Prose,
    pub(super) identity: String,
}

/// Draws the numbers of one statement; none if there is no such statement of this level and dimension.
type Draw = fn(&mut Dice, Scope) -> Option<Statement>;

/// Every statement.
pub(super) const STATEMENTS: &[Draw] = &[
    shape_returns,
    grows,
    shared_inputs,
    zeros_around,
    own_flip,
    transposed_kernel,
    output_padding_is_allowed,
    output_padding_is_zero,
    inverse,
    even_coverage,
    every_sth_row,
    adjoint,
];

/// Axes that are all alike.
fn layer(operation: Operation, axis: AxisSettings, dimensions: usize) -> Option<Layer> {
    Layer::new(operation, vec![axis; dimensions], ChannelSettings::default()).ok()
}

fn call(layer: &Layer) -> String {
    layer.pytorch_call(Bias::Absent).expect("the padding is the same at both ends")
}

fn code(layer: &Layer) -> Inline {
    Inline::Code(call(layer))
}

/// `length 5` or `size 5 × 5`.
fn size(length: usize, dimensions: usize) -> String {
    if dimensions == 1 { format!("length {length}") } else { format!("size {length} × {length}") }
}

/// The output's extent on the first axis, by the textbook loops, which compute no size; none if nothing is left.
fn measured(layer: &Layer) -> usize {
    let zeros = |shape: Vec<usize>| Tensor::from_fn(&shape, |_| 0_i64);
    by_textbook(layer, &zeros(layer.input_shape()), &zeros(layer.weight_shape())).shape()[1]
}

/// Numbers for an axis of the level, all of the kind a statement about sizes can use.
fn axis(dice: &mut Dice, level: Level, operation: Operation) -> AxisSettings {
    let kernel = dice.size(1..=4);
    let stride = dice.size(if level == Level::One { 1..=3 } else { 2..=4 });
    AxisSettings {
        stride,
        padding: Padding::both(if level == Level::One { 0 } else { dice.size(0..=kernel.max(2) - 1) }),
        dilation: if level == Level::Three { dice.size(1..=3) } else { 1 },
        output_padding: if operation == Operation::Transposed && level != Level::One { dice.below(stride) } else { 0 },
        ..AxisSettings::new(dice.size(2..=9), kernel)
    }
}

/// Convolution and transposed convolution with the same parameters, one after the other.
fn shape_returns(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    let axis = AxisSettings { output_padding: 0, ..axis(dice, scope.level, Operation::Convolution) };
    let there = layer(Operation::Convolution, axis, dimensions)?;
    let (n, m) = (axis.input, there.output_shape()[1]);
    let back = layer(Operation::Transposed, AxisSettings { input: m, ..axis }, dimensions)?;
    let returned = back.output_shape()[1];
    let covered_cells = axis.dilation * (axis.kernel - 1) + 1;
    if axis.stride == 1 {
        return None;
    }
    Some(Statement {
        said: prose![
            code(&there),
            " reads an input of ",
            size(n, dimensions),
            format!("; what it writes is read by "),
            code(&back),
            ". The output of the second layer has the size of the input of the first."
        ],
        displays: Vec::new(),
        holds: (n + 2 * axis.padding.begin - covered_cells).is_multiple_of(axis.stride),
        holds_again: measured(&back) == n && measured(&there) == m,
        belief: "shapes-always-return",
        why: prose![format!("The sizes on the way are {n}, {m} and {returned}.")],
        lesson: prose![
            "The sizes on the way are ",
            Math::Tuple(vec![n as i64, m as i64, returned as i64]),
            ". The size returns exactly if the division by ",
            Math::from('s'),
            " in the size of the convolution leaves no remainder; otherwise the remainder is the output padding that \
             would be needed."
        ],
        hint: prose!["Compute both sizes."],
        identity: format!("shape-returns {} {n}", call(&there)),
        layer: call(&there),
    })
}

/// "A transposed convolution upsamples": for every input length.
fn grows(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    let axis = AxisSettings { input: 1, ..axis(dice, scope.level, Operation::Transposed) };
    let strides_alone = axis.stride as i64 - 1;
    let grown = |m: usize| {
        let AxisSettings { kernel, stride, padding, dilation, output_padding, .. } = axis;
        let n = ((m - 1) * stride + dilation * (kernel - 1) + output_padding + 1) as i64 - 2 * padding.begin as i64;
        n - m as i64
    };
    // The difference never falls, so that the shortest possible input decides.
    let possible = |m: usize| grown(m) + m as i64 >= 1;
    let first = (1..=60).find(|&m| possible(m))?;
    let example = (first..=60).find(|&m| grown(m) <= 0);
    let shown = example.unwrap_or(first);
    let of = |m: usize| layer(Operation::Transposed, AxisSettings { input: m, ..axis }, dimensions);
    let outputs = |m: usize| of(m).map(|layer| measured(&layer));
    let name = of(first)?;
    let says_nothing = strides_alone == 0 && axis.padding.begin == 0;
    if says_nothing {
        return None;
    }
    let why = match example {
        Some(m) => prose![format!(
            "An input of {} has an output of {}.",
            size(m, dimensions),
            size(usize::try_from(grown(m) + m as i64).ok()?, dimensions)
        )],
        None => prose![
            format!("The shortest possible input has {shown} "),
            if shown == 1 { "cell" } else { "cells" },
            format!(
                " on each axis and its output {}; every further input cell adds {} output ",
                grown(shown) + shown as i64,
                axis.stride
            ),
            if axis.stride == 1 { "cell." } else { "cells." }
        ],
    };
    Some(Statement {
        said: prose![
            "Whatever the size of the input that it accepts, the output of ",
            code(&name),
            " is larger than its input."
        ],
        displays: Vec::new(),
        holds: grown(first) > 0,
        holds_again: (1..=12 / dimensions).filter_map(|m| Some((m, outputs(m)?))).all(|(m, n)| n > m),
        belief: "transposed-convolution-upsamples",
        why,
        lesson: prose![
            "From ",
            transposed_size(),
            " the output is longer than the input by ",
            row![less_one('m'), less_one('s'), Minus, 2_usize, 'p', Plus, reach(), Plus, 'o'],
            ". A transposed convolution need not make anything larger."
        ],
        hint: prose!["Look at short inputs: padding takes away as much from them as from long ones."],
        identity: format!("grows {}", call(&name)),
        layer: call(&name),
    })
}

/// "s inputs share an output size": unless some of them are shorter than one cell.
fn shared_inputs(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    let kernel = dice.size(1..=3);
    let axis = AxisSettings {
        stride: dice.size(2..=4),
        padding: Padding::both(dice.size(1..=2)),
        dilation: if scope.level == Level::Three { dice.size(1..=2) } else { 1 },
        ..AxisSettings::new(1, kernel)
    };
    let m = dice.size(1..=3);
    if scope.level == Level::One {
        return None;
    }
    let AxisSettings { stride, padding, dilation, .. } = axis;
    let shortest = ((m - 1) * stride + dilation * (kernel - 1) + 1) as i64 - 2 * padding.begin as i64;
    let of = |n: usize| layer(Operation::Convolution, AxisSettings { input: n, ..axis }, dimensions);
    let found: Vec<String> = (1..=m * stride + 12)
        .filter(|&n| of(n).is_some_and(|layer| measured(&layer) == m))
        .map(|n| n.to_string())
        .collect();
    let name = of(found.first()?.parse().ok()?)?;
    Some(Statement {
        said: prose![
            format!(
                "Exactly {stride} input {} give an output of ",
                if dimensions == 1 { "lengths" } else { "heights" }
            ),
            size(m, dimensions),
            " with ",
            code(&name),
            if dimensions == 1 { "." } else { " (the widths are the same)." }
        ],
        displays: Vec::new(),
        holds: shortest >= 1,
        holds_again: found.len() == stride,
        belief: "always-s-inputs",
        why: prose![format!("It is given by the inputs {}, and by no other.", found.join(", "))],
        lesson: prose![
            "The inputs from ",
            row![less_one('m'), 's', Minus, 2_usize, 'p', Plus, covered(), Equals, shortest],
            " on, ",
            Math::from('s'),
            format!(" of them, are those of at least one cell: {}.", found.join(", "))
        ],
        hint: prose!["Which is the shortest input for which the kernel is placed often enough? Is it longer than 0?"],
        identity: format!("shared {} {m}", call(&name)),
        layer: call(&name),
    })
}

/// "k - 1 - p zeros on both sides".
fn zeros_around(dice: &mut Dice, scope: Scope) -> Option<Statement> {
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
    let is_the_layer =
        rewriting.fits(x.shape(), w.shape()) && rewriting.run(&x, &w) == by_textbook::<Polynomial>(&layer, &x, &w);
    Some(Statement {
        said: prose![
            "In the equivalent convolution with stride 1, ",
            if claimed == 1 { "1 zero goes".to_owned() } else { format!("{claimed} zeros go") },
            " before and as many behind the zero-inserted input of ",
            code(&layer),
            if dimensions == 1 { "." } else { ", on every axis." }
        ],
        displays: Vec::new(),
        holds: (before, behind) == (claimed, claimed),
        holds_again: is_the_layer,
        belief: "wrong-zeros-around",
        why: prose![format!("{before} go before and {behind} behind it.")],
        lesson: prose![
            row![reach(), Minus, 'p', Equals, before],
            " go before and ",
            row![reach(), Minus, 'p', Plus, 'o', Equals, behind],
            " behind it; output padding counts at the end only."
        ],
        hint: prose!["Without padding, the first output is reached by the first input and the first kernel cell only."],
        identity: format!("zeros {} {claimed}", call(&layer)),
        layer: call(&layer),
    })
}

fn kernel_grid(w: &Tensor<i64>) -> Vec<Math> {
    CellGrid::of_tensor(Name::Var('W'), w, 2).displays(Filling::All)
}

/// Whether the flip of the kernel can be left out.
fn own_flip(dice: &mut Dice, scope: Scope) -> Option<Statement> {
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
    unflipped.turn = crate::roads::rewritten::Turn::Kept;
    let constant = w.entries().iter().all(|weight| *weight == w.entries()[0]);
    if constant {
        return None;
    }
    let place =
        |at: usize| Math::Tuple(crate::tensor::unravel(&w.shape()[2..], at).iter().map(|&i| i as i64).collect());
    Some(Statement {
        said: prose![
            "The kernel of ",
            code(&layer),
            " is the one below. In the equivalent convolution with stride 1 it makes no difference, whatever the \
             input is, whether it is flipped or not:"
        ],
        displays: kernel_grid(&w),
        holds: differing.is_none(),
        holds_again: unflipped.run(&x, &symbolic) == by_textbook::<Polynomial>(&layer, &x, &symbolic),
        belief: "flip-makes-no-difference",
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
        lesson: prose![
            "The flip can be left out exactly if the kernel equals its own flip, along all axes together. A rotation by \
             180 degrees puts the entry of index ",
            Math::from('t'),
            " at ",
            row!['k', Minus, 1_usize, Minus, 't'],
            "."
        ],
        hint: prose!["What does an input of a single 1 make of the kernel?"],
        identity: format!("own-flip {} {w:?}", call(&layer)),
        layer: call(&layer),
    })
}

/// "The kernel is transposed."
fn transposed_kernel(dice: &mut Dice, scope: Scope) -> Option<Statement> {
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
    let wrong = crate::proof::Fault::TransposedKernel.planted(&layer);
    Some(Statement {
        said: prose![
            "The kernel of ",
            code(&layer),
            " is the one below. The kernel of the equivalent convolution with stride 1 is its transpose as a matrix:"
        ],
        displays: kernel_grid(&w),
        holds: a == d,
        holds_again: wrong.run(&x, &symbolic) == by_textbook::<Polynomial>(&layer, &x, &symbolic),
        belief: "kernel-is-transposed",
        why: prose![format!(
            "Rotated by 180 degrees the kernel has the rows ({d}, {c}) and ({b}, {a}); its transpose has ({a}, {c}) and ({b}, {d})."
        )],
        lesson: prose![
            "The kernel is rotated by 180 degrees. For a kernel of two rows and two columns that is the transpose exactly if \
             the entries of the main diagonal are equal; what is transposed in a transposed convolution is the matrix ",
            Name::Tilde('W'),
            ", not the kernel."
        ],
        hint: prose!["Write down the kernel rotated by 180 degrees."],
        identity: format!("transposed-kernel {} {w:?}", call(&layer)),
        layer: call(&layer),
    })
}

/// "o must be smaller than the stride."
fn output_padding_is_allowed(dice: &mut Dice, scope: Scope) -> Option<Statement> {
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
    let o = dice.size(1..=4);
    let (s, d) = (bare.stride, bare.dilation);
    let layer_without = layer(Operation::Transposed, bare, dimensions)?;
    let accepted = layer(Operation::Transposed, AxisSettings { output_padding: o, ..bare }, dimensions).is_some();
    if s == d {
        return None;
    }
    Some(Statement {
        said: prose![
            "PyTorch accepts ",
            code(&layer_without),
            " with the further argument ",
            Inline::Code(format!("output_padding={o}")),
            "."
        ],
        displays: Vec::new(),
        holds: o < s.max(d),
        holds_again: accepted,
        belief: "output-padding-below-the-stride",
        why: prose![
            row!['o', Equals, o],
            if o < s.max(d) { " is smaller than the larger of " } else { " is not smaller than the larger of " },
            row!['s', Equals, s],
            " and ",
            row!['d', Equals, d],
            "."
        ],
        lesson: prose![
            "PyTorch asks for an output padding below the larger of stride and dilation, here ",
            Math::from(s.max(d)),
            if s < d && (s..d).contains(&o) {
                "; if it is not below the stride, though, the layer is no longer the adjoint of the convolution of that size."
            } else {
                "."
            }
        ],
        hint: prose!["The bound is not the stride alone."],
        identity: format!("allowed {} {o}", call(&layer_without)),
        layer: call(&layer_without),
    })
}

/// "Output padding appends zeros."
fn output_padding_is_zero(dice: &mut Dice, scope: Scope) -> Option<Statement> {
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
    Some(Statement {
        said: prose![
            format!("For an input of length {}, whatever is in it and whatever the kernel is, the last ", axis.input),
            if o == 1 { "entry".to_owned() } else { format!("{o} entries") },
            " of the output of ",
            code(&layer),
            if o == 1 { " is 0." } else { " are 0." }
        ],
        displays: Vec::new(),
        holds: reached.is_empty(),
        holds_again: are_zero,
        belief: "output-padding-appends-zeros",
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
        lesson: prose![
            "The copies of the kernel fill ",
            row![less_one('m'), 's', Plus, covered(), Equals, canonical.buffer()],
            " cells. Of these ",
            row!['p', Minus, 'o'],
            " are cut off at the end; output padding first spares what would be cut off, and only beyond that adds zeros."
        ],
        hint: prose!["What stands in the cells that the output padding spares from being cut off?"],
        identity: format!("appends {} {}", call(&layer), axis.input),
        layer: call(&layer),
    })
}

/// "A transposed convolution undoes the convolution."
fn inverse(dice: &mut Dice, scope: Scope) -> Option<Statement> {
    let dimensions = scope.dimensions?;
    let kernel = dice.size(1..=2);
    let axis = AxisSettings::new(if dimensions == 1 { dice.size(3..=5) } else { 3 }, kernel);
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
    let shown = |at: usize| {
        Math::Tuple(crate::tensor::unravel(&there.input_shape()[1..], at).iter().map(|&i| i as i64).collect())
    };
    Some(Statement {
        said: prose![
            "The layer ",
            code(&there),
            " reads an input of ",
            size(axis.input, dimensions),
            ", and ",
            code(&back),
            " reads what it writes; both have the kernel below. Whatever the input is, the second layer gives it back:"
        ],
        displays: kernel_grid(&w),
        holds: wrong.is_none(),
        holds_again: there_and_back == x,
        belief: "transposed-is-inverse",
        why: match wrong {
            Some(at) => prose![
                "An input that is 1 at ",
                shown(at / columns),
                " and 0 elsewhere comes back with ",
                Math::from(gram(at % columns, at / columns)),
                " at ",
                shown(at % columns),
                format!(" instead of {}.", i64::from(at / columns == at % columns))
            ],
            None => prose![
                row![Name::TildeTransposed('W'), Name::Tilde('W')],
                " is the identity: the only weight is ",
                Math::from(w.entries()[0]),
                ", and its square is 1."
            ],
        },
        lesson: prose![
            "What happens on the way there and back is ",
            row![Name::TildeTransposed('W'), Name::Tilde('W'), Name::Tilde('x')],
            ". The transposed convolution is the adjoint of the convolution, and only for special kernels its inverse."
        ],
        hint: prose!["Follow an input with a single 1."],
        identity: format!("inverse {} {} {w:?}", call(&there), axis.input),
        layer: call(&there),
    })
}

/// "No checkerboard if the stride divides the kernel size."
fn even_coverage(dice: &mut Dice, scope: Scope) -> Option<Statement> {
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
    Some(Statement {
        said: prose![
            "All inputs and all weights of ",
            code(&layer),
            format!(" are 1, and there are many inputs. Then all outputs that have at least {reach} "),
            if reach == 1 { "output" } else { "outputs" },
            " on both sides of them are equal."
        ],
        displays: Vec::new(),
        holds,
        holds_again: is_even && uneven.is_none(),
        belief: "divisible-kernel-has-no-checkerboard",
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
        lesson: prose![
            "Inside, the outputs are equal exactly if ",
            Math::from('s'),
            " divides ",
            Math::from('k'),
            " and has no common factor with ",
            Math::from('d'),
            format!(": here the stride is {stride}, the kernel size {kernel} and the dilation {dilation}.")
        ],
        hint: prose!["Which kernel cells reach an output? Look at two neighbouring outputs."],
        identity: format!("coverage {}", call(&layer)),
        layer: call(&layer),
    })
}

/// "A strided matrix is every s-th row of the one with stride 1."
fn every_sth_row(dice: &mut Dice, scope: Scope) -> Option<Statement> {
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
    let last = claimed.last()?;
    Some(Statement {
        said: prose![
            code(&layer),
            format!(
                " reads an input of size {} × {}. The rows of its matrix are the rows 0, {stride}, ..., {last} of the matrix of ",
                axes[0].input, axes[1].input
            ),
            code(&unit),
            format!(": every {} row.", if stride == 2 { "second" } else { "third" })
        ],
        displays: Vec::new(),
        holds: right == claimed,
        holds_again: same,
        belief: "every-sth-row",
        why: match parting {
            Some(at) => prose![
                "Row ",
                Math::from(at),
                " belongs to the output at ",
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
        lesson: prose![
            "With stride 1 the output has ",
            Math::from(wide),
            " columns. The stride keeps the outputs whose row ",
            Math::from('i'),
            " and column ",
            Math::from('j'),
            " are both multiples of ",
            Math::from('s'),
            ", and these are the rows ",
            row![wide, Times, 'i', Plus, 'j'],
            " of the matrix."
        ],
        hint: prose![
            "Which row of the matrix belongs to the first output in the second row, with and without the stride?"
        ],
        identity: format!("sth-row {} {}x{}", call(&layer), axes[0].input, axes[1].input),
        layer: call(&layer),
    })
}

/// "It is the adjoint of the convolution with the same parameters."
fn adjoint(dice: &mut Dice, scope: Scope) -> Option<Statement> {
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
    if axis.output_padding == 0 {
        return None;
    }
    Some(Statement {
        said: prose![
            code(&there),
            " reads an input of ",
            size(m, dimensions),
            ". Its matrix is the transpose of the matrix of ",
            code(&back),
            " that reads its output."
        ],
        displays: Vec::new(),
        holds: axis.output_padding < stride,
        // The transpose has to have a column for each output of the convolution.
        holds_again: measured(&back) == m && measured(&there) == n,
        belief: "always-the-adjoint",
        why: prose![format!(
            "The transposed convolution makes {n} of {m}; the convolution makes {returned} of {n}{}.",
            if dimensions == 1 { "" } else { ", on every axis" }
        )],
        lesson: prose![
            "Both matrices follow ",
            row!['j', Equals, meeting()],
            ", so all that can differ is how many outputs the convolution has. They agree exactly if the output padding, here ",
            Math::from(axis.output_padding),
            ", is below the stride, here ",
            Math::from(stride),
            "."
        ],
        hint: prose!["Does the convolution lead back to the size of the input?"],
        identity: format!("adjoint {} {m}", call(&there)),
        layer: call(&there),
    })
}
