//! im2col and col2im: per group one product of dense matrices, multiplied by nalgebra.
//!
//! With `K` kernel cells (the product of `k`) and `M` positions of the kernel (the product of `m`), every group is
//!
//! ```text
//! convolution              Y_g    = W_g   * im2col(X)_g    (out/g) x M     = (out/g) x (in/g K)  *  (in/g K) x M
//! transposed convolution   cols_g = W_g^T * X_g            (out/g K) x M   = (out/g K) x (in/g)  *  (in/g) x M
//!
//! im2col(X)_g[(c, t), i] = X[c, s i + d t - lo]            0 where that lies outside X
//! col2im:  Y[o, s i + d t - lo] += cols_g[(o, t), i]       nothing where that lies outside Y
//! ```
//!
//! `W_g` is the group's part of the weight as it lies in memory, `[small channels, big channels, k...]`, with all but the
//! first axis read as one. Unrolling a convolution so is due to Chellapilla, Puri and Simard, *High Performance
//! Convolutional Neural Networks for Document Processing*, 2006; col2im is the adjoint of im2col.
//!
//! Written out, im2col repeats an input up to `K` times. Here it exists a panel of columns at a time. This file must stay
//! independent: it knows neither taps nor matrix, only where a kernel cell falls on one axis.

use crate::algebra::Ring;
use crate::geometry::{Axis, Geometry, Layer, Operation};
use crate::tensor::{Tensor, count_of, unravel};
use nalgebra::DMatrix;
use std::convert::Infallible;
use std::ops::{ControlFlow, Range};

/// Computes the layer's output by im2col and a product, or by a product and col2im.
///
/// # Panics
/// When the shapes of `x` or `w` are not the layer's.
///
/// ```
/// use convt_matrix::{geometry::*, roads::by_unrolling, tensor::Tensor};
/// let axis = AxisSettings { stride: 2, ..AxisSettings::new(2, 3) };
/// let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default())?;
/// let y = by_unrolling(&layer, &Tensor::new(vec![1, 2], vec![1, 2]), &Tensor::new(vec![1, 1, 3], vec![1, 10, 100]));
/// assert_eq!(y, Tensor::new(vec![1, 5], vec![1, 10, 102, 20, 200]));
/// # Ok::<(), GeometryError>(())
/// ```
pub fn by_unrolling<T: Ring>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
    let mut y = Tensor::from_fn(&layer.output_shape(), |_| T::zero());
    let ControlFlow::Continue(()) = for_each_contribution(layer, x, w, PanelSize::default(), |output, value| {
        y.entries_mut()[output] += value.clone();
        ControlFlow::<Infallible>::Continue(())
    });
    y
}

/// Visits what the products contribute to the output: its flat index and a value. An output is the sum of what is
/// visited for it, 0 if nothing is.
///
/// A convolution visits every output once for every run of terms. A transposed convolution visits an output once for every position and
/// kernel cell that meet it: col2im is the sum.
///
/// The work is cut into panels of the given size: one output channel at a run of positions, summed over a run of
/// terms. Memory beyond `x` and `w` is about one such panel and the weight of one group.
/// When `visit` breaks, nothing more is computed, and the answer is what it broke with.
///
/// # Panics
/// When the shapes of `x` or `w` are not the layer's, or it has more outputs than a flat index can number.
pub fn for_each_contribution<T: Ring, B>(
    layer: &Layer,
    x: &Tensor<T>,
    w: &Tensor<T>,
    size: PanelSize,
    mut visit: impl FnMut(usize, &T) -> ControlFlow<B>,
) -> ControlFlow<B> {
    assert_eq!(x.shape(), layer.input_shape(), "shape of the input");
    assert_eq!(w.shape(), layer.weight_shape(), "shape of the weight");
    let outputs = count_of(&layer.output_shape()).expect("a flat index can number the outputs");
    let sizes = Sizes::of(layer.geometry());
    let channels = layer.geometry().channels();
    let (read, written, rows_per_channel) = match layer.operation() {
        Operation::Convolution => (channels.big_per_group(), channels.small_per_group(), 1),
        Operation::Transposed => (channels.small_per_group(), channels.big_per_group(), sizes.kernel),
    };
    let cells = outputs / (written * channels.groups());
    for group in 0..channels.groups() {
        let matrix = group_matrix(layer, w, group);
        for run in runs(sizes.small, size.products / (read * sizes.kernel)) {
            let placements = Placements::of(layer.geometry(), run.clone());
            let channels_read = group * read..(group + 1) * read;
            let operand = match layer.operation() {
                Operation::Convolution => im2col(x, &placements, &sizes, channels_read),
                Operation::Transposed => columns(x, run.clone(), &sizes, channels_read),
            };
            for (within, terms) in
                (0..written).flat_map(|within| runs(operand.nrows(), size.terms).map(move |terms| (within, terms)))
            {
                let slice = matrix.view((within * rows_per_channel, terms.start), (rows_per_channel, terms.len()));
                let product = slice * operand.rows(terms.start, terms.len());
                let first = (group * written + within) * cells;
                match layer.operation() {
                    Operation::Convolution => {
                        for (column, value) in product.iter().enumerate() {
                            visit(first + run.start + column, value)?;
                        }
                    }
                    Operation::Transposed => {
                        for (ker, column, big) in placements.meetings() {
                            visit(first + big, &product[(ker, column)])?;
                        }
                    }
                }
            }
        }
    }
    ControlFlow::Continue(())
}

/// How much is multiplied at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelSize {
    /// Multiply-adds of one product, at most; a single position may take more.
    pub products: usize,
    /// Terms that are summed up in one product, at most: entries that grow with their terms, such as polynomials, are
    /// better visited in parts.
    pub terms: usize,
}

impl Default for PanelSize {
    /// A few megabytes of numbers, and all terms.
    fn default() -> Self {
        Self { products: 1 << 18, terms: usize::MAX }
    }
}

/// Cells without their channels.
struct Sizes {
    /// Positions of the kernel: cells of the small side, `M`.
    small: usize,
    /// Cells of the big side.
    big: usize,
    /// Cells of the kernel, `K`.
    kernel: usize,
}

impl Sizes {
    fn of(geometry: &Geometry) -> Self {
        let product = |extent: fn(&Axis) -> usize| geometry.axes().iter().map(extent).product();
        Self { small: product(Axis::small), big: product(Axis::big), kernel: product(Axis::kernel) }
    }
}

/// Runs of positions of the given length; at least one position long, the last as long as what is left.
fn runs(positions: usize, length: usize) -> impl Iterator<Item = Range<usize>> {
    let length = length.clamp(1, positions);
    (0..positions).step_by(length).map(move |start| start..positions.min(start + length))
}

/// What the group's operand is multiplied by: `W_g` of a convolution, `W_g^T` of a transposed one.
fn group_matrix<T: Ring>(layer: &Layer, w: &Tensor<T>, group: usize) -> DMatrix<T> {
    let channels = layer.geometry().channels();
    let (rows, size) = (channels.small_per_group(), w.entries().len() / channels.groups());
    let weight = DMatrix::from_row_slice(rows, size / rows, &w.entries()[group * size..(group + 1) * size]);
    match layer.operation() {
        Operation::Convolution => weight,
        Operation::Transposed => weight.transpose(),
    }
}

/// A panel of `im2col(X)_g`: the given channels and all kernel cells by a run of positions.
fn im2col<T: Ring>(x: &Tensor<T>, placements: &Placements<'_>, sizes: &Sizes, channels: Range<usize>) -> DMatrix<T> {
    let mut panel = DMatrix::from_element(channels.len() * sizes.kernel, placements.smalls.len(), T::zero());
    for (ker, column, big) in placements.meetings() {
        for (within, channel) in channels.clone().enumerate() {
            panel[(within * sizes.kernel + ker, column)] = x.entries()[channel * sizes.big + big].clone();
        }
    }
    panel
}

/// A panel of `X_g` as it is: the given channels by a run of positions.
fn columns<T: Ring>(x: &Tensor<T>, run: Range<usize>, sizes: &Sizes, channels: Range<usize>) -> DMatrix<T> {
    DMatrix::from_fn(channels.len(), run.len(), |within, column| {
        x.entries()[(channels.start + within) * sizes.small + run.start + column].clone()
    })
}

/// The kernel at each of a run of positions.
struct Placements<'a> {
    axes: &'a [Axis],
    /// The kernel's size along every axis.
    kernel: Vec<usize>,
    /// The positions, each by its index along every axis.
    smalls: Vec<Vec<usize>>,
}

impl<'a> Placements<'a> {
    fn of(geometry: &'a Geometry, run: Range<usize>) -> Self {
        let axes = geometry.axes();
        let extents: Vec<usize> = axes.iter().map(Axis::small).collect();
        let smalls = run.map(|position| unravel(&extents, position)).collect();
        Self { axes, kernel: axes.iter().map(Axis::kernel).collect(), smalls }
    }

    /// Every kernel cell and position (as a column of the panel) that meet inside the big side, and the cell there.
    /// Both im2col and col2im read these; that makes them adjoint.
    fn meetings(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        (0..self.kernel.iter().product()).flat_map(move |ker| {
            let index = unravel(&self.kernel, ker);
            let met = move |(column, small): (usize, &Vec<usize>)| Some((ker, column, self.cell(small, &index)?));
            self.smalls.iter().enumerate().filter_map(met)
        })
    }

    fn cell(&self, small: &[usize], ker: &[usize]) -> Option<usize> {
        let mut along = self.axes.iter().zip(small).zip(ker);
        along.try_fold(0, |flat, ((axis, &small), &ker)| Some(flat * axis.big() + axis.cell(small, ker)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Padding};

    const TWO_GROUPS: ChannelSettings = ChannelSettings { input: 4, output: 2, groups: 2 };

    fn plane(operation: Operation) -> Layer {
        let height = AxisSettings { stride: 2, padding: Padding { begin: 1, end: 0 }, ..AxisSettings::new(3, 2) };
        let width = AxisSettings { dilation: 2, ..AxisSettings::new(4, 2) };
        Layer::new(operation, vec![height, width], TWO_GROUPS).unwrap()
    }

    fn counting(shape: &[usize]) -> Tensor<i64> {
        Tensor::from_fn(shape, |flat| flat as i64 + 1)
    }

    fn contributions(layer: &Layer, products: usize) -> Vec<(usize, i64)> {
        let size = PanelSize { products, ..PanelSize::default() };
        let mut visited = Vec::new();
        let (x, w) = (counting(&layer.input_shape()), counting(&layer.weight_shape()));
        let ControlFlow::Continue(()) = for_each_contribution(layer, &x, &w, size, |output, value| {
            visited.push((output, *value));
            ControlFlow::<Infallible>::Continue(())
        });
        visited
    }

    #[test]
    fn im2col_has_the_input_under_the_kernel_in_its_columns_and_zeros_where_there_is_none() {
        let axis = AxisSettings { stride: 2, padding: Padding { begin: 1, end: 0 }, ..AxisSettings::new(4, 3) };
        let channels = ChannelSettings { input: 2, output: 1, groups: 1 };
        let layer = Layer::new(Operation::Convolution, vec![axis], channels).unwrap();
        let x = Tensor::new(vec![2, 4], vec![1, 2, 3, 4, 5, 6, 7, 8]);
        let geometry = layer.geometry();
        let panel = im2col(&x, &Placements::of(geometry, 0..2), &Sizes::of(geometry), 0..2);
        assert_eq!(panel, DMatrix::from_row_slice(6, 2, &[0, 2, 1, 3, 2, 4, 0, 6, 5, 7, 6, 8]));
        let second = im2col(&x, &Placements::of(geometry, 1..2), &Sizes::of(geometry), 1..2);
        assert_eq!(second, DMatrix::from_row_slice(3, 1, &[6, 7, 8]));
    }

    #[test]
    fn the_matrix_of_a_group_is_its_slice_of_the_weight_read_as_small_by_the_rest_or_the_transpose_of_that() {
        let layer = plane(Operation::Convolution);
        let w = counting(&layer.weight_shape());
        assert_eq!(group_matrix(&layer, &w, 0), DMatrix::from_row_slice(1, 8, &[1, 2, 3, 4, 5, 6, 7, 8]));
        assert_eq!(group_matrix(&layer, &w, 1), DMatrix::from_row_slice(1, 8, &[9, 10, 11, 12, 13, 14, 15, 16]));
        let layer = plane(Operation::Transposed);
        let w = counting(&layer.weight_shape());
        assert_eq!(group_matrix(&layer, &w, 1), DMatrix::from_row_slice(4, 2, &[9, 13, 10, 14, 11, 15, 12, 16]));
    }

    #[test]
    fn a_convolution_visits_every_output_once_and_a_transposed_one_every_meeting_of_kernel_and_output() {
        let visited = |layer: &Layer| {
            let mut outputs: Vec<usize> = contributions(layer, 100).iter().map(|&(output, _)| output).collect();
            outputs.sort_unstable();
            outputs
        };
        let convolution = plane(Operation::Convolution);
        let outputs: usize = convolution.output_shape().iter().product();
        assert_eq!(visited(&convolution), (0..outputs).collect::<Vec<_>>());
        let transposed = plane(Operation::Transposed);
        // The product has summed over the two input channels of a group.
        assert_eq!(visited(&transposed).len() as u128 * 2, transposed.geometry().tap_count());
    }

    #[test]
    fn a_panel_is_a_run_of_positions_with_so_many_products_or_one_position() {
        let listed = |positions, length| runs(positions, length).collect::<Vec<_>>();
        assert_eq!(listed(5, 0), [0..1, 1..2, 2..3, 3..4, 4..5]);
        assert_eq!(listed(5, 2), [0..2, 2..4, 4..5]);
        assert_eq!(listed(6, 3), [0..3, 3..6]);
        assert_eq!(listed(5, usize::MAX).len(), 1);
        // 4 kernel cells and 2 channels read: 8 multiply-adds for each of the 12 positions.
        let layer = plane(Operation::Transposed);
        let order = |entries: usize| contributions(&layer, entries);
        assert_eq!(order(15), order(1), "15 are too few for a second position");
        assert_ne!(order(16), order(15));
    }

    #[test]
    fn a_visit_that_breaks_is_the_last() {
        for operation in [Operation::Convolution, Operation::Transposed] {
            let layer = plane(operation);
            let (x, w) = (counting(&layer.input_shape()), counting(&layer.weight_shape()));
            for last in 1..contributions(&layer, 20).len() {
                let mut visits = 0;
                let ended = for_each_contribution(&layer, &x, &w, PanelSize { products: 20, terms: 3 }, |_, _| {
                    visits += 1;
                    if visits == last { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
                });
                assert_eq!((ended, visits), (ControlFlow::Break("enough"), last));
            }
        }
    }

    #[test]
    #[should_panic(expected = "shape of the input")]
    fn an_input_of_another_shape_is_a_broken_contract() {
        let layer = plane(Operation::Transposed);
        // As many entries as the layer's input, in another order of axes.
        let _ = by_unrolling(&layer, &counting(&[4, 4, 3]), &counting(&layer.weight_shape()));
    }

    #[test]
    #[should_panic(expected = "shape of the weight")]
    fn a_weight_of_another_shape_is_a_broken_contract() {
        let layer = plane(Operation::Convolution);
        let _ = by_unrolling(&layer, &counting(&layer.input_shape()), &counting(&[2, 2, 4]));
    }

    #[test]
    #[should_panic(expected = "number the outputs")]
    fn outputs_that_no_index_can_number_are_a_broken_contract() {
        let axis = AxisSettings { padding: Padding::both(1 << 40), ..AxisSettings::new(1, 1) };
        let layer = Layer::new(Operation::Convolution, vec![axis; 2], ChannelSettings::default()).unwrap();
        let (x, w) = (counting(&layer.input_shape()), counting(&layer.weight_shape()));
        let _ = for_each_contribution(&layer, &x, &w, PanelSize::default(), |_, _| ControlFlow::Break(()));
    }
}
