//! Layers with numbers in them, evaluated: every road is run and compared, forward and, where asked, back.
//!
//! A [`Case`] is a layer, its tensors and how many samples there are; [`evaluate`] answers it exactly or in floats.
//! [`json`] reads cases from and writes answers to lines of JSON, as `convt-matrix eval` does.
//!
//! Exact arithmetic puts every tensor over one common denominator and calculates with integers: with `i64` where the
//! sizes of the numbers prove that every sum fits, with `BigInt` otherwise.

mod error;
mod exact;
mod float;
pub mod json;
mod limits;
mod number;
mod run;
mod scaled;
mod values;

pub use error::EvalError;
pub use values::Values;

use crate::data::ExactNumber;
use crate::geometry::Layer;
use crate::limits::Effort;
use crate::roads::gradient::Gradients;
use crate::tensor::Tensor;

/// What is calculated with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// Integers and fractions of any length.
    Exact,
    /// `f64`.
    Float,
}

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

/// The tensors of a case, in PyTorch's layouts.
#[derive(Clone, Debug)]
pub struct Operands {
    /// `[in, sizes...]` or `[N, in, sizes...]`.
    pub input: Tensor<ExactNumber>,
    /// `[in, out / groups, k...]` of a transposed layer, `[out, in / groups, k...]` of a convolution.
    pub weight: Tensor<ExactNumber>,
    /// `[out]`.
    pub bias: Option<Tensor<ExactNumber>>,
    /// The upstream gradient, in the shape of the output; asks for gradients.
    pub grad_output: Option<Tensor<ExactNumber>>,
}

/// A layer with its numbers; every shape fits.
#[derive(Clone, Debug)]
pub struct Case {
    layer: Layer,
    samples: Samples,
    operands: Operands,
}

impl Case {
    /// Joins a layer and its tensors.
    ///
    /// # Errors
    /// When a tensor has not the shape the layer gives it, or there is no sample.
    ///
    /// ```
    /// use convt_matrix::eval::{Arithmetic, Case, Operands, Samples, Values, evaluate};
    /// use convt_matrix::{data::ExactNumber, geometry::*, tensor::Tensor};
    /// let numbers = |shape: &[usize], values: &[i64]| Tensor::from_fn(shape, |flat| ExactNumber::from(values[flat]));
    /// let layer = Layer::new(Operation::Transposed, vec![AxisSettings::new(2, 3)], ChannelSettings::default())?;
    /// let operands = Operands {
    ///     input: numbers(&[1, 2], &[1, 2]),
    ///     weight: numbers(&[1, 1, 3], &[1, 2, 3]),
    ///     bias: None,
    ///     grad_output: None,
    /// };
    /// let outcome = evaluate(&Case::new(layer, Samples::Single, operands)?, Arithmetic::Exact)?;
    /// assert_eq!(outcome.output, Values::Integers(Tensor::new(vec![1, 4], vec![1, 4, 7, 6])));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(layer: Layer, samples: Samples, operands: Operands) -> Result<Self, EvalError> {
        if samples.count() == 0 {
            return Err(EvalError::field("input", "the batch is empty; give at least one sample"));
        }
        let output = layer.output_shape();
        let fits = |field: &str, tensor: Option<&Tensor<ExactNumber>>, expected: Vec<usize>, because: &str| match tensor
        {
            Some(tensor) if tensor.shape() != expected => {
                Err(EvalError::field(field, format!("its shape is {:?}, {because} {expected:?}", tensor.shape())))
            }
            _ => Ok(()),
        };
        fits("input", Some(&operands.input), samples.shape(&layer.input_shape()), "the layer reads")?;
        fits("weight", Some(&operands.weight), layer.weight_shape(), "the layer's weight has")?;
        fits("bias", operands.bias.as_ref(), vec![output[0]], "the output channels of the weight make it")?;
        fits("grad_output", operands.grad_output.as_ref(), samples.shape(&output), "the output has")?;
        Ok(Self { layer, samples, operands })
    }

    /// The layer.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        &self.layer
    }

    /// The samples.
    #[must_use]
    pub fn samples(&self) -> Samples {
        self.samples
    }

    /// The tensors.
    #[must_use]
    pub fn operands(&self) -> &Operands {
        &self.operands
    }

    /// The effort of the most wasteful road over all samples; [`evaluate`] refuses what is too much.
    #[must_use]
    pub fn effort(&self) -> Effort {
        Effort::of(&self.layer).of_samples(self.samples.count())
    }

    /// How many products every entry of a result is the sum of, at most.
    fn terms(&self) -> Terms {
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
struct Terms {
    /// Of the output and of the input gradient.
    product: u128,
    /// Of the weight gradient.
    weight: u128,
    /// Of the bias gradient.
    bias: u128,
}

/// The gradients of a case, in whatever numbers they came out.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientValues {
    /// In the shape of the input.
    pub input: Values,
    /// In the shape of the weight, summed over the samples.
    pub weight: Values,
    /// `[out]`, summed over the samples; given whether or not the case has a bias.
    pub bias: Values,
}

/// What came out, the same by every road.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The output, with the batch dimension if the input has one.
    pub output: Values,
    /// The gradients, if the case has an upstream gradient.
    pub gradients: Option<GradientValues>,
}

/// Evaluates a case by every road and compares them: textbook loops, matrix and rewriting for the output, taps and
/// textbook loops for the gradients.
///
/// # Errors
/// When the case is too large (before anything large is allocated), when a float overflows, or when two roads
/// disagree: exactly, or for floats by more than the rounding of their sums.
pub fn evaluate(case: &Case, arithmetic: Arithmetic) -> Result<Outcome, EvalError> {
    limits::check_effort(case)?;
    match arithmetic {
        Arithmetic::Exact => exact::evaluate(case),
        Arithmetic::Float => float::evaluate(case),
    }
}

/// Results of all samples over one ring, before the bias is added.
struct Results<T> {
    output: Tensor<T>,
    gradients: Option<Gradients<T>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Operation};

    fn ones(shape: &[usize]) -> Tensor<ExactNumber> {
        Tensor::from_fn(shape, |_| ExactNumber::from(1))
    }

    fn case(samples: Samples, change: impl Fn(&mut Operands)) -> Result<Case, EvalError> {
        let axis = AxisSettings::new(2, 3);
        let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).unwrap();
        let mut operands = Operands { input: ones(&[1, 2]), weight: ones(&[1, 1, 3]), bias: None, grad_output: None };
        change(&mut operands);
        Case::new(layer, samples, operands)
    }

    #[test]
    fn tensors_of_other_shapes_are_refused_by_name() {
        let message = |samples, change: &dyn Fn(&mut Operands)| case(samples, change).unwrap_err().to_string();
        let single = Samples::Single;
        assert!(
            message(single, &|o| o.input = ones(&[1, 3])).starts_with("input: its shape is [1, 3], the layer reads")
        );
        assert!(message(single, &|o| o.weight = ones(&[1, 3])).starts_with("weight: its shape is [1, 3]"));
        assert!(message(single, &|o| o.bias = Some(ones(&[2]))).starts_with("bias: its shape is [2]"));
        assert!(message(single, &|o| o.grad_output = Some(ones(&[4]))).starts_with("grad_output: its shape is [4]"));
        assert!(
            message(Samples::Batch(2), &|_| ()).starts_with("input: its shape is [1, 2], the layer reads [2, 1, 2]")
        );
        assert!(message(Samples::Batch(0), &|_| ()).contains("the batch is empty"));
    }

    #[test]
    fn the_effort_counts_every_sample() {
        let one = case(Samples::Single, |_| ()).unwrap().effort();
        let three = case(Samples::Batch(3), |operands| operands.input = ones(&[3, 1, 2])).unwrap().effort();
        assert_eq!(three.multiply_adds, 3 * one.multiply_adds);
    }

    #[test]
    fn more_samples_than_can_be_evaluated_are_refused() {
        let entries = limits::ENTRIES as usize;
        let many = case(Samples::Batch(entries / 4 + 1), |operands| operands.input = ones(&[entries / 4 + 1, 1, 2]));
        let error = evaluate(&many.unwrap(), Arithmetic::Exact).unwrap_err().to_string();
        assert!(error.contains("the output has 8388612 entries, and at most 8388608"), "{error}");
    }

    #[test]
    fn exact_and_float_agree_on_small_integers() {
        let small = case(Samples::Single, |operands| operands.grad_output = Some(ones(&[1, 4]))).unwrap();
        let (exact, float) =
            (evaluate(&small, Arithmetic::Exact).unwrap(), evaluate(&small, Arithmetic::Float).unwrap());
        assert_eq!(exact.output, Values::Integers(Tensor::new(vec![1, 4], vec![1, 2, 2, 1])));
        assert_eq!(float.output, Values::Floats(Tensor::new(vec![1, 4], vec![1.0, 2.0, 2.0, 1.0])));
        assert_eq!(exact.gradients.unwrap().bias, Values::Integers(Tensor::new(vec![1], vec![4])));
        assert_eq!(float.gradients.unwrap().weight, Values::Floats(Tensor::new(vec![1, 1, 3], vec![2.0; 3])));
    }
}
