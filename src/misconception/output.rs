//! Wrong rules for the output.

use crate::algebra::Ring;
use crate::geometry::{AxisSettings, Layer, Operation, Padding};
use crate::matrix::{multiply, weight_matrix, with_weights};
use crate::proof::Fault;
use crate::roads::by_textbook;
use crate::roads::textbook::{Sliding, padded};
use crate::taps::Taps;
use crate::tensor::Tensor;

/// A wrong rule for the output of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Misconception {
    /// A wrong version of the rule for the convolution that equals a transposed convolution.
    Planted(Fault),
    /// Output padding appends zeros to the output.
    ZerosForOutputPadding,
    /// The matrix with stride s is every s-th row of the one with stride 1.
    EverySthRow,
    /// Padding is left out.
    PaddingIgnored,
    /// The stride is taken as 1.
    StrideIgnored,
    /// The dilation is taken as 1.
    DilationIgnored,
    /// A convolution flips its kernel.
    FlippedConvolution,
}

impl Misconception {
    /// Every misconception.
    pub const ALL: [Self; 15] = [
        Self::Planted(Fault::ALL[0]),
        Self::Planted(Fault::ALL[1]),
        Self::Planted(Fault::ALL[2]),
        Self::Planted(Fault::ALL[3]),
        Self::Planted(Fault::ALL[4]),
        Self::Planted(Fault::ALL[5]),
        Self::Planted(Fault::ALL[6]),
        Self::Planted(Fault::ALL[7]),
        Self::Planted(Fault::ALL[8]),
        Self::ZerosForOutputPadding,
        Self::EverySthRow,
        Self::PaddingIgnored,
        Self::StrideIgnored,
        Self::DilationIgnored,
        Self::FlippedConvolution,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Planted(fault) => fault.name(),
            Self::ZerosForOutputPadding => "zeros-for-output-padding",
            Self::EverySthRow => "every-sth-row",
            Self::PaddingIgnored => "padding-ignored",
            Self::StrideIgnored => "stride-ignored",
            Self::DilationIgnored => "dilation-ignored",
            Self::FlippedConvolution => "flipped-convolution",
        }
    }

    /// The rule as somebody may say it.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Planted(fault) => fault.rule(),
            Self::ZerosForOutputPadding => "output padding appends zeros to the output",
            Self::EverySthRow => {
                "the matrix with stride s consists of every s-th row of the flattened matrix with stride 1"
            }
            Self::PaddingIgnored => "padding does not change the values",
            Self::StrideIgnored => "the stride does not change the values",
            Self::DilationIgnored => "the dilation does not change the values",
            Self::FlippedConvolution => "a convolution flips its kernel",
        }
    }

    /// What is said to somebody who follows it.
    #[must_use]
    pub fn feedback(self) -> &'static str {
        match self {
            Self::Planted(Fault::NoFlip) => {
                "This is what comes out if the kernel is slid over the zero-inserted input as it is. The equivalent \
                 convolution needs the kernel flipped along every axis."
            }
            Self::Planted(Fault::TransposedKernel) => {
                "Here the kernel was transposed. It has to be rotated by 180 degrees: both axes are reversed, none is \
                 exchanged."
            }
            Self::Planted(Fault::OutputPaddingBothSides) => {
                "Here output padding was added at both ends. It belongs to the end only."
            }
            Self::Planted(Fault::OffByOneLead) => {
                "Everything is shifted by one cell: check where the first copy of the kernel begins, at minus the \
                 padding."
            }
            Self::Planted(Fault::SwappedAxes) => "Here height and width got each other's padding.",
            Self::Planted(Fault::PaddingAsItIs) => {
                "The padding of a transposed convolution is not put around its input: it cuts the output. Around the \
                 zero-inserted input go d(k-1) - p zeros."
            }
            Self::Planted(Fault::StrideManyZeros) => {
                "Between neighbouring inputs go s - 1 zeros, so that inputs lie s cells apart; here there are s."
            }
            Self::Planted(Fault::UndilatedPadding) => {
                "The padding of the equivalent convolution is d(k-1) - p: a dilated kernel reaches further."
            }
            Self::Planted(Fault::OutputPaddingAtStart) => {
                "Here output padding was added at the start. It belongs to the end."
            }
            Self::ZerosForOutputPadding => {
                "Output padding does not append zeros: it spares cells of the scattered output from being cut, and \
                 these have values of their own."
            }
            Self::EverySthRow => {
                "A stride keeps the rows whose output index is a multiple of s on every axis, not every s-th row of \
                 the flattened matrix."
            }
            Self::PaddingIgnored => "Here the padding was left out. It shifts every index.",
            Self::StrideIgnored => "Here the stride was taken as 1.",
            Self::DilationIgnored => "Here the dilation was taken as 1: the cells of the kernel lie d apart.",
            Self::FlippedConvolution => {
                "Here the kernel was flipped, as mathematicians do. The convolution of machine learning is a \
                 cross-correlation: the kernel stays as it is."
            }
        }
    }

    /// The output somebody computes for the layer who follows the rule; none where the rule says nothing about the
    /// layer or leads to no output at all.
    ///
    /// # Panics
    /// When the shapes of `x` and `w` are not the layer's.
    #[must_use]
    pub fn output<T: Ring + 'static>(self, layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Option<Tensor<T>> {
        let transposed = layer.operation() == Operation::Transposed;
        match self {
            Self::Planted(fault) => {
                let spoilt = transposed.then(|| fault.planted(layer))?;
                spoilt.output_shape(x.shape(), w.shape()).map(|_| spoilt.run(x, w))
            }
            Self::ZerosForOutputPadding => {
                let spared = layer.settings().iter().any(|axis| axis.output_padding > 0);
                let bare = spared.then(|| changed(layer, |axis| axis.output_padding = 0))??;
                let end = |axis: &AxisSettings| Sliding { end: axis.output_padding as i64, ..Sliding::PLAIN };
                let ends: Vec<Sliding> = layer.settings().iter().map(end).collect();
                Some(padded(&by_textbook(&bare, x, w), &ends, &T::zero()))
            }
            Self::EverySthRow => every_sth_row(layer, x, w),
            Self::PaddingIgnored => Some(by_textbook(&changed(layer, |axis| axis.padding = Padding::default())?, x, w)),
            Self::StrideIgnored => Some(by_textbook(
                &changed(layer, |axis| {
                    axis.stride = 1;
                    axis.output_padding = 0;
                })?,
                x,
                w,
            )),
            Self::DilationIgnored => Some(by_textbook(&changed(layer, |axis| axis.dilation = 1)?, x, w)),
            Self::FlippedConvolution => {
                let cells: usize = w.shape()[2..].iter().product();
                let flipped = |flat: usize| w.entries()[flat / cells * cells + cells - 1 - flat % cells].clone();
                (!transposed).then(|| by_textbook(layer, x, &Tensor::from_fn(w.shape(), flipped)))
            }
        }
    }
}

/// The layer with every axis changed; none if that is impossible.
fn changed(layer: &Layer, change: impl Fn(&mut AxisSettings)) -> Option<Layer> {
    let mut axes = layer.settings().to_vec();
    axes.iter_mut().for_each(change);
    Layer::new(layer.operation(), axes, layer.channel_settings()).ok()
}

/// The output with every s-th row of the flattened matrix W~ of stride 1 in place of W~: of a layer with one channel,
/// two axes and one stride above 1.
fn every_sth_row<T: Ring + 'static>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Option<Tensor<T>> {
    let channels = layer.geometry().channels();
    let settings = layer.settings();
    let stride = settings[0].stride;
    let speaks = channels.small() == 1
        && channels.big() == 1
        && settings.len() == 2
        && stride > 1
        && settings[1].stride == stride;
    if !speaks {
        return None;
    }
    // The convolution with stride 1 that reads the big side.
    let axis = |(settings, axis): (&AxisSettings, &crate::geometry::Axis)| AxisSettings {
        input: axis.big(),
        stride: 1,
        output_padding: 0,
        ..*settings
    };
    let axes = settings.iter().zip(layer.geometry().axes()).map(axis).collect();
    let unit = Layer::new(Operation::Convolution, axes, layer.channel_settings()).ok()?;
    let taps = Taps::of(unit.geometry()).ok()?;
    let small: usize = layer.geometry().small_shape().iter().product();
    if stride * (small - 1) >= taps.rows() {
        return None;
    }
    let whole = with_weights(&weight_matrix(&taps), w.entries());
    let output = match layer.operation() {
        Operation::Convolution => {
            let all = multiply(whole.view(), x.entries());
            (0..small).map(|row| all[row * stride].clone()).collect()
        }
        Operation::Transposed => {
            let mut spread = vec![T::zero(); taps.rows()];
            for (row, value) in x.entries().iter().enumerate() {
                spread[row * stride] = value.clone();
            }
            multiply(whole.transpose_view(), &spread).data.into()
        }
    };
    Some(Tensor::new(layer.output_shape(), output))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::ChannelSettings;

    fn layer(operation: Operation, axes: &[AxisSettings]) -> Layer {
        Layer::new(operation, axes.to_vec(), ChannelSettings::default()).expect("possible")
    }

    fn line(values: &[i64]) -> Tensor<i64> {
        Tensor::new(vec![1, values.len()], values.to_vec())
    }

    fn kernel(values: &[i64]) -> Tensor<i64> {
        Tensor::new(vec![1, 1, values.len()], values.to_vec())
    }

    #[test]
    fn all_has_every_fault_and_every_name_once() {
        let names: std::collections::BTreeSet<_> = Misconception::ALL.iter().map(|wrong| wrong.name()).collect();
        assert_eq!(names.len(), Misconception::ALL.len());
        for fault in Fault::ALL {
            assert!(Misconception::ALL.contains(&Misconception::Planted(fault)), "{fault:?}");
        }
    }

    #[test]
    fn output_padding_that_appends_zeros_is_trap_e4() {
        let axis = AxisSettings { stride: 3, padding: Padding::both(1), output_padding: 2, ..AxisSettings::new(2, 3) };
        let layer = layer(Operation::Transposed, &[axis]);
        let (x, w) = (line(&[1, 2]), kernel(&[1, 10, 100]));
        assert_eq!(by_textbook(&layer, &x, &w).entries(), [10, 100, 2, 20, 200, 0]);
        let wrong = Misconception::ZerosForOutputPadding.output(&layer, &x, &w).expect("it speaks");
        assert_eq!(wrong.entries(), [10, 100, 2, 20, 0, 0]);
    }

    #[test]
    fn every_sth_row_of_the_flattened_matrix_is_trap_e14() {
        let axis = AxisSettings { stride: 2, ..AxisSettings::new(4, 2) };
        let layer = layer(Operation::Convolution, &[axis; 2]);
        let x = Tensor::new(vec![1, 4, 4], (0..16).collect());
        let w = Tensor::new(vec![1, 1, 2, 2], vec![1_i64, 0, 0, 0]);
        assert_eq!(by_textbook(&layer, &x, &w).entries(), [0, 2, 8, 10]);
        // Rows 0, 2, 4, 6 of the nine: places (0,0), (0,2), (1,1), (2,0).
        let wrong = Misconception::EverySthRow.output(&layer, &x, &w).expect("it speaks");
        assert_eq!(wrong.entries(), [0, 2, 5, 8]);
    }

    #[test]
    fn a_rule_about_the_other_operation_says_nothing() {
        let (x, w) = (line(&[1, 2, 3]), kernel(&[1, 2]));
        let convolution = layer(Operation::Convolution, &[AxisSettings::new(3, 2)]);
        let transposed = layer(Operation::Transposed, &[AxisSettings::new(3, 2)]);
        assert_eq!(Misconception::Planted(Fault::NoFlip).output(&convolution, &x, &w), None);
        assert_eq!(Misconception::FlippedConvolution.output(&transposed, &x, &w), None);
        let flipped = Misconception::FlippedConvolution.output(&convolution, &x, &w).expect("it speaks");
        assert_eq!(flipped.entries(), [4, 7]);
    }
}
