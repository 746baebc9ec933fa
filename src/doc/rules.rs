//! What there is to say about a wrong rule: the rule as somebody may say it, and what is said to somebody who follows it.

use super::{Inline, Passage, Prose, facts};
use crate::geometry::{AxisSettings, Layer, Operation};
use crate::misconception::NamedRule;
use crate::templates::{TemplateError, Templates};

/// A wrong rule in words.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleText {
    /// The rule as somebody may say it, without a full stop.
    pub rule: String,
    /// What is said to somebody who follows it.
    pub feedback: Prose,
}

impl RuleText {
    /// A wrong rule, told to somebody who follows it for this layer.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub fn of(rule: impl Into<NamedRule>, layer: &Layer, templates: &Templates) -> Result<Self, TemplateError> {
        Self::told(passage(rule, layer.operation(), layer.settings()), templates)
    }

    /// A wrong rule about transposed convolutions, whatever the layer.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub fn in_general(rule: impl Into<NamedRule>, templates: &Templates) -> Result<Self, TemplateError> {
        Self::told(passage(rule, Operation::Transposed, &[]), templates)
    }

    /// What the text of a wrong rule says.
    pub(crate) fn told(passage: Passage, templates: &Templates) -> Result<Self, TemplateError> {
        let place = templates.text_name(&passage.name);
        let step = passage.steps(templates)?.into_iter().next().unwrap_or_default();
        let words = |piece| match piece {
            Inline::Text(text) | Inline::Emphasis(text) | Inline::Code(text) => Ok(text),
            Inline::Math(_) => Err(TemplateError::said(format!("{place}: a formula stands in a rule"))),
        };
        let rule = step.claim.into_iter().map(words).collect::<Result<_, _>>()?;
        Ok(Self { rule, feedback: step.reason.unwrap_or_default() })
    }
}

/// The text of a wrong rule, told to somebody who follows it for an operation with such axes.
pub(crate) fn passage(rule: impl Into<NamedRule>, operation: Operation, axes: &[AxisSettings]) -> Passage {
    let facts = facts! {
        /// Whether the layer is a transposed convolution.
        transposed: operation == Operation::Transposed,
        /// Whether its stride is above 1 on some axis, and whether its dilation is.
        is_strided: axes.iter().any(|axis| axis.stride > 1),
        is_dilated: axes.iter().any(|axis| axis.dilation > 1),
    };
    Passage::new(format!("misconceptions#{}", rule.into().name()), facts)
}
