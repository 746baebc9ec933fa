//! The arguments of `explain`.

use super::{OutputArgs, SubjectArgs};
use crate::cli::limits::LimitArgs;
use crate::cli::values::Place;
use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args};
use convt_matrix::doc::explanation::{BUFFERS, ENTRY, OUTPUT};

/// The question of an explanation.
#[derive(Args, Debug)]
pub(in crate::cli) struct ExplainArgs {
    #[command(flatten)]
    pub(in crate::cli) subject: SubjectArgs,
    /// The entry of the output to explain, such as 0,0; with the channel first
    /// where there are several. Without it: the whole output
    #[arg(long, value_name = "INDEX", allow_hyphen_values = true, help_heading = "Question")]
    pub(in crate::cli) at: Option<Place>,
    /// Show every input's copy of the kernel at its place, and their sum
    #[arg(long, conflicts_with = "at", help_heading = "Question")]
    pub(in crate::cli) buffers: bool,
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,
    /// Only these sections, separated by commas: of an entry (--at) answer to
    /// indices, of the output counts to entries, of --buffers copies and sum;
    /// a single one comes as bare formulas
    #[arg(
        long, value_name = "SECTIONS", value_delimiter = ',', action = ArgAction::Append, ignore_case = true,
        value_parser = PossibleValuesParser::new(ENTRY.ids().chain(OUTPUT.ids()).chain(BUFFERS.ids())),
        help_heading = "Output"
    )]
    pub(in crate::cli) only: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}
