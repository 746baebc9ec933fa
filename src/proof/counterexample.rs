//! What a failed proof shows: where two roads part, and what each of them says there.

use crate::tensor::Tensor;
use std::fmt;

/// Where two roads part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The outputs have different shapes.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// The road taken as the yardstick.
    pub expected_by: String,
    /// The road that disagrees.
    pub found_by: String,
    /// Where and how.
    pub difference: Difference,
}

impl Counterexample {
    /// Compares two outputs, entry by entry; `spell` writes an entry.
    pub(super) fn between<T: PartialEq>(
        (expected_by, left): (&str, &Tensor<T>),
        (found_by, right): (&str, &Tensor<T>),
        spell: impl Fn(&T) -> String,
    ) -> Option<Self> {
        let difference = if left.shape() != right.shape() {
            Difference::Shape { left: left.shape().to_vec(), right: right.shape().to_vec() }
        } else {
            let flat = left.entries().iter().zip(right.entries()).position(|(a, b)| a != b)?;
            Difference::Entry {
                index: left.index_of(flat),
                left: spell(&left.entries()[flat]),
                right: spell(&right.entries()[flat]),
            }
        };
        Some(Self { expected_by: expected_by.into(), found_by: found_by.into(), difference })
    }

    pub(super) fn taps(axis: usize) -> Self {
        Self {
            expected_by: "taps of the layer".into(),
            found_by: "taps of its rewriting".into(),
            difference: Difference::Taps { axis },
        }
    }

    pub(super) fn does_not_fit(found_by: &str) -> Self {
        Self { expected_by: "textbook loops".into(), found_by: found_by.into(), difference: Difference::DoesNotFit }
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected_by, found_by, difference } = self;
        match difference {
            Difference::Shape { left, right } => {
                write!(f, "shapes differ: {left:?} by the {expected_by}, {right:?} by the {found_by}")
            }
            Difference::Entry { index, left, right } => write!(
                f,
                "the entry at {index:?} differs:\n  {left}\n    by the {expected_by}\n  {right}\n    by the {found_by}"
            ),
            Difference::DoesNotFit => {
                write!(f, "the kernel does not fit into the operand built by the {found_by}")
            }
            Difference::Taps { axis } => write!(f, "the {expected_by} and the {found_by} differ on axis {axis}"),
        }
    }
}

impl std::error::Error for Counterexample {}
