//! How a command writes its document: format, extent, templates, destination.

use super::args::{FormatArgs, Lines, OutputArgs, Zeros};
use super::error::CliError;
use super::output::{Destination, refuse_folder};
use crate::doc::{BlockLines, Document, Extent};
use crate::render::{Format, Frame, Templates, Wording, ZeroStyle, render};
use std::path::{Path, PathBuf};

/// The meaning of the output flags.
pub(super) struct Manner {
    pub(super) format: Format,
    pub(super) extent: Extent,
    pub(super) lines: BlockLines,
    zeros: ZeroStyle,
    templates: Templates,
    template_folder: Option<PathBuf>,
    path: Option<PathBuf>,
}

impl Manner {
    pub(super) fn of(args: &OutputArgs) -> Result<Self, CliError> {
        Ok(Self {
            format: format(&args.format, args.path.as_deref())?,
            extent: if args.full { Extent::Full } else { Extent::Readable },
            lines: match args.lines {
                Lines::Blocks => BlockLines::Drawn,
                Lines::None => BlockLines::None,
            },
            zeros: match args.zeros {
                Zeros::Digit => ZeroStyle::Digit,
                Zeros::Dots => ZeroStyle::Dot,
            },
            templates: templates(args.templates.as_deref())?,
            template_folder: args.templates.clone(),
            path: args.path.clone(),
        })
    }

    /// Opens the destination, before the work.
    pub(super) fn open(&self) -> Result<Destination, CliError> {
        Destination::open(self.path.as_deref())
    }

    /// The document as text.
    pub(super) fn write(&self, document: &Document, wording: Wording) -> Result<String, CliError> {
        render(document, self.format, self.zeros, wording, &self.templates).map_err(|error| {
            let folder = self.template_folder.as_deref().unwrap_or(Path::new("(built in)"));
            CliError::templates(folder, &error)
        })
    }
}

/// The built-in templates, except where the folder has others.
pub(super) fn templates(folder: Option<&Path>) -> Result<Templates, CliError> {
    match folder {
        Some(folder) => Templates::with_overrides(folder).map_err(|error| CliError::templates(folder, &error)),
        None => Ok(Templates::built_in()),
    }
}

/// The format a flag names, else the file's extension, else text.
fn format(flags: &FormatArgs, output: Option<&Path>) -> Result<Format, CliError> {
    if flags.standalone {
        return Ok(Format::Latex(Frame::Standalone));
    }
    if flags.latex {
        return Ok(Format::Latex(Frame::Fragment));
    }
    if flags.markdown {
        return Ok(Format::Markdown);
    }
    let Some(path) = output.filter(|path| !flags.text && *path != Path::new("-")) else { return Ok(Format::Text) };
    refuse_folder(path)?;
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
        Some("tex") => Ok(Format::Latex(Frame::Fragment)),
        Some("md" | "markdown") => Ok(Format::Markdown),
        Some("txt") => Ok(Format::Text),
        _ => Err(CliError::usage(
            format!("--output {}: the extension names no format", path.display()),
            "use .tex, .md or .txt, or say --latex, --markdown or --text",
        )),
    }
}
