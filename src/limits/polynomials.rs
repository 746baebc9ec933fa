//! What the roads cost over polynomials in the symbols.

use super::numbers::fixed_roads;
use super::{Cost, Count, Effort, count};
use crate::algebra::Polynomial;
use crate::geometry::{Axis, Layer, Operation, greatest_common_divisor};
use std::num::Saturating;

/// Steps for a multiply-add of the most wasteful road, over three roads and their comparison.
const MULTIPLY_ADD: Count = Saturating(250);
/// Bytes of a list of terms, and of a term.
const LIST: usize = size_of::<Polynomial>();
const TERM: Count = Saturating(Polynomial::TERM_BYTES as u128);

/// The cost of running the roads of [`Model::prove`](crate::proof::Model::prove) over polynomials and comparing them.
#[must_use]
pub fn polynomial_roads(layer: &Layer) -> Cost {
    let product = |size: &dyn Fn(&Axis) -> Count| {
        let channels = layer.geometry().channels();
        let slices = count(channels.small()) * count(channels.big_per_group());
        layer.geometry().axes().iter().fold(slices, |product, axis| product * size(axis))
    };
    let size = |shape: &[usize]| shape.iter().fold(count(1), |size, &extent| size * count(extent));
    let channels = layer.geometry().channels();
    let (input, weight, output) =
        (size(&layer.input_shape()), size(&layer.weight_shape()), size(&layer.output_shape()));
    let inside = product(&|axis| most_taps(axis));
    // Two results are held at one time, one of them maybe before it is cut.
    let (terms, sums) = match layer.operation() {
        Operation::Transposed => {
            let defined = product(&|axis| count(axis.small()) * count(axis.kernel()));
            let buffer =
                layer.geometry().axes().iter().fold(count(channels.big()), |cells, axis| cells * count(axis.buffer()));
            (defined + inside, buffer + output)
        }
        Operation::Convolution => (inside + inside, output + output),
    };
    // A term is put into its place among those that are there.
    let longest = weight / count(channels.small().min(channels.big_per_group()));
    // Each symbol stands in the operand, in the rewritten operand and in the copy that the loops take of it; a list of
    // terms has room for four as soon as it has one, and then grows by doubling.
    let symbols = (input + weight) * Saturating(3);
    let room = (terms * Saturating(2)).max(sums.min(terms) * Saturating(4));
    let lists = fixed_roads(layer, 1, false, LIST).memory;
    Cost {
        work: (Saturating(Effort::of(layer).most()) * (MULTIPLY_ADD + longest)).0,
        memory: (Saturating(lists) + (symbols + room) * TERM).0,
    }
}

/// The taps of an axis, at most: a small cell meets no more big cells than lie a dilation apart, a big cell no more kernel
/// cells than lie a stride apart.
fn most_taps(axis: &Axis) -> Count {
    let (small, big, kernel) = (count(axis.small()), count(axis.big()), count(axis.kernel()));
    let of_small = kernel.min(count(axis.big().div_ceil(axis.dilation())));
    let step = axis.stride() / greatest_common_divisor(axis.stride(), axis.dilation());
    let of_big = small.min(count(axis.kernel().div_ceil(step)));
    (small * of_small).min(big * of_big)
}
