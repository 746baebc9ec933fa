//! The laws of convolution arithmetic: every formula that is printed, evaluated or spoilt, once and with its source.
//!
//! Letters, along one axis: `n` the big side (what a convolution reads, what a transposed convolution writes), `m` the
//! small one, `k` kernel size, `s` stride, `p` padding, `d` dilation, `o` output padding; `i` counts along the small
//! side, `j` along the big one, `t` through the kernel.

use crate::formula::{Formula, Letter};
use crate::geometry::{AxisSettings, Operation};
use std::sync::OnceLock;

/// A law of convolution arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// The size of the output of a convolution.
    ConvolutionSize,
    /// The size of the output of a transposed convolution.
    TransposedSize,
    /// How far a dilated kernel reaches beyond its first cell.
    Reach,
    /// How many cells a dilated kernel covers.
    Covered,
    /// Where the last copy of the kernel begins, in the buffer of a transposed convolution.
    LastCopy,
    /// How many cells the copies of the kernel fill.
    Buffer,
    /// How far the kernel of a convolution can go beyond its first placement.
    Room,
    /// Which cell of the big side meets a cell of the small side by a kernel cell.
    Meeting,
    /// Where the copy of the kernel, or its window, begins on the big side.
    Window,
    /// Which cell of the small side a cell of the big one meets by a kernel cell.
    Asked,
    /// The same times the stride: its cell of the zero-inserted input.
    Inserted,
    /// Where a kernel cell stands in the flipped kernel.
    Flipped,
    /// How many zeros go between neighbouring inputs.
    ZerosBetween,
    /// How many zeros go between neighbouring kernel cells.
    ZerosWithin,
    /// How many zeros go before the zero-inserted input.
    ZerosBefore,
    /// How many zeros go after it.
    ZerosAfter,
    /// How many cells are cut off at the end of the buffer.
    CutAtEnd,
    /// What output padding has to stay below.
    OutputPaddingBound,
    /// The output padding with which a transposed convolution returns to the size that a convolution read.
    ReturningOutputPadding,
    /// How much longer the output of a transposed convolution is than its input.
    Growth,
    /// How many weights a layer has: pairs of channels within a group, times the cells of the kernel along one axis.
    Weights,
}

impl Law {
    /// Every law.
    pub const ALL: [Self; 21] = [
        Self::ConvolutionSize,
        Self::TransposedSize,
        Self::Reach,
        Self::Covered,
        Self::LastCopy,
        Self::Buffer,
        Self::Room,
        Self::Meeting,
        Self::Window,
        Self::Asked,
        Self::Inserted,
        Self::Flipped,
        Self::ZerosBetween,
        Self::ZerosWithin,
        Self::ZerosBefore,
        Self::ZerosAfter,
        Self::CutAtEnd,
        Self::OutputPaddingBound,
        Self::ReturningOutputPadding,
        Self::Growth,
        Self::Weights,
    ];

    /// What it is a formula for, the formula, and where it comes from.
    fn spelled(self) -> (Option<char>, &'static str, &'static str) {
        const CONV: &str = "PyTorch, Conv2d: shape of the output";
        const TRANSPOSED: &str = "PyTorch, ConvTranspose2d: shape of the output";
        const GUIDE: &str = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, relationship 14";
        const TAPS: &str = "the taps: big = stride * small + dilation * ker - lo";
        match self {
            Self::ConvolutionSize => (Some('m'), "floor((n + 2 p - d (k - 1) - 1) / s) + 1", CONV),
            Self::TransposedSize => (Some('n'), "(m - 1) s - 2 p + d (k - 1) + o + 1", TRANSPOSED),
            Self::Reach => (None, "d (k - 1)", TAPS),
            Self::Covered => (None, "d (k - 1) + 1", TAPS),
            Self::LastCopy => (None, "(m - 1) s", TAPS),
            Self::Buffer => (None, "(m - 1) s + d (k - 1) + 1", TAPS),
            Self::Room => (None, "n + 2 p - (d (k - 1) + 1)", TAPS),
            Self::Meeting => (Some('j'), "s i + d t - p", TAPS),
            Self::Window => (None, "s i - p", TAPS),
            Self::Asked => (Some('i'), "(j + p - d t) / s", TAPS),
            Self::Inserted => (None, "j - d t + p", TAPS),
            Self::Flipped => (None, "k - 1 - t", GUIDE),
            Self::ZerosBetween => (None, "s - 1", GUIDE),
            Self::ZerosWithin => (None, "d - 1", GUIDE),
            Self::ZerosBefore => (None, "d (k - 1) - p", GUIDE),
            Self::ZerosAfter => (None, "d (k - 1) - p + o", GUIDE),
            Self::CutAtEnd => (None, "p - o", TRANSPOSED),
            Self::OutputPaddingBound => (None, "max(s, d)", "PyTorch: output padding must be smaller than either"),
            Self::ReturningOutputPadding => (Some('o'), "(n + 2 p - d (k - 1) - 1) mod s", GUIDE),
            Self::Growth => (None, "(m - 1) (s - 1) - 2 p + d (k - 1) + o", TRANSPOSED),
            Self::Weights => (None, "c_in c_group k", "PyTorch, Conv2d: shape of the weight"),
        }
    }

    /// The letter that it is a formula for, if it has one.
    #[must_use]
    pub fn left(self) -> Option<char> {
        self.spelled().0
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(self) -> &'static str {
        self.spelled().2
    }

    /// The formula, with the same padding at both ends; read once.
    #[must_use]
    pub fn formula(self) -> &'static Formula {
        static READ: [OnceLock<Formula>; Law::ALL.len()] = [const { OnceLock::new() }; Law::ALL.len()];
        READ[self as usize].get_or_init(|| Formula::of(self.spelled().1))
    }

    /// The formula for padding as it is: at the two ends on its own where they differ.
    #[must_use]
    pub fn with_ends(self, ends: Ends) -> Formula {
        match self {
            Self::ZerosAfter | Self::CutAtEnd if ends == Ends::Differ => self.formula().replacing("p", "p_end"),
            _ => ends.set(self.formula()),
        }
    }

    /// The size of the output.
    #[must_use]
    pub fn size(operation: Operation) -> Self {
        match operation {
            Operation::Convolution => Self::ConvolutionSize,
            Operation::Transposed => Self::TransposedSize,
        }
    }

    /// Its value for an axis; none if it has other letters, or does not fit.
    #[must_use]
    pub fn value(self, operation: Operation, axis: &AxisSettings) -> Option<i128> {
        self.with_ends(Ends::of(axis)).value(&numbers(operation, axis))
    }
}

/// Whether an axis, or all axes of a layer, have the same padding at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ends {
    /// The same: it is `p`.
    Alike,
    /// Not the same: `p_begin` and `p_end`.
    Differ,
}

impl Ends {
    /// Those of an axis.
    #[must_use]
    pub fn of(axis: &AxisSettings) -> Self {
        if axis.padding.begin == axis.padding.end { Self::Alike } else { Self::Differ }
    }

    /// The formula for such padding: where the ends differ, both together are `p_begin + p_end`, and alone it is that of
    /// the start.
    #[must_use]
    pub fn set(self, formula: &Formula) -> Formula {
        match self {
            Self::Alike => formula.clone(),
            Self::Differ => formula.replacing("2 p", "p_begin + p_end").replacing("p", "p_begin"),
        }
    }
}

/// What the letter for the input stands for: a convolution reads the big side, a transposed convolution the small one.
#[must_use]
pub fn input_letter(operation: Operation) -> char {
    match operation {
        Operation::Convolution => 'n',
        Operation::Transposed => 'm',
    }
}

/// The numbers that the letters of an axis stand for.
pub fn numbers(operation: Operation, axis: &AxisSettings) -> impl Fn(Letter) -> Option<i128> {
    let axis = *axis;
    move |letter| {
        let number = match (letter.sign, letter.label) {
            (sign, "") if sign == input_letter(operation) => axis.input,
            ('k', "") => axis.kernel,
            ('s', "") => axis.stride,
            ('d', "") => axis.dilation,
            ('o', "") => axis.output_padding,
            ('p', "") if Ends::of(&axis) == Ends::Alike => axis.padding.begin,
            ('p', "begin") => axis.padding.begin,
            ('p', "end") => axis.padding.end,
            _ => return None,
        };
        Some(number as i128)
    }
}

/// Numbers for letters without labels.
pub fn values<const N: usize>(values: [(char, i128); N]) -> impl Fn(Letter) -> Option<i128> {
    let is_of = |letter: Letter, sign: char| letter.sign == sign && letter.label.is_empty();
    move |letter| values.iter().find(|(sign, _)| is_of(letter, *sign)).map(|(_, number)| *number)
}

#[cfg(test)]
mod tests;
