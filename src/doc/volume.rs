//! How much stands in a document, counted from the layer before anything of it is made.

use super::{Extent, Part, Shown};
use crate::geometry::{Bias, Layer};
use crate::instance::Given;
use crate::limits::{Count, count};
use crate::roads::rewriting;
use crate::roads::rewritten::{StrideOne, ThinnedConvolution, ZeroInsertion};
use std::num::Saturating;

/// What the formulas of a document have to write; sentences are short beside it. Upper bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Entries of tensors, each by its symbol.
    pub symbols: Count,
    /// Entries of tensors, each by the number that is given for it.
    pub numbers: Count,
    /// Entries of tensors, each by the number that is computed for it.
    pub results: Count,
    /// Empty places of matrices and operands of symbols.
    pub zeros: Count,
    /// Empty places of matrices of numbers.
    pub zeros_among_numbers: Count,
    /// Products in sums, beside their factors.
    pub products: Count,
    /// Equations in lists, beside what stands in them.
    pub equations: Count,
    /// Places left blank in text where a matrix stands beside a longer column.
    pub blanks: Count,
    /// Empty places of columns that have nothing else.
    pub narrow_zeros: Count,
    /// Pieces of the lines between the blocks of matrices, in such columns.
    pub narrow_rules: Count,
    /// Pieces of the lines between the blocks of matrices, each as long as a place is wide.
    pub rules: Count,
    /// Pieces of the lines between the blocks of matrices, each as high as a place.
    pub bars: Count,
    /// Places of large complete matrices, which are written from their compressed rows.
    pub sparse: Count,
}

/// What a document is about, as far as its length goes.
#[derive(Clone, Copy, Debug)]
pub struct Outline<'a> {
    layer: &'a Layer,
    given: &'a Given,
    bias: Bias,
    extent: Extent,
}

impl<'a> Outline<'a> {
    /// A layer, the numbers that are given, and how much of a large object is shown.
    #[must_use]
    pub fn new(layer: &'a Layer, bias: Bias, given: &'a Given, extent: Extent) -> Self {
        Self { layer, given, bias, extent }
    }

    /// Of a derivation with these parts.
    #[must_use]
    pub fn derivation(&self, parts: &[Part]) -> Volume {
        parts.iter().fold(Volume::default(), |sum, part| {
            sum.and(match part {
                Part::Symbols => self.operands(),
                Part::Matrix | Part::Transpose => self.matrix(self.given.weight.is_some()),
                Part::Product => self.product(),
                Part::ConvForm => self.conv_form(),
                Part::Entries => self.entries(),
                Part::Sizes | Part::Proof => Volume::default(),
            })
        })
    }

    /// Of the explanation of the whole output.
    #[must_use]
    pub fn output(&self) -> Volume {
        let outputs = self.tensor(&self.layer.output_shape(), 1);
        // How many products each has, no longer than a symbol, and what they come to.
        let results = outputs * count(usize::from(self.has_output()));
        Volume { symbols: outputs, results, ..Volume::default() }.and(self.entries())
    }

    /// Of the copies of the kernel in their buffers.
    #[must_use]
    pub fn buffers(&self) -> Volume {
        let input = self.layer.input_shape();
        let copies = count(self.extent.slices(size(&input)).shown());
        let mut shape = vec![self.layer.channel_settings().output];
        shape.extend(self.layer.geometry().axes().iter().map(|axis| axis.buffer().max(axis.big())));
        let cells = copies * self.tensor(&shape, 1);
        let products = copies * count(size(&self.layer.weight_shape()) / input[0]);
        let written = if self.has_output() {
            Volume { results: products, ..Volume::default() }
        } else {
            Volume { symbols: products + products, products, ..Volume::default() }
        };
        let zeros = match self.has_output() {
            true => Volume { zeros_among_numbers: cells, ..Volume::default() },
            false => Volume { zeros: cells, ..Volume::default() },
        };
        let output = Volume { results: self.tensor(&self.layer.output_shape(), 1), ..Volume::default() };
        written.and(zeros).and(output).and(self.entries())
    }

    /// Of the gradients.
    #[must_use]
    pub fn gradients(&self) -> Volume {
        let (input, output, weight) = (self.layer.input_shape(), self.layer.output_shape(), self.layer.weight_shape());
        let has_numbers = self.has_output() && self.given.output_gradient.is_some();
        let upstream = self.tensor(&output, 1);
        let has_weight = self.given.weight.is_some() || self.given.output_gradient.is_some();
        let matrix = self.matrix(has_weight).and(self.beside_vector(size(&input), size(&output), has_weight));
        let by_input = self.sums(&input, has_numbers);
        let by_weight = self.sums(&weight, has_numbers);
        let channels = count(self.extent.slices(output[0]).shown());
        let positions = count(self.extent.terms(size(&output[1..])).shown());
        let results = self.tensor(&input, 1) + self.tensor(&weight, 2);
        let twice = |cells: Count| Volume {
            symbols: cells,
            numbers: if has_weight { cells } else { count(0) },
            ..Volume::default()
        };
        let results = Volume { results: if has_numbers { results } else { count(0) }, ..Volume::default() };
        [twice(upstream + upstream), matrix, by_input, by_weight, twice(channels * positions), results]
            .into_iter()
            .fold(Volume::default(), Volume::and)
    }

    fn has_output(&self) -> bool {
        self.given.weight.is_some() && self.given.input.is_some()
    }

    fn operands(&self) -> Volume {
        // With numbers they are shown a second time: as numbers, or as symbols where none are given.
        let again = count(if *self.given == Given::default() { 0 } else { 1 });
        let of = |cells: Count, is_given: bool| match is_given {
            true => Volume { symbols: cells, numbers: cells, ..Volume::default() },
            false => Volume { symbols: cells + cells * again, ..Volume::default() },
        };
        let (input, weight) = (self.tensor(&self.layer.input_shape(), 1), self.tensor(&self.layer.weight_shape(), 2));
        of(input, self.given.input.is_some()).and(of(weight, self.given.weight.is_some()))
    }

    /// W~ or W~^T, and where numbers are known, once more with them.
    fn matrix(&self, has_numbers: bool) -> Volume {
        let geometry = self.layer.geometry();
        let (rows, columns) = (size(&geometry.small_shape()), size(&geometry.big_shape()));
        let (shown_rows, shown_columns) = self.extent.matrix(rows, columns);
        let places = count(shown_rows.shown()) * count(shown_columns.shown());
        let taps = Saturating(geometry.tap_count()).min(places);
        let again = count(usize::from(has_numbers));
        let written = again + count(1);
        // Only columns with a tap are wider than a zero.
        let wide = taps.min(count(shown_columns.shown()));
        let narrow = count(shown_columns.shown()) - wide;
        let innermost = geometry.axes().last().expect("a layer has an axis");
        let edges = |all: &Shown, of: usize| count(all.total().div_ceil(of) - 1).min(count(all.shown()));
        let (above, before) = (edges(&shown_rows, innermost.small()), edges(&shown_columns, innermost.big()));
        let is_sparse = shown_rows.is_all() && shown_columns.is_all() && places > Saturating(4096);
        let zeros = Saturating((count(shown_rows.shown()) * wide).0.saturating_sub(taps.0));
        Volume {
            symbols: taps,
            numbers: taps * again,
            zeros,
            zeros_among_numbers: zeros * again,
            narrow_zeros: count(shown_rows.shown()) * narrow * written,
            narrow_rules: above * narrow * written,
            rules: above * wide * written,
            bars: before * count(shown_rows.shown()) * written,
            sparse: if is_sparse { places * written } else { count(0) },
            ..Volume::default()
        }
    }

    fn product(&self) -> Volume {
        let (input, output) = (self.layer.input_shape(), self.layer.output_shape());
        let has_numbers = self.given.weight.is_some() || self.given.input.is_some() || self.bias_is_given();
        let (inputs, _) = self.extent.matrix(size(&input), 1);
        let (outputs, _) = self.extent.matrix(size(&output), 1);
        let biases = if self.bias == Bias::Present { count(outputs.shown()) } else { count(0) };
        let vectors = count(inputs.shown()) + biases;
        let in_shape = self.tensor(&output, 1) + count(outputs.shown());
        Volume {
            symbols: vectors,
            numbers: if has_numbers { vectors } else { count(0) },
            results: if self.has_output() { in_shape } else { count(0) },
            ..Volume::default()
        }
        .and(self.matrix(has_numbers))
        .and(self.beside_vector(size(&output), size(&input), has_numbers))
    }

    /// What a matrix leaves blank in text above and below itself where the vector that it is multiplied with is longer.
    fn beside_vector(&self, rows: usize, columns: usize, has_numbers: bool) -> Volume {
        let (rows, columns) = self.extent.matrix(rows, columns);
        let longer = count(columns.shown().saturating_sub(rows.shown()));
        Volume { blanks: longer * count(columns.shown()) * count(1 + usize::from(has_numbers)), ..Volume::default() }
    }

    fn bias_is_given(&self) -> bool {
        self.given.bias.is_some()
    }

    fn conv_form(&self) -> Volume {
        let (input, weight) = (self.layer.input_shape(), self.layer.weight_shape());
        let spread = |shape: &[usize], steps: &[usize], padding: &[(i64, i64)]| -> Vec<usize> {
            let leading = shape.len() - steps.len();
            let mut wide = shape[..leading].to_vec();
            for (axis, (&step, &(begin, end))) in steps.iter().zip(padding).enumerate() {
                let length =
                    step as i128 * (shape[leading + axis] as i128 - 1) + 1 + i128::from(begin) + i128::from(end);
                wide.push(usize::try_from(length.max(0)).unwrap_or(usize::MAX));
            }
            wide
        };
        let (operand, kernel) = match rewriting(self.layer) {
            StrideOne::ZeroInsertion(ZeroInsertion { strides, padding, .. }) => {
                (spread(&input, &strides, &padding), weight)
            }
            StrideOne::Thinned(ThinnedConvolution { padding, dilations, .. }) => {
                let (ones, none) = (vec![1; dilations.len()], vec![(0, 0); dilations.len()]);
                (spread(&input, &ones, &padding), spread(&weight, &dilations, &none))
            }
        };
        let places = self.tensor(&operand, 1) + self.tensor(&kernel, 2);
        let symbols = (count(size(&input)) + count(size(&self.layer.weight_shape()))).min(places);
        Volume { symbols, zeros: places - symbols, ..Volume::default() }
    }

    /// Every entry of the output as its sum.
    fn entries(&self) -> Volume {
        self.sums(&self.layer.output_shape(), self.has_output())
    }

    /// An equation for each entry of the shape; all of them together have each product of the layer once.
    fn sums(&self, shape: &[usize], has_numbers: bool) -> Volume {
        let products = Saturating(self.layer.geometry().tap_count());
        let all = usize::try_from(products.0).unwrap_or(usize::MAX);
        let equations = count(self.extent.equations(shape, all).shown());
        let longest = count(self.extent.terms(all).shown()) + count(1);
        let products = products.min(equations * longest);
        let again = count(usize::from(has_numbers));
        Volume {
            symbols: products + products + equations,
            numbers: (products + products) * again,
            // A sum without products has no value beside it.
            results: equations.min(products) * again,
            products: products * (again + count(1)),
            equations,
            ..Volume::default()
        }
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

impl Volume {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            symbols: self.symbols + other.symbols,
            numbers: self.numbers + other.numbers,
            results: self.results + other.results,
            zeros: self.zeros + other.zeros,
            zeros_among_numbers: self.zeros_among_numbers + other.zeros_among_numbers,
            products: self.products + other.products,
            equations: self.equations + other.equations,
            blanks: self.blanks + other.blanks,
            narrow_zeros: self.narrow_zeros + other.narrow_zeros,
            narrow_rules: self.narrow_rules + other.narrow_rules,
            rules: self.rules + other.rules,
            bars: self.bars + other.bars,
            sparse: self.sparse + other.sparse,
        }
    }
}

/// The product of the extents; the largest number if there is no such.
fn size(shape: &[usize]) -> usize {
    shape.iter().fold(1, |size: usize, &extent| size.saturating_mul(extent))
}
