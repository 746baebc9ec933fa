//! Deliberate mistakes, each a rule found in public material, planted to show that the proof can fail.

use crate::geometry::Layer;
use crate::index::signed;
use crate::roads::rewritten::{Turn, ZeroInsertion};

/// A wrong version of the rule for the equivalent convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The kernel is not flipped.
    NoFlip,
    /// The kernel is transposed instead of rotated by 180 degrees.
    TransposedKernel,
    /// The output padding is added at both ends.
    OutputPaddingBothSides,
    /// The padding is shifted by one cell: one more at the start, one less at the end.
    OffByOneLead,
    /// The first two axes get each other's padding.
    SwappedAxes,
    /// The layer's padding is put around the zero-inserted input as it is.
    PaddingAsItIs,
    /// As many zeros as the stride go between neighbouring inputs, one too many.
    StrideManyZeros,
    /// The dilation is left out of the padding.
    UndilatedPadding,
    /// The output padding is added at the start.
    OutputPaddingAtStart,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 9] = [
        Self::NoFlip,
        Self::TransposedKernel,
        Self::OutputPaddingBothSides,
        Self::OffByOneLead,
        Self::SwappedAxes,
        Self::PaddingAsItIs,
        Self::StrideManyZeros,
        Self::UndilatedPadding,
        Self::OutputPaddingAtStart,
    ];

    /// The name it is asked for by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoFlip => "no-flip",
            Self::TransposedKernel => "transposed-kernel",
            Self::OutputPaddingBothSides => "output-padding-both-sides",
            Self::OffByOneLead => "off-by-one",
            Self::SwappedAxes => "swapped-axes",
            Self::PaddingAsItIs => "padding-as-it-is",
            Self::StrideManyZeros => "stride-many-zeros",
            Self::UndilatedPadding => "undilated-padding",
            Self::OutputPaddingAtStart => "output-padding-at-start",
        }
    }

    /// The dimensions a layer needs for the mistake to be this one: with a single axis nothing is exchanged.
    #[must_use]
    pub(crate) fn least_dimensions(self) -> usize {
        match self {
            Self::TransposedKernel | Self::SwappedAxes => 2,
            _ => 1,
        }
    }

    /// The rewriting of the layer's transposed convolution with the mistake made in it.
    #[must_use]
    pub fn planted(self, layer: &Layer) -> ZeroInsertion {
        let mut rewriting = ZeroInsertion::of(layer.geometry());
        match self {
            Self::NoFlip => rewriting.turn = Turn::Kept,
            Self::TransposedKernel => rewriting.turn = Turn::AxesExchanged,
            Self::OutputPaddingBothSides => {
                for (padding, axis) in rewriting.padding.iter_mut().zip(layer.settings()) {
                    padding.0 += signed(axis.output_padding);
                }
            }
            Self::OffByOneLead => {
                for padding in &mut rewriting.padding {
                    *padding = (padding.0 + 1, padding.1 - 1);
                }
            }
            Self::SwappedAxes => {
                if rewriting.padding.len() > 1 {
                    rewriting.padding.swap(0, 1);
                }
            }
            Self::PaddingAsItIs => {
                for (padding, axis) in rewriting.padding.iter_mut().zip(layer.settings()) {
                    let end = signed(axis.padding.end + axis.output_padding);
                    *padding = (signed(axis.padding.begin), end);
                }
            }
            Self::StrideManyZeros => {
                for stride in &mut rewriting.strides {
                    *stride += 1;
                }
            }
            Self::UndilatedPadding => {
                for (padding, axis) in rewriting.padding.iter_mut().zip(layer.settings()) {
                    let missing = signed((axis.dilation - 1) * (axis.kernel - 1));
                    *padding = (padding.0 - missing, padding.1 - missing);
                }
            }
            Self::OutputPaddingAtStart => {
                for (padding, axis) in rewriting.padding.iter_mut().zip(layer.settings()) {
                    let moved = signed(axis.output_padding);
                    *padding = (padding.0 + moved, padding.1 - moved);
                }
            }
        }
        rewriting
    }
}
