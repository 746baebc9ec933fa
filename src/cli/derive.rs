//! The main job: prove a layer, derive it, write it.

use super::args::{DeriveArgs, FormatArgs, Lines, Zeros};
use super::error::CliError;
use super::output::Destination;
use crate::doc::Part;
use crate::doc::derivation::{BlockLines, Extent, derive};
use crate::geometry::Layer;
use crate::proof::prove;
use crate::render::{Format, Frame, Templates, Wording, ZeroStyle, render};
use crate::taps::Taps;
use std::path::Path;

/// The most inputs, outputs, weights or taps a derivation is made for.
const LISTED: u32 = 1 << 24;

pub(super) fn run(args: &DeriveArgs) -> Result<(), CliError> {
    let layer = super::layer::parse(&args.layer)?.layer;
    let format = format(&args.format, args.output.as_deref())?;
    let parts: Vec<Part> =
        if args.only.is_empty() { Part::ALL.to_vec() } else { args.only.iter().map(|part| part.0).collect() };
    let wording = match args.only.len() {
        0 => Wording::Full,
        1 => Wording::Formulas,
        _ => Wording::Sections,
    };
    let extent = if args.full { Extent::Full } else { Extent::Readable };
    let taps = Taps::within(layer.geometry(), LISTED)?;
    if extent == Extent::Full {
        check_writable(&layer, &taps, &parts)?;
    }
    let templates = match &args.templates {
        Some(folder) => Templates::with_overrides(folder)?,
        None => Templates::built_in(),
    };
    let destination = Destination::open(args.output.as_deref())?;

    let proof = prove(&layer, &taps)?;
    if format == Format::Latex(Frame::Standalone) && extent == Extent::Full {
        note_what_pdflatex_cannot_hold(&taps);
    }
    let lines = match args.lines {
        Lines::Blocks => BlockLines::Drawn,
        Lines::None => BlockLines::None,
    };
    let zeros = match args.zeros {
        Zeros::Digit => ZeroStyle::Digit,
        Zeros::Dots => ZeroStyle::Dot,
    };
    let document = derive(&layer, &taps, &proof, &parts, extent, lines);
    destination.finish(render(&document, format, zeros, wording, &templates)?.as_bytes())
}

/// The format a flag names, else the file's extension, else text.
fn format(flags: &FormatArgs, output: Option<&Path>) -> Result<Format, CliError> {
    if flags.standalone {
        return Ok(Format::Latex(Frame::Standalone));
    }
    if flags.latex {
        return Ok(Format::Latex(Frame::Fragment));
    }
    if flags.markdown {
        return Ok(Format::Markdown);
    }
    let Some(path) = output.filter(|path| !flags.text && *path != Path::new("-")) else { return Ok(Format::Text) };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("tex") => Ok(Format::Latex(Frame::Fragment)),
        Some("md" | "markdown") => Ok(Format::Markdown),
        Some("txt") => Ok(Format::Text),
        _ => Err(CliError::usage(
            format!("--output {}: the extension names no format", path.display()),
            "use .tex, .md or .txt, or say --latex, --markdown or --text",
        )),
    }
}

/// pdfTeX's memory is fixed when it is built; LuaTeX's grows.
fn note_what_pdflatex_cannot_hold(taps: &Taps) {
    const HELD: usize = 20_000;
    if taps.rows().saturating_mul(taps.columns()) > HELD {
        let (rows, columns) = (taps.rows(), taps.columns());
        eprintln!("note: a {rows} × {columns} matrix may be more than pdflatex holds in memory; lualatex sets it");
    }
}

/// Refuses to write out in full what would fill the memory.
fn check_writable(layer: &Layer, taps: &Taps, parts: &[Part]) -> Result<(), CliError> {
    const MATRIX_ENTRIES: u128 = 1 << 25;
    const FORMULAS: u128 = 1 << 18;
    let cells = |shape: Vec<usize>| shape.iter().fold(1_u128, |count, &extent| count.saturating_mul(extent as u128));
    let operand = layer.geometry().axes().iter().fold(layer.input_shape()[0] as u128, |count, axis| {
        count.saturating_mul((axis.buffer() + axis.effective_kernel()) as u128)
    });
    let wanted = |some: &[Part]| some.iter().any(|part| parts.contains(part));
    let matrix = taps.rows() as u128 * taps.columns() as u128;
    let written = [
        (wanted(&[Part::Matrix, Part::Transpose, Part::Product]), "entries in the matrix", matrix, MATRIX_ENTRIES),
        (wanted(&[Part::Symbols, Part::Product]), "inputs", cells(layer.input_shape()), FORMULAS),
        (true, "weights", cells(layer.weight_shape()), FORMULAS),
        (wanted(&[Part::ConvForm]), "cells in the padded input", operand, FORMULAS),
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
