//! Derivations as data: sections of steps, each a claim, its formulas and its reason, in no particular format.

pub mod backward;
pub mod derivation;
pub mod diagnosis;
pub mod explanation;
mod formula;
mod markup;
mod math;
mod notation;
mod section;
mod subject;
mod table;
mod tensors;
mod volume;

pub(crate) use markup::{Said, formula, prose};
pub(crate) use math::row;
pub use math::{Cell, Cells, Entry, Grid, Index, IndexStyle, Math, Name, Relation, Shown};
pub use notation::Notation;
pub use section::{Chosen, DocumentKind, NumbersShown, SectionKind, UnknownSection};
pub(crate) use subject::factor;
pub use subject::{BlockLines, Extent, Subject, Written};
pub use table::{Table, TableCell, grouped};
pub use volume::{Outline, Volume, Writing};

/// A piece of running text.
#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    /// Plain text; writers escape it.
    Text(String),
    /// A formula in the line.
    Math(Math),
    /// Emphasised text.
    Emphasis(String),
    /// Something to type or read literally.
    Code(String),
}

impl From<&str> for Inline {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Inline {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Math> for Inline {
    fn from(math: Math) -> Self {
        Self::Math(math)
    }
}

impl From<Name> for Inline {
    fn from(name: Name) -> Self {
        Self::Math(Math::Name(name))
    }
}

/// Running text.
pub type Prose = Vec<Inline>;

/// What stands apart from running text.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A displayed formula.
    Formula(Math),
    /// A table of words and counts.
    Table(Table),
}

impl<M: Into<Math>> From<M> for Block {
    fn from(formula: M) -> Self {
        Self::Formula(formula.into())
    }
}

/// One step: what is claimed, what shows it, and why it is so.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Step {
    /// The claim, or what is being shown.
    pub claim: Prose,
    /// Displayed formulas and tables.
    pub blocks: Vec<Block>,
    /// The reason, if it needs one.
    pub reason: Option<Prose>,
}

impl Step {
    /// A step that is only text.
    #[must_use]
    pub fn text(claim: Prose) -> Self {
        Self { claim, ..Self::default() }
    }

    /// A step with one block.
    #[must_use]
    pub fn shown(claim: Prose, block: impl Into<Block>) -> Self {
        Self { claim, blocks: vec![block.into()], reason: None }
    }

    /// A step with displayed formulas.
    #[must_use]
    pub fn displayed(claim: Prose, formulas: Vec<Math>) -> Self {
        Self { claim, blocks: formulas.into_iter().map(Block::Formula).collect(), reason: None }
    }

    /// Adds the reason.
    #[must_use]
    pub fn because(mut self, reason: Prose) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The displayed formulas.
    pub fn formulas(&self) -> impl Iterator<Item = &Math> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Formula(formula) => Some(formula),
            Block::Table(_) => None,
        })
    }
}

/// A heading with its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// A short name.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A derivation, an explanation or a diagnosis.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// What comes before the first section.
    pub introduction: Vec<Prose>,
    /// The sections.
    pub sections: Vec<Section>,
}
