//! What it costs to run every road, known before any of them starts.

use crate::geometry::{Axis, AxisSettings, Layer, Operation};

/// The cost of the most wasteful road (forward or back) on one sample; saturates rather than overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Multiply-adds, those with inserted and padded zeros included.
    pub multiply_adds: u128,
    /// Cells of the largest tensor that is built on the way.
    pub cells: u128,
}

impl Effort {
    /// The effort of a layer. Costs a few multiplications.
    #[must_use]
    pub fn of(layer: &Layer) -> Self {
        let axes = || layer.geometry().axes().iter().zip(layer.settings());
        let product = |size: &dyn Fn(&Axis, &AxisSettings) -> u128| {
            axes().fold(1_u128, |product, (axis, settings)| product.saturating_mul(size(axis, settings)))
        };
        let channels = layer.geometry().channels();
        let slices = channels.small() as u128 * channels.big_per_group() as u128;
        let most_channels = channels.small().max(channels.big()) as u128;

        // The definition and the weight gradient pair every small cell with every kernel cell.
        let defined = product(&|axis, _| axis.small() as u128 * axis.kernel() as u128);
        let (slid, kernel) = match layer.operation() {
            // Every cell of the output meets every kernel cell, zeros included.
            Operation::Transposed => (
                product(&|axis, _| axis.big() as u128 * axis.kernel() as u128),
                product(&|axis, _| axis.kernel() as u128),
            ),
            // The kernel with its gaps filled stops at every cell where it fits, also behind the last output.
            Operation::Convolution => (
                product(&|axis, settings| stops(axis, settings) * axis.effective_kernel() as u128),
                product(&|axis, _| axis.effective_kernel() as u128),
            ),
        };
        let longest = |axis: &Axis, settings: &AxisSettings| match layer.operation() {
            Operation::Transposed => (axis.big() as u128 + axis.effective_kernel() as u128).max(axis.buffer() as u128),
            Operation::Convolution => padded(settings),
        };
        let spread = product(&longest).saturating_mul(most_channels);
        Self {
            multiply_adds: defined.max(slid).saturating_mul(slices),
            cells: spread.max(kernel.saturating_mul(slices)),
        }
    }

    /// Multiply-adds or cells, whichever are more.
    #[must_use]
    pub fn most(self) -> u128 {
        self.multiply_adds.max(self.cells)
    }
}

/// Cells of the padded input of a convolution.
fn padded(settings: &AxisSettings) -> u128 {
    settings.input as u128 + settings.padding.begin as u128 + settings.padding.end as u128
}

/// Where the kernel of a convolution fits if it moves by one cell: more than `s (m - 1) + 1` where the stride leaves a
/// remainder.
fn stops(axis: &Axis, settings: &AxisSettings) -> u128 {
    padded(settings) - axis.effective_kernel() as u128 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{ChannelSettings, Padding};

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
