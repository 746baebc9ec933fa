//! Wrong rules for the size of the output.

use super::wrong_rules;
use crate::formula::{Formula, Pairing};
use crate::geometry::{AxisSettings, Layer, Operation};
use crate::laws::{Ends, Law, input_letter, numbers};

wrong_rules! {
    /// A wrong rule for the size of the output, one axis at a time.
    pub enum SizeMisconception {
        OutputPaddingForgotten = "size-without-output-padding",
        PaddingOnce = "size-padding-once",
        DilationIgnored = "size-dilation-ignored",
        OtherOperation = "size-of-the-other-operation",
        RoundedUp = "size-rounded-up",
        LastCellForgotten = "size-one-too-small",
        StrideAlone = "size-by-stride-alone",
        PaddingForgotten = "size-without-padding",
        OutputPaddingTwice = "size-output-padding-twice",
        StrideIgnored = "size-stride-ignored",
    }
}

/// The padding of both ends where they differ.
const BOTH: &str = "(p_begin + p_end)";

impl SizeMisconception {
    /// The spatial size somebody computes who follows the rule; none where the rule says nothing about the layer or
    /// leads to a size below 1, which nobody would believe.
    #[must_use]
    pub fn size(self, layer: &Layer) -> Option<Vec<i64>> {
        let length = |axis: &AxisSettings| self.length(layer.operation(), axis).filter(|&length| length >= 1);
        layer.settings().iter().map(length).collect()
    }

    /// The length of the output along an axis, possible or not; none where the rule says nothing about the operation or
    /// such padding, or the length does not fit.
    #[must_use]
    pub fn length(self, operation: Operation, axis: &AxisSettings) -> Option<i64> {
        let length = self.formula(operation, Ends::of(axis))?.value(&numbers(operation, axis))?;
        i64::try_from(length).ok()
    }

    /// The right formula, in which the padding of both ends is one term.
    pub fn right(operation: Operation, ends: Ends) -> Formula {
        match ends {
            Ends::Alike => Law::size(operation).formula().clone(),
            Ends::Differ => Law::size(operation).formula().replacing("2 p", BOTH),
        }
    }

    /// The wrong formula: the right one, spoilt; none where the rule says nothing about the operation or such padding.
    #[must_use]
    pub fn formula(self, operation: Operation, ends: Ends) -> Option<Formula> {
        let right = Self::right(operation, ends);
        match (self, operation) {
            (Self::OutputPaddingForgotten | Self::OutputPaddingTwice, Operation::Convolution)
            | (Self::RoundedUp, Operation::Transposed) => return None,
            // Where the two ends differ, nobody can say which padding counts once.
            (Self::PaddingOnce, _) if ends == Ends::Differ => return None,
            _ => {}
        }
        Some(match self {
            Self::OutputPaddingForgotten => right.without("o"),
            Self::PaddingOnce => right.replacing("2 p", "p"),
            Self::DilationIgnored => right.replacing("d (k - 1)", "(k - 1)"),
            Self::OtherOperation => {
                let (read, written) = (input_letter(operation), input_letter(operation.adjoint()));
                let of_input =
                    Self::right(operation.adjoint(), ends).replacing(&written.to_string(), &read.to_string());
                if operation == Operation::Convolution { of_input.without("o") } else { of_input }
            }
            Self::RoundedUp => right.edited(&|part| match part {
                Formula::Pair(Pairing::Floor, above, below) => {
                    Some(Formula::Pair(Pairing::Ceiling, above.clone(), below.clone()))
                }
                _ => None,
            }),
            Self::LastCellForgotten => right.without("1"),
            Self::StrideAlone if operation == Operation::Transposed => Formula::of("m s"),
            Self::StrideAlone => Formula::of("floor(n / s)"),
            Self::PaddingForgotten => right.without("2 p").without(BOTH),
            Self::OutputPaddingTwice => right.replacing("o", "2 o"),
            Self::StrideIgnored if operation == Operation::Transposed => right.replacing("(m - 1) s", "(m - 1)"),
            Self::StrideIgnored => right.edited(&|part| match part {
                Formula::Pair(Pairing::Floor, above, _) => Some((**above).clone()),
                _ => None,
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{ChannelSettings, Padding};
    use crate::misconception::WrongRule as _;
    use SizeMisconception as Wrong;

    fn size(operation: Operation, axis: AxisSettings, wrong: Wrong) -> Option<Vec<i64>> {
        wrong.size(&Layer::new(operation, vec![axis], ChannelSettings::default()).expect("possible"))
    }

    #[test]
    fn each_wrong_rule_leads_to_its_own_size() {
        // Right: (5-1)*2 - 2 + 2*2 + 1 + 1 = 12.
        let axis = AxisSettings {
            stride: 2,
            padding: Padding::both(1),
            dilation: 2,
            output_padding: 1,
            ..AxisSettings::new(5, 3)
        };
        let expected = [Some(11), Some(13), Some(10), Some(2), None, Some(11), Some(10), Some(14), Some(13), Some(8)];
        for (wrong, expected) in Wrong::all().zip(expected) {
            assert_eq!(size(Operation::Transposed, axis, wrong), expected.map(|size| vec![size]), "{wrong:?}");
        }
        // Right: floor((6 + 2 - 3)/2) + 1 = 3.
        let axis = AxisSettings { stride: 2, padding: Padding::both(1), ..AxisSettings::new(6, 3) };
        let expected = [None, Some(3), Some(3), Some(11), Some(4), Some(2), Some(3), Some(2), None, Some(6)];
        for (wrong, expected) in Wrong::all().zip(expected) {
            assert_eq!(size(Operation::Convolution, axis, wrong), expected.map(|size| vec![size]), "{wrong:?}");
        }
    }

    #[test]
    fn a_size_below_one_is_not_offered() {
        let axis = AxisSettings { padding: Padding::both(2), ..AxisSettings::new(5, 5) };
        assert_eq!(size(Operation::Transposed, axis, Wrong::OtherOperation), Some(vec![5]));
        let axis = AxisSettings { stride: 4, ..AxisSettings::new(3, 7) };
        assert_eq!(size(Operation::Transposed, axis, Wrong::OtherOperation), None);
    }
}
