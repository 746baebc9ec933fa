//! `explain`: why an entry of the output is what it is.

use super::args::ExplainArgs;
use super::document::Manner;
use super::error::CliError;
use super::values::Place;
use convt_matrix::doc::explanation::{buffers, explain_entry, explain_output};
use convt_matrix::doc::{Outline, Subject, Volume};
use convt_matrix::geometry::{Layer, Operation};
use convt_matrix::limits;
use convt_matrix::render::Wording;
use convt_matrix::wording::counted;

pub(super) fn run(args: &ExplainArgs) -> Result<(), CliError> {
    let budget = args.limits.budget();
    let (parsed, given) = super::numbers::read(&args.layer, &args.data, &budget)?;
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
    let model = super::layer::model(layer, &budget)?;
    let outline = Outline::new(layer, parsed.bias, &given, manner.extent);
    let (work, volume) = match at {
        Some(_) => (limits::window(layer), Volume::default()),
        None => {
            (limits::walk(layer, model.taps().count()), if args.buffers { outline.buffers() } else { outline.output() })
        }
    };
    manner.check(&budget, work, &volume, layer, &given)?;
    let destination = manner.open()?;
    let proved = model.prove_within(&budget)?;
    let instance = super::numbers::instance(&args.data, &parsed, given, proved.taps(), &budget)?;
    let subject = Subject::new(&proved, parsed.bias, &instance, manner.extent, manner.lines);
    let document = match at {
        Some(at) => explain_entry(&subject, &at),
        None if args.buffers => buffers(&subject),
        None => explain_output(&subject),
    };
    destination.finish(manner.write(&document, Wording::Full)?.as_bytes())
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
