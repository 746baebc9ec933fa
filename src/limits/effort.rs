//! What it costs to run every road, known before any of them starts.

use super::Cost;
use crate::algebra::Polynomial;
use crate::geometry::{Axis, AxisSettings, ChannelSettings, Layer, Operation, greatest_common_divisor};
use crate::matrix;
use std::num::Saturating;

/// What the roads of a layer go through, for one sample; saturates rather than overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Multiply-adds of the most wasteful road (forward or back), those with inserted and padded zeros included.
    pub multiply_adds: u128,
    /// Cells of the largest tensor that is built on the way.
    pub cells: u128,
    /// Cells of all tensors that are there at one time, operands and results included, forward.
    pub held: u128,
    /// Cells of input and weight: the symbols.
    symbols: u128,
    /// Products that are no product with an inserted or padded zero, over the two results that are held at one time.
    terms: u128,
    /// Cells of results that have such products.
    sums: u128,
    /// Products of the longest sum.
    longest: u128,
    /// Entries of the slab of rows by which the matrix is multiplied.
    slab: u128,
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
        // Those of them that fall inside.
        let inside = product(slices, &|axis, _| most_taps(axis, count(axis.small()), axis.stride()));
        let (slid, largest, held, terms, sums) = match layer.operation() {
            Operation::Transposed => {
                let output = product(outs, &|axis, _| count(axis.big()));
                let buffer = product(outs, &|axis, _| count(axis.buffer()));
                let spread = product(ins, &|axis, _| count(axis.buffer() - reach(axis)));
                let operand = product(ins, &|axis, _| count(axis.big()) + count(reach(axis)));
                // Every cell of the output meets every kernel cell, zeros included.
                let slid = product(slices, &|axis, _| count(axis.big()) * count(axis.kernel()));
                // The rewriting stands beside the output of the loops.
                let rewriting = output + (spread + operand).max(operand + operand + weight + output);
                // The products scattered into the buffer, and those of the output that is cut out of it.
                let terms = defined + inside;
                (slid, buffer.max(spread).max(operand), (buffer + output).max(rewriting), terms, buffer + output)
            }
            Operation::Convolution => {
                let output = product(outs, &|axis, _| count(axis.small()));
                let padded = product(ins, &|_, settings| padded(settings));
                let filled = product(slices, &|axis, _| count(axis.effective_kernel()));
                let full = product(outs, &stops);
                // The kernel with its gaps filled stops at every cell where it fits, also behind the last output.
                let slid = product(slices, &|axis, settings| stops(axis, settings) * count(axis.effective_kernel()));
                let rewriting = output + padded + padded + filled + full + output;
                let terms = inside + product(slices, &|axis, settings| most_taps(axis, stops(axis, settings), 1));
                (slid, padded.max(filled).max(full), rewriting, terms, output + output + full)
            }
        };
        Self {
            multiply_adds: defined.max(slid).0,
            cells: largest.max(input).max(weight).0,
            held: (input + weight + held).0,
            symbols: (input + weight).0,
            terms: terms.0,
            sums: sums.min(terms).0,
            longest: (weight / count(channels.small().min(channels.big_per_group()))).0,
            // A slab has at least a whole row.
            slab: defined.min(SLAB.max(weight)).0,
        }
    }

    /// The effort of so many samples whose results are all kept.
    #[must_use]
    pub fn of_samples(self, samples: usize) -> Self {
        let all = |one: u128| (Saturating(one) * count(samples)).0;
        let Self { multiply_adds, cells, held, symbols, terms, sums, longest, slab } = self;
        Self {
            multiply_adds: all(multiply_adds),
            cells: all(cells),
            held: all(held),
            symbols: all(symbols),
            terms: all(terms),
            sums: all(sums),
            longest,
            slab,
        }
    }

    /// Multiply-adds or cells, whichever are more.
    #[must_use]
    pub fn most(self) -> u128 {
        self.multiply_adds.max(self.cells)
    }

    /// What it costs to run three roads over machine integers and compare them.
    #[must_use]
    pub fn over_integers(self) -> Cost {
        self.cost(INTEGER, Saturating(8), Saturating(0))
    }

    /// What it costs to run three roads over polynomials and compare them.
    #[must_use]
    pub fn over_polynomials(self) -> Cost {
        const LIST: Count = Saturating(size_of::<Polynomial>() as u128);
        const TERM: Count = Saturating(Polynomial::TERM_BYTES as u128);
        // Each symbol stands in the operand, in the rewritten operand and in the copy that the loops take of it.
        let symbols = Saturating(self.symbols) * Saturating(3) * TERM;
        // A list of terms has room for four as soon as it has one, and then grows by doubling.
        let sums = (Saturating(self.terms) * Saturating(2)).max(Saturating(self.sums) * Saturating(4)) * TERM;
        let slab = Saturating(self.slab) * TERM;
        // A term is put into its place among those that are there.
        self.cost(POLYNOMIAL + Saturating(self.longest), LIST, symbols + sums + slab)
    }

    /// With so many steps for a multiply-add, bytes for a cell, and bytes beside them.
    fn cost(self, steps: Count, cell: Count, beside: Count) -> Cost {
        // Columns and weight indices, columns once more and what is put in for the indices.
        let slab = Saturating(self.slab) * (Saturating(12) + cell);
        let cells = Saturating(self.held) * cell;
        // Where the rows of the slabs begin, and the lists of the axes' taps.
        let memory = (cells + beside + slab) * Saturating(9) / Saturating(8);
        Cost { work: (Saturating(self.most()) * steps).0, memory: memory.0 }
    }
}

/// A number of cells or steps that stays at the largest number rather than overflow.
type Count = Saturating<u128>;

fn count(cells: usize) -> Count {
    Saturating(cells as u128)
}

/// Steps that three roads and their comparison take for a multiply-add of the most wasteful of them.
const INTEGER: Count = Saturating(10);
/// The same over polynomials.
const POLYNOMIAL: Count = Saturating(250);

/// Entries of a slab, unless one row has more.
const SLAB: Count = Saturating(matrix::SLAB_ENTRIES as u128);

/// `d (k - 1)`.
fn reach(axis: &Axis) -> usize {
    axis.effective_kernel() - 1
}

/// Cells of the padded input of a convolution.
fn padded(settings: &AxisSettings) -> Count {
    count(settings.input) + count(settings.padding.begin) + count(settings.padding.end)
}

/// Where the kernel of a convolution fits if it moves by one cell: more than `s (m - 1) + 1` where the stride leaves a
/// remainder.
fn stops(axis: &Axis, settings: &AxisSettings) -> Count {
    padded(settings) - count(reach(axis))
}

/// The taps of an axis with another small side and stride, at most: a small cell meets no more big cells than lie a
/// dilation apart, a big cell no more kernel cells than lie a stride apart.
fn most_taps(axis: &Axis, small: Count, stride: usize) -> Count {
    let (big, kernel) = (count(axis.big()), count(axis.kernel()));
    let of_small = kernel.min(count(axis.big().div_ceil(axis.dilation())));
    let step = stride / greatest_common_divisor(stride, axis.dilation());
    let of_big = small.min(count(axis.kernel().div_ceil(step)));
    (small * of_small).min(big * of_big)
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
