//! The main job: prove a layer, derive it, write it.

use super::args::DeriveArgs;
use super::document::Inquiry;
use super::error::CliError;
use super::notes::note;
use super::numbers::refuse_unused;
use convt_matrix::doc::Extent;
use convt_matrix::doc::derivation::DERIVATION;
use convt_matrix::geometry::Layer;
use convt_matrix::limits::Cost;
use convt_matrix::render::{Format, Frame};

pub(super) fn run(args: &DeriveArgs) -> Result<(), CliError> {
    let inquiry = Inquiry::of(&args.subject, &args.output, &args.only, &args.limits)?;
    refuse_unused(&[("--grad-output", &args.subject.data.grad_output)], "a derivation of the output")?;
    let manner = &inquiry.manner;
    if manner.extent == Extent::Full && manner.format == Format::Latex(Frame::Standalone) {
        note_what_pdflatex_cannot_hold(&inquiry.parsed.layer);
    }
    inquiry.answer(&DERIVATION, "the derivation", |_| Cost::default(), |_, _| Ok(()))
}

/// pdfTeX's memory is fixed when it is built; LuaTeX's grows.
fn note_what_pdflatex_cannot_hold(layer: &Layer) {
    const HELD: usize = 20_000;
    let cells = |shape: Vec<usize>| shape.into_iter().fold(1, usize::saturating_mul);
    let geometry = layer.geometry();
    let (rows, columns) = (cells(geometry.small_shape()), cells(geometry.big_shape()));
    if rows.saturating_mul(columns) > HELD {
        note(format_args!("a {rows} × {columns} matrix may be more than pdflatex holds in memory; lualatex sets it"));
    }
}
