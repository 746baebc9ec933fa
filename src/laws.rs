//! The laws of convolution arithmetic: every formula that is printed, evaluated or spoilt, once and with its source.
//!
//! Letters, along one axis: `n` the big side (what a convolution reads, what a transposed convolution writes), `m` the
//! small one, `k` kernel size, `s` stride, `p` padding, `d` dilation, `o` output padding; `i` counts along the small
//! side, `j` along the big one, `t` through the kernel.

use crate::formula::{Formula, Letter};
use crate::geometry::{AxisSettings, Operation};
use std::fmt;
use std::sync::OnceLock;

/// Makes the list of laws: each with its name, its formula (behind the letter that it is for) and its source.
macro_rules! laws {
    ($($(#[$doc:meta])* $law:ident: $text:literal, $source:expr;)*) => {
        /// A law of convolution arithmetic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Law {
            $($(#[$doc])* $law,)*
        }

        impl Law {
            /// Every law.
            pub const ALL: &'static [Self] = &[$(Self::$law),*];
            const SPELLED: &'static [(&'static str, &'static str)] = &[$(($text, $source)),*];
        }
    };
}

/// What PyTorch documents for its layers.
const PYTORCH: &str = "PyTorch, Conv2d and ConvTranspose2d: shape, padding, output_padding";
/// What the literature has.
const GUIDE: &str = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, relationship 14";
/// What follows from the set of taps.
const TAPS: &str = "the taps: big = stride * small + dilation * ker - lo";

laws! {
    /// The size of the output of a convolution.
    ConvolutionSize: "m = floor((n + 2 p - d (k - 1) - 1) / s) + 1", PYTORCH;
    /// The size of the output of a transposed convolution.
    TransposedSize: "n = (m - 1) s - 2 p + d (k - 1) + o + 1", PYTORCH;
    /// How far a dilated kernel reaches beyond its first cell.
    Reach: "d (k - 1)", TAPS;
    /// How many cells a dilated kernel covers.
    Covered: "d (k - 1) + 1", TAPS;
    /// Where the last copy of the kernel begins, in the buffer of a transposed convolution.
    LastCopy: "(m - 1) s", TAPS;
    /// How many cells the copies of the kernel fill.
    Buffer: "(m - 1) s + d (k - 1) + 1", TAPS;
    /// How far the kernel of a convolution can go beyond its first placement.
    Room: "n + 2 p - (d (k - 1) + 1)", TAPS;
    /// Which cell of the big side meets a cell of the small side by a kernel cell.
    Meeting: "j = s i + d t - p", TAPS;
    /// Where the copy of the kernel, or its window, begins on the big side.
    Window: "s i - p", TAPS;
    /// Which cell of the small side a cell of the big one meets by a kernel cell.
    Asked: "i = (j + p - d t) / s", TAPS;
    /// The same times the stride: its cell of the zero-inserted input.
    Inserted: "j - d t + p", TAPS;
    /// Where a kernel cell stands in the flipped kernel.
    Flipped: "k - 1 - t", GUIDE;
    /// How many zeros go between neighbouring inputs.
    ZerosBetween: "s - 1", GUIDE;
    /// How many zeros go between neighbouring kernel cells.
    ZerosWithin: "d - 1", GUIDE;
    /// How many zeros go before the zero-inserted input.
    ZerosBefore: "d (k - 1) - p", GUIDE;
    /// How many zeros go after it.
    ZerosAfter: "d (k - 1) - p + o", GUIDE;
    /// How many cells are cut off at the end of the buffer.
    CutAtEnd: "p - o", PYTORCH;
    /// What output padding has to stay below.
    OutputPaddingBound: "max(s, d)", PYTORCH;
    /// The output padding with which a transposed convolution returns to the size that a convolution read.
    ReturningOutputPadding: "o = (n + 2 p - d (k - 1) - 1) mod s", GUIDE;
    /// How much longer the output of a transposed convolution is than its input.
    Growth: "(m - 1) (s - 1) - 2 p + d (k - 1) + o", PYTORCH;
    /// How many weights a layer has: pairs of channels within a group, times the cells of the kernel along one axis.
    Weights: "c_in c_group k", PYTORCH;
}

impl Law {
    /// The letter that it is a formula for, if it has one.
    #[must_use]
    pub fn left(self) -> Option<char> {
        self.spelled().split_once(" = ").and_then(|(left, _)| left.chars().next())
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(self) -> &'static str {
        Self::SPELLED[self as usize].1
    }

    fn spelled(self) -> &'static str {
        Self::SPELLED[self as usize].0
    }

    /// The formula, with the same padding at both ends; read once.
    pub fn formula(self) -> &'static Formula {
        static READ: [OnceLock<Formula>; Law::ALL.len()] = [const { OnceLock::new() }; Law::ALL.len()];
        READ[self as usize].get_or_init(|| Formula::of(&self.to_string()))
    }

    /// The formula for padding as it is: at the two ends on its own where they differ.
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

/// The formula as it is spelled; `{:#}` with what it is for.
impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelled = self.spelled();
        f.write_str(if f.alternate() { spelled } else { spelled.split_once(" = ").map_or(spelled, |(_, right)| right) })
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
