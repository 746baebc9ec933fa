//! `explain`: why an entry of the output is what it is.

use super::args::ExplainArgs;
use super::document::Manner;
use super::error::CliError;
use super::values::{PerAxis, Size};
use crate::doc::Subject;
use crate::doc::explanation::{buffers, explain_entry, explain_output};
use crate::geometry::{Layer, Operation};
use crate::proof::prove;
use crate::render::Wording;

pub(super) fn run(args: &ExplainArgs) -> Result<(), CliError> {
    let (parsed, given) = super::numbers::read(&args.layer, &args.data)?;
    let layer = &parsed.layer;
    let manner = Manner::of(&args.output)?;
    let at = args.at.as_ref().map(|at| index(at, layer)).transpose()?;
    if args.buffers && layer.operation() == Operation::Convolution {
        return Err(CliError::usage(
            "--buffers with --conv: a plain convolution lays no copies of its kernel into a buffer",
            "leave --conv out, or explain one entry with --at",
        ));
    }
    let taps = super::layer::taps(layer)?;
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

/// The index of an entry of the output, channel first; the channel may be left out where there is only one.
fn index(at: &PerAxis<Size>, layer: &Layer) -> Result<Vec<usize>, CliError> {
    let shape = layer.output_shape();
    let mut index: Vec<usize> = at.0.iter().map(|size| size.0).collect();
    let typed = index.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    if index.len() + 1 == shape.len() && shape[0] == 1 {
        index.insert(0, 0);
    }
    if index.len() != shape.len() {
        let wanted = if shape[0] == 1 {
            format!("{} numbers, one for each axis", shape.len() - 1)
        } else {
            format!("{} numbers, the channel first", shape.len())
        };
        return Err(CliError::usage(format!("--at {typed}: it has {} numbers", at.0.len()), format!("give {wanted}")));
    }
    if let Some(axis) = (0..shape.len()).find(|&axis| index[axis] >= shape[axis]) {
        let what = if axis == 0 { "channels".to_owned() } else { format!("cells on axis {}", axis - 1) };
        return Err(CliError::usage(
            format!("--at {typed}: {} is outside; the output has {} {what}", index[axis], shape[axis]),
            format!("give 0 to {} there", shape[axis] - 1),
        ));
    }
    Ok(index)
}
