//! An axis before the size of its input is known: what a pasted layer and the flags both come to.

use crate::geometry::{AxisSettings, Padding};

/// One axis but for the size of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) padding: Padding,
    pub(super) dilation: usize,
    pub(super) output_padding: usize,
}

impl Window {
    pub(super) fn over(self, input: usize) -> AxisSettings {
        let Self { kernel, stride, padding, dilation, output_padding } = self;
        AxisSettings { input, kernel, stride, padding, dilation, output_padding }
    }
}
