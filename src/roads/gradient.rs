//! The way back: gradients of `L = sum of g * y` with respect to input, weight and bias, by two independent roads.
//!
//! `g` is the upstream gradient and has the shape of the output. Every product `y[row] += w[weight] * x[column]` of
//! the layer appears in L once, multiplied by `g`, so each gradient is the same set of products read in another way:
//!
//! ```text
//! transposed layer   y = W~^T x     grad_input = W~ g        grad_weight[t] = sum over taps of t of x[row] g[column]
//! convolution        y = W~ x       grad_input = W~^T g      grad_weight[t] = sum over taps of t of g[row] x[column]
//! both                              grad_bias[c] = sum of g over the positions of channel c
//! ```
//!
//! * [`by_taps`] reads the taps just so: the input gradient by the matrix, the weight gradient grouped by weight.
//! * [`by_textbook`] runs the textbook loops and touches neither: the input gradient of either operation is the other
//!   operation over `g`, and the weight gradient is a convolution with the small side as its kernel.

mod from_loops;
mod from_taps;

pub use from_loops::by_textbook;
pub use from_taps::{by_taps, weight_by_taps};

use crate::algebra::Ring;
use crate::geometry::{Layer, Operation};
use crate::tensor::Tensor;

/// The gradients of one layer and one sample; of several samples, sums over them (but for the input).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gradients<T> {
    /// With respect to the input, in its shape.
    pub input: Tensor<T>,
    /// With respect to the weight, in its shape.
    pub weight: Tensor<T>,
    /// With respect to the bias, `[out_channels]`; the same whether or not the layer adds one.
    pub bias: Tensor<T>,
}

impl<T> Gradients<T> {
    /// The same gradients with every entry mapped.
    pub fn map<U>(&self, mut map: impl FnMut(&T) -> U) -> Gradients<U> {
        Gradients { input: self.input.map(&mut map), weight: self.weight.map(&mut map), bias: self.bias.map(&mut map) }
    }
}

/// One way to compute the gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GradientRoad {
    /// The taps, read by column, by row and by weight.
    Taps,
    /// The textbook loops over exchanged operands.
    Textbook,
}

impl GradientRoad {
    /// What the road is called in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Taps => "taps, grouped for the gradient",
            Self::Textbook => "textbook loops over the upstream gradient",
        }
    }
}

/// Which of the two tensors is on the small side of the taps and which on the big one.
fn sides<'a, T>(layer: &Layer, x: &'a Tensor<T>, g: &'a Tensor<T>) -> (&'a Tensor<T>, &'a Tensor<T>) {
    match layer.operation() {
        Operation::Transposed => (x, g),
        Operation::Convolution => (g, x),
    }
}

fn check_shapes<T: Ring>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>, g: &Tensor<T>) {
    assert_eq!(x.shape(), layer.input_shape(), "shape of the input");
    assert_eq!(w.shape(), layer.weight_shape(), "shape of the weight");
    assert_eq!(g.shape(), layer.output_shape(), "shape of the upstream gradient");
}
