//! Wrong ways to answer which parameters lead to a size.

use super::wrong_rules;
use crate::formula::Formula;
use crate::geometry::{AxisSettings, Operation};
use crate::laws::{Law, numbers};

wrong_rules! {
    /// A wrong rule for which solutions count.
    pub enum SolutionMisconception {
        OnlyOne = "solutions-only-one",
        BoundIncluded = "solutions-bound-included",
    }
}

impl SolutionMisconception {
    /// What the output padding stays below for somebody who follows the rule, an edit of the right bound; none if it is
    /// not about that.
    #[must_use]
    pub fn formula(self) -> Option<Formula> {
        let right = Law::OutputPaddingBound.formula();
        match self {
            Self::OnlyOne => None,
            Self::BoundIncluded => Some(right.replacing("max(s, d)", "max(s, d) + 1")),
        }
    }

    /// What the output padding stays below for an axis; none if the rule is not about that, or the bound does not fit.
    #[must_use]
    pub fn bound(self, axis: &AxisSettings) -> Option<usize> {
        let bound = self.formula()?.value(&numbers(Operation::Transposed, axis))?;
        usize::try_from(bound).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::misconception::WrongRule as _;

    /// The right bound is 3.
    #[test]
    fn each_rule_has_its_own_bound() {
        let axis = AxisSettings { stride: 2, dilation: 3, ..AxisSettings::new(4, 3) };
        let bounds: Vec<_> = SolutionMisconception::all().map(|wrong| wrong.bound(&axis)).collect();
        assert_eq!(bounds, [None, Some(4)]);
    }
}
