//! The roads run over symbols alone: every product `w[weight] * x[input]` that a road adds to an output, named.
//!
//! The outputs of a layer are bilinear: sums of products of one weight and one input. Such a polynomial is known by its
//! list of terms, so a road can be compared with another without building a polynomial. The operands are really built:
//! tensors of names in which inserted and padded zeros have no name, so their products are no terms.

use super::rewritten::{StrideOne, ThinnedConvolution, ZeroInsertion};
use super::textbook::{self, Sliding, buffer_shape, cut, each_product_of_convolution, each_scattered_product};
use super::{adjoint_sliding, sliding};
use crate::geometry::{Layer, Operation};
use crate::index::narrow;
use crate::tensor::Tensor;
use std::ops::ControlFlow::{self, Continue};

/// One term: `w[weight] * x[input]` is added to `y[output]`; flat indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// Flat index of the entry of the output.
    pub output: u32,
    /// Flat index of the weight.
    pub weight: u32,
    /// Flat index of the entry of the input.
    pub input: u32,
}

/// The name of a zero that was inserted, padded or appended.
const ZERO: u32 = u32::MAX;

/// The terms of the layer's output by the textbook loops of its operation.
///
/// # Panics
/// When the layer has more entries than 32 bits can name.
pub fn by_textbook<B>(layer: &Layer, visit: impl FnMut(Term) -> ControlFlow<B>) -> ControlFlow<B> {
    by_loops(layer, layer.operation(), &layer.input_shape(), &sliding(layer), visit)
}

/// The terms of the adjoint of the layer's operation by the textbook loops: of a transposed convolution, the convolution
/// that reads its output and writes its input, and the other way round. `output` and `input` are the adjoint's.
///
/// The adjoint pads what the operation cuts: its `begin` and `end` are the canonical `lo` and `hi`.
///
/// # Panics
/// When the layer has more entries than 32 bits can name.
pub fn by_textbook_of_adjoint<B>(layer: &Layer, visit: impl FnMut(Term) -> ControlFlow<B>) -> ControlFlow<B> {
    by_loops(layer, layer.operation().adjoint(), &layer.output_shape(), &adjoint_sliding(layer), visit)
}

fn by_loops<B>(
    layer: &Layer,
    operation: Operation,
    x: &[usize],
    sliding: &[Sliding],
    visit: impl FnMut(Term) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let (w, groups) = (layer.weight_shape(), layer.geometry().channels().groups());
    match operation {
        Operation::Transposed => scattered(x, &w, sliding, groups, visit),
        Operation::Convolution => convolved(x, &w, sliding, groups, visit),
    }
}

/// The terms of the layer's output by a rewriting: the layer's own, or a spoilt one. Their outputs are numbered in
/// [`StrideOne::output_shape`].
///
/// # Panics
/// When the shapes do not belong to the rewriting, or the kernel does not fit (no [`StrideOne::output_shape`]).
pub fn by_rewriting<B>(
    layer: &Layer,
    rewriting: &StrideOne,
    visit: impl FnMut(Term) -> ControlFlow<B>,
) -> ControlFlow<B> {
    match rewriting {
        StrideOne::ZeroInsertion(rewriting) => by_zero_insertion(layer, rewriting, visit),
        StrideOne::Thinned(rewriting) => by_thinning(layer, rewriting, visit),
    }
}

fn by_zero_insertion<B>(
    layer: &Layer,
    rewriting: &ZeroInsertion,
    visit: impl FnMut(Term) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let x = rewriting.operand(&names(&layer.input_shape()), &ZERO, &ZERO);
    let w = rewriting.kernel(&names(&layer.weight_shape()));
    let sliding: Vec<_> = rewriting.dilations.iter().map(|&dilation| Sliding { dilation, ..Sliding::PLAIN }).collect();
    named(&x, &w, &sliding, rewriting.groups, visit)
}

fn by_thinning<B>(
    layer: &Layer,
    rewriting: &ThinnedConvolution,
    mut visit: impl FnMut(Term) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let x = rewriting.operand(&names(&layer.input_shape()), &ZERO);
    let w = rewriting.kernel(&names(&layer.weight_shape()), &ZERO);
    let sliding = vec![Sliding::PLAIN; rewriting.strides.len()];
    let full = textbook::convolution_shape(x.shape(), w.shape(), &sliding);
    let mut kept = vec![ZERO; full.iter().product()];
    for (output, place) in (0..).zip(rewriting.kept(&full)) {
        kept[place] = output;
    }
    named(&x, &w, &sliding, rewriting.groups, |term| match kept[term.output as usize] {
        ZERO => Continue(()),
        output => visit(Term { output, ..term }),
    })
}

/// A convolution over tensors of names, in which a product with a zero is no term.
fn named<B>(
    x: &Tensor<u32>,
    w: &Tensor<u32>,
    sliding: &[Sliding],
    groups: usize,
    mut visit: impl FnMut(Term) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let (inputs, weights) = (x.entries(), w.entries());
    each_product_of_convolution(x.shape(), w.shape(), sliding, groups, |product| {
        // Most inputs are zeros, so they are looked at first.
        let input = inputs[product.input];
        if input == ZERO {
            return Continue(());
        }
        match weights[product.weight] {
            ZERO => Continue(()),
            weight => visit(Term { output: narrow(product.output), weight, input }),
        }
    })
}

fn convolved<B>(
    x_shape: &[usize],
    w_shape: &[usize],
    sliding: &[Sliding],
    groups: usize,
    visit: impl FnMut(Term) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let x = textbook::padded(&names(x_shape), sliding, &ZERO);
    named(&x, &names(w_shape), sliding, groups, visit)
}

fn scattered<B>(
    x_shape: &[usize],
    w_shape: &[usize],
    sliding: &[Sliding],
    groups: usize,
    mut visit: impl FnMut(Term) -> ControlFlow<B>,
) -> ControlFlow<B> {
    // Where each cell of the buffer lands in the output, if it is not cut off.
    let buffer = names(&buffer_shape(x_shape, w_shape, sliding, groups));
    let mut output_of = vec![ZERO; buffer.entries().len()];
    for (output, &cell) in (0..).zip(cut(&buffer, sliding, &ZERO).entries()) {
        if cell != ZERO {
            output_of[cell as usize] = output;
        }
    }
    each_scattered_product(x_shape, w_shape, sliding, groups, |product| match output_of[product.output] {
        ZERO => Continue(()),
        output => visit(Term { output, weight: narrow(product.weight), input: narrow(product.input) }),
    })
}

/// Every entry of a shape by its flat index.
fn names(shape: &[usize]) -> Tensor<u32> {
    Tensor::from_fn(shape, |flat| {
        u32::try_from(flat).ok().filter(|&name| name != ZERO).expect("32 bits name every entry")
    })
}
