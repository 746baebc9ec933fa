//! The arguments of the main job.

use super::{OutputArgs, SubjectArgs};
use crate::cli::limits::LimitArgs;
use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args};
use convt_matrix::doc::derivation::DERIVATION;

/// The main job.
#[derive(Args, Debug)]
pub(in crate::cli) struct DeriveArgs {
    #[command(flatten)]
    pub(in crate::cli) subject: SubjectArgs,
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,
    /// Only these parts, separated by commas; a single part comes as bare
    /// formulas, without heading and explanation
    #[arg(
        long, value_name = "PARTS", value_delimiter = ',', action = ArgAction::Append, ignore_case = true,
        value_parser = PossibleValuesParser::new(DERIVATION.ids()), help_heading = "Output"
    )]
    pub(in crate::cli) only: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}
