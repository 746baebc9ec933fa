//! How a command writes its document: format, extent, templates, destination.

use super::args::{FormatArgs, Lines, OutputArgs, Zeros};
use super::error::CliError;
use super::output::{Destination, named_by_extension};
use convt_matrix::doc::{BlockLines, Document, Extent, Notation, Volume};
use convt_matrix::geometry::Layer;
use convt_matrix::instance::Given;
use convt_matrix::limits::{Budget, Cost};
use convt_matrix::render::{Format, Frame, Templates, Widths, Wording, ZeroStyle, cost, render};
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

    /// Refuses a document that takes more than there is to make and write, beside the work that finds what is in it.
    pub(super) fn check(
        &self,
        budget: &Budget,
        work: Cost,
        volume: &Volume,
        layer: &Layer,
        given: &Given,
    ) -> Result<(), CliError> {
        let widths = Widths::of(self.format, &Notation::of(layer), given);
        let instead = match self.extent {
            Extent::Full => "leave --full out, or use smaller numbers",
            Extent::Readable => "use smaller numbers",
        };
        let checked = budget.check("writing this document", work.beside(cost(volume, self.format, widths)));
        checked.map_err(|error| CliError::over_budget(&error, instead))
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
    if flags.text {
        return Ok(Format::Text);
    }
    let formats = [
        ("tex", Format::Latex(Frame::Fragment)),
        ("md", Format::Markdown),
        ("markdown", Format::Markdown),
        ("txt", Format::Text),
    ];
    let remedy = "use .tex, .md or .txt, or say --latex, --markdown or --text";
    Ok(named_by_extension(output, formats, remedy)?.unwrap_or(Format::Text))
}
