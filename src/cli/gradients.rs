//! `gradients`: the backward pass, derived and proved.

use super::args::GradientsArgs;
use super::document::{Manner, chosen, shown_numbers};
use super::error::CliError;
use super::notes::note;
use convt_matrix::doc::backward::{GRADIENTS, GradientEvidence};
use convt_matrix::doc::{Outline, Subject};
use convt_matrix::instance::{Given, Instance};
use convt_matrix::limits::{self, Effort};
use convt_matrix::proof::gradient_identity;
use convt_matrix::taps::Taps;

/// Differentiating costs about the products times the symbols: above so many the polynomials are not differentiated.
const DIFFERENTIATED: u128 = 1 << 22;

pub(super) fn run(args: &GradientsArgs) -> Result<(), CliError> {
    let budget = args.limits.budget();
    let (parsed, given) = super::numbers::read(&args.layer, &args.data, &budget)?;
    let layer = &parsed.layer;
    let manner = Manner::of(&args.output)?;
    let (chosen, text) = chosen(&GRADIENTS, &args.only, "the document of gradients")?;
    let model = super::layer::model(layer, &budget)?;
    let outline = Outline::new(layer, parsed.bias, &given, manner.extent);
    manner.check(&budget, limits::walk(layer, model.taps().count()), &chosen.volume(&outline), layer, &given)?;
    if given != Given::default() && given.output_gradient.is_none() {
        note("--grad-output was not given, so the gradients stay symbolic");
    }
    let destination = manner.open()?;
    let proved = model.prove_within(&budget)?;
    let instance = shown_numbers(&chosen, &args.data, &parsed, given, proved.taps(), &budget)?;
    let evidence = evidence(&parsed, proved.taps(), &instance)?;
    let subject = Subject::new(&proved, parsed.bias, &instance, manner.extent, manner.lines);
    destination.finish(manner.write(&chosen.document(&subject, &evidence), text)?.as_bytes())
}

fn evidence(
    parsed: &super::layer::ParsedLayer,
    taps: &Taps,
    instance: &Instance,
) -> Result<GradientEvidence, CliError> {
    let layer = &parsed.layer;
    let extent = |shape: Vec<usize>| shape.iter().product::<usize>() as u128;
    let symbols = extent(layer.input_shape()) + extent(layer.weight_shape());
    if Effort::of(layer).most().saturating_mul(symbols) <= DIFFERENTIATED {
        gradient_identity(layer, taps)?;
        return Ok(GradientEvidence::Differentiated);
    }
    Ok(if instance.gradients.is_some() && !instance.is_float() {
        GradientEvidence::Sampled
    } else {
        GradientEvidence::Derived
    })
}
