//! Results, in the numbers they were calculated with.

use crate::algebra::Rational;
use crate::tensor::Tensor;
use num_bigint::BigInt;

/// A tensor of results.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Integers that provably fit into 64 bits.
    Integers(Tensor<i64>),
    /// Integers of any length.
    Long(Tensor<BigInt>),
    /// Fractions in lowest terms.
    Fractions(Tensor<Rational>),
    /// Finite floats.
    Floats(Tensor<f64>),
}

impl Values {
    /// The extents.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::Integers(tensor) => tensor.shape(),
            Self::Long(tensor) => tensor.shape(),
            Self::Fractions(tensor) => tensor.shape(),
            Self::Floats(tensor) => tensor.shape(),
        }
    }

    /// The exact values; `None` for floats.
    #[must_use]
    pub fn to_rationals(&self) -> Option<Tensor<Rational>> {
        match self {
            Self::Integers(tensor) => Some(tensor.map(|&entry| Rational::from_integer(entry.into()))),
            Self::Long(tensor) => Some(tensor.map(|entry| Rational::from_integer(entry.clone()))),
            Self::Fractions(tensor) => Some(tensor.clone()),
            Self::Floats(_) => None,
        }
    }
}
