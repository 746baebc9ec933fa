//! What all roads together cost on a layer's numbers, forward and back, before one of them runs.
//!
//! For integers of any length the textbook loops are walked over lengths in place of numbers: every product names its
//! factors, so that long numbers cost what they cost where they stand, and short ones beside them stay cheap. The walk
//! takes a step or two for each product; the roads take a dozen at least.

use super::{copy, heap, heap_of_sum, multiply_add, words};
use crate::geometry::{Axis, Layer, Operation};
use crate::limits::effort::padded as padded_length;
use crate::limits::{Cost, Effort};
use crate::matrix::SLAB_ENTRIES;
use crate::roads::sliding;
use crate::roads::textbook::{
    Product, Sliding, buffer_shape, cut, each_product_of_convolution, each_scattered_product, padded,
};
use crate::taps::Link;
use crate::tensor::Tensor;
use std::collections::BTreeMap;
use std::ops::ControlFlow::{self, Continue};

/// Bits of the integers in a layer's tensors, entry by entry and row-major; 0 for 0. Those of samples follow one another.
#[derive(Clone, Copy, Debug)]
pub struct Lengths<'a> {
    /// Of the input, for each sample.
    pub input: &'a [u32],
    /// Of the weight.
    pub weight: &'a [u32],
    /// Of the gradient with respect to the output, for each sample, if gradients are asked for.
    pub output_gradient: Option<&'a [u32]>,
}

/// What the roads cost and how long their results are, at most: bits, entry by entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoadLengths {
    /// The cost, with the operands and the results.
    pub cost: Cost,
    /// Bits of the outputs of all samples.
    pub output: Vec<u32>,
    /// Bits of the input gradients of all samples; empty without gradients, like the next two.
    pub input_gradient: Vec<u32>,
    /// Bits of the weight gradient.
    pub weight_gradient: Vec<u32>,
    /// Bits of the bias gradient.
    pub bias_gradient: Vec<u32>,
}

/// Steps that every sample takes in one direction, whatever its size: every road makes tensors of its own.
const OF_A_SAMPLE: u128 = 500;
/// Steps for each entry of W~ that is built.
const OF_AN_ENTRY: u128 = 2;
/// Bytes that a run takes whatever the layer is.
const AT_LEAST: u128 = 1 << 12;

/// The cost of all roads for numbers of a fixed size, operands and results included.
#[must_use]
pub fn fixed_roads(layer: &Layer, samples: usize, with_gradients: bool, bytes: usize) -> Cost {
    let sizes = Sizes::of(layer);
    let count = samples as u128;
    let once = sizes.one_sample(bytes as u128, &Heaps::default(), with_gradients);
    let products = sizes.products(with_gradients);
    let built = sizes.built(with_gradients);
    let work = of_a_sample(with_gradients)
        .saturating_add(products)
        .saturating_add(sizes.entries(with_gradients))
        .saturating_add(built);
    let memory = once.saturating_add(sizes.all(with_gradients, count).saturating_mul(bytes as u128));
    let memory = memory.saturating_add(sizes.matrix).saturating_add(AT_LEAST);
    // Shapes, and the room that lists of rows have at their ends.
    Cost { work: work.saturating_mul(count), memory: memory.saturating_add(memory / 16) }
}

/// The cost of all roads for integers of any length, operands and results included. Takes about as long as one road
/// over machine words: check [`fixed_roads`] first.
///
/// # Panics
/// When the lengths do not fill the layer's tensors.
#[must_use]
pub fn long_roads(layer: &Layer, samples: usize, lengths: &Lengths<'_>) -> RoadLengths {
    let sizes = Sizes::of(layer);
    let with_gradients = lengths.output_gradient.is_some();
    let (inputs, outputs) = (lengths.input.len() / samples, sizes.output as usize);
    let weight = Tensor::new(layer.weight_shape(), lengths.weight.to_vec());
    let weight_heap = held(lengths.weight);
    let mut found = RoadLengths::default();
    let mut one = 0;
    // What is not multiplied by anything but 0 still takes its turn.
    let mut work = sizes.products(with_gradients).saturating_mul(multiply_add(0, 0));
    work = work.saturating_add(sizes.entries(with_gradients)).saturating_add(of_a_sample(with_gradients));
    work = work.saturating_add(sizes.built(with_gradients)).saturating_mul(samples as u128);
    for sample in 0..samples {
        let x = Tensor::new(layer.input_shape(), lengths.input[sample * inputs..(sample + 1) * inputs].to_vec());
        let g = lengths.output_gradient.map(|g| g[sample * outputs..(sample + 1) * outputs].to_vec());
        let g = g.map(|g| Tensor::new(layer.output_shape(), g));
        let mut walk = Walk::of(layer, &x, &weight, g.as_ref());
        let copies = 4 * copied(x.entries()) + 3 * copied(weight.entries()) + 3 * copied(&walk.output);
        work = work.saturating_add(walk.work).saturating_add(copies);
        if let Some(g) = &g {
            let copies = 6 * copied(g.entries()) + 3 * copied(&walk.input_gradient) + 6 * copied(x.entries());
            work = work.saturating_add(copies + 3 * copied(&walk.weight_gradient));
            add_up(&mut found.weight_gradient, &walk.weight_gradient);
            let sums: Vec<u32> = g.entries().chunks(outputs / layer.output_shape()[0]).map(summed).collect();
            add_up(&mut found.bias_gradient, &sums);
        }
        walk.heaps.input = held(x.entries());
        walk.heaps.weight = weight_heap;
        walk.heaps.output_gradient = g.as_ref().map_or(0, |g| held(g.entries()));
        one = one.max(sizes.one_sample(INTEGER, &walk.heaps, with_gradients));
        found.output.append(&mut walk.output);
        found.input_gradient.append(&mut walk.input_gradient);
    }
    let operands = [lengths.input, lengths.weight, lengths.output_gradient.unwrap_or_default()];
    // The weight gradient of a sample is held beside the sum of those before; that of the bias is short.
    let results = [&found.output, &found.input_gradient, &found.weight_gradient, &found.weight_gradient];
    let heaps = operands.iter().fold(0_u128, |sum, bits| sum.saturating_add(held(bits)));
    let heaps = results.iter().fold(heaps, |sum, bits| sum.saturating_add(grown(bits)));
    let memory = sizes.all(with_gradients, samples as u128).saturating_mul(INTEGER).saturating_add(heaps);
    found.cost =
        Cost { work, memory: memory.saturating_add(one).saturating_add(sizes.matrix).saturating_add(AT_LEAST) };
    found
}

/// The steps of multiplying every input of a group with every weight of that group once: no rule, right or wrong, meets a
/// pair twice. Lengths are bits; the first axis of input and weight is cut into the groups.
#[must_use]
pub fn every_pair(inputs: &[u32], weights: &[u32], groups: usize) -> u128 {
    let histogram = |bits: &[u32]| {
        let mut counts = BTreeMap::<u128, u128>::new();
        bits.iter().for_each(|&bits| *counts.entry(words(bits.into())).or_default() += 1);
        counts
    };
    let groups = inputs.chunks(inputs.len() / groups).zip(weights.chunks(weights.len() / groups));
    groups.fold(0, |work, (inputs, weights)| {
        let (inputs, weights) = (histogram(inputs), histogram(weights));
        let pairs = inputs.iter().flat_map(|x| weights.iter().map(move |w| (x, w)));
        pairs.fold(work, |work, ((x, many), (w, times))| {
            work.saturating_add(multiply_add(*x, *w).saturating_mul(many * times))
        })
    })
}

/// The way back has twice the results.
fn of_a_sample(with_gradients: bool) -> u128 {
    OF_A_SAMPLE * if with_gradients { 3 } else { 1 }
}

/// Bytes of a long integer without its heap.
const INTEGER: u128 = 32;

fn held(bits: &[u32]) -> u128 {
    bits.iter().map(|&bits| heap(words(bits.into()))).sum()
}

fn grown(bits: &[u32]) -> u128 {
    bits.iter().map(|&bits| heap_of_sum(words(bits.into()))).sum()
}

fn copied(bits: &[u32]) -> u128 {
    bits.iter().map(|&bits| copy(words(bits.into()))).sum()
}

/// Bits of the sum of numbers of so many bits.
fn summed(bits: &[u32]) -> u32 {
    let most = bits.iter().copied().max().unwrap_or(0);
    if most == 0 { 0 } else { most.saturating_add(terms_bits(bits.len())) }
}

/// Bits by which a sum of so many terms may be longer than the longest of them.
fn terms_bits(terms: usize) -> u32 {
    usize::BITS - terms.leading_zeros()
}

/// Lengths of sums, added to over the samples.
fn add_up(sums: &mut Vec<u32>, more: &[u32]) {
    if sums.is_empty() {
        sums.extend_from_slice(more);
        return;
    }
    for (sum, &more) in sums.iter_mut().zip(more) {
        *sum = (*sum).max(more).saturating_add(1);
    }
}

/// Heap bytes of one sample's tensors.
#[derive(Clone, Debug, Default)]
struct Heaps {
    input: u128,
    weight: u128,
    output_gradient: u128,
    /// Of the output, before it is cut if it is.
    output: u128,
    /// Of the input gradient, before it is cut if it is.
    input_gradient: u128,
    weight_gradient: u128,
}

/// What the products of one sample cost, and how long their sums become.
#[derive(Default)]
struct Walk {
    work: u128,
    output: Vec<u32>,
    input_gradient: Vec<u32>,
    weight_gradient: Vec<u32>,
    heaps: Heaps,
}

impl Walk {
    fn of(layer: &Layer, x: &Tensor<u32>, w: &Tensor<u32>, g: Option<&Tensor<u32>>) -> Self {
        let axes = sliding(layer);
        let groups = layer.geometry().channels().groups();
        let mut walk = Self::default();
        match layer.operation() {
            Operation::Convolution => {
                let x = padded(x, &axes, &0);
                let mut sums = Sums::new(&x, w, layer.output_shape(), g.cloned());
                let _: ControlFlow<()> = each_product_of_convolution(x.shape(), w.shape(), &axes, groups, |product| {
                    sums.take(product);
                    Continue(())
                });
                walk.work = sums.forward.saturating_mul(3);
                walk.finish(sums, layer, &|gradient| {
                    let back: Vec<_> =
                        axes.iter().map(|axis| Sliding { begin: -axis.begin, end: -axis.end, ..*axis }).collect();
                    padded(&gradient, &back, &0)
                });
            }
            Operation::Transposed => {
                let shape = buffer_shape(x.shape(), w.shape(), &axes, groups);
                let g = g.map(|g| padded(g, &axes, &0));
                let mut sums = Sums::new(x, w, shape, g);
                let _: ControlFlow<()> = each_scattered_product(x.shape(), w.shape(), &axes, groups, |product| {
                    sums.take(product);
                    Continue(())
                });
                walk.work = sums.forward.saturating_mul(3);
                walk.heaps.output = grown(sums.output.entries());
                sums.output = cut(&sums.output, &axes, &0);
                walk.finish(sums, layer, &|gradient| gradient);
            }
        }
        walk
    }

    fn finish(&mut self, sums: Sums<'_>, layer: &Layer, cut_input: &dyn Fn(Tensor<u32>) -> Tensor<u32>) {
        // Of sums, the lengths of the terms were collected.
        let channels = layer.geometry().channels();
        let kernel: usize = layer.weight_shape()[2..].iter().product();
        let per_group = channels.small_per_group().max(channels.big_per_group());
        let longer = |tensor: &Tensor<u32>, terms: usize| {
            let more = terms_bits(terms);
            tensor.map(|&bits| if bits == 0 { 0 } else { bits.saturating_add(more) })
        };
        let output = longer(&sums.output, per_group * kernel);
        self.heaps.output = self.heaps.output.max(grown(output.entries()));
        self.output = output.into_entries();
        if sums.output_gradient.is_some() {
            // Two roads each.
            self.work = self.work.saturating_add(sums.backward.saturating_mul(2));
            let input = longer(&sums.input_gradient, per_group * kernel);
            self.heaps.input_gradient = grown(input.entries());
            self.input_gradient = cut_input(input).into_entries();
            let positions: usize = layer.geometry().small_shape()[1..].iter().product();
            let weight = longer(&sums.weight_gradient, positions);
            self.heaps.weight_gradient = grown(weight.entries());
            self.weight_gradient = weight.into_entries();
        }
    }
}

/// The longest term of every sum, while the products are walked.
struct Sums<'a> {
    x: &'a Tensor<u32>,
    w: &'a Tensor<u32>,
    output_gradient: Option<Tensor<u32>>,
    output: Tensor<u32>,
    input_gradient: Tensor<u32>,
    weight_gradient: Tensor<u32>,
    forward: u128,
    backward: u128,
}

impl<'a> Sums<'a> {
    fn new(x: &'a Tensor<u32>, w: &'a Tensor<u32>, output: Vec<usize>, output_gradient: Option<Tensor<u32>>) -> Self {
        let none = || Tensor::new(vec![0], Vec::new());
        let zeros = |tensor: &Tensor<u32>| if output_gradient.is_some() { tensor.map(|_| 0) } else { none() };
        Self {
            input_gradient: zeros(x),
            weight_gradient: zeros(w),
            x,
            w,
            output_gradient,
            output: Tensor::from_fn(&output, |_| 0),
            forward: 0,
            backward: 0,
        }
    }

    fn take(&mut self, product: Product) {
        let Product { output, weight, input } = product;
        let (x, w) = (self.x.entries()[input], self.w.entries()[weight]);
        take(&mut self.forward, &mut self.output.entries_mut()[output], x, w);
        if let Some(g) = &self.output_gradient {
            let g = g.entries()[output];
            take(&mut self.backward, &mut self.input_gradient.entries_mut()[input], w, g);
            take(&mut self.backward, &mut self.weight_gradient.entries_mut()[weight], x, g);
        }
    }
}

/// A product of numbers of so many bits; what one of 0 costs is counted elsewhere.
fn take(work: &mut u128, longest: &mut u32, a: u32, b: u32) {
    if a > 0 && b > 0 {
        *longest = (*longest).max(a.saturating_add(b));
        *work += multiply_add(words(a.into()), words(b.into())) - multiply_add(0, 0);
    }
}

/// Numbers of cells of one sample; all saturate.
struct Sizes {
    operation: Operation,
    input: u128,
    weight: u128,
    output: u128,
    out_channels: u128,
    /// Products by the definition, and of the third road: the stride-1 rewriting, or the Kronecker sum.
    defined: u128,
    third: u128,
    /// Of the input with zeros in between, which the rewriting has; of the input with what is put around it, too.
    inserted: u128,
    operand: u128,
    /// Of what the third road builds besides: the turned kernel, or a matrix for each kernel cell.
    built_by_third: u128,
    /// Of the big side with what is cut off, for the channels of the big side.
    buffer: u128,
    /// Of one channel, and of a group of the other side.
    buffer_slice: u128,
    small_slice: u128,
    found: u128,
    is_padded: bool,
    /// Bytes of the taps and of a slab of W~, or of the Kronecker products.
    matrix: u128,
}

impl Sizes {
    fn of(layer: &Layer) -> Self {
        let geometry = layer.geometry();
        let channels = geometry.channels();
        let cells = |shape: &[usize]| product(shape.iter().map(|&extent| extent as u128));
        let over = |size: &dyn Fn(&Axis) -> usize| product(geometry.axes().iter().map(|axis| size(axis) as u128));
        let (weight, kernel) = (cells(&layer.weight_shape()), over(&Axis::kernel));
        let slices = channels.small() as u128 * channels.big_per_group() as u128;
        let defined = over(&Axis::small).saturating_mul(kernel).saturating_mul(slices);
        let (operation, big_cells) = (layer.operation(), over(&Axis::buffer));
        let in_channels = layer.input_shape()[0];
        let small_cells = over(&Axis::small);
        let (third, inserted, operand, built_by_third) = match operation {
            Operation::Transposed => {
                let inserted = over(&|axis| axis.stride() * (axis.small() - 1) + 1);
                let operand = over(&|axis| axis.big() + axis.effective_kernel() - 1);
                (Effort::of(layer).multiply_adds, inserted, operand, weight)
            }
            Operation::Convolution => {
                let operand = product(layer.settings().iter().map(|settings| padded_length(settings).0));
                (defined, 0, operand, small_cells.saturating_mul(kernel).saturating_mul(OF_AN_ENTRY))
            }
        };
        let rows = cells(&geometry.small_shape());
        let listed =
            geometry.axes().iter().fold(channels.tap_count(), |sum, axis| sum.saturating_add(axis.tap_count()));
        let longest_row = kernel.saturating_mul(channels.big_per_group() as u128);
        // The taps of every axis lie in lists that double their room. Beside them: column, index, column again and weight of
        // every entry of a slab; where rows begin, of the blocks, too; the index of every weight.
        let slab = defined.min(longest_row.max(SLAB_ENTRIES as u128)).saturating_mul(20);
        let slab = slab.saturating_add(rows.saturating_mul(32)).saturating_add(weight.saturating_mul(4));
        // Or a product for every axis so far: where rows begin, with room for as many as there are columns, and a column
        // and a 1 for every row.
        let kronecker = match operation {
            Operation::Transposed => 0,
            Operation::Convolution => {
                let one = over(&Axis::big).saturating_mul(8).saturating_add(small_cells.saturating_mul(29));
                one.saturating_mul(geometry.axes().len() as u128)
            }
        };
        Self {
            operation,
            input: cells(&layer.input_shape()),
            weight,
            output: cells(&layer.output_shape()),
            out_channels: layer.output_shape()[0] as u128,
            defined,
            third,
            inserted: inserted.saturating_mul(in_channels as u128),
            operand: operand.saturating_mul(in_channels as u128),
            built_by_third,
            buffer: big_cells.saturating_mul(channels.big() as u128),
            buffer_slice: big_cells,
            small_slice: small_cells.saturating_mul(channels.small_per_group() as u128),
            found: kernel.saturating_mul(channels.small_per_group() as u128),
            is_padded: sliding(layer).iter().any(|axis| axis.begin != 0 || axis.end != 0),
            matrix: listed.saturating_mul(3 * size_of::<Link>() as u128).saturating_add(slab.max(kronecker)),
        }
    }

    /// Products of all roads on one sample, those with zeros included.
    fn products(&self, with_gradients: bool) -> u128 {
        // Two roads by the definition and the third; two roads for either gradient, and sums for the bias.
        let forward = self.defined.saturating_mul(2).saturating_add(self.third);
        let backward = self.defined.saturating_mul(4).saturating_add(self.output);
        if with_gradients { forward.saturating_add(backward) } else { forward }
    }

    /// Steps for the entries of W~, which is built for every product with it.
    fn entries(&self, with_gradients: bool) -> u128 {
        self.defined.saturating_mul(OF_AN_ENTRY * if with_gradients { 3 } else { 1 })
    }

    /// Cells of the tensors that are built on the way, a step each.
    fn built(&self, with_gradients: bool) -> u128 {
        let sums = self.output.saturating_mul(3);
        let forward = [self.input, self.inserted, self.operand, self.built_by_third, sums];
        let backward = [self.buffer, self.buffer, self.input, self.input, self.weight, self.weight, self.output];
        let backward = if with_gradients { &backward[..] } else { &[] };
        forward.iter().chain(backward).fold(0, |sum, &cells| sum.saturating_add(cells))
    }

    /// Entries of operands and results of so many samples.
    fn all(&self, with_gradients: bool, samples: u128) -> u128 {
        let gradients = u128::from(with_gradients);
        let of_samples = (1 + gradients).saturating_mul(self.input.saturating_add(self.output));
        // The weight, its gradient, the sum of its gradients so far and the new sum.
        let weights = self.weight.saturating_mul(1 + 2 * gradients);
        of_samples.saturating_mul(samples).saturating_add(weights).saturating_add(2 * gradients * self.out_channels)
    }

    /// Bytes that one sample takes while its roads run, where a number takes so many and what it has on the heap.
    fn one_sample(&self, cell: u128, heaps: &Heaps, with_gradients: bool) -> u128 {
        let of = |cells: u128, heap: u128| cells.saturating_mul(cell).saturating_add(heap);
        let sum = |parts: &[u128]| parts.iter().fold(0_u128, |sum, part| sum.saturating_add(*part));
        let (x, w, y) = (of(self.input, heaps.input), of(self.weight, heaps.weight), of(self.output, heaps.output));
        let operand = of(self.operand, heaps.input);
        let forward = match self.operation {
            Operation::Transposed => {
                let buffer = of(if self.is_padded { self.buffer } else { 0 }, heaps.output);
                let inserted = of(self.inserted, heaps.input);
                [sum(&[buffer, y]), sum(&[y, y]), sum(&[y, inserted, operand]), sum(&[y, operand, w, y])]
            }
            Operation::Convolution => {
                let padded = if self.is_padded { operand } else { 0 };
                [sum(&[padded, y]), sum(&[y, y]), 0, 0]
            }
        };
        let forward = forward.into_iter().max().unwrap_or(0);
        let backward = if with_gradients {
            let g = of(self.output, heaps.output_gradient);
            let (gx, gw) = (of(self.input, heaps.input_gradient), of(self.weight, heaps.weight_gradient));
            let (big, small) = match self.operation {
                Operation::Transposed => (heaps.output_gradient, heaps.input),
                Operation::Convolution => (heaps.input, heaps.output_gradient),
            };
            let buffer = of(self.buffer, heaps.input_gradient.max(big));
            let slices =
                [of(self.buffer_slice, big), of(self.small_slice, small), of(self.found, heaps.weight_gradient)];
            let steps = [
                sum(&[buffer, gx]),
                sum(&[gx, gw, of(self.buffer, big), sum(&slices)]),
                sum(&[gx, gw, of(self.output, 0)]),
                sum(&[gx, gw, gx, gw]),
            ];
            g.saturating_add(steps.into_iter().max().unwrap_or(0)).saturating_add(y)
        } else {
            0
        };
        x.saturating_add(forward.max(backward))
    }
}

fn product(factors: impl Iterator<Item = u128>) -> u128 {
    factors.fold(1, u128::saturating_mul)
}
