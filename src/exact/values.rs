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
        self.clone().into_rationals()
    }

    /// The exact values without a copy; `None` for floats.
    #[must_use]
    pub(crate) fn into_rationals(self) -> Option<Tensor<Rational>> {
        match self {
            Self::Integers(tensor) => Some(tensor.map(|&entry| Rational::from_integer(entry.into()))),
            Self::Long(tensor) => {
                let shape = tensor.shape().to_vec();
                let entries = tensor.into_entries().into_iter().map(Rational::from_integer);
                Some(Tensor::new(shape, entries.collect()))
            }
            Self::Fractions(tensor) => Some(tensor),
            Self::Floats(_) => None,
        }
    }
}

/// The gradients, in whatever numbers they came out.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientValues {
    /// In the shape of the input.
    pub input: Values,
    /// In the shape of the weight, summed over the samples.
    pub weight: Values,
    /// `[out]`, summed over the samples; given whether or not the layer has a bias.
    pub bias: Values,
}

/// What came out, the same by every road.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The output with the bias, with the batch dimension if the input has one.
    pub output: Values,
    /// The gradients, if there is a gradient of the output.
    pub gradients: Option<GradientValues>,
}
