//! Why exact numbers are not calculated with.

use crate::limits::OverBudget;
use crate::proof::Counterexample;

/// A tensor of numbers that a layer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// The input.
    Input,
    /// The weight.
    Weight,
    /// The bias.
    Bias,
    /// The gradient with respect to the output.
    OutputGradient,
}

impl Operand {
    /// What it is called in a message.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Weight => "weight",
            Self::Bias => "bias",
            Self::OutputGradient => "gradient of the output",
        }
    }
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExactError {
    /// It would cost more than there is.
    #[error(transparent)]
    OverBudget(#[from] OverBudget),
    /// The fractions of a tensor have so long a common denominator that nothing could be calculated over it.
    #[error("the common denominator of the {} has more than {digits} digits, too many to calculate with", operand.name())]
    CommonDenominator {
        /// The tensor.
        operand: Operand,
        /// Decimal digits that the denominator has at least.
        digits: u128,
    },
    /// Two roads disagree, which is a fault of this program.
    #[error("the roads disagree on sample {sample}, which is a fault of this program: {counterexample}")]
    Disagreement {
        /// The sample of the batch.
        sample: usize,
        /// Where the roads part.
        #[source]
        counterexample: Box<Counterexample>,
    },
}

impl ExactError {
    /// The way out.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::OverBudget(_) => "use a smaller layer, fewer samples or shorter numbers",
            Self::CommonDenominator { .. } => "use fewer fractions, shorter ones, or decimals",
            Self::Disagreement { .. } => "please report it with the numbers",
        }
    }
}
