//! `explain`: why an entry of the output is what it is.

use super::args::ExplainArgs;
use super::document::Inquiry;
use super::error::CliError;
use super::numbers::refuse_unused;
use super::values::Place;
use convt_matrix::doc::explanation::{BUFFERS, ENTRY, OUTPUT};
use convt_matrix::geometry::{Layer, Operation};
use convt_matrix::limits;
use convt_matrix::wording::counted;

pub(super) fn run(args: &ExplainArgs) -> Result<(), CliError> {
    let inquiry = Inquiry::of(&args.subject, &args.output, &args.only, &args.limits)?;
    refuse_unused(&[("--grad-output", &args.subject.data.grad_output)], "explain")?;
    let layer = &inquiry.parsed.layer;
    let at = args.at.as_ref().map(|at| index(at, layer)).transpose()?;
    if args.buffers && layer.operation() == Operation::Convolution {
        return Err(CliError::usage(
            "--buffers: a plain convolution lays no copies of its kernel into a buffer",
            "describe the transposed convolution, or explain one entry with --at",
        ));
    }
    match at {
        Some(at) => inquiry.answer(&ENTRY, "the explanation of one entry", limits::window, |_, _| Ok(at)),
        None if args.buffers => inquiry.answer(&BUFFERS, "--buffers", limits::walk, |_, _| Ok(())),
        None => inquiry.answer(&OUTPUT, "the explanation of the whole output", limits::walk, |_, _| Ok(())),
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
