//! What there is to say about a wrong rule: the rule as somebody may say it, and what is said to somebody who follows it.

use super::{Inline, Passage, Prose, facts};
use crate::geometry::{AxisSettings, Layer, Operation};
use crate::misconception::NamedRule;
use crate::templates::{TemplateError, Templates};

/// What a wrong rule is spoken of in: a layer, as far as the words depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Setting {
    operation: Operation,
    is_strided: bool,
    is_dilated: bool,
}

impl Default for Setting {
    /// A transposed convolution, of which nothing else is known.
    fn default() -> Self {
        Self::new(Operation::Transposed, &[])
    }
}

impl Setting {
    /// A layer with such axes.
    #[must_use]
    pub fn new(operation: Operation, axes: &[AxisSettings]) -> Self {
        let is_strided = axes.iter().any(|axis| axis.stride > 1);
        Self { operation, is_strided, is_dilated: axes.iter().any(|axis| axis.dilation > 1) }
    }

    /// A layer.
    #[must_use]
    pub fn of(layer: &Layer) -> Self {
        Self::new(layer.operation(), layer.settings())
    }

    /// What a wrong rule is called in it and what is said about it: the claim of the text is the rule, its reason the
    /// feedback.
    pub(crate) fn passage(self, rule: impl Into<NamedRule>) -> Passage {
        let facts = facts! {
            /// Whether the layer is a transposed convolution.
            transposed: self.operation == Operation::Transposed,
            /// Whether its stride is above 1 on some axis, and whether its dilation is.
            is_strided: self.is_strided,
            is_dilated: self.is_dilated,
        };
        Passage::new(format!("misconceptions#{}", rule.into().name()), facts)
    }
}

/// A wrong rule in words.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleText {
    /// The rule as somebody may say it, without a full stop.
    pub rule: Prose,
    /// What is said to somebody who follows it.
    pub feedback: Prose,
}

impl RuleText {
    /// What is said about a wrong rule.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub fn of(rule: impl Into<NamedRule>, setting: Setting, templates: &Templates) -> Result<Self, TemplateError> {
        let step = setting.passage(rule).first_step(templates)?;
        Ok(Self { rule: step.claim, feedback: step.reason.unwrap_or_default() })
    }
}

/// Running text without its formulas and marks.
#[must_use]
pub fn plain(prose: &Prose) -> String {
    let piece = |piece: &Inline| match piece {
        Inline::Text(text) | Inline::Emphasis(text) | Inline::Code(text) => text.clone(),
        Inline::Math(_) => String::new(),
    };
    prose.iter().map(piece).collect()
}
