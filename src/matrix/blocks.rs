//! Filling the arrays of W~: in blocks of rows, most of which repeat an earlier block farther to the right.

use crate::index::narrow;
use crate::parallel::share;
use crate::taps::{Factor, Link, Taps, compose, product_row};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

/// The matrix in blocks: the rows of one block share their row in every factor but the last.
///
/// Inside an axis a row of taps is an earlier row, shifted. Where that holds of the last factor but one, the whole block
/// is an earlier block with a constant added to its columns; only the others are put together from links.
pub(super) struct Blocks<'a, T> {
    outer: &'a [Arc<Factor>],
    inner: &'a Factor,
    weights: &'a [T],
    /// How many links of the outer factors' product precede each of its rows; one longer than the number of blocks.
    outer_starts: Vec<usize>,
    /// The same for the last factor.
    inner_starts: Vec<usize>,
    /// For each row of the last outer factor, the one that it repeats.
    models: Vec<Model>,
}

/// A row is this earlier row (or itself, being the first of its kind), with `shift` added to the columns.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Model {
    row: usize,
    shift: u32,
}

/// A block is an earlier one, with a constant added to the columns.
#[derive(Clone, Copy)]
struct Repeat {
    block: usize,
    earlier: usize,
    shift: u32,
}

/// The part of the arrays that belongs to consecutive rows: where each row ends, its columns, its values.
pub(super) struct Run<'a, T> {
    pub(super) ends: &'a mut [usize],
    pub(super) indices: &'a mut [u32],
    pub(super) values: &'a mut [T],
}

impl<'a, T: Copy> Blocks<'a, T> {
    pub(super) fn of(taps: &'a Taps, weights: &'a [T]) -> Self {
        let (outer, inner) = taps.split();
        let lengths = |factor: &'a Factor| (0..factor.rows()).map(|row| factor.row(row).len());
        let outer_lengths = outer.iter().fold(vec![1], |product, factor| {
            product.iter().flat_map(|length| lengths(factor).map(move |more| length * more)).collect()
        });
        Self {
            outer,
            inner,
            weights,
            outer_starts: running_sums(outer_lengths),
            inner_starts: running_sums(lengths(inner)),
            models: models(outer.last().expect("a layer has channels and at least one axis")),
        }
    }

    /// How many entries precede the row.
    pub(super) fn start(&self, row: usize) -> usize {
        let (block, inner_row) = (row / self.inner.rows(), row % self.inner.rows());
        let within = if inner_row == 0 { 0 } else { self.links(block) * self.inner_starts[inner_row] };
        self.block_start(block) + within
    }

    fn block_start(&self, block: usize) -> usize {
        self.outer_starts[block] * self.inner.taps()
    }

    /// How many links the outer factors contribute to each row of the block.
    fn links(&self, block: usize) -> usize {
        self.outer_starts[block + 1] - self.outer_starts[block]
    }

    /// Fills the whole matrix with so many threads, each on its own rows.
    pub(super) fn fill_in_parallel(&self, whole: Run<'_, T>, threads: NonZeroUsize)
    where
        T: Send + Sync,
    {
        let Run { mut ends, mut indices, mut values } = whole;
        let runs = self.even_runs_of_rows(threads).into_iter().map(|rows| {
            let taken = self.start(rows.end) - self.start(rows.start);
            let run = Run {
                ends: ends.split_off_mut(..rows.len()).expect("runs cover the rows"),
                indices: indices.split_off_mut(..taken).expect("runs cover the entries"),
                values: values.split_off_mut(..taken).expect("runs cover the entries"),
            };
            (rows, run)
        });
        share(threads, runs, |runs| runs.for_each(|(rows, run)| self.fill(rows, run)));
    }

    /// Splits the rows into as many consecutive runs as there are threads, with about equally many entries.
    fn even_runs_of_rows(&self, threads: NonZeroUsize) -> Vec<Range<usize>> {
        // So few are filled before a second thread is of any use.
        const SMALL: usize = 1 << 19;
        let rows = (self.outer_starts.len() - 1) * self.inner.rows();
        let count = self.start(rows);
        let threads = if count < SMALL { 1 } else { threads.get() };
        let row_at = |entry: usize| {
            let block = self.outer_starts.partition_point(|&start| start * self.inner.taps() <= entry) - 1;
            let within = (entry - self.block_start(block)) / self.links(block);
            block * self.inner.rows() + self.inner_starts.partition_point(|&start| start < within)
        };
        let inside = (1..threads).map(|thread| row_at(count / threads * thread));
        let bounds: Vec<usize> = std::iter::once(0).chain(inside).chain([rows]).collect();
        bounds.windows(2).map(|pair| pair[0]..pair[1]).collect()
    }

    /// Fills the run that belongs to these rows, one array after the other: a large page, zeroed at its first touch, is
    /// then written while it is in the cache.
    pub(super) fn fill(&self, rows: Range<usize>, run: Run<'_, T>) {
        let first = self.start(rows.start);
        let place_of_row = |row: usize| row - rows.start;
        let place_of_entries = |row: usize| self.start(row) - first;
        self.fill_array(
            &rows,
            run.ends,
            place_of_row,
            |ends, block, inner_rows| {
                for (end, within) in ends.iter_mut().zip(&self.inner_starts[inner_rows.start + 1..]) {
                    *end = self.block_start(block) + self.links(block) * within;
                }
            },
            |ends, old, Repeat { block, earlier, .. }| {
                let more = self.block_start(block) - self.block_start(earlier);
                ends.iter_mut().zip(old).for_each(|(end, old)| *end = old + more);
            },
        );
        self.fill_array(
            &rows,
            run.indices,
            place_of_entries,
            |indices, block, inner_rows| self.join(indices, block, inner_rows, |link| link.column),
            |indices, old, Repeat { shift, .. }| {
                let more = shift * narrow(self.inner.columns());
                indices.iter_mut().zip(old).for_each(|(index, old)| *index = old + more);
            },
        );
        self.fill_array(
            &rows,
            run.values,
            place_of_entries,
            |values, block, inner_rows| {
                self.join(values, block, inner_rows, |link| self.weights[link.weight as usize]);
            },
            |values, old, _| values.copy_from_slice(old),
        );
    }

    /// Fills an array of some rows, each row from its `place` on, block by block: `anew` the first of its kind, which
    /// then stays in the cache, and `from_old` those that repeat it.
    fn fill_array<E>(
        &self,
        rows: &Range<usize>,
        array: &mut [E],
        place: impl Fn(usize) -> usize,
        anew: impl Fn(&mut [E], usize, Range<usize>),
        from_old: impl Fn(&mut [E], &[E], Repeat),
    ) {
        let (per_block, per_group) = (self.inner.rows(), self.models.len());
        // For each model, the block of this run that was filled like it.
        let mut filled: Vec<Option<usize>> = vec![None; per_group];
        for block in rows.start / per_block..rows.end.div_ceil(per_block) {
            let first_row = block * per_block;
            let part = rows.start.max(first_row)..rows.end.min(first_row + per_block);
            let (old, new) = array.split_at_mut(place(part.start));
            let new = &mut new[..place(part.end) - old.len()];
            let model = self.models[block % per_group];
            match filled[model.row].filter(|earlier| earlier / per_group == block / per_group) {
                Some(earlier) => {
                    let shift = model.shift - self.models[earlier % per_group].shift;
                    let old = &old[place(earlier * per_block)..][..new.len()];
                    from_old(new, old, Repeat { block, earlier, shift });
                }
                None => {
                    let whole = part.len() == per_block;
                    anew(new, block, part.start - first_row..part.end - first_row);
                    filled[model.row] = whole.then_some(block);
                }
            }
        }
    }

    /// Joins the links of the outer factors and of the inner one, for some rows of a block.
    fn join<E>(&self, mut array: &mut [E], block: usize, inner_rows: Range<usize>, entry: impl Fn(Link) -> E) {
        let mut bases = Vec::with_capacity(self.links(block));
        product_row(self.outer, block, &mut bases);
        for links in inner_rows.map(|row| self.inner.row(row)) {
            for base in &bases {
                let run = array.split_off_mut(..links.len()).expect("each row is as long as was counted");
                for (place, link) in run.iter_mut().zip(links) {
                    *place = entry(compose(*base, *link, self.inner));
                }
            }
        }
    }
}

/// The sums of the first 0, 1, 2, ... numbers.
fn running_sums(numbers: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut sum = 0;
    let sums = numbers.into_iter().map(|number| {
        sum += number;
        sum
    });
    std::iter::once(0).chain(sums).collect()
}

/// For each row of a factor, the first row of the kind that it is: rows alike but for a shift.
fn models(factor: &Factor) -> Vec<Model> {
    let mut latest: Vec<Option<usize>> = vec![None; factor.weights()];
    let model = |row: usize| {
        let itself = Model { row, shift: 0 };
        let links = factor.row(row);
        let Some(first) = links.first() else { return itself };
        let latest = &mut latest[first.weight as usize];
        let repeated = latest.and_then(|earlier| {
            let shift = first.column.checked_sub(factor.row(earlier)[0].column)?;
            let shifted = factor.row(earlier).iter().map(|link| Link { column: link.column + shift, ..*link });
            shifted.eq(links.iter().copied()).then_some(Model { row: earlier, shift })
        });
        repeated.unwrap_or_else(|| {
            *latest = Some(row);
            itself
        })
    };
    (0..factor.rows()).map(model).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Layer, Operation, Padding};
    use crate::matrix::CsrArrays;
    use crate::taps::Tap;

    /// Strided, dilated and cropped axes, in one to three dimensions, alone and with channels in groups.
    fn every_kind_of_taps() -> Vec<Taps> {
        let strided = AxisSettings { stride: 2, padding: Padding { begin: 1, end: 2 }, ..AxisSettings::new(9, 5) };
        let dilated = AxisSettings { dilation: 2, padding: Padding::both(3), ..AxisSettings::new(12, 3) };
        let grouped = ChannelSettings { input: 4, output: 6, groups: 2 };
        let mut kinds = Vec::new();
        for axes in [vec![strided], vec![strided, dilated], vec![dilated, strided], vec![dilated, strided, strided]] {
            for channels in [ChannelSettings::default(), grouped] {
                for operation in [Operation::Convolution, Operation::Transposed] {
                    let layer = Layer::new(operation, axes.clone(), channels).unwrap();
                    let taps = Taps::of(layer.geometry()).unwrap();
                    kinds.extend([taps.transposed(), taps]);
                }
            }
        }
        kinds
    }

    #[test]
    fn repeated_blocks_hold_what_the_taps_say() {
        for taps in every_kind_of_taps() {
            let weights: Vec<u32> = (0..taps.weights() as u32).collect();
            let arrays = CsrArrays::of_taps(&taps, &weights, NonZeroUsize::MIN).unwrap();
            let listed: Vec<Tap> = taps.iter().collect();
            assert_eq!(*arrays.indices, listed.iter().map(|tap| tap.column).collect::<Vec<_>>());
            assert_eq!(*arrays.values, listed.iter().map(|tap| tap.weight).collect::<Vec<_>>());
            let before = |row: usize| listed.partition_point(|tap| (tap.row as usize) < row);
            assert_eq!(*arrays.indptr, (0..=taps.rows()).map(before).collect::<Vec<_>>());
        }
    }

    #[test]
    fn inside_an_axis_rows_repeat_the_first_one_or_one_for_each_step_of_the_stride() {
        let axis = AxisSettings { stride: 2, ..AxisSettings::new(21, 5) };
        let layer = Layer::new(Operation::Convolution, vec![axis], ChannelSettings::default()).unwrap();
        let taps = Taps::of(layer.geometry()).unwrap();
        let of_axis = |taps: &Taps| models(&taps.factors()[1]);
        assert_eq!(of_axis(&taps), (0..9).map(|row| Model { row: 0, shift: 2 * row }).collect::<Vec<_>>());
        // Rows 3 to 17 have all their taps; the others stand alone.
        let inside = |row: usize| (3..18).contains(&row);
        let model = |row| if inside(row) { 4 - row % 2 } else { row };
        let expected = (0..21).map(|row| Model { row: model(row), shift: (row - model(row)) as u32 / 2 });
        assert_eq!(of_axis(&taps.transposed()), expected.collect::<Vec<_>>());
    }
}
