//! W~ as compressed sparse rows: which weight stands where, its transpose, its products and its written-out form.

use crate::algebra::Ring;
use crate::taps::{Factor, Link, Taps, product_row};
use nalgebra::{DMatrix, DVector, Scalar};
use sprs::{CsMatI, CsMatViewI};
use std::num::NonZeroUsize;
use std::ops::Range;

/// The flat index of the weight that stands at an entry of W~.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WeightIx(pub u32);

/// W~ (or W~^T) before any number is put in: at each entry, *which* weight.
pub type WeightMatrix = CsMatI<WeightIx, u32, usize>;

/// The arrays of a matrix in compressed sparse rows, filled in order.
///
/// Row `r` has its columns, ascending, in `indices[indptr[r]..indptr[r + 1]]`, its values at the same places.
#[derive(Clone, Debug, PartialEq)]
pub struct CsrArrays<T> {
    /// Rows and columns.
    pub shape: (usize, usize),
    /// Where each row starts; one longer than the number of rows.
    pub indptr: Vec<usize>,
    /// Column of each entry.
    pub indices: Vec<u32>,
    /// Value of each entry.
    pub values: Vec<T>,
}

impl<T: Copy + Default + Send + Sync> CsrArrays<T> {
    /// Fills the arrays of the matrix whose pattern are the taps and whose entries are looked up in `weights`.
    ///
    /// Row lengths are products of the factors' row lengths, so the arrays are sized exactly and written once,
    /// in order, by `threads` threads on disjoint runs of rows; the result does not depend on their number.
    ///
    /// # Panics
    /// When `weights` has fewer entries than the taps name.
    #[must_use]
    pub fn of_taps(taps: &Taps, weights: &[T], threads: NonZeroUsize) -> Self {
        let mut arrays = Self { shape: (0, 0), indptr: Vec::new(), indices: Vec::new(), values: Vec::new() };
        arrays.refill(taps, weights, threads);
        arrays
    }

    /// Fills the arrays anew, as [`CsrArrays::of_taps`] would; an array whose length stays keeps its memory.
    ///
    /// # Panics
    /// When `weights` has fewer entries than the taps name.
    pub fn refill(&mut self, taps: &Taps, weights: &[T], threads: NonZeroUsize) {
        assert!(weights.len() >= taps.weights(), "{} weights for {}", weights.len(), taps.weights());
        let blocks = Blocks::of(taps, weights);
        self.shape = (taps.rows(), taps.columns());
        resize(&mut self.indptr, taps.rows() + 1);
        resize(&mut self.indices, blocks.start(taps.rows()));
        resize(&mut self.values, blocks.start(taps.rows()));
        let chunks = blocks.even_runs_of_rows(threads);
        std::thread::scope(|scope| {
            let (mut ends, mut indices, mut values) =
                (&mut self.indptr[1..], &mut self.indices[..], &mut self.values[..]);
            for (place, rows) in chunks.iter().enumerate() {
                let taken = blocks.start(rows.end) - blocks.start(rows.start);
                let run = Run {
                    ends: ends.split_off_mut(..rows.len()).expect("runs cover the rows"),
                    indices: indices.split_off_mut(..taken).expect("runs cover the entries"),
                    values: values.split_off_mut(..taken).expect("runs cover the entries"),
                };
                let fill = || blocks.fill(rows.clone(), run);
                // The last run is filled by the calling thread.
                if place + 1 == chunks.len() { fill() } else { drop(scope.spawn(fill)) }
            }
        });
    }

    /// Hands the arrays to sprs, which checks their structure once more.
    #[must_use]
    pub fn into_sprs(self) -> CsMatI<T, u32, usize> {
        CsMatI::new(self.shape, self.indptr, self.indices, self.values)
    }
}

/// Another length means fresh memory, not yet touched: for numbers it comes zeroed from the system.
fn resize<T: Copy + Default>(array: &mut Vec<T>, length: usize) {
    if array.len() != length {
        *array = Vec::new();
        *array = vec![T::default(); length];
    }
}

/// The rows of the matrix in blocks: those of one block share their row in every factor but the last.
///
/// Inside an axis, a row of taps is an earlier row shifted. Where that holds of the last factor but one, a whole block
/// is an earlier block with a constant added to its columns; so only the first of a kind is put together from links.
struct Blocks<'a, T> {
    outer: &'a [Factor],
    inner: &'a Factor,
    weights: &'a [T],
    /// How many links of the outer factors' product precede each of its rows; one longer than the number of blocks.
    outer_starts: Vec<usize>,
    /// The same of the last factor.
    inner_starts: Vec<usize>,
    /// For each row of the last outer factor, the earlier one that it repeats.
    repeats: Vec<Option<Repeat>>,
}

/// A row that is the one `back` rows before, with all columns moved by `shift`.
#[derive(Clone, Copy)]
struct Repeat {
    back: usize,
    shift: u32,
}

/// What one thread fills: for consecutive rows, their ends, columns and values.
struct Run<'a, T> {
    ends: &'a mut [usize],
    indices: &'a mut [u32],
    values: &'a mut [T],
}

impl<'a, T: Copy> Blocks<'a, T> {
    fn of(taps: &'a Taps, weights: &'a [T]) -> Self {
        let (outer, inner) = taps.split();
        let lengths = |factor: &'a Factor| (0..factor.rows()).map(|row| factor.row(row).len());
        let of_product = outer.iter().fold(vec![1], |product, factor| {
            product.iter().flat_map(|length| lengths(factor).map(move |more| length * more)).collect()
        });
        Self {
            outer,
            inner,
            weights,
            outer_starts: starts(of_product),
            inner_starts: starts(lengths(inner)),
            repeats: repeats(outer.last().expect("the channels, at least")),
        }
    }

    /// How many entries precede this row.
    fn start(&self, row: usize) -> usize {
        let (block, row) = (row / self.inner.rows(), row % self.inner.rows());
        let before = self.outer_starts[block] * self.inner.taps();
        if row == 0 { before } else { before + self.bases(block) * self.inner_starts[row] }
    }

    /// How many links of the outer factors a block is made of.
    fn bases(&self, block: usize) -> usize {
        self.outer_starts[block + 1] - self.outer_starts[block]
    }

    /// Splits the rows into as many consecutive runs as there are threads, with about equally many entries.
    fn even_runs_of_rows(&self, threads: NonZeroUsize) -> Vec<Range<usize>> {
        const SMALL: usize = 1 << 16;
        let rows = (self.outer_starts.len() - 1) * self.inner.rows();
        let count = self.start(rows);
        let threads = if count < SMALL { 1 } else { threads.get() };
        let row_at = |entries: usize| {
            let block = self.outer_starts.partition_point(|&start| start * self.inner.taps() <= entries) - 1;
            let rest = (entries - self.outer_starts[block] * self.inner.taps()) / self.bases(block);
            block * self.inner.rows() + self.inner_starts.partition_point(|&start| start < rest)
        };
        let inside = (1..threads).map(|thread| row_at(count / threads * thread));
        let bounds: Vec<usize> = std::iter::once(0).chain(inside).chain([rows]).collect();
        bounds.windows(2).map(|pair| pair[0]..pair[1]).collect()
    }

    fn fill(&self, rows: Range<usize>, run: Run<'_, T>) {
        let (per_block, first) = (self.inner.rows(), self.start(rows.start));
        let mut row = rows.start;
        while row < rows.end {
            let block = row / per_block;
            let end = rows.end.min((block + 1) * per_block);
            let (before, bases) = (self.outer_starts[block] * self.inner.taps(), self.bases(block));
            let inner_rows = row - block * per_block..end - block * per_block;
            let ends = &mut run.ends[row - rows.start..end - rows.start];
            for (place, start) in ends.iter_mut().zip(&self.inner_starts[inner_rows.start + 1..]) {
                *place = before + bases * start;
            }
            let here = self.start(row) - first..self.start(end) - first;
            let (old_indices, indices) = run.indices[..here.end].split_at_mut(here.start);
            let (old_values, values) = run.values[..here.end].split_at_mut(here.start);
            match self.repeats[block % self.repeats.len()] {
                Some(Repeat { back, shift }) if (block - back) * per_block >= rows.start => {
                    let model = self.start((block - back) * per_block) - first;
                    let model = model..model + here.len();
                    let shift = shift * self.inner.columns() as u32;
                    for (index, old) in indices.iter_mut().zip(&old_indices[model.clone()]) {
                        *index = old + shift;
                    }
                    values.copy_from_slice(&old_values[model]);
                }
                _ => self.fill_from_links(block, inner_rows, indices, values),
            }
            row = end;
        }
    }

    /// Some rows of a block, put together from the links of their factors.
    fn fill_from_links(&self, block: usize, rows: Range<usize>, mut indices: &mut [u32], mut values: &mut [T]) {
        let (columns, weights) = (self.inner.columns() as u32, self.inner.weights());
        let mut bases = Vec::with_capacity(self.bases(block));
        product_row(self.outer, block, &mut bases);
        for links in rows.map(|row| self.inner.row(row)) {
            for base in &bases {
                let index_run = indices.split_off_mut(..links.len()).expect("rows have the lengths counted");
                let value_run = values.split_off_mut(..links.len()).expect("rows have the lengths counted");
                let weights = &self.weights[base.weight as usize * weights..][..weights];
                for ((index, value), link) in index_run.iter_mut().zip(value_run).zip(links) {
                    *index = base.column * columns + link.column;
                    *value = weights[link.weight as usize];
                }
            }
        }
    }
}

/// Running sums, from 0 on.
fn starts(lengths: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut sum = 0;
    let sums = lengths.into_iter().map(|length| {
        sum += length;
        sum
    });
    std::iter::once(0).chain(sums).collect()
}

/// For each row of a factor, the latest earlier one that starts with the same weight, if it is the same but shifted.
fn repeats(factor: &Factor) -> Vec<Option<Repeat>> {
    let mut latest = vec![None; factor.weights()];
    let repeat = |row: usize| {
        let links = factor.row(row);
        let first = links.first()?;
        let earlier = latest[first.weight as usize].replace(row)?;
        let shift = first.column - factor.row(earlier).first()?.column;
        let moved = factor.row(earlier).iter().map(|link| Link { column: link.column + shift, ..*link });
        links.iter().copied().eq(moved).then_some(Repeat { back: row - earlier, shift })
    };
    (0..factor.rows()).map(repeat).collect()
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
    let identity: Vec<WeightIx> = (0..taps.weights() as u32).map(WeightIx).collect();
    CsrArrays::of_taps(taps, &identity, NonZeroUsize::MIN).into_sprs()
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
pub fn multiply<T: Ring + 'static>(matrix: CsMatViewI<'_, T, u32, usize>, vector: &[T]) -> DVector<T> {
    let mut product = vec![T::zero(); matrix.rows()];
    if matrix.is_csr() {
        sprs::prod::mul_acc_mat_vec_csr(matrix, vector, &mut product[..]);
    } else {
        sprs::prod::mul_acc_mat_vec_csc(matrix, vector, &mut product[..]);
    }
    DVector::from_vec(product)
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

    #[test]
    fn the_number_of_threads_does_not_change_the_arrays() {
        let axis = AxisSettings::new(200, 3);
        let layer = Layer::new(Operation::Transposed, vec![axis, axis], ChannelSettings::default()).unwrap();
        let taps = Taps::of(layer.geometry()).unwrap();
        let weights: Vec<f64> = (0..9).map(f64::from).collect();
        let single = CsrArrays::of_taps(&taps, &weights, NonZeroUsize::MIN);
        for threads in 2..6 {
            assert_eq!(CsrArrays::of_taps(&taps, &weights, NonZeroUsize::new(threads).unwrap()), single);
        }
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
