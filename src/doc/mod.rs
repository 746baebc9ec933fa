//! Derivations as data: sections of steps, each a claim, its formulas and its reason, in no particular format.

/// Conversions into a type from those that can stand for it.
macro_rules! stands_for {
    ($whole:ty: $($of:ty: |$given:ident| $as:expr;)*) => {
        $(impl From<$of> for $whole {
            fn from($given: $of) -> Self {
                $as
            }
        })*
    };
}

pub mod backward;
pub mod derivation;
pub mod diagnosis;
pub mod explanation;
mod formula;
mod math;
mod notation;
pub mod rules;
mod section;
mod subject;
mod table;
mod tensors;
pub(crate) mod text;
mod volume;

pub(crate) use math::row;
pub use math::{Cell, Cells, Entry, Grid, Index, IndexStyle, Math, Name, Relation, Shown};
pub use notation::Notation;
pub use section::{Chosen, DocumentKind, NumbersShown, SectionKind, UnknownSection};
pub(crate) use subject::factor;
pub use subject::{BlockLines, Extent, Subject, Written};
pub use table::{Table, TableCell};
pub use text::Passage;
pub(crate) use text::{Fact, Facts, facts};
pub use volume::{Outline, Volume, Writing};

use crate::formula::Formula;
use crate::laws::Law;

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

stands_for! { Inline:
    &str: |text| Self::Text(text.into());
    String: |text| Self::Text(text);
    usize: |number| Self::Text(number.to_string());
    Math: |math| Self::Math(math);
    Name: |name| Self::Math(name.into());
    Law: |law| Self::Math(law.into());
    Formula: |formula| Self::Math(formula.into());
    &Formula: |formula| Self::Math(formula.into());
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
    /// Items of running text.
    List(List),
}

/// Items of running text, one below the other.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// Whether they are numbered.
    pub is_numbered: bool,
    /// The items.
    pub items: Vec<Prose>,
}

impl<M: Into<Math>> From<M> for Block {
    fn from(formula: M) -> Self {
        Self::Formula(formula.into())
    }
}

/// One step: what is claimed, what shows it, and why it is so.
#[derive(Clone, Debug, PartialEq, Default)]
#[must_use]
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
    pub fn text(claim: Prose) -> Self {
        Self { claim, ..Self::default() }
    }

    /// A step with one block.
    pub fn shown(claim: Prose, block: impl Into<Block>) -> Self {
        Self { claim, blocks: vec![block.into()], reason: None }
    }

    /// A step with displayed formulas.
    pub fn displayed(claim: Prose, formulas: Vec<Math>) -> Self {
        Self { claim, blocks: formulas.into_iter().map(Block::Formula).collect(), reason: None }
    }

    /// Adds the reason.
    pub fn because(mut self, reason: Prose) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The displayed formulas.
    pub fn formulas(&self) -> impl Iterator<Item = &Math> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Formula(formula) => Some(formula),
            Block::Table(_) | Block::List(_) => None,
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
#[must_use]
pub struct Document {
    /// Its title.
    pub title: String,
    /// What comes before the first section.
    pub introduction: Vec<Prose>,
    /// The sections.
    pub sections: Vec<Section>,
}
