//! The arguments of `gradients`.

use super::{OutputArgs, SubjectArgs};
use crate::cli::limits::LimitArgs;
use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args};
use convt_matrix::doc::backward::GRADIENTS;

/// The backward pass.
#[derive(Args, Debug)]
pub(in crate::cli) struct GradientsArgs {
    #[command(flatten)]
    pub(in crate::cli) subject: SubjectArgs,
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,
    /// Only these sections, separated by commas; a single one comes as bare
    /// formulas
    #[arg(
        long, value_name = "SECTIONS", value_delimiter = ',', action = ArgAction::Append, ignore_case = true,
        value_parser = PossibleValuesParser::new(GRADIENTS.ids()), help_heading = "Output"
    )]
    pub(in crate::cli) only: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}
