//! Documents from the flags to the file: what is asked, and how it is written (format, extent, templates, destination).

use super::args::{DataArgs, Lines, OutputArgs, SubjectArgs, Zeros};
use super::error::CliError;
use super::format::{FormatFlags as _, FormatName};
use super::layer::ParsedLayer;
use super::limits::LimitArgs;
use super::numbers;
use super::output::Destination;
use super::texts::Texts;
use convt_matrix::doc::{
    BlockLines, Chosen, Document, DocumentKind, Extent, Notation, NumbersShown, Outline, Subject, UnknownSection,
    Volume,
};
use convt_matrix::geometry::Layer;
use convt_matrix::instance::{Given, Instance};
use convt_matrix::limits::{Budget, Cost};
use convt_matrix::proof::Proved;
use convt_matrix::render::{Format, Frame, TextShown, Widths, ZeroStyle, cost};
use convt_matrix::taps::Taps;
use std::borrow::Borrow;
use std::path::PathBuf;

/// The meaning of the output flags.
pub(super) struct Manner {
    pub(super) format: Format,
    pub(super) extent: Extent,
    pub(super) lines: BlockLines,
    zeros: ZeroStyle,
    pub(super) texts: Texts,
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
            texts: Texts::of(&args.texts)?,
            path: args.path.clone(),
        })
    }

    /// Refuses a document that takes more than there is to make and write, beside the work that finds what is in it.
    fn check(
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
        self.texts.checked(self.format.writer(self.zeros, &self.texts).document(document, text))
    }
}

/// A document that is asked for: a layer with its numbers, and how what is said about it shall be written.
pub(super) struct Inquiry<'a> {
    data: &'a DataArgs,
    only: &'a [String],
    budget: Budget,
    pub(super) manner: Manner,
    pub(super) parsed: ParsedLayer,
    pub(super) given: Given,
}

impl<'a> Inquiry<'a> {
    pub(super) fn of(
        subject: &'a SubjectArgs,
        output: &OutputArgs,
        only: &'a [String],
        limits: &LimitArgs,
    ) -> Result<Self, CliError> {
        let budget = limits.budget();
        let (parsed, given) = numbers::read(subject, &budget)?;
        Ok(Self { data: &subject.data, only, budget, manner: Manner::of(output)?, parsed, given })
    }

    /// Proves the layer and writes the document. `work` finds what is in it; `question` is what the kind of document takes
    /// beside the layer, which may depend on what was proved and calculated; `what` names the document in messages.
    pub(super) fn answer<Q: ?Sized, A: Borrow<Q>>(
        self,
        kind: &'static DocumentKind<Q>,
        what: &str,
        work: fn(&Layer) -> Cost,
        question: impl FnOnce(&Proved, &Instance) -> Result<A, CliError>,
    ) -> Result<(), CliError> {
        let (chosen, text) = chosen(kind, self.only, what)?;
        let Self { data, only, budget, manner, parsed, given } = self;
        let layer = &parsed.layer;
        let model = super::layer::model(layer, &budget)?;
        let outline = Outline::new(layer, parsed.bias, &given, manner.extent);
        // What no model is made of is too large to be weighed.
        manner.check(&budget, work(layer), &chosen.volume(&outline), layer, &given)?;
        let destination = manner.open()?;
        // Sizes are sums, and symbols are names: no road confirms them.
        let proved = if chosen.takes_products() { model.prove_within(&budget)? } else { model.prove_by_taps()? };
        let instance = shown_numbers(chosen.numbers(), data, &parsed, given, proved.taps(), &budget)?;
        let question = question(&proved, &instance)?;
        let subject = Subject::new(&proved, parsed.bias, &instance, manner.extent, manner.lines);
        let document = manner.texts.checked(chosen.document(&subject, question.borrow(), &manner.texts))?;
        let is_there = |name: &&String| document.sections.iter().any(|section| section.id.eq_ignore_ascii_case(name));
        if let Some(missing) = only.iter().find(|name| !is_there(name)) {
            return Err(CliError::usage(
                format!("--only {missing}: the output is not known in numbers"),
                "give --weight and --input, or name another section",
            ));
        }
        destination.finish(manner.write(&document, text)?.as_bytes())
    }
}

/// The sections of a document that `--only` names, and how much text goes with them; all if it names none.
fn chosen<Q: ?Sized>(
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
fn shown_numbers(
    shown: NumbersShown,
    data: &DataArgs,
    parsed: &ParsedLayer,
    given: Given,
    taps: &Taps,
    budget: &Budget,
) -> Result<Instance, CliError> {
    let given = match shown {
        NumbersShown::Computed => return numbers::instance(data, parsed, given, taps, budget),
        NumbersShown::Given => given,
        NumbersShown::Weight => Given { weight: given.weight, ..Given::default() },
        NumbersShown::None => Given::default(),
    };
    numbers::operands(data, &given, budget)
}
