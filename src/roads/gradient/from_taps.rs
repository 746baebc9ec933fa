//! Gradients as readings of the taps.

use super::{Gradients, check_shapes, sides};
use crate::algebra::Ring;
use crate::geometry::{Layer, Operation};
use crate::matrix::{Side, product};
use crate::taps::Taps;
use crate::tensor::Tensor;

/// The gradients of `sum of g * y` by the taps: the input gradient as `W~ g` (transposed layer) or `W~^T g`
/// (convolution), the weight gradient by [`weight_by_taps`], the bias gradient as the sum of `g` per channel.
///
/// Shapes: `x` is the layer's input, `w` its weight, `g` its output; each without a batch dimension.
///
/// # Panics
/// When a shape or the taps are not the layer's.
pub fn by_taps<T: Ring>(layer: &Layer, taps: &Taps, x: &Tensor<T>, w: &Tensor<T>, g: &Tensor<T>) -> Gradients<T> {
    check_shapes(layer, x, w, g);
    let onto = match layer.operation() {
        Operation::Transposed => Side::Small,
        Operation::Convolution => Side::Big,
    };
    let (small, big) = sides(layer, x, g);
    let channels = g.shape()[0];
    let sum = |channel: &[T]| channel.iter().fold(T::zero(), |sum, entry| sum + entry.clone());
    Gradients {
        input: Tensor::new(x.shape().to_vec(), product(taps, w.entries(), g.entries(), onto)),
        weight: Tensor::new(w.shape().to_vec(), weight_by_taps(taps, small.entries(), big.entries())),
        bias: Tensor::new(vec![channels], g.entries().chunks(g.entries().len() / channels).map(sum).collect()),
    }
}

/// The weight gradient, flat: `gradient[weight] = sum over the taps of that weight of small[row] * big[column]`.
///
/// For a transposed layer `small` is its input and `big` the upstream gradient, for a convolution the other way round.
///
/// # Panics
/// When the two do not fill the sides of the taps.
#[must_use]
pub fn weight_by_taps<T: Ring>(taps: &Taps, small: &[T], big: &[T]) -> Vec<T> {
    assert_eq!((small.len(), big.len()), (taps.rows(), taps.columns()), "entries on the two sides");
    let mut gradient = vec![T::zero(); taps.weights()];
    for tap in taps.iter() {
        gradient[tap.weight as usize].mul_acc(&small[tap.row as usize], &big[tap.column as usize]);
    }
    gradient
}
