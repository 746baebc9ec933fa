//! The matrix of a layer, partly given: its blanks are to be filled in.

use super::prelude::*;
use crate::algebra::{Family, Polynomial};
use crate::doc::Notation;
use crate::proof::{Fault, spelled};
use crate::taps::Taps;
use crate::tensor::unravel;
use crate::worksheet::drawn::{call, layer_facts, small_layer, taps, tuple, with_length};
use crate::worksheet::weight_places::WeightPlaces;
use crate::worksheet::{AnswerCell, CellValue, Expression};

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "fill", has_choice: true, draw };

#[derive(Debug)]
struct Fill {
    layer: Layer,
    /// Whether the matrix is W~ (rows on the small side) or its transpose.
    side: Rows,
    /// Flat places of the blanks, ascending.
    blanks: Vec<usize>,
}

/// What a row of the matrix belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    /// An output of the convolution: the matrix is W~.
    Small,
    /// An input of the convolution: the matrix is W~^T.
    Big,
}

/// What fits on paper with room to write.
const MOST_ROWS: usize = 16;
const MOST_COLUMNS: usize = 12;
const MOST_ENTRIES: usize = 144;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let operation = if dice.once_in(3) { Operation::Convolution } else { Operation::Transposed };
    let mut layer = small_layer(dice, scope, operation)?;
    if layer.dimensions() == 2 && scope.level != Level::Three {
        // There are too few squares whose matrix fits.
        layer = with_length(&layer, 1, layer.settings()[0].input + dice.below(3) - 1)?;
    }
    let side = match operation {
        Operation::Convolution => Rows::Small,
        Operation::Transposed => *dice.pick(&[Rows::Small, Rows::Big]),
    };
    let mut exercise = Fill { layer, side, blanks: Vec::new() };
    let places = exercise.places();
    if !(2..=MOST_ROWS).contains(&places.rows) || places.columns > MOST_COLUMNS || places.cells.len() > MOST_ENTRIES {
        return None;
    }
    // A weight stands at about half of the blanks; a blank says nothing of what belongs there.
    let (mut weights, mut zeros): (Vec<usize>, Vec<usize>) =
        (0..places.cells.len()).partition(|&place| places.cells[place].is_some());
    let wanted = match scope.level {
        Level::One => 3,
        Level::Two => 4,
        Level::Three => 5,
    };
    // Enough has to stay that shows the pattern.
    if weights.len() < wanted + 2 || zeros.len() < wanted {
        return None;
    }
    dice.shuffle(&mut weights);
    dice.shuffle(&mut zeros);
    exercise.blanks = [&weights[..wanted], &zeros[..wanted]].concat();
    exercise.blanks.sort_unstable();
    Some(Box::new(exercise))
}

impl Fill {
    /// What stands where.
    fn places(&self) -> WeightPlaces {
        self.made_of(&taps(&self.layer))
    }

    /// The matrix that taps with rows on the small side make.
    fn made_of(&self, taps: &Taps) -> WeightPlaces {
        match self.side {
            Rows::Small => WeightPlaces::of_taps(taps),
            Rows::Big => WeightPlaces::of_taps(&taps.transposed()),
        }
    }

    fn call(&self) -> String {
        call(&self.layer, Bias::Absent)
    }

    fn name(&self) -> Name {
        match self.side {
            Rows::Small => Name::Tilde('W'),
            Rows::Big => Name::TildeTransposed('W'),
        }
    }

    fn grid(&self) -> CellGrid {
        self.filled(&self.places())
    }

    fn filled(&self, places: &WeightPlaces) -> CellGrid {
        let cell = |(place, &weight)| AnswerCell {
            value: self.value(weight),
            given: self.blanks.binary_search(&place).is_err(),
        };
        let cells = places.cells.iter().enumerate().map(cell).collect();
        CellGrid { name: self.name().into(), shape: vec![places.rows, places.columns], cells }
    }

    fn value(&self, weight: Option<u32>) -> CellValue {
        let Some(weight) = weight else { return CellValue::Integer(0) };
        CellValue::Symbol(Expression {
            shown: Notation::of(&self.layer).weight(weight as usize),
            text: spelled(&self.layer, &Polynomial::symbol(Family::Weight, weight)),
        })
    }

    /// The grid with the blanks filled by other taps, small side first, and another kernel cell for each.
    fn filled_by(&self, taps: &Taps, cell: impl Fn(u32) -> u32) -> CellGrid {
        let (mut grid, places) = (self.grid(), self.made_of(taps));
        for &place in &self.blanks {
            grid.cells[place].value = self.value(places.cells[place].map(&cell));
        }
        grid
    }

    /// The kernel in symbols.
    fn kernel(&self, notation: &Notation) -> Vec<Math> {
        let mut grid = CellGrid::of_tensor('W', &Tensor::from_fn(&self.layer.weight_shape(), |_| 0), 2);
        for (flat, cell) in grid.cells.iter_mut().enumerate() {
            cell.value = CellValue::Symbol(Expression { shown: notation.weight(flat), text: String::new() });
        }
        grid.displays(Filling::All)
    }

    /// Where the weight comes from that belongs into the first blank with one.
    fn example(&self, notation: &Notation) -> Option<Facts> {
        let places = self.places();
        let (blank, weight) = self.blanks.iter().find_map(|&blank| Some((blank, places.cells[blank]? as usize)))?;
        let (row, column) = (blank / places.columns, blank % places.columns);
        let (small, big) = match self.side {
            Rows::Small => (row, column),
            Rows::Big => (column, row),
        };
        let index = |shape: &[usize], flat: usize| tuple(&unravel(shape, flat)[1..]);
        let geometry = self.layer.geometry();
        Some(facts! {
            /// The row and the column of the blank.
            row: row,
            column: column,
            /// The indices on the small side and on the big one that they stand for, and the kernel cell.
            i: index(&geometry.small_shape(), small),
            j: index(&geometry.big_shape(), big),
            t: tuple(&unravel(&geometry.weight_shape(), weight)[2..]),
            /// The weight that belongs there.
            weight: notation.weight(weight),
        })
    }
}

impl Exercise for Fill {
    fn about(&self) -> About {
        let call = self.call();
        let identity = format!("{call} {:?} {:?}", self.layer.input_shape(), self.side);
        About { layer: call, identity, points: 4, data: Datum::shapes(&self.layer) }
    }

    fn passage(&self) -> Passage {
        let notation = Notation::of(&self.layer);
        let facts = facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(self.call()),
            /// The shape of its input, channels first.
            input_shape: tuple(&self.layer.input_shape()),
            /// Its kernel in symbols.
            kernel: Fact::displays(self.kernel(&notation)),
            /// What the matrix is called: W~ or W~^T.
            name: self.name(),
            /// Whether it is W~, where a row shows the kernel: the copy of one input, or the window of one output. In W~^T
            /// a column does.
            by_row: self.side == Rows::Small,
            /// The matrix with its blanks.
            given: Fact::displays(self.grid().displays(Filling::Given)),
            /// Where the entries of both sides meet.
            meeting: Law::Meeting.equation(),
            /// The first blank where a weight belongs.
            example: self.example(&notation),
        };
        Passage::new("exercise/fill", layer_facts(&self.layer).and(facts))
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.layer)
    }

    fn answer(&self) -> Answer {
        Answer::Grid(self.grid())
    }

    /// What the textbook loops make of unit inputs.
    fn by_another_road(&self) -> Option<Answer> {
        let places = WeightPlaces::by_textbook(&self.layer)?;
        // Its rows are the outputs: on the small side of a convolution, on the big side of a transposed one.
        let is_turned = (self.layer.operation() == Operation::Transposed) == (self.side == Rows::Small);
        Some(Answer::Grid(self.filled(&if is_turned { places.transposed() } else { places })))
    }

    fn offered(&self, answer: &Answer) -> Answer {
        let Answer::Grid(grid) = answer else { return answer.clone() };
        Answer::Listed(grid.cells.iter().filter(|cell| !cell.given).map(|cell| cell.value.clone()).collect())
    }

    fn distractors(&self) -> Vec<Distractor> {
        let cells: u32 = self.layer.weight_shape()[2..].iter().product::<usize>() as u32;
        let flipped = |flat: u32| flat / cells * cells + cells - 1 - flat % cells;
        let turned = match self.side {
            Rows::Small => Misconception::FlippedConvolution,
            Rows::Big => Misconception::Planted(Fault::NoFlip),
        };
        let elsewhere = |wrong: Misconception| Some((wrong, self.filled_by(&wrong.taps(&self.layer)?, |cell| cell)));
        std::iter::once((turned, self.filled_by(&taps(&self.layer), flipped)))
            .chain(Misconception::all().filter_map(elsewhere))
            .map(|(wrong, grid)| Distractor::of(wrong, Answer::Grid(grid)))
            .collect()
    }
}
