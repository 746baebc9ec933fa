//! W~ as a sum of Kronecker products of 0/1 matrices: one product for every weight.
//!
//! ```text
//! W~ = sum over (c, e) and t = (a, b, ...) of  w[c, e, a, b, ...] * (C_ce (x) S_a (x) S_b (x) ...)
//!
//! S_a[i, j]   = 1  exactly when  j = s i + d a - lo        m x n, one matrix for every kernel cell of an axis
//! C_ce[f, h]  = 1  exactly when  f = c and h is the big channel that the weight slice [c, e] connects c to
//! ```
//!
//! Why: entry `(p f + i, q h + j)` of `A (x) B`, where B is `p x q`, is `A[f, h] B[i, j]`: the flat indices are
//! mixed-radix numbers, the digits of A before those of B. So the product has a 1 exactly where every axis and the
//! channels have one, which is where the weight meets input and output. That a multidimensional convolution matrix, block
//! Toeplitz with Toeplitz blocks, is such a sum is standard: Kamm and Nagy, *Optimal Kronecker Product Approximation of
//! Block Toeplitz Matrices*, SIAM J. Matrix Anal. Appl. 22 (2000). Stride, dilation and padding only change `S_a`.
//!
//! The products are sprs's. This file must stay independent: it knows neither taps nor matrix, only where a kernel cell
//! falls on one axis and which channels a weight slice connects.

use crate::algebra::Ring;
use crate::geometry::{Axis, Channels, Geometry, Layer, Operation};
use crate::tensor::{Tensor, count_of};
use sprs::{CsMatI, kronecker_product};
use std::convert::Infallible;
use std::ops::ControlFlow;

/// A sparse matrix of zeros and ones, by rows.
pub type ZeroOneMatrix = CsMatI<u8, u32, usize>;

/// `S_a`, the shift matrix of kernel cell `a = ker`: `m x n`, 1 exactly where `j = s i + d a - lo`.
///
/// The identity, moved `d a - lo` columns to the right, without the rows that a stride leaves out.
///
/// # Panics
/// When the axis has no such kernel cell, or a column does not fit into 32 bits.
///
/// ```
/// use convt_matrix::{geometry::Axis, roads::kronecker::shift_matrix};
/// let axis = Axis::new(3, 5, 2, 2, 1, 1)?;
/// let ones: Vec<_> = shift_matrix(&axis, 1).iter().map(|(_, place)| place).collect();
/// assert_eq!(ones, [(0, 0), (1, 2), (2, 4)]);
/// # Ok::<(), convt_matrix::geometry::GeometryError>(())
/// ```
#[must_use]
pub fn shift_matrix(axis: &Axis, ker: usize) -> ZeroOneMatrix {
    assert!(ker < axis.kernel(), "kernel cell {ker} of {}", axis.kernel());
    selection(axis.small(), axis.big(), |small| axis.cell(small, ker))
}

/// `C_ce`, the channel matrix of the weight slice `[c, e]`: small channels by big channels, with a single 1.
///
/// # Panics
/// When there is no such weight slice, or a column does not fit into 32 bits.
#[must_use]
pub fn channel_matrix(channels: &Channels, small: usize, within_group: usize) -> ZeroOneMatrix {
    assert!(
        small < channels.small() && within_group < channels.big_per_group(),
        "weight slice [{small}, {within_group}] of [{}, {}]",
        channels.small(),
        channels.big_per_group()
    );
    let big = channels.big_channel(small, within_group);
    selection(channels.small(), channels.big(), |row| (row == small).then_some(big))
}

/// Visits the terms of the sum: the flat index of a weight and the Kronecker product it is multiplied by, weights
/// ascending.
///
/// One product exists at a time (and those of its first factors, which neighbouring weights share), so memory grows with
/// the sides of the layer and not with its taps. Every product costs at least the number of rows of W~, so the whole sum
/// costs weights times rows. When `visit` breaks, nothing more is computed, and the answer is what it broke with.
///
/// # Panics
/// When a side or the weight is larger than 32-bit indices can number.
pub fn for_each_term<B>(
    geometry: &Geometry,
    mut visit: impl FnMut(usize, &ZeroOneMatrix) -> ControlFlow<B>,
) -> ControlFlow<B> {
    for shape in [geometry.small_shape(), geometry.big_shape(), geometry.weight_shape()] {
        let is_numbered = count_of(&shape).is_some_and(|count| u32::try_from(count).is_ok());
        assert!(is_numbered, "32-bit indices can number {shape:?}");
    }
    let channels = geometry.channels();
    for slice in 0..channels.small() * channels.big_per_group() {
        let (small, within_group) = (slice / channels.big_per_group(), slice % channels.big_per_group());
        let channel_matrix = channel_matrix(&channels, small, within_group);
        for_each_product(slice, &channel_matrix, geometry.axes(), &mut visit)?;
    }
    ControlFlow::Continue(())
}

/// Multiplies on with the shift matrices of the axes that are left, one more digit of the weight's index each.
fn for_each_product<B>(
    weight: usize,
    product: &ZeroOneMatrix,
    axes: &[Axis],
    visit: &mut impl FnMut(usize, &ZeroOneMatrix) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let Some((axis, inner)) = axes.split_first() else { return visit(weight, product) };
    for ker in 0..axis.kernel() {
        let longer = kronecker_product(product.view(), shift_matrix(axis, ker).view());
        for_each_product(weight * axis.kernel() + ker, &longer, inner, visit)?;
    }
    ControlFlow::Continue(())
}

/// Computes the layer's output term by term: `y = sum of w K x` for a convolution, `y = sum of w K^T x` for a transposed
/// one, over the Kronecker products `K`.
///
/// # Panics
/// When the shapes of `x` or `w` are not the layer's, or 32-bit indices cannot number them.
///
/// ```
/// use convt_matrix::{geometry::*, roads::by_kronecker_sum, tensor::Tensor};
/// let axis = AxisSettings { stride: 2, ..AxisSettings::new(2, 3) };
/// let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default())?;
/// let (x, w) = (Tensor::new(vec![1, 2], vec![1, 2]), Tensor::new(vec![1, 1, 3], vec![1, 10, 100]));
/// assert_eq!(by_kronecker_sum(&layer, &x, &w), Tensor::new(vec![1, 5], vec![1, 10, 102, 20, 200]));
/// # Ok::<(), GeometryError>(())
/// ```
pub fn by_kronecker_sum<T: Ring>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
    assert_eq!(x.shape(), layer.input_shape(), "shape of the input");
    assert_eq!(w.shape(), layer.weight_shape(), "shape of the weight");
    let mut y = Tensor::from_fn(&layer.output_shape(), |_| T::zero());
    let ControlFlow::Continue(()) = for_each_term(layer.geometry(), |weight, product| {
        for (_, (small, big)) in product {
            let (to, from) = match layer.operation() {
                Operation::Convolution => (small, big),
                Operation::Transposed => (big, small),
            };
            y.entries_mut()[to as usize].mul_acc(&w.entries()[weight], &x.entries()[from as usize]);
        }
        ControlFlow::<Infallible>::Continue(())
    });
    y
}

/// The matrix that has in each row a single 1, in the chosen column, or none.
fn selection(rows: usize, columns: usize, chosen: impl Fn(usize) -> Option<usize>) -> ZeroOneMatrix {
    let (mut starts, mut indices) = (vec![0], Vec::new());
    for row in 0..rows {
        indices.extend(chosen(row).map(|column| u32::try_from(column).expect("a column fits into 32 bits")));
        starts.push(indices.len());
    }
    let ones = vec![1; indices.len()];
    CsMatI::new((rows, columns), starts, indices, ones)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Padding};

    /// All entries of a matrix, zeros included, by rows.
    fn written_out(matrix: &ZeroOneMatrix) -> Vec<Vec<u8>> {
        let row = |row| (0..matrix.cols()).map(|column| matrix.get(row, column).copied().unwrap_or(0)).collect();
        (0..matrix.rows()).map(row).collect()
    }

    fn plane() -> Layer {
        let height = AxisSettings { padding: Padding { begin: 1, end: 0 }, ..AxisSettings::new(2, 2) };
        let channels = ChannelSettings { input: 2, output: 4, groups: 2 };
        Layer::new(Operation::Transposed, vec![height, AxisSettings::new(2, 1)], channels).unwrap()
    }

    #[test]
    fn a_shift_matrix_has_a_one_where_the_kernel_cell_meets_the_big_side() {
        let axis = Axis::new(3, 4, 3, 2, 1, 1).unwrap();
        assert_eq!(written_out(&shift_matrix(&axis, 0)), [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]);
        assert_eq!(written_out(&shift_matrix(&axis, 1)), [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]);
        assert_eq!(written_out(&shift_matrix(&axis, 2)), [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]);
    }

    #[test]
    fn a_channel_matrix_has_one_entry_inside_its_group() {
        let channels = Channels::new(2, 4, 2).unwrap();
        assert_eq!(written_out(&channel_matrix(&channels, 0, 1)), [[0, 1, 0, 0], [0, 0, 0, 0]]);
        assert_eq!(written_out(&channel_matrix(&channels, 1, 0)), [[0, 0, 0, 0], [0, 0, 1, 0]]);
    }

    #[test]
    fn the_terms_come_in_the_order_of_the_weights_with_the_shape_of_the_whole_matrix() {
        let layer = plane();
        let mut weights = Vec::new();
        let ControlFlow::Continue(()) = for_each_term(layer.geometry(), |weight, product| {
            assert_eq!(product.shape(), (2 * 2 * 2, 4 * 2 * 2));
            weights.push(weight);
            ControlFlow::<Infallible>::Continue(())
        });
        assert_eq!(weights, (0..layer.weight_shape().iter().product()).collect::<Vec<_>>());
    }

    #[test]
    fn a_term_is_the_kronecker_product_of_its_three_factors() {
        // Weight slice [1, 0], kernel cells 1 and 0: weight ((1 * 2 + 0) * 2 + 1) * 1 + 0.
        let ControlFlow::Break(ones) = for_each_term(plane().geometry(), |weight, product| {
            assert!(product.data().iter().all(|&one| one == 1));
            match weight {
                5 => ControlFlow::Break(product.iter().map(|(_, place)| place).collect::<Vec<_>>()),
                _ => ControlFlow::Continue(()),
            }
        }) else {
            panic!("there is a weight 5")
        };
        // Input channel 1 starts at row 4, output channel 2 at column 8; the kernel cell cancels the padding.
        assert_eq!(ones, [(4, 8), (5, 9), (6, 10), (7, 11)]);
    }

    #[test]
    fn a_visit_that_breaks_is_the_last() {
        for last in 0..8 {
            let mut visits = 0;
            let ended = for_each_term(plane().geometry(), |weight, _| {
                visits += 1;
                if weight == last { ControlFlow::Break(weight) } else { ControlFlow::Continue(()) }
            });
            assert_eq!((ended, visits), (ControlFlow::Break(last), last + 1));
        }
    }

    #[test]
    #[should_panic(expected = "kernel cell 2 of 2")]
    fn a_kernel_cell_that_is_not_there_is_a_broken_contract() {
        let _ = shift_matrix(&Axis::new(2, 3, 2, 1, 1, 0).unwrap(), 2);
    }

    #[test]
    #[should_panic(expected = "weight slice [0, 2] of [2, 2]")]
    fn a_weight_slice_that_is_not_there_is_a_broken_contract() {
        let _ = channel_matrix(&Channels::new(2, 4, 2).unwrap(), 0, 2);
    }

    #[test]
    #[should_panic(expected = "fits into 32 bits")]
    fn a_column_beyond_32_bits_is_a_broken_contract() {
        let _ = shift_matrix(&Axis::new(2, (1 << 40) + 1, 1, 1 << 40, 1, 0).unwrap(), 0);
    }

    #[test]
    #[should_panic(expected = "32-bit indices can number")]
    fn a_side_beyond_32_bits_is_a_broken_contract() {
        let axes = vec![Axis::new(1, 1 << 16, 1, 1, 1, 0).unwrap(); 2];
        let geometry = Geometry::new(axes, Channels::SINGLE).unwrap();
        let _ = for_each_term(&geometry, |_, _| ControlFlow::Break(()));
    }

    #[test]
    #[should_panic(expected = "shape of the input")]
    fn an_input_of_another_shape_is_a_broken_contract() {
        let layer = plane();
        let w = Tensor::from_fn(&layer.weight_shape(), |flat| flat as i64);
        let _ = by_kronecker_sum(&layer, &Tensor::new(vec![8], vec![1; 8]), &w);
    }

    #[test]
    #[should_panic(expected = "shape of the weight")]
    fn a_weight_of_another_shape_is_a_broken_contract() {
        let layer = plane();
        let x = Tensor::from_fn(&layer.input_shape(), |flat| flat as i64);
        let _ = by_kronecker_sum(&layer, &x, &Tensor::new(vec![8], vec![1; 8]));
    }
}
