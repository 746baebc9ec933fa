//! Exact evaluation: integers over common denominators, in 64 bits where every sum provably fits.

use super::limits::{Length, Lengths, check_memory, check_work};
use super::run::{InRing, run};
use super::scaled::{common_denominator, least_common_multiple, long, lowest_terms, machine, most_bits, words};
use super::{Case, EvalError, GradientValues, Outcome, Results, Values};
use crate::data::ExactNumber;
use crate::proof::Exactly;
use crate::roads::gradient::Gradients;
use crate::tensor::Tensor;
use num_bigint::BigInt;
use num_traits::One as _;

/// The common denominator of each tensor; 1 for one that is not there.
struct Denominators {
    input: BigInt,
    weight: BigInt,
    bias: BigInt,
    grad_output: BigInt,
}

pub(super) fn evaluate(case: &Case) -> Result<Outcome, EvalError> {
    let operands = case.operands();
    let optional = |tensor: Option<&Tensor<ExactNumber>>, field: &str| {
        tensor.map_or_else(|| Ok(BigInt::one()), |tensor| common_denominator(tensor, field))
    };
    let denominators = Denominators {
        input: common_denominator(&operands.input, "input")?,
        weight: common_denominator(&operands.weight, "weight")?,
        bias: optional(operands.bias.as_ref(), "bias")?,
        grad_output: optional(operands.grad_output.as_ref(), "grad_output")?,
    };
    let lengths = lengths(case, &denominators);
    if let Some((in_ring, bias)) = in_machine_words(case, &denominators) {
        if !denominators.all_one() {
            check_memory(case, &lengths)?;
        }
        let results = run(case, &in_ring, &Exactly(i64::to_string))?;
        return Ok(if denominators.all_one() {
            integers(case, results, bias)
        } else {
            over(case, results.map(|&entry| entry.into()), bias.map(|bias| bias.map(|&b| b.into())), &denominators)
        });
    }
    check_memory(case, &lengths)?;
    check_work(case, &lengths)?;
    let in_ring = InRing {
        input: long(&operands.input, &denominators.input),
        weight: long(&operands.weight, &denominators.weight),
        grad_output: operands.grad_output.as_ref().map(|tensor| long(tensor, &denominators.grad_output)),
    };
    let bias = operands.bias.as_ref().map(|tensor| long(tensor, &denominators.bias));
    let results = run(case, &in_ring, &Exactly(BigInt::to_string))?;
    Ok(over(case, results, bias, &denominators))
}

impl Denominators {
    fn all_one(&self) -> bool {
        [&self.input, &self.weight, &self.bias, &self.grad_output].into_iter().all(BigInt::is_one)
    }
}

/// The numerators, if they and every sum of any road fit into 64 bits: the sum of the absolute values of its terms
/// bounds every partial sum.
fn in_machine_words(case: &Case, denominators: &Denominators) -> Option<(InRing<i64>, Option<Tensor<i64>>)> {
    let operands = case.operands();
    let input = machine(&operands.input, &denominators.input)?;
    let weight = machine(&operands.weight, &denominators.weight)?;
    let bias = match &operands.bias {
        Some(bias) => Some(machine(bias, &denominators.bias)?),
        None => None,
    };
    let grad_output = match &operands.grad_output {
        Some(upstream) => Some(machine(upstream, &denominators.grad_output)?),
        None => None,
    };
    let largest = |tensor: Option<&Tensor<i64>>| {
        tensor.map_or(0, |tensor| tensor.entries().iter().map(|entry| entry.unsigned_abs()).max().unwrap_or(0).into())
    };
    let (x, w, b, g) =
        (largest(Some(&input)), largest(Some(&weight)), largest(bias.as_ref()), largest(grad_output.as_ref()));
    let terms = case.terms();
    // The product of two 64-bit numbers fits into 128 bits; the number of terms may push it out.
    let most = |a: u128, b: u128, terms: u128| (a * b).saturating_mul(terms);
    let bounds = [
        most(x, w, terms.product).saturating_add(b),
        most(w, g, terms.product),
        most(x, g, terms.weight),
        most(g, 1, terms.bias),
    ];
    let fit = bounds.iter().all(|&bound| bound <= i64::MAX as u128);
    fit.then_some((InRing { input, weight, grad_output }, bias))
}

fn lengths(case: &Case, denominators: &Denominators) -> Lengths {
    let operands = case.operands();
    let length = |tensor: Option<&Tensor<ExactNumber>>, denominator: &BigInt| {
        tensor.map_or(Length::NONE, |tensor| Length {
            entries: tensor.entries().len() as u128,
            words: words(most_bits(tensor, denominator)),
            denominator: if denominator.is_one() { 0 } else { words(denominator.bits()) },
        })
    };
    Lengths {
        input: length(Some(&operands.input), &denominators.input),
        weight: length(Some(&operands.weight), &denominators.weight),
        bias: length(operands.bias.as_ref(), &denominators.bias),
        grad_output: length(operands.grad_output.as_ref(), &denominators.grad_output),
    }
}

/// The bias of every entry of the output, in order.
fn spread_bias<'a, T>(case: &Case, bias: &'a Tensor<T>) -> impl Iterator<Item = &'a T> {
    let cells = case.layer().output_shape()[1..].iter().product::<usize>();
    let one = move || bias.entries().iter().flat_map(move |entry| std::iter::repeat_n(entry, cells));
    (0..case.samples().count()).flat_map(move |_| one())
}

/// Integers throughout; the bound of the sums includes the bias.
fn integers(case: &Case, mut results: Results<i64>, bias: Option<Tensor<i64>>) -> Outcome {
    if let Some(bias) = bias {
        for (entry, b) in results.output.entries_mut().iter_mut().zip(spread_bias(case, &bias)) {
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
fn over(case: &Case, results: Results<BigInt>, bias: Option<Tensor<BigInt>>, denominators: &Denominators) -> Outcome {
    let Denominators { input: x, weight: w, bias: b, grad_output: g } = denominators;
    let mut output = results.output;
    let mut denominator = x * w;
    if let Some(bias) = bias {
        let common = least_common_multiple(&denominator, b);
        let (stretch, bias_stretch) = (&common / &denominator, &common / b);
        let bias = bias.map(|entry| entry * &bias_stretch);
        for (entry, b) in output.entries_mut().iter_mut().zip(spread_bias(case, &bias)) {
            if !stretch.is_one() {
                *entry *= &stretch;
            }
            *entry += b;
        }
        denominator = common;
    }
    let gradients = results.gradients.map(|gradients| GradientValues {
        input: divided(gradients.input, &(w * g)),
        weight: divided(gradients.weight, &(x * g)),
        bias: divided(gradients.bias, g),
    });
    Outcome { output: divided(output, &denominator), gradients }
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
