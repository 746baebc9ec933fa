//! What can be typed: one definition feeds parsing, help, completions and the man page.

mod derive;
mod diagnose;
mod explain;
mod export;
mod gradients;
mod layer;
mod output;
mod template;
mod verify;
mod worksheet;

use super::limits::LimitArgs;
use clap::{Parser, Subcommand};
use convt_matrix::render::Language;

pub(super) use derive::DeriveArgs;
pub(super) use diagnose::DiagnoseArgs;
pub(super) use explain::ExplainArgs;
pub(super) use export::{MatrixArgs, MatrixFormatName, PytorchArgs};
pub(super) use gradients::GradientsArgs;
pub(super) use layer::{DataArgs, LayerArgs, SubjectArgs};
pub(super) use output::{FileArgs, FormatArgs, Lines, OutputArgs, TextArgs, Zeros};
pub(super) use template::{TemplateAction, TemplateArgs};
pub(super) use verify::{GridArgs, ReportFormatArgs, VerifyArgs};
pub(super) use worksheet::{SheetFormatArgs, WorksheetArgs};

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
    /// input vary on every axis alone. Without any parameter, a grid that varies
    /// all of them together in a few seconds. Exit code: 0 if every check holds, 1 if one
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
    /// List the templates, print one to start your own from, or check yours
    ///
    /// Examples:
    ///   convt-matrix template                        the names
    ///   convt-matrix template sizes.md               a text
    ///   convt-matrix template sizes.md --context --k 3 --in 2x2
    ///   convt-matrix template check mine             all files of a folder
    #[command(verbatim_doc_comment)]
    Template(TemplateArgs),
}

/// The languages of the texts.
fn languages() -> Vec<&'static str> {
    Language::all().map(Language::name).collect()
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
