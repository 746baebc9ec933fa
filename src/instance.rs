//! Numbers put in for the symbols of a layer, as far as they are given, and the output they lead to.

use crate::algebra::{Number, Rational};
use crate::geometry::Layer;
use crate::proof::{Counterexample, Exactly, gradients_agree, roads_agree};
use crate::roads::gradient::{self, Gradients};
use crate::roads::{by_textbook, rewriting};
use crate::taps::Taps;
use crate::tensor::Tensor;
use num_traits::ToPrimitive as _;

/// Numbers for some of a layer's tensors, in PyTorch's layouts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// `[in, out / groups, k...]` of a transposed layer, `[out, in / groups, k...]` of a convolution.
    pub weight: Option<Tensor<Rational>>,
    /// `[in, sizes...]`.
    pub input: Option<Tensor<Rational>>,
    /// `[out]`.
    pub bias: Option<Tensor<Rational>>,
    /// The gradient with respect to the output, of the output's shape.
    pub output_gradient: Option<Tensor<Rational>>,
}

/// Given numbers, and the output where weight and input are both known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instance {
    /// The weight.
    pub weight: Option<Tensor<Number>>,
    /// The input.
    pub input: Option<Tensor<Number>>,
    /// The bias.
    pub bias: Option<Tensor<Number>>,
    /// The gradient with respect to the output.
    pub output_gradient: Option<Tensor<Number>>,
    /// The output.
    pub output: Option<Tensor<Number>>,
    /// The gradients, where weight, input and the gradient of the output are known.
    pub gradients: Option<Gradients<Number>>,
}

impl Instance {
    /// No numbers: everything stays symbolic.
    #[must_use]
    pub fn symbolic() -> Self {
        Self::default()
    }

    /// Whether nothing is given.
    #[must_use]
    pub fn is_symbolic(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the numbers are floats.
    #[must_use]
    pub fn is_float(&self) -> bool {
        [&self.weight, &self.input, &self.bias, &self.output_gradient]
            .into_iter()
            .flatten()
            .any(|tensor| tensor.entries().iter().any(|number| matches!(number, Number::Float(_))))
    }

    /// Whether every number is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let gradients =
            self.gradients.iter().flat_map(|gradients| [&gradients.input, &gradients.weight, &gradients.bias]);
        [&self.weight, &self.input, &self.bias, &self.output_gradient, &self.output]
            .into_iter()
            .flatten()
            .chain(gradients)
            .all(|tensor| tensor.entries().iter().all(Number::is_finite))
    }

    /// Exact numbers; the output is computed on all roads, which must agree exactly.
    ///
    /// # Errors
    /// The first entry on which the roads differ.
    pub fn exact(layer: &Layer, taps: &Taps, given: &Given) -> Result<Self, Counterexample> {
        let output = match (&given.input, &given.weight) {
            (Some(x), Some(w)) => {
                let linear = roads_agree(layer, taps, &rewriting(layer), x, w, Rational::to_string)?;
                Some(with_bias(linear, given.bias.as_ref()))
            }
            _ => None,
        };
        let gradients = match (&given.input, &given.weight, &given.output_gradient) {
            (Some(x), Some(w), Some(g)) => Some(gradients_agree(layer, taps, x, w, g, &Exactly(Rational::to_string))?),
            _ => None,
        };
        let shown = |tensor: &Option<Tensor<Rational>>| tensor.as_ref().map(|tensor| tensor.map(exact_number));
        Ok(Self {
            weight: shown(&given.weight),
            input: shown(&given.input),
            bias: shown(&given.bias),
            output_gradient: shown(&given.output_gradient),
            output: shown(&output),
            gradients: gradients.map(|gradients| gradients.map(exact_number)),
        })
    }

    /// The numbers as double-precision floats, the output by the textbook loops; the other roads add in another
    /// order and may differ in the last digits.
    #[must_use]
    pub fn float(layer: &Layer, given: &Given) -> Self {
        let floats = |tensor: &Option<Tensor<Rational>>| {
            tensor.as_ref().map(|tensor| tensor.map(|value| value.to_f64().unwrap_or(f64::NAN)))
        };
        let (input, weight, bias) = (floats(&given.input), floats(&given.weight), floats(&given.bias));
        let output = match (&input, &weight) {
            (Some(x), Some(w)) => Some(with_bias(by_textbook(layer, x, w), bias.as_ref())),
            _ => None,
        };
        let output_gradient = floats(&given.output_gradient);
        let gradients = match (&input, &weight, &output_gradient) {
            (Some(x), Some(w), Some(g)) => Some(gradient::by_textbook(layer, x, w, g)),
            _ => None,
        };
        let float_number = |value: &f64| Number::Float(*value);
        let shown = |tensor: Option<Tensor<f64>>| tensor.map(|tensor| tensor.map(float_number));
        Self {
            weight: shown(weight),
            input: shown(input),
            bias: shown(bias),
            output_gradient: shown(output_gradient),
            output: shown(output),
            gradients: gradients.map(|gradients| gradients.map(float_number)),
        }
    }
}

fn exact_number(value: &Rational) -> Number {
    Number::Exact(value.clone())
}

/// Adds the bias of each channel, if there is one, to all its entries.
///
/// # Panics
/// When the bias does not have one entry for each channel.
pub fn with_bias<T: Clone + std::ops::Add<Output = T>>(mut output: Tensor<T>, bias: Option<&Tensor<T>>) -> Tensor<T> {
    if let Some(bias) = bias {
        let per_channel = output.entries().len() / bias.entries().len();
        for (channel, entries) in output.entries_mut().chunks_mut(per_channel).enumerate() {
            for entry in entries {
                *entry = entry.clone() + bias.entries()[channel].clone();
            }
        }
    }
    output
}
