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

    /// The axis has positions that no index can hold.
    fn overflow(&self, index: usize) -> GeometryError {
        let (parameter, value) = self.numbers().into_iter().max_by_key(|&(_, value)| value).expect("six numbers");
        GeometryError::overflow(parameter, value, Some(index))
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
/// Accepts exactly what PyTorch accepts (and, beyond it, different padding at the two ends).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    operation: Operation,
    settings: Vec<AxisSettings>,
    geometry: Geometry,
}

impl Layer {
    /// Checks the settings and computes the output size.
    ///
    /// # Errors
    /// When PyTorch would refuse the layer, with the parameter, the numbers and the way out.
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
    pub fn channel_settings(&self) -> ChannelSettings {
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
    let crop_begin = i64::try_from(axis.padding.begin).map_err(|_| axis.overflow(index))?;
    let (small, big) = match operation {
        Operation::Convolution => (size.convolution(axis, index)?, axis.input),
        Operation::Transposed => (axis.input, size.transposed(axis, index)?),
    };
    Axis::new(small, big, axis.kernel, axis.stride, axis.dilation, crop_begin).map_err(|_| axis.overflow(index))
}

/// The quantities of the size formulas, wide enough that no sum of 64-bit numbers overflows.
struct Sizes {
    padding: i128,
    kernel_reach: i128,
}

impl Sizes {
    fn of(axis: &AxisSettings) -> Self {
        Self {
            padding: axis.padding.begin as i128 + axis.padding.end as i128,
            // Two factors below 2^64 can reach 2^128: saturate, the size check refuses it.
            kernel_reach: (axis.dilation as i128).saturating_mul(axis.kernel as i128 - 1),
        }
    }

    fn convolution(&self, axis: &AxisSettings, index: usize) -> Result<usize, GeometryError> {
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
        let room = padded.saturating_sub(self.kernel_reach) - 1;
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
                    self.kernel_reach.saturating_add(1),
                    axis.input,
                    self.padding
                ),
                "use a larger input, more padding, a smaller kernel or less dilation",
            ));
        }
        fitting(room / axis.stride as i128 + 1).ok_or_else(|| axis.overflow(index))
    }

    fn transposed(&self, axis: &AxisSettings, index: usize) -> Result<usize, GeometryError> {
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
        let scattered = (stride as i128).saturating_mul(input as i128 - 1).saturating_add(self.kernel_reach);
        let size = scattered.saturating_add(output_padding as i128 + 1).saturating_sub(self.padding);
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
                format!(
                    "the padding of both ends together may be at most {} here",
                    scattered.saturating_add(output_padding as i128)
                ),
            ));
        }
        fitting(size).ok_or_else(|| axis.overflow(index))
    }
}

fn fitting(size: i128) -> Option<usize> {
    i64::try_from(size).ok().map(|size| size as usize)
}
