//! A layer as it stands before the checks: with the facts of its axes and its rewriting.

use super::facts::{Fact, taps_of};
use super::ledger::TABLE_CELLS;
use crate::geometry::Layer;
use crate::proof::Fault;
use crate::roads::rewriting;
use crate::roads::rewritten::StrideOne;
use crate::taps::Taps;
use std::rc::Rc;

/// A layer with its factors and its rewriting, spoilt if asked for.
pub(super) struct Examinee<'a> {
    pub(super) layer: &'a Layer,
    pub(super) facts: &'a [Rc<Fact>],
    pub(super) plant: Option<Fault>,
    pub(super) rewriting: StrideOne,
}

impl<'a> Examinee<'a> {
    pub(super) fn of(layer: &'a Layer, facts: &'a [Rc<Fact>], plant: Option<Fault>) -> Self {
        Self { layer, facts, plant, rewriting: spoilt_rewriting(layer, plant) }
    }

    /// The taps of W~.
    pub(super) fn taps(&self) -> Taps {
        taps_of(self.facts, |listed| &listed.factor)
    }

    /// The taps of W~^T.
    pub(super) fn transposed_taps(&self) -> Taps {
        taps_of(self.facts, |listed| &listed.transposed)
    }

    /// Whether W~ has more cells than are looked up in a table.
    pub(super) fn is_large(&self) -> bool {
        let side = |extent: Vec<usize>| extent.into_iter().fold(1, usize::saturating_mul);
        let geometry = self.layer.geometry();
        side(geometry.small_shape()).saturating_mul(side(geometry.big_shape())) > TABLE_CELLS
    }
}

/// The layer's rewriting, with the mistake made in it.
pub(super) fn spoilt_rewriting(layer: &Layer, plant: Option<Fault>) -> StrideOne {
    match plant {
        Some(fault) => StrideOne::ZeroInsertion(fault.planted(layer)),
        None => rewriting(layer),
    }
}
