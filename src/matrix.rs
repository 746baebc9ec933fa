//! W~ as compressed sparse rows: which weight stands where, its transpose, its products and its written-out form.

#![cfg_attr(not(test), deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss))]

mod array;
mod blocks;

pub use array::Array;

use crate::algebra::Ring;
use crate::index::narrow;
use crate::taps::Taps;
use blocks::{Blocks, Run};
use bytemuck::Pod;
use nalgebra::{DMatrix, DVector, Scalar};
use num_traits::Zero;
use sprs::{CsMatBase, CsMatI, CsMatViewI, MulAcc};
use std::collections::TryReserveError;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::ops::{Add, ControlFlow, Range};

/// The flat index of the weight that stands at an entry of W~.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WeightIx(pub u32);

/// W~ (or W~^T) before any number is put in: at each entry, *which* weight.
pub type WeightMatrix = CsMatI<WeightIx, u32, usize>;

/// A matrix of numbers, in arrays that may be large.
pub type NumberMatrix<T> = CsMatBase<T, u32, Array<usize>, Array<u32>, Array<T>, usize>;

/// The arrays of a matrix of numbers in compressed sparse rows, filled in order.
///
/// Row `r` has its columns, ascending, in `indices[indptr[r]..indptr[r + 1]]`, its values at the same places.
#[derive(Debug, PartialEq)]
pub struct CsrArrays<T: Pod> {
    /// Rows and columns.
    pub shape: (usize, usize),
    /// Where each row starts; one longer than the number of rows.
    pub indptr: Array<usize>,
    /// Column of each entry.
    pub indices: Array<u32>,
    /// Value of each entry.
    pub values: Array<T>,
}

impl<T: Pod + Send + Sync> CsrArrays<T> {
    /// Zeroed arrays of the lengths that the matrix of the taps has, not yet touched where they are large.
    ///
    /// # Errors
    /// When the system does not give the memory.
    pub fn zeroed(taps: &Taps) -> Result<Self, TryReserveError> {
        Ok(Self {
            shape: (taps.rows(), taps.columns()),
            indptr: Array::zeroed(taps.rows() + 1)?,
            indices: Array::zeroed(taps.count())?,
            values: Array::zeroed(taps.count())?,
        })
    }

    /// Fills the arrays of the matrix whose pattern are the taps and whose entries are looked up in `weights`.
    ///
    /// Row lengths are products of the factors' row lengths, so the arrays are sized exactly and written once,
    /// in order, by `threads` threads on disjoint runs of rows; the result does not depend on their number.
    ///
    /// # Errors
    /// When the system does not give the memory.
    ///
    /// # Panics
    /// When `weights` has fewer entries than the taps name.
    pub fn of_taps(taps: &Taps, weights: &[T], threads: NonZeroUsize) -> Result<Self, TryReserveError> {
        let mut arrays = Self::zeroed(taps)?;
        arrays.refill(taps, weights, threads)?;
        Ok(arrays)
    }

    /// Fills the arrays anew, as [`CsrArrays::of_taps`] would; arrays whose lengths stay keep their memory.
    ///
    /// # Errors
    /// When the system does not give memory for other lengths; the arrays are then as they were.
    ///
    /// # Panics
    /// When `weights` has fewer entries than the taps name.
    pub fn refill(&mut self, taps: &Taps, weights: &[T], threads: NonZeroUsize) -> Result<(), TryReserveError> {
        assert!(weights.len() >= taps.weights(), "{} weights for {}", weights.len(), taps.weights());
        let lengths = (self.indptr.len(), self.indices.len(), self.values.len());
        if lengths != (taps.rows() + 1, taps.count(), taps.count()) {
            *self = Self::zeroed(taps)?;
        }
        self.shape = (taps.rows(), taps.columns());
        self.indptr[0] = 0;
        let whole = Run { ends: &mut self.indptr[1..], indices: &mut self.indices, values: &mut self.values };
        Blocks::of(taps, weights).fill_in_parallel(whole, threads);
        Ok(())
    }

    /// Hands the arrays to sprs, which checks their structure once more.
    #[must_use]
    pub fn into_sprs(self) -> NumberMatrix<T> {
        CsMatBase::new(self.shape, self.indptr, self.indices, self.values)
    }
}

/// W~ as a matrix of weight indices; of transposed taps, W~^T.
///
/// ```
/// use convt_matrix::{geometry::*, matrix, taps::Taps};
/// let layer = Layer::new(Operation::Transposed, vec![AxisSettings::new(2, 3); 2], ChannelSettings::default())?;
/// let taps = Taps::of(layer.geometry())?;
/// let w = matrix::weight_matrix(&taps);
/// assert_eq!(w.shape(), (4, 16));
/// assert_eq!(w.get(3, 5), Some(&matrix::WeightIx(0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn weight_matrix(taps: &Taps) -> WeightMatrix {
    slab(taps, &Blocks::of(taps, &identity(taps)), 0..taps.rows())
}

/// The weight with index `i` at place `i`.
fn identity(taps: &Taps) -> Vec<WeightIx> {
    (0..narrow(taps.weights())).map(WeightIx).collect()
}

/// Some rows of W~.
fn slab(taps: &Taps, blocks: &Blocks<'_, WeightIx>, rows: Range<usize>) -> WeightMatrix {
    let first = blocks.start(rows.start);
    let count = blocks.start(rows.end) - first;
    let mut indptr = vec![0; rows.len() + 1];
    let mut indices = vec![0_u32; count];
    let mut values = vec![WeightIx::default(); count];
    blocks.fill(rows.clone(), Run { ends: &mut indptr[1..], indices: &mut indices, values: &mut values });
    for end in &mut indptr[1..] {
        *end -= first;
    }
    CsMatI::new((rows.len(), taps.columns()), indptr, indices, values)
}

/// Puts the weights in: entry by entry, `weights[index]`.
///
/// # Panics
/// When the matrix names a weight that is not there.
#[must_use]
pub fn with_weights<T: Clone>(matrix: &WeightMatrix, weights: &[T]) -> CsMatI<T, u32, usize> {
    matrix.map(|ix| weights[ix.0 as usize].clone())
}

/// `matrix * vector` by sprs.
///
/// # Panics
/// When the vector's length is not the number of columns.
#[must_use]
pub fn multiply<T: Ring>(matrix: CsMatViewI<'_, T, u32, usize>, vector: &[T]) -> DVector<T> {
    let mut product = vec![T::zero(); matrix.rows()];
    if matrix.is_csr() {
        sprs::prod::mul_acc_mat_vec_csr(matrix, vector, &mut product[..]);
    } else {
        sprs::prod::mul_acc_mat_vec_csc(matrix, vector, &mut product[..]);
    }
    DVector::from_vec(product)
}

/// Visits W~ in slabs: consecutive runs of rows, each with at most `entries` entries (or a single row that has more),
/// so that a product takes little memory however large the layer is. When `visit` breaks, nothing more is built, and the
/// answer is what it broke with.
pub fn for_each_slab<B>(
    taps: &Taps,
    entries: usize,
    mut visit: impl FnMut(Range<usize>, WeightMatrix) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let identity = identity(taps);
    let blocks = Blocks::of(taps, &identity);
    let mut rows = 0..0;
    while rows.end < taps.rows() {
        let first = blocks.start(rows.end);
        let fitting = rows_up_to(&blocks, taps.rows(), first.saturating_add(entries));
        rows = rows.end..fitting.max(rows.end + 1);
        visit(rows.clone(), slab(taps, &blocks, rows.clone()))?;
    }
    ControlFlow::Continue(())
}

/// How many of the first rows have no more than so many entries together (a binary search).
fn rows_up_to(blocks: &Blocks<'_, WeightIx>, rows: usize, entries: usize) -> usize {
    let (mut fit, mut too_many) = (0, rows + 1);
    while too_many - fit > 1 {
        let middle = fit + (too_many - fit) / 2;
        if blocks.start(middle) <= entries { fit = middle } else { too_many = middle }
    }
    fit
}

/// A side of the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The rows of W~: what a convolution writes.
    Small,
    /// The columns of W~: what a transposed convolution writes.
    Big,
}

/// The vector on the given side: `W~ vector` on the small one, `W~^T vector` on the big one, by sprs, slab by slab.
///
/// # Panics
/// When the vector does not fill the other side, or the taps name a weight that is not there.
#[must_use]
pub fn product<T: Ring>(taps: &Taps, weights: &[T], vector: &[T], onto: Side) -> Vec<T> {
    let (expected, written) = match onto {
        Side::Small => (taps.columns(), taps.rows()),
        Side::Big => (taps.rows(), taps.columns()),
    };
    assert_eq!(vector.len(), expected, "the vector must fill the side that is read");
    let mut result: Vec<Sum<T>> = vec![Sum::zero(); written];
    let ControlFlow::Continue(()) = for_each_slab(taps, SLAB_ENTRIES, |rows, slab| {
        let slab = slab.map(|ix| Lent(&weights[ix.0 as usize]));
        match onto {
            Side::Small => sprs::prod::mul_acc_mat_vec_csr(slab.view(), vector, &mut result[rows]),
            Side::Big => sprs::prod::mul_acc_mat_vec_csc(slab.transpose_view(), &vector[rows], &mut result[..]),
        }
        ControlFlow::<Infallible>::Continue(())
    });
    result.into_iter().map(|Sum(sum)| sum).collect()
}

/// The most entries of W~ that a product has at one time, unless a single row has more.
pub(crate) const SLAB_ENTRIES: usize = 1 << 18;

/// A weight at one of its many places in W~: a long number is not copied to each of them.
#[derive(Clone, Copy)]
struct Lent<'a, T>(&'a T);

/// What products with lent weights are added to.
#[derive(Clone)]
struct Sum<T>(T);

impl<T: Ring> Add for Sum<T> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl<T: Ring> Zero for Sum<T> {
    fn zero() -> Self {
        Self(T::zero())
    }

    fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}

impl<T: Ring> MulAcc<Lent<'_, T>, T> for Sum<T> {
    fn mul_acc(&mut self, weight: &Lent<'_, T>, other: &T) {
        self.0.mul_acc(weight.0, other);
    }
}

/// The matrix written out, zeros included; memory is rows times columns.
#[must_use]
pub fn written_out<T: Scalar>(matrix: &WeightMatrix, weights: &[T], zero: &T) -> DMatrix<T> {
    let mut dense = DMatrix::from_element(matrix.rows(), matrix.cols(), zero.clone());
    for (ix, (row, column)) in matrix {
        dense[(row as usize, column as usize)] = weights[ix.0 as usize].clone();
    }
    dense
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Layer, Operation, Padding};

    fn taps() -> Taps {
        let height = AxisSettings { stride: 2, padding: Padding { begin: 1, end: 2 }, ..AxisSettings::new(5, 3) };
        let width = AxisSettings { dilation: 2, output_padding: 1, ..AxisSettings::new(4, 2) };
        let channels = ChannelSettings { input: 4, output: 6, groups: 2 };
        let layer = Layer::new(Operation::Transposed, vec![height, width], channels).unwrap();
        Taps::of(layer.geometry()).unwrap()
    }

    #[test]
    fn the_matrix_has_exactly_the_taps_as_entries() {
        let taps = taps();
        let listed: Vec<_> = taps.iter().map(|tap| (tap.row, tap.column, tap.weight)).collect();
        let matrix = weight_matrix(&taps);
        let entries: Vec<_> = matrix.iter().map(|(ix, (row, column))| (row, column, ix.0)).collect();
        assert_eq!(entries, listed);
    }

    #[test]
    fn the_transpose_built_directly_equals_the_transpose_of_the_matrix() {
        let taps = taps();
        let direct = weight_matrix(&taps.transposed());
        assert_eq!(direct, weight_matrix(&taps).transpose_into().to_csr());
    }

    fn isotropic(operation: Operation, axis: AxisSettings, dimensions: usize) -> Taps {
        let layer = Layer::new(operation, vec![axis; dimensions], ChannelSettings::default()).unwrap();
        Taps::of(layer.geometry()).unwrap()
    }

    #[test]
    fn the_number_of_threads_does_not_change_the_arrays() {
        let plane = isotropic(Operation::Transposed, AxisSettings::new(250, 3), 2);
        let line = isotropic(Operation::Transposed, AxisSettings { stride: 2, ..AxisSettings::new(120_000, 5) }, 1);
        for taps in [plane.transposed(), plane, line.transposed(), line] {
            let weights: Vec<f64> = (0..narrow(taps.weights())).map(f64::from).collect();
            let single = CsrArrays::of_taps(&taps, &weights, NonZeroUsize::MIN).unwrap();
            for threads in 2..6 {
                assert_eq!(CsrArrays::of_taps(&taps, &weights, NonZeroUsize::new(threads).unwrap()).unwrap(), single);
            }
        }
    }

    #[test]
    fn arrays_in_mappings_hold_the_matrix_that_vectors_hold() {
        const THREE: NonZeroUsize = NonZeroUsize::new(3).unwrap();
        let plane =
            |side, stride| isotropic(Operation::Convolution, AxisSettings { stride, ..AxisSettings::new(side, 3) }, 2);
        // Values of 4 MB less and more; then columns as well; then, with stride 1, some 14 MB.
        for taps in [plane(243, 1), plane(244, 1), plane(344, 1), plane(600, 2), plane(450, 1)] {
            for taps in [taps.transposed(), taps] {
                let weights: Vec<f64> = (1..=taps.weights() as u32).map(f64::from).collect();
                let numbers = CsrArrays::of_taps(&taps, &weights, THREE).unwrap().into_sprs();
                let named = weight_matrix(&taps);
                assert_eq!(numbers.shape(), named.shape());
                assert_eq!(numbers.indptr().raw_storage(), named.indptr().raw_storage());
                assert_eq!(numbers.indices(), named.indices());
                assert!(numbers.data().iter().copied().eq(named.data().iter().map(|ix| weights[ix.0 as usize])));
            }
        }
    }

    #[test]
    fn a_matrix_of_numbers_built_transposed_equals_the_matrix_transposed_by_sprs() {
        for stride in [1, 2] {
            let taps = isotropic(Operation::Convolution, AxisSettings { stride, ..AxisSettings::new(300, 3) }, 2);
            let weights: Vec<f64> = (1..=taps.weights() as u32).map(f64::from).collect();
            let build = |taps| CsrArrays::of_taps(taps, &weights, NonZeroUsize::MIN).unwrap().into_sprs();
            let by_sprs = build(&taps).transpose_view().to_csr();
            assert_eq!(build(&taps.transposed()).view(), by_sprs.view());
        }
    }

    #[test]
    fn refilling_leaves_nothing_of_what_was_there() {
        let small = isotropic(Operation::Convolution, AxisSettings::new(6, 3), 2);
        let large = isotropic(Operation::Convolution, AxisSettings { stride: 2, ..AxisSettings::new(9, 2) }, 2);
        let mapped = isotropic(Operation::Convolution, AxisSettings::new(300, 3), 2);
        let weights: Vec<i64> = (1..10).collect();
        let others: Vec<i64> = (11..20).collect();
        let mut arrays = CsrArrays::of_taps(&large, &weights, NonZeroUsize::MIN).unwrap();
        for (taps, weights) in [
            (&large, &others),
            (&small, &others),
            (&small, &weights),
            (&mapped, &weights),
            (&mapped, &others),
            (&large, &weights),
        ] {
            arrays.refill(taps, weights, NonZeroUsize::MIN).unwrap();
            assert_eq!(arrays, CsrArrays::of_taps(taps, weights, NonZeroUsize::MIN).unwrap());
        }
    }

    #[test]
    fn slabs_stacked_are_the_matrix_however_thin_they_are() {
        let taps = taps();
        let whole = weight_matrix(&taps);
        for entries in [0, 1, 7, 50, usize::MAX / 2] {
            let mut next = 0;
            let ControlFlow::Continue(()) = for_each_slab(&taps, entries, |rows, slab| {
                assert_eq!(rows.start, next);
                assert!(slab.nnz() <= entries || rows.len() == 1);
                let listed = |matrix: CsMatViewI<'_, WeightIx, u32, usize>| -> Vec<_> {
                    matrix.iter().map(|(&ix, place)| (ix, place)).collect()
                };
                assert_eq!(listed(slab.view()), listed(whole.slice_outer(rows.clone())), "{rows:?}");
                next = rows.end;
                ControlFlow::<Infallible>::Continue(())
            });
            assert_eq!(next, whole.rows());
        }
    }

    #[test]
    fn no_slab_is_built_after_a_visit_that_breaks() {
        let mut visits = 0;
        let ended = for_each_slab(&taps(), 7, |rows, _| {
            visits += 1;
            if visits == 2 { ControlFlow::Break(rows.start) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(ended, ControlFlow::Break(1..)) && visits == 2, "{ended:?} {visits}");
    }

    #[test]
    fn a_product_in_slabs_is_the_product_of_the_matrix() {
        let taps = taps();
        let weights: Vec<i64> = (1..).take(taps.weights()).collect();
        let matrix = with_weights(&weight_matrix(&taps), &weights);
        let (small, big): (Vec<i64>, Vec<i64>) =
            ((0..).take(taps.rows()).collect(), (0..).take(taps.columns()).collect());
        assert_eq!(product(&taps, &weights, &big, Side::Small), multiply(matrix.view(), &big).as_slice());
        assert_eq!(product(&taps, &weights, &small, Side::Big), multiply(matrix.transpose_view(), &small).as_slice());
    }

    #[test]
    #[should_panic(expected = "must fill the side")]
    fn a_vector_that_does_not_fill_its_side_is_a_broken_contract() {
        let taps = taps();
        let _ = product(&taps, &vec![1_i64; taps.weights()], &[1], Side::Big);
    }

    #[test]
    fn the_written_out_matrix_agrees_with_the_sparse_one_everywhere() {
        let matrix = weight_matrix(&taps());
        let weights: Vec<i64> = (1..).take(4 * 3 * 3 * 2).collect();
        let dense = written_out(&matrix, &weights, &0);
        for row in 0..matrix.rows() {
            for column in 0..matrix.cols() {
                let expected = matrix.get(row, column).map_or(0, |ix| weights[ix.0 as usize]);
                assert_eq!(dense[(row, column)], expected);
            }
        }
    }
}
