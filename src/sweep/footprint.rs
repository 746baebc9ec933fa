//! What the costliest configuration of a grid takes, before anything is built; what cannot be held is refused.

use super::check::Check;
use super::evidence::{PANEL, SLAB};
use super::examine::Question;
use super::grid::Grid;
use super::ledger::TABLE_CELLS;
use super::{Sweep, SweepError};
use crate::geometry::Rule;
use crate::limits::{Budget, Effort};
use crate::taps::Taps;

/// Bytes of memory that examining a configuration takes, about; upper estimates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Footprint {
    /// Of every thread that works on it.
    pub(super) each: u64,
    /// Of the operands of im2col and of the exact sample, which are made once however many threads share its checks.
    pub(super) once: u64,
}

impl Footprint {
    /// Enough for either.
    pub(super) fn max(self, other: Self) -> Self {
        Self { each: self.each.max(other.each), once: self.once.max(other.once) }
    }
}

/// The footprint of the costliest configuration.
pub(super) fn of(grid: &Grid, question: Question, budget: &Budget) -> Result<Footprint, SweepError> {
    let layer = match grid.costliest().layer() {
        Ok(layer) => layer,
        // A grid of one is impossible itself, and that is a result.
        Err(error) if error.rule() == Rule::IndexFits && grid.count() > 1 => {
            return Err(SweepError::Impossible(error));
        }
        // No combination is a layer, so nothing is built.
        Err(_) => return Ok(Footprint::default()),
    };
    let on_one_axis = u32::try_from(budget.memory / Taps::BYTES_ON_ONE_AXIS).unwrap_or(u32::MAX);
    Taps::check_within(layer.geometry(), u32::MAX - 1, on_one_axis)
        .map_err(|error| SweepError::TooLarge(error, (grid.count() == 1).then(|| Box::new(layer.clone()))))?;
    let effort = Effort::of(&layer);
    let runs_roads = question.checks.iter().any(|check| !check.lists().is_empty() || check == Check::Sample);
    let most = budget.work.saturating_mul(Sweep::PATIENCE);
    if runs_roads && effort.multiply_adds > most {
        return Err(SweepError::TooCostly { multiply_adds: effort.multiply_adds, most });
    }
    let size = |shape: Vec<usize>| shape.into_iter().fold(1_u128, |size, extent| size.saturating_mul(extent as u128));
    let (inputs, outputs, weights) =
        (size(layer.input_shape()), size(layer.output_shape()), size(layer.weight_shape()));
    // One bit for each tap, a table or a slab of the matrix and its transpose.
    let (taps, cells) = (layer.geometry().tap_count(), inputs.saturating_mul(outputs));
    let matrices = taps / 8 + cells.min(TABLE_CELLS as u128) * 4 + taps.min(SLAB as u128) * 12 * 2;
    // Names of 32 bits: input, operand, buffer, weight, turned weight.
    let names = 4 * (inputs + outputs + 2 * effort.cells + 2 * weights);
    // A polynomial of one symbol is a list on the heap.
    const POLYNOMIAL: u128 = 112;
    let asked = |check: Check| u128::from(question.checks.contains(check));
    let unrolled = asked(Check::Im2col)
        * POLYNOMIAL
        * (inputs + 3 * weights + 3 * effort.multiply_adds.min(PANEL.products as u128));
    let sample = asked(Check::Sample) * 8 * (2 * inputs + 3 * outputs + 3 * weights + 2 * effort.cells);
    // The taps of each axis, by row and by column, and once more while they are compared.
    let factors =
        layer.geometry().axes().iter().fold(0_u128, |bytes, axis| {
            bytes + 40 * axis.tap_count() + 16 * (axis.small() as u128 + axis.big() as u128)
        });
    let each = matrices.saturating_add(factors).saturating_add(names);
    let once = unrolled.saturating_add(sample);
    let bytes = |count: u128| u64::try_from(count).unwrap_or(u64::MAX);
    let needed = bytes(each.saturating_add(once));
    let most = bytes(budget.memory);
    if needed > most {
        return Err(SweepError::TooMuchMemory { needed, most });
    }
    Ok(Footprint { each: bytes(each), once: bytes(once) })
}
