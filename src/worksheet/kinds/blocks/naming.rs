//! Which block stands where in the matrix of a layer with two axes?

use crate::doc::{Entry, Index, IndexStyle, Notation};
use crate::geometry::Axis;
use crate::proof::Fault;
use crate::taps::Factor;
use crate::worksheet::drawn::{call, layer_facts, listed, small_layer, tuple, with_length};
use crate::worksheet::kinds::prelude::*;
use crate::worksheet::weight_places::WeightPlaces;
use crate::worksheet::{AnswerCell, CellValue, Expression};
use std::collections::BTreeSet;

#[derive(Debug)]
struct Naming {
    layer: Layer,
    /// Whether the matrix is shown with its weights.
    shown: bool,
}

/// Blocks to name, and columns of a matrix of symbols.
const MOST_BLOCKS: usize = 24;
const MOST_COLUMNS: usize = 16;

pub(super) fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let operation = if dice.once_in(2) { Operation::Convolution } else { Operation::Transposed };
    let layer = small_layer(dice, Scope { dimensions: Some(2), ..scope }, operation)?;
    // The blocks stand as the height has it; a larger one gives more to choose from.
    let layer = with_length(&layer, 0, layer.settings()[0].input + dice.below(2))?;
    let places = WeightPlaces::of(&layer);
    let shown = scope.level == Level::One && places.rows.max(places.columns) <= MOST_COLUMNS;
    let exercise = Naming { layer, shown };
    exercise.is_worth_it().then(|| Box::new(exercise) as Box<dyn Exercise>)
}

/// The block of a matrix that belongs to a kernel row.
fn block_of(matrix: Name, kernel_row: Index) -> Math {
    Math::Entry(Entry { of: matrix, channels: Vec::new(), place: vec![kernel_row], style: IndexStyle::Commas })
}

impl Naming {
    /// One channel, few blocks, zeros and at least two different blocks among them.
    fn is_worth_it(&self) -> bool {
        let channels = self.layer.geometry().channels();
        let blocks = self.blocks(self.outer());
        let mut used: Vec<u32> = blocks.iter().flatten().copied().collect();
        used.sort_unstable();
        used.dedup();
        let inner = &self.layer.geometry().axes()[1];
        channels.small() == 1
            && channels.big() == 1
            && self.outer().small() > 1
            && inner.small() > 1
            && blocks.len() <= MOST_BLOCKS
            && blocks.contains(&None)
            && used.len() > 1
    }

    fn outer(&self) -> Axis {
        self.layer.geometry().axes()[0]
    }

    fn call(&self) -> String {
        call(&self.layer, Bias::Absent)
    }

    fn is_transposed(&self) -> bool {
        self.layer.operation() == Operation::Transposed
    }

    fn name(&self) -> Name {
        if self.is_transposed() { Name::TildeTransposed('W') } else { Name::Tilde('W') }
    }

    /// Rows and columns of blocks.
    fn extents(&self) -> (usize, usize) {
        let axis = self.outer();
        if self.is_transposed() { (axis.big(), axis.small()) } else { (axis.small(), axis.big()) }
    }

    /// The kernel row of every block, row-major; none for a block of zeros.
    fn blocks(&self, outer: Axis) -> Vec<Option<u32>> {
        let factor = Factor::of_axis(&outer);
        let factor = if self.is_transposed() { factor.transposed() } else { factor };
        let block = |row: usize, column: usize| {
            factor.row(row).iter().find(|link| link.column as usize == column).map(|link| link.weight)
        };
        (0..factor.rows())
            .flat_map(|row| (0..factor.columns()).map(move |column| (row, column)))
            .map(|(row, column)| block(row, column))
            .collect()
    }

    /// `W~_a`, transposed if the matrix is.
    fn block(&self, kernel_row: Index) -> Math {
        block_of(self.name(), kernel_row)
    }

    fn answer_of(&self, blocks: &[Option<u32>]) -> Answer {
        let value = |block: &Option<u32>| match block {
            None => CellValue::Integer(0),
            Some(row) => CellValue::Symbol(Expression {
                shown: self.block(Index::Number(*row as usize)),
                text: format!("W[{row}]{}", if self.is_transposed() { "^T" } else { "" }),
            }),
        };
        let cells = blocks.iter().map(|block| AnswerCell { value: value(block), given: false }).collect();
        let (rows, columns) = self.extents();
        Answer::Grid(CellGrid { name: self.name().into(), shape: vec![rows, columns], cells })
    }

    /// The whole matrix with its weights and lines between its blocks.
    fn matrix(&self) -> Math {
        let notation = Notation::of(&self.layer);
        let (rows, columns) = self.block_size();
        let places = WeightPlaces::of(&self.layer);
        places.grid(|weight| notation.weight(weight)).with_blocks(rows, columns).into()
    }

    /// Rows and columns of a block.
    fn block_size(&self) -> (usize, usize) {
        let inner = self.layer.geometry().axes()[1];
        if self.is_transposed() { (inner.big(), inner.small()) } else { (inner.small(), inner.big()) }
    }

    /// The blocks once more, from the matrix that the textbook loops make of unit inputs; nothing if a block is made of
    /// several kernel rows, or blocks of one kernel row differ.
    fn blocks_by_textbook(&self) -> Option<Vec<Option<u32>>> {
        let (width, matrix) = (self.layer.weight_shape()[3] as u32, WeightPlaces::by_textbook(&self.layer)?);
        let ((rows, columns), (high, wide)) = (self.extents(), self.block_size());
        let mut seen: Vec<Option<Vec<Option<u32>>>> = vec![None; self.outer().kernel()];
        let mut blocks = Vec::new();
        for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            let line = |row: usize| &matrix.cells[(i * high + row) * matrix.columns + j * wide..][..wide];
            let block: Vec<Option<u32>> = (0..high).flat_map(line).copied().collect();
            let kernel_rows: BTreeSet<u32> = block.iter().flatten().map(|weight| weight / width).collect();
            let kernel_row = kernel_rows.first().copied();
            if let Some(kernel_row) = kernel_row {
                let kernel_columns: Vec<_> = block.iter().map(|cell| cell.map(|weight| weight % width)).collect();
                let known = seen[kernel_row as usize].get_or_insert_with(|| kernel_columns.clone());
                if kernel_rows.len() > 1 || *known != kernel_columns {
                    return None;
                }
            }
            blocks.push(kernel_row);
        }
        Some(blocks)
    }
}

impl Exercise for Naming {
    /// The width changes the blocks, not where they stand.
    fn about(&self) -> About {
        let identity = format!("naming {:?} {:?}", self.layer.operation(), self.outer());
        About { layer: self.call(), identity, points: 3, data: Vec::new() }
    }

    fn passage(&self) -> Passage {
        let axis = self.outer();
        let ((rows, columns), (block_rows, block_columns)) = (self.extents(), self.block_size());
        let row_met = |small: usize| {
            let met = (0..axis.kernel()).filter_map(|ker| axis.cell(small, ker).map(|big| (big, ker)));
            let (big, kernel): (Vec<usize>, Vec<usize>) = met.unzip();
            facts! {
                /// A row of the small side.
                small: small,
                /// The rows of the big side that it meets, if there are any, and by which kernel rows.
                met: (!big.is_empty()).then(|| listed(&big)),
                by: listed(&kernel),
            }
        };
        let facts = facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(self.call()),
            /// The shape that it reads.
            input_shape: tuple(&self.layer.input_shape()),
            /// The name of its matrix; and the matrix itself, where it is shown.
            matrix_name: self.name(),
            matrix: self.shown.then(|| self.matrix()),
            /// Rows and columns of blocks.
            rows: rows,
            columns: columns,
            /// Rows and columns of a block.
            block_rows: block_rows,
            block_columns: block_columns,
            /// The block of kernel row a, and the matrix that it is or is the transpose of.
            block: self.block(Index::Letter('a')),
            block_of_convolution: block_of(Name::Tilde('W'), Index::Letter('a')),
            /// The block of kernel row t.
            block_met: self.block(Index::Letter('t')),
            /// Which row of the big side a row of the small one and a kernel row meet in.
            meeting: Law::Meeting.equation(),
            /// What each row of the small side meets.
            rows_met: (0..axis.small()).map(row_met).collect::<Fact>(),
        };
        Passage::new("exercise/blocks-naming", layer_facts(&self.layer).and(facts))
    }

    fn answer(&self) -> Answer {
        self.answer_of(&self.blocks(self.outer()))
    }

    /// The blocks of the matrix that the textbook loops make of unit inputs.
    fn by_another_road(&self) -> Option<Answer> {
        Some(self.answer_of(&self.blocks_by_textbook()?))
    }

    fn distractors(&self) -> Vec<Distractor> {
        let axis = self.outer();
        let last = axis.kernel() as u32 - 1;
        let flipped = self.blocks(axis).into_iter().map(|block| block.map(|row| last - row)).collect();
        let by_axis = |wrong: Misconception| (wrong, wrong.axis(&axis).map(|axis| self.blocks(axis)));
        let wrong: [(Misconception, Option<Vec<Option<u32>>>); 5] = [
            by_axis(Misconception::StrideIgnored),
            by_axis(Misconception::PaddingIgnored),
            by_axis(Misconception::DilationIgnored),
            (Misconception::FlippedConvolution, Some(flipped)),
            by_axis(Misconception::Planted(Fault::OffByOneLead)),
        ];
        let distractor = |(wrong, blocks): (Misconception, Option<Vec<Option<u32>>>)| {
            let answer = self.answer_of(&blocks?);
            Some(Distractor::of(wrong, answer))
        };
        wrong.into_iter().filter_map(distractor).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings};

    fn naming(operation: Operation, axis: AxisSettings) -> Naming {
        let layer = Layer::new(operation, vec![axis; 2], ChannelSettings::default()).expect("possible");
        Naming { layer, shown: true }
    }

    fn texts(exercise: &Naming) -> Vec<String> {
        let Answer::Grid(grid) = exercise.answer() else { panic!("a grid is asked for") };
        grid.cells.iter().map(|cell| cell.value.text()).collect()
    }

    /// The 4 x 16 matrix of a 3 x 3 kernel on a 4 x 4 input, as it is printed in Dumoulin and Visin's guide to
    /// convolution arithmetic.
    #[test]
    fn the_published_matrix_of_a_kernel_of_three_on_an_input_of_four() {
        let exercise = naming(Operation::Convolution, AxisSettings::new(4, 3));
        assert_eq!(texts(&exercise), ["W[0]", "W[1]", "W[2]", "0", "0", "W[0]", "W[1]", "W[2]"]);
        assert_eq!(exercise.by_another_road(), Some(exercise.answer()));
        assert!(exercise.is_worth_it());
    }

    #[test]
    fn the_blocks_of_a_strided_transposed_layer() {
        let exercise = naming(Operation::Transposed, AxisSettings { stride: 2, ..AxisSettings::new(2, 3) });
        let expected = ["W[0]^T", "0", "W[1]^T", "0", "W[2]^T", "W[0]^T", "0", "W[1]^T", "0", "W[2]^T"];
        assert_eq!(texts(&exercise), expected);
        assert_eq!(exercise.by_another_road(), Some(exercise.answer()));
    }

    #[test]
    fn a_matrix_without_zero_blocks_or_with_one_block_row_is_drawn_again() {
        assert!(!naming(Operation::Convolution, AxisSettings::new(3, 3)).is_worth_it(), "a single row of blocks");
        let full = AxisSettings { padding: crate::geometry::Padding::both(1), ..AxisSettings::new(2, 3) };
        assert!(!naming(Operation::Convolution, full).is_worth_it(), "no block is 0");
    }
}
