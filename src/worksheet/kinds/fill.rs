//! The matrix of a layer, partly given: its blanks are to be filled in.

use crate::algebra::{Dice, Family, Polynomial};
use crate::doc::{Math, Name, Notation, Prose, Relation, Step, prose, row};
use crate::geometry::{Bias, Layer, Operation};
use crate::laws::Law;
use crate::misconception::{Misconception, WrongRule as _};
use crate::proof::{Fault, spelled, symbols};
use crate::roads::by_textbook;
use crate::taps::Taps;
use crate::tensor::{Tensor, unravel};
use crate::worksheet::drawn::{call, channel_note, small_layer, taps, tuple, with_length};
use crate::worksheet::{
    Answer, Cell, CellGrid, Datum, Distractor, Exercise, Expression, Filling, Kind, Level, Scope, Unconfirmed, Value,
};

/// The kind.
pub(super) const KIND: Kind = Kind { id: "fill", title: "Fill in the matrix", has_choice: true, draw };

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
    let taps = exercise.taps();
    if taps.rows() < 2
        || taps.rows() > MOST_ROWS
        || taps.columns() > MOST_COLUMNS
        || taps.rows() * taps.columns() > MOST_ENTRIES
    {
        return None;
    }
    // A weight stands at about half of the blanks; a blank says nothing of what belongs there.
    let (mut weights, mut zeros): (Vec<usize>, Vec<usize>) = (0..taps.rows() * taps.columns())
        .partition(|place| taps.weight_at(place / taps.columns(), place % taps.columns()).is_some());
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
    /// The taps whose rows are the rows of the matrix.
    fn taps(&self) -> Taps {
        let taps = taps(&self.layer);
        match self.side {
            Rows::Small => taps,
            Rows::Big => taps.transposed(),
        }
    }

    fn name(&self) -> Name {
        match self.side {
            Rows::Small => Name::Tilde('W'),
            Rows::Big => Name::TildeTransposed('W'),
        }
    }

    fn grid(&self) -> CellGrid {
        let taps = self.taps();
        let cell = |place: usize| Cell {
            value: self.value(taps.weight_at(place / taps.columns(), place % taps.columns())),
            given: self.blanks.binary_search(&place).is_err(),
        };
        let cells = (0..taps.rows() * taps.columns()).map(cell).collect();
        CellGrid { name: self.name().into(), shape: vec![taps.rows(), taps.columns()], cells }
    }

    fn value(&self, weight: Option<u32>) -> Value {
        let Some(weight) = weight else { return Value::Integer(0) };
        Value::Symbol(Expression {
            shown: Notation::of(&self.layer).weight(weight as usize),
            text: spelled(&self.layer, &Polynomial::symbol(Family::Weight, weight)),
        })
    }

    /// The grid with the blanks filled by other taps, small side first, and another kernel cell for each.
    fn filled_by(&self, taps: &Taps, cell: impl Fn(u32) -> u32) -> CellGrid {
        let mut grid = self.grid();
        let columns = grid.shape[1];
        for &place in &self.blanks {
            let (row, column) = (place / columns, place % columns);
            let weight = match self.side {
                Rows::Small => taps.weight_at(row, column),
                Rows::Big => taps.weight_at(column, row),
            };
            grid.cells[place].value = self.value(weight.map(&cell));
        }
        grid
    }

    /// The matrix once more, as the derivatives of the textbook loops' output: at each place the polynomial that
    /// multiplies the input of the column in the output of the row.
    fn derivatives(&self) -> Vec<Polynomial> {
        let (x, w) = symbols(&self.layer);
        let output: Tensor<Polynomial> = by_textbook(&self.layer, &x, &w);
        let taps = self.taps();
        let mut matrix = vec![Polynomial::default(); taps.rows() * taps.columns()];
        let outputs_are_rows = (self.layer.operation() == Operation::Convolution) == (self.side == Rows::Small);
        for (written, polynomial) in output.entries().iter().enumerate() {
            for (monomial, coefficient) in polynomial.terms() {
                let mut weight = Polynomial::constant(*coefficient);
                let mut read = 0;
                for symbol in monomial.symbols() {
                    match symbol.family {
                        Family::Weight => weight = &weight * &Polynomial::symbol(Family::Weight, symbol.index),
                        _ => read = symbol.index as usize,
                    }
                }
                let (row, column) = if outputs_are_rows { (written, read) } else { (read, written) };
                matrix[row * taps.columns() + column] += weight;
            }
        }
        matrix
    }

    /// The row, the column, and where the weight comes from, of the first blank with a weight.
    fn example(&self, notation: &Notation) -> Option<Prose> {
        let taps = self.taps();
        let place = |place: &&usize| taps.weight_at(*place / taps.columns(), *place % taps.columns()).is_some();
        let blank = self.blanks.iter().find(place)?;
        let (row, column) = (blank / taps.columns(), blank % taps.columns());
        let weight = taps.weight_at(row, column)? as usize;
        let (small, big) = match self.side {
            Rows::Small => (row, column),
            Rows::Big => (column, row),
        };
        let index = |shape: &[usize], flat: usize| tuple(&unravel(shape, flat)[1..]);
        let geometry = self.layer.geometry();
        let cell = tuple(&unravel(&geometry.weight_shape(), weight)[2..]);
        Some(prose![
            format!("For example in row {row} and column {column} of the matrix, both counted from 0: "),
            row!['i', Relation::Equals, index(&geometry.small_shape(), small)],
            " and ",
            row!['j', Relation::Equals, index(&geometry.big_shape(), big)],
            " meet by the kernel cell ",
            row!['t', Relation::Equals, cell],
            ", so ",
            notation.weight(weight),
            " stands there."
        ])
    }
}

impl Exercise for Fill {
    fn layer(&self) -> String {
        call(&self.layer, Bias::Absent)
    }

    fn question(&self) -> Vec<Step> {
        let mut claim = prose![
            "The layer ",
            crate::doc::Inline::Code(self.layer()),
            " reads an input of shape ",
            tuple(&self.layer.input_shape()),
            " with the kernel below. "
        ];
        claim.extend(match (self.layer.operation(), self.side) {
            (Operation::Convolution, _) => prose![
                "It is a matrix: ",
                row![Name::Tilde('y'), Relation::Equals, Name::Tilde('W'), Name::Tilde('x')],
                "."
            ],
            (Operation::Transposed, Rows::Big) => prose![
                "It is a matrix: ",
                row![Name::Tilde('y'), Relation::Equals, Name::TildeTransposed('W'), Name::Tilde('x')],
                "."
            ],
            (Operation::Transposed, Rows::Small) => prose![
                "It multiplies with the transpose of a matrix: ",
                row![Name::Tilde('y'), Relation::Equals, Name::TildeTransposed('W'), Name::Tilde('x')],
                "."
            ],
        });
        claim.extend(channel_note(&self.layer));
        let notation = Notation::of(&self.layer);
        let weight = self.layer.weight_shape();
        let kernel = Tensor::from_fn(&weight, |flat| flat);
        let mut grid = CellGrid::of_tensor(Name::Var('W'), &kernel.map(|&flat| flat as i64), 2);
        for (flat, cell) in grid.cells.iter_mut().enumerate() {
            cell.value = Value::Symbol(Expression { shown: notation.weight(flat), text: String::new() });
        }
        vec![
            Step::displayed(claim, grid.displays(Filling::All)),
            Step::text(prose![
                "Part of ",
                self.name(),
                " is given. Write into each box the weight that stands there, or 0."
            ]),
        ]
    }

    fn answer(&self) -> Answer {
        Answer::Grid(self.grid())
    }

    fn confirm(&self) -> Result<(), Unconfirmed> {
        let texts = |polynomial: &Polynomial| spelled(&self.layer, polynomial);
        let second: Vec<String> = self.derivatives().iter().map(texts).collect();
        let key: Vec<String> = self.grid().cells.iter().map(|cell| cell.value.text()).collect();
        Unconfirmed::unless_equal(&key, &second)
    }

    fn solution(&self) -> Vec<Step> {
        let (small, big) = match self.layer.operation() {
            Operation::Convolution => ("Output ", "input "),
            Operation::Transposed => ("Input ", "output "),
        };
        let (row, column) = match self.side {
            Rows::Small => ('i', 'j'),
            Rows::Big => ('j', 'i'),
        };
        let rule = prose![
            small,
            "$i$ and ",
            big,
            "$j$ of the layer meet by the kernel cell $t$ where ",
            Law::Meeting.equation(),
            " on every axis. In ",
            self.name(),
            " each ",
            Math::from(row),
            " has a row and each ",
            Math::from(column),
            " a column. Where no kernel cell does it, the entry is 0."
        ];
        let mut steps = vec![Step::text(rule)];
        steps.extend(self.example(&Notation::of(&self.layer)).map(Step::text));
        steps
    }

    fn hints(&self) -> Vec<Prose> {
        match (self.layer.operation(), self.side) {
            (Operation::Convolution, _) => vec![
                prose![
                    "How many weights does a row have where nothing is cut off, and how far do they move from row to row?"
                ],
                prose!["A row of ", self.name(), " shows the kernel where it lies over the flattened input."],
            ],
            (Operation::Transposed, Rows::Small) => vec![
                prose![
                    "How many weights does a row have where nothing is cut off, and how far do they move from row to row?"
                ],
                prose![
                    "Every row of ",
                    self.name(),
                    " shows the copy of one input: where its kernel lies in the flattened output."
                ],
            ],
            (Operation::Transposed, Rows::Big) => vec![
                prose![
                    "How many weights does a column have where nothing is cut off, and how far do they move from column \
                     to column?"
                ],
                prose![
                    "Every column of ",
                    self.name(),
                    " shows the copy of one input: where its kernel lies in the flattened output."
                ],
            ],
        }
    }

    /// The matrix with its blanks is printed with the question, since an option is only what belongs into them.
    fn question_of_choice(&self) -> Vec<Step> {
        let mut question = self.question();
        question.pop();
        question
            .push(Step::displayed(prose!["Part of ", self.name(), " is given:"], self.grid().displays(Filling::Given)));
        question.push(Step::text(prose!["What belongs into the boxes, read row by row from the top?"]));
        question
    }

    fn option(&self, answer: &Answer) -> Step {
        let Answer::Grid(grid) = answer else { return answer.step() };
        let mut listed = Prose::new();
        for (place, cell) in grid.cells.iter().filter(|cell| !cell.given).enumerate() {
            if place > 0 {
                listed.push(", ".into());
            }
            listed.push(cell.value.shown().into());
        }
        Step::text(listed)
    }

    fn distractors(&self) -> Vec<Distractor> {
        let cells: u32 = self.layer.weight_shape()[2..].iter().product::<usize>() as u32;
        let flipped = |flat: u32| flat / cells * cells + cells - 1 - flat % cells;
        let turned = match self.side {
            Rows::Small => Misconception::FlippedConvolution,
            Rows::Big => Misconception::Planted(Fault::NoFlip),
        };
        let elsewhere = |wrong: Misconception| Some((wrong, self.filled_by(&wrong.taps(&self.layer)?, |cell| cell)));
        let right = taps(&self.layer);
        std::iter::once((turned, self.filled_by(&right, flipped)))
            .chain(Misconception::all().filter_map(elsewhere))
            .map(|(wrong, grid)| {
                let feedback = match (wrong == turned, self.layer.operation(), self.side) {
                    (true, Operation::Transposed, Rows::Small) => {
                        "Here the kernel stands reversed in every row. A row shows the copy of the kernel that one \
                         input lays into the output, in its own order."
                    }
                    (true, Operation::Transposed, Rows::Big) => {
                        "Here the kernel stands reversed in every column. A column shows the copy of the kernel that \
                         one input lays into the output, in its own order."
                    }
                    _ => wrong.feedback_for(&self.layer),
                };
                Distractor { feedback: prose![feedback], ..Distractor::of(wrong, Answer::Grid(grid)) }
            })
            .collect()
    }

    fn points(&self) -> u32 {
        4
    }

    fn data(&self) -> Vec<(&'static str, Datum)> {
        Datum::shapes(&self.layer)
    }

    fn identity(&self) -> String {
        format!("{} {:?} {:?}", self.layer(), self.layer.input_shape(), self.side)
    }
}
