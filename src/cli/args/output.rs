//! How a result is written, and where.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// How to write a document, and where.
#[derive(Args, Debug)]
pub(in crate::cli) struct OutputArgs {
    #[command(flatten)]
    pub(in crate::cli) format: FormatArgs,
    /// Write into a file, whole or not at all; its extension (.tex, .md, .txt)
    /// sets the format unless a flag does
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = "Output")]
    pub(in crate::cli) path: Option<PathBuf>,
    /// How structural zeros are written
    #[arg(long, value_name = "STYLE", default_value = "0", help_heading = "Output")]
    pub(in crate::cli) zeros: Zeros,
    /// Lines between the blocks of a matrix
    #[arg(long, value_name = "WHERE", default_value = "blocks", help_heading = "Output")]
    pub(in crate::cli) lines: Lines,
    /// Write large matrices out instead of eliding them with dots
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) full: bool,
    #[command(flatten)]
    pub(in crate::cli) texts: TextArgs,
}

/// The format, if a flag names it.
#[derive(Args, Debug)]
#[group(multiple = false)]
#[command(next_help_heading = "Output")]
pub(in crate::cli) struct FormatArgs {
    /// LaTeX to paste into a document that loads amsmath
    #[arg(long)]
    pub(in crate::cli) latex: bool,
    /// A LaTeX document that compiles as it is
    #[arg(long)]
    pub(in crate::cli) standalone: bool,
    /// Markdown, as GitHub renders it
    #[arg(long)]
    pub(in crate::cli) markdown: bool,
    /// Unicode text (default)
    #[arg(long)]
    pub(in crate::cli) text: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Zeros {
    /// As 0
    #[value(name = "0", alias = "digit")]
    Digit,
    /// As centred dots
    #[value(name = "dots", alias = "dot")]
    Dots,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Lines {
    /// Along the sizes of the innermost axis
    Blocks,
    /// None
    None,
}

/// Where a result that is no document goes.
#[derive(Args, Debug)]
pub(in crate::cli) struct FileArgs {
    /// Write into a file, whole or not at all
    #[arg(short = 'o', long = "output", value_name = "FILE", help_heading = "Output")]
    pub(in crate::cli) path: Option<PathBuf>,
}

/// What the text is taken from.
#[derive(Args, Debug)]
pub(in crate::cli) struct TextArgs {
    /// The language of the text
    #[arg(
        long,
        value_name = "LANGUAGE",
        default_value = "en",
        value_parser = super::languages(),
        help_heading = "Output"
    )]
    pub(in crate::cli) lang: String,
    /// Take templates from this folder where it has them
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(in crate::cli) templates: Option<PathBuf>,
}
