//! Gradients by the textbook loops alone, with sizes worked out here: no taps, no matrix, no canonical axes.
//!
//! Everything starts from the forward pass, per axis with stride `s`, dilation `d` and padding `begin`, `end`
//! (of a transposed layer: what is cut off its buffer, `end = padding - output_padding`).

use super::super::sliding;
use super::super::textbook::{Sliding, convolution, padded, transposed_convolution};
use super::{Gradients, check_shapes, sides};
use crate::algebra::Ring;
use crate::geometry::{Layer, Operation};
use crate::index::signed;
use crate::tensor::Tensor;

/// The gradients of `sum of g * y` by the textbook loops.
///
/// * Input of a transposed layer: `gx[i] = sum over t of w[t] g'[s i + d t]`, the convolution of `g'`, which is `g`
///   with back what the layer cut off: `begin` zeros before, `end` after (negative: cut). It is then as long as the
///   buffer was, so exactly the inputs come out, even for an output padding of the stride or more.
/// * Input of a convolution: `gx[s i + d t - begin] += w[t] g[i]`, the transposed convolution of `g`, cut to `n`.
/// * Weight: `gw[t] = sum over i of small[i] * big'[d t + s i]` for every pair of channels of a group: the convolution
///   of the padded big side with the small side as kernel, where stride and dilation have changed places.
/// * Bias: the convolution of each channel of `g` with a kernel of ones that covers it.
///
/// Shapes: `x` is the layer's input, `w` its weight, `g` its output; each without a batch dimension.
///
/// # Panics
/// When a shape is not the layer's.
pub fn by_textbook<T: Ring>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>, g: &Tensor<T>) -> Gradients<T> {
    check_shapes(layer, x, w, g);
    let (small, big) = sides(layer, x, g);
    let groups = layer.geometry().channels().groups();
    let frame = frame(layer, w, small, big);
    let input = match layer.operation() {
        Operation::Transposed => convolution(g, w, &frame, groups),
        Operation::Convolution => transposed_convolution(g, w, &frame, groups),
    };
    Gradients { input, weight: weight(w, small, big, &frame, groups), bias: bias(g) }
}

/// The forward pass' settings, where the end of the big side is padded up to the whole buffer and no further:
/// `begin + n + end = s (m - 1) + d (k - 1) + 1`. Of a transposed layer they are that already; a strided convolution
/// may leave cells at the end that no kernel reaches, and those are not padding but cut (a negative `end`).
fn frame<T>(layer: &Layer, w: &Tensor<T>, small: &Tensor<T>, big: &Tensor<T>) -> Vec<Sliding> {
    let mut frame = sliding(layer);
    for (axis, sliding) in frame.iter_mut().enumerate() {
        let (m, n, k) = (small.shape()[axis + 1], big.shape()[axis + 1], w.shape()[axis + 2]);
        let buffer = sliding.stride * (m - 1) + sliding.dilation * (k - 1) + 1;
        let end = signed(buffer) - signed(n) - sliding.begin;
        if layer.operation() == Operation::Transposed {
            assert_eq!(end, sliding.end, "a transposed layer cuts its buffer to its output");
        }
        sliding.end = end;
    }
    frame
}

fn weight<T: Ring>(w: &Tensor<T>, small: &Tensor<T>, big: &Tensor<T>, frame: &[Sliding], groups: usize) -> Tensor<T> {
    let big = padded(big, frame, &T::zero());
    let exchanged = |s: &Sliding| Sliding { stride: s.dilation, dilation: s.stride, ..Sliding::PLAIN };
    let exchanged: Vec<_> = frame.iter().map(exchanged).collect();
    let (small_per_group, big_per_group) = (w.shape()[0] / groups, w.shape()[1]);
    let kernel_cells: usize = w.shape()[2..].iter().product();
    let cells = |tensor: &Tensor<T>| tensor.shape()[1..].iter().product::<usize>();
    let (small_cells, big_cells) = (cells(small), cells(&big));

    let mut gradient = Tensor::from_fn(w.shape(), |_| T::zero());
    for channel in 0..big.shape()[0] {
        let (group, within) = (channel / big_per_group, channel % big_per_group);
        let slice = big.entries()[channel * big_cells..(channel + 1) * big_cells].to_vec();
        let operand = Tensor::new([&[1], &big.shape()[1..]].concat(), slice);
        // Every small channel of the group is one output channel's kernel.
        let first = group * small_per_group;
        let slice = small.entries()[first * small_cells..(first + small_per_group) * small_cells].to_vec();
        let kernels = Tensor::new([&[small_per_group, 1], &small.shape()[1..]].concat(), slice);
        let found: Tensor<T> = convolution(&operand, &kernels, &exchanged, 1);
        assert_eq!(found.shape()[1..], w.shape()[2..], "exactly the kernel's cells come out");
        for (place, cells) in found.entries().chunks(kernel_cells).enumerate() {
            let start = ((first + place) * big_per_group + within) * kernel_cells;
            gradient.entries_mut()[start..start + kernel_cells].clone_from_slice(cells);
        }
    }
    gradient
}

fn bias<T: Ring>(g: &Tensor<T>) -> Tensor<T> {
    let channels = g.shape()[0];
    let ones = Tensor::from_fn(&[&[channels, 1], &g.shape()[1..]].concat(), |_| T::one());
    let plain = vec![Sliding::PLAIN; g.shape().len() - 1];
    let sums: Tensor<T> = convolution(g, &ones, &plain, channels);
    Tensor::new(vec![channels], sums.into_entries())
}
