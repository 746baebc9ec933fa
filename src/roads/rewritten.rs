//! The operation rewritten as a convolution with stride 1, on operands that are really built.
//!
//! A transposed convolution becomes: insert `s - 1` zeros between the inputs, pad `d (k - 1) - lo` before and
//! `d (k - 1) - hi` after (negative: cut), flip the kernel along every axis, exchange its channel axes within each
//! group, and convolve with stride 1 and dilation `d`.
//!
//! A strided convolution becomes: pad, fill the kernel's gaps with zeros, convolve with stride 1 and dilation 1,
//! and keep the cells whose index is a multiple of `s` on every axis.

use super::textbook::{Sliding, convolution, padded};
use crate::algebra::Ring;
use crate::geometry::{Axis, Geometry, Layer};
use crate::index::signed;
use crate::tensor::Tensor;

/// How the kernel is turned before the stride-1 convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Turn {
    /// Reversed along every spatial axis: rotated by 180 degrees. The right one.
    Flipped,
    /// Left as it is.
    Kept,
    /// Rows and columns exchanged: the first two spatial axes transposed.
    AxesExchanged,
}

/// The rewriting of a transposed convolution, as data, so that it can be shown, run, and deliberately spoilt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZeroInsertion {
    /// `s` per axis: `s - 1` zeros go between neighbouring inputs.
    pub strides: Vec<usize>,
    /// Zeros put before and after each axis of the zero-inserted input; negative numbers cut. They fit, and so does what
    /// a mistake makes of them, by [`Layer::SIZE_LIMIT`].
    pub padding: Vec<(i64, i64)>,
    /// Dilation per axis, unchanged.
    pub dilations: Vec<usize>,
    /// What happens to the kernel.
    pub turn: Turn,
    /// Groups; the kernel's channel axes are exchanged within each.
    pub groups: usize,
}

impl ZeroInsertion {
    /// The rewriting of the geometry's transposed convolution.
    #[must_use]
    pub fn of(geometry: &Geometry) -> Self {
        let per_axis = |axis: &Axis| {
            let reach = signed(axis.effective_kernel() - 1);
            (reach - axis.crop_begin(), reach - axis.crop_end())
        };
        Self {
            strides: geometry.axes().iter().map(Axis::stride).collect(),
            padding: geometry.axes().iter().map(per_axis).collect(),
            dilations: geometry.axes().iter().map(Axis::dilation).collect(),
            turn: Turn::Flipped,
            groups: geometry.channels().groups(),
        }
    }

    /// The input with `s - 1` cells of `fill` between neighbours: every axis has length `s (m - 1) + 1`.
    pub(crate) fn zero_inserted<T: Clone>(&self, x: &Tensor<T>, fill: &T) -> Tensor<T> {
        spread(x, &self.strides, fill)
    }

    /// `X'`: the input with zeros inserted, then padded or cut. The two kinds of zeros can be told apart.
    ///
    /// # Panics
    /// When more is cut than there is, which no valid geometry asks for.
    pub fn operand<T: Clone>(&self, x: &Tensor<T>, inserted: &T, padding: &T) -> Tensor<T> {
        let frame = |(&(begin, end), &stride): (&(i64, i64), &usize)| Sliding { stride, dilation: 1, begin, end };
        let frame: Vec<_> = self.padding.iter().zip(&self.strides).map(frame).collect();
        padded(&self.zero_inserted(x, inserted), &frame, padding)
    }

    /// `W'`: the kernel turned, its channel axes exchanged within each group;
    /// `[in, out / groups, k...]` becomes `[out, in / groups, k...]`.
    pub fn kernel<T: Clone>(&self, w: &Tensor<T>) -> Tensor<T> {
        let turned = self.kernel_shape(w.shape());
        Tensor::from_fn(&turned, |flat| w.entries()[self.kernel_source(w.shape(), flat)].clone())
    }

    /// The shape of `W'` for a weight of the given shape.
    #[must_use]
    pub(crate) fn kernel_shape(&self, shape: &[usize]) -> Vec<usize> {
        let mut turned = shape.to_vec();
        (turned[0], turned[1]) = (shape[1] * self.groups, shape[0] / self.groups);
        if self.turn == Turn::AxesExchanged && shape.len() > 3 {
            turned.swap(2, 3);
        }
        turned
    }

    /// The flat index of the weight that stands at a flat index of `W'`.
    #[must_use]
    pub(crate) fn kernel_source(&self, shape: &[usize], flat: usize) -> usize {
        let (ins, outs) = (shape[0] / self.groups, shape[1]);
        let [height, width, depth] = three(&shape[2..]);
        let cells = height * width * depth;
        let (slice, cell) = (flat / cells, flat % cells);
        let (out, within) = (slice / ins, slice % ins);
        let source = match self.turn {
            // Reversed along every axis is reversed as a whole.
            Turn::Flipped => cells - 1 - cell,
            Turn::AxesExchanged if shape.len() > 3 => {
                let (column, row) = (cell / depth / height, cell / depth % height);
                (row * width + column) * depth + cell % depth
            }
            Turn::AxesExchanged | Turn::Kept => cell,
        };
        ((out / outs * ins + within) * outs + out % outs) * cells + source
    }

    /// The shape `[out, sizes...]` of what it computes; nothing if the turned kernel does not fit into `X'`, which is
    /// never so for the rewriting of a valid geometry.
    #[must_use]
    pub fn output_shape(&self, x_shape: &[usize], w_shape: &[usize]) -> Option<Vec<usize>> {
        let kernel = self.kernel_shape(w_shape);
        let size = |axis: usize| {
            let size = self.unit_size(axis, x_shape[axis + 1], kernel[axis + 2]);
            usize::try_from(size).ok().filter(|&size| size > 0)
        };
        std::iter::once(Some(kernel[0])).chain((0..self.strides.len()).map(size)).collect()
    }

    /// The length of what the stride-1 convolution computes along an axis; not above 0 if the kernel does not fit.
    pub(crate) fn unit_size(&self, axis: usize, inputs: usize, kernel: usize) -> i128 {
        let steps = |step: usize, count: usize| step as i128 * (count as i128 - 1);
        let (begin, end) = self.padding[axis];
        let operand = steps(self.strides[axis], inputs) + 1 + i128::from(begin) + i128::from(end);
        operand - steps(self.dilations[axis], kernel)
    }

    /// Runs the stride-1 convolution.
    ///
    /// # Panics
    /// When the shapes do not belong to the geometry.
    pub fn run<T: Ring>(&self, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
        let sliding: Vec<_> = self.dilations.iter().map(|&dilation| Sliding { dilation, ..Sliding::PLAIN }).collect();
        convolution(&self.operand(x, &T::zero(), &T::zero()), &self.kernel(w), &sliding, self.groups)
    }
}

/// The rewriting of a strided, dilated convolution: stride 1 over a zero-filled kernel, then thinned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThinnedConvolution {
    /// Every `s`-th cell along each axis is kept.
    pub strides: Vec<usize>,
    /// Zeros put before and after each axis of the input.
    pub padding: Vec<(i64, i64)>,
    /// `d - 1` zeros go between neighbouring kernel cells.
    pub dilations: Vec<usize>,
    /// Groups, unchanged.
    pub groups: usize,
}

impl ThinnedConvolution {
    /// The rewriting of the layer's convolution.
    #[must_use]
    pub fn of(layer: &Layer) -> Self {
        let axes = layer.settings();
        Self {
            strides: axes.iter().map(|axis| axis.stride).collect(),
            padding: axes.iter().map(|axis| (signed(axis.padding.begin), signed(axis.padding.end))).collect(),
            dilations: axes.iter().map(|axis| axis.dilation).collect(),
            groups: layer.geometry().channels().groups(),
        }
    }

    /// `X'`: the input with zeros put around it.
    pub fn operand<T: Clone>(&self, x: &Tensor<T>, padding: &T) -> Tensor<T> {
        let frame: Vec<_> = self.padding.iter().map(|&(begin, end)| Sliding { begin, end, ..Sliding::PLAIN }).collect();
        padded(x, &frame, padding)
    }

    /// `W'`: the kernel with its gaps filled, every axis of length `d (k - 1) + 1`.
    pub fn kernel<T: Clone>(&self, w: &Tensor<T>, fill: &T) -> Tensor<T> {
        spread(w, &self.dilations, fill)
    }

    /// The shape `[out, sizes...]` of what it computes; nothing if the kernel does not fit into `X'`.
    #[must_use]
    pub fn output_shape(&self, x_shape: &[usize], w_shape: &[usize]) -> Option<Vec<usize>> {
        let size = |axis: usize| {
            let (begin, end) = self.padding[axis];
            let operand = x_shape[axis + 1] as i128 + i128::from(begin) + i128::from(end);
            let covered = self.dilations[axis] as i128 * (w_shape[axis + 2] as i128 - 1) + 1;
            let room = usize::try_from(operand - covered).ok()?;
            Some(room / self.strides[axis] + 1)
        };
        std::iter::once(Some(w_shape[0])).chain((0..self.strides.len()).map(size)).collect()
    }

    /// Runs the stride-1 convolution and keeps every `s`-th cell along each axis.
    ///
    /// # Panics
    /// When the shapes do not belong to the layer.
    pub fn run<T: Ring>(&self, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
        let sliding = vec![Sliding::PLAIN; self.strides.len()];
        let full: Tensor<T> =
            convolution(&self.operand(x, &T::zero()), &self.kernel(w, &T::zero()), &sliding, self.groups);
        let (channels, sizes) = (full.shape()[0], &full.shape()[1..]);
        let kept = self.kept(full.shape()).map(|place| full.entries()[place].clone()).collect();
        let thinned = sizes.iter().zip(&self.strides).map(|(&n, &s)| (n - 1) / s + 1);
        Tensor::new(std::iter::once(channels).chain(thinned).collect(), kept)
    }

    /// The flat places of the stride-1 result that are kept, ascending.
    pub(super) fn kept(&self, shape: &[usize]) -> impl Iterator<Item = usize> + use<> {
        strided_places(shape[0], &shape[1..], &self.strides)
    }
}

/// Puts `step - 1` cells of `fill` between neighbours along each of the last axes, one step per axis.
fn spread<T: Clone>(tensor: &Tensor<T>, steps: &[usize], fill: &T) -> Tensor<T> {
    let (channels, extents) = tensor.shape().split_at(tensor.shape().len() - steps.len());
    let wide: Vec<usize> = extents.iter().zip(steps).map(|(&n, &step)| step * (n - 1) + 1).collect();
    let shape: Vec<usize> = channels.iter().chain(&wide).copied().collect();
    let mut entries = vec![fill.clone(); shape.iter().product()];
    let places = strided_places(channels.iter().product(), &wide, steps);
    for (place, entry) in places.zip(tensor.entries()) {
        entries[place] = entry.clone();
    }
    Tensor::new(shape, entries)
}

/// The flat places, in so many channels of the shape, whose index is a multiple of the step on every axis; ascending.
fn strided_places(channels: usize, shape: &[usize], steps: &[usize]) -> impl Iterator<Item = usize> + use<> {
    let ([height, width, depth], [by_row, by_column, by_layer]) = (three(shape), three(steps));
    let lines =
        (0..channels).flat_map(move |channel| (0..height).step_by(by_row).map(move |row| channel * height + row));
    lines.flat_map(move |line| {
        (0..width).step_by(by_column).flat_map(move |column| {
            (0..depth).step_by(by_layer).map(move |layer| (line * width + column) * depth + layer)
        })
    })
}

/// One, two or three spatial numbers as three: what is missing is 1.
fn three(numbers: &[usize]) -> [usize; 3] {
    let mut all = [1; 3];
    all[..numbers.len()].copy_from_slice(numbers);
    all
}

/// Either rewriting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StrideOne {
    /// Of a transposed convolution.
    ZeroInsertion(ZeroInsertion),
    /// Of a convolution.
    Thinned(ThinnedConvolution),
}

impl StrideOne {
    /// The shape `[out, sizes...]` of what it computes; nothing if the kernel does not fit into `X'`.
    #[must_use]
    pub fn output_shape(&self, x_shape: &[usize], w_shape: &[usize]) -> Option<Vec<usize>> {
        match self {
            Self::ZeroInsertion(rewriting) => rewriting.output_shape(x_shape, w_shape),
            Self::Thinned(rewriting) => rewriting.output_shape(x_shape, w_shape),
        }
    }

    /// Runs it.
    ///
    /// # Panics
    /// When the shapes do not belong to the layer.
    pub fn run<T: Ring>(&self, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
        match self {
            Self::ZeroInsertion(rewriting) => rewriting.run(x, w),
            Self::Thinned(rewriting) => rewriting.run(x, w),
        }
    }
}
