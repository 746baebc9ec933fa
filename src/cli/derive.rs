//! The main job: prove a layer, derive it, write it.

use super::args::DeriveArgs;
use super::document::Manner;
use super::error::CliError;
use crate::doc::derivation::derive;
use crate::doc::{Extent, Part, Subject};
use crate::geometry::Layer;
use crate::limits::Effort;
use crate::proof::prove;
use crate::render::{Format, Frame, Wording};
use crate::taps::Taps;

pub(super) fn run(args: &DeriveArgs) -> Result<(), CliError> {
    let (parsed, given) = super::numbers::read(&args.layer, &args.data)?;
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
    let taps = super::layer::taps(layer)?;
    if manner.extent == Extent::Full {
        check_writable(layer, &taps, &parts)?;
        if manner.format == Format::Latex(Frame::Standalone) {
            note_what_pdflatex_cannot_hold(&taps);
        }
    }
    let destination = manner.open()?;
    let proof = prove(layer, &taps)?;
    let instance = super::numbers::instance(&args.data, &parsed, given, &taps)?;
    let subject = Subject::new(layer, parsed.bias, &taps, &instance, manner.extent, manner.lines);
    destination.finish(manner.write(&derive(&subject, &proof, &parts), wording)?.as_bytes())
}

/// pdfTeX's memory is fixed when it is built; LuaTeX's grows.
fn note_what_pdflatex_cannot_hold(taps: &Taps) {
    const HELD: usize = 20_000;
    if taps.rows().saturating_mul(taps.columns()) > HELD {
        let (rows, columns) = (taps.rows(), taps.columns());
        CliError::say(format_args!(
            "note: a {rows} × {columns} matrix may be more than pdflatex holds in memory; lualatex sets it"
        ));
    }
}

/// Refuses to write out in full what would fill the memory.
fn check_writable(layer: &Layer, taps: &Taps, parts: &[Part]) -> Result<(), CliError> {
    const MATRIX_ENTRIES: u128 = 1 << 25;
    const FORMULAS: u128 = 1 << 18;
    let cells = |shape: Vec<usize>| shape.iter().fold(1_u128, |count, &extent| count.saturating_mul(extent as u128));
    let wanted = |some: &[Part]| some.iter().any(|part| parts.contains(part));
    let matrix = taps.rows() as u128 * taps.columns() as u128;
    let written = [
        (wanted(&[Part::Matrix, Part::Transpose, Part::Product]), "entries in the matrix", matrix, MATRIX_ENTRIES),
        (wanted(&[Part::Symbols, Part::Product]), "inputs", cells(layer.input_shape()), FORMULAS),
        (true, "weights", cells(layer.weight_shape()), FORMULAS),
        (wanted(&[Part::ConvForm]), "cells in the padded input", Effort::of(layer).cells, FORMULAS),
        (wanted(&[Part::Entries]), "products in the output", taps.count() as u128, FORMULAS),
        (wanted(&[Part::Entries]), "outputs", cells(layer.output_shape()), FORMULAS),
    ];
    for (_, what, count, most) in written.into_iter().filter(|(wanted, ..)| *wanted) {
        if count > most {
            return Err(CliError::usage(
                format!("--full: this layer has {count} {what}; at most {most} are written out"),
                "leave --full out, or pick smaller parts with --only",
            ));
        }
    }
    Ok(())
}
