//! The matrix of a layer, partly given: its blanks are to be filled in.

use super::prelude::*;
use crate::algebra::{Family, Polynomial};
use crate::doc::Notation;
use crate::laws::Law::Meeting;
use crate::proof::{Fault, spelled};
use crate::taps::Taps;
use crate::tensor::unravel;
use crate::worksheet::drawn::{call, channel_note, small_layer, taps, tuple, with_length};
use crate::worksheet::weight_places::WeightPlaces;
use crate::worksheet::{AnswerCell, CellValue, Expression};

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "fill", title: "Fill in the matrix", has_choice: true, draw };

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

    /// What shows the kernel: the copy of one input, or the window of one output.
    fn line(&self) -> &'static str {
        match self.side {
            Rows::Small => "row",
            Rows::Big => "column",
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

    /// The row, the column, and where the weight comes from, of the first blank with a weight.
    fn example(&self, notation: &Notation) -> Option<Prose> {
        let places = self.places();
        let (blank, weight) = self.blanks.iter().find_map(|&blank| Some((blank, places.cells[blank]? as usize)))?;
        let (row, column) = (blank / places.columns, blank % places.columns);
        let (small, big) = match self.side {
            Rows::Small => (row, column),
            Rows::Big => (column, row),
        };
        let index = |shape: &[usize], flat: usize| tuple(&unravel(shape, flat)[1..]);
        let geometry = self.layer.geometry();
        let cell = tuple(&unravel(&geometry.weight_shape(), weight)[2..]);
        Some(prose![
            "For example in row {row} and column {column} of the matrix, both counted from 0: ",
            row!['i', Equals, index(&geometry.small_shape(), small)],
            " and ",
            row!['j', Equals, index(&geometry.big_shape(), big)],
            " meet by the kernel cell ",
            row!['t', Equals, cell],
            ", so ",
            notation.weight(weight),
            " stands there."
        ])
    }
}

impl Exercise for Fill {
    fn about(&self) -> About {
        let call = self.call();
        let identity = format!("{call} {:?} {:?}", self.layer.input_shape(), self.side);
        About { layer: call, identity, points: 4, data: Datum::shapes(&self.layer) }
    }

    fn question(&self) -> Vec<Step> {
        let (call, name) = (self.call(), self.name());
        let mut claim = prose![
            "The layer `{call}` reads an input of shape ",
            tuple(&self.layer.input_shape()),
            " with the kernel below. "
        ];
        claim.extend(match (self.layer.operation(), self.side) {
            (Operation::Convolution, _) => prose!["It is a matrix: $y~ = W~ x~$."],
            (Operation::Transposed, Rows::Big) => prose!["It is a matrix: $y~ = W~^T x~$."],
            (Operation::Transposed, Rows::Small) => {
                prose!["It multiplies with the transpose of a matrix: $y~ = W~^T x~$."]
            }
        });
        claim.extend(channel_note(&self.layer));
        let notation = Notation::of(&self.layer);
        let weight = self.layer.weight_shape();
        let kernel = Tensor::from_fn(&weight, |flat| flat);
        let mut grid = CellGrid::of_tensor(Name::Var('W'), &kernel.map(|&flat| flat as i64), 2);
        for (flat, cell) in grid.cells.iter_mut().enumerate() {
            cell.value = CellValue::Symbol(Expression { shown: notation.weight(flat), text: String::new() });
        }
        vec![
            Step::displayed(claim, grid.displays(Filling::All)),
            Step::text(prose!["Part of ${name}$ is given. Write into each box the weight that stands there, or 0."]),
        ]
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

    fn solution(&self) -> Vec<Step> {
        let (small, big) = match self.layer.operation() {
            Operation::Convolution => ("Output", "input"),
            Operation::Transposed => ("Input", "output"),
        };
        let (row, column) = match self.side {
            Rows::Small => ('i', 'j'),
            Rows::Big => ('j', 'i'),
        };
        let name = self.name();
        let rule = prose![
            "{small} $i$ and {big} $j$ of the layer meet by the kernel cell $t$ where ${Meeting:#}$ on every axis. In \
             ${name}$ each ${row}$ has a row and each ${column}$ a column. Where no kernel cell does it, the entry is 0."
        ];
        let mut steps = vec![Step::text(rule)];
        steps.extend(self.example(&Notation::of(&self.layer)).map(Step::text));
        steps
    }

    fn hints(&self) -> Vec<Prose> {
        let (name, line) = (self.name(), self.line());
        let second = match self.layer.operation() {
            Operation::Convolution => {
                prose!["A {line} of ${name}$ shows the kernel where it lies over the flattened input."]
            }
            Operation::Transposed => prose![
                "Every {line} of ${name}$ shows the copy of one input: where its kernel lies in the flattened output."
            ],
        };
        let first = prose![
            "How many weights does a {line} have where nothing is cut off, and how far do they move from {line} to \
             {line}?"
        ];
        vec![first, second]
    }

    /// The matrix with its blanks is printed with the question, since an option is only what belongs into them.
    fn question_of_choice(&self) -> Vec<Step> {
        let name = self.name();
        let mut question = self.question();
        question.pop();
        question.push(Step::displayed(prose!["Part of ${name}$ is given:"], self.grid().displays(Filling::Given)));
        question.push(Step::text(prose!["What belongs into the boxes, read row by row from the top?"]));
        question
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
        let (right, line) = (taps(&self.layer), self.line());
        std::iter::once((turned, self.filled_by(&right, flipped)))
            .chain(Misconception::all().filter_map(elsewhere))
            .map(|(wrong, grid)| {
                let feedback = if wrong == turned && self.layer.operation() == Operation::Transposed {
                    prose![
                        "Here the kernel stands reversed in every {line}. A {line} shows the copy of the kernel that \
                         one input lays into the output, in its own order."
                    ]
                } else {
                    prose![wrong.feedback_for(&self.layer)]
                };
                Distractor { feedback, ..Distractor::of(wrong, Answer::Grid(grid)) }
            })
            .collect()
    }
}
