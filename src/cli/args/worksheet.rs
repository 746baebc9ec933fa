//! The arguments of `worksheet`.

use super::TextArgs;
use clap::Args;
use convt_matrix::worksheet::{Settings, kinds};
use std::path::PathBuf;

/// A worksheet, or many.
#[derive(Args, Debug)]
pub(in crate::cli) struct WorksheetArgs {
    /// Kinds of exercises, separated by commas, taken in turn; all if none is
    /// named
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind_names(), help_heading = "Exercises")]
    pub(in crate::cli) kinds: Vec<String>,
    /// How many exercises; one of each kind if it is not said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=Settings::MOST_EXERCISES as i64), help_heading = "Exercises")]
    pub(in crate::cli) count: Option<u16>,
    /// 1: small, stride 1 or 2; 2: padding, stride and output padding vary;
    /// 3: dilation, two channels, axes that differ
    #[arg(long, value_name = "LEVEL", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=3), help_heading = "Exercises")]
    pub(in crate::cli) level: u8,
    /// Only layers of one dimension, or only of two
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2), help_heading = "Exercises")]
    pub(in crate::cli) dims: Option<u8>,
    /// Points of each exercise; by kind if it is not said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Settings::MOST_POINTS)), help_heading = "Exercises")]
    pub(in crate::cli) points: Option<u32>,
    /// Multiple choice, for the kinds that have wrong answers to offer
    #[arg(long, help_heading = "Exercises")]
    pub(in crate::cli) choice: bool,
    /// Seed of the course: the same sheets for the same seed; 0 if it is not
    /// said
    #[arg(long, value_name = "N", allow_hyphen_values = true, help_heading = "Exercises")]
    pub(in crate::cli) seed: Option<u64>,
    /// What stands above a sheet; Convolution and transposed convolution, in the
    /// language of the sheet, if it is not said
    #[arg(long, value_name = "TEXT", value_parser = title, help_heading = "Exercises")]
    pub(in crate::cli) title: Option<String>,
    /// So many different sheets, into a folder
    #[arg(long, value_name = "N", conflicts_with = "roster", value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Many sheets")]
    pub(in crate::cli) variants: Option<u32>,
    /// A sheet for every student of a CSV file (id, or id and name; a heading
    /// says so if the columns stand otherwise), into a folder
    #[arg(long, value_name = "FILE", help_heading = "Many sheets")]
    pub(in crate::cli) roster: Option<PathBuf>,
    /// The sheets of a manifest once more
    #[arg(
        long, value_name = "FILE", help_heading = "Many sheets",
        conflicts_with_all = ["kinds", "count", "level", "dims", "points", "choice", "seed", "title", "variants", "roster"]
    )]
    pub(in crate::cli) from_manifest: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) format: SheetFormatArgs,
    /// The answers with the questions (into a folder: the keys only)
    #[arg(long, conflicts_with = "solutions", help_heading = "Output")]
    pub(in crate::cli) key: bool,
    /// The answers and the worked solutions with the questions (into a folder:
    /// the keys only; without a flag: sheets and keys with solutions)
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) solutions: bool,
    /// Hints with the questions
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) hints: bool,
    /// Write into a file whose extension (.tex, .md, .txt, .json) sets the
    /// format unless a flag does; of many sheets, into a folder
    #[arg(short = 'o', long = "output", value_name = "PATH", help_heading = "Output")]
    pub(in crate::cli) path: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) texts: TextArgs,
}

/// A title is printed as it is, so it must not command a terminal.
fn title(typed: &str) -> Result<String, String> {
    match typed.chars().find(|character| character.is_control()) {
        Some(control) => Err(format!("there is a control character in it, {}", control.escape_default())),
        None => Ok(typed.to_owned()),
    }
}

fn kind_names() -> Vec<&'static str> {
    kinds::ALL.iter().map(|kind| kind.id).collect()
}

/// The format of a worksheet, if a flag names it.
#[derive(Args, Debug)]
#[group(multiple = false)]
#[command(next_help_heading = "Output")]
pub(in crate::cli) struct SheetFormatArgs {
    /// LaTeX for the exam class (default of a .tex file and of a folder)
    #[arg(long, visible_alias = "exam")]
    pub(in crate::cli) latex: bool,
    /// LaTeX for the article class
    #[arg(long)]
    pub(in crate::cli) article: bool,
    /// Markdown, as GitHub renders it
    #[arg(long)]
    pub(in crate::cli) markdown: bool,
    /// Unicode text (default without a file)
    #[arg(long)]
    pub(in crate::cli) text: bool,
    /// Everything about every exercise, for other programs
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
