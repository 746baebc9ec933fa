//! `explain`: why an entry of the output is what it is.

use super::args::ExplainArgs;
use super::document::{Manner, chosen, shown_numbers};
use super::error::CliError;
use super::layer::ParsedLayer;
use super::values::Place;
use convt_matrix::doc::explanation::{BUFFERS, ENTRY, OUTPUT};
use convt_matrix::doc::{DocumentKind, Outline, Subject};
use convt_matrix::geometry::{Layer, Operation};
use convt_matrix::instance::Given;
use convt_matrix::limits::{self, Cost};
use convt_matrix::proof::Model;
use convt_matrix::wording::counted;

pub(super) fn run(args: &ExplainArgs) -> Result<(), CliError> {
    let budget = args.limits.budget();
    let (parsed, given) = super::numbers::read(&args.layer, &args.data, &budget)?;
    let layer = &parsed.layer;
    super::numbers::refuse_unused(&[("--grad-output", &args.data.grad_output)], "explain")?;
    Manner::of(&args.output)?;
    let at = args.at.as_ref().map(|at| index(at, layer)).transpose()?;
    if args.buffers && layer.operation() == Operation::Convolution {
        return Err(CliError::usage(
            "--buffers: a plain convolution lays no copies of its kernel into a buffer",
            "describe the transposed convolution, or explain one entry with --at",
        ));
    }
    let model = super::layer::model(layer, &budget)?;
    let work = if at.is_some() { limits::window(layer) } else { limits::walk(layer, model.taps().count()) };
    let explained = Explained { args, parsed: &parsed, given, model, work };
    match at {
        Some(at) => explained.write(&ENTRY, &at, "the explanation of one entry"),
        None if args.buffers => explained.write(&BUFFERS, &(), "--buffers"),
        None => explained.write(&OUTPUT, &(), "the explanation of the whole output"),
    }
}

/// What is explained, whatever the document.
struct Explained<'a> {
    args: &'a ExplainArgs,
    parsed: &'a ParsedLayer,
    given: Given,
    model: Model,
    /// What it takes to find what the document says.
    work: Cost,
}

impl Explained<'_> {
    fn write<Q: ?Sized>(self, kind: &'static DocumentKind<Q>, question: &Q, what: &str) -> Result<(), CliError> {
        let Self { args, parsed, given, model, work } = self;
        let (chosen, text) = chosen(kind, &args.only, what)?;
        let (budget, manner) = (args.limits.budget(), Manner::of(&args.output)?);
        let outline = Outline::new(&parsed.layer, parsed.bias, &given, manner.extent);
        manner.check(&budget, work, &chosen.volume(&outline), &parsed.layer, &given)?;
        let destination = manner.open()?;
        let proved = if chosen.takes_products() { model.prove_within(&budget)? } else { model.prove_by_taps()? };
        let instance = shown_numbers(&chosen, &args.data, parsed, given, proved.taps(), &budget)?;
        let subject = Subject::new(&proved, parsed.bias, &instance, manner.extent, manner.lines);
        let document = chosen.document(&subject, question);
        let is_there = |name: &&String| document.sections.iter().any(|section| section.id.eq_ignore_ascii_case(name));
        if let Some(missing) = args.only.iter().find(|name| !is_there(name)) {
            return Err(CliError::usage(
                format!("--only {missing}: the output is not known in numbers"),
                "give --weight and --input, or name another section",
            ));
        }
        destination.finish(manner.write(&document, text)?.as_bytes())
    }
}

/// The index of an entry of the output, channel first; the channel may be left out where there is only one.
fn index(at: &Place, layer: &Layer) -> Result<Vec<usize>, CliError> {
    let shape = layer.output_shape();
    let mut index = at.0.clone();
    let typed = index.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    if index.len() + 1 == shape.len() && shape[0] == 1 {
        index.insert(0, 0);
    }
    if index.len() != shape.len() {
        let wanted = if shape[0] == 1 {
            format!("{}, one for each axis", counted(shape.len() - 1, "number", "numbers"))
        } else {
            format!("{} numbers, the channel first", shape.len())
        };
        return Err(CliError::usage(
            format!("--at {typed}: it has {}", counted(at.0.len(), "number", "numbers")),
            format!("give {wanted}"),
        ));
    }
    if let Some(axis) = (0..shape.len()).find(|&axis| index[axis] >= shape[axis]) {
        let extent = shape[axis];
        let what = match axis {
            0 => counted(extent, "channel", "channels"),
            _ => format!("{} on axis {}", counted(extent, "cell", "cells"), axis - 1),
        };
        return Err(CliError::usage(
            format!("--at {typed}: {} is outside; the output has {what}", index[axis]),
            if extent == 1 { "give 0 there".to_owned() } else { format!("give 0 to {} there", extent - 1) },
        ));
    }
    Ok(index)
}
