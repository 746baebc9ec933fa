//! The most wasteful road over a layer: how many multiply-adds it makes and how many cells it builds.

use super::{Count, count};
use crate::geometry::{Axis, AxisSettings, ChannelSettings, Layer, Operation};

/// What the roads of a layer go through, for one sample; saturates rather than overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Multiply-adds of the most wasteful road (forward or back), those with inserted and padded zeros included.
    pub multiply_adds: u128,
    /// Cells of the largest tensor that is built on the way.
    pub cells: u128,
}

impl Effort {
    /// The effort of a layer. Costs a few multiplications.
    #[must_use]
    pub fn of(layer: &Layer) -> Self {
        let axes = || layer.geometry().axes().iter().zip(layer.settings());
        let product = |channels: usize, size: &dyn Fn(&Axis, &AxisSettings) -> Count| {
            axes().fold(count(channels), |product, (axis, settings)| product * size(axis, settings))
        };
        let channels = layer.geometry().channels();
        let slices = channels.small() * channels.big_per_group();
        let ChannelSettings { input: ins, output: outs, .. } = layer.channel_settings();

        let input = product(ins, &|_, settings| count(settings.input));
        let weight = product(slices, &|axis, _| count(axis.kernel()));
        // The definition and the weight gradient pair every small cell with every kernel cell.
        let defined = product(slices, &|axis, _| count(axis.small()) * count(axis.kernel()));
        let (slid, largest) = match layer.operation() {
            Operation::Transposed => {
                let buffer = product(outs, &|axis, _| count(axis.buffer()));
                let spread = product(ins, &|axis, _| count(axis.buffer() - reach(axis)));
                let operand = product(ins, &|axis, _| count(axis.big()) + count(reach(axis)));
                // Every cell of the output meets every kernel cell, zeros included.
                let slid = product(slices, &|axis, _| count(axis.big()) * count(axis.kernel()));
                (slid, buffer.max(spread).max(operand))
            }
            Operation::Convolution => {
                let padded = product(ins, &|_, settings| padded(settings));
                let filled = product(slices, &|axis, _| count(axis.effective_kernel()));
                let full = product(outs, &stops);
                // The kernel with its gaps filled stops at every cell where it fits, also behind the last output.
                let slid = product(slices, &|axis, settings| stops(axis, settings) * count(axis.effective_kernel()));
                (slid, padded.max(filled).max(full))
            }
        };
        Self { multiply_adds: defined.max(slid).0, cells: largest.max(input).max(weight).0 }
    }

    /// Multiply-adds or cells, whichever are more.
    #[must_use]
    pub fn most(self) -> u128 {
        self.multiply_adds.max(self.cells)
    }
}

/// `d (k - 1)`.
fn reach(axis: &Axis) -> usize {
    axis.effective_kernel() - 1
}

/// Cells of the padded input of a convolution.
pub(super) fn padded(settings: &AxisSettings) -> Count {
    count(settings.input) + count(settings.padding.begin) + count(settings.padding.end)
}

/// Where the kernel of a convolution fits if it moves by one cell: more than `s (m - 1) + 1` where the stride leaves a
/// remainder.
fn stops(axis: &Axis, settings: &AxisSettings) -> Count {
    padded(settings) - count(reach(axis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Padding;

    fn effort(operation: Operation, axis: AxisSettings) -> Effort {
        Effort::of(&Layer::new(operation, vec![axis, axis], ChannelSettings::default()).unwrap())
    }

    #[test]
    fn the_zeros_of_the_rewriting_are_counted() {
        let axis = AxisSettings { stride: 10, ..AxisSettings::new(10, 3) };
        assert_eq!(effort(Operation::Transposed, axis).multiply_adds, (93 * 3_u128).pow(2));
        let axis = AxisSettings { dilation: 5, ..AxisSettings::new(21, 3) };
        assert_eq!(effort(Operation::Convolution, axis).multiply_adds, (11 * 11_u128).pow(2));
    }

    #[test]
    fn the_remainder_of_a_stride_is_gone_over_too() {
        let axis = AxisSettings { stride: 64, ..AxisSettings::new(127, 64) };
        assert_eq!(effort(Operation::Convolution, axis).multiply_adds, (64 * 64_u128).pow(2));
    }

    #[test]
    fn a_padding_that_leaves_one_output_hides_nothing() {
        let axis = AxisSettings { padding: Padding::both(999), ..AxisSettings::new(1000, 1000) };
        let effort = effort(Operation::Transposed, axis);
        assert_eq!(effort.multiply_adds, 10_u128.pow(12));
        assert_eq!(effort.cells, 1999_u128.pow(2));
    }

    #[test]
    fn sizes_near_the_end_of_64_bits_do_not_overflow() {
        let axis = AxisSettings { stride: 1 << 40, ..AxisSettings::new(1 << 20, 1) };
        assert!(effort(Operation::Transposed, axis).most() > 1 << 100);
        let axis = AxisSettings { padding: Padding { begin: 1 << 60, end: 1 << 60 }, ..AxisSettings::new(1, 1) };
        assert!(effort(Operation::Convolution, axis).most() > 1 << 120);
    }
}
