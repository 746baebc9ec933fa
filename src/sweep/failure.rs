//! What a failed sweep shows: the smallest failing layer, and where two roads part on it.

use super::check::Checks;
use super::examine::Question;
use super::examinee::spoilt_rewriting;
use super::grid::Configuration;
use super::shrink::shrunk;
use super::tally::Failing;
use crate::algebra::Polynomial;
use crate::geometry::Layer;
use crate::limits::Effort;
use crate::proof::{
    Counterexample, Exactly, Operands, Quantity, RealRoads, Roads as _, spelled, symbols, taps_identity_of,
};
use crate::roads::Road;
use crate::taps::Taps;

/// The smallest failing layer of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The smallest among those examined.
    pub found: Configuration,
    /// The same made smaller, as long as a check still fails.
    pub shrunk: Configuration,
    /// The checks that failed on the layer found.
    pub failed: Checks,
    /// Whether it was tried to make it smaller, to the end.
    pub is_shrunk: bool,
    /// Where two roads part on the shrunk layer, if a road over polynomials shows it.
    pub counterexample: Option<Counterexample>,
}

impl Failure {
    /// Nothing, if it does not go on to the end.
    pub(super) fn made_smaller(failing: &Failing, question: Question, goes_on: &dyn Fn(u64) -> bool) -> Option<Self> {
        let shrunk = shrunk(&failing.configuration, Question { checks: failing.failed, ..question }, goes_on)?;
        let counterexample = shrunk.layer().ok().and_then(|layer| counterexample(&layer, question));
        Some(Self { shrunk, is_shrunk: true, counterexample, ..Self::as_found(failing) })
    }

    pub(super) fn as_found(failing: &Failing) -> Self {
        let Failing { configuration, failed, .. } = failing;
        Self {
            found: configuration.clone(),
            shrunk: configuration.clone(),
            failed: *failed,
            is_shrunk: false,
            counterexample: None,
        }
    }
}

/// Multiply-adds up to which the roads are run over polynomials.
const POLYNOMIALS: u128 = 1 << 22;

/// The first entry that differs, with both polynomials; or, where the polynomials are equal, the axis whose taps differ.
fn counterexample(layer: &Layer, question: Question) -> Option<Counterexample> {
    let rewriting = spoilt_rewriting(layer, question.plant);
    let taps_differ = || taps_identity_of(layer, &rewriting).err();
    // Polynomials of a layer that could not be made small fill the memory.
    if Effort::of(layer).most() > POLYNOMIALS {
        return taps_differ();
    }
    let taps = Taps::of(layer.geometry()).ok()?;
    let (x, w) = symbols(layer);
    let over = Operands { layer, taps: &taps, x: &x, w: &w };
    let spell = |polynomial: &Polynomial| spelled(layer, polynomial);
    let roads = RealRoads(&rewriting);
    let [yardstick, others @ ..] = Road::ALL;
    let expected = roads.walk(yardstick, &over).ok()?;
    let operation = layer.operation();
    let mut differing = others.into_iter().filter_map(|road| {
        let output = match roads.walk(road, &over) {
            Ok(output) => output,
            Err(counterexample) => return Some(counterexample),
        };
        let (left, right) = ((yardstick.name(operation), &expected), (road.name(operation), &output));
        Counterexample::between(Quantity::Output, left, right, &Exactly(spell)).err()
    });
    differing.next().or_else(taps_differ)
}
