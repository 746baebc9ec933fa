//! Derivations as data: sections of steps, each a claim, its formulas and its reason, in no particular format.

pub mod backward;
pub mod derivation;
pub mod diagnosis;
pub mod explanation;
mod math;
mod notation;
mod subject;
mod tensors;
mod volume;

pub(crate) use math::row;
pub use math::{Cell, Cells, Entry, Grid, Index, IndexStyle, Math, Name, Relation, Shown};
pub use notation::Notation;
pub(crate) use subject::factor;
pub use subject::{BlockLines, Extent, Subject, Written};
pub use volume::{Outline, Volume};

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

/// Joins text and formulas into [`Prose`].
macro_rules! prose {
    ($($piece:expr),* $(,)?) => { vec![$($crate::doc::Inline::from($piece)),*] };
}
pub(crate) use prose;

/// One step: what is claimed, the formulas that say it, and why it is so.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Step {
    /// The claim, or what is being shown.
    pub claim: Prose,
    /// Displayed formulas.
    pub displays: Vec<Math>,
    /// The reason, if it needs one.
    pub reason: Option<Prose>,
}

impl Step {
    /// A step that is only text.
    #[must_use]
    pub fn text(claim: Prose) -> Self {
        Self { claim, ..Self::default() }
    }

    /// A step with one formula.
    #[must_use]
    pub fn shown(claim: Prose, display: Math) -> Self {
        Self { claim, displays: vec![display], reason: None }
    }

    /// Adds the reason.
    #[must_use]
    pub fn because(mut self, reason: Prose) -> Self {
        self.reason = Some(reason);
        self
    }
}

/// The parts a derivation consists of, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Input and kernel as tensors of symbols.
    Symbols,
    /// The output size, step by step.
    Sizes,
    /// W~.
    Matrix,
    /// W~^T.
    Transpose,
    /// The matrix-vector product written out.
    Product,
    /// The equivalent stride-1 convolution.
    ConvForm,
    /// Every entry of the output as a sum of products.
    Entries,
    /// What was proved, with its grade.
    Proof,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 8] = [
        Self::Symbols,
        Self::Sizes,
        Self::Matrix,
        Self::Transpose,
        Self::Product,
        Self::ConvForm,
        Self::Entries,
        Self::Proof,
    ];

    /// The name it is asked for by.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Symbols => "symbols",
            Self::Sizes => "sizes",
            Self::Matrix => "matrix",
            Self::Transpose => "transpose",
            Self::Product => "product",
            Self::ConvForm => "conv-form",
            Self::Entries => "entries",
            Self::Proof => "proof",
        }
    }
}

/// A part with its title and steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// A short name.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A whole derivation.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// What comes before the first section.
    pub introduction: Vec<Prose>,
    /// The sections.
    pub sections: Vec<Section>,
}
