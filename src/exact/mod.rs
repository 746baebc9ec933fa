//! The one exact evaluator: everything that calculates with a layer's exact numbers does it here.
//!
//! Every tensor is put over one common denominator and the roads run over integers: over `i64` where the lengths of the
//! numbers prove that every sum fits, over `BigInt` otherwise; results are put into lowest terms at the end. A [`Plan`]
//! says what all of this costs before it is spent.

mod error;
pub(crate) mod numerators;
mod plan;
mod run;
mod scaled;
mod values;

pub use error::{ExactError, Operand};
pub use plan::Plan;
pub(crate) use scaled::{Fractions, OverOne, Scaled};
pub use values::{GradientValues, Outcome, Values};

pub(crate) use run::{InRing, run};

use crate::data::ExactNumber;
use crate::geometry::Layer;
use crate::roads::gradient::Gradients;
use crate::tensor::Tensor;

/// Whether the tensors have a batch dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Samples {
    /// One sample, without a batch dimension: `[channels, sizes...]`.
    Single,
    /// So many samples: `[N, channels, sizes...]`.
    Batch(usize),
}

impl Samples {
    /// How many there are.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Single => 1,
            Self::Batch(count) => count,
        }
    }

    /// The shape of all samples, given that of one.
    #[must_use]
    pub fn shape(self, one: &[usize]) -> Vec<usize> {
        match self {
            Self::Single => one.to_vec(),
            Self::Batch(count) => [&[count], one].concat(),
        }
    }
}

/// What is calculated: a layer and numbers that fit it.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// The layer.
    pub layer: &'a Layer,
    /// How many samples the tensors have.
    pub samples: Samples,
    /// `[in, sizes...]` or `[N, in, sizes...]`.
    pub input: &'a Tensor<ExactNumber>,
    /// `[in, out / groups, k...]` of a transposed layer, `[out, in / groups, k...]` of a convolution.
    pub weight: &'a Tensor<ExactNumber>,
    /// `[out]`.
    pub bias: Option<&'a Tensor<ExactNumber>>,
    /// The gradient with respect to the output, in its shape; asks for gradients.
    pub output_gradient: Option<&'a Tensor<ExactNumber>>,
}

impl<'a> Problem<'a> {
    /// Every tensor that is there.
    fn operands(&self) -> impl Iterator<Item = (Operand, &'a Tensor<ExactNumber>)> {
        let optional = [(Operand::Bias, self.bias), (Operand::OutputGradient, self.output_gradient)];
        let given = optional.into_iter().filter_map(|(operand, tensor)| tensor.map(|tensor| (operand, tensor)));
        [(Operand::Input, self.input), (Operand::Weight, self.weight)].into_iter().chain(given)
    }

    /// The number of outputs of all samples.
    fn outputs(&self) -> usize {
        self.samples.shape(&self.layer.output_shape()).iter().product()
    }

    /// How many products every entry of a result is the sum of, at most.
    pub(crate) fn terms(&self) -> Terms {
        let geometry = self.layer.geometry();
        let channels = geometry.channels();
        let kernel: usize = self.layer.weight_shape()[2..].iter().product();
        let per_channel = |shape: Vec<usize>| shape[1..].iter().product::<usize>();
        let most_per_group = channels.small_per_group().max(channels.big_per_group());
        let count = self.samples.count() as u128;
        Terms {
            product: most_per_group as u128 * kernel as u128,
            weight: count * per_channel(geometry.small_shape()) as u128,
            bias: count * per_channel(self.layer.output_shape()) as u128,
        }
    }
}

/// How many terms the sums have, at most.
pub(crate) struct Terms {
    /// Of the output and of the input gradient.
    pub(crate) product: u128,
    /// Of the weight gradient.
    pub(crate) weight: u128,
    /// Of the bias gradient.
    pub(crate) bias: u128,
}

/// Results of all samples over one ring, before the bias is added.
#[derive(Clone, Debug)]
pub(crate) struct Results<T> {
    pub(crate) output: Tensor<T>,
    pub(crate) gradients: Option<Gradients<T>>,
}
