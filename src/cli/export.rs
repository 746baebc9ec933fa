//! `matrix` and `pytorch`: W~ in files of other programs, and scripts that check a layer's numbers there.

use super::args::{MatrixArgs, MatrixFormatName, PytorchArgs};
use super::document::templates;
use super::error::CliError;
use super::output::{Destination, file_of, named_by_extension};
use crate::export::{ExportError, MatrixExport, MatrixFormat, Numbers, ScriptKind, script};
use crate::proof::{Exactly, gradients_agree, prove_within};
use crate::roads::rewriting;
use std::io::IsTerminal as _;
use std::path::Path;

pub(super) fn matrix(args: &MatrixArgs) -> Result<(), CliError> {
    let (parsed, given) = super::numbers::read(&args.layer, &args.data)?;
    let layer = &parsed.layer;
    let format = matrix_format(args)?;
    let data = &args.data;
    let unused = [("--input", &data.input), ("--bias", &data.bias), ("--grad-output", &data.grad_output)];
    super::numbers::refuse_unused(&unused, "matrix")?;
    let budget = args.limits.budget();
    let taps = super::layer::taps(layer, &budget)?;
    super::layer::check_walk(layer, &taps, &budget)?;
    let oriented = if args.transpose { taps.transposed() } else { taps.clone() };
    let export = MatrixExport::new(layer, &oriented, given.weight.as_ref());
    budget.check("writing this matrix", export.cost(format))?;
    let destination = Destination::open(args.file.path.as_deref())?;
    prove_within(layer, &taps, &budget)?;
    let bytes = export.write(format).map_err(|error| match error {
        ExportError::NeedsWeights(_) => CliError::usage(error.to_string(), "give --weight, for example --weight iota"),
        ExportError::TooLarge { .. } => {
            CliError::usage(error.to_string(), "use a sparse format: --format mtx, npz or json")
        }
        ExportError::OutOfRange(_) => {
            CliError::usage(error.to_string(), "use --format csv or json, which hold every digit")
        }
        ExportError::OutOfMemory(_) => CliError::usage(error.to_string(), "use smaller numbers"),
    })?;
    destination.finish(&bytes)
}

/// The format a flag names, else the file's extension, else a picture.
fn matrix_format(args: &MatrixArgs) -> Result<MatrixFormat, CliError> {
    let formats = [
        ("mtx", MatrixFormatName::Mtx),
        ("csv", MatrixFormatName::Csv),
        ("npz", MatrixFormatName::Npz),
        ("npy", MatrixFormatName::Npy),
        ("json", MatrixFormatName::Json),
        ("txt", MatrixFormatName::Spy),
    ];
    let format = match args.format {
        Some(name) => name,
        None => {
            let remedy = "use .mtx, .csv, .npz, .npy, .json or .txt, or say --format";
            named_by_extension(args.file.path.as_deref(), formats, remedy)?.unwrap_or(MatrixFormatName::Spy)
        }
    };
    let binary = matches!(format, MatrixFormatName::Npz | MatrixFormatName::Npy);
    if binary && file_of(args.file.path.as_deref()).is_none() && std::io::stdout().is_terminal() {
        return Err(CliError::usage("a binary format does not go to a terminal", "name a file with --output"));
    }
    Ok(match format {
        MatrixFormatName::Mtx => MatrixFormat::MatrixMarket,
        MatrixFormatName::Csv => MatrixFormat::Csv,
        MatrixFormatName::Npz => MatrixFormat::Npz,
        MatrixFormatName::Npy => MatrixFormat::Npy,
        MatrixFormatName::Json => MatrixFormat::Json,
        MatrixFormatName::Spy => MatrixFormat::Spy,
    })
}

pub(super) fn pytorch(args: &PytorchArgs) -> Result<(), CliError> {
    let (parsed, given) = super::numbers::read(&args.layer, &args.data)?;
    let layer = &parsed.layer;
    let templates = templates(args.templates.as_deref())?;
    let taps = super::layer::taps(layer, &args.limits.budget())?;
    super::numbers::check_effort(layer, super::numbers::FOR_A_SCRIPT, "use a smaller layer")?;
    let given = super::numbers::complete(&parsed, given);
    let destination = Destination::open(args.file.path.as_deref())?;
    let (Some(x), Some(w), Some(g)) = (&given.input, &given.weight, &given.output_gradient) else {
        unreachable!("completed numbers have every tensor")
    };
    let spell = |value: &crate::algebra::Rational| value.to_string();
    let linear = crate::proof::roads_agree(layer, &taps, &rewriting(layer), x, w, spell)?;
    let output = crate::instance::with_bias(linear, given.bias.as_ref());
    let gradients = gradients_agree(layer, &taps, x, w, g, &Exactly(spell))?;
    let finite = |tensor: &crate::tensor::Tensor<crate::algebra::Rational>| {
        tensor.entries().iter().all(|value| crate::data::to_f64(value).is_finite())
    };
    let written = [x, w, g, &output, &gradients.input, &gradients.weight, &gradients.bias];
    if !written.into_iter().chain(given.bias.as_ref()).all(finite) {
        return Err(super::numbers::beyond_doubles("pytorch"));
    }
    let kind = if args.scipy { ScriptKind::Scipy } else { ScriptKind::Torch };
    let numbers = Numbers { x, w, b: given.bias.as_ref(), g, y: &output, gradients: &gradients };
    let script = script(kind, layer, &taps, &numbers, &templates)
        .map_err(|error| CliError::templates(args.templates.as_deref().unwrap_or(Path::new("(built in)")), &error))?;
    destination.finish(script.as_bytes())
}
