//! Places: which cell of the padded, zero-inserted input lies under which kernel cell, what kind of cell that is, and where
//! in the buffer each input lays its copy of the kernel.
//!
//! An output can be *collected*: the kernel lies over a [`Window`] of an operand. Of a convolution the operand is the
//! padded input; of a transposed one it is the input with zeros inserted, padded or cut, under the flipped kernel. Or the
//! inputs can be *distributed*: each lays a scaled copy of the kernel into a [`Buffer`], whose ends are cut off. What both
//! say meets is exactly the taps. Nothing here computes an output: the roads do, without this module.

#![cfg_attr(not(test), deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss))]

use crate::geometry::{Axis, Geometry, Layer, Operation};
use crate::index::signed;
use crate::tensor::{ravel, unravel};
use std::ops::Range;

/// What lies in a cell of an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// The entry with this index: along one axis its place there, in a whole tensor its flat index.
    Entry(usize),
    /// A zero put between two entries.
    Inserted,
    /// A zero put around them.
    Padding,
}

impl Cell {
    /// The index of the entry that lies there, if one does.
    #[must_use]
    pub fn entry(self) -> Option<usize> {
        match self {
            Self::Entry(index) => Some(index),
            Self::Inserted | Self::Padding => None,
        }
    }
}

/// One axis on which entries lie `step` cells apart, with zeros around them or the ends cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spread {
    /// How many entries there are.
    pub entries: usize,
    /// `step - 1` zeros lie between neighbours.
    pub step: usize,
    /// Zeros before and after; negative: cells cut off there.
    pub around: (i64, i64),
}

impl Spread {
    /// How many cells there are.
    ///
    /// # Panics
    /// When more is cut than there is, which no layer asks for.
    #[must_use]
    pub fn length(&self) -> usize {
        let (begin, end) = self.around;
        let length = self.last() + 1 + i128::from(begin) + i128::from(end);
        usize::try_from(length).expect("no more is cut than there is")
    }

    /// What lies in a cell.
    #[must_use]
    pub fn cell(&self, at: usize) -> Cell {
        self.beside_first(at as i128 - i128::from(self.around.0))
    }

    /// What lies so many cells behind the first entry, or before it.
    #[must_use]
    pub fn beside_first(&self, offset: i128) -> Cell {
        match usize::try_from(offset) {
            Ok(offset) if offset as i128 <= self.last() => {
                if offset.is_multiple_of(self.step) {
                    Cell::Entry(offset / self.step)
                } else {
                    Cell::Inserted
                }
            }
            _ => Cell::Padding,
        }
    }

    /// How far the last entry lies behind the first.
    fn last(&self) -> i128 {
        self.step as i128 * (self.entries as i128 - 1)
    }
}

/// A tensor whose last axes are spread out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    source: Vec<usize>,
    axes: Vec<Spread>,
}

impl Operand {
    /// Spreads the last axes of a tensor of this shape.
    #[must_use]
    pub fn of(source: Vec<usize>, axes: Vec<Spread>) -> Self {
        Self { source, axes }
    }

    /// The input as the kernel slides over it.
    #[must_use]
    pub fn input(layer: &Layer) -> Self {
        let settings = layer.settings().iter().zip(layer.geometry().axes());
        let axes = settings.map(|(settings, axis)| match layer.operation() {
            Operation::Convolution => {
                let around = (signed(settings.padding.begin), signed(settings.padding.end));
                Spread { entries: axis.big(), step: 1, around }
            }
            Operation::Transposed => zero_inserted(axis),
        });
        Self::of(layer.input_shape(), axes.collect())
    }

    /// The kernel of a convolution with zeros in place of its dilation.
    #[must_use]
    pub fn filled_kernel(layer: &Layer) -> Self {
        let spread = |axis: &Axis| Spread { entries: axis.kernel(), step: axis.dilation(), around: (0, 0) };
        Self::of(layer.weight_shape(), layer.geometry().axes().iter().map(spread).collect())
    }

    /// Its shape.
    ///
    /// # Panics
    /// When more is cut than there is, which no layer asks for.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        let leading = &self.source[..self.source.len() - self.axes.len()];
        leading.iter().copied().chain(self.axes.iter().map(Spread::length)).collect()
    }

    /// What lies in a cell: beside the entries on one axis it is padding, whatever it is on the others.
    #[must_use]
    pub fn cell(&self, index: &[usize]) -> Cell {
        let leading = self.source.len() - self.axes.len();
        let mut found = index.to_vec();
        let mut is_inserted = false;
        for (at, axis) in found[leading..].iter_mut().zip(&self.axes) {
            match axis.cell(*at) {
                Cell::Entry(place) => *at = place,
                Cell::Inserted => is_inserted = true,
                Cell::Padding => return Cell::Padding,
            }
        }
        if is_inserted { Cell::Inserted } else { Cell::Entry(ravel(&self.source, &found)) }
    }
}

/// One axis of the input of a transposed convolution with zeros inserted, padded or cut, as the equivalent convolution
/// reads it.
#[must_use]
pub fn zero_inserted(axis: &Axis) -> Spread {
    let reach = signed(axis.effective_kernel() - 1);
    let around = (reach - axis.crop_begin(), reach - axis.crop_end());
    Spread { entries: axis.small(), step: axis.stride(), around }
}

/// The kernel over the operand: where its windows lie, and what meets in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    operation: Operation,
    operand: Operand,
    /// `[out, in / groups, k...]`.
    kernel: Vec<usize>,
    groups: usize,
    strides: Vec<usize>,
    dilations: Vec<usize>,
}

/// The cells of the operand that the kernel lies over when it computes one output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first cell, without its channel.
    pub first: Vec<usize>,
    /// `[in / groups, k...]`.
    pub shape: Vec<usize>,
    /// For each cell of the kernel the flat index of the weight that stands there, and what lies under it; row-major.
    pub cells: Vec<(usize, Cell)>,
}

impl Windows {
    /// The windows of a layer.
    #[must_use]
    pub fn of(layer: &Layer) -> Self {
        let geometry = layer.geometry();
        let channels = geometry.channels();
        let (outs, ins) = match layer.operation() {
            Operation::Convolution => (channels.small(), channels.big_per_group()),
            Operation::Transposed => (channels.big(), channels.small_per_group()),
        };
        let per_axis = |number: fn(&Axis) -> usize| geometry.axes().iter().map(number);
        Self {
            operation: layer.operation(),
            operand: Operand::input(layer),
            kernel: [outs, ins].into_iter().chain(per_axis(Axis::kernel)).collect(),
            groups: channels.groups(),
            strides: match layer.operation() {
                Operation::Convolution => per_axis(Axis::stride).collect(),
                Operation::Transposed => vec![1; geometry.axes().len()],
            },
            dilations: per_axis(Axis::dilation).collect(),
        }
    }

    /// What the kernel slides over.
    #[must_use]
    pub fn operand(&self) -> &Operand {
        &self.operand
    }

    /// The shape of the kernel that slides, `[out, in / groups, k...]`.
    #[must_use]
    pub fn kernel_shape(&self) -> &[usize] {
        &self.kernel
    }

    /// Which weight stands at a flat index of the kernel that slides: of a transposed convolution the kernel is flipped along
    /// every axis, which reverses it as a whole, and its channel axes are exchanged within each group.
    #[must_use]
    pub fn weight(&self, flat: usize) -> usize {
        let [outs, ins, extents @ ..] = &self.kernel[..] else { unreachable!("a kernel has channels") };
        let (outs, cells) = (outs / self.groups, extents.iter().product::<usize>());
        let (slice, cell) = (flat / cells, flat % cells);
        let (out, within) = (slice / ins, slice % ins);
        match self.operation {
            Operation::Convolution => flat,
            Operation::Transposed => ((out / outs * ins + within) * outs + out % outs) * cells + cells - 1 - cell,
        }
    }

    /// The window of an output, by its index, channel first.
    #[must_use]
    pub fn window(&self, output: &[usize]) -> Window {
        let shape = self.kernel[1..].to_vec();
        let first: Vec<usize> = output[1..].iter().zip(&self.strides).map(|(at, stride)| at * stride).collect();
        let first_channel = output[0] / (self.kernel[0] / self.groups) * shape[0];
        let size: usize = shape.iter().product();
        let cell = |offset: usize| {
            let mut index = unravel(&shape, offset);
            index[0] += first_channel;
            for ((at, first), dilation) in index[1..].iter_mut().zip(&first).zip(&self.dilations) {
                *at = first + dilation * *at;
            }
            (self.weight(output[0] * size + offset), self.operand.cell(&index))
        };
        Window { cells: (0..size).map(cell).collect(), first, shape }
    }
}

/// What a transposed convolution lays its copies of the kernel into: the scattered length on each axis, stretched where
/// cells are appended behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer<'a> {
    geometry: &'a Geometry,
    /// The cells that are kept, on each axis; the others are cut off.
    kept: Vec<Range<usize>>,
}

impl<'a> Buffer<'a> {
    /// The buffer of a geometry.
    #[must_use]
    pub fn of(geometry: &'a Geometry) -> Self {
        let kept = |axis: &Axis| {
            let begin = usize::try_from(axis.crop_begin()).unwrap_or(0);
            begin..begin + axis.big()
        };
        Self { geometry, kept: geometry.axes().iter().map(kept).collect() }
    }

    /// `[out channels, length...]`.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        let lengths = self.reached().into_iter().zip(&self.kept).map(|(reached, kept)| reached.max(kept.end));
        std::iter::once(self.geometry.channels().big()).chain(lengths).collect()
    }

    /// How far the copies reach, on each axis.
    #[must_use]
    pub fn reached(&self) -> Vec<usize> {
        self.geometry.axes().iter().map(Axis::buffer).collect()
    }

    /// The cells that are kept, on each axis.
    #[must_use]
    pub fn kept(&self) -> &[Range<usize>] {
        &self.kept
    }

    /// Whether a cell is kept.
    #[must_use]
    pub fn keeps(&self, index: &[usize]) -> bool {
        self.kept.iter().zip(&index[1..]).all(|(kept, at)| kept.contains(at))
    }

    /// The first cell of an input's copy, without its channel.
    #[must_use]
    pub fn start(&self, input: &[usize]) -> Vec<usize> {
        self.geometry.axes().iter().zip(&input[1..]).map(|(axis, at)| axis.stride() * at).collect()
    }

    /// The flat index of the weight with which an input reaches a cell, if it does.
    #[must_use]
    pub fn weight(&self, input: &[usize], cell: &[usize]) -> Option<usize> {
        let channels = self.geometry.channels();
        let (group, within) = (cell[0] / channels.big_per_group(), cell[0] % channels.big_per_group());
        let mut weight = vec![input[0], within];
        for ((axis, at), start) in self.geometry.axes().iter().zip(&cell[1..]).zip(self.start(input)) {
            let copy = Spread { entries: axis.kernel(), step: axis.dilation(), around: (0, 0) };
            weight.push(copy.cell(at.checked_sub(start)?).entry()?);
        }
        (channels.group_of_small(input[0]) == group).then(|| ravel(&self.geometry.weight_shape(), &weight))
    }
}

/// Where the kernel lies on the big side when it stands at a place of the small side: the places of its first and of its
/// last cell, without channels, in the big side's coordinates. They may lie outside it.
#[must_use]
pub fn reach(geometry: &Geometry, small: &[usize]) -> (Vec<i64>, Vec<i64>) {
    let ends = |(axis, &at): (&Axis, &usize)| (axis.position(at, 0), axis.position(at, axis.kernel() - 1));
    geometry.axes().iter().zip(small).map(ends).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::Dice;
    use crate::geometry::{AxisSettings, ChannelSettings, Padding};
    use crate::roads::rewriting;
    use crate::roads::rewritten::StrideOne;
    use crate::taps::{Tap, Taps};
    use crate::tensor::Tensor;
    use std::collections::BTreeSet;

    /// Drawn layers of both operations in one to three dimensions, with all parameters.
    fn drawn_layers() -> impl Iterator<Item = Layer> {
        let mut dice = Dice::new(5);
        std::iter::from_fn(move || {
            let mut draw = |most: i64| dice.integer(0..=most) as usize;
            let operation = [Operation::Transposed, Operation::Convolution][draw(1)];
            let dimensions = 1 + draw(2);
            let axes = (0..dimensions).map(|_| AxisSettings {
                input: 1 + draw(4),
                kernel: 1 + draw(3),
                stride: 1 + draw(2),
                padding: Padding { begin: draw(3), end: draw(3) },
                dilation: 1 + draw(2),
                output_padding: if operation == Operation::Transposed { draw(2) } else { 0 },
            });
            let axes = axes.collect();
            let groups = 1 + draw(1);
            let channels = ChannelSettings { input: groups * (1 + draw(1)), output: groups * (1 + draw(1)), groups };
            Some(Layer::new(operation, axes, channels))
        })
        .filter_map(Result::ok)
        .take(3000)
    }

    fn taps_of(layer: &Layer) -> BTreeSet<Tap> {
        Taps::of(layer.geometry()).expect("small").iter().collect()
    }

    /// As a tap, rows on the small side.
    fn tap(layer: &Layer, output: usize, weight: usize, input: usize) -> Tap {
        let (small, big) = match layer.operation() {
            Operation::Convolution => (output, input),
            Operation::Transposed => (input, output),
        };
        Tap { row: small as u32, weight: weight as u32, column: big as u32 }
    }

    #[test]
    fn what_lies_under_the_windows_is_exactly_the_taps() {
        for layer in drawn_layers() {
            let windows = Windows::of(&layer);
            let outputs = layer.output_shape();
            let mut met = BTreeSet::new();
            for output in 0..outputs.iter().product() {
                for (weight, cell) in windows.window(&unravel(&outputs, output)).cells {
                    let is_new = cell.entry().is_none_or(|input| met.insert(tap(&layer, output, weight, input)));
                    assert!(is_new, "twice in {layer:?}");
                }
            }
            assert_eq!(met, taps_of(&layer), "{layer:?}");
        }
    }

    #[test]
    fn what_the_copies_lay_into_kept_cells_is_exactly_the_taps_and_the_rest_is_cut() {
        for layer in drawn_layers().filter(|layer| layer.operation() == Operation::Transposed) {
            let (geometry, buffer) = (layer.geometry(), Buffer::of(layer.geometry()));
            let (inputs, shape) = (layer.input_shape(), buffer.shape());
            let (mut met, mut laid, mut kept) = (BTreeSet::new(), 0, 0);
            for cell in (0..shape.iter().product()).map(|flat| unravel(&shape, flat)) {
                // The kept cells in their order are the output.
                let output = buffer.keeps(&cell).then_some(kept);
                kept += usize::from(output.is_some());
                for input in 0..inputs.iter().product() {
                    let at = unravel(&inputs, input);
                    let Some(weight) = buffer.weight(&at, &cell) else { continue };
                    laid += 1;
                    assert!(cell[1..].iter().zip(buffer.start(&at)).all(|(cell, start)| *cell >= start));
                    met.extend(output.map(|output| tap(&layer, output, weight, input)));
                }
            }
            assert_eq!(met, taps_of(&layer), "{layer:?}");
            assert_eq!(kept, layer.output_shape().iter().product::<usize>());
            let cells: usize = geometry.weight_shape()[1..].iter().product();
            assert_eq!(laid, inputs.iter().product::<usize>() * cells, "every input lays down its whole copy");
        }
    }

    #[test]
    fn every_cell_of_the_operand_and_of_the_kernel_is_what_the_rewriting_builds() {
        for layer in drawn_layers() {
            let windows = Windows::of(&layer);
            let x = Tensor::from_fn(&layer.input_shape(), Cell::Entry);
            let w = Tensor::from_fn(&layer.weight_shape(), |flat| flat);
            let (operand, kernel) = match rewriting(&layer) {
                StrideOne::ZeroInsertion(rewriting) => {
                    (rewriting.operand(&x, &Cell::Inserted, &Cell::Padding), rewriting.kernel(&w))
                }
                StrideOne::Thinned(rewriting) => (rewriting.operand(&x, &Cell::Padding), w),
            };
            let shape = windows.operand().shape();
            let found = Tensor::from_fn(&shape, |flat| windows.operand().cell(&unravel(&shape, flat)));
            let beside = |cell: &Cell| cell.entry();
            // Where zeros of both kinds cross, the rewriting has put the inserted ones first.
            assert_eq!(found.map(beside), operand.map(beside), "{layer:?}");
            if layer.dimensions() == 1 {
                assert_eq!(found, operand, "{layer:?}");
            }
            assert_eq!(Tensor::from_fn(windows.kernel_shape(), |flat| windows.weight(flat)), kernel, "{layer:?}");
        }
    }

    #[test]
    fn a_kernel_reaches_from_its_first_to_its_last_position() {
        for layer in drawn_layers() {
            let geometry = layer.geometry();
            for small in 0..geometry.small_shape()[1..].iter().product() {
                let at = unravel(&geometry.small_shape()[1..], small);
                let (first, last) = reach(geometry, &at);
                for (axis, canonical) in geometry.axes().iter().enumerate() {
                    let length = (last[axis] - first[axis] + 1) as usize;
                    assert_eq!(length, canonical.effective_kernel());
                    let start = Buffer::of(geometry).start(&[&[0], &at[..]].concat())[axis] as i64;
                    assert_eq!(first[axis], start - canonical.crop_begin());
                }
            }
        }
    }

    #[test]
    fn beside_the_entries_there_is_padding_however_far_and_between_them_inserted_zeros() {
        let spread = Spread { entries: 3, step: 2, around: (1, -2) };
        let cells: Vec<Cell> = (0..spread.length()).map(|at| spread.cell(at)).collect();
        assert_eq!(cells, [Cell::Padding, Cell::Entry(0), Cell::Inserted, Cell::Entry(1)]);
        assert_eq!(spread.beside_first(4), Cell::Entry(2), "cut off, but there");
        for offset in [-1, 5, i128::from(i64::MAX), i128::from(i64::MIN)] {
            assert_eq!(spread.beside_first(offset), Cell::Padding);
        }
    }

    #[test]
    #[should_panic(expected = "no more is cut than there is")]
    fn cutting_more_than_there_is_is_a_broken_contract() {
        let _ = Spread { entries: 2, step: 1, around: (-2, -1) }.length();
    }
}
