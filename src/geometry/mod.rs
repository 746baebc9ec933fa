//! What a layer *is*: its axes, its channels, and the rules that make a configuration possible.
//!
//! [`Layer`] speaks the language of a framework (stride, padding, output padding, ...) and checks every rule;
//! what it hands down is a [`Geometry`]: one canonical [`Axis`] per spatial dimension and the [`Channels`].
//! Nothing below this module knows a framework's parameters.

#![cfg_attr(not(test), deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss))]

mod axis;
mod channels;
mod error;
mod layer;
mod window;

pub use axis::Axis;
pub use channels::Channels;
pub use error::{GeometryError, Parameter, Rule, greatest_common_divisor};
pub use layer::{AxisSettings, Bias, ChannelSettings, Layer, Operation, Padding};
pub use window::Window;

/// One to three spatial axes and the channels: everything the taps are made from.
///
/// Valid by construction; obtained from [`Layer::geometry`] or [`Geometry::new`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    axes: Vec<Axis>,
    channels: Channels,
}

impl Geometry {
    /// Joins axes and channels.
    ///
    /// # Errors
    /// When there are no axes or more than three.
    pub fn new(axes: Vec<Axis>, channels: Channels) -> Result<Self, GeometryError> {
        if axes.is_empty() || axes.len() > 3 {
            return Err(GeometryError::dimensions(axes.len()));
        }
        Ok(Self { axes, channels })
    }

    /// The spatial axes, outermost first (depth, height, width).
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The channel counts and groups.
    #[must_use]
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// Shape of the small side: `[channels, m...]` (what a convolution writes, what a transposed convolution reads).
    #[must_use]
    pub fn small_shape(&self) -> Vec<usize> {
        self.shape(self.channels.small(), Axis::small)
    }

    /// Shape of the big side: `[channels, n...]` (what a convolution reads, what a transposed convolution writes).
    #[must_use]
    pub fn big_shape(&self) -> Vec<usize> {
        self.shape(self.channels.big(), Axis::big)
    }

    /// Shape of the weight tensor, `[small channels, big channels / groups, k...]`: PyTorch's layout
    /// for a convolution and for the transposed convolution that is its adjoint.
    #[must_use]
    pub fn weight_shape(&self) -> Vec<usize> {
        let mut shape = vec![self.channels.small(), self.channels.big_per_group()];
        shape.extend(self.axes.iter().map(Axis::kernel));
        shape
    }

    /// How many taps (multiply-adds, non-zeros of W~) the layer has, exactly, without listing them.
    ///
    /// Costs about the sum over the axes of `min(m, k)` steps.
    #[must_use]
    pub fn tap_count(&self) -> u128 {
        let channels = self.channels.tap_count();
        self.axes.iter().fold(channels, |product, axis| product.saturating_mul(axis.tap_count()))
    }

    fn shape(&self, channels: usize, side: impl Fn(&Axis) -> usize) -> Vec<usize> {
        std::iter::once(channels).chain(self.axes.iter().map(side)).collect()
    }
}
