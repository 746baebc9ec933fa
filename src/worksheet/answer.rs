//! What an exercise is answered with: typed, so that any format can ask for it and any program can mark it.

use super::text::Labels;
use crate::doc::{Entry, Grid, Index, IndexStyle, Inline, Math, Passage, Prose, Relation, Shown, Step, row};
use crate::misconception::NamedRule;
use crate::templates::{TemplateError, Templates};
use crate::tensor::{Tensor, unravel};
use std::slice::SliceIndex;

/// An answer, by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A whole number.
    Integer(i64),
    /// A fraction in lowest terms, the denominator above 0.
    Fraction {
        /// Above the bar.
        numerator: i64,
        /// Below it.
        denominator: i64,
    },
    /// Several whole numbers in order, such as a shape.
    Tuple(Vec<i64>),
    /// A grid; each cell that is not given earns its share.
    Grid(CellGrid),
    /// A formula.
    Expression(Expression),
    /// One of several options.
    Choice(MultipleChoice),
    /// All solutions, each a tuple of the named unknowns; every one must be found, and no other. In ascending order.
    Solutions {
        /// What the numbers of a solution stand for.
        unknowns: Vec<Math>,
        /// The solutions.
        all: Vec<Vec<i64>>,
    },
    /// Values in order.
    Listed(Vec<CellValue>),
    /// Running text, which only a person can mark; here is a model answer.
    FreeText(Passage),
    /// Several answers, each with its label.
    Parts(Vec<AnswerPart>),
}

/// One of several answers to an exercise.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerPart {
    /// What is asked for, by the name that the text of the exercise has its label under.
    pub name: &'static str,
    /// The answer; no parts again.
    pub answer: Answer,
}

impl AnswerPart {
    /// What the text has a label for.
    pub(super) fn named(name: &'static str, answer: Answer) -> Self {
        Self { name, answer }
    }
}

/// A formula as an answer. Two are equal when their texts are, in whatever order they are printed.
#[derive(Clone, Debug)]
pub struct Expression {
    /// As it is printed.
    pub shown: Math,
    /// As a program reads it, such as `w[0,1]*x[2] + w[0,0]*x[3]`; equal formulas have equal texts.
    pub text: String,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// One value in a grid.
#[derive(Clone, Debug, PartialEq)]
pub enum CellValue {
    /// A whole number.
    Integer(i64),
    /// A symbol, such as a weight.
    Symbol(Expression),
}

impl CellValue {
    /// As it is printed.
    pub fn shown(&self) -> Math {
        match self {
            Self::Integer(value) => (*value).into(),
            Self::Symbol(symbol) => symbol.shown.clone(),
        }
    }

    /// As a program reads it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Integer(value) => value.to_string(),
            Self::Symbol(symbol) => symbol.text.clone(),
        }
    }
}

/// A cell of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerCell {
    /// What belongs there.
    pub value: CellValue,
    /// Whether the question shows it already.
    pub given: bool,
}

/// A tensor or matrix to be filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct CellGrid {
    /// What it is called: a name, or the derivative with respect to one.
    pub name: Math,
    /// Its extents: the last two are rows and columns, those before number the slices (channels).
    pub shape: Vec<usize>,
    /// The cells, row-major.
    pub cells: Vec<AnswerCell>,
}

/// Which cells of a grid are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    /// Those that are given; boxes for the others.
    Given,
    /// All; where some are given, those that are not stand in frames.
    All,
}

/// Slices share a display as long as they have at most so many columns together.
const COLUMNS_PER_DISPLAY: usize = 16;

impl CellGrid {
    /// A tensor of numbers, none of them given. Its first `leading` axes are channels; a single axis behind them is a
    /// row.
    #[must_use]
    pub(crate) fn of_tensor(name: impl Into<Math>, tensor: &Tensor<i64>, leading: usize) -> Self {
        let mut shape = tensor.shape().to_vec();
        if shape.len() == leading + 1 {
            shape.insert(leading, 1);
        }
        let cell = |&number: &i64| AnswerCell { value: CellValue::Integer(number), given: false };
        Self { name: name.into(), shape, cells: tensor.entries().iter().map(cell).collect() }
    }

    /// Rows and columns of a slice.
    fn extents(&self) -> (usize, usize) {
        match self.shape[..] {
            [.., rows, columns] => (rows, columns),
            _ => (1, self.cells.len()),
        }
    }

    /// How many cells have to be filled in.
    #[must_use]
    pub(crate) fn blanks(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.given).count()
    }

    /// The slices as matrices with their names, several to a display where they fit.
    #[must_use]
    pub(crate) fn displays(&self, filling: Filling) -> Vec<Math> {
        let (rows, columns) = self.extents();
        let channels = &self.shape[..self.shape.len().saturating_sub(2)];
        let slices: usize = channels.iter().product();
        let mut displays = vec![Vec::new()];
        // Among values that were given, a frame shows which were asked for.
        let is_partly_given = self.blanks() < self.cells.len();
        // Symbols with channels are about twice as wide as numbers.
        let has_symbols = self.cells.iter().any(|cell| matches!(cell.value, CellValue::Symbol(_)));
        let wide = if has_symbols && slices > 1 { 2 } else { 1 };
        let per_display = (COLUMNS_PER_DISPLAY / (wide * columns + 2)).max(1);
        for slice in 0..slices {
            if slice > 0 && slice % per_display == 0 {
                displays.push(Vec::new());
            } else if slice > 0 {
                last(&mut displays).push(Math::Space);
            }
            let label: Math = if slices == 1 {
                self.name.clone()
            } else {
                sliced(&self.name, unravel(channels, slice).into_iter().map(Index::Number).collect())
            };
            let grid = Grid::from_fn(Shown::all(rows), Shown::all(columns), |i, j| {
                let cell = &self.cells[(slice * rows + i) * columns + j];
                match filling {
                    _ if cell.given => cell.value.shown(),
                    Filling::Given => Math::Blank,
                    Filling::All if is_partly_given => Math::Framed(Box::new(cell.value.shown())),
                    Filling::All => cell.value.shown(),
                }
            });
            last(&mut displays).push(row![label, Relation::Equals, grid]);
        }
        displays.into_iter().map(Math::Row).collect()
    }
}

/// The name of a slice, its channels above.
fn sliced(name: &Math, channels: Vec<Index>) -> Math {
    match name {
        Math::Name(of) => Math::Entry(Entry { of: *of, channels, place: Vec::new(), style: IndexStyle::Commas }),
        Math::Partial(of) => Math::Partial(Box::new(sliced(of, channels))),
        other => other.clone(),
    }
}

fn last(displays: &mut [Vec<Math>]) -> &mut Vec<Math> {
    displays.last_mut().expect("there is always a display")
}

/// Options of which one is right.
#[derive(Clone, Debug, PartialEq)]
pub struct MultipleChoice {
    /// The options, in the order they are offered.
    pub options: Vec<ChoiceOption>,
    /// Which of them is right.
    pub right: usize,
}

impl MultipleChoice {
    /// The letter an option is called by.
    #[must_use]
    pub fn letter(option: usize) -> char {
        char::from(b'A' + option as u8)
    }
}

/// One option.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceOption {
    /// What is offered.
    pub shown: Answer,
    /// The wrong rule that leads to it; none if it is right.
    pub misconception: Option<NamedRule>,
}

impl Answer {
    /// A tensor of numbers to be filled in; see [`CellGrid::of_tensor`].
    pub(super) fn tensor(name: impl Into<Math>, tensor: &Tensor<i64>, leading: usize) -> Self {
        Self::Grid(CellGrid::of_tensor(name, tensor, leading))
    }

    /// The answer in a line, where it is made of numbers and formulas; empty for grids, texts and parts.
    pub(super) fn in_line(&self) -> Prose {
        let math = |math: Math| vec![Inline::Math(math)];
        match self {
            Self::Integer(value) => math((*value).into()),
            Self::Fraction { numerator, denominator } => {
                math(Math::Quotient(Box::new((*numerator).into()), Box::new((*denominator).into())))
            }
            Self::Tuple(values) => math(Math::Tuple(values.clone())),
            Self::Expression(expression) => math(expression.shown.clone()),
            Self::Choice(choice) => vec![MultipleChoice::letter(choice.right).to_string().into()],
            Self::Solutions { unknowns, all } => math(solutions(unknowns, all)),
            Self::Listed(values) => {
                let mut listed = Prose::new();
                for (place, value) in values.iter().enumerate() {
                    listed.extend((place > 0).then(|| ", ".into()));
                    listed.push(value.shown().into());
                }
                listed
            }
            Self::Grid(_) | Self::FreeText(_) | Self::Parts(_) => Prose::new(),
        }
    }

    /// The answer as a step of a document: short ones in the line, grids displayed. Parts one after the other, each with
    /// its label.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub(crate) fn step(&self, labels: &Labels, templates: &Templates) -> Result<Step, TemplateError> {
        Ok(match self {
            Self::Grid(grid) => Step::displayed(Prose::new(), grid.displays(Filling::All)),
            Self::FreeText(model) => {
                Step::text(model.clone().steps(templates)?.into_iter().flat_map(|step| step.claim).collect())
            }
            Self::Parts(parts) => {
                let mut whole = Step::default();
                for part in parts {
                    let step = part.answer.step(labels, templates)?;
                    // What is displayed has its name with it.
                    if !step.claim.is_empty() {
                        whole.claim.extend((!whole.claim.is_empty()).then(|| "; ".into()));
                        whole.claim.extend(labels.of(part));
                        whole.claim.push(": ".into());
                        whole.claim.extend(step.claim);
                    }
                    whole.blocks.extend(step.blocks);
                }
                whole
            }
            in_line => Step::text(in_line.in_line()),
        })
    }

    /// Some of its parts; what has no parts as it is.
    pub(super) fn parts(&self, shown: impl SliceIndex<[AnswerPart], Output = [AnswerPart]>) -> Self {
        match self {
            Self::Parts(parts) => Self::Parts(parts[shown].to_vec()),
            whole => whole.clone(),
        }
    }

    /// Whether there is nothing in it: zeros alone, or no blank, no solution, no part.
    #[must_use]
    pub fn is_degenerate(&self) -> bool {
        match self {
            Self::Grid(grid) => {
                let asked = || grid.cells.iter().filter(|cell| !cell.given);
                asked().all(|cell| cell.value == CellValue::Integer(0))
            }
            Self::Solutions { all, .. } => all.is_empty(),
            Self::Parts(parts) => parts.is_empty() || parts.iter().any(|part| part.answer.is_degenerate()),
            Self::Tuple(values) => values.is_empty(),
            Self::Choice(choice) => choice.options.len() < 2,
            Self::Listed(values) => values.is_empty(),
            Self::Integer(_) | Self::Fraction { .. } | Self::Expression(_) | Self::FreeText(_) => false,
        }
    }
}

/// `n = 4, 5, 6`, or `(p, o) = (1, 0), (2, 2)`.
fn solutions(unknowns: &[Math], all: &[Vec<i64>]) -> Math {
    let listed = |pieces: Vec<Math>| {
        let mut list = Vec::new();
        for (place, piece) in pieces.into_iter().enumerate() {
            if place > 0 {
                list.push(Math::Words(", ".into()));
            }
            list.push(piece);
        }
        Math::Row(list)
    };
    let names = match unknowns {
        [only] => only.clone(),
        several => Math::Parenthesised(Box::new(listed(several.to_vec()))),
    };
    row![names, Relation::Equals, listed(all.iter().cloned().map(Math::Tuple).collect())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::Name;
    use crate::render::{Unicode, ZeroStyle};

    #[test]
    fn a_grid_without_a_blank_and_one_whose_blanks_are_zeros_are_degenerate() {
        let line = |numbers: &[i64]| Tensor::new(vec![1, numbers.len()], numbers.to_vec());
        let grid = |numbers: &[i64]| CellGrid::of_tensor(Name::Var('Y'), &line(numbers), 1);
        assert!(Answer::Grid(grid(&[0, 0])).is_degenerate());
        assert!(!Answer::Grid(grid(&[0, 2])).is_degenerate());
        let mut given = grid(&[1, 0]);
        given.cells[0].given = true;
        assert!(Answer::Grid(given.clone()).is_degenerate(), "only a 0 is asked for");
        assert_eq!(given.blanks(), 1);
    }

    #[test]
    fn what_was_asked_for_is_framed_among_what_was_given() {
        let mut grid = CellGrid::of_tensor(Name::Var('Y'), &Tensor::new(vec![1, 2], vec![3, 4]), 1);
        let shown = |grid: &CellGrid, filling: Filling| Unicode::new(ZeroStyle::Digit).math(&grid.displays(filling)[0]);
        assert_eq!(shown(&grid, Filling::All), "Y = [ 3 4 ]");
        grid.cells[0].given = true;
        assert_eq!(shown(&grid, Filling::All), "Y = [ 3 [4] ]");
        assert_eq!(shown(&grid, Filling::Given), "Y = [ 3 ____ ]");
    }

    #[test]
    fn a_part_that_is_displayed_leaves_no_label_in_the_line() {
        let grid = CellGrid::of_tensor(Name::Var('Y'), &Tensor::new(vec![1, 2], vec![3, 4]), 1);
        let part = AnswerPart::named;
        let step = Answer::Parts(vec![part("weight", Answer::Grid(grid)), part("bias", Answer::Integer(7))]);
        let step = step.step(&Labels::default(), &Templates::built_in()).unwrap();
        let said: Vec<Inline> = ["bias", ": "].map(|text| Inline::Text(text.into())).to_vec();
        assert_eq!(step.claim, [said, vec![Math::from(7_i64).into()]].concat());
        assert_eq!(step.blocks.len(), 1);
    }

    #[test]
    fn slices_that_do_not_fit_beside_each_other_stand_below_each_other() {
        let slices = |columns: usize| {
            let tensor = Tensor::from_fn(&[2, columns], |_| 1);
            CellGrid::of_tensor(Name::Var('Y'), &tensor, 1).displays(Filling::Given).len()
        };
        assert_eq!((slices(6), slices(7)), (1, 2));
    }
}
