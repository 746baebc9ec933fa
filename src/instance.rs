//! Numbers put in for the symbols of a layer, as far as they are given, and the output they lead to.

#![cfg_attr(not(test), deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss))]

use crate::algebra::Number;
use crate::data::ExactNumber;
use crate::exact::{ExactError, Outcome, Plan, Problem, Samples, Values};
use crate::geometry::Layer;
use crate::limits::numbers::{common_divisor, words};
use crate::limits::{Budget, Cost};
use crate::roads::by_textbook;
use crate::roads::gradient::{self, Gradients};
use crate::taps::Taps;
use crate::tensor::Tensor;

/// Numbers for some of a layer's tensors, in PyTorch's layouts. What is left out is not calculated with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// `[in, out / groups, k...]` of a transposed layer, `[out, in / groups, k...]` of a convolution.
    pub weight: Option<Tensor<ExactNumber>>,
    /// `[in, sizes...]`.
    pub input: Option<Tensor<ExactNumber>>,
    /// `[out]`.
    pub bias: Option<Tensor<ExactNumber>>,
    /// The gradient with respect to the output, of the output's shape.
    pub output_gradient: Option<Tensor<ExactNumber>>,
}

impl Given {
    /// What is calculated exactly for one sample: nothing unless input and weight are both given.
    #[must_use]
    pub fn problem<'a>(&'a self, layer: &'a Layer) -> Option<Problem<'a>> {
        let (Some(input), Some(weight)) = (&self.input, &self.weight) else { return None };
        let (bias, output_gradient) = (self.bias.as_ref(), self.output_gradient.as_ref());
        Some(Problem { layer, samples: Samples::Single, input, weight, bias, output_gradient })
    }

    /// Refuses so many numbers before one of them is made, if there is no room to show them.
    ///
    /// # Errors
    /// When they take more memory than the budget has.
    pub fn check_count(count: u128, budget: &Budget) -> Result<(), ExactError> {
        let memory = count.saturating_mul((size_of::<ExactNumber>() + size_of::<Number>()) as u128);
        Ok(budget.check("showing these numbers", Cost { work: count, memory })?)
    }

    /// What it costs to bring every given number into lowest terms, as it is shown.
    fn shown(&self) -> Cost {
        let Self { weight, input, bias, output_gradient } = self;
        let numbers = [weight, input, bias, output_gradient].into_iter().flatten().flat_map(Tensor::entries);
        numbers.fold(Cost::default(), |cost, number| {
            let bytes = number.written_out() as u128;
            let bits = u64::try_from(bytes.saturating_mul(8)).unwrap_or(u64::MAX);
            let work = if number.is_fraction() { common_divisor(words(bits)) } else { bytes };
            cost.beside(Cost { work, memory: (size_of::<ExactNumber>() + size_of::<Number>()) as u128 + 2 * bytes })
        })
    }
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
    pub(crate) fn is_symbolic(&self) -> bool {
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

    /// What [`Instance::exact`] costs. Finding it out costs no more than the budget.
    ///
    /// # Errors
    /// When it would cost more than the budget has.
    ///
    /// # Panics
    /// When a shape is not the layer's.
    pub fn cost(layer: &Layer, given: &Given, budget: &Budget) -> Result<Cost, ExactError> {
        Ok(Self::plan(layer, given, budget)?.1)
    }

    /// What the results take beside the roads: each is made a fraction, and a number of a document.
    #[must_use]
    pub fn results(layer: &Layer, given: &Given) -> Cost {
        let size = |shape: &[usize]| shape.iter().fold(1_u128, |size, &extent| size.saturating_mul(extent as u128));
        let (input, weight, output) = (layer.input_shape(), layer.weight_shape(), layer.output_shape());
        let gradients = match &given.output_gradient {
            Some(_) => size(&input).saturating_add(size(&weight)).saturating_add(output[0] as u128),
            None => 0,
        };
        let results = size(&output).saturating_add(gradients);
        Cost { work: results.saturating_mul(10), memory: results.saturating_mul(2 * size_of::<Number>() as u128) }
    }

    fn plan<'a>(layer: &'a Layer, given: &'a Given, budget: &Budget) -> Result<(Option<Plan<'a>>, Cost), ExactError> {
        let shown = given.shown();
        budget.check("showing these numbers", shown)?;
        let results = if given.problem(layer).is_some() { Self::results(layer, given) } else { Cost::default() };
        budget.check("showing these numbers and what they lead to", shown.beside(results))?;
        let plan = given.problem(layer).map(|problem| Plan::of(problem, budget)).transpose()?;
        let cost = plan.as_ref().map_or(shown, |plan| shown.beside(plan.cost()).beside(results));
        budget.check("calculating with these numbers and showing them", cost)?;
        Ok((plan, cost))
    }

    /// Exact numbers; the output is computed on all roads, which must agree exactly, and so are the gradients where the
    /// gradient of the output is given.
    ///
    /// # Errors
    /// When it would cost more than the budget has, before it is spent; or the first entry on which the roads differ.
    ///
    /// # Panics
    /// When the taps or a shape are not the layer's.
    pub fn exact(layer: &Layer, taps: &Taps, given: &Given, budget: &Budget) -> Result<Self, ExactError> {
        let (plan, _) = Self::plan(layer, given, budget)?;
        let outcome = plan.map(|plan| plan.run(taps)).transpose()?;
        let (output, gradients) = match outcome {
            None => (None, None),
            Some(Outcome { output, gradients }) => (Some(output), gradients),
        };
        Ok(Self {
            output: output.map(exact_numbers),
            gradients: gradients.map(|gradients| Gradients {
                input: exact_numbers(gradients.input),
                weight: exact_numbers(gradients.weight),
                bias: exact_numbers(gradients.bias),
            }),
            ..Self::of(given, |number| Number::Exact(number.to_rational()))
        })
    }

    /// The given numbers, exactly, and nothing that they lead to.
    ///
    /// # Errors
    /// When showing them costs more than the budget has.
    pub fn operands(given: &Given, budget: &Budget) -> Result<Self, ExactError> {
        budget.check("showing these numbers", given.shown())?;
        Ok(Self::of(given, |number| Number::Exact(number.to_rational())))
    }

    /// The given numbers as double-precision floats, and nothing that they lead to.
    #[must_use]
    pub fn float_operands(given: &Given) -> Self {
        Self::of(given, |number| Number::Float(number.to_f64()))
    }

    fn of(given: &Given, shown: impl Fn(&ExactNumber) -> Number) -> Self {
        let shown = |tensor: &Option<Tensor<ExactNumber>>| tensor.as_ref().map(|tensor| tensor.map(&shown));
        Self {
            weight: shown(&given.weight),
            input: shown(&given.input),
            bias: shown(&given.bias),
            output_gradient: shown(&given.output_gradient),
            output: None,
            gradients: None,
        }
    }

    /// The numbers as double-precision floats, the output by the textbook loops; the other roads add in another
    /// order and may differ in the last digits.
    #[must_use]
    pub fn float(layer: &Layer, given: &Given) -> Self {
        let floats =
            |tensor: &Option<Tensor<ExactNumber>>| tensor.as_ref().map(|tensor| tensor.map(ExactNumber::to_f64));
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
        Self {
            output: output.map(|output| output.map(float_number)),
            gradients: gradients.map(|gradients| gradients.map(float_number)),
            ..Self::float_operands(given)
        }
    }
}

fn exact_numbers(values: Values) -> Tensor<Number> {
    let values = values.into_rationals().expect("what is calculated exactly is no float");
    let shape = values.shape().to_vec();
    Tensor::new(shape, values.into_entries().into_iter().map(Number::Exact).collect())
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
