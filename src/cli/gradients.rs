//! `gradients`: the backward pass, derived and proved.

use super::args::GradientsArgs;
use super::document::Inquiry;
use super::error::CliError;
use super::notes::note;
use convt_matrix::doc::backward::GRADIENTS;
use convt_matrix::instance::Given;
use convt_matrix::limits;
use convt_matrix::proof::GradientEvidence;

pub(super) fn run(args: &GradientsArgs) -> Result<(), CliError> {
    let inquiry = Inquiry::of(&args.subject, &args.output, &args.only, &args.limits)?;
    if inquiry.given != Given::default() && inquiry.given.output_gradient.is_none() {
        note("--grad-output was not given, so the gradients stay symbolic");
    }
    inquiry.answer(&GRADIENTS, "the document of gradients", limits::walk, |proved, instance| {
        let is_sampled = instance.gradients.is_some() && !instance.is_float();
        let otherwise = if is_sampled { GradientEvidence::Sampled } else { GradientEvidence::Derived };
        Ok(GradientEvidence::strongest(proved.layer(), proved.taps(), otherwise)?)
    })
}
