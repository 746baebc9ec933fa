//! The main job: prove a layer, derive it, write it.

use super::args::DeriveArgs;
use super::document::Manner;
use super::error::CliError;
use super::notes::note;
use convt_matrix::doc::derivation::derive;
use convt_matrix::doc::{Extent, Outline, Part, Subject};
use convt_matrix::limits::Cost;
use convt_matrix::render::{Format, Frame, Wording};
use convt_matrix::taps::Taps;

pub(super) fn run(args: &DeriveArgs) -> Result<(), CliError> {
    let budget = args.limits.budget();
    let (parsed, mut given) = super::numbers::read(&args.layer, &args.data, &budget)?;
    let layer = &parsed.layer;
    super::numbers::refuse_unused(&[("--grad-output", &args.data.grad_output)], "a derivation of the output")?;
    let manner = Manner::of(&args.output)?;
    let parts: Vec<Part> =
        if args.only.is_empty() { Part::ALL.to_vec() } else { args.only.iter().map(|part| part.0).collect() };
    let wording = match args.only.len() {
        0 => Wording::Full,
        1 => Wording::Formulas,
        _ => Wording::Sections,
    };
    let model = super::layer::model(layer, &budget)?;
    let outline = Outline::new(layer, parsed.bias, &given, manner.extent);
    manner.check(&budget, Cost::default(), &outline.derivation(&parts), layer, &given)?;
    if manner.extent == Extent::Full && manner.format == Format::Latex(Frame::Standalone) {
        note_what_pdflatex_cannot_hold(model.taps());
    }
    let destination = manner.open()?;
    let asks_for = |any: &[Part]| parts.iter().any(|part| any.contains(part));
    // Sizes are sums, and symbols are names: neither takes a product.
    let is_without_products = parts.iter().all(|part| matches!(part, Part::Symbols | Part::Sizes));
    let proved = if is_without_products { model.prove_by_taps()? } else { model.prove_within(&budget)? };
    let instance = if asks_for(&[Part::Product, Part::Entries, Part::Proof]) {
        super::numbers::instance(&args.data, &parsed, given, proved.taps(), &budget)?
    } else {
        // Without the output, only what is shown itself.
        let shows_operands = asks_for(&[Part::Symbols]);
        given.input = given.input.filter(|_| shows_operands);
        given.bias = given.bias.filter(|_| shows_operands);
        given.weight = given.weight.filter(|_| shows_operands || asks_for(&[Part::Matrix, Part::Transpose]));
        super::numbers::operands(&args.data, &given, &budget)?
    };
    let subject = Subject::new(&proved, parsed.bias, &instance, manner.extent, manner.lines);
    destination.finish(manner.write(&derive(&subject, &parts), wording)?.as_bytes())
}

/// pdfTeX's memory is fixed when it is built; LuaTeX's grows.
fn note_what_pdflatex_cannot_hold(taps: &Taps) {
    const HELD: usize = 20_000;
    if taps.rows().saturating_mul(taps.columns()) > HELD {
        let (rows, columns) = (taps.rows(), taps.columns());
        note(format_args!("a {rows} × {columns} matrix may be more than pdflatex holds in memory; lualatex sets it"));
    }
}
