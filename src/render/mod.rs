//! From a typed document to text: one writer per notation, one template per format.
//!
//! A writer turns formulas and running text into strings; a template places the strings. Templates do no arithmetic,
//! and any of them can be replaced (see [`Templates::with_overrides`]).

mod cost;
mod latex;
mod lines;
mod markdown;
mod report;
mod table;
mod unicode;
pub mod worksheet;

pub use crate::templates::{Language, TemplateError, Templates};
pub use cost::{Widths, cost};
pub use latex::{Latex, pdflatex_sets};
pub use markdown::Markdown;
pub use unicode::Unicode;

use crate::doc::{Block, Document, Facts, Inline, List, Math, Prose, Step, Table};
use crate::sweep::report::Report;
use serde::Serialize;
use std::sync::Arc;

/// What a text was told.
#[derive(Clone, Debug, PartialEq)]
pub struct TextFacts {
    /// The name of the text, such as `derivation/sizes`.
    pub name: String,
    /// The facts by their names; formulas as they stand in Unicode text.
    pub facts: serde_json::Value,
    /// The names of the facts with their meanings.
    pub meanings: Vec<(&'static str, &'static str)>,
}

/// The templates, with everything that a text is told seen.
pub fn watched(templates: Templates, see: impl Fn(TextFacts) + Send + Sync + 'static) -> Templates {
    let math = |math: &Math| Unicode::new(ZeroStyle::Digit).math(math);
    templates.watched(Arc::new(move |name, facts| {
        if let Some(facts) = facts.downcast_ref::<Facts>() {
            let meanings = facts.meanings().collect();
            see(TextFacts { name: name.to_owned(), facts: facts.json(&math), meanings });
        }
    }))
}

/// What a document is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// LaTeX for any document that loads amsmath.
    Latex(Frame),
    /// Markdown with formulas as GitHub reads them.
    Markdown,
    /// Unicode text.
    Text,
}

/// Whether LaTeX comes as a part of a document or as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frame {
    /// To be pasted.
    Fragment,
    /// With a preamble; compiles as it is.
    Standalone,
}

/// How structural zeros are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ZeroStyle {
    /// `0`
    Digit,
    /// A centred dot.
    Dot,
}

/// How much text goes with the formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextShown {
    /// Title, headings, explanations.
    All,
    /// Headings and explanations of the sections, no title and introduction.
    Sections,
    /// Formulas alone, where there are any.
    None,
}

/// Turns blocks and running text into one notation.
pub trait Writer {
    /// A block, ready to be placed by the templates of the notation.
    type Display: Serialize;

    /// Running text.
    fn prose(&self, prose: &[Inline]) -> String;

    /// Text without formulas and emphasis.
    fn plain(&self, text: &str) -> String {
        self.prose(&[text.into()])
    }

    /// A table; empty if it has no rows.
    fn table(&self, table: &Table) -> String;

    /// Items of running text.
    fn list(&self, list: &List) -> String {
        let item = |(place, item): (usize, &Prose)| {
            let mark = if list.is_numbered { format!("{}. ", place + 1) } else { "- ".to_owned() };
            let lines = self.prose(item).replace('\n', &format!("\n{:1$}", "", mark.len()));
            mark + &lines
        };
        list.items.iter().enumerate().map(item).collect::<Vec<_>>().join("\n")
    }

    /// What stands apart from running text.
    fn display(&self, block: &Block) -> Self::Display;

    /// Whether something in the display is struck out by a command that the document has to define.
    fn strikes(&self, _display: &Self::Display) -> bool {
        false
    }

    /// Lines that are set as they are; `end` goes behind those that have to be broken for it.
    fn verbatim(&self, lines: &str, _end: &str) -> String {
        lines.to_owned()
    }
}

/// A block as text, in notations where that is all there is to it.
#[derive(Clone, Debug, Serialize)]
pub struct Display {
    /// The formula, the table or the list.
    pub body: String,
    /// Whether it is a formula.
    pub formula: bool,
}

impl Display {
    fn of(writer: &impl Writer, block: &Block, formula: impl FnOnce(&Math) -> String) -> Self {
        match block {
            Block::Formula(math) => Self { body: formula(math), formula: true },
            Block::Table(table) => Self { body: writer.table(table), formula: false },
            Block::List(list) => Self { body: writer.list(list), formula: false },
        }
    }
}

/// Writes whole documents in one format.
pub trait DocumentWriter {
    /// The document as text.
    ///
    /// # Errors
    /// When a replaced template does not work; the built-in ones do.
    fn document(&self, document: &Document, text: TextShown) -> Result<String, TemplateError>;

    /// The report of a sweep as text.
    ///
    /// # Errors
    /// When a replaced template does not work; the built-in ones do.
    fn report(&self, report: &Report) -> Result<String, TemplateError>;
}

impl Format {
    /// The writer of this format.
    #[must_use]
    pub fn writer(self, zeros: ZeroStyle, templates: &Templates) -> Box<dyn DocumentWriter + '_> {
        let (page, report) = match self {
            Self::Latex(Frame::Fragment) => ("derivation.tex", "report.tex"),
            Self::Latex(Frame::Standalone) => ("standalone.tex", "report.tex"),
            Self::Markdown => ("derivation.md", "report.md"),
            Self::Text => ("derivation.txt", "report.txt"),
        };
        match self {
            Self::Latex(frame) => Box::new(Templated { writer: Latex::new(zeros, frame), page, report, templates }),
            Self::Markdown => Box::new(Templated { writer: Markdown::new(zeros), page, report, templates }),
            Self::Text => Box::new(Templated { writer: Unicode::new(zeros), page, report, templates }),
        }
    }
}

/// A notation whose pages are placed by templates.
struct Templated<'a, W> {
    writer: W,
    page: &'static str,
    report: &'static str,
    templates: &'a Templates,
}

impl<W: Writer> DocumentWriter for Templated<'_, W> {
    fn document(&self, document: &Document, text: TextShown) -> Result<String, TemplateError> {
        self.templates.render(self.page, &page(document, &self.writer, text, &self.templates.word("Why")?))
    }

    fn report(&self, report: &Report) -> Result<String, TemplateError> {
        let page = report::page(report, &self.writer, self.templates)?;
        self.templates.render(self.report, &page)
    }
}

impl Document {
    /// The document with its headings and reasons; [`render`] leaves every choice open.
    ///
    /// # Errors
    /// None: the built-in templates work.
    pub fn written(&self, format: Format) -> Result<String, TemplateError> {
        render(self, format, ZeroStyle::Digit, TextShown::Sections, &Templates::built_in())
    }
}

/// Writes a document in a format.
///
/// # Errors
/// When a replaced template does not work; the built-in ones do.
pub fn render(
    document: &Document,
    format: Format,
    zeros: ZeroStyle,
    text: TextShown,
    templates: &Templates,
) -> Result<String, TemplateError> {
    format.writer(zeros, templates).document(document, text)
}

#[derive(Serialize)]
struct DocumentPage<D> {
    title: String,
    introduction: Vec<String>,
    sections: Vec<PageSection<D>>,
    headings: bool,
    /// Whether the command that strikes out has to be defined.
    strikes: bool,
    version: &'static str,
}

#[derive(Serialize)]
struct PageSection<D> {
    id: &'static str,
    title: String,
    steps: Vec<PageStep<D>>,
}

#[derive(Serialize)]
struct PageStep<D> {
    claim: String,
    displays: Vec<D>,
    reason: String,
}

fn page<W: Writer>(document: &Document, writer: &W, text: TextShown, why: &str) -> DocumentPage<W::Display> {
    let sections = document.sections.iter().map(|section| {
        let has_blocks = section.steps.iter().any(|step| !step.blocks.is_empty());
        let with_text = text != TextShown::None || !has_blocks;
        let steps = section.steps.iter().filter(|step| with_text || !step.blocks.is_empty());
        PageSection {
            id: section.id,
            title: writer.plain(&section.title),
            steps: steps.map(|step| page_step(step, writer, with_text, why)).collect(),
        }
    });
    let sections: Vec<_> = sections.collect();
    let introduction = if text == TextShown::All { &document.introduction[..] } else { &[] };
    DocumentPage {
        strikes: any_strikes(writer, sections.iter().flat_map(|section| &section.steps)),
        title: if text == TextShown::All { writer.plain(&document.title) } else { String::new() },
        introduction: introduction.iter().map(|prose| writer.prose(prose)).collect(),
        sections,
        headings: text != TextShown::None,
        version: env!("CARGO_PKG_VERSION"),
    }
}

fn any_strikes<'a, W: Writer>(writer: &W, steps: impl IntoIterator<Item = &'a PageStep<W::Display>>) -> bool
where
    W::Display: 'a,
{
    steps.into_iter().flat_map(|step| &step.displays).any(|display| writer.strikes(display))
}

/// Running text whose first line leaves room for the word that the template puts before it.
fn prose_behind(writer: &impl Writer, word: &str, prose: &Prose) -> String {
    let word = Inline::Text(format!("{word}: "));
    let whole = writer.prose(&[std::slice::from_ref(&word), prose].concat());
    let before = writer.prose(&[word]);
    whole.strip_prefix(&before).map_or_else(|| writer.prose(prose), str::to_owned)
}

/// `why` is the word that the template puts before a reason.
fn page_step<W: Writer>(step: &Step, writer: &W, with_text: bool, why: &str) -> PageStep<W::Display> {
    PageStep {
        claim: if with_text { writer.prose(&step.claim) } else { String::new() },
        displays: step.blocks.iter().map(|block| writer.display(block)).collect(),
        reason: match &step.reason {
            Some(reason) if with_text => prose_behind(writer, why, reason),
            _ => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::{Math, Section, TableCell};

    fn document() -> Document {
        let table = Table {
            header: vec!["layer".into(), "taps".into()],
            rows: vec![vec!["a_b".into(), TableCell::Count("1,200".into())]],
        };
        let dropped = Math::Dropped(Box::new(Math::from(7_usize)));
        let steps = vec![
            Step::shown(vec!["A table and a formula:".into()], Block::Table(table)),
            Step::shown(vec!["What is cut off:".into()], dropped),
        ];
        Document {
            title: "Title".into(),
            introduction: Vec::new(),
            sections: vec![Section { id: "one", title: "One".into(), steps }],
        }
    }

    fn written(format: Format, text: TextShown) -> String {
        render(&document(), format, ZeroStyle::Digit, text, &Templates::built_in()).expect("built-in templates")
    }

    #[test]
    fn a_step_may_hold_a_table_in_every_format() {
        let text = written(Format::Text, TextShown::Sections);
        assert!(text.contains("A table and a formula:\n\n  layer   taps\n  a_b    1,200\n\n"), "{text}");
        let markdown = written(Format::Markdown, TextShown::Sections);
        assert!(markdown.contains("\n\n| layer | taps |\n| --- | ---: |\n| a\\_b | 1,200 |\n\n"), "{markdown}");
        let latex = written(Format::Latex(Frame::Fragment), TextShown::Sections);
        assert!(latex.contains("\\begin{center}\n\\begin{tabular}{lr}\n"), "{latex}");
        assert!(latex.contains("a\\_b & 1,200 \\\\\n\\hline\n\\end{tabular}\n\\end{center}\n"), "{latex}");
    }

    #[test]
    fn each_notation_decides_how_it_shows_what_does_not_count() {
        let latex = written(Format::Latex(Frame::Fragment), TextShown::None);
        assert!(latex.starts_with("\\providecommand{\\struck}") && latex.contains("\n\\struck{7}\n"), "{latex}");
        assert!(written(Format::Markdown, TextShown::None).contains("\n\\cancel{7}\n"));
        assert!(written(Format::Text, TextShown::None).contains("7\u{336}"));
    }

    #[test]
    fn without_text_a_document_is_its_blocks() {
        let text = written(Format::Text, TextShown::None);
        assert!(
            text.contains("1,200") && !text.contains("Title") && !text.contains("One") && !text.contains("cut off")
        );
        assert!(written(Format::Text, TextShown::All).starts_with("Title\n"));
        assert!(!written(Format::Text, TextShown::Sections).contains("Title"));
    }
}
