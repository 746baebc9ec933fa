//! How much stands in a document, counted from the layer before anything of it is made.

use super::{Extent, Shown};
use crate::geometry::{Bias, Layer, Operation};
use crate::instance::Given;
use crate::limits::{Count, count};
use crate::places::Operand;
use Writing::*;
use std::array;
use std::iter::Sum;
use std::num::Saturating;
use std::ops::Index;

/// What formulas have to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Entries of tensors, each by its symbol.
    Symbols,
    /// Entries of tensors, each by the number that is given for it.
    Numbers,
    /// Entries of tensors, each by the number that is computed for it.
    Results,
    /// Empty places of matrices and operands of symbols.
    Zeros,
    /// Empty places of matrices of numbers.
    ZerosAmongNumbers,
    /// Products in sums, beside their factors.
    Products,
    /// Equations in lists, beside what stands in them.
    Equations,
    /// Places left blank in text where a matrix stands beside a longer column.
    Blanks,
    /// Empty places of columns that have nothing else.
    NarrowZeros,
    /// Pieces of the lines between the blocks of matrices, in such columns.
    NarrowRules,
    /// Pieces of the lines between the blocks of matrices, each as long as a place is wide.
    Rules,
    /// Pieces of the lines between the blocks of matrices, each as high as a place.
    Bars,
    /// Places of large complete matrices, which are written from their compressed rows.
    Sparse,
}

const KINDS: usize = Writing::Sparse as usize + 1;

/// How much the formulas of a document have to write; sentences are short beside it. Upper bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Volume([Count; KINDS]);

impl<const N: usize> From<[(Writing, Count); N]> for Volume {
    fn from(counts: [(Writing, Count); N]) -> Self {
        let mut volume = Self::default();
        for (writing, count) in counts {
            volume.0[writing as usize] += count;
        }
        volume
    }
}

impl Index<Writing> for Volume {
    type Output = Count;

    fn index(&self, writing: Writing) -> &Count {
        &self.0[writing as usize]
    }
}

impl Sum for Volume {
    fn sum<I: Iterator<Item = Self>>(volumes: I) -> Self {
        volumes.fold(Self::default(), |sum, volume| Self(array::from_fn(|at| sum.0[at] + volume.0[at])))
    }
}

/// What a document is about, as far as its length goes.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Outline<'a> {
    layer: &'a Layer,
    given: &'a Given,
    bias: Bias,
    extent: Extent,
}

impl<'a> Outline<'a> {
    /// A layer, the numbers that are given, and how much of a large object is shown.
    pub fn new(layer: &'a Layer, bias: Bias, given: &'a Given, extent: Extent) -> Self {
        Self { layer, given, bias, extent }
    }

    /// How many products each entry of the output has.
    pub(super) fn counts(&self) -> Volume {
        // No longer than a symbol.
        [(Symbols, self.tensor(&self.layer.output_shape(), 1))].into()
    }

    /// The output in numbers, if it is known.
    pub(super) fn output(&self) -> Volume {
        [(Results, self.tensor(&self.layer.output_shape(), 1) * self.times_known())].into()
    }

    /// The copies of the kernel in their buffers.
    pub(super) fn copies(&self) -> Volume {
        let input = self.layer.input_shape();
        let copies = count(self.extent.slices(size(&input)).shown());
        let mut shape = vec![self.layer.channel_settings().output];
        shape.extend(self.layer.geometry().axes().iter().map(|axis| axis.buffer().max(axis.big())));
        let cells = copies * self.tensor(&shape, 1);
        let products = copies * count(size(&self.layer.weight_shape()) / input[0]);
        if self.has_output() {
            [(Results, products), (ZerosAmongNumbers, cells)].into()
        } else {
            [(Symbols, products + products), (Products, products), (Zeros, cells)].into()
        }
    }

    /// The sum of the copies, and the output or its entries.
    pub(super) fn sum_of_copies(&self) -> Volume {
        let output = [(Results, self.tensor(&self.layer.output_shape(), 1))];
        [output.into(), self.entries()].into_iter().sum()
    }

    /// The gradient that comes from above.
    pub(super) fn upstream(&self) -> Volume {
        self.twice(self.tensor(&self.layer.output_shape(), 1))
    }

    /// The gradient with respect to the input: a product, a sum for every entry, and the result.
    pub(super) fn input_gradient(&self) -> Volume {
        let (input, output) = (self.layer.input_shape(), self.layer.output_shape());
        let has_weight = self.has_weight_or_gradient();
        let product = [
            self.matrix_with(has_weight),
            self.beside_vector(size(&input), size(&output), has_weight),
            self.twice(self.tensor(&output, 1)),
        ];
        product.into_iter().chain([self.gradient(&input, 1)]).sum()
    }

    /// The gradient with respect to the weight.
    pub(super) fn weight_gradient(&self) -> Volume {
        self.gradient(&self.layer.weight_shape(), 2)
    }

    /// The gradient with respect to the bias.
    pub(super) fn bias_gradient(&self) -> Volume {
        let output = self.layer.output_shape();
        let channels = count(self.extent.slices(output[0]).shown());
        self.twice(channels * count(self.extent.terms(size(&output[1..])).shown()))
    }

    /// A sum for every entry of a tensor, and their results in its shape.
    fn gradient(&self, shape: &[usize], leading: usize) -> Volume {
        let has_numbers = self.has_output() && self.given.output_gradient.is_some();
        let results = self.tensor(shape, leading) * once_if(has_numbers);
        [self.sums(shape, has_numbers), [(Results, results)].into()].into_iter().sum()
    }

    /// Symbols, and where any of the gradient's factors is known, numbers.
    fn twice(&self, cells: Count) -> Volume {
        [(Symbols, cells), (Numbers, cells * once_if(self.has_weight_or_gradient()))].into()
    }

    fn has_weight_or_gradient(&self) -> bool {
        self.given.weight.is_some() || self.given.output_gradient.is_some()
    }

    fn has_output(&self) -> bool {
        self.given.weight.is_some() && self.given.input.is_some()
    }

    fn times_known(&self) -> Count {
        once_if(self.has_output())
    }

    /// The input and the kernel.
    pub(super) fn operands(&self) -> Volume {
        // With numbers they are shown a second time: as numbers, or as symbols where none are given.
        let again = once_if(*self.given != Given::default());
        let of = |cells: Count, is_given: bool| match is_given {
            true => Volume::from([(Symbols, cells), (Numbers, cells)]),
            false => [(Symbols, cells + cells * again)].into(),
        };
        let (input, weight) = (self.tensor(&self.layer.input_shape(), 1), self.tensor(&self.layer.weight_shape(), 2));
        [of(input, self.given.input.is_some()), of(weight, self.given.weight.is_some())].into_iter().sum()
    }

    /// W~ or W~^T.
    pub(super) fn matrix(&self) -> Volume {
        self.matrix_with(self.given.weight.is_some())
    }

    /// The same, and once more where numbers are shown.
    fn matrix_with(&self, has_numbers: bool) -> Volume {
        let geometry = self.layer.geometry();
        let (rows, columns) = (size(&geometry.small_shape()), size(&geometry.big_shape()));
        let (shown_rows, shown_columns) = self.extent.matrix(rows, columns);
        let places = count(shown_rows.shown()) * count(shown_columns.shown());
        let taps = Saturating(geometry.tap_count()).min(places);
        let again = once_if(has_numbers);
        let written = again + count(1);
        // Only columns with a tap are wider than a zero.
        let wide = taps.min(count(shown_columns.shown()));
        let narrow = count(shown_columns.shown()) - wide;
        let innermost = geometry.axes().last().expect("a layer has an axis");
        let edges = |all: &Shown, of: usize| count(all.total().div_ceil(of) - 1).min(count(all.shown()));
        let (above, before) = (edges(&shown_rows, innermost.small()), edges(&shown_columns, innermost.big()));
        let is_sparse = shown_rows.is_all() && shown_columns.is_all() && places > Saturating(4096);
        let zeros = Saturating((count(shown_rows.shown()) * wide).0.saturating_sub(taps.0));
        Volume::from([
            (Symbols, taps),
            (Numbers, taps * again),
            (Zeros, zeros),
            (ZerosAmongNumbers, zeros * again),
            (NarrowZeros, count(shown_rows.shown()) * narrow * written),
            (NarrowRules, above * narrow * written),
            (Rules, above * wide * written),
            (Bars, before * count(shown_rows.shown()) * written),
            (Sparse, places * written * once_if(is_sparse)),
        ])
    }

    /// The output as a product of matrix and vector, in symbols and in numbers.
    pub(super) fn product(&self) -> Volume {
        let (input, output) = (self.layer.input_shape(), self.layer.output_shape());
        let has_numbers = self.given.weight.is_some() || self.given.input.is_some() || self.given.bias.is_some();
        let (inputs, _) = self.extent.matrix(size(&input), 1);
        let (outputs, _) = self.extent.matrix(size(&output), 1);
        let vectors = count(inputs.shown()) + count(outputs.shown()) * once_if(self.bias == Bias::Present);
        let in_shape = self.tensor(&output, 1) + count(outputs.shown());
        let vectors =
            [(Symbols, vectors), (Numbers, vectors * once_if(has_numbers)), (Results, in_shape * self.times_known())];
        let beside = self.beside_vector(size(&output), size(&input), has_numbers);
        [vectors.into(), self.matrix_with(has_numbers), beside].into_iter().sum()
    }

    /// What a matrix leaves blank in text above and below itself where the vector that it is multiplied with is longer.
    fn beside_vector(&self, rows: usize, columns: usize, has_numbers: bool) -> Volume {
        let (rows, columns) = self.extent.matrix(rows, columns);
        let longer = count(columns.shown().saturating_sub(rows.shown()));
        [(Blanks, longer * count(columns.shown()) * (count(1) + once_if(has_numbers)))].into()
    }

    /// The operands of the equivalent convolution with stride 1.
    pub(super) fn conv_form(&self) -> Volume {
        let (input, weight) = (self.layer.input_shape(), self.layer.weight_shape());
        let kernel = match self.layer.operation() {
            Operation::Transposed => weight.clone(),
            Operation::Convolution => Operand::filled_kernel(self.layer).shape(),
        };
        let places = self.tensor(&Operand::input(self.layer).shape(), 1) + self.tensor(&kernel, 2);
        let symbols = (count(size(&input)) + count(size(&weight))).min(places);
        [(Symbols, symbols), (Zeros, places - symbols)].into()
    }

    /// Every entry of the output as its sum.
    pub(super) fn entries(&self) -> Volume {
        self.sums(&self.layer.output_shape(), self.has_output())
    }

    /// An equation for each entry of the shape; all of them together have each product of the layer once.
    fn sums(&self, shape: &[usize], has_numbers: bool) -> Volume {
        let products = Saturating(self.layer.geometry().tap_count());
        let all = usize::try_from(products.0).unwrap_or(usize::MAX);
        let equations = count(self.extent.equations(shape, all).shown());
        let longest = count(self.extent.terms(all).shown()) + count(1);
        let products = products.min(equations * longest);
        let again = once_if(has_numbers);
        Volume::from([
            (Symbols, products + products + equations),
            (Numbers, (products + products) * again),
            // A sum without products has no value beside it.
            (Results, equations.min(products) * again),
            (Products, products * (again + count(1))),
            (Equations, equations),
        ])
    }

    /// The places shown of a tensor.
    fn tensor(&self, shape: &[usize], leading: usize) -> Count {
        let spatial = shape.len() - leading;
        let (outer, matrix) = shape.split_at(shape.len() - spatial.min(2));
        let (height, width) = if matrix.len() == 1 { (1, matrix[0]) } else { (matrix[0], matrix[1]) };
        let (rows, columns) = self.extent.matrix(height, width);
        count(self.extent.slices(size(outer)).shown()) * count(rows.shown()) * count(columns.shown())
    }
}

/// 1 or 0, to count with.
fn once_if(so: bool) -> Count {
    count(usize::from(so))
}

/// The product of the extents; the largest number if there is no such.
fn size(shape: &[usize]) -> usize {
    shape.iter().fold(1, |size: usize, &extent| size.saturating_mul(extent))
}
