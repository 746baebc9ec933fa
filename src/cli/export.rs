//! `matrix` and `pytorch`: W~ in files of other programs, and scripts that check a layer's numbers there.

use super::args::{MatrixArgs, MatrixFormatName, PytorchArgs};
use super::error::CliError;
use super::format::named_by_extension;
use super::output::{Destination, file_of};
use super::texts::Texts;
use convt_matrix::data::ExactNumber;
use convt_matrix::export::{ExportError, MatrixExport, MatrixFormat, Numbers, Orientation, ScriptKind, script};
use convt_matrix::instance::Instance;
use convt_matrix::limits;
use std::io::IsTerminal as _;

pub(super) fn matrix(args: &MatrixArgs) -> Result<(), CliError> {
    let budget = args.limits.budget();
    let (parsed, given) = super::numbers::read(&args.subject, &budget)?;
    let layer = &parsed.layer;
    let format = matrix_format(args)?;
    let data = &args.subject.data;
    let unused = [("--input", &data.input), ("--bias", &data.bias), ("--grad-output", &data.grad_output)];
    super::numbers::refuse_unused(&unused, "matrix")?;
    if format.needs_weights() && given.weight.is_none() {
        return Err(refusal(ExportError::NeedsWeights(format)));
    }
    let model = super::layer::model(layer, &budget)?;
    Instance::cost(layer, &given, &budget)?;
    let weight = given.weight.as_ref().map(|weight| weight.map(ExactNumber::to_rational));
    let cost = MatrixExport::cost(&model, weight.as_ref(), format);
    budget.check("writing this matrix", limits::walk(layer).beside(cost))?;
    let destination = Destination::open(args.file.path.as_deref())?;
    let proved = model.prove_within(&budget)?;
    let orientation = if args.transpose { Orientation::Transposed } else { Orientation::AsItIs };
    let export = MatrixExport::new(&proved, orientation, weight.as_ref());
    let bytes = export.write(format).map_err(refusal)?;
    destination.finish(&bytes)
}

fn refusal(error: ExportError) -> CliError {
    let remedy = match error {
        ExportError::NeedsWeights(_) => "give --weight, for example --weight iota",
        ExportError::TooLarge { .. } => "use a sparse format: --format mtx, npz or json",
        ExportError::OutOfRange(_) => "use --format csv or json, which hold every digit",
        _ => "use smaller numbers",
    };
    CliError::usage(error.to_string(), remedy)
}

/// The format a flag names, else the file's extension, else a picture.
fn matrix_format(args: &MatrixArgs) -> Result<MatrixFormat, CliError> {
    use MatrixFormatName::{Csv, Json, Mtx, Npy, Npz, Spy};
    let formats = [("mtx", Mtx), ("csv", Csv), ("npz", Npz), ("npy", Npy), ("json", Json), ("txt", Spy)];
    let format = match args.format {
        Some(name) => name,
        None => {
            let remedy = "use .mtx, .csv, .npz, .npy, .json or .txt, or say --format";
            named_by_extension(args.file.path.as_deref(), formats, remedy)?.unwrap_or(Spy)
        }
    };
    let binary = matches!(format, Npz | Npy);
    if binary && file_of(args.file.path.as_deref()).is_none() && std::io::stdout().is_terminal() {
        return Err(CliError::usage("a binary format does not go to a terminal", "name a file with --output"));
    }
    Ok(match format {
        Mtx => MatrixFormat::MatrixMarket,
        Csv => MatrixFormat::Csv,
        Npz => MatrixFormat::Npz,
        Npy => MatrixFormat::Npy,
        Json => MatrixFormat::Json,
        Spy => MatrixFormat::Spy,
    })
}

pub(super) fn pytorch(args: &PytorchArgs) -> Result<(), CliError> {
    let budget = args.limits.budget();
    let (parsed, given) = super::numbers::read(&args.subject, &budget)?;
    let layer = &parsed.layer;
    let texts = Texts::of(&args.texts)?;
    let model = super::layer::model(layer, &budget)?;
    budget.check("making a script", limits::script(layer))?;
    let given = super::numbers::complete(&parsed, given);
    let destination = Destination::open(args.file.path.as_deref())?;
    let problem = given.problem(layer).expect("completed numbers have every tensor");
    let numbers = Numbers::of(model.taps(), problem, &budget)?;
    if !numbers.are_doubles() {
        return Err(super::numbers::beyond_doubles("pytorch"));
    }
    let kind = if args.scipy { ScriptKind::Scipy } else { ScriptKind::Torch };
    let script = texts.checked(script(kind, layer, model.taps(), &numbers, &texts))?;
    destination.finish(script.as_bytes())
}
