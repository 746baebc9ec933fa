//! How a command writes its document: format, extent, templates, destination.

use super::args::{DataArgs, Lines, OutputArgs, Zeros};
use super::error::CliError;
use super::format::{FormatFlags as _, FormatName};
use super::layer::ParsedLayer;
use super::output::Destination;
use convt_matrix::doc::{
    BlockLines, Chosen, Document, DocumentKind, Extent, Notation, NumbersShown, UnknownSection, Volume,
};
use convt_matrix::geometry::Layer;
use convt_matrix::instance::{Given, Instance};
use convt_matrix::limits::{Budget, Cost};
use convt_matrix::render::{Format, Frame, Templates, TextShown, Widths, ZeroStyle, cost};
use convt_matrix::taps::Taps;
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
            format: match args.format.format_of(args.path.as_deref(), FormatName::Text)? {
                FormatName::Standalone => Format::Latex(Frame::Standalone),
                FormatName::Latex => Format::Latex(Frame::Fragment),
                FormatName::Markdown => Format::Markdown,
                _ => Format::Text,
            },
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
    pub(super) fn write(&self, document: &Document, text: TextShown) -> Result<String, CliError> {
        let written = self.format.writer(self.zeros, &self.templates).document(document, text);
        written.map_err(|error| CliError::templates(self.template_folder.as_deref(), &error))
    }
}

/// The sections of a document that `--only` names, and how much text goes with them; all if it names none.
pub(super) fn chosen<Q: ?Sized>(
    kind: &'static DocumentKind<Q>,
    only: &[String],
    what: &str,
) -> Result<(Chosen<Q>, TextShown), CliError> {
    let names: Vec<String> = only.iter().map(|name| name.to_lowercase()).collect();
    let text = match names.len() {
        0 => return Ok((kind.whole(), TextShown::All)),
        1 => TextShown::None,
        _ => TextShown::Sections,
    };
    let unknown = |UnknownSection { asked, known, .. }| {
        CliError::usage(
            format!("--only {asked}: {what} has no such section"),
            format!("name some of {}", known.join(", ")),
        )
    };
    Ok((kind.only(&names).map_err(unknown)?, text))
}

/// The numbers that a document shows.
pub(super) fn shown_numbers<Q: ?Sized>(
    chosen: &Chosen<Q>,
    data: &DataArgs,
    parsed: &ParsedLayer,
    given: Given,
    taps: &Taps,
    budget: &Budget,
) -> Result<Instance, CliError> {
    let given = match chosen.numbers() {
        NumbersShown::Computed => return super::numbers::instance(data, parsed, given, taps, budget),
        NumbersShown::Given => given,
        NumbersShown::Weight => Given { weight: given.weight, ..Given::default() },
        NumbersShown::None => Given::default(),
    };
    super::numbers::operands(data, &given, budget)
}

/// The built-in templates, except where the folder has others.
pub(super) fn templates(folder: Option<&Path>) -> Result<Templates, CliError> {
    match folder {
        Some(path) => Templates::with_overrides(path).map_err(|error| CliError::templates(folder, &error)),
        None => Ok(Templates::built_in()),
    }
}
