//! The grids that the flags of `verify` describe, and why a sweep over them is not begun.

use crate::cli::amounts::rounded_up;
use crate::cli::args::{GridArgs, VerifyArgs};
use crate::cli::error::CliError;
use crate::cli::grid_values::{AxisValues, TypedValues};
use crate::cli::layer;
use convt_matrix::geometry::Operation;
use convt_matrix::proof::Fault;
use convt_matrix::sweep::{Check, Checks, Choice, Coverage, Grid, Question, Sweep, SweepError, Values};
use convt_matrix::taps::{Excess, TooLarge};

/// The sweep that is asked for, if it can be carried out.
pub(super) fn sweep(args: &VerifyArgs) -> Result<Sweep, CliError> {
    let coverage = match args.sample {
        Some(draws) => Coverage::Sample { draws, seed: args.seed },
        None => Coverage::Exhaustive,
    };
    let question = Question { checks: checks(args), plant: args.plant, seed: args.seed };
    let seeing = [Check::Taps, Check::ZeroInsertion, Check::Sample];
    if let Some(fault) = args.plant
        && !seeing.into_iter().any(|check| question.checks.contains(check))
    {
        return Err(CliError::usage(
            format!("--plant {}: none of the checks that are asked for looks at the rewriting", fault.name()),
            "add one that does: --checks taps,zero-insertion (or sample)",
        ));
    }
    Sweep::within(grids(&args.grid, args.plant)?, coverage, question, &args.limits.budget())
        .map_err(|error| refusal(&error))
}

fn checks(args: &VerifyArgs) -> Checks {
    let mut checks: Checks = if args.checks.is_empty() {
        Check::ALL.into_iter().filter(|check| *check != Check::Sample).collect()
    } else {
        args.checks.iter().copied().collect()
    };
    if args.numeric {
        checks.insert(Check::Sample);
    }
    checks
}

fn grids(args: &GridArgs, plant: Option<Fault>) -> Result<Vec<Grid>, CliError> {
    if args.layer.is_some() {
        return single_layer(args, plant);
    }
    let GridArgs { input, kernel_size, stride, padding, dilation, output_padding, .. } = args;
    let operation = if args.conv { Operation::Convolution } else { Operation::Transposed };
    let is_channels_given = args.in_channels.is_some() || args.out_channels.is_some() || args.groups.is_some();
    let axes = [
        ("--in", lists(input)),
        ("--kernel-size", lists(kernel_size)),
        ("--stride", lists(stride)),
        ("--padding", lists(padding)),
        ("--dilation", lists(dilation)),
        ("--output-padding", lists(output_padding)),
    ];
    if axes.iter().all(|(_, count)| *count == 0) && !is_channels_given && args.dims.is_none() {
        return Ok(default_grids(args, plant));
    }
    dimensions(args, &axes)?.into_iter().map(|dimensions| grid(args, operation, dimensions)).collect()
}

/// How many lists of values a flag has; 0 without the flag.
fn lists<V>(values: &Option<AxisValues<V>>) -> usize {
    values.as_ref().map_or(0, |AxisValues(lists)| lists.len())
}

/// Both operations, unless one is asked for; a mistake can only be planted in transposed layers.
fn default_grids(args: &GridArgs, plant: Option<Fault>) -> Vec<Grid> {
    let mut grids = Vec::new();
    if !args.conv {
        grids.extend(Grid::defaults(Operation::Transposed));
    }
    if plant.is_none() {
        grids.extend(Grid::defaults(Operation::Convolution));
    }
    if args.anisotropic { grids.into_iter().map(Grid::anisotropic).collect() } else { grids }
}

fn grid(args: &GridArgs, operation: Operation, dimensions: usize) -> Result<Grid, CliError> {
    let default = Grid::small(operation, dimensions);
    let listed = |values: &Option<TypedValues<Values>>| values.as_ref().map(|TypedValues(values)| values.clone());
    let grid = Grid {
        // Sizes of the input are always independent.
        input: chosen(&args.input, default.input).per_axis(dimensions),
        kernel: chosen(&args.kernel_size, default.kernel),
        stride: chosen(&args.stride, default.stride),
        padding: chosen(&args.padding, default.padding),
        dilation: chosen(&args.dilation, default.dilation),
        output_padding: chosen(&args.output_padding, default.output_padding),
        in_channels: listed(&args.in_channels).unwrap_or(default.in_channels),
        out_channels: listed(&args.out_channels).unwrap_or(default.out_channels),
        groups: listed(&args.groups).unwrap_or(default.groups),
        ..default
    };
    Ok(if args.anisotropic { grid.anisotropic() } else { grid })
}

fn chosen<V: Clone>(typed: &Option<AxisValues<V>>, default: Choice<V>) -> Choice<V> {
    match typed {
        None => default,
        Some(AxisValues(lists)) if lists.len() == 1 => Choice::Shared(lists[0].clone()),
        Some(AxisValues(lists)) => Choice::PerAxis(lists.clone()),
    }
}

/// The dimensions that are asked for; else as many as a flag has lists; else 2.
fn dimensions(args: &GridArgs, axes: &[(&'static str, usize)]) -> Result<Vec<usize>, CliError> {
    let several = axes.iter().find(|(_, count)| *count > 1);
    let asked = match &args.dims {
        Some(TypedValues(dims)) => {
            if dims.smallest() < 1 || dims.largest() > 3 {
                return Err(CliError::usage(
                    format!("--dims {dims:#}: a layer has 1, 2 or 3 spatial dimensions"),
                    "give some of them, such as --dims 1..3",
                ));
            }
            (1..=3).filter(|&count| dims.contains(count)).collect()
        }
        None => vec![several.map_or(2, |(_, count)| *count)],
    };
    for (flag, count) in axes.iter().filter(|(_, count)| *count > 1) {
        if *count > 3 {
            return Err(CliError::usage(
                format!("{flag} has values for {count} axes; a layer has 1, 2 or 3 spatial dimensions"),
                "give one list for all axes, or one for each of up to three",
            ));
        }
        if let Some(other) = asked.iter().find(|&asked| asked != count) {
            let told_by = match (&args.dims, several) {
                (None, Some((told_by, _))) => format!("{told_by} has {other}"),
                _ => format!("--dims asks for {other}"),
            };
            return Err(CliError::usage(
                format!("{flag} has values for {count} axes, but {told_by}"),
                "give one list for all axes, or one for each",
            ));
        }
    }
    Ok(asked)
}

/// The grid of one pasted layer.
fn single_layer(args: &GridArgs, plant: Option<Fault>) -> Result<Vec<Grid>, CliError> {
    let sizes = args.input.as_ref().map(|AxisValues(lists)| {
        let single = |sizes: &Values| if sizes.count() == 1 { Ok(sizes.smallest()) } else { Err(format!("{sizes:#}")) };
        lists.iter().map(single).collect::<Result<Vec<_>, _>>()
    });
    let sizes = match sizes.transpose() {
        Ok(sizes) => sizes,
        Err(several) => {
            return Err(CliError::usage(
                format!("--in {several}: a pasted layer is verified for one size of the input"),
                "give one size for each axis, such as --in 8x8",
            ));
        }
    };
    let parsed = layer::pasted(args.layer.as_deref().unwrap_or_default(), sizes)?;
    if plant.is_some() && parsed.layer.operation() == Operation::Convolution {
        return Err(CliError::usage(
            "--plant: the mistakes are made in transposed convolutions, and this is a plain one",
            "paste a ConvTranspose layer",
        ));
    }
    Ok(vec![Grid::of_layer(&parsed.layer)])
}

fn refusal(error: &SweepError) -> CliError {
    let smaller = "use smaller ranges";
    let remedy = match error {
        SweepError::TooLarge(error, Some(layer)) => return CliError::too_large(error, layer),
        SweepError::TooLarge(error, None) => {
            let what = match error.excess {
                Excess::Small | Excess::Big => "inputs or outputs",
                Excess::Weights => "weights",
                Excess::Taps => "products",
            };
            let TooLarge { count, limit, .. } = error;
            let problem =
                format!("the largest layer of this grid has up to {count} {what}; at most {limit} are worked on");
            return CliError::usage(problem, smaller);
        }
        SweepError::TooManyDraws { .. } => return CliError::usage(format!("--sample: {error}"), "draw fewer"),
        SweepError::TooMany { combinations: u128::MAX, .. } => smaller.to_owned(),
        SweepError::TooMany { .. } => "use smaller ranges, or draw some at random: --sample 1000000".to_owned(),
        SweepError::TooCostly { multiply_adds, .. } => {
            format!("{smaller}; or allow it with --max-work {}", rounded_up(multiply_adds.div_ceil(Sweep::PATIENCE)))
        }
        SweepError::TooMuchMemory { needed, .. } => format!(
            "use smaller numbers, or leave out the check that needs most: --checks taps,sizes,matrix,zero-insertion; \
             or allow it with --max-memory {}",
            rounded_up((*needed).into())
        ),
        // The largest layer is none that was typed, so neither are its numbers.
        _ => smaller.to_owned(),
    };
    CliError::usage(error.to_string(), remedy)
}
