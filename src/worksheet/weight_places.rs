//! Which weight stands where in the matrix of a layer: by the taps, and once more by the textbook loops.

use super::drawn::taps;
use crate::doc::{Grid, Math, Shown};
use crate::geometry::{Layer, Operation};
use crate::roads::by_textbook;
use crate::taps::Taps;
use crate::tensor::Tensor;

/// A matrix whose entries are weights or 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WeightPlaces {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Flat indices of weights, row-major; none where 0 stands.
    pub(super) cells: Vec<Option<u32>>,
}

impl WeightPlaces {
    /// The matrix that multiplies the flattened input of the layer.
    pub(super) fn of(layer: &Layer) -> Self {
        let taps = taps(layer);
        match layer.operation() {
            Operation::Convolution => Self::of_taps(&taps),
            Operation::Transposed => Self::of_taps(&taps.transposed()),
        }
    }

    /// The matrix with the rows of the taps.
    pub(super) fn of_taps(taps: &Taps) -> Self {
        let (rows, columns) = (taps.rows(), taps.columns());
        let mut cells = vec![None; rows * columns];
        for tap in taps.iter() {
            cells[tap.row as usize * columns + tap.column as usize] = Some(tap.weight);
        }
        Self { rows, columns, cells }
    }

    /// The matrix that multiplies the flattened input, column by column what the textbook loops make of an input that is
    /// 1 in one place. Weight `i` is `2^i` there, so that no sum of several is taken for one; none if an entry is such a
    /// sum.
    ///
    /// # Panics
    /// When there are more weights than an integer has bits, which no exercise has.
    pub(super) fn by_textbook(layer: &Layer) -> Option<Self> {
        let weights = Tensor::from_fn(&layer.weight_shape(), |flat| 1_i64 << flat);
        assert!(weights.entries().len() < 63, "a drawn layer is small");
        let shape = layer.input_shape();
        let columns: usize = shape.iter().product();
        let column = |unit: usize| {
            let input = Tensor::from_fn(&shape, |flat| i64::from(flat == unit));
            by_textbook(layer, &input, &weights).into_entries()
        };
        let all: Vec<Vec<i64>> = (0..columns).map(column).collect();
        let rows = all[0].len();
        let single = |entry: i64| match entry.count_ones() {
            0 => Some(None),
            1 => Some(Some(entry.trailing_zeros())),
            _ => None,
        };
        let cells: Option<_> = (0..rows * columns).map(|at| single(all[at % columns][at / columns])).collect();
        Some(Self { rows, columns, cells: cells? })
    }

    pub(super) fn transposed(&self) -> Self {
        let cell = |at: usize| self.at(at % self.rows, at / self.rows);
        Self { rows: self.columns, columns: self.rows, cells: (0..self.cells.len()).map(cell).collect() }
    }

    pub(super) fn at(&self, row: usize, column: usize) -> Option<u32> {
        self.cells[row * self.columns + column]
    }

    /// As it is printed, with a formula for each weight.
    pub(super) fn grid(&self, shown: impl Fn(usize) -> Math) -> Grid {
        let cell = |row, column| self.at(row, column).map_or(Math::Zero, |weight| shown(weight as usize));
        Grid::from_fn(Shown::all(self.rows), Shown::all(self.columns), cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::Dice;
    use crate::worksheet::drawn::small_layer;
    use crate::worksheet::{Level, Scope};

    #[test]
    fn the_taps_and_the_textbook_loops_have_every_weight_in_the_same_place() {
        let mut dice = Dice::new(3);
        for (level, operation) in
            Level::ALL.into_iter().flat_map(|level| [(level, Operation::Convolution), (level, Operation::Transposed)])
        {
            for layer in (0..40).filter_map(|_| small_layer(&mut dice, Scope { level, dimensions: None }, operation)) {
                let places = WeightPlaces::of(&layer);
                assert_eq!(WeightPlaces::by_textbook(&layer), Some(places.clone()), "{layer:?}");
                assert_eq!(places.transposed().transposed(), places);
                let other = places.transposed();
                assert_eq!(other.at(places.columns - 1, 0), places.at(0, places.columns - 1));
            }
        }
    }
}
