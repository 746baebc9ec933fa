//! Independent roads to the same result.
//!
//! * [`textbook`]: nested loops written from the definitions; knows neither taps nor matrix.
//! * [`rewritten`]: really builds the rewritten operands (zeros inserted, padded or cut, kernel flipped or dilated)
//!   and runs the textbook convolution at stride 1 over them.
//! * [`matrix`](crate::matrix): W~ from the taps, transposed and multiplied by sprs.
//! * [`unrolled`]: im2col and col2im, multiplied by nalgebra, a panel at a time.
//! * [`kronecker`]: W~ as a sum of Kronecker products of 0/1 matrices, one for every weight, built by sprs.
//!
//! [`terms`] runs the loops over symbols alone. [`Road`] names them for a [`Layer`]; each runs over any ring. The way back, the gradients, is in [`gradient`].

#![cfg_attr(not(test), deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss))]

pub mod gradient;
pub mod kronecker;
pub mod rewritten;
pub mod terms;
pub mod textbook;
pub mod unrolled;

pub use kronecker::by_kronecker_sum;
pub use unrolled::by_unrolling;

use crate::algebra::Ring;
use crate::geometry::{Axis, AxisSettings, Layer, Operation};
use crate::index::signed;
use crate::matrix::{Side, WeightMatrix, multiply, product, with_weights};
use crate::taps::Taps;
use crate::tensor::Tensor;
use rewritten::{StrideOne, ThinnedConvolution, ZeroInsertion};

/// One way to compute a layer's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Road {
    /// The sparse matrix times the vector.
    Matrix,
    /// The nested loops of the definition.
    Textbook,
    /// A stride-1 convolution over rewritten operands.
    Rewritten,
    /// A product of dense matrices per group.
    Unrolled,
    /// One Kronecker product of 0/1 matrices for every weight.
    Kronecker,
}

impl Road {
    /// All roads.
    pub const ALL: [Self; 5] = [Self::Textbook, Self::Matrix, Self::Rewritten, Self::Unrolled, Self::Kronecker];

    /// What the road is called in a report about the given operation.
    #[must_use]
    pub fn name(self, operation: Operation) -> &'static str {
        match (self, operation) {
            (Self::Matrix, Operation::Transposed) => "transposed matrix times vector",
            (Self::Matrix, Operation::Convolution) => "matrix times vector",
            (Self::Textbook, Operation::Transposed) => "textbook scatter loops",
            (Self::Textbook, Operation::Convolution) => "textbook convolution loops",
            (Self::Rewritten, Operation::Transposed) => "stride-1 convolution over the zero-inserted, padded input",
            (Self::Rewritten, Operation::Convolution) => {
                "stride-1 convolution with the zero-filled kernel, thinned out"
            }
            (Self::Unrolled, Operation::Transposed) => "nalgebra product, then col2im",
            (Self::Unrolled, Operation::Convolution) => "im2col, then nalgebra product",
            (Self::Kronecker, _) => "sum of Kronecker products of shift matrices",
        }
    }
}

/// Computes the layer's output by the textbook loops.
///
/// # Panics
/// When the shapes of `x` or `w` are not the layer's.
pub fn by_textbook<T: Ring>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
    let axes = sliding(layer);
    let groups = layer.geometry().channels().groups();
    match layer.operation() {
        Operation::Convolution => textbook::convolution(x, w, &axes, groups),
        Operation::Transposed => textbook::transposed_convolution(x, w, &axes, groups),
    }
}

/// The shape of what [`by_textbook`] computes, by the loops' own sizes.
#[must_use]
pub fn textbook_shape(layer: &Layer) -> Vec<usize> {
    shape_by_loops(layer, layer.operation(), &layer.input_shape(), &sliding(layer))
}

/// The shape of what the textbook loops of the adjoint compute from an output of the layer: its input's, if all is well.
#[must_use]
pub fn adjoint_shape(layer: &Layer) -> Vec<usize> {
    shape_by_loops(layer, layer.operation().adjoint(), &layer.output_shape(), &adjoint_sliding(layer))
}

fn shape_by_loops(layer: &Layer, operation: Operation, x: &[usize], sliding: &[textbook::Sliding]) -> Vec<usize> {
    let (w, groups) = (&layer.weight_shape(), layer.geometry().channels().groups());
    match operation {
        Operation::Convolution => textbook::convolution_shape(&textbook::padded_shape(x, sliding), w, sliding),
        Operation::Transposed => textbook::cut_shape(&textbook::buffer_shape(x, w, sliding, groups), sliding),
    }
}

/// How the adjoint slides: it pads what the operation cuts, so its `begin` and `end` are the canonical `lo` and `hi`.
pub(crate) fn adjoint_sliding(layer: &Layer) -> Vec<textbook::Sliding> {
    let per_axis = |axis: &Axis| textbook::Sliding {
        stride: axis.stride(),
        dilation: axis.dilation(),
        begin: axis.crop_begin(),
        end: axis.crop_end(),
    };
    layer.geometry().axes().iter().map(per_axis).collect()
}

/// The layer's settings as the textbook loops take them. They fit by [`Layer::SIZE_LIMIT`].
pub(crate) fn sliding(layer: &Layer) -> Vec<textbook::Sliding> {
    let per_axis = |axis: &AxisSettings| textbook::Sliding {
        stride: axis.stride,
        dilation: axis.dilation,
        begin: signed(axis.padding.begin),
        end: signed(axis.padding.end) - signed(axis.output_padding),
    };
    layer.settings().iter().map(per_axis).collect()
}

/// Computes the layer's output as matrix times vector; `matrix` is W~ for either operation.
///
/// # Panics
/// When the shapes of `x`, `w` or the matrix are not the layer's.
pub fn by_matrix<T: Ring>(layer: &Layer, matrix: &WeightMatrix, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
    let matrix = with_weights(matrix, w.entries());
    let product = match layer.operation() {
        Operation::Convolution => multiply(matrix.view(), x.entries()),
        Operation::Transposed => multiply(matrix.transpose_view(), x.entries()),
    };
    Tensor::new(layer.output_shape(), product.data.into())
}

/// The same product without the whole matrix in memory: W~ is built a slab of rows at a time.
///
/// # Panics
/// When the shapes of `x`, `w` or the taps are not the layer's.
pub fn by_slabs<T: Ring>(layer: &Layer, taps: &Taps, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
    let side = match layer.operation() {
        Operation::Convolution => Side::Small,
        Operation::Transposed => Side::Big,
    };
    Tensor::new(layer.output_shape(), product(taps, w.entries(), x.entries(), side))
}

/// Computes the layer's output as a stride-1 convolution over rewritten operands.
///
/// # Panics
/// When the shapes of `x` or `w` are not the layer's.
pub fn by_rewriting<T: Ring>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
    rewriting(layer).run(x, w)
}

/// The rewriting that belongs to the layer's operation.
#[must_use]
pub fn rewriting(layer: &Layer) -> StrideOne {
    match layer.operation() {
        Operation::Transposed => StrideOne::ZeroInsertion(ZeroInsertion::of(layer.geometry())),
        Operation::Convolution => StrideOne::Thinned(ThinnedConvolution::of(layer)),
    }
}
