//! The arguments of `diagnose`.

use super::{OutputArgs, SubjectArgs};
use crate::cli::limits::LimitArgs;
use clap::Args;

/// An answer to be diagnosed.
#[derive(Args, Debug)]
pub(in crate::cli) struct DiagnoseArgs {
    #[command(flatten)]
    pub(in crate::cli) subject: SubjectArgs,
    /// The answer: what somebody says the output is, in any shape
    #[arg(long, value_name = "DATA", allow_hyphen_values = true, help_heading = "Question")]
    pub(in crate::cli) answer: String,
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,
    /// The diagnosis as JSON, for other programs
    #[arg(
        long, help_heading = "Output",
        conflicts_with_all = ["latex", "standalone", "markdown", "text", "zeros", "lines", "full", "templates", "lang"]
    )]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}
