//! The main job: prove a layer, derive it, write it.

use super::args::DeriveArgs;
use super::document::{Manner, chosen, shown_numbers};
use super::error::CliError;
use super::notes::note;
use convt_matrix::doc::derivation::DERIVATION;
use convt_matrix::doc::{Extent, Outline, Subject};
use convt_matrix::limits::Cost;
use convt_matrix::render::{Format, Frame};
use convt_matrix::taps::Taps;

pub(super) fn run(args: &DeriveArgs) -> Result<(), CliError> {
    let budget = args.limits.budget();
    let (parsed, given) = super::numbers::read(&args.layer, &args.data, &budget)?;
    let layer = &parsed.layer;
    super::numbers::refuse_unused(&[("--grad-output", &args.data.grad_output)], "a derivation of the output")?;
    let manner = Manner::of(&args.output)?;
    let (chosen, text) = chosen(&DERIVATION, &args.only, "the derivation")?;
    let model = super::layer::model(layer, &budget)?;
    let outline = Outline::new(layer, parsed.bias, &given, manner.extent);
    manner.check(&budget, Cost::default(), &chosen.volume(&outline), layer, &given)?;
    if manner.extent == Extent::Full && manner.format == Format::Latex(Frame::Standalone) {
        note_what_pdflatex_cannot_hold(model.taps());
    }
    let destination = manner.open()?;
    // Sizes are sums, and symbols are names: no road confirms them.
    let proved = if chosen.takes_products() { model.prove_within(&budget)? } else { model.prove_by_taps()? };
    let instance = shown_numbers(&chosen, &args.data, &parsed, given, proved.taps(), &budget)?;
    let subject = Subject::new(&proved, parsed.bias, &instance, manner.extent, manner.lines);
    destination.finish(manner.write(&chosen.document(&subject, &()), text)?.as_bytes())
}

/// pdfTeX's memory is fixed when it is built; LuaTeX's grows.
fn note_what_pdflatex_cannot_hold(taps: &Taps) {
    const HELD: usize = 20_000;
    if taps.rows().saturating_mul(taps.columns()) > HELD {
        let (rows, columns) = (taps.rows(), taps.columns());
        note(format_args!("a {rows} × {columns} matrix may be more than pdflatex holds in memory; lualatex sets it"));
    }
}
