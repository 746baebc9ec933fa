//! An axis before the size of its input is known: what a pasted layer and separate parameters both come to.

use super::{AxisSettings, Padding};

/// One axis but for the size of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Kernel size.
    pub kernel: usize,
    /// Stride.
    pub stride: usize,
    /// Padding.
    pub padding: Padding,
    /// Dilation; 1 is the ordinary kernel.
    pub dilation: usize,
    /// Output padding.
    pub output_padding: usize,
}

impl Window {
    /// The axis over an input of this size.
    #[must_use]
    pub fn over(self, input: usize) -> AxisSettings {
        let Self { kernel, stride, padding, dilation, output_padding } = self;
        AxisSettings { input, kernel, stride, padding, dilation, output_padding }
    }
}
