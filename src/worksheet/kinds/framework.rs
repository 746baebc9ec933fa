//! Layers as PyTorch calls them: which call has a given matrix, and how many parameters a layer has.

mod parameters;

use crate::algebra::{Dice, Family, Polynomial};
use crate::doc::{Grid, Inline, Math, Name, Notation, Prose, Relation, Shown, Step, prose, row};
use crate::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation, Padding};
use crate::laws::Law;
use crate::proof::symbols;
use crate::roads::by_textbook;
use crate::tensor::Tensor;
use crate::worksheet::drawn::{self, small_layer, taps};
use crate::worksheet::{Answer, Distractor, Exercise, Kind, Scope, Unconfirmed};

/// The kind.
pub(super) const KIND: Kind = Kind { id: "framework", title: "In PyTorch", has_choice: true, draw };

/// Which call has this matrix?
#[derive(Debug)]
struct WhichCall {
    layer: Layer,
}

/// What fits on paper and can be read.
const MOST_ROWS: usize = 12;
const MOST_COLUMNS: usize = 12;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    if dice.once_in(3) {
        return parameters::draw(dice, scope);
    }
    let operation = if dice.once_in(3) { Operation::Convolution } else { Operation::Transposed };
    let layer = small_layer(dice, scope, operation)?;
    let exercise = WhichCall { layer };
    let matrix = Matrix::of(&exercise.layer);
    let channels = exercise.layer.geometry().channels();
    let fits = (3..=MOST_ROWS).contains(&matrix.rows) && (2..=MOST_COLUMNS).contains(&matrix.columns);
    // A weight that stands nowhere cannot be seen; its kernel could have any size.
    let shows_all = (0..exercise.layer.weight_shape().iter().product::<usize>() as u32)
        .all(|weight| matrix.cells.contains(&Some(weight)));
    let is_single = channels.small() == 1 && channels.big() == 1;
    // Which operation it is, is read off the order of the indices.
    let (own, other) = match operation {
        Operation::Transposed => (matrix.ascends_down(), matrix.ascends_along()),
        Operation::Convolution => (matrix.ascends_along(), matrix.ascends_down()),
    };
    (fits && shows_all && is_single && own && !other && !exercise.others().is_empty())
        .then(|| Box::new(exercise) as Box<dyn Exercise>)
}

/// The matrix that a layer multiplies its flattened input with: which weight stands where.
#[derive(Debug, PartialEq, Eq)]
struct Matrix {
    rows: usize,
    columns: usize,
    cells: Vec<Option<u32>>,
}

impl Matrix {
    /// Read off the taps.
    fn of(layer: &Layer) -> Self {
        let taps = taps(layer);
        let taps = if layer.operation() == Operation::Transposed { taps.transposed() } else { taps };
        let (rows, columns) = (taps.rows(), taps.columns());
        let cells = (0..rows * columns).map(|at| taps.weight_at(at / columns, at % columns)).collect();
        Self { rows, columns, cells }
    }

    /// Whether the weights ascend from left to right wherever several stand in a row, and somewhere they do.
    fn ascends_along(&self) -> bool {
        let row = |row: usize| self.cells[row * self.columns..][..self.columns].iter().flatten().collect();
        ascend((0..self.rows).map(row))
    }

    /// Whether they ascend from top to bottom.
    fn ascends_down(&self) -> bool {
        let column = |column: usize| self.cells[column..].iter().step_by(self.columns).flatten().collect();
        ascend((0..self.columns).map(column))
    }

    /// Column by column, as the textbook loops' output for inputs that are 1 at one place; none if an entry is no
    /// single weight.
    fn by_columns(layer: &Layer) -> Option<Self> {
        let (_, weights) = symbols(layer);
        let shape = layer.input_shape();
        let columns: usize = shape.iter().product();
        let column = |place: usize| {
            let unit = Tensor::from_fn(&shape, |at| Polynomial::constant(i64::from(at == place)));
            let output: Tensor<Polynomial> = by_textbook(layer, &unit, &weights);
            output.into_entries()
        };
        let all: Vec<Vec<Polynomial>> = (0..columns).map(column).collect();
        let rows = all[0].len();
        let single = |sum: &Polynomial| match sum.terms() {
            [] => Some(None),
            [(monomial, 1)] => match monomial.symbols() {
                [symbol] if symbol.family == Family::Weight => Some(Some(symbol.index)),
                _ => None,
            },
            _ => None,
        };
        let cells: Option<Vec<_>> = (0..rows * columns).map(|at| single(&all[at % columns][at / columns])).collect();
        Some(Self { rows, columns, cells: cells? })
    }
}

/// Whether all lines ascend, and one of them has at least two weights.
fn ascend<'a>(lines: impl Iterator<Item = Vec<&'a u32>>) -> bool {
    let several: Vec<_> = lines.filter(|line| line.len() > 1).collect();
    !several.is_empty() && several.iter().all(|line| line.is_sorted())
}

/// A call that somebody may take for the right one.
struct Other {
    misconception: &'static str,
    feedback: &'static str,
    layer: Layer,
}

impl WhichCall {
    /// Other calls that read as many inputs with a kernel of this size, and have another matrix.
    fn others(&self) -> Vec<Other> {
        let settings = self.layer.settings();
        let own = Matrix::of(&self.layer);
        let transposed = self.layer.operation() == Operation::Transposed;
        let changed = |operation: Operation, change: &dyn Fn(&mut AxisSettings)| {
            let mut axes = settings.to_vec();
            axes.iter_mut().for_each(change);
            Layer::new(operation, axes, ChannelSettings::default()).ok()
        };
        let same = self.layer.operation();
        let (opposite, of_opposite) = match same {
            Operation::Transposed => (
                Operation::Convolution,
                "This is the convolution: its matrix has a row for each output, with the kernel in it as it is.",
            ),
            Operation::Convolution => {
                (Operation::Transposed, "This is the transposed convolution: its matrix has the kernel in its columns.")
            }
        };
        let candidates: [(&str, &str, Option<Layer>); 10] = [
            ("other-operation", of_opposite, changed(opposite, &|axis| axis.output_padding = 0)),
            (
                "stride-ignored",
                "With stride 1 the copies of the kernel lie one cell apart.",
                changed(same, &|axis| (axis.stride, axis.output_padding) = (1, 0)),
            ),
            (
                "padding-ignored",
                "Without padding nothing is cut off the kernel's copies.",
                changed(same, &|axis| axis.padding = Padding::default()),
            ),
            (
                "output-padding-forgotten",
                "Without output padding the matrix ends earlier.",
                changed(same, &|axis| axis.output_padding = 0),
            ),
            (
                "dilation-ignored",
                "Without dilation the cells of the kernel are neighbours.",
                changed(same, &|axis| {
                    (axis.dilation, axis.output_padding) = (1, axis.output_padding.min(axis.stride - 1))
                }),
            ),
            (
                "dilation-for-stride",
                "The dilation sets the cells of the kernel apart, the stride its copies.",
                changed(same, &|axis| {
                    (axis.stride, axis.dilation) = (axis.dilation, axis.stride);
                }),
            ),
            (
                "padding-one-more",
                "One more cell of padding shifts everything by one cell.",
                changed(same, &|axis| axis.padding = Padding::both(axis.padding.begin + 1)),
            ),
            (
                "stride-one-more",
                "The copies of the kernel would lie one cell further apart.",
                changed(same, &|axis| axis.stride += 1),
            ),
            (
                "output-padding-for-padding",
                "Output padding adds rows at the end only; padding acts at both ends.",
                changed(same, &|axis| {
                    if transposed {
                        (axis.padding, axis.output_padding) = (
                            Padding::both(axis.output_padding),
                            axis.padding.begin.min(axis.stride.max(axis.dilation) - 1),
                        );
                    }
                }),
            ),
            (
                "dilation-one-more",
                "The cells of the kernel would lie further apart.",
                changed(same, &|axis| axis.dilation += 1),
            ),
        ];
        let mut known = vec![own];
        let mut others = Vec::new();
        for (misconception, feedback, layer) in candidates {
            let Some(layer) = layer else { continue };
            let matrix = Matrix::of(&layer);
            // Only one of the calls offered may have the matrix, and no two of them the same.
            if !known.contains(&matrix) {
                known.push(matrix);
                others.push(Other { misconception, feedback, layer });
            }
        }
        others
    }

    fn grid(&self) -> Math {
        let matrix = Matrix::of(&self.layer);
        let notation = Notation::of(&self.layer);
        Grid::from_fn(Shown::all(matrix.rows), Shown::all(matrix.columns), |row, column| {
            matrix.cells[row * matrix.columns + column].map_or(Math::Zero, |weight| notation.weight(weight as usize))
        })
        .into()
    }
}

/// The call with its bias, which the matrix says nothing of: calls are short so.
fn call(layer: &Layer) -> String {
    drawn::call(layer, Bias::Present)
}

fn as_code(layer: &Layer) -> Answer {
    Answer::FreeText(prose![Inline::Code(call(layer))])
}

impl Exercise for WhichCall {
    fn layer(&self) -> String {
        call(&self.layer)
    }

    fn question(&self) -> Vec<Step> {
        let input = self.layer.input_shape().iter().map(|&extent| extent as i64).collect();
        vec![
            Step::shown(
                prose![
                    "A layer in PyTorch reads an input of shape ",
                    Math::Tuple(input),
                    ". Apart from its bias it multiplies the flattened input with this matrix, in which $w$ with an \
                     index is an entry of its kernel:"
                ],
                row![Name::Var('M'), Relation::Equals, self.grid()],
            ),
            Step::text(prose!["Which call makes the layer?"]),
        ]
    }

    fn answer(&self) -> Answer {
        as_code(&self.layer)
    }

    /// The matrix once more by the textbook loops, and so are the matrices of all other calls, which are not this one.
    fn confirm(&self) -> Result<(), Unconfirmed> {
        let matrix = Matrix::of(&self.layer);
        Unconfirmed::unless_equal(&Some(&matrix), &Matrix::by_columns(&self.layer).as_ref())?;
        for other in self.others() {
            let is_another = Matrix::by_columns(&other.layer).is_some_and(|other| other != matrix);
            Unconfirmed::unless_equal(&(call(&other.layer), true), &(call(&other.layer), is_another))?;
        }
        Ok(())
    }

    fn solution(&self) -> Vec<Step> {
        let transposed = self.layer.operation() == Operation::Transposed;
        let mut read = if transposed {
            prose![
                "Down the columns the indices of the kernel ascend (along the rows they do not), so it is in the \
                 columns, one for each input, that the kernel stands as it is: this is a transposed convolution. \
                 Kernel cell $t$ of input $i$ stands at the output "
            ]
        } else {
            prose![
                "Along the rows the indices of the kernel ascend (down the columns they do not), so it is in the \
                 rows, one for each output, that the kernel stands as it is: this is a convolution. Kernel cell $t$ \
                 of output $i$ stands at the input "
            ]
        };
        read.extend(prose![
            Law::Meeting,
            " on every axis: from each $i$ to the next the kernel moves on by the stride, its cells lie the dilation \
             apart, and the first one begins as many places before the edge as the padding says."
        ]);
        let mut steps = vec![Step::text(read)];
        let axes = self.layer.settings();
        if axes.iter().all(|axis| *axis == axes[0]) {
            let AxisSettings { stride, padding, dilation, output_padding, .. } = axes[0];
            let mut numbers = prose![
                "Here that is ",
                row!['s', Relation::Equals, stride],
                ", ",
                row!['d', Relation::Equals, dilation],
                " and ",
                row!['p', Relation::Equals, padding.begin],
            ];
            if transposed {
                let length = self.layer.output_shape()[1];
                numbers.extend(prose![
                    format!(
                        ". Without output padding the output would have {} {}; it has {length}, so ",
                        length - output_padding,
                        if axes.len() == 1 { "cells" } else { "cells along each axis" }
                    ),
                    row!['o', Relation::Equals, output_padding],
                ]);
            }
            numbers.push(".".into());
            steps.push(Step::text(numbers));
        }
        let mut answer = prose!["So the layer is ", Inline::Code(call(&self.layer)), ". "];
        answer.push("Another call counts, too, if it has the same matrix for this input.".into());
        steps.push(Step::text(answer));
        steps
    }

    fn hints(&self) -> Vec<Prose> {
        vec![
            prose![
                "A convolution has its kernel as it is in every row of the matrix, a transposed convolution in every \
                 column. With stride 1 weights stand side by side both ways, so the order decides: do the indices \
                 ascend from left to right, or from top to bottom?"
            ],
            prose![
                "How far does the kernel move from one row (or column) to the next, and how much of it is missing at \
                 the edge?"
            ],
        ]
    }

    fn distractors(&self) -> Vec<Distractor> {
        let wrong = |other: Other| Distractor {
            misconception: other.misconception,
            answer: as_code(&other.layer),
            feedback: prose![other.feedback],
        };
        self.others().into_iter().map(wrong).collect()
    }

    fn points(&self) -> u32 {
        3
    }

    fn identity(&self) -> String {
        format!("{} {:?}", self.layer(), self.layer.input_shape())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_that_is_offered_has_a_matrix_of_its_own() {
        let axis = AxisSettings { stride: 2, padding: Padding::both(1), output_padding: 1, ..AxisSettings::new(3, 3) };
        let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).expect("possible");
        let exercise = WhichCall { layer };
        let others = exercise.others();
        let mut matrices: Vec<Matrix> = others.iter().map(|other| Matrix::of(&other.layer)).collect();
        matrices.push(Matrix::of(&exercise.layer));
        for (place, matrix) in matrices.iter().enumerate() {
            assert!(!matrices[..place].contains(matrix));
        }
        assert!(others.len() >= 4);
        // The right padding with the output padding of the other end is another matrix of the same size.
        assert!(matrices.iter().filter(|matrix| matrix.rows == 6).count() >= 2);
        assert_eq!(exercise.confirm(), Ok(()));
    }
}
