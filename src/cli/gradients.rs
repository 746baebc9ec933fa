//! `gradients`: the backward pass, derived and proved.

use super::args::GradientsArgs;
use super::document::{Manner, chosen, shown_numbers};
use super::error::CliError;
use super::notes::note;
use convt_matrix::doc::backward::GRADIENTS;
use convt_matrix::doc::{Outline, Subject};
use convt_matrix::instance::Given;
use convt_matrix::limits;
use convt_matrix::proof::GradientEvidence;

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
    let is_sampled = instance.gradients.is_some() && !instance.is_float();
    let otherwise = if is_sampled { GradientEvidence::Sampled } else { GradientEvidence::Derived };
    let evidence = GradientEvidence::strongest(layer, proved.taps(), otherwise)?;
    let subject = Subject::new(&proved, parsed.bias, &instance, manner.extent, manner.lines);
    destination.finish(manner.write(&chosen.document(&subject, &evidence), text)?.as_bytes())
}
