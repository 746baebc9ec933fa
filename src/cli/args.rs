//! What can be typed: one definition feeds parsing, help, completions and the man page.

use super::grid_values::{AxisValues, TypedValues};
use super::limits::LimitArgs;
use super::values::{PaddingWidth, PerAxis, Place, Size};
use super::worksheet::{MOST_EXERCISES, MOST_POINTS};
use crate::doc::backward::GRADIENTS;
use crate::doc::derivation::DERIVATION;
use crate::doc::explanation::{BUFFERS, ENTRY, OUTPUT};
use crate::proof::Fault;
use crate::render::Templates;
use crate::sweep::{Check, PaddingValues, Values};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  convt-matrix --k 3 --in 2x2                       read it in the terminal
  convt-matrix --k 3 --in 2x2 --latex               paste it into lecture notes
  convt-matrix --k 3 --in 2x2 --standalone -o a.tex then: pdflatex a.tex
  convt-matrix --k 4 --in 4x4 -s 2 -p 1 --only transpose --latex
  convt-matrix --k 3x5 --in 4x6 -s 2x1 -p 0:1x2 --markdown
  convt-matrix --conv --k 3 --in 5x5                the plain convolution
  convt-matrix --layer 'ConvTranspose2d(1, 1, 4, stride=2)' --in 4x4
  convt-matrix eval < cases.jsonl                   layers with numbers, in bulk
";

/// Convolution and transposed convolution in matrix form, proved and written out.
#[derive(Parser, Debug)]
#[command(
    name = "convt-matrix",
    version,
    before_help = EXAMPLES,
    max_term_width = 80,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    help_template = "{name} {version}\n{about}\n\n{before-help}\n{usage-heading} {usage}\n\n{all-args}{after-help}"
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) derive: DeriveArgs,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Why an entry of the output is what it is, in four views
    Explain(Box<ExplainArgs>),
    /// Say which wrong rule leads to an answer, or which entries are wrong
    ///
    /// Example:
    ///   convt-matrix diagnose --k 3 --in 2 --input '1 2' --weight '1 2 3' \
    ///     --answer '3 8 5 2'
    ///
    /// The exit code is 0 if the answer is right, and 1 if it is wrong.
    #[command(verbatim_doc_comment)]
    Diagnose(Box<DiagnoseArgs>),
    /// Derive the gradients with respect to input, weight and bias
    Gradients(Box<GradientsArgs>),
    /// Write the matrix for other programs, or show its pattern
    Matrix(Box<MatrixArgs>),
    /// Write a Python script that checks the numbers in PyTorch (or SciPy)
    Pytorch(Box<PytorchArgs>),
    /// Prove the equivalence for every configuration of a grid
    ///
    /// Every parameter takes a number, a list or an inclusive range: 3, 1,2,4,
    /// 1..5. An x separates axes: 1..3x2..4. Kernel parameters are shared by all
    /// axes unless they are given per axis or --anisotropic is; sizes of the
    /// input vary on every axis alone. Without any parameter, a grid that covers
    /// all of them in a few seconds. Exit code: 0 if every check holds, 1 if one
    /// fails, 130 if interrupted before one did.
    #[command(verbatim_doc_comment)]
    Verify(Box<VerifyArgs>),
    /// Write exercises with proved keys, the same sheet for the same seed
    ///
    /// Examples:
    ///   convt-matrix worksheet --seed 7                   read it here
    ///   convt-matrix worksheet --seed 7 -o sheet.tex      then: pdflatex
    ///   convt-matrix worksheet --seed 7 --solutions -o key.tex
    ///   convt-matrix worksheet --seed 7 --roster students.csv -o sheets/
    ///   convt-matrix worksheet --from-manifest sheets/manifest.json -o again/
    #[command(verbatim_doc_comment)]
    Worksheet(Box<WorksheetArgs>),
    /// Evaluate layers with numbers: a JSON object per line in, one per line out
    ///
    /// Reads lines such as
    ///
    ///   {"id": 1, "op": "conv_transpose", "stride": 2,
    ///    "input": [[1, 2]], "weight": [[[1, 10, "1/3"]]]}
    ///
    /// from standard input and answers each, in order, with
    ///
    ///   {"id": 1, "shape": [1, 5], "output": [[...]], "agree": true}
    ///
    /// or {"id": ..., "error": "..."}. Fields: id; op, "conv" or
    /// "conv_transpose"; input [Cin, sizes] or [N, Cin, sizes]; weight and bias
    /// in PyTorch's layout; stride, padding, dilation, output_padding: a number
    /// or a list of one per axis, padding also [[begin, end], ...]; groups;
    /// grad_output, which asks for grad_input, grad_weight and grad_bias.
    ///
    /// Every road is run and compared ("agree"). Integers of any length stay
    /// JSON integers; fractions are strings. The exit code is 1 if a line failed.
    #[command(verbatim_doc_comment)]
    Eval {
        /// Calculate with 64-bit floats and write decimals
        #[arg(long)]
        float: bool,
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff)
    Man,
    /// Print a built-in template, to start your own from (see --templates)
    Template {
        /// Its name
        #[arg(value_parser = template_names())]
        name: String,
    },
}

fn template_names() -> Vec<&'static str> {
    Templates::sources().map(|(name, _)| name).collect()
}

pub(super) fn template_source(name: String) -> &'static str {
    Templates::sources().find(|(known, _)| *known == name).map_or("", |(_, source)| source)
}

/// The layer, in PyTorch's terms.
#[derive(Args, Debug)]
#[command(next_help_heading = "Layer (3 means 3 on every axis, 3x5 or 3,5 is per axis)")]
pub(super) struct LayerArgs {
    /// Size of the input; its length sets the number of dimensions. Taken from
    /// the numbers of the input where it is not given
    #[arg(id = "in", long = "in", value_name = "SIZES", allow_hyphen_values = true)]
    pub(super) input: Option<PerAxis<Size>>,
    /// A layer pasted from PyTorch, such as
    /// 'ConvTranspose2d(1, 1, 4, stride=2, padding=1)'
    #[arg(
        long, value_name = "CALL",
        conflicts_with_all = [
            "kernel_size", "stride", "padding", "dilation", "output_padding",
            "in_channels", "out_channels", "groups", "conv",
        ]
    )]
    pub(super) layer: Option<String>,
    /// Kernel size
    #[arg(short, long, visible_aliases = ["k", "kernel"], value_name = "SIZES", allow_hyphen_values = true)]
    pub(super) kernel_size: Option<PerAxis<Size>>,
    /// Stride
    #[arg(short, long, value_name = "STEPS", default_value = "1", allow_hyphen_values = true)]
    pub(super) stride: PerAxis<Size>,
    /// Padding; begin:end where the ends differ
    #[arg(short, long, value_name = "WIDTHS", default_value = "0", allow_hyphen_values = true)]
    pub(super) padding: PerAxis<PaddingWidth>,
    /// Dilation; 1 is the ordinary kernel
    #[arg(short, long, value_name = "STEPS", default_value = "1", allow_hyphen_values = true)]
    pub(super) dilation: PerAxis<Size>,
    /// Output padding: cells spared from the cut at the end
    #[arg(long, value_name = "WIDTHS", default_value = "0", allow_hyphen_values = true)]
    pub(super) output_padding: PerAxis<Size>,
    /// Size of the output instead of output padding, by PyTorch's rule
    #[arg(long, value_name = "SIZES", allow_hyphen_values = true, conflicts_with_all = ["output_padding", "conv"])]
    pub(super) output_size: Option<PerAxis<Size>>,
    /// Channels of the input
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub(super) in_channels: Size,
    /// Channels of the output
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub(super) out_channels: Size,
    /// Groups; must divide both channel counts
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub(super) groups: Size,
    /// Describe the plain convolution instead of the transposed one
    #[arg(long)]
    pub(super) conv: bool,
}

/// The numbers of the layer, in PyTorch's layouts.
#[derive(Args, Debug)]
#[command(next_help_heading = "Numbers ('3 1; 1 5', [[3,1],[1,5]], iota, 1..16, ones, random, w.npy, ...)")]
pub(super) struct DataArgs {
    /// Weight: in, out / groups, sizes of the kernel (with --conv: out,
    /// in / groups, sizes). As of every tensor, leading axes of extent 1 may
    /// be left out, and a flat list that fills the shape will do. Files end
    /// in .json, .csv, .npy or .npz (then :name may follow)
    #[arg(long, value_name = "DATA", allow_hyphen_values = true)]
    pub(super) weight: Option<String>,
    /// Input: channels, sizes
    #[arg(long, value_name = "DATA", allow_hyphen_values = true)]
    pub(super) input: Option<String>,
    /// Bias: one number per output channel
    #[arg(long, value_name = "DATA", allow_hyphen_values = true)]
    pub(super) bias: Option<String>,
    /// Gradient with respect to the output, of the output's shape
    #[arg(long, value_name = "DATA", allow_hyphen_values = true)]
    pub(super) grad_output: Option<String>,
    /// Seed of random numbers
    #[arg(long, value_name = "N", default_value = "0")]
    pub(super) seed: u64,
    /// Calculate with 64-bit floats instead of exact fractions
    #[arg(long)]
    pub(super) float: bool,
}

/// The main job.
#[derive(Args, Debug)]
pub(super) struct DeriveArgs {
    #[command(flatten)]
    pub(super) layer: LayerArgs,
    #[command(flatten)]
    pub(super) data: DataArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    /// Only these parts, separated by commas; a single part comes as bare
    /// formulas, without heading and explanation
    #[arg(
        long, value_name = "PARTS", value_delimiter = ',', action = ArgAction::Append, ignore_case = true,
        value_parser = PossibleValuesParser::new(DERIVATION.ids()), help_heading = "Output"
    )]
    pub(super) only: Vec<String>,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

/// The question of an explanation.
#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    pub(super) layer: LayerArgs,
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// The entry of the output to explain, such as 0,0; with the channel first
    /// where there are several. Without it: the whole output
    #[arg(long, value_name = "INDEX", allow_hyphen_values = true, help_heading = "Question")]
    pub(super) at: Option<Place>,
    /// Show every input's copy of the kernel at its place, and their sum
    #[arg(long, conflicts_with = "at", help_heading = "Question")]
    pub(super) buffers: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    /// Only these sections, separated by commas: of an entry (--at) answer to
    /// indices, of the output counts to entries, of --buffers copies and sum;
    /// a single one comes as bare formulas
    #[arg(
        long, value_name = "SECTIONS", value_delimiter = ',', action = ArgAction::Append, ignore_case = true,
        value_parser = PossibleValuesParser::new(ENTRY.ids().chain(OUTPUT.ids()).chain(BUFFERS.ids())),
        help_heading = "Output"
    )]
    pub(super) only: Vec<String>,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

/// An answer to be diagnosed.
#[derive(Args, Debug)]
pub(super) struct DiagnoseArgs {
    #[command(flatten)]
    pub(super) layer: LayerArgs,
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// The answer: what somebody says the output is, in any shape
    #[arg(long, value_name = "DATA", allow_hyphen_values = true, help_heading = "Question")]
    pub(super) answer: String,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    /// The diagnosis as JSON, for other programs
    #[arg(
        long, help_heading = "Output",
        conflicts_with_all = ["latex", "standalone", "markdown", "text", "zeros", "lines", "full", "templates"]
    )]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

/// The backward pass.
#[derive(Args, Debug)]
pub(super) struct GradientsArgs {
    #[command(flatten)]
    pub(super) layer: LayerArgs,
    #[command(flatten)]
    pub(super) data: DataArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    /// Only these sections, separated by commas; a single one comes as bare
    /// formulas
    #[arg(
        long, value_name = "SECTIONS", value_delimiter = ',', action = ArgAction::Append, ignore_case = true,
        value_parser = PossibleValuesParser::new(GRADIENTS.ids()), help_heading = "Output"
    )]
    pub(super) only: Vec<String>,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

/// The matrix in a file.
#[derive(Args, Debug)]
pub(super) struct MatrixArgs {
    #[command(flatten)]
    pub(super) layer: LayerArgs,
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// The transposed matrix instead
    #[arg(long, help_heading = "Output")]
    pub(super) transpose: bool,
    /// The format, where the extension of the file does not tell it
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub(super) format: Option<MatrixFormatName>,
    #[command(flatten)]
    pub(super) file: FileArgs,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

/// A sweep over a grid of layers.
#[derive(Args, Debug)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub(super) grid: GridArgs,
    /// Only these checks, separated by commas (default: all but sample)
    #[arg(
        long, value_name = "CHECKS", value_delimiter = ',', ignore_case = true, help_heading = "Checks",
        value_parser = named(&Check::ALL, Check::name)
    )]
    pub(super) checks: Vec<Check>,
    /// Compare one instance of integers, too: the check sample
    #[arg(long, help_heading = "Checks")]
    pub(super) numeric: bool,
    /// Make a mistake in the zero-insertion rule on purpose, to see which
    /// layers show it
    #[arg(
        long, value_name = "MISTAKE", help_heading = "Checks", conflicts_with = "conv",
        value_parser = named(&Fault::ALL, Fault::name)
    )]
    pub(super) plant: Option<Fault>,
    /// Draw so many configurations at random instead of taking all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Checks")]
    pub(super) sample: Option<u64>,
    /// Seed of --sample and --numeric
    #[arg(long, value_name = "N", default_value = "0", help_heading = "Checks")]
    pub(super) seed: u64,
    /// Threads (default: as many as there are processors; of more than 8, or
    /// than there are processors, only so many are used)
    #[arg(long, value_name = "N", help_heading = "Checks")]
    pub(super) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(super) format: ReportFormatArgs,
    /// Write into a file, whole or not at all; its extension (.tex, .md, .txt,
    /// .json, .csv) sets the format unless a flag does
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = "Output")]
    pub(super) path: Option<PathBuf>,
    /// Take templates from this folder where it has them
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) templates: Option<PathBuf>,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

/// The values of every parameter.
#[derive(Args, Debug)]
#[command(next_help_heading = "Grid (3, 1,2,4 or 1..5; an x separates axes)")]
pub(super) struct GridArgs {
    /// Sizes of the input [default: 1..4]
    #[arg(id = "in", long = "in", value_name = "VALUES", allow_hyphen_values = true)]
    pub(super) input: Option<AxisValues<Values>>,
    /// One layer, pasted from PyTorch; --in gives the size of its input
    #[arg(
        long, value_name = "CALL",
        conflicts_with_all = [
            "kernel_size", "stride", "padding", "dilation", "output_padding", "in_channels", "out_channels",
            "groups", "conv", "dims", "anisotropic", "sample",
        ]
    )]
    pub(super) layer: Option<String>,
    /// Kernel sizes [default: 1..3]
    #[arg(short, long, visible_aliases = ["k", "kernel"], value_name = "VALUES", allow_hyphen_values = true)]
    pub(super) kernel_size: Option<AxisValues<Values>>,
    /// Strides [default: 1]
    #[arg(short, long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(super) stride: Option<AxisValues<Values>>,
    /// Paddings; begin:end where the ends differ [default: 0]
    #[arg(short, long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(super) padding: Option<AxisValues<PaddingValues>>,
    /// Dilations [default: 1]
    #[arg(short, long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(super) dilation: Option<AxisValues<Values>>,
    /// Output paddings [default: 0]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(super) output_padding: Option<AxisValues<Values>>,
    /// Channels of the input [default: 1]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(super) in_channels: Option<TypedValues<Values>>,
    /// Channels of the output [default: 1]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(super) out_channels: Option<TypedValues<Values>>,
    /// Groups [default: 1]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(super) groups: Option<TypedValues<Values>>,
    /// Spatial dimensions, 1 to 3 [default: as many as a parameter has axes, or 2]
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub(super) dims: Option<TypedValues<Values>>,
    /// Let every parameter vary on every axis alone: the full product
    #[arg(long)]
    pub(super) anisotropic: bool,
    /// Plain convolutions instead of transposed ones
    #[arg(long)]
    pub(super) conv: bool,
}

/// The format of a report, if a flag names it.
#[derive(Args, Debug)]
#[group(multiple = false)]
#[command(next_help_heading = "Output")]
pub(super) struct ReportFormatArgs {
    /// LaTeX to paste into a document
    #[arg(long)]
    pub(super) latex: bool,
    /// Markdown
    #[arg(long)]
    pub(super) markdown: bool,
    /// JSON
    #[arg(long)]
    pub(super) json: bool,
    /// One row for every configuration
    #[arg(long)]
    pub(super) csv: bool,
    /// Text (default)
    #[arg(long)]
    pub(super) text: bool,
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

/// Where a result that is no document goes.
#[derive(Args, Debug)]
pub(super) struct FileArgs {
    /// Write into a file, whole or not at all
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = "Output")]
    pub(super) path: Option<PathBuf>,
}

/// A format of a matrix.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum MatrixFormatName {
    /// Matrix Market; a pattern without --weight
    Mtx,
    /// Comma-separated, written out; symbols without --weight
    Csv,
    /// What scipy.sparse.load_npz reads
    Npz,
    /// A dense NumPy array
    Npy,
    /// Every entry with its row, column, weight and kernel cell
    Json,
    /// A picture of the pattern (default)
    Spy,
}

/// A script that checks the numbers elsewhere.
#[derive(Args, Debug)]
pub(super) struct PytorchArgs {
    #[command(flatten)]
    pub(super) layer: LayerArgs,
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// Rebuild the matrix with SciPy instead
    #[arg(long, help_heading = "Output")]
    pub(super) scipy: bool,
    #[command(flatten)]
    pub(super) file: FileArgs,
    /// Take templates from this folder where it has them
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) templates: Option<PathBuf>,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

/// A worksheet, or many.
#[derive(Args, Debug)]
pub(super) struct WorksheetArgs {
    /// Kinds of exercises, separated by commas, taken in turn; all if none is
    /// named
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind_names(), help_heading = "Exercises")]
    pub(super) kinds: Vec<String>,
    /// How many exercises; one of each kind if it is not said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_EXERCISES as i64), help_heading = "Exercises")]
    pub(super) count: Option<u16>,
    /// 1: small, stride 1 or 2; 2: padding, stride and output padding vary;
    /// 3: dilation, two channels, axes that differ
    #[arg(long, value_name = "LEVEL", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=3), help_heading = "Exercises")]
    pub(super) level: u8,
    /// Only layers of one dimension, or only of two
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2), help_heading = "Exercises")]
    pub(super) dims: Option<u8>,
    /// Points of each exercise; by kind if it is not said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_POINTS)), help_heading = "Exercises")]
    pub(super) points: Option<u32>,
    /// Multiple choice, for the kinds that have wrong answers to offer
    #[arg(long, help_heading = "Exercises")]
    pub(super) choice: bool,
    /// Seed of the course: the same sheets for the same seed; 0 if it is not
    /// said
    #[arg(long, value_name = "N", allow_hyphen_values = true, help_heading = "Exercises")]
    pub(super) seed: Option<u64>,
    /// What stands above a sheet
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "Convolution and transposed convolution",
        value_parser = title,
        help_heading = "Exercises"
    )]
    pub(super) title: String,
    /// So many different sheets, into a folder
    #[arg(long, value_name = "N", conflicts_with = "roster", value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Many sheets")]
    pub(super) variants: Option<u32>,
    /// A sheet for every student of a CSV file (id, or id and name; a heading
    /// says so if the columns stand otherwise), into a folder
    #[arg(long, value_name = "FILE", help_heading = "Many sheets")]
    pub(super) roster: Option<PathBuf>,
    /// The sheets of a manifest once more
    #[arg(
        long, value_name = "FILE", help_heading = "Many sheets",
        conflicts_with_all = ["kinds", "count", "level", "dims", "points", "choice", "seed", "title", "variants", "roster"]
    )]
    pub(super) from_manifest: Option<PathBuf>,
    #[command(flatten)]
    pub(super) format: SheetFormatArgs,
    /// The answers with the questions (into a folder: the keys only)
    #[arg(long, conflicts_with = "solutions", help_heading = "Output")]
    pub(super) key: bool,
    /// The answers and the worked solutions with the questions (into a folder:
    /// the keys only; without a flag: sheets and keys with solutions)
    #[arg(long, help_heading = "Output")]
    pub(super) solutions: bool,
    /// Hints with the questions
    #[arg(long, help_heading = "Output")]
    pub(super) hints: bool,
    /// Write into a file whose extension (.tex, .md, .txt, .json) sets the
    /// format unless a flag does; of many sheets, into a folder
    #[arg(short = 'o', long = "output", value_name = "PATH", help_heading = "Output")]
    pub(super) path: Option<PathBuf>,
    /// Take templates from this folder where it has them
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) templates: Option<PathBuf>,
}

/// A title is printed as it is, so it must not command a terminal.
fn title(typed: &str) -> Result<String, String> {
    match typed.chars().find(|character| character.is_control()) {
        Some(control) => Err(format!("there is a control character in it, {}", control.escape_default())),
        None => Ok(typed.to_owned()),
    }
}

fn kind_names() -> Vec<&'static str> {
    crate::worksheet::kinds::ALL.iter().map(|kind| kind.id).collect()
}

/// The format of a worksheet, if a flag names it.
#[derive(Args, Debug)]
#[group(multiple = false)]
#[command(next_help_heading = "Output")]
pub(super) struct SheetFormatArgs {
    /// LaTeX for the exam class (default of a .tex file and of a folder)
    #[arg(long, visible_alias = "exam")]
    pub(super) latex: bool,
    /// LaTeX for the article class
    #[arg(long)]
    pub(super) article: bool,
    /// Markdown, as GitHub renders it
    #[arg(long)]
    pub(super) markdown: bool,
    /// Unicode text (default without a file)
    #[arg(long)]
    pub(super) text: bool,
    /// Everything about every exercise, for other programs
    #[arg(long)]
    pub(super) json: bool,
}

/// How to write a document, and where.
#[derive(Args, Debug)]
pub(super) struct OutputArgs {
    #[command(flatten)]
    pub(super) format: FormatArgs,
    /// Write into a file, whole or not at all; its extension (.tex, .md, .txt)
    /// sets the format unless a flag does
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = "Output")]
    pub(super) path: Option<PathBuf>,
    /// How structural zeros are written
    #[arg(long, value_name = "STYLE", default_value = "0", help_heading = "Output")]
    pub(super) zeros: Zeros,
    /// Lines between the blocks of a matrix
    #[arg(long, value_name = "WHERE", default_value = "blocks", help_heading = "Output")]
    pub(super) lines: Lines,
    /// Write large matrices out instead of eliding them with dots
    #[arg(long, help_heading = "Output")]
    pub(super) full: bool,
    /// Take templates from this folder where it has them
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) templates: Option<PathBuf>,
}

/// The format, if a flag names it.
#[derive(Args, Debug)]
#[group(multiple = false)]
#[command(next_help_heading = "Output")]
pub(super) struct FormatArgs {
    /// LaTeX to paste into a document that loads amsmath
    #[arg(long)]
    pub(super) latex: bool,
    /// A LaTeX document that compiles as it is
    #[arg(long)]
    pub(super) standalone: bool,
    /// Markdown, as GitHub renders it
    #[arg(long)]
    pub(super) markdown: bool,
    /// Unicode text (default)
    #[arg(long)]
    pub(super) text: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Zeros {
    /// As 0
    #[value(name = "0", alias = "digit")]
    Digit,
    /// As centred dots
    #[value(name = "dots", alias = "dot")]
    Dots,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Lines {
    /// Along the sizes of the innermost axis
    Blocks,
    /// None
    None,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_of_the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_fits_80_columns_and_begins_with_examples() {
        let help = Cli::command().render_long_help().to_string();
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        assert!(help.lines().take(5).any(|line| line.starts_with("Examples")));
    }
}
