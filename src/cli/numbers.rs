//! The layer with its numbers, and the instance they make.

use super::args::{DataArgs, SubjectArgs};
use super::error::CliError;
use super::layer::{self, ParsedLayer};
use super::literals::Literals;
use super::notes::note;
use convt_matrix::data::ExactNumber;
use convt_matrix::geometry::Bias;
use convt_matrix::instance::{Given, Instance};
use convt_matrix::limits::Budget;
use convt_matrix::limits::numbers::fixed_roads;
use convt_matrix::taps::Taps;
use convt_matrix::tensor::Tensor;

/// The layer and its numbers. Sizes that the flags leave out are taken from the numbers.
pub(super) fn read(subject: &SubjectArgs, budget: &Budget) -> Result<(ParsedLayer, Given), CliError> {
    let SubjectArgs { layer, data } = subject;
    let literals = Literals::read(data)?;
    let texts = [&data.weight, &data.input, &data.bias, &data.grad_output];
    if texts.into_iter().flatten().any(|text| text.trim() == "random") {
        note(format_args!("random numbers from --seed {}", data.seed));
    }
    let parsed = layer::parse(layer, &literals)?;
    let given = literals.fill(&parsed.layer, budget)?;
    Ok((parsed, given))
}

/// The given numbers, and the output they lead to where weight and input are both known.
pub(super) fn instance(
    data: &DataArgs,
    parsed: &ParsedLayer,
    mut given: Given,
    taps: &Taps,
    budget: &Budget,
) -> Result<Instance, CliError> {
    if given == Given::default() {
        return Ok(Instance::symbolic());
    }
    take_missing_bias_as_0(parsed, &mut given);
    if data.float {
        let has_gradients = given.output_gradient.is_some();
        let roads = fixed_roads(&parsed.layer, 1, has_gradients, size_of::<f64>());
        budget.check("calculating with these numbers", roads.beside(Instance::results(&parsed.layer, &given)))?;
        let instance = Instance::float(&parsed.layer, &given);
        return if instance.is_finite() { Ok(instance) } else { Err(beyond_doubles("--float")) };
    }
    Ok(Instance::exact(&parsed.layer, taps, &given, budget)?)
}

/// The given numbers alone, without the output that they lead to.
pub(super) fn operands(data: &DataArgs, given: &Given, budget: &Budget) -> Result<Instance, CliError> {
    let instance = if data.float { Instance::float_operands(given) } else { Instance::operands(given, budget)? };
    if instance.is_finite() { Ok(instance) } else { Err(beyond_doubles("--float")) }
}

/// Where the numbers lead to an output and the layer has a bias that was not given, it is 0.
pub(super) fn take_missing_bias_as_0(parsed: &ParsedLayer, given: &mut Given) {
    if parsed.bias == Bias::Present && given.bias.is_none() && given.weight.is_some() && given.input.is_some() {
        note("the layer has a bias and none was given; it is taken as 0 (see --bias)");
        given.bias = Some(Tensor::from_fn(&[parsed.layer.output_shape()[0]], |_| ExactNumber::from(0)));
    }
}

/// Every number of an instance; what was not given counts up from 1.
pub(super) fn complete(parsed: &ParsedLayer, mut given: Given) -> Given {
    let layer = &parsed.layer;
    fill("--input", &mut given.input, &layer.input_shape());
    fill("--weight", &mut given.weight, &layer.weight_shape());
    fill("--grad-output", &mut given.output_gradient, &layer.output_shape());
    if parsed.bias == Bias::Present {
        fill("--bias", &mut given.bias, &[layer.output_shape()[0]]);
    }
    given
}

/// Some number has no nearest double.
pub(super) fn beyond_doubles(what: &str) -> CliError {
    CliError::usage(
        format!("{what}: a number, or the result, is beyond the range of double-precision floats (about 1.8e308)"),
        "use smaller numbers, or exact ones (convt-matrix without --float)",
    )
}

/// Refuses numbers that a command would not use.
pub(super) fn refuse_unused(given: &[(&str, &Option<String>)], command: &str) -> Result<(), CliError> {
    match given.iter().find(|(_, given)| given.is_some()) {
        Some((flag, _)) => Err(CliError::usage(format!("{flag}: {command} has no use for it"), "leave it out")),
        None => Ok(()),
    }
}

fn fill(flag: &str, tensor: &mut Option<Tensor<ExactNumber>>, shape: &[usize]) {
    if tensor.is_none() {
        note(format_args!("{flag} was not given; it counts up from 1"));
        *tensor = Some(Tensor::from_fn(shape, |flat| ExactNumber::from(flat as i64 + 1)));
    }
}
