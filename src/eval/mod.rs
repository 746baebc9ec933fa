//! Layers with numbers in them, evaluated: every road is run and compared, forward and, where asked, back.
//!
//! A [`Case`] is a layer, its tensors and how many samples there are; [`evaluate`] answers it exactly or in floats.
//! [`json`] reads cases from and writes answers to lines of JSON, as `convt-matrix eval` does.
//!
//! Exact arithmetic puts every tensor over one common denominator and calculates with integers: with `i64` where the
//! sizes of the numbers prove that every sum fits, with `BigInt` otherwise.

mod error;
mod float;
pub mod json;
mod number;

pub use crate::exact::{GradientValues, Outcome, Samples, Values};
pub use error::EvalError;

use crate::algebra::Approximate;
use crate::data::ExactNumber;
use crate::exact::{Plan, Problem};
use crate::geometry::Layer;
use crate::limits::numbers::fixed_roads;
use crate::limits::{Budget, Cost};
use crate::taps::Taps;
use crate::tensor::Tensor;

/// What is calculated with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// Integers and fractions of any length.
    Exact,
    /// `f64`.
    Float,
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
    /// use convt_matrix::{data::ExactNumber, geometry::*, limits::Budget, tensor::Tensor};
    /// let numbers = |shape: &[usize], values: &[i64]| Tensor::from_fn(shape, |flat| ExactNumber::from(values[flat]));
    /// let layer = Layer::new(Operation::Transposed, vec![AxisSettings::new(2, 3)], ChannelSettings::default())?;
    /// let operands = Operands {
    ///     input: numbers(&[1, 2], &[1, 2]),
    ///     weight: numbers(&[1, 1, 3], &[1, 2, 3]),
    ///     bias: None,
    ///     grad_output: None,
    /// };
    /// let case = Case::new(layer, Samples::Single, operands)?;
    /// let outcome = evaluate(&case, Arithmetic::Exact, &Budget::DEFAULT)?;
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

    /// What is calculated, as the evaluator takes it.
    fn problem(&self) -> Problem<'_> {
        let Operands { input, weight, bias, grad_output } = &self.operands;
        Problem {
            layer: &self.layer,
            samples: self.samples,
            input,
            weight,
            bias: bias.as_ref(),
            output_gradient: grad_output.as_ref(),
        }
    }

    /// What it costs at least, whatever the numbers are: to run every road over machine words, and to write the results.
    #[must_use]
    pub(crate) fn least_cost(&self) -> Cost {
        self.fixed_cost(size_of::<i64>(), SHORTEST)
    }

    /// Whether it is answered at once and in little memory: a small layer and short numbers.
    #[must_use]
    pub fn is_light(&self) -> bool {
        let Operands { input, weight, bias, grad_output } = &self.operands;
        let numbers = || [Some(input), Some(weight), bias.as_ref(), grad_output.as_ref()].into_iter().flatten();
        let count: usize = numbers().map(|tensor| tensor.entries().len()).sum();
        let longest = numbers().flat_map(Tensor::entries).map(ExactNumber::written_out).max().unwrap_or(0);
        // What is put over a common denominator is as long as all denominators together.
        let written_out = count.saturating_mul(longest.saturating_mul(count.min(LIGHT_FRACTIONS)));
        let cost = self.least_cost();
        cost.work < LIGHT_WORK && cost.memory < LIGHT_MEMORY && written_out < LIGHT_NUMBERS
    }

    /// The cost of evaluating the case in numbers that take so many bytes, and so many characters when they are written.
    fn fixed_cost(&self, bytes: usize, characters: u128) -> Cost {
        let with_gradients = self.operands.grad_output.is_some();
        let roads = fixed_roads(&self.layer, self.samples.count(), with_gradients, bytes);
        let entries = |shape: &[usize]| shape.iter().fold(1_u128, |all, &extent| all.saturating_mul(extent as u128));
        let mut results = entries(&self.samples.shape(&self.layer.output_shape()));
        if with_gradients {
            let gradients = self.operands.input.entries().len() + self.operands.weight.entries().len();
            results = results.saturating_add(gradients as u128);
        }
        let text = Cost { work: results.saturating_mul(10), memory: results.saturating_mul(characters * TEXTS) };
        roads.beside(text)
    }
}

/// What is light: some milliseconds and megabytes.
const LIGHT_WORK: u128 = 1 << 21;
const LIGHT_MEMORY: u128 = 1 << 23;
const LIGHT_NUMBERS: usize = 1 << 18;
const LIGHT_FRACTIONS: usize = 64;

/// The shortest number in an answer has one digit and a comma, the longest float about 25.
const SHORTEST: u128 = 2;
const LONGEST_FLOAT: u128 = 25;
/// A text that grows is moved when its room is used up, and is appended to the answers that wait.
const TEXTS: u128 = 4;

/// What the budget is for, in messages.
const WHAT: &str = "evaluating this case";

/// Evaluates a case by every road and compares them: textbook loops, matrix and rewriting for the output, taps and
/// textbook loops for the gradients.
///
/// # Errors
/// When the case costs more than the budget has (before anything large is allocated), when a float overflows, or when
/// two roads disagree: exactly, or for floats by more than the rounding of their sums.
pub fn evaluate(case: &Case, arithmetic: Arithmetic, budget: &Budget) -> Result<Outcome, EvalError> {
    budget.check(WHAT, case.least_cost())?;
    let taps = || Taps::of(case.layer.geometry()).map_err(|error| EvalError::TooLarge(error.to_string()));
    match arithmetic {
        Arithmetic::Exact => {
            let plan = Plan::of(case.problem(), budget)?;
            let mut written = plan.written();
            written.memory = written.memory.saturating_mul(TEXTS);
            let cost = plan.cost().beside(written);
            budget.check(WHAT, cost)?;
            check_system(cost)?;
            Ok(plan.run(&taps()?)?)
        }
        Arithmetic::Float => {
            let cost = case.fixed_cost(size_of::<Approximate>(), LONGEST_FLOAT);
            budget.check(WHAT, cost)?;
            check_system(cost)?;
            float::evaluate(case, &taps()?)
        }
    }
}

/// Refuses what the system would not give: a process may be limited more tightly than the budget, and memory that fails in
/// the midst of a road ends the program. What is asked for here is given back untouched.
fn check_system(cost: Cost) -> Result<(), EvalError> {
    /// Less than this is never refused.
    const LITTLE: u128 = 1 << 26;
    if cost.memory < LITTLE {
        return Ok(());
    }
    let mut asked = Vec::<u8>::new();
    let given = usize::try_from(cost.memory).is_ok_and(|bytes| asked.try_reserve_exact(bytes).is_ok());
    // Else the compiler may leave out what nobody looks at.
    std::hint::black_box(&asked);
    if given {
        return Ok(());
    }
    Err(EvalError::TooLarge(format!(
        "{WHAT} takes up to {} MB of memory, more than the system gives; use a smaller layer, fewer samples or shorter numbers",
        cost.memory.div_ceil(1_000_000)
    )))
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
    fn the_cost_counts_every_sample() {
        let one = case(Samples::Single, |_| ()).unwrap().least_cost();
        let three = case(Samples::Batch(3), |operands| operands.input = ones(&[3, 1, 2])).unwrap().least_cost();
        assert_eq!(three.work, 3 * one.work);
    }

    #[test]
    fn more_samples_than_can_be_evaluated_are_refused() {
        let many = case(Samples::Batch(1000), |operands| operands.input = ones(&[1000, 1, 2])).unwrap();
        let budget = |memory| Budget { memory, ..Budget::DEFAULT };
        assert!(evaluate(&many, Arithmetic::Exact, &budget(1 << 20)).is_ok());
        let error = evaluate(&many, Arithmetic::Exact, &budget(1 << 16)).unwrap_err().to_string();
        assert!(error.contains("MB of memory") && error.contains("fewer samples"), "{error}");
    }

    #[test]
    fn exact_and_float_agree_on_small_integers() {
        let small = case(Samples::Single, |operands| operands.grad_output = Some(ones(&[1, 4]))).unwrap();
        let run = |arithmetic| evaluate(&small, arithmetic, &Budget::DEFAULT).unwrap();
        let (exact, float) = (run(Arithmetic::Exact), run(Arithmetic::Float));
        assert_eq!(exact.output, Values::Integers(Tensor::new(vec![1, 4], vec![1, 2, 2, 1])));
        assert_eq!(float.output, Values::Floats(Tensor::new(vec![1, 4], vec![1.0, 2.0, 2.0, 1.0])));
        assert_eq!(exact.gradients.unwrap().bias, Values::Integers(Tensor::new(vec![1], vec![4])));
        assert_eq!(float.gradients.unwrap().weight, Values::Floats(Tensor::new(vec![1, 1, 3], vec![2.0; 3])));
    }
}
