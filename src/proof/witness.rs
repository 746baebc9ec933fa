//! The witness: a layer with its taps, and what was established about it. Nothing but a proof makes one.

use super::{Counterexample, Grade, RealRoads, Roads, exact_sample_by, symbolic_identity_by, taps_identity};
use crate::geometry::Layer;
use crate::limits::numbers::fixed_roads;
use crate::limits::{Budget, polynomial_roads};
use crate::roads::rewriting;
use crate::taps::{Taps, TooLarge};

/// A layer with its taps: what can be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    layer: Layer,
    /// Of the layer, rows on the small side.
    taps: Taps,
}

impl Model {
    /// Lists the taps of a layer.
    ///
    /// # Errors
    /// When a side, the weight or the set of taps is larger than 32-bit indices can number.
    pub fn of(layer: Layer) -> Result<Self, TooLarge> {
        Self::within(layer, u32::MAX)
    }

    /// Lists the taps of a layer that has at most `axis` of them, and of inputs, outputs and weights, on one axis or among
    /// the channels.
    ///
    /// # Errors
    /// When there are more, with the count; nothing has been listed then.
    pub fn within(layer: Layer, axis: u32) -> Result<Self, TooLarge> {
        let taps = Taps::within(layer.geometry(), u32::MAX, axis)?;
        Ok(Self { layer, taps })
    }

    /// The layer.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        &self.layer
    }

    /// Its taps, rows on the small side.
    #[must_use]
    pub fn taps(&self) -> &Taps {
        &self.taps
    }

    /// Proves that the roads agree on the layer, as far as the default [`Budget`] allows.
    ///
    /// # Errors
    /// The first difference found.
    pub fn prove(self) -> Result<Proved, Counterexample> {
        self.prove_within(&Budget::DEFAULT)
    }

    /// Proves that the roads agree on the layer, as far as the budget allows: always the taps identity; the symbolic
    /// identity if the polynomials fit into an eighth of the work and half of the memory, up to a few million
    /// multiply-adds; else one exact sample, if that fits.
    ///
    /// # Errors
    /// The first difference found.
    pub fn prove_within(self, budget: &Budget) -> Result<Proved, Counterexample> {
        let rewriting = rewriting(&self.layer);
        self.prove_by(budget, &RealRoads(&rewriting))
    }

    /// Proves the taps identity alone: no road is run.
    ///
    /// # Errors
    /// The axis on which the tap sets differ.
    pub fn prove_by_taps(self) -> Result<Proved, Counterexample> {
        taps_identity(&self.layer)?;
        Ok(Proved { model: self, grades: vec![Grade::TapsIdentity] })
    }

    /// The proof with roads that are handed in: the real ones, or, to see them caught, lying ones.
    fn prove_by(self, budget: &Budget, roads: &impl Roads) -> Result<Proved, Counterexample> {
        let mut proved = self.prove_by_taps()?;
        let Model { layer, taps } = &proved.model;
        let budget = budget.for_proof();
        if budget.allows(polynomial_roads(layer)) {
            symbolic_identity_by(layer, taps, roads)?;
            proved.grades.push(Grade::SymbolicIdentity);
        } else if budget.allows(fixed_roads(layer, 1, false, size_of::<i64>())) {
            exact_sample_by(layer, taps, 0, roads)?;
            proved.grades.push(Grade::ExactSample);
        }
        Ok(proved)
    }
}

/// A layer of which it is proved that the roads agree. Documents and exports are made of it alone, and what they say was
/// proved is read from it.
///
/// Nothing but the proofs of a [`Model`] makes one:
///
/// ```compile_fail
/// use convt_matrix::{geometry::*, proof::{Model, Proved}};
/// let layer = Layer::new(Operation::Transposed, vec![AxisSettings::new(2, 3)], ChannelSettings::default()).unwrap();
/// let forged = Proved { model: Model::of(layer).unwrap(), grades: vec![] };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    model: Model,
    /// The grades reached, strongest first; the taps identity always.
    grades: Vec<Grade>,
}

impl Proved {
    /// The layer.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        &self.model.layer
    }

    /// Its taps, rows on the small side.
    #[must_use]
    pub fn taps(&self) -> &Taps {
        &self.model.taps
    }

    /// The grades reached, strongest first.
    #[must_use]
    pub fn grades(&self) -> &[Grade] {
        &self.grades
    }

    /// The number of entries of the output, all compared where roads were run.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.layer().output_shape().iter().product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::Ring;
    use crate::geometry::{AxisSettings, ChannelSettings, Operation, Padding};
    use crate::proof::{Operands, roads_of};
    use crate::roads::Road;
    use crate::tensor::Tensor;
    use std::cell::RefCell;

    /// Budgets under which the roads are run over polynomials, and over integers.
    const BUDGETS: [(Budget, Grade); 2] = [
        (Budget::DEFAULT, Grade::SymbolicIdentity),
        (Budget { work: 200_000, memory: 100_000_000 }, Grade::ExactSample),
    ];

    fn models() -> Vec<Model> {
        let axis = AxisSettings { stride: 2, padding: Padding { begin: 1, end: 0 }, ..AxisSettings::new(5, 3) };
        let channels = ChannelSettings { input: 2, output: 4, groups: 2 };
        let layer = |operation| Layer::new(operation, vec![axis; 2], channels).expect("possible");
        [Operation::Transposed, Operation::Convolution]
            .map(|operation| Model::of(layer(operation)).expect("small"))
            .into()
    }

    /// The real roads, one of which tells another last entry, or cannot be gone; takes down who was asked.
    struct Tampered<'a> {
        real: RealRoads<'a>,
        lying: Option<Road>,
        missing: Option<Road>,
        asked: RefCell<Vec<Road>>,
    }

    impl Roads for Tampered<'_> {
        fn walk<T: Ring>(&self, road: Road, over: &Operands<'_, T>) -> Result<Tensor<T>, Counterexample> {
            self.asked.borrow_mut().push(road);
            if self.missing == Some(road) {
                return Err(Counterexample::does_not_fit(road.name(over.layer.operation())));
            }
            let mut output = self.real.walk(road, over)?;
            if self.lying == Some(road) {
                let last = output.entries_mut().last_mut().expect("an output");
                *last = last.clone() + T::one();
            }
            Ok(output)
        }
    }

    fn proved(
        model: Model,
        budget: &Budget,
        lying: Option<Road>,
        missing: Option<Road>,
    ) -> (Result<Proved, Counterexample>, Vec<Road>) {
        let rewriting = rewriting(model.layer());
        let roads = Tampered { real: RealRoads(&rewriting), lying, missing, asked: RefCell::default() };
        let proved = model.prove_by(budget, &roads);
        (proved, roads.asked.into_inner())
    }

    #[test]
    fn every_grade_that_is_claimed_was_reached_by_walking_every_road() {
        for (budget, grade) in BUDGETS {
            for model in models() {
                let operation = model.layer().operation();
                let (proved, asked) = proved(model, &budget, None, None);
                assert_eq!(proved.expect("it holds").grades(), [Grade::TapsIdentity, grade]);
                assert_eq!(asked, roads_of(operation), "{grade:?}");
            }
        }
    }

    #[test]
    fn a_road_that_lies_in_one_entry_or_leads_nowhere_is_no_proof_in_any_grade() {
        for (budget, grade) in BUDGETS {
            for model in models() {
                let operation = model.layer().operation();
                for road in roads_of(operation) {
                    let (lying, _) = proved(model.clone(), &budget, Some(road), None);
                    let message = lying.expect_err("a lie").to_string();
                    assert!(message.contains(road.name(operation)), "{grade:?}, {road:?}: {message}");
                    let (missing, _) = proved(model.clone(), &budget, None, Some(road));
                    assert!(missing.is_err(), "{grade:?}, {road:?}");
                }
            }
        }
    }

    #[test]
    fn a_budget_for_no_road_leaves_the_taps_identity_alone() {
        for model in models() {
            let (proved, asked) = proved(model, &Budget { work: 0, memory: 0 }, None, None);
            assert_eq!(proved.expect("it holds").grades(), [Grade::TapsIdentity]);
            assert_eq!(asked, []);
        }
    }
}
