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
mod templates;
mod unicode;
pub mod worksheet;

pub use cost::{Widths, cost};
pub use latex::{Latex, pdflatex_sets};
pub use markdown::Markdown;
pub use report::render_report;
pub use templates::{RenderError, Templates};
pub use unicode::Unicode;

use crate::doc::{Document, Inline, Math, Prose, Step};
use serde::Serialize;

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
pub enum Wording {
    /// Title, headings, explanations.
    Full,
    /// Headings and explanations of the sections, no title and introduction.
    Sections,
    /// Formulas alone, where there are any.
    Formulas,
}

/// Turns formulas and running text into one notation.
pub trait Writer {
    /// Running text.
    fn prose(&self, prose: &[Inline]) -> String;

    /// A displayed formula.
    fn display(&self, math: &Math) -> Display;
}

/// A displayed formula, ready to be placed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Display {
    /// The formula.
    pub body: String,
    /// LaTeX: the environment it stands in.
    pub environment: &'static str,
    /// LaTeX: the type size that lets it fit, empty for the normal one.
    pub size: &'static str,
    /// LaTeX: half the space between columns, in points; empty for the normal one.
    pub column_space: &'static str,
    /// LaTeX: the stretch of the rows of matrices, empty for none.
    pub row_stretch: &'static str,
    /// LaTeX: whether it has fractions, so that its lines need more room between them.
    pub fractions: bool,
    /// LaTeX: whether it is wider than the page even so, and has to be scaled.
    pub scaled: bool,
}

#[derive(Serialize)]
struct Page {
    title: String,
    introduction: Vec<String>,
    sections: Vec<PageSection>,
    headings: bool,
    /// LaTeX: whether `\struck` is used and has to be defined.
    strikes: bool,
    version: &'static str,
}

#[derive(Serialize)]
struct PageSection {
    id: &'static str,
    title: String,
    steps: Vec<PageStep>,
}

#[derive(Serialize)]
struct PageStep {
    claim: String,
    displays: Vec<Display>,
    reason: String,
}

/// Writes a document in a format.
///
/// # Errors
/// When a replaced template does not work; the built-in ones do.
pub fn render(
    document: &Document,
    format: Format,
    zeros: ZeroStyle,
    wording: Wording,
    templates: &Templates,
) -> Result<String, RenderError> {
    let (writer, template): (Box<dyn Writer>, _) = match format {
        Format::Latex(frame) => (
            Box::new(Latex::new(zeros, frame)),
            match frame {
                Frame::Fragment => "derivation.tex",
                Frame::Standalone => "standalone.tex",
            },
        ),
        Format::Markdown => (Box::new(Markdown::new(zeros)), "derivation.md"),
        Format::Text => (Box::new(Unicode::new(zeros)), "derivation.txt"),
    };
    let text = templates.render(template, &page(document, &*writer, wording))?;
    Ok(text)
}

fn page(document: &Document, writer: &dyn Writer, wording: Wording) -> Page {
    let plain = |text: &str| writer.prose(&[Inline::from(text)]);
    let sections = document.sections.iter().map(|section| {
        let has_formulas = section.steps.iter().any(|step| !step.displays.is_empty());
        let with_text = wording != Wording::Formulas || !has_formulas;
        let steps = section.steps.iter().filter(|step| with_text || !step.displays.is_empty());
        PageSection {
            id: section.id,
            title: plain(&section.title),
            steps: steps.map(|step| page_step(step, writer, with_text)).collect(),
        }
    });
    let whole = wording == Wording::Full;
    let sections: Vec<PageSection> = sections.collect();
    let displays = || sections.iter().flat_map(|section| &section.steps).flat_map(|step| &step.displays);
    Page {
        strikes: displays().any(|display| display.body.contains("\\struck{")),
        title: if whole { plain(&document.title) } else { String::new() },
        introduction: if whole {
            document.introduction.iter().map(|prose| writer.prose(prose)).collect()
        } else {
            Vec::new()
        },
        sections,
        headings: wording != Wording::Formulas,
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Running text whose first line leaves room for the word that the template puts before it.
fn prose_behind(writer: &dyn Writer, word: &str, prose: &Prose) -> String {
    let word = Inline::Text(word.to_owned());
    let whole = writer.prose(&[std::slice::from_ref(&word), prose].concat());
    let before = writer.prose(&[word]);
    whole.strip_prefix(&before).map_or_else(|| writer.prose(prose), str::to_owned)
}

fn page_step(step: &Step, writer: &dyn Writer, with_text: bool) -> PageStep {
    PageStep {
        claim: if with_text { writer.prose(&step.claim) } else { String::new() },
        displays: step.displays.iter().map(|math| writer.display(math)).collect(),
        reason: match &step.reason {
            Some(reason) if with_text => prose_behind(writer, "Why: ", reason),
            _ => String::new(),
        },
    }
}
