//! What a failed proof shows: where two roads part, and what each of them says there.

use super::judge::Judge;
use crate::tensor::Tensor;
use std::fmt;

/// What two roads computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// The layer's output.
    Output,
    /// The gradient with respect to the input.
    InputGradient,
    /// The gradient with respect to the weight.
    WeightGradient,
    /// The gradient with respect to the bias.
    BiasGradient,
}

impl Quantity {
    /// What it is called in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::InputGradient => "input gradient",
            Self::WeightGradient => "weight gradient",
            Self::BiasGradient => "bias gradient",
        }
    }
}

/// Where two roads part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The results have different shapes.
    Shape {
        /// Shape by the first road.
        left: Vec<usize>,
        /// Shape by the second road.
        right: Vec<usize>,
    },
    /// The first entry that differs.
    Entry {
        /// Its index, channel first.
        index: Vec<usize>,
        /// The entry by the first road.
        left: String,
        /// The entry by the second road.
        right: String,
    },
    /// The kernel does not fit into the operand the second road built.
    DoesNotFit,
    /// The tap sets of an axis (or, past the last axis, of the channels) differ.
    Taps {
        /// The axis.
        axis: usize,
    },
}

/// Two roads and the first place where they part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct Counterexample {
    /// The road taken as the yardstick.
    pub expected_by: &'static str,
    /// The road that disagrees.
    pub found_by: &'static str,
    /// What both computed.
    pub quantity: Quantity,
    /// Where and how.
    pub difference: Difference,
}

impl Counterexample {
    /// Compares two results, entry by entry, each with the name of its road.
    ///
    /// # Errors
    /// The first entry that differs, or the shapes.
    pub fn between<T>(
        quantity: Quantity,
        (expected_by, left): (&'static str, &Tensor<T>),
        (found_by, right): (&'static str, &Tensor<T>),
        judge: &impl Judge<T>,
    ) -> Result<(), Self> {
        let difference = if left.shape() != right.shape() {
            Difference::Shape { left: left.shape().to_vec(), right: right.shape().to_vec() }
        } else {
            let differing = left.entries().iter().zip(right.entries()).position(|(a, b)| !judge.same(a, b));
            let Some(flat) = differing else { return Ok(()) };
            Difference::Entry {
                index: left.index_of(flat),
                left: judge.spell(&left.entries()[flat]),
                right: judge.spell(&right.entries()[flat]),
            }
        };
        Err(Self { expected_by, found_by, quantity, difference })
    }

    pub(super) fn taps(axis: usize) -> Self {
        Self {
            expected_by: "taps of the layer",
            found_by: "taps of its rewriting",
            quantity: Quantity::Output,
            difference: Difference::Taps { axis },
        }
    }

    /// The outputs have different shapes.
    pub(super) fn shapes([expected_by, found_by]: [&'static str; 2], [left, right]: [Vec<usize>; 2]) -> Self {
        Self { expected_by, found_by, quantity: Quantity::Output, difference: Difference::Shape { left, right } }
    }

    pub(super) fn does_not_fit(found_by: &'static str) -> Self {
        Self { expected_by: "textbook loops", found_by, quantity: Quantity::Output, difference: Difference::DoesNotFit }
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected_by, found_by, quantity, difference } = self;
        // The output goes without saying.
        let of = match quantity {
            Quantity::Output => String::new(),
            other => format!(" of the {}", other.name()),
        };
        match difference {
            Difference::Shape { left, right } => {
                write!(f, "shapes{of} differ: {left:?} by the {expected_by}, {right:?} by the {found_by}")
            }
            Difference::Entry { index, left, right } => write!(
                f,
                "the entry at {index:?}{of} differs:\n  {left}\n    by the {expected_by}\n  {right}\n    by the {found_by}"
            ),
            Difference::DoesNotFit => {
                write!(f, "the kernel does not fit into the operand built by the {found_by}")
            }
            Difference::Taps { axis } => write!(f, "the {expected_by} and the {found_by} differ on axis {axis}"),
        }
    }
}
