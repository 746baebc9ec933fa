//! The arguments of `matrix` and `pytorch`.

use super::{FileArgs, SubjectArgs, TextArgs};
use crate::cli::limits::LimitArgs;
use clap::{Args, ValueEnum};

/// The matrix in a file.
#[derive(Args, Debug)]
pub(in crate::cli) struct MatrixArgs {
    #[command(flatten)]
    pub(in crate::cli) subject: SubjectArgs,
    /// The transposed matrix instead
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) transpose: bool,
    /// The format, where the extension of the file does not tell it
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub(in crate::cli) format: Option<MatrixFormatName>,
    #[command(flatten)]
    pub(in crate::cli) file: FileArgs,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}

/// A format of a matrix.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum MatrixFormatName {
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
pub(in crate::cli) struct PytorchArgs {
    #[command(flatten)]
    pub(in crate::cli) subject: SubjectArgs,
    /// Rebuild the matrix with SciPy instead
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) scipy: bool,
    #[command(flatten)]
    pub(in crate::cli) file: FileArgs,
    #[command(flatten)]
    pub(in crate::cli) texts: TextArgs,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}
