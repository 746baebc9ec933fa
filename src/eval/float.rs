//! Evaluation in floats: the roads may differ by their rounding and by no more.

use super::error::place;
use super::{Case, EvalError, GradientValues, Outcome, Values};
use crate::algebra::Approximate;
use crate::data::ExactNumber;
use crate::exact::{InRing, run};
use crate::proof::{Quantity, WithinRounding};
use crate::taps::Taps;
use crate::tensor::Tensor;

pub(super) fn evaluate(case: &Case, taps: &Taps) -> Result<Outcome, EvalError> {
    let operands = case.operands();
    let tensor = |tensor: &Tensor<ExactNumber>, field: &str| nearest(tensor, field);
    let in_ring = InRing {
        input: tensor(&operands.input, "input")?,
        weight: tensor(&operands.weight, "weight")?,
        output_gradient: operands.grad_output.as_ref().map(|g| tensor(g, "grad_output")).transpose()?,
    };
    let bias = operands.bias.as_ref().map(|bias| tensor(bias, "bias")).transpose()?;
    let terms = case.problem().terms();
    let most = terms.product.max(terms.weight).max(terms.bias);
    let judge = WithinRounding { terms: u64::try_from(most).unwrap_or(u64::MAX) };
    let mut results = run(case.layer(), taps, case.samples(), &in_ring, &judge)?;
    if let Some(bias) = bias {
        let channels = bias.entries().len();
        let cells = case.layer().output_shape()[1..].iter().product::<usize>();
        for (flat, entry) in results.output.entries_mut().iter_mut().enumerate() {
            *entry += bias.entries()[flat / cells % channels];
        }
    }
    let gradients = match results.gradients {
        None => None,
        Some(gradients) => Some(GradientValues {
            input: finite(&gradients.input, Quantity::InputGradient)?,
            weight: finite(&gradients.weight, Quantity::WeightGradient)?,
            bias: finite(&gradients.bias, Quantity::BiasGradient)?,
        }),
    };
    Ok(Outcome { output: finite(&results.output, Quantity::Output)?, gradients })
}

/// The nearest floats.
fn nearest(tensor: &Tensor<ExactNumber>, field: &str) -> Result<Tensor<Approximate>, EvalError> {
    let floats = tensor.map(|number| Approximate::new(number.to_f64()));
    match floats.entries().iter().position(|float| !float.value.is_finite()) {
        None => Ok(floats),
        Some(flat) => Err(EvalError::NoFloat { place: place(field, &tensor.index_of(flat)) }),
    }
}

fn finite(tensor: &Tensor<Approximate>, quantity: Quantity) -> Result<Values, EvalError> {
    match tensor.entries().iter().position(|entry| !entry.value.is_finite()) {
        Some(flat) => Err(EvalError::Overflow { quantity, index: tensor.index_of(flat) }),
        None => Ok(Values::Floats(tensor.map(|entry| entry.value))),
    }
}
