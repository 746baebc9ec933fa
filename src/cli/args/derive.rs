//! The arguments of the main job.

use super::{DataArgs, LayerArgs, OutputArgs};
use crate::cli::limits::LimitArgs;
use clap::{ArgAction, Args, ValueEnum};
use convt_matrix::doc::Part;

/// The main job.
#[derive(Args, Debug)]
pub(in crate::cli) struct DeriveArgs {
    #[command(flatten)]
    pub(in crate::cli) layer: LayerArgs,
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,
    /// Only these parts, separated by commas; a single part comes as bare
    /// formulas, without heading and explanation
    #[arg(long, value_name = "PARTS", value_delimiter = ',', action = ArgAction::Append, ignore_case = true, help_heading = "Output")]
    pub(in crate::cli) only: Vec<PartName>,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}

/// A part of the derivation, by its name.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct PartName(pub(in crate::cli) Part);

impl ValueEnum for PartName {
    fn value_variants<'a>() -> &'a [Self] {
        const {
            &[
                Self(Part::Symbols),
                Self(Part::Sizes),
                Self(Part::Matrix),
                Self(Part::Transpose),
                Self(Part::Product),
                Self(Part::ConvForm),
                Self(Part::Entries),
                Self(Part::Proof),
            ]
        }
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.id()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_can_be_asked_for() {
        let named: Vec<Part> = PartName::value_variants().iter().map(|name| name.0).collect();
        assert_eq!(named, Part::ALL);
    }
}
