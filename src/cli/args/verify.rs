//! The arguments of `verify`.

use super::TextArgs;
use crate::cli::grid_values::{AxisValues, TypedValues};
use crate::cli::limits::LimitArgs;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use convt_matrix::proof::Fault;
use convt_matrix::sweep::{Check, PaddingValues, Values};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// A sweep over a grid of layers.
#[derive(Args, Debug)]
pub(in crate::cli) struct VerifyArgs {
    #[command(flatten)]
    pub(in crate::cli) grid: GridArgs,
    /// Only these checks, separated by commas (default: all but sample)
    #[arg(
        long, value_name = "CHECKS", value_delimiter = ',', ignore_case = true, help_heading = "Checks",
        value_parser = named(&Check::ALL, Check::name)
    )]
    pub(in crate::cli) checks: Vec<Check>,
    /// Compare one instance of integers, too: the check sample
    #[arg(long, help_heading = "Checks")]
    pub(in crate::cli) numeric: bool,
    /// Make a mistake in the zero-insertion rule on purpose, to see which
    /// layers show it
    #[arg(
        long, value_name = "MISTAKE", help_heading = "Checks", conflicts_with = "conv",
        value_parser = named(&Fault::ALL, Fault::name)
    )]
    pub(in crate::cli) plant: Option<Fault>,
    /// Draw so many configurations at random instead of taking all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Checks")]
    pub(in crate::cli) sample: Option<u64>,
    /// Seed of --sample and --numeric
    #[arg(long, value_name = "N", default_value = "0", help_heading = "Checks")]
    pub(in crate::cli) seed: u64,
    /// Threads (default: as many as there are processors; of more than 8, or
    /// than there are processors, only so many are used)
    #[arg(long, value_name = "N", help_heading = "Checks")]
    pub(in crate::cli) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(in crate::cli) format: ReportFormatArgs,
    /// Write into a file, whole or not at all; its extension (.tex, .md, .txt,
    /// .json, .csv) sets the format unless a flag does
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = "Output")]
    pub(in crate::cli) path: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) texts: TextArgs,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}

/// The values of every parameter.
#[derive(Args, Debug)]
#[command(next_help_heading = "Grid (3, 1,2,4 or 1..5; an x separates axes)")]
pub(in crate::cli) struct GridArgs {
    /// Sizes of the input [default: 1..4]
    #[arg(id = "in", long = "in", value_name = "VALUES", allow_hyphen_values = true)]
    pub(in crate::cli) input: Option<AxisValues<Values>>,
    /// One layer, pasted from PyTorch; --in gives the size of its input
    #[arg(
        long, value_name = "CALL",
        conflicts_with_all = [
            "kernel_size", "stride", "padding", "dilation", "output_padding", "in_channels", "out_channels",
            "groups", "conv", "dims", "anisotropic", "sample",
        ]
    )]
    pub(in crate::cli) layer: Option<String>,
    /// Kernel sizes [default: 1..3]
    #[arg(short, long, visible_aliases = ["k", "kernel"], value_name = "VALUES", allow_hyphen_values = true)]
    pub(in crate::cli) kernel_size: Option<AxisValues<Values>>,
    /// Strides [default: 1]
    #[arg(short, long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(in crate::cli) stride: Option<AxisValues<Values>>,
    /// Paddings; begin:end where the ends differ [default: 0]
    #[arg(short, long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(in crate::cli) padding: Option<AxisValues<PaddingValues>>,
    /// Dilations [default: 1]
    #[arg(short, long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(in crate::cli) dilation: Option<AxisValues<Values>>,
    /// Output paddings [default: 0]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(in crate::cli) output_padding: Option<AxisValues<Values>>,
    /// Channels of the input [default: 1]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(in crate::cli) in_channels: Option<TypedValues<Values>>,
    /// Channels of the output [default: 1]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(in crate::cli) out_channels: Option<TypedValues<Values>>,
    /// Groups [default: 1]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(in crate::cli) groups: Option<TypedValues<Values>>,
    /// Spatial dimensions, 1 to 3 [default: as many as a parameter has axes, or 2]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(in crate::cli) dims: Option<TypedValues<Values>>,
    /// Let every parameter vary on every axis alone: the full product
    #[arg(long)]
    pub(in crate::cli) anisotropic: bool,
    /// Plain convolutions instead of transposed ones
    #[arg(long)]
    pub(in crate::cli) conv: bool,
}

/// The format of a report, if a flag names it.
#[derive(Args, Debug)]
#[group(multiple = false)]
#[command(next_help_heading = "Output")]
pub(in crate::cli) struct ReportFormatArgs {
    /// LaTeX to paste into a document
    #[arg(long)]
    pub(in crate::cli) latex: bool,
    /// Markdown
    #[arg(long)]
    pub(in crate::cli) markdown: bool,
    /// JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// One row for every configuration
    #[arg(long)]
    pub(in crate::cli) csv: bool,
    /// Text (default)
    #[arg(long)]
    pub(in crate::cli) text: bool,
}

/// Parses one of the values by its name.
fn named<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|&value| name(value))).map(move |typed| {
        all.iter().copied().find(|&value| name(value) == typed.to_lowercase()).expect("a possible value")
    })
}
