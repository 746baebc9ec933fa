//! Wrong rules for the output.

use super::{Said, WrongRule};
use crate::algebra::Ring;
use crate::geometry::{Axis, AxisSettings, Geometry, Layer, Operation, Padding};
use crate::instance::with_bias;
use crate::matrix::{Side, product};
use crate::proof::Fault;
use crate::roads::by_textbook;
use crate::roads::rewritten::{Turn, ZeroInsertion};
use crate::roads::textbook::{Sliding, convolution, padded, transposed_convolution};
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
    /// The padding of the equivalent convolution is never negative.
    NeverCut,
    /// What is cut off is shared out as 'same' does it upstream: half of it, rounded down, at the start.
    SameUpper,
    /// The same with the half rounded up.
    SameLower,
    /// The convolution is computed in place of the transposed convolution, or the other way round.
    OtherOperation,
    /// Input and output channel of a weight are taken for each other.
    ChannelsExchanged,
    /// The quotient of the size is rounded up.
    RoundedUp,
    /// The bias is left out.
    BiasForgotten,
}

impl WrongRule for Misconception {
    const ALL: &'static [Self] = &[
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
        Self::NeverCut,
        Self::SameUpper,
        Self::SameLower,
        Self::OtherOperation,
        Self::ChannelsExchanged,
        Self::RoundedUp,
        Self::BiasForgotten,
    ];

    fn said(self) -> Said {
        let (name, rule, feedback) = match self {
            Self::Planted(fault) => (fault.name(), fault.rule(), about(fault)),
            Self::ZerosForOutputPadding => (
                "zeros-for-output-padding",
                "output padding appends zeros to the output",
                "Output padding does not append zeros: it spares cells of the scattered output from being cut, which \
                 may have values.",
            ),
            Self::EverySthRow => (
                "every-sth-row",
                "the matrix with stride s consists of every s-th row of the flattened matrix with stride 1",
                "A stride keeps the rows whose output index is a multiple of s on every axis, not every s-th row of \
                 the flattened matrix.",
            ),
            Self::PaddingIgnored => (
                "padding-ignored",
                "padding does not change the values",
                "Here the padding was left out. It shifts every index.",
            ),
            Self::StrideIgnored => {
                ("stride-ignored", "the stride does not change the values", "Here the stride was taken as 1.")
            }
            Self::DilationIgnored => (
                "dilation-ignored",
                "the dilation does not change the values",
                "Here the dilation was taken as 1: the cells of the kernel lie d apart.",
            ),
            Self::FlippedConvolution => (
                "flipped-convolution",
                "a convolution flips its kernel",
                "Here the kernel was flipped, as mathematicians do. The convolution of machine learning is a \
                 cross-correlation: the kernel stays as it is.",
            ),
            Self::NeverCut => (
                "never-cut",
                "the padding of the equivalent convolution is never negative",
                "The padding d(k − 1) − p of the equivalent convolution is negative here: that many cells of the \
                 zero-inserted input are cut off. Zero is not the least padding.",
            ),
            Self::SameUpper => (
                "same-upper",
                "of what is cut off, half is cut at the start, rounded down",
                "This is the cut of 'SAME' in TensorFlow, Keras and ONNX (SAME_UPPER). In PyTorch the whole padding \
                 is cut at the start; output padding spares cells at the end only.",
            ),
            Self::SameLower => (
                "same-lower",
                "of what is cut off, half is cut at the start, rounded up",
                "This is the cut of SAME_LOWER in ONNX. In PyTorch the whole padding is cut at the start; output \
                 padding spares cells at the end only.",
            ),
            Self::OtherOperation => (
                "other-operation",
                "convolution and transposed convolution are the same operation",
                "This is the other operation: a convolution gathers, at every output, the inputs under its kernel; a \
                 transposed convolution scatters, from every input, a copy of its kernel.",
            ),
            Self::ChannelsExchanged => (
                "channels-exchanged",
                "the first index of a weight is the other channel",
                "Here the two channels of a weight were taken for each other. In PyTorch the weight of a convolution \
                 has the output channel first, that of a transposed convolution the input channel.",
            ),
            Self::RoundedUp => (
                "rounded-up",
                "the quotient in the size of a convolution is rounded up",
                "Here the kernel was placed once more, beyond the end of the padded input. A kernel that no longer \
                 fits is not placed: the quotient is rounded down.",
            ),
            Self::BiasForgotten => (
                "bias-forgotten",
                "the bias is left out",
                "Everything is right but the bias, which is added to every entry of its channel.",
            ),
        };
        Said { name, rule, feedback }
    }
}

/// What is said to somebody who makes a fault.
fn about(fault: Fault) -> &'static str {
    match fault {
        Fault::NoFlip => {
            "This is what comes out if the kernel is slid over the zero-inserted input as it is. The equivalent \
             convolution needs the kernel flipped along every axis. (JAX's conv_transpose does not flip it by \
             default either, so it is not the adjoint of the convolution.)"
        }
        Fault::TransposedKernel => {
            "Here the kernel was transposed. It has to be rotated by 180 degrees: both axes are reversed, none is \
             exchanged."
        }
        Fault::OutputPaddingBothSides => "Here output padding was added at both ends. It belongs to the end only.",
        Fault::OffByOneLead => {
            "Everything is shifted by one cell: check where the first copy of the kernel begins, at minus the \
             padding."
        }
        Fault::SwappedAxes => "Here height and width got each other's padding.",
        Fault::PaddingAsItIs => {
            "The padding of a transposed convolution is not put around its input: it cuts the output. Around the \
             zero-inserted input go d(k − 1) − p zeros."
        }
        Fault::StrideManyZeros => {
            "Between neighbouring inputs go s − 1 zeros, so that inputs lie s cells apart; here there are s."
        }
        Fault::UndilatedPadding => {
            "The padding of the equivalent convolution is d(k − 1) − p: a dilated kernel reaches further."
        }
        Fault::OutputPaddingAtStart => "Here output padding was added at the start. It belongs to the end.",
    }
}

impl Misconception {
    /// What is said to somebody who follows the rule for this layer, in terms of its operation.
    #[must_use]
    pub fn feedback_for(self, layer: &Layer) -> &'static str {
        match (self, layer.operation()) {
            (Self::EverySthRow, Operation::Transposed) => {
                "With stride s, the matrix of a transposed convolution has those columns of the one with stride 1 whose \
                 input index is a multiple of s on every axis, not every s-th column of the flattened matrix."
            }
            (Self::Planted(Fault::OffByOneLead), Operation::Convolution) => {
                "Everything is shifted by one cell: check where the first window begins, at minus the padding."
            }
            _ => self.feedback(),
        }
    }

    /// Whether the rule is about something that the layer has: a rule about output padding says nothing where there is
    /// none. What it says may be right by coincidence.
    #[must_use]
    pub fn concerns(self, layer: &Layer) -> bool {
        let transposed = layer.operation() == Operation::Transposed;
        let channels = layer.geometry().channels();
        let settings = layer.settings();
        let any = |has: fn(&AxisSettings) -> bool| settings.iter().any(has);
        let is_dilated = any(|axis| axis.dilation > 1 && axis.kernel > 1);
        let has_output_padding = any(|axis| axis.output_padding > 0);
        let around = || ZeroInsertion::of(layer.geometry()).padding;
        match self {
            Self::Planted(_) | Self::ZerosForOutputPadding | Self::NeverCut if !transposed => false,
            Self::FlippedConvolution | Self::RoundedUp if transposed => false,
            Self::Planted(Fault::NoFlip) | Self::FlippedConvolution => any(|axis| axis.kernel > 1),
            // The transpose of a kernel with one axis is that kernel.
            Self::Planted(Fault::TransposedKernel) => {
                settings.iter().take(2).any(|axis| axis.kernel > 1) && settings.len() > 1
            }
            Self::Planted(Fault::OutputPaddingBothSides | Fault::OutputPaddingAtStart)
            | Self::ZerosForOutputPadding => has_output_padding,
            Self::Planted(Fault::SwappedAxes) => settings.len() > 1 && around()[0] != around()[1],
            Self::Planted(Fault::StrideManyZeros) => any(|axis| axis.input > 1),
            Self::Planted(Fault::UndilatedPadding) | Self::DilationIgnored => is_dilated,
            Self::Planted(Fault::OffByOneLead | Fault::PaddingAsItIs) | Self::OtherOperation => true,
            Self::EverySthRow => {
                let stride = settings[0].stride;
                channels.small() == 1
                    && channels.big() == 1
                    && settings.len() == 2
                    && stride > 1
                    && settings[1].stride == stride
            }
            Self::PaddingIgnored => any(|axis| axis.padding != Padding::default()),
            Self::StrideIgnored => any(|axis| axis.stride > 1),
            Self::NeverCut => around().iter().any(|&(before, after)| before < 0 || after < 0),
            Self::SameUpper | Self::SameLower => {
                let is_other = |axis: &Axis| self.cut_at_start(axis) != axis.crop_begin();
                transposed && layer.geometry().axes().iter().any(is_other)
            }
            Self::ChannelsExchanged => channels.small() == channels.big() && channels.small_per_group() > 1,
            Self::RoundedUp => any(|axis| remainder(axis) > 0),
            Self::BiasForgotten => false,
        }
    }

    /// What 'same' cuts off the start of an axis from which so much is cut in all.
    fn cut_at_start(self, axis: &Axis) -> i64 {
        let cut = (axis.crop_begin() + axis.crop_end()).max(0);
        if self == Self::SameUpper { cut / 2 } else { cut - cut / 2 }
    }

    /// An axis between the same sizes whose cells meet as somebody thinks who follows the rule; none where the rule is
    /// not about that.
    #[must_use]
    pub fn axis(self, axis: &Axis) -> Option<Axis> {
        let (stride, dilation, crop) = (axis.stride(), axis.dilation(), axis.crop_begin());
        let (stride, dilation, crop) = match self {
            Self::StrideIgnored => (1, dilation, crop),
            Self::DilationIgnored => (stride, 1, crop),
            Self::PaddingIgnored => (stride, dilation, 0),
            Self::Planted(Fault::OffByOneLead) => (stride, dilation, crop + 1),
            _ => return None,
        };
        Axis::new(axis.small(), axis.big(), axis.kernel(), stride, dilation, crop).ok()
    }

    /// What W~ has where, between the sizes of the layer, if cells meet [so](Self::axis).
    #[must_use]
    pub fn taps(self, layer: &Layer) -> Option<Taps> {
        let axes: Option<Vec<Axis>> = layer.geometry().axes().iter().map(|axis| self.axis(axis)).collect();
        Taps::of(&Geometry::new(axes?, layer.geometry().channels()).ok()?).ok()
    }

    /// The equivalent convolution of a transposed one as somebody builds it who follows the rule; none where the rule
    /// is about something else, or says nothing about the layer.
    #[must_use]
    pub fn rewriting(self, layer: &Layer) -> Option<ZeroInsertion> {
        if !self.concerns(layer) {
            return None;
        }
        let mut rewriting = ZeroInsertion::of(layer.geometry());
        let axes = layer.geometry().axes();
        match self {
            Self::Planted(fault) => return Some(fault.planted(layer)),
            Self::ZerosForOutputPadding => {
                for ((_, after), axis) in rewriting.padding.iter_mut().zip(layer.settings()) {
                    *after -= axis.output_padding as i64;
                }
            }
            Self::NeverCut => {
                for (before, after) in &mut rewriting.padding {
                    (*before, *after) = ((*before).max(0), (*after).max(0));
                }
            }
            Self::SameUpper | Self::SameLower => {
                for ((before, after), axis) in rewriting.padding.iter_mut().zip(axes) {
                    let later = self.cut_at_start(axis) - axis.crop_begin();
                    (*before, *after) = (*before - later, *after + later);
                }
            }
            _ => return None,
        }
        Some(rewriting)
    }

    /// The output somebody computes for the layer who follows the rule; none where the rule says nothing about the
    /// layer or leads to no output at all.
    ///
    /// # Panics
    /// When the shapes of `x` and `w` are not the layer's.
    #[must_use]
    pub fn output<T: Ring + 'static>(self, layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Option<Tensor<T>> {
        if !self.concerns(layer) {
            return None;
        }
        let rewritten = || {
            let rewriting = self.rewriting(layer)?;
            rewriting.output_shape(x.shape(), w.shape()).map(|_| rewriting.run(x, w))
        };
        let operation = layer.operation();
        let slid = |change: &dyn Fn(&mut AxisSettings)| slid(layer, operation, change, x, w);
        match self {
            Self::Planted(_) | Self::NeverCut | Self::SameUpper | Self::SameLower => rewritten(),
            Self::ZerosForOutputPadding => {
                let end = |axis: &AxisSettings| Sliding { end: axis.output_padding as i64, ..Sliding::PLAIN };
                let ends: Vec<Sliding> = layer.settings().iter().map(end).collect();
                Some(padded(&rewritten()?, &ends, &T::zero()))
            }
            Self::EverySthRow => every_sth_row(layer, x, w),
            Self::PaddingIgnored => slid(&|axis| axis.padding = Padding::default()),
            Self::StrideIgnored => slid(&|axis| axis.stride = 1),
            Self::DilationIgnored => slid(&|axis| axis.dilation = 1),
            Self::FlippedConvolution => {
                let cells: usize = w.shape()[2..].iter().product();
                let flipped = |flat: usize| w.entries()[flat / cells * cells + cells - 1 - flat % cells].clone();
                Some(by_textbook(layer, x, &Tensor::from_fn(w.shape(), flipped)))
            }
            Self::OtherOperation => self::slid(
                layer,
                operation.adjoint(),
                &|axis| axis.output_padding = 0,
                x,
                &channels_exchanged(layer, w),
            ),
            Self::ChannelsExchanged => Some(by_textbook(layer, x, &channels_exchanged(layer, w))),
            Self::RoundedUp => slid(&|axis| {
                if remainder(axis) > 0 {
                    axis.padding.end += axis.stride - remainder(axis);
                }
            }),
            Self::BiasForgotten => None,
        }
    }

    /// The same for a layer that may have a bias, which is added to what the rule makes.
    ///
    /// # Panics
    /// When the shapes of `x`, `w` and `bias` are not the layer's.
    #[must_use]
    pub fn output_with_bias<T: Ring + 'static>(
        self,
        layer: &Layer,
        x: &Tensor<T>,
        w: &Tensor<T>,
        bias: Option<&Tensor<T>>,
    ) -> Option<Tensor<T>> {
        match self {
            Self::BiasForgotten => bias.map(|_| by_textbook(layer, x, w)),
            other => Some(with_bias(other.output(layer, x, w)?, bias)),
        }
    }
}

/// What the division in the size of a convolution leaves over.
fn remainder(axis: &AxisSettings) -> usize {
    (axis.input + axis.padding.begin + axis.padding.end - axis.dilation * (axis.kernel - 1) - 1) % axis.stride
}

/// The weight in the layout of the other operation: its channel axes exchanged within each group.
fn channels_exchanged<T: Clone>(layer: &Layer, w: &Tensor<T>) -> Tensor<T> {
    ZeroInsertion { turn: Turn::Kept, ..ZeroInsertion::of(layer.geometry()) }.kernel(w)
}

/// The output by the textbook loops with every axis changed, by rules that PyTorch need not accept; none if nothing is
/// left of it.
fn slid<T: Ring>(
    layer: &Layer,
    operation: Operation,
    change: &dyn Fn(&mut AxisSettings),
    x: &Tensor<T>,
    w: &Tensor<T>,
) -> Option<Tensor<T>> {
    let mut axes = layer.settings().to_vec();
    axes.iter_mut().for_each(change);
    let transposed = operation == Operation::Transposed;
    let sliding = |axis: &AxisSettings| {
        let sliding = Sliding {
            stride: axis.stride,
            dilation: axis.dilation,
            begin: axis.padding.begin as i64,
            end: axis.padding.end as i64 - axis.output_padding as i64,
        };
        let (reach, around) = ((axis.dilation * (axis.kernel - 1)) as i64, sliding.begin + sliding.end);
        let room = if transposed {
            ((axis.input - 1) * axis.stride) as i64 + reach - around
        } else {
            axis.input as i64 + around - reach - 1
        };
        (room >= 0).then_some(sliding)
    };
    let sliding: Vec<Sliding> = axes.iter().map(sliding).collect::<Option<_>>()?;
    let groups = layer.geometry().channels().groups();
    Some(if transposed { transposed_convolution(x, w, &sliding, groups) } else { convolution(x, w, &sliding, groups) })
}

/// The output with every s-th row of the flattened matrix W~ of stride 1 in place of W~: of a layer with one channel,
/// two axes and one stride above 1.
fn every_sth_row<T: Ring + 'static>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Option<Tensor<T>> {
    let settings = layer.settings();
    let stride = settings[0].stride;
    // The convolution with stride 1 that reads the big side.
    let axis = |(settings, axis): (&AxisSettings, &Axis)| AxisSettings {
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
    let output = match layer.operation() {
        Operation::Convolution => {
            let all = product(&taps, w.entries(), x.entries(), Side::Small);
            (0..small).map(|row| all[row * stride].clone()).collect()
        }
        Operation::Transposed => {
            let mut spread = vec![T::zero(); taps.rows()];
            for (row, value) in x.entries().iter().enumerate() {
                spread[row * stride] = value.clone();
            }
            product(&taps, w.entries(), &spread, Side::Big)
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
        let names: std::collections::BTreeSet<_> = Misconception::all().map(|wrong| wrong.name()).collect();
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
