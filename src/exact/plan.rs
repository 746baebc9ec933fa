//! What is calculated exactly, in which integers, and what it costs: found before it is spent.

use super::numerators::{common_denominator, least_common_multiple, lengths, long, lowest_terms, machine};
use super::run::{InRing, run};
use super::{ExactError, GradientValues, Operand, Outcome, Problem, Results, Values};
use crate::data::ExactNumber;
use crate::limits::numbers::{
    self, Lengths, RoadLengths, common_divisor, decimal_digits, digits, every_pair, fixed_roads, long_roads, words,
};
use crate::limits::{Budget, Cost};
use crate::proof::Exactly;
use crate::roads::gradient::Gradients;
use crate::taps::Taps;
use crate::tensor::Tensor;
use num_bigint::BigInt;
use num_traits::One as _;

/// A problem whose cost is known.
#[derive(Debug)]
pub struct Plan<'a> {
    pub(super) problem: Problem<'a>,
    pub(super) denominators: Denominators,
    pub(super) integers: Integers,
    cost: Cost,
    written: Cost,
}

/// The integers that are calculated with.
#[derive(Debug)]
pub(super) enum Integers {
    /// Every sum of every road fits into 64 bits.
    Machine { numerators: InRing<i64>, bias: Option<Tensor<i64>> },
    /// Any length; the numerators are found when they are needed.
    Long,
}

/// The common denominator of each tensor, 1 for one that is not there, and of the output.
#[derive(Debug)]
pub(super) struct Denominators {
    input: BigInt,
    pub(super) weight: BigInt,
    bias: BigInt,
    output_gradient: BigInt,
    pub(super) output: BigInt,
}

/// What the budget is for, in messages.
const WHAT: &str = "calculating with these numbers";

impl<'a> Plan<'a> {
    /// Finds the common denominators, how long the numbers are over them, and what follows from that. It costs no more
    /// than the budget, and a small part of what [`Plan::run`] costs.
    ///
    /// # Errors
    /// When the problem costs more than the budget has, or a common denominator is too long.
    ///
    /// # Panics
    /// When a shape is not the layer's, or there is no sample.
    pub fn of(problem: Problem<'a>, budget: &Budget) -> Result<Self, ExactError> {
        let (layer, samples) = (problem.layer, problem.samples.count());
        let with_gradients = problem.output_gradient.is_some();
        // What machine words take is the least that anything takes.
        let given = given(&problem);
        let fixed = fixed_roads(layer, samples, with_gradients, size_of::<i64>()).beside(given);
        budget.check(WHAT, fixed)?;
        let denominators = Denominators::of(&problem, budget)?;
        let in_words = in_machine_words(&problem, &denominators);
        let (integers, cost, written) = if let Some((numerators, bias)) = in_words {
            let results = of_machine_words(&problem);
            let (reduced, written) = denominators.results(&results);
            (Integers::Machine { numerators, bias }, fixed.beside(reduced), written)
        } else {
            let (found, scaling) = lengths_of(&problem, &denominators);
            let operands = Lengths {
                input: &found.input,
                weight: &found.weight,
                output_gradient: found.output_gradient.as_deref(),
            };
            let mut roads = long_roads(layer, samples, &operands);
            let adding = denominators.add_bias(&mut roads.output, found.bias);
            let (reduced, written) = denominators.results(&roads);
            let extra = Cost { work: scaling.saturating_add(adding), memory: 0 };
            (Integers::Long, roads.cost.beside(given).beside(extra).beside(reduced), written)
        };
        budget.check(WHAT, cost)?;
        Ok(Self { problem, denominators, integers, cost, written })
    }

    /// What [`Plan::run`] costs, the problem's own numbers included.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// What it costs to write every result in decimal digits once: the memory is that of the text.
    #[must_use]
    pub fn written(&self) -> Cost {
        self.written
    }

    /// Bits of the longest input and weight over their denominators, and of the denominator of the outputs.
    pub(crate) fn longest(&self) -> (u64, u64, u64) {
        let longest = |tensor, denominator| lengths(tensor, denominator).0.into_iter().max().unwrap_or(0).into();
        let Denominators { weight, output, .. } = &self.denominators;
        (longest(self.problem.input, &(output / weight)), longest(self.problem.weight, weight), output.bits())
    }

    /// How many inputs there are.
    pub(crate) fn inputs(&self) -> usize {
        self.problem.input.entries().len()
    }

    /// How many weights there are.
    pub(crate) fn weights(&self) -> usize {
        self.problem.weight.entries().len()
    }

    /// The steps of multiplying every input of a group with every weight of that group once, over the denominators that
    /// [`Plan::scaled`] has.
    pub(crate) fn every_pair(&self) -> u128 {
        let Denominators { weight, output, .. } = &self.denominators;
        let inputs = lengths(self.problem.input, &(output / weight)).0;
        let weights = lengths(self.problem.weight, weight).0;
        every_pair(&inputs, &weights, self.problem.layer.geometry().channels().groups())
    }

    /// Calculates by every road and compares them: textbook loops, matrix and rewriting for the output, taps and
    /// textbook loops for the gradients.
    ///
    /// # Errors
    /// When two roads disagree.
    ///
    /// # Panics
    /// When the taps are not the layer's.
    pub fn run(self, taps: &Taps) -> Result<Outcome, ExactError> {
        let Self { problem, denominators, integers, .. } = self;
        let (layer, samples) = (problem.layer, problem.samples);
        match integers {
            Integers::Machine { numerators, bias } => {
                let results = run(layer, taps, samples, &numerators, &Exactly(i64::to_string))?;
                Ok(if denominators.all_one() {
                    in_integers(&problem, results, bias)
                } else {
                    let bias = bias.map(|bias| bias.map(|&entry| entry.into()));
                    over(&problem, results.map(|&entry| entry.into()), bias, &denominators)
                })
            }
            Integers::Long => {
                let numerators = InRing {
                    input: long(problem.input, &denominators.input),
                    weight: long(problem.weight, &denominators.weight),
                    output_gradient: problem.output_gradient.map(|g| long(g, &denominators.output_gradient)),
                };
                let bias = problem.bias.map(|bias| long(bias, &denominators.bias));
                let results = run(layer, taps, samples, &numerators, &Exactly(BigInt::to_string))?;
                drop(numerators);
                Ok(over(&problem, results, bias, &denominators))
            }
        }
    }
}

/// What the given numbers take as they are.
fn given(problem: &Problem<'_>) -> Cost {
    let bytes = |tensor: &Tensor<ExactNumber>| {
        let heaps: usize = tensor.entries().iter().map(ExactNumber::heap).sum();
        (size_of_val(tensor.entries()) + heaps) as u128
    };
    Cost { work: 0, memory: problem.operands().map(|(_, tensor)| bytes(tensor)).sum() }
}

impl Denominators {
    fn of(problem: &Problem<'_>, budget: &Budget) -> Result<Self, ExactError> {
        let outputs = problem.outputs();
        let common = |tensor: Option<&Tensor<ExactNumber>>, operand: Operand| {
            tensor.map_or_else(|| Ok(BigInt::one()), |tensor| common_denominator(tensor, operand, outputs, budget))
        };
        let input = common(Some(problem.input), Operand::Input)?;
        let weight = common(Some(problem.weight), Operand::Weight)?;
        let bias = common(problem.bias, Operand::Bias)?;
        let output_gradient = common(problem.output_gradient, Operand::OutputGradient)?;
        let product = &input * &weight;
        let work = common_divisor(words(product.bits().max(bias.bits()) * u64::from(!bias.is_one())));
        budget.check("finding the denominator of the outputs", Cost { work, memory: 0 })?;
        let output = if bias.is_one() { product } else { least_common_multiple(&product, &bias) };
        Ok(Self { input, weight, bias, output_gradient, output })
    }

    pub(super) fn all_one(&self) -> bool {
        [&self.input, &self.weight, &self.bias, &self.output_gradient].into_iter().all(BigInt::is_one)
    }

    /// Adds the lengths of a bias to those of the output it is added to; the steps of adding it.
    fn add_bias(&self, output: &mut [u32], bias: Option<Vec<u32>>) -> u128 {
        let Some(bias) = bias else { return 0 };
        let stretch = self.output.bits() + 1;
        let stretched = |by: &BigInt| u32::try_from(stretch.saturating_sub(by.bits())).unwrap_or(u32::MAX);
        let more = stretched(&(&self.input * &self.weight));
        let longest = bias.into_iter().max().unwrap_or(0).saturating_add(stretched(&self.bias));
        let mut work = 0_u128;
        for bits in output {
            work = work.saturating_add(numbers::multiply_add(words((*bits).into()), words(more.into())));
            *bits = (bits.saturating_add(more)).max(longest).saturating_add(1);
        }
        work
    }

    /// The cost of putting results into lowest terms, beside that of calculating them, and of writing them.
    fn results(&self, lengths: &RoadLengths) -> (Cost, Cost) {
        let (by_weight, by_input) = (&self.weight * &self.output_gradient, &self.input * &self.output_gradient);
        let tensors = [
            (&lengths.output, &self.output),
            (&lengths.input_gradient, &by_weight),
            (&lengths.weight_gradient, &by_input),
            (&lengths.bias_gradient, &self.output_gradient),
        ];
        let (mut reduced, mut written) = (Cost::default(), Cost::default());
        for (bits, denominator) in tensors {
            let whole = denominator.is_one();
            let below = words(denominator.bits());
            let below_digits = if whole { 0 } else { digits(denominator.bits()) + 3 };
            for &bits in bits {
                let above = words(bits.into());
                if !whole {
                    let fraction = 64 + numbers::heap(above) + numbers::heap(below);
                    let one = Cost { work: numbers::lowest_terms(above, below), memory: fraction };
                    reduced = reduced.beside(one);
                }
                let work = decimal_digits(above).saturating_add(if whole { 0 } else { decimal_digits(below) });
                written = written.beside(Cost { work, memory: digits(bits.into()) + below_digits + 2 });
            }
        }
        (reduced, written)
    }
}

/// Bits, entry by entry, of the tensors of a problem.
struct Found {
    input: Vec<u32>,
    weight: Vec<u32>,
    bias: Option<Vec<u32>>,
    output_gradient: Option<Vec<u32>>,
}

/// How long the numerators are, and the steps it takes to find them.
fn lengths_of(problem: &Problem<'_>, denominators: &Denominators) -> (Found, u128) {
    let mut work = 0_u128;
    let mut of = |tensor: &Tensor<ExactNumber>, denominator: &BigInt| {
        let (lengths, steps) = lengths(tensor, denominator);
        work = work.saturating_add(steps);
        lengths
    };
    let found = Found {
        input: of(problem.input, &denominators.input),
        weight: of(problem.weight, &denominators.weight),
        bias: problem.bias.map(|bias| of(bias, &denominators.bias)),
        output_gradient: problem.output_gradient.map(|g| of(g, &denominators.output_gradient)),
    };
    (found, work)
}

/// The lengths of results that fit into 64 bits.
fn of_machine_words(problem: &Problem<'_>) -> RoadLengths {
    let of = |count: usize| vec![i64::BITS; count];
    let gradients = usize::from(problem.output_gradient.is_some());
    RoadLengths {
        cost: Cost::default(),
        output: of(problem.outputs()),
        input_gradient: of(gradients * problem.input.entries().len()),
        weight_gradient: of(gradients * problem.weight.entries().len()),
        bias_gradient: of(gradients * problem.layer.output_shape()[0]),
    }
}

/// The numerators, if they and every sum of any road fit into 64 bits: the sum of the absolute values of its terms
/// bounds every partial sum.
fn in_machine_words(problem: &Problem<'_>, denominators: &Denominators) -> Option<(InRing<i64>, Option<Tensor<i64>>)> {
    let optional = |tensor: Option<&Tensor<ExactNumber>>, denominator: &BigInt| match tensor {
        Some(tensor) => machine(tensor, denominator).map(Some),
        None => Some(None),
    };
    let input = machine(problem.input, &denominators.input)?;
    let weight = machine(problem.weight, &denominators.weight)?;
    let bias = optional(problem.bias, &denominators.bias)?;
    let output_gradient = optional(problem.output_gradient, &denominators.output_gradient)?;
    let largest = |tensor: Option<&Tensor<i64>>| {
        tensor.map_or(0, |tensor| tensor.entries().iter().map(|entry| entry.unsigned_abs()).max().unwrap_or(0).into())
    };
    let (x, w, b, g) =
        (largest(Some(&input)), largest(Some(&weight)), largest(bias.as_ref()), largest(output_gradient.as_ref()));
    let terms = problem.terms();
    // The product of two 64-bit numbers fits into 128 bits; the number of terms may push it out.
    let most = |a: u128, b: u128, terms: u128| (a * b).saturating_mul(terms);
    let bounds = [
        most(x, w, terms.product).saturating_add(b),
        most(w, g, terms.product),
        most(x, g, terms.weight),
        most(g, 1, terms.bias),
    ];
    let fit = bounds.iter().all(|&bound| bound <= i64::MAX as u128);
    fit.then_some((InRing { input, weight, output_gradient }, bias))
}

/// The bias of every entry of the output, in order.
fn spread_bias<'a, T>(problem: &Problem<'_>, bias: &'a Tensor<T>) -> impl Iterator<Item = &'a T> + use<'a, T> {
    let cells = problem.layer.output_shape()[1..].iter().product::<usize>();
    let one = move || bias.entries().iter().flat_map(move |entry| std::iter::repeat_n(entry, cells));
    (0..problem.samples.count()).flat_map(move |_| one())
}

/// Integers throughout; the bound of the sums includes the bias.
fn in_integers(problem: &Problem<'_>, mut results: Results<i64>, bias: Option<Tensor<i64>>) -> Outcome {
    if let Some(bias) = bias {
        for (entry, b) in results.output.entries_mut().iter_mut().zip(spread_bias(problem, &bias)) {
            *entry += b;
        }
    }
    let gradients = results.gradients.map(|gradients| GradientValues {
        input: Values::Integers(gradients.input),
        weight: Values::Integers(gradients.weight),
        bias: Values::Integers(gradients.bias),
    });
    Outcome { output: Values::Integers(results.output), gradients }
}

/// Divides by the denominators: those of the two factors of a product multiply.
fn over(
    problem: &Problem<'_>,
    results: Results<BigInt>,
    bias: Option<Tensor<BigInt>>,
    denominators: &Denominators,
) -> Outcome {
    let Denominators { input: x, weight: w, bias: b, output_gradient: g, output: common } = denominators;
    let mut output = results.output;
    if let Some(bias) = bias {
        let (stretch, bias_stretch) = (common / (x * w), common / b);
        let bias = bias.map(|entry| entry * &bias_stretch);
        for (entry, b) in output.entries_mut().iter_mut().zip(spread_bias(problem, &bias)) {
            if !stretch.is_one() {
                *entry *= &stretch;
            }
            *entry += b;
        }
    }
    let gradients = results.gradients.map(|gradients| GradientValues {
        input: divided(gradients.input, &(w * g)),
        weight: divided(gradients.weight, &(x * g)),
        bias: divided(gradients.bias, g),
    });
    Outcome { output: divided(output, common), gradients }
}

fn divided(tensor: Tensor<BigInt>, denominator: &BigInt) -> Values {
    if denominator.is_one() {
        return Values::Long(tensor);
    }
    let shape = tensor.shape().to_vec();
    let fractions = tensor.into_entries().into_iter().map(|entry| lowest_terms(entry, denominator));
    Values::Fractions(Tensor::new(shape, fractions.collect()))
}

impl Results<i64> {
    fn map(&self, map: impl Fn(&i64) -> BigInt) -> Results<BigInt> {
        let gradients = self.gradients.as_ref().map(|gradients| Gradients {
            input: gradients.input.map(&map),
            weight: gradients.weight.map(&map),
            bias: gradients.bias.map(&map),
        });
        Results { output: self.output.map(&map), gradients }
    }
}
