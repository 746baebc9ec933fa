//! A layer as a framework describes it, checked, and turned into canonical axes.
//!
//! The formulas, per axis, with `ke = d (k - 1) + 1` (PyTorch's documentation of `Conv2d` and `ConvTranspose2d`):
//!
//! ```text
//! convolution   m = floor((n + p_begin + p_end - ke) / s) + 1
//! transposed    n = (m - 1) s - p_begin - p_end + d (k - 1) + o + 1
//! ```

use super::error::{GeometryError, Parameter, Rule};
use super::{Axis, Channels, Geometry};
use crate::index::signed;

/// Which of the two operations a layer performs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `y = W~ x`: reads the big side, writes the small one.
    Convolution,
    /// `y = W~^T x`: reads the small side, writes the big one.
    Transposed,
}

impl Operation {
    /// The operation whose matrix is the transpose: each is the other's adjoint.
    #[must_use]
    pub fn adjoint(self) -> Self {
        match self {
            Self::Convolution => Self::Transposed,
            Self::Transposed => Self::Convolution,
        }
    }
}

/// Whether a layer adds a bias to each channel of its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bias {
    /// Nothing is added.
    Absent,
    /// One number for each output channel.
    Present,
}

/// Padding at the two ends of an axis, as the convolution sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Padding {
    /// Zeros before the first cell.
    pub begin: usize,
    /// Zeros after the last cell.
    pub end: usize,
}

impl Padding {
    /// The same padding at both ends.
    #[must_use]
    pub fn both(width: usize) -> Self {
        Self { begin: width, end: width }
    }
}

impl std::fmt::Display for Padding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.begin == self.end { write!(f, "{}", self.begin) } else { write!(f, "{}:{}", self.begin, self.end) }
    }
}

/// One axis in PyTorch's terms; all lengths in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AxisSettings {
    /// Length of the operation's input.
    pub input: usize,
    /// Kernel size.
    pub kernel: usize,
    /// Stride.
    pub stride: usize,
    /// Padding (of a transposed layer: what its output is cut by).
    pub padding: Padding,
    /// Dilation; 1 is the ordinary kernel.
    pub dilation: usize,
    /// Output padding of a transposed layer; 0 for a convolution.
    pub output_padding: usize,
}

impl AxisSettings {
    /// Input and kernel size, stride 1, no padding, dilation 1, no output padding.
    #[must_use]
    pub fn new(input: usize, kernel: usize) -> Self {
        Self { input, kernel, stride: 1, padding: Padding::default(), dilation: 1, output_padding: 0 }
    }

    fn numbers(&self) -> [(Parameter, usize); 6] {
        [
            (Parameter::OutputPadding, self.output_padding),
            (Parameter::Dilation, self.dilation),
            (Parameter::Stride, self.stride),
            (Parameter::Padding, self.padding.begin.max(self.padding.end)),
            (Parameter::Kernel, self.kernel),
            (Parameter::Input, self.input),
        ]
    }

    /// The largest of the numbers: what to make smaller.
    fn largest(&self) -> (Parameter, usize) {
        self.numbers().into_iter().max_by_key(|&(_, value)| value).expect("six numbers")
    }
}

/// Channels in PyTorch's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChannelSettings {
    /// Channels of the input.
    pub input: usize,
    /// Channels of the output.
    pub output: usize,
    /// Groups; they divide both.
    pub groups: usize,
}

impl Default for ChannelSettings {
    fn default() -> Self {
        Self { input: 1, output: 1, groups: 1 }
    }
}

/// A convolution or transposed convolution with every rule checked.
///
/// Accepts exactly what PyTorch accepts (and, beyond it, different padding at the two ends), as long as everything
/// stays below [`Layer::SIZE_LIMIT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    operation: Operation,
    /// Every number is below [`Layer::SIZE_LIMIT`], and so is the big side with its padding.
    settings: Vec<AxisSettings>,
    geometry: Geometry,
}

impl Layer {
    /// Every number that describes an axis is below this, and so is the length of its padded input or, of a transposed
    /// layer, of its output before the padding is cut off; these are at least as long as the two sides, the dilated
    /// kernel and the buffer. So the sum of any two of these lengths fits into an `i64`, and a position or a padding of
    /// the rewritten operation, a difference of two, even with a third: see [`Axis`], whose invariant follows.
    pub const SIZE_LIMIT: usize = 1 << (usize::BITS - 2);

    /// Checks the settings and computes the output size.
    ///
    /// # Errors
    /// When PyTorch would refuse the layer or it reaches [`Layer::SIZE_LIMIT`], with the parameter, the numbers and the
    /// way out.
    ///
    /// ```
    /// use convt_matrix::geometry::*;
    /// let axis = AxisSettings { stride: 2, padding: Padding::both(1), ..AxisSettings::new(4, 4) };
    /// let layer = Layer::new(Operation::Transposed, vec![axis, axis], ChannelSettings::default())?;
    /// assert_eq!(layer.output_shape(), [1, 8, 8]);
    /// # Ok::<(), GeometryError>(())
    /// ```
    pub fn new(
        operation: Operation,
        settings: Vec<AxisSettings>,
        channels: ChannelSettings,
    ) -> Result<Self, GeometryError> {
        let channels = oriented_channels(operation, channels)?;
        if settings.is_empty() || settings.len() > 3 {
            return Err(GeometryError::dimensions(settings.len()));
        }
        let axes = settings
            .iter()
            .enumerate()
            .map(|(index, axis)| canonical_axis(operation, axis, index))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { operation, settings, geometry: Geometry::new(axes, channels)? })
    }

    /// A transposed convolution of one channel into one, over one to three axes.
    ///
    /// # Errors
    /// As [`Layer::new`].
    pub fn transposed(axes: impl Into<Vec<AxisSettings>>) -> Result<Self, GeometryError> {
        Self::new(Operation::Transposed, axes.into(), ChannelSettings::default())
    }

    /// A convolution of one channel into one, over one to three axes.
    ///
    /// # Errors
    /// As [`Layer::new`].
    pub fn convolution(axes: impl Into<Vec<AxisSettings>>) -> Result<Self, GeometryError> {
        Self::new(Operation::Convolution, axes.into(), ChannelSettings::default())
    }

    /// Which operation the layer performs.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The axes as they were described.
    #[must_use]
    pub fn settings(&self) -> &[AxisSettings] {
        &self.settings
    }

    /// The channels as they were described.
    #[must_use]
    pub(crate) fn channel_settings(&self) -> ChannelSettings {
        let channels = self.geometry.channels();
        let (input, output) = match self.operation {
            Operation::Convolution => (channels.big(), channels.small()),
            Operation::Transposed => (channels.small(), channels.big()),
        };
        ChannelSettings { input, output, groups: channels.groups() }
    }

    /// The canonical form.
    #[must_use]
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// The number of spatial dimensions, 1 to 3.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.settings.len()
    }

    /// Shape of the operation's input, `[channels, sizes...]`.
    #[must_use]
    pub fn input_shape(&self) -> Vec<usize> {
        match self.operation {
            Operation::Convolution => self.geometry.big_shape(),
            Operation::Transposed => self.geometry.small_shape(),
        }
    }

    /// Shape of the operation's output, `[channels, sizes...]`.
    #[must_use]
    pub fn output_shape(&self) -> Vec<usize> {
        match self.operation {
            Operation::Convolution => self.geometry.small_shape(),
            Operation::Transposed => self.geometry.big_shape(),
        }
    }

    /// Shape of the weight tensor in PyTorch's layout: `[out, in / groups, k...]` for a convolution,
    /// `[in, out / groups, k...]` for a transposed one.
    #[must_use]
    pub fn weight_shape(&self) -> Vec<usize> {
        self.geometry.weight_shape()
    }

    /// The largest number the layer was described with: what to make smaller when there is too much of something.
    #[must_use]
    pub fn largest_number(&self) -> (Parameter, usize) {
        let ChannelSettings { input, output, .. } = self.channel_settings();
        let channels = [(Parameter::InChannels, input), (Parameter::OutChannels, output)];
        let all = self.settings.iter().flat_map(AxisSettings::numbers).chain(channels);
        all.max_by_key(|&(_, value)| value).unwrap_or((Parameter::Input, 0))
    }

    /// Whether the transposed layer is the adjoint of the PyTorch convolution that reads its output:
    /// true exactly when that convolution's output size is the layer's input size on every axis.
    /// An output padding of at least the stride (legal when the dilation is larger) breaks it.
    #[must_use]
    pub fn is_adjoint_of_its_convolution(&self) -> bool {
        self.operation == Operation::Convolution || self.settings.iter().all(|axis| axis.output_padding < axis.stride)
    }
}

fn oriented_channels(operation: Operation, channels: ChannelSettings) -> Result<Channels, GeometryError> {
    let ChannelSettings { input, output, groups } = channels;
    // Checked in the user's orientation, so that a message names the right parameter.
    let checked = Channels::new(input, output, groups)?;
    match operation {
        Operation::Transposed => Ok(checked),
        Operation::Convolution => Channels::new(output, input, groups),
    }
}

fn canonical_axis(operation: Operation, axis: &AxisSettings, index: usize) -> Result<Axis, GeometryError> {
    let at = Some(index);
    for (parameter, value) in [
        (Parameter::Input, axis.input),
        (Parameter::Kernel, axis.kernel),
        (Parameter::Stride, axis.stride),
        (Parameter::Dilation, axis.dilation),
    ] {
        if value == 0 {
            return Err(GeometryError::zero(parameter, at));
        }
    }
    let size = Sizes::of(axis);
    let other = match operation {
        Operation::Convolution => size.convolution(axis, index)?,
        Operation::Transposed => size.transposed(axis, index)?,
    };
    size.check_limit(operation, axis, index)?;
    let other = usize::try_from(other).expect("it is less than the limit, as the padded big side is");
    let (small, big) = match operation {
        Operation::Convolution => (other, axis.input),
        Operation::Transposed => (axis.input, other),
    };
    Axis::new(small, big, axis.kernel, axis.stride, axis.dilation, signed(axis.padding.begin))
}

/// The quantities of the size formulas, wide enough that no sum of 64-bit numbers overflows.
struct Sizes {
    padding: i128,
    kernel_reach: i128,
    /// `s (m - 1)` of a transposed layer.
    scattered: i128,
}

impl Sizes {
    fn of(axis: &AxisSettings) -> Self {
        // Two factors below 2^64 can reach 2^128: saturate, and far enough below that sums do not. That is refused.
        let steps = |step: usize, count: usize| (step as i128).saturating_mul(count as i128 - 1).min(i128::MAX >> 2);
        Self {
            padding: axis.padding.begin as i128 + axis.padding.end as i128,
            kernel_reach: steps(axis.dilation, axis.kernel),
            scattered: steps(axis.stride, axis.input),
        }
    }

    /// Checks what [`Layer::SIZE_LIMIT`] promises.
    fn check_limit(&self, operation: Operation, axis: &AxisSettings, index: usize) -> Result<(), GeometryError> {
        let AxisSettings { input, kernel, stride, padding, dilation, output_padding } = *axis;
        let (parameter, value) = axis.largest();
        let too_long = |length: &str| Err(GeometryError::too_long(parameter, value, index, length));
        if value >= Layer::SIZE_LIMIT {
            return too_long("it");
        }
        let limit = Layer::SIZE_LIMIT as i128;
        match operation {
            Operation::Convolution if input as i128 + self.padding >= limit => too_long(&format!(
                "the padded input has {input} + {} + {} = {} cells; that",
                padding.begin,
                padding.end,
                input as i128 + self.padding
            )),
            Operation::Transposed if self.uncut(axis) >= limit => too_long(&format!(
                "the output before the padding is cut off has ({input}-1)*{stride} + {dilation}*({kernel}-1) + {output_padding} + 1 = {} cells; that",
                self.uncut(axis)
            )),
            _ => Ok(()),
        }
    }

    /// The length of a transposed layer's output before the padding is cut off.
    fn uncut(&self, axis: &AxisSettings) -> i128 {
        self.scattered + self.kernel_reach + axis.output_padding as i128 + 1
    }

    fn convolution(&self, axis: &AxisSettings, index: usize) -> Result<i128, GeometryError> {
        let at = Some(index);
        if axis.output_padding != 0 {
            return Err(GeometryError::new(
                Rule::NoOutputPadding,
                Parameter::OutputPadding,
                axis.output_padding,
                at,
                "a convolution has no output padding",
                "leave it out, or describe the transposed convolution",
            ));
        }
        let padded = axis.input as i128 + self.padding;
        let room = padded - self.kernel_reach - 1;
        if room < 0 {
            return Err(GeometryError::new(
                Rule::KernelFits,
                Parameter::Kernel,
                axis.kernel,
                at,
                format!(
                    "the kernel covers dilation*(kernel_size-1)+1 = {}*({}-1)+1 = {} cells, the padded input has only {} + {} = {padded}",
                    axis.dilation,
                    axis.kernel,
                    self.kernel_reach + 1,
                    axis.input,
                    self.padding
                ),
                "use a larger input, more padding, a smaller kernel or less dilation",
            ));
        }
        Ok(room / axis.stride as i128 + 1)
    }

    fn transposed(&self, axis: &AxisSettings, index: usize) -> Result<i128, GeometryError> {
        let at = Some(index);
        let AxisSettings { input, kernel, stride, padding, dilation, output_padding } = *axis;
        let bound = stride.max(dilation);
        if output_padding >= bound {
            return Err(GeometryError::new(
                Rule::OutputPaddingBound,
                Parameter::OutputPadding,
                output_padding,
                at,
                format!("it must be smaller than the larger of stride {stride} and dilation {dilation}"),
                format!("the largest allowed here is {}", bound - 1),
            ));
        }
        let size = self.uncut(axis) - self.padding;
        if size < 1 {
            return Err(GeometryError::new(
                Rule::OutputSize,
                Parameter::Padding,
                padding,
                at,
                format!(
                    "the output size is ({input}-1)*{stride} - {} - {} + {dilation}*({kernel}-1) + {output_padding} + 1 = {size}, which is less than 1",
                    padding.begin, padding.end
                ),
                format!("the padding of both ends together may be at most {} here", self.uncut(axis) - 1),
            ));
        }
        Ok(size)
    }
}
