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
use crate::tensor::Tensor;
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

/// One entry of the sum: where a weight stands in W~.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placed {
    /// Flat index of the weight.
    pub weight: usize,
    /// Row of W~: flat index on the small side.
    pub row: usize,
    /// Column of W~: flat index on the big side.
    pub column: usize,
}

/// Visits the entries of the sum: every 1 of every Kronecker product, with the weight it is multiplied by.
///
/// The product of the axes' shift matrices is built once for each kernel cell. A channel matrix has a single 1, so its
/// Kronecker product with that is that, moved into the block of the 1, and need not be built: memory grows with the
/// largest side without its channels, and the time with the taps. When `visit` breaks, nothing more is computed, and the
/// answer is what it broke with.
pub fn for_each_entry<B>(geometry: &Geometry, mut visit: impl FnMut(Placed) -> ControlFlow<B>) -> ControlFlow<B> {
    let channels = geometry.channels();
    let cells: usize = geometry.axes().iter().map(Axis::kernel).product();
    for_each_product(0, &selection(1, 1, Some), geometry.axes(), &mut |cell, product: &ZeroOneMatrix| {
        for small in 0..channels.small() {
            for within_group in 0..channels.big_per_group() {
                let weight = (small * channels.big_per_group() + within_group) * cells + cell;
                let big = channels.big_channel(small, within_group);
                let (first_row, first_column) = (small * product.rows(), big * product.cols());
                for (_, (row, column)) in product {
                    let (row, column) = (first_row + row as usize, first_column + column as usize);
                    visit(Placed { weight, row, column })?;
                }
            }
        }
        ControlFlow::Continue(())
    })
}

/// Multiplies on with the shift matrices of the axes that are left, one more digit of the kernel cell's index each.
fn for_each_product<B>(
    cell: usize,
    product: &ZeroOneMatrix,
    axes: &[Axis],
    visit: &mut impl FnMut(usize, &ZeroOneMatrix) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let Some((axis, inner)) = axes.split_first() else { return visit(cell, product) };
    for ker in 0..axis.kernel() {
        let longer = kronecker_product(product.view(), shift_matrix(axis, ker).view());
        for_each_product(cell * axis.kernel() + ker, &longer, inner, visit)?;
    }
    ControlFlow::Continue(())
}

/// Computes the layer's output term by term: `y = sum of w K x` for a convolution, `y = sum of w K^T x` for a transposed
/// one, over the Kronecker products `K`.
///
/// # Panics
/// When the shapes of `x` or `w` are not the layer's.
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
    let ControlFlow::Continue(()) = for_each_entry(layer.geometry(), |Placed { weight, row, column }| {
        let (to, from) = match layer.operation() {
            Operation::Convolution => (row, column),
            Operation::Transposed => (column, row),
        };
        y.entries_mut()[to].mul_acc(&w.entries()[weight], &x.entries()[from]);
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
    use crate::tensor::unravel;

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
    fn the_entries_are_those_of_the_kronecker_products_of_channel_and_shift_matrices() {
        let layer = plane();
        let (geometry, weights) = (layer.geometry(), layer.weight_shape());
        let mut built = Vec::new();
        for weight in 0..weights.iter().product() {
            let index = unravel(&weights, weight);
            let mut product = channel_matrix(&geometry.channels(), index[0], index[1]);
            for (axis, &ker) in geometry.axes().iter().zip(&index[2..]) {
                product = kronecker_product(product.view(), shift_matrix(axis, ker).view());
            }
            let ones = product.iter().map(|(_, (row, column))| (weight, row as usize, column as usize));
            built.extend(ones);
        }
        let mut visited = Vec::new();
        let ControlFlow::Continue(()) = for_each_entry(geometry, |entry| {
            visited.push((entry.weight, entry.row, entry.column));
            ControlFlow::<Infallible>::Continue(())
        });
        visited.sort_unstable();
        assert_eq!(visited, built);
    }

    #[test]
    fn a_visit_that_breaks_is_the_last() {
        for last in 1..8 {
            let mut visits = 0;
            let ended = for_each_entry(plane().geometry(), |_| {
                visits += 1;
                if visits == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert_eq!((ended, visits), (ControlFlow::Break(()), last));
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
