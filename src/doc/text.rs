//! Texts: what the templates of a language say about facts, read into steps.
//!
//! A text is Markdown with statements of Tera. `# heading` begins a part; a paragraph is a claim, and what stands apart
//! below it (formulas, tables, lists) shows it; a quote is the reason. Between dollars stand formulas, see [`formula`];
//! what is between two of them, or is a fact that is a formula and stands alone, is displayed.

mod facts;
pub(super) mod formula;
mod read;

pub(crate) use facts::{Fact, Facts, facts};

use super::{Block, Document, Inline, Prose, Section, Step};
use crate::templates::{TemplateError, Templates};
use tera::Context;

/// A text by its name, such as `derivation/sizes`, and the facts that it is told about.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The name of the text, without language and extension.
    pub(crate) name: String,
    /// What it may speak of.
    pub(crate) facts: Facts,
    /// The heading of the one part that is asked for; none if all are.
    heading: Option<String>,
}

/// What a text said, part by part.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Told {
    pub(crate) parts: Vec<Part>,
}

/// A heading and what stands below it.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Part {
    /// Empty above the first heading.
    pub(crate) heading: String,
    pub(crate) steps: Vec<Step>,
}

/// What stands for itself in a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shown {
    /// Text in the line.
    Prose(Prose),
    /// A formula, in the line or displayed.
    Formula(super::Math),
    /// Displayed below each other.
    Blocks(Vec<Block>),
    /// Whole steps.
    Steps(Vec<Step>),
}

impl Passage {
    /// The text of a name, told nothing.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self::new(name, Facts::default())
    }

    /// The text of a name about facts.
    pub(crate) fn new(name: impl Into<String>, facts: Facts) -> Self {
        Self { name: name.into(), facts, heading: None }
    }

    /// Of the text what it says under a heading.
    pub(crate) fn under(self, heading: impl Into<String>) -> Self {
        Self { heading: Some(heading.into()), ..self }
    }

    /// What the text says.
    ///
    /// # Errors
    /// When a template that was replaced asks for what is not known, or writes what is no text.
    pub(crate) fn told(self, templates: &Templates) -> Result<Told, TemplateError> {
        templates.see(&self.name, &self.facts);
        let mut shown = Vec::new();
        let mut context = Context::new();
        for (name, value) in self.facts.values(templates, &mut shown)? {
            context.insert_value(name, value);
        }
        let text = templates.text(&self.name, &context)?;
        let mut told = read::parts(&text, shown, &templates.word("thousands")?)
            .map_err(|problem| TemplateError::said(format!("{}: {problem}", templates.text_name(&self.name))))?;
        if let Some(heading) = self.heading {
            told.parts.retain(|part| part.heading == heading);
        }
        Ok(told)
    }

    /// The steps of all parts.
    ///
    /// # Errors
    /// As [`told`](Self::told).
    pub(crate) fn steps(self, templates: &Templates) -> Result<Vec<Step>, TemplateError> {
        Ok(self.told(templates)?.parts.into_iter().flat_map(|part| part.steps).collect())
    }

    /// The first step.
    ///
    /// # Errors
    /// As [`told`](Self::told).
    pub(crate) fn first_step(self, templates: &Templates) -> Result<Step, TemplateError> {
        Ok(self.steps(templates)?.into_iter().next().unwrap_or_default())
    }

    /// The text as a section of a document: its first heading, and the steps of all parts.
    ///
    /// # Errors
    /// As [`told`](Self::told).
    pub(crate) fn section(self, id: &'static str, templates: &Templates) -> Result<Section, TemplateError> {
        let told = self.told(templates)?;
        let title = told.parts.first().map_or_else(String::new, |part| part.heading.clone());
        Ok(Section { id, title, steps: told.parts.into_iter().flat_map(|part| part.steps).collect() })
    }

    /// The text as the opening of a document without sections: its first heading and the claims below it.
    ///
    /// # Errors
    /// As [`told`](Self::told).
    pub(crate) fn opening(self, templates: &Templates) -> Result<Document, TemplateError> {
        let told = self.told(templates)?;
        let title = told.parts.first().map_or_else(String::new, |part| part.heading.clone());
        let steps = told.parts.into_iter().flat_map(|part| part.steps);
        Ok(Document { title, introduction: steps.map(|step| step.claim).collect(), sections: Vec::new() })
    }
}

impl Told {
    /// The steps below the heading; none where there is no such heading.
    pub(crate) fn part(&self, heading: &str) -> Option<&[Step]> {
        self.parts.iter().find(|part| part.heading == heading).map(|part| &part.steps[..])
    }

    /// The claims below the heading, joined; empty where there is no such heading.
    pub(crate) fn prose(&self, heading: &str) -> Prose {
        let mut prose = Prose::new();
        for step in self.part(heading).unwrap_or_default() {
            if !prose.is_empty() {
                prose.push(Inline::Text(" ".into()));
            }
            prose.extend(step.claim.iter().cloned());
        }
        prose
    }

    /// The items of the lists below the heading.
    pub(crate) fn items(&self, heading: &str) -> Vec<Prose> {
        let blocks = self.part(heading).unwrap_or_default().iter().flat_map(|step| &step.blocks);
        blocks
            .filter_map(|block| if let Block::List(list) = block { Some(list.items.clone()) } else { None })
            .flatten()
            .collect()
    }
}
