//! `explain`: why an entry of the output is what it is.

use super::args::ExplainArgs;
use super::document::Manner;
use super::error::CliError;
use super::values::Place;
use crate::doc::explanation::{buffers, explain_entry, explain_output};
use crate::doc::{Extent, Subject};
use crate::geometry::{Layer, Operation};
use crate::limits::Effort;
use crate::proof::prove;
use crate::render::Wording;
use crate::taps::Taps;
use crate::wording::counted;

pub(super) fn run(args: &ExplainArgs) -> Result<(), CliError> {
    let (parsed, given) = super::numbers::read(&args.layer, &args.data)?;
    let layer = &parsed.layer;
    super::numbers::refuse_unused(&[("--grad-output", &args.data.grad_output)], "explain")?;
    let manner = Manner::of(&args.output)?;
    let at = args.at.as_ref().map(|at| index(at, layer)).transpose()?;
    if args.buffers && layer.operation() == Operation::Convolution {
        return Err(CliError::usage(
            "--buffers: a plain convolution lays no copies of its kernel into a buffer",
            "describe the transposed convolution, or explain one entry with --at",
        ));
    }
    let taps = super::layer::taps(layer)?;
    match at {
        Some(_) => check_window(layer)?,
        None => super::layer::check_walk(layer, &taps)?,
    }
    if manner.extent == Extent::Full {
        check_writable(layer, &taps, args.buffers)?;
    }
    let destination = manner.open()?;
    prove(layer, &taps)?;
    let instance = super::numbers::instance(&args.data, &parsed, given, &taps)?;
    let subject = Subject::new(layer, parsed.bias, &taps, &instance, manner.extent, manner.lines);
    let document = match at {
        Some(at) => explain_entry(&subject, &at),
        None if args.buffers => buffers(&subject),
        None => explain_output(&subject),
    };
    destination.finish(manner.write(&document, Wording::Full)?.as_bytes())
}

/// Refuses to explain an entry whose window has more cells than can be gone through.
fn check_window(layer: &Layer) -> Result<(), CliError> {
    const CELLS: u128 = 1 << 20;
    let channels = layer.geometry().channels();
    let most = channels.small_per_group().max(channels.big_per_group()) as u128;
    let cells = layer.settings().iter().fold(most, |cells, axis| cells.saturating_mul(axis.kernel as u128));
    if cells > CELLS {
        return Err(CliError::usage(
            format!("--kernel-size: the window of an entry has {cells} cells; at most {CELLS} are explained"),
            "use a smaller kernel or fewer channels",
        ));
    }
    Ok(())
}

/// Refuses to write out in full what would fill the memory.
fn check_writable(layer: &Layer, taps: &Taps, buffers: bool) -> Result<(), CliError> {
    const WRITTEN: u128 = 1 << 20;
    let inputs: u128 = layer.input_shape().iter().map(|&extent| extent as u128).product();
    let cells = if buffers { inputs.saturating_mul(Effort::of(layer).cells) } else { taps.count() as u128 };
    if cells > WRITTEN {
        return Err(CliError::usage(
            format!("--full: there are {cells} cells and products to write out; at most {WRITTEN} are"),
            "leave --full out, or use a smaller layer",
        ));
    }
    Ok(())
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
