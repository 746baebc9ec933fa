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
use crate::tensor::{Tensor, ravel, unravel};

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

/// Where a cell of `X'` comes from, along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The input at this index.
    Input(usize),
    /// A zero inserted between two inputs.
    Inserted,
    /// A zero put around them.
    Padding,
}

impl Source {
    /// The source of the cell at index `at` of `X'`, for `extent` inputs spread by `step` behind `begin` zeros.
    #[must_use]
    pub fn of(at: usize, begin: i64, step: usize, extent: usize) -> Self {
        match usize::try_from(at as i64 - begin) {
            Ok(place) if place > step * (extent - 1) => Self::Padding,
            Ok(place) if place.is_multiple_of(step) => Self::Input(place / step),
            Ok(_) => Self::Inserted,
            Err(_) => Self::Padding,
        }
    }
}

/// The rewriting of a transposed convolution, as data, so that it can be shown, run, and deliberately spoilt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZeroInsertion {
    /// `s` per axis: `s - 1` zeros go between neighbouring inputs.
    pub strides: Vec<usize>,
    /// Zeros put before and after each axis of the zero-inserted input; negative numbers cut.
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
            let reach = (axis.effective_kernel() - 1) as i64;
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
    pub fn zero_inserted<T: Clone>(&self, x: &Tensor<T>, fill: &T) -> Tensor<T> {
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
    pub fn kernel_shape(&self, shape: &[usize]) -> Vec<usize> {
        let mut turned = shape.to_vec();
        (turned[0], turned[1]) = (shape[1] * self.groups, shape[0] / self.groups);
        if self.turn == Turn::AxesExchanged && shape.len() > 3 {
            turned.swap(2, 3);
        }
        turned
    }

    /// The flat index of the weight that stands at a flat index of `W'`.
    #[must_use]
    pub fn kernel_source(&self, shape: &[usize], flat: usize) -> usize {
        let (ins, outs) = (shape[0] / self.groups, shape[1]);
        let mut index = unravel(&self.kernel_shape(shape), flat);
        let (out, within) = (index[0], index[1]);
        (index[0], index[1]) = (out / outs * ins + within, out % outs);
        match self.turn {
            Turn::Flipped => {
                for (at, &k) in index.iter_mut().zip(shape).skip(2) {
                    *at = k - 1 - *at;
                }
            }
            Turn::AxesExchanged if shape.len() > 3 => index.swap(2, 3),
            Turn::AxesExchanged | Turn::Kept => {}
        }
        ravel(shape, &index)
    }

    /// Whether the turned kernel fits into `X'`; always so for the rewriting of a valid geometry.
    #[must_use]
    pub fn fits(&self, x_shape: &[usize], w_shape: &[usize]) -> bool {
        let mut kernel: Vec<usize> = w_shape[2..].to_vec();
        if self.turn == Turn::AxesExchanged && kernel.len() > 1 {
            kernel.swap(0, 1);
        }
        (0..kernel.len()).all(|axis| {
            let spread = self.strides[axis] * (x_shape[axis + 1] - 1) + 1;
            let (begin, end) = self.padding[axis];
            spread as i64 + begin + end > (self.dilations[axis] * (kernel[axis] - 1)) as i64
        })
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
            padding: axes.iter().map(|axis| (axis.padding.begin as i64, axis.padding.end as i64)).collect(),
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

    /// Runs the stride-1 convolution and keeps every `s`-th cell along each axis.
    ///
    /// # Panics
    /// When the shapes do not belong to the layer.
    pub fn run<T: Ring>(&self, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
        let sliding = vec![Sliding::PLAIN; self.strides.len()];
        let full: Tensor<T> =
            convolution(&self.operand(x, &T::zero()), &self.kernel(w, &T::zero()), &sliding, self.groups);
        let steps: Vec<usize> = std::iter::once(1).chain(self.strides.iter().copied()).collect();
        let kept: Vec<usize> = full.shape().iter().zip(&steps).map(|(&n, &s)| (n - 1) / s + 1).collect();
        Tensor::from_fn(&kept, |flat| {
            let source: Vec<usize> = unravel(&kept, flat).iter().zip(&steps).map(|(at, s)| at * s).collect();
            full.entries()[ravel(full.shape(), &source)].clone()
        })
    }
}

/// Puts `step - 1` cells of `fill` between neighbours along each of the last axes, one step per axis.
fn spread<T: Clone>(tensor: &Tensor<T>, steps: &[usize], fill: &T) -> Tensor<T> {
    let shape = tensor.shape();
    let channel_axes = shape.len() - steps.len();
    let steps: Vec<usize> = std::iter::repeat_n(1, channel_axes).chain(steps.iter().copied()).collect();
    let wide: Vec<usize> = shape.iter().zip(&steps).map(|(&n, &step)| step * (n - 1) + 1).collect();
    Tensor::from_fn(&wide, |flat| {
        let index = unravel(&wide, flat);
        if index.iter().zip(&steps).all(|(at, step)| at % step == 0) {
            let source: Vec<usize> = index.iter().zip(&steps).map(|(at, step)| at / step).collect();
            tensor.entries()[ravel(shape, &source)].clone()
        } else {
            fill.clone()
        }
    })
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
