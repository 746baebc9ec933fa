//! Convolution and transposed convolution as nested loops, straight from their definitions.
//!
//! This file must stay independent: it knows nothing of taps, matrices or canonical axes, computes its own sizes,
//! and is the yardstick the other roads are held against. The operation is cross-correlation, as in every
//! machine-learning framework; a mathematician's convolution has the kernel flipped.
//!
//! One loop nest serves 1-D, 2-D and 3-D: missing axes get size 1. The loops name the products; what is done with them,
//! adding numbers or collecting symbols, is the caller's.

use crate::tensor::Tensor;
use num_traits::Zero;
use sprs::MulAcc;
use std::ops::ControlFlow::{self, Continue};

/// How the kernel slides along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sliding {
    /// Cells between neighbouring kernel placements.
    pub stride: usize,
    /// Cells between neighbouring kernel cells.
    pub dilation: usize,
    /// Convolution: zeros before the input (negative: cells cut off there).
    /// Transposed convolution: cells cut off the start of the output (negative: zeros put there).
    pub begin: i64,
    /// The same at the other end.
    pub end: i64,
}

impl Sliding {
    /// Stride 1, dilation 1, nothing padded or cut.
    pub const PLAIN: Self = Self { stride: 1, dilation: 1, begin: 0, end: 0 };
}

/// One product of the loops, `output += weight * input`, by flat indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    /// Where the product is added.
    pub output: usize,
    /// Which weight.
    pub weight: usize,
    /// Which input.
    pub input: usize,
}

/// Convolution: `y[o, i] = sum over c, t of w[o, c, t] * padded_x[group(o), c, s i + d t]`.
///
/// Shapes: `x` is `[in, n...]`, `w` is `[out, in / groups, k...]`, the result `[out, m...]` with
/// `m = floor((n + begin + end - d (k - 1) - 1) / s) + 1`.
///
/// # Panics
/// When the shapes do not belong together or the kernel does not fit into the padded input.
pub fn convolution<W, X, Y>(x: &Tensor<X>, w: &Tensor<W>, sliding: &[Sliding], groups: usize) -> Tensor<Y>
where
    X: Clone + Zero,
    Y: Clone + Zero + MulAcc<W, X>,
{
    let around = (!stays_as_it_is(sliding)).then(|| padded(x, sliding, &X::zero()));
    let x = around.as_ref().unwrap_or(x);
    let shape = convolution_shape(x.shape(), w.shape(), sliding);
    let mut y = vec![Y::zero(); shape.iter().product()];
    let _: ControlFlow<()> = each_product_of_convolution(x.shape(), w.shape(), sliding, groups, |product| {
        y[product.output].mul_acc(&w.entries()[product.weight], &x.entries()[product.input]);
        Continue(())
    });
    Tensor::new(shape, y)
}

/// Visits the products of a convolution over an input that is padded already, outputs ascending;
/// `begin` and `end` are not looked at. The visitor may break off.
///
/// # Panics
/// When the shapes do not belong together or the kernel does not fit into the input.
pub fn each_product_of_convolution<B>(
    x_shape: &[usize],
    w_shape: &[usize],
    sliding: &[Sliding],
    groups: usize,
    mut visit: impl FnMut(Product) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let [in_channels, height, width, depth] = four(x_shape);
    let [out_channels, in_per_group, kh, kw, kd] = five(w_shape);
    let [_, out_h, out_w, out_d] = four(&convolution_shape(x_shape, w_shape, sliding));
    let [s0, s1, s2] = three(sliding);
    assert_eq!(in_channels, in_per_group * groups, "channels of the input and of the weight");
    for o in 0..out_channels {
        let group = o / (out_channels / groups);
        for i in 0..out_h {
            for j in 0..out_w {
                for l in 0..out_d {
                    let output = ((o * out_h + i) * out_w + j) * out_d + l;
                    for c in 0..in_per_group {
                        let channel = group * in_per_group + c;
                        for a in 0..kh {
                            let row = i * s0.stride + a * s0.dilation;
                            for b in 0..kw {
                                let column = j * s1.stride + b * s1.dilation;
                                for e in 0..kd {
                                    let layer = l * s2.stride + e * s2.dilation;
                                    let input = ((channel * height + row) * width + column) * depth + layer;
                                    let weight = (((o * in_per_group + c) * kh + a) * kw + b) * kd + e;
                                    visit(Product { output, weight, input })?;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    Continue(())
}

/// The shape `[out, m...]` of a convolution over a padded input.
///
/// # Panics
/// When the kernel does not fit into the input.
#[must_use]
pub fn convolution_shape(x_shape: &[usize], w_shape: &[usize], sliding: &[Sliding]) -> Vec<usize> {
    let size = |((n, k), s): ((&usize, &usize), &Sliding)| (n - s.dilation * (k - 1) - 1) / s.stride + 1;
    let sizes = x_shape[1..].iter().zip(&w_shape[2..]).zip(sliding).map(size);
    std::iter::once(w_shape[0]).chain(sizes).collect()
}

/// Transposed convolution: every input value scatters a scaled copy of the kernel into a buffer,
/// `buffer[o, s i + d t] += w[c, o, t] * x[c, i]`, of length `(m - 1) s + d (k - 1) + 1`; then `begin` and `end`
/// cells are cut off (PyTorch: `begin = padding`, `end = padding - output_padding`).
///
/// Shapes: `x` is `[in, m...]`, `w` is `[in, out / groups, k...]`, the result `[out, n...]`.
///
/// # Panics
/// When the shapes do not belong together or nothing is left after cutting.
pub fn transposed_convolution<W, X, Y>(x: &Tensor<X>, w: &Tensor<W>, sliding: &[Sliding], groups: usize) -> Tensor<Y>
where
    Y: Clone + Zero + MulAcc<W, X>,
{
    let shape = buffer_shape(x.shape(), w.shape(), sliding, groups);
    let mut buffer = vec![Y::zero(); shape.iter().product()];
    let _: ControlFlow<()> = each_scattered_product(x.shape(), w.shape(), sliding, groups, |product| {
        buffer[product.output].mul_acc(&w.entries()[product.weight], &x.entries()[product.input]);
        Continue(())
    });
    let buffer = Tensor::new(shape, buffer);
    if stays_as_it_is(sliding) { buffer } else { cut(&buffer, sliding, &Y::zero()) }
}

/// Visits the products of a transposed convolution, inputs ascending; their outputs are cells of the buffer before it is
/// [`cut`]. The visitor may break off.
///
/// # Panics
/// When the shapes do not belong together.
pub fn each_scattered_product<B>(
    x_shape: &[usize],
    w_shape: &[usize],
    sliding: &[Sliding],
    groups: usize,
    mut visit: impl FnMut(Product) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let [in_channels, height, width, depth] = four(x_shape);
    let [w_channels, out_per_group, kh, kw, kd] = five(w_shape);
    let [_, buf_h, buf_w, buf_d] = four(&buffer_shape(x_shape, w_shape, sliding, groups));
    let [s0, s1, s2] = three(sliding);
    assert_eq!(in_channels, w_channels, "channels of the input and of the weight");
    for c in 0..in_channels {
        let group = c / (in_channels / groups);
        for i in 0..height {
            for j in 0..width {
                for l in 0..depth {
                    let input = ((c * height + i) * width + j) * depth + l;
                    for o in 0..out_per_group {
                        let channel = group * out_per_group + o;
                        for a in 0..kh {
                            let row = i * s0.stride + a * s0.dilation;
                            for b in 0..kw {
                                let column = j * s1.stride + b * s1.dilation;
                                for e in 0..kd {
                                    let layer = l * s2.stride + e * s2.dilation;
                                    let output = ((channel * buf_h + row) * buf_w + column) * buf_d + layer;
                                    let weight = (((c * out_per_group + o) * kh + a) * kw + b) * kd + e;
                                    visit(Product { output, weight, input })?;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    Continue(())
}

/// The shape of the buffer that a transposed convolution scatters into, `[out, (m - 1) s + d (k - 1) + 1...]`.
#[must_use]
pub fn buffer_shape(x_shape: &[usize], w_shape: &[usize], sliding: &[Sliding], groups: usize) -> Vec<usize> {
    let length = |((m, k), s): ((&usize, &usize), &Sliding)| (m - 1) * s.stride + s.dilation * (k - 1) + 1;
    let lengths = x_shape[1..].iter().zip(&w_shape[2..]).zip(sliding).map(length);
    std::iter::once(w_shape[1] * groups).chain(lengths).collect()
}

/// The buffer without the `begin` and `end` cells of each axis; where they are negative, with `fill` put there.
///
/// # Panics
/// When more is cut than there is.
pub fn cut<T: Clone>(buffer: &Tensor<T>, sliding: &[Sliding], fill: &T) -> Tensor<T> {
    padded(buffer, &opposite(sliding), fill)
}

/// The shape of a buffer of the given shape once it is [`cut`].
///
/// # Panics
/// When more is cut than there is.
#[must_use]
pub fn cut_shape(shape: &[usize], sliding: &[Sliding]) -> Vec<usize> {
    padded_shape(shape, &opposite(sliding))
}

/// What puts cells where the other cuts them.
fn opposite(sliding: &[Sliding]) -> Vec<Sliding> {
    sliding.iter().map(|s| Sliding { begin: -s.begin, end: -s.end, ..*s }).collect()
}

/// The tensor `[channels, n...]` with `begin` and `end` cells of `fill` put around each spatial axis;
/// negative widths cut cells off.
///
/// # Panics
/// When more is cut than there is.
pub fn padded<T: Clone>(x: &Tensor<T>, sliding: &[Sliding], fill: &T) -> Tensor<T> {
    if stays_as_it_is(sliding) {
        return x.clone();
    }
    let [channels, height, width, depth] = four(x.shape());
    let [s0, s1, s2] = three(sliding);
    let shape = padded_shape(x.shape(), sliding);
    let [_, new_h, new_w, new_d] = four(&shape);
    let mut entries = vec![fill.clone(); channels * new_h * new_w * new_d];
    // The cells that stay, and where the first of them goes.
    let stays = |n: usize, s: &Sliding, new: usize| {
        let (first, to) = (usize::try_from(-s.begin).unwrap_or(0), usize::try_from(s.begin).unwrap_or(0));
        (first, to, n.saturating_sub(first).min(new.saturating_sub(to)))
    };
    let (row, new_row, rows) = stays(height, &s0, new_h);
    let (column, new_column, columns) = stays(width, &s1, new_w);
    let (layer, new_layer, layers) = stays(depth, &s2, new_d);
    for c in 0..if layers > 0 { channels } else { 0 } {
        for i in 0..rows {
            for j in 0..columns {
                let from = ((c * height + row + i) * width + column + j) * depth + layer;
                let to = ((c * new_h + new_row + i) * new_w + new_column + j) * new_d + new_layer;
                entries[to..to + layers].clone_from_slice(&x.entries()[from..from + layers]);
            }
        }
    }
    Tensor::new(shape, entries)
}

/// Whether nothing is put around a tensor and nothing cut off.
fn stays_as_it_is(sliding: &[Sliding]) -> bool {
    sliding.iter().all(|s| s.begin == 0 && s.end == 0)
}

/// The shape of a tensor of the given shape once it is [`padded`].
///
/// # Panics
/// When more is cut than there is.
#[must_use]
pub fn padded_shape(shape: &[usize], sliding: &[Sliding]) -> Vec<usize> {
    let size = |(&n, s): (&usize, &Sliding)| {
        let size = n as i128 + i128::from(s.begin) + i128::from(s.end);
        usize::try_from(size).unwrap_or_else(|_| panic!("{n} + {} + {} cells is less than none", s.begin, s.end))
    };
    std::iter::once(shape[0]).chain(shape[1..].iter().zip(sliding).map(size)).collect()
}

/// Channels and three sizes: missing axes come before the others, so that the innermost loop has work to do.
fn four(shape: &[usize]) -> [usize; 4] {
    let mut extents = [1; 4];
    extents[0] = shape[0];
    extents[5 - shape.len()..].copy_from_slice(&shape[1..]);
    extents
}

fn five(shape: &[usize]) -> [usize; 5] {
    let mut extents = [1; 5];
    extents[..2].copy_from_slice(&shape[..2]);
    extents[7 - shape.len()..].copy_from_slice(&shape[2..]);
    extents
}

fn three(sliding: &[Sliding]) -> [Sliding; 3] {
    let mut axes = [Sliding::PLAIN; 3];
    axes[3 - sliding.len()..].copy_from_slice(sliding);
    axes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[i64]) -> Tensor<i64> {
        Tensor::new(vec![1, values.len()], values.to_vec())
    }

    fn kernel(values: &[i64]) -> Tensor<i64> {
        Tensor::new(vec![1, 1, values.len()], values.to_vec())
    }

    #[test]
    fn a_kernel_is_correlated_not_flipped() {
        let y: Tensor<i64> = convolution(&line(&[1, 2, 3, 4]), &kernel(&[1, 10]), &[Sliding::PLAIN], 1);
        assert_eq!(y.entries(), [21, 32, 43]);
    }

    #[test]
    fn every_input_scatters_the_kernel_as_it_is() {
        let y: Tensor<i64> = transposed_convolution(&line(&[1, 2]), &kernel(&[1, 2, 3]), &[Sliding::PLAIN], 1);
        assert_eq!(y.entries(), [1, 4, 7, 6]);
    }

    #[test]
    fn padding_cuts_the_start_and_output_padding_spares_the_end() {
        let sliding = [Sliding { stride: 2, dilation: 1, begin: 1, end: 0 }];
        let y: Tensor<i64> = transposed_convolution(&line(&[1, 2, 3]), &kernel(&[1, 10, 100]), &sliding, 1);
        assert_eq!(y.entries(), [10, 102, 20, 203, 30, 300]);
    }

    #[test]
    #[should_panic(expected = "less than none")]
    fn cutting_more_than_there_is_is_a_broken_contract() {
        let _ = padded(&line(&[1, 2]), &[Sliding { begin: -2, end: -1, ..Sliding::PLAIN }], &0);
    }
}
