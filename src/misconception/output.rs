//! Wrong rules for the output.

use super::wrong_rules;
use crate::algebra::Ring;
use crate::geometry::{Axis, AxisSettings, Channels, Geometry, Layer, Operation, Padding};
use crate::instance::with_bias;
use crate::matrix::{Side, product};
use crate::proof::Fault;
use crate::roads::by_textbook;
use crate::roads::rewritten::{Turn, ZeroInsertion};
use crate::roads::textbook::{Sliding, padded};
use crate::taps::Taps;
use crate::tensor::{Tensor, ravel, unravel};

wrong_rules! {
    /// A wrong rule for the output of a layer.
    pub enum Misconception with
        /// A wrong version of the rule for the convolution that equals a transposed convolution.
        Planted(Fault) = Fault::name
    {
        ZerosForOutputPadding = "zeros-for-output-padding",
        EverySthRow = "every-sth-row",
        PaddingIgnored = "padding-ignored",
        StrideIgnored = "stride-ignored",
        DilationIgnored = "dilation-ignored",
        FlippedConvolution = "flipped-convolution",
        NeverCut = "never-cut",
        SameUpper = "same-upper",
        SameLower = "same-lower",
        OtherOperation = "other-operation",
        ChannelsExchanged = "channels-exchanged",
        RoundedUp = "rounded-up",
        BiasForgotten = "bias-forgotten",
    }
}

impl Misconception {
    /// Whether the rule is about something that the layer has: a rule about output padding says nothing where there is
    /// none. What it says may be right by coincidence.
    #[must_use]
    pub(crate) fn concerns(self, layer: &Layer) -> bool {
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
        let cut = (axis.buffer() as i64 - axis.big() as i64).max(0);
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
            Self::Planted(Fault::OffByOneLead) => (stride, dilation, crop.checked_add(1)?),
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
    pub fn output<T: Ring>(self, layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Option<Tensor<T>> {
        match self {
            Self::EverySthRow if self.concerns(layer) => every_sth_row(layer, x, w),
            _ => self.made(layer)?.output(x, w),
        }
    }

    /// The shape of the [output](Self::output_with_bias), if the rule leads to one. Nothing is computed.
    #[must_use]
    pub fn shape(self, layer: &Layer) -> Option<Vec<usize>> {
        match self {
            Self::EverySthRow | Self::BiasForgotten => Some(layer.output_shape()),
            _ => self.made(layer).map(|made| made.shape()),
        }
    }

    /// What the rule makes of the layer; none where it says nothing about the layer, leads to no output at all, or makes
    /// no operation on the layer's tensors.
    fn made(self, layer: &Layer) -> Option<Made> {
        if !self.concerns(layer) {
            return None;
        }
        let operation = layer.operation();
        let slid = |change: &dyn Fn(&mut AxisSettings)| slid(layer, operation, change);
        let as_it_is = Made {
            operation,
            geometry: layer.geometry().clone(),
            weight: WeightRead::AsItIs,
            zeros: vec![0; layer.dimensions()],
        };
        match self {
            Self::Planted(_) | Self::NeverCut | Self::SameUpper | Self::SameLower => {
                rewritten(layer, self.rewriting(layer)?)
            }
            Self::ZerosForOutputPadding => {
                let zeros = layer.settings().iter().map(|axis| axis.output_padding).collect();
                Some(Made { zeros, ..rewritten(layer, self.rewriting(layer)?)? })
            }
            Self::PaddingIgnored => slid(&|axis| axis.padding = Padding::default()),
            Self::StrideIgnored => slid(&|axis| axis.stride = 1),
            Self::DilationIgnored => slid(&|axis| axis.dilation = 1),
            Self::FlippedConvolution => Some(Made { weight: WeightRead::Flipped, ..as_it_is }),
            Self::OtherOperation => self::slid(layer, operation.adjoint(), &|axis| axis.output_padding = 0),
            Self::ChannelsExchanged => Some(Made { weight: WeightRead::ChannelsExchanged, ..as_it_is }),
            Self::RoundedUp => slid(&|axis| {
                if remainder(axis) > 0 {
                    axis.padding.end += axis.stride - remainder(axis);
                }
            }),
            Self::EverySthRow | Self::BiasForgotten => None,
        }
    }

    /// The same for a layer that may have a bias, which is added to what the rule makes.
    ///
    /// # Panics
    /// When the shapes of `x`, `w` and `bias` are not the layer's.
    #[must_use]
    pub fn output_with_bias<T: Ring>(
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

/// An operation that somebody makes of a layer who follows a wrong rule. Only its taps are ever gone over: a padding or
/// a stride, however large, costs nothing but the outputs it makes.
struct Made {
    operation: Operation,
    geometry: Geometry,
    weight: WeightRead,
    /// Zeros that are appended to each axis of the output.
    zeros: Vec<usize>,
}

/// How the weight of a made operation comes from the layer's.
enum WeightRead {
    AsItIs,
    /// Reversed along every axis.
    Flipped,
    /// Its channel axes exchanged within each group: the layout of the other operation.
    ChannelsExchanged,
    /// As the stride-1 convolution of this rewriting reads it: turned, and flipped back.
    Rewritten(ZeroInsertion),
}

impl Made {
    fn shape(&self) -> Vec<usize> {
        let mut shape = self.computed_shape();
        shape[1..].iter_mut().zip(&self.zeros).for_each(|(extent, zeros)| *extent += zeros);
        shape
    }

    /// The shape without the zeros at the ends.
    fn computed_shape(&self) -> Vec<usize> {
        match self.operation {
            Operation::Convolution => self.geometry.small_shape(),
            Operation::Transposed => self.geometry.big_shape(),
        }
    }

    fn output<T: Ring>(&self, x: &Tensor<T>, w: &Tensor<T>) -> Option<Tensor<T>> {
        let taps = Taps::of(&self.geometry).ok()?;
        let exchanged = |turn: Turn| ZeroInsertion { turn, ..ZeroInsertion::of(&self.geometry) };
        let side = match self.operation {
            Operation::Convolution => Side::Small,
            Operation::Transposed => Side::Big,
        };
        let weight = match &self.weight {
            WeightRead::AsItIs => w.clone(),
            WeightRead::Flipped => {
                let cells: usize = w.shape()[2..].iter().product();
                let source = |flat: usize| flat / cells * cells + cells - 1 - flat % cells;
                Tensor::from_fn(w.shape(), |flat| w.entries()[source(flat)].clone())
            }
            WeightRead::ChannelsExchanged => exchanged(Turn::Kept).kernel(w),
            WeightRead::Rewritten(rewriting) => exchanged(Turn::Flipped).kernel(&rewriting.kernel(w)),
        };
        let computed = Tensor::new(self.computed_shape(), product(&taps, weight.entries(), x.entries(), side));
        let end = |&zeros: &usize| Sliding { end: zeros as i64, ..Sliding::PLAIN };
        Some(padded(&computed, &self.zeros.iter().map(end).collect::<Vec<_>>(), &T::zero()))
    }
}

/// What a rewriting computes, as a transposed convolution: input `i` stands at `s i + begin` of `X'`, where output `j`
/// reads with cell `d (k - 1 - t)`; so they meet where `j = s i + d t - (d (k - 1) - begin)`.
fn rewritten(layer: &Layer, rewriting: ZeroInsertion) -> Option<Made> {
    let (x, w) = (layer.input_shape(), layer.weight_shape());
    let kernel = rewriting.kernel_shape(&w);
    let sizes = rewriting.output_shape(&x, &w)?;
    let axis = |axis: usize| {
        let (inputs, output, kernel) = (x[axis + 1], sizes[axis + 1], kernel[axis + 2]);
        let reach = rewriting.dilations[axis] as i128 * (kernel as i128 - 1);
        let crop = i64::try_from(reach - i128::from(rewriting.padding[axis].0)).ok()?;
        Axis::new(inputs, output, kernel, rewriting.strides[axis], rewriting.dilations[axis], crop).ok()
    };
    let axes = (0..layer.dimensions()).map(axis).collect::<Option<_>>()?;
    Some(Made {
        operation: Operation::Transposed,
        geometry: Geometry::new(axes, layer.geometry().channels()).ok()?,
        zeros: vec![0; layer.dimensions()],
        weight: WeightRead::Rewritten(rewriting),
    })
}

/// An operation, the layer's or the other, with every axis changed, by rules that PyTorch need not accept; none if
/// nothing is left of its output.
fn slid(layer: &Layer, operation: Operation, change: &dyn Fn(&mut AxisSettings)) -> Option<Made> {
    let mut settings = layer.settings().to_vec();
    settings.iter_mut().for_each(change);
    let canonical = |axis: &AxisSettings| {
        let steps = |step: usize, count: usize| step as i128 * (count as i128 - 1);
        let (reach, around) =
            (steps(axis.dilation, axis.kernel), axis.padding.begin as i128 + axis.padding.end as i128);
        let (small, big) = match operation {
            Operation::Transposed => {
                let size = steps(axis.stride, axis.input) + reach + 1 - around + axis.output_padding as i128;
                (axis.input, usize::try_from(size).ok()?)
            }
            Operation::Convolution => {
                let room = usize::try_from(axis.input as i128 + around - reach - 1).ok()?;
                (room / axis.stride + 1, axis.input)
            }
        };
        let crop = i64::try_from(axis.padding.begin).ok()?;
        Axis::new(small, big, axis.kernel, axis.stride, axis.dilation, crop).ok()
    };
    let axes = settings.iter().map(canonical).collect::<Option<_>>()?;
    let channels = layer.geometry().channels();
    let (channels, weight) = if operation == layer.operation() {
        (channels, WeightRead::AsItIs)
    } else {
        let exchanged = Channels::new(channels.big(), channels.small(), channels.groups()).ok()?;
        (exchanged, WeightRead::ChannelsExchanged)
    };
    let zeros = vec![0; layer.dimensions()];
    Some(Made { operation, geometry: Geometry::new(axes, channels).ok()?, weight, zeros })
}

/// The output with every s-th row of the flattened matrix W~ of stride 1 in place of W~: of a layer with one channel,
/// two axes and one stride above 1. Only those rows are looked at.
fn every_sth_row<T: Ring>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Option<Tensor<T>> {
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
    let (shape, big) = (unit.geometry().small_shape(), unit.geometry().big_shape());
    let rows = shape.iter().fold(1_u128, |rows, &extent| rows.saturating_mul(extent as u128));
    let small: usize = layer.geometry().small_shape().iter().product();
    let last = stride as u128 * (small as u128 - 1);
    if last >= rows || usize::try_from(last).is_err() {
        return None;
    }
    let kernel = &w.shape()[2..];
    let mut output = Tensor::from_fn(&layer.output_shape(), |_| T::zero());
    for row in 0..small {
        let at = unravel(&shape, row * stride);
        for (cell, weight) in w.entries().iter().enumerate() {
            let met = unit.geometry().axes().iter().zip(&at[1..]).zip(unravel(kernel, cell));
            let met: Option<Vec<usize>> = met.map(|((axis, &small), ker)| axis.cell(small, ker)).collect();
            let Some(met) = met else { continue };
            let column = ravel(&big[1..], &met);
            let (to, from) = match layer.operation() {
                Operation::Convolution => (row, column),
                Operation::Transposed => (column, row),
            };
            output.entries_mut()[to].mul_acc(weight, &x.entries()[from]);
        }
    }
    Some(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::ChannelSettings;
    use crate::misconception::WrongRule as _;
    use crate::roads::textbook::{convolution, transposed_convolution};

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
        assert_eq!(names.len(), Misconception::all().count());
        for fault in Fault::ALL {
            assert!(Misconception::all().any(|rule| rule == Misconception::Planted(fault)), "{fault:?}");
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

    /// The wrong output by operands that are really built: the rewriting is run, or the textbook loops are given the
    /// changed settings.
    fn built(wrong: Misconception, layer: &Layer, x: &Tensor<i64>, w: &Tensor<i64>) -> Option<Tensor<i64>> {
        if let Some(rewriting) = wrong.rewriting(layer) {
            let run = rewriting.output_shape(x.shape(), w.shape()).map(|_| rewriting.run(x, w))?;
            let end = |axis: &AxisSettings| Sliding { end: axis.output_padding as i64, ..Sliding::PLAIN };
            let ends: Vec<Sliding> = layer.settings().iter().map(end).collect();
            return Some(if wrong == Misconception::ZerosForOutputPadding { padded(&run, &ends, &0) } else { run });
        }
        let change: fn(&mut AxisSettings) = match wrong {
            Misconception::PaddingIgnored => |axis| axis.padding = Padding::default(),
            Misconception::StrideIgnored => |axis| axis.stride = 1,
            Misconception::DilationIgnored => |axis| axis.dilation = 1,
            Misconception::OtherOperation => |axis| axis.output_padding = 0,
            Misconception::RoundedUp => |axis| axis.padding.end += (axis.stride - remainder(axis)) % axis.stride,
            _ => return None,
        };
        if !wrong.concerns(layer) {
            return None;
        }
        let mut axes = layer.settings().to_vec();
        axes.iter_mut().for_each(change);
        let is_transposed = (layer.operation() == Operation::Transposed) != (wrong == Misconception::OtherOperation);
        let reach = |axis: &AxisSettings| axis.dilation * (axis.kernel - 1);
        let around = |axis: &AxisSettings| axis.padding.begin + axis.padding.end;
        let is_left = |axis: &AxisSettings| match is_transposed {
            true => (axis.input - 1) * axis.stride + reach(axis) + axis.output_padding >= around(axis),
            false => axis.input + around(axis) > reach(axis),
        };
        if !axes.iter().all(is_left) {
            return None;
        }
        let sliding = axes.iter().map(|axis| Sliding {
            stride: axis.stride,
            dilation: axis.dilation,
            begin: axis.padding.begin as i64,
            end: axis.padding.end as i64 - axis.output_padding as i64,
        });
        let (sliding, groups) = (sliding.collect::<Vec<_>>(), layer.geometry().channels().groups());
        let exchanged = ZeroInsertion { turn: Turn::Kept, ..ZeroInsertion::of(layer.geometry()) }.kernel(w);
        let w = if wrong == Misconception::OtherOperation { &exchanged } else { w };
        Some(match is_transposed {
            true => transposed_convolution(x, w, &sliding, groups),
            false => convolution(x, w, &sliding, groups),
        })
    }

    #[test]
    fn what_a_rule_makes_of_the_taps_is_what_it_makes_of_operands_that_are_built() {
        let mut compared = std::collections::BTreeMap::new();
        for code in 0..4_usize.pow(6) {
            let digit = |place: u32| code / 4_usize.pow(place) % 4;
            let axis = AxisSettings {
                input: digit(0) + 1,
                kernel: digit(1) + 1,
                stride: digit(2) + 1,
                padding: Padding { begin: digit(3), end: digit(3) ^ (code % 2) },
                dilation: digit(4) + 1,
                output_padding: digit(5),
            };
            let other = AxisSettings { stride: 2, padding: Padding::both(1), ..AxisSettings::new(3, 3) };
            let channels = [ChannelSettings::default(), ChannelSettings { input: 4, output: 2, groups: 2 }][code % 2];
            for operation in [Operation::Transposed, Operation::Convolution] {
                for axes in [vec![axis], vec![axis, other]] {
                    let Ok(layer) = Layer::new(operation, axes, channels) else { continue };
                    let numbers = |shape: &[usize]| Tensor::from_fn(shape, |flat| flat as i64 * flat as i64 + 1);
                    let (x, w) = (numbers(&layer.input_shape()), numbers(&layer.weight_shape()));
                    for wrong in Misconception::all() {
                        let output = wrong.output(&layer, &x, &w);
                        if let Some(output) = &output {
                            assert_eq!(wrong.shape(&layer).as_deref(), Some(output.shape()), "{wrong:?} {layer:?}");
                        }
                        if wrong.rewriting(&layer).is_some() || slides(wrong) {
                            assert_eq!(output, built(wrong, &layer, &x, &w), "{wrong:?} {layer:?}");
                            *compared.entry(wrong.name()).or_insert(0) += usize::from(output.is_some());
                        }
                    }
                }
            }
        }
        assert_eq!(compared.len(), 18);
        assert!(compared.values().all(|&count| count > 40), "{compared:?}");
    }

    fn slides(wrong: Misconception) -> bool {
        matches!(
            wrong,
            Misconception::PaddingIgnored
                | Misconception::StrideIgnored
                | Misconception::DilationIgnored
                | Misconception::OtherOperation
                | Misconception::RoundedUp
        )
    }
}
