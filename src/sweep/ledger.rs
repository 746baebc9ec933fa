//! Comparing a road with W~ term by term: every entry of the matrix must be ticked off exactly once.
//!
//! The output polynomials of the matrix product are sums of distinct monomials, one for each entry of W~. So a road
//! computes the same polynomials exactly when its list of terms names each entry once and nothing else. That needs one
//! bit for each entry, whatever the order in which the terms come.

use crate::index::narrow;
use crate::matrix::WeightMatrix;
use crate::taps::Taps;

/// The entries of a W~ and which of them have been ticked off.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: Entries,
    ticked: Vec<u64>,
    open: usize,
    count: usize,
}

#[derive(Debug)]
enum Entries {
    /// A small matrix: for each cell the number of its entry, or [`NONE`]; for each entry its weight.
    Table { columns: usize, number: Vec<u32>, weights: Vec<u32> },
    /// A large one: looked up in the factors of its taps.
    Factors(Taps),
}

const NONE: u32 = u32::MAX;

/// Matrices with at most so many cells are looked up in a table.
pub(super) const TABLE_CELLS: usize = 1 << 20;

impl Default for Entries {
    fn default() -> Self {
        Self::Table { columns: 0, number: Vec::new(), weights: Vec::new() }
    }
}

impl Ledger {
    /// Opens the ledger of a small matrix; memory is reused.
    pub(super) fn of_matrix(&mut self, matrix: &WeightMatrix) {
        if !matches!(self.entries, Entries::Table { .. }) {
            self.entries = Entries::default();
        }
        let Entries::Table { columns, number, weights } = &mut self.entries else { return };
        *columns = matrix.cols();
        number.clear();
        number.resize(matrix.rows() * matrix.cols(), NONE);
        weights.clear();
        for (row, entries) in matrix.outer_iterator().enumerate() {
            for (column, weight) in entries.iter() {
                number[row * matrix.cols() + column] = narrow(weights.len());
                weights.push(weight.0);
            }
        }
        self.count = weights.len();
    }

    /// Opens the ledger of a layer that is too large for a table.
    pub(super) fn of_taps(&mut self, taps: Taps) {
        self.count = taps.count();
        self.entries = Entries::Factors(taps);
    }

    /// Forgets what was ticked off.
    pub(super) fn start(&mut self) {
        self.ticked.clear();
        self.ticked.resize(self.count.div_ceil(64), 0);
        self.open = self.count;
    }

    /// Ticks the entry off; false if there is no such entry, its weight is another, or it was ticked off before.
    #[must_use]
    pub(super) fn tick(&mut self, row: usize, column: usize, weight: u32) -> bool {
        let number = match &self.entries {
            Entries::Table { columns, number, weights } => {
                let inside = column < *columns;
                let number = number.get(row * columns + column).copied().filter(|&number| inside && number != NONE);
                number.map(|number| number as usize).filter(|&number| weights[number] == weight)
            }
            Entries::Factors(taps) => {
                taps.number_at(row, column).filter(|&(_, found)| found == weight).map(|(number, _)| number)
            }
        };
        let Some(number) = number else { return false };
        let (word, bit) = (&mut self.ticked[number / 64], 1 << (number % 64));
        let is_open = *word & bit == 0;
        *word |= bit;
        self.open -= usize::from(is_open);
        is_open
    }

    /// Whether every entry has been ticked off.
    #[must_use]
    pub(super) fn is_settled(&self) -> bool {
        self.open == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Layer, Operation};
    use crate::matrix::weight_matrix;

    /// The ledger of one layer, kept in a table and in factors.
    fn ledgers() -> (Taps, [Ledger; 2]) {
        let axis = AxisSettings { stride: 2, dilation: 3, ..AxisSettings::new(3, 2) };
        let channels = ChannelSettings { input: 2, output: 4, groups: 2 };
        let layer = Layer::new(Operation::Transposed, vec![axis; 2], channels).unwrap();
        let taps = Taps::of(layer.geometry()).unwrap();
        let mut table = Ledger::default();
        table.of_matrix(&weight_matrix(&taps));
        let mut factors = Ledger::default();
        factors.of_taps(taps.clone());
        (taps, [table, factors])
    }

    #[test]
    fn a_road_that_names_every_entry_once_settles_the_ledger() {
        let (taps, ledgers) = ledgers();
        for mut ledger in ledgers {
            for _ in 0..2 {
                ledger.start();
                let taps: Vec<_> = taps.iter().collect();
                for tap in taps.iter().rev() {
                    assert!(!ledger.is_settled());
                    assert!(ledger.tick(tap.row as usize, tap.column as usize, tap.weight));
                }
                assert!(ledger.is_settled());
            }
        }
    }

    #[test]
    fn a_term_too_many_a_wrong_weight_and_a_cell_outside_are_refused() {
        let (taps, ledgers) = ledgers();
        let tap = taps.iter().next().unwrap();
        let (row, column) = (tap.row as usize, tap.column as usize);
        for mut ledger in ledgers {
            ledger.start();
            assert!(!ledger.tick(row, column, tap.weight + 1), "another weight");
            assert!(ledger.tick(row, column, tap.weight));
            assert!(!ledger.tick(row, column, tap.weight), "twice");
            assert!(!ledger.tick(row, taps.columns(), tap.weight), "no such column");
            assert!(!ledger.tick(taps.rows(), column, tap.weight), "no such row");
            let empty = (0..taps.columns()).find(|&column| taps.weight_at(row, column).is_none()).unwrap();
            assert!(!ledger.tick(row, empty, 0), "a zero of the matrix");
            assert!(!ledger.is_settled());
        }
    }
}
