//! A small tree for the formulas of a derivation; writers turn it into LaTeX or Unicode.

use crate::algebra::Number;
use crate::matrix::WeightMatrix;
use std::ops::Range;

/// A named object of the derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// A variable written as a single letter.
    Var(char),
    /// `X'`, `W'`: an operand of the equivalent convolution.
    Primed(char),
    /// `W~`, `x~`, `y~`: the matrix, or a tensor flattened into a vector.
    Tilde(char),
    /// `W~^T`.
    TildeTransposed(char),
}

/// One index of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Index {
    /// A number.
    Number(usize),
    /// A letter that stands for any.
    Letter(char),
}

/// How neighbouring indices are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexStyle {
    /// `w_{12}`: all extents are at most 10.
    Tight,
    /// `w_{1,12}`.
    Commas,
}

/// An entry of a tensor (or a block of a matrix): letter, channel indices above, spatial indices below.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// What it is an entry of.
    pub of: Name,
    /// Channel indices, written as a superscript in parentheses; none if there is only one channel.
    pub channels: Vec<Index>,
    /// Spatial indices, written as a subscript.
    pub place: Vec<Index>,
    /// How indices are kept apart.
    pub style: IndexStyle,
}

/// A sign between two formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `=`
    Equals,
    /// Equal up to rounding.
    Approximately,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// A dot for a product of numbers.
    Times,
    /// The star of a convolution.
    Star,
    /// `<`
    Less,
}

/// Which indices of a long axis are shown: runs of them, with dots for what lies between; or all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Shown {
    total: usize,
    /// Ascending, not empty, not touching.
    runs: Vec<Range<usize>>,
}

impl Shown {
    /// Everything.
    pub fn all(total: usize) -> Self {
        Self::of_runs(total, std::iter::once(0..total))
    }

    /// The first `head` and the last `tail`.
    pub fn ends(total: usize, head: usize, tail: usize) -> Self {
        Self::of_runs(total, [0..head, total.saturating_sub(tail)..total])
    }

    /// Runs in ascending order; those that touch or overlap are joined.
    pub(crate) fn of_runs(total: usize, runs: impl IntoIterator<Item = Range<usize>>) -> Self {
        let mut joined: Vec<Range<usize>> = Vec::new();
        for run in runs {
            let run = run.start.min(total)..run.end.min(total);
            match joined.last_mut() {
                // Dots for a single index would take the place of that index.
                Some(last) if run.start <= last.end + 1 => last.end = last.end.max(run.end),
                _ => joined.push(run),
            }
        }
        Self { total, runs: joined }
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.shown() == self.total
    }

    /// How many are shown.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.runs.iter().map(Range::len).sum()
    }

    /// How many are shown before an index; nothing if it is not shown.
    fn ordinal(&self, index: usize) -> Option<usize> {
        let mut before = 0;
        for run in &self.runs {
            if run.contains(&index) {
                return Some(before + index - run.start);
            }
            before += run.len();
        }
        None
    }

    /// How many there are in all.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// How many places are written, dots included.
    #[must_use]
    pub fn places(&self) -> usize {
        self.iter().count()
    }

    /// The indices shown, in order; `None` where dots stand.
    pub fn iter(&self) -> impl Iterator<Item = Option<usize>> + '_ {
        let dots_before = |place: usize| if place == 0 { None } else { Some(None) };
        let behind = self.runs.last().is_some_and(|run| run.end < self.total);
        let runs = self.runs.iter().enumerate();
        runs.flat_map(move |(place, run)| dots_before(place).into_iter().chain(run.clone().map(Some)))
            .chain(behind.then_some(None))
    }
}

/// What stands in a grid.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// The cells of the rows and columns shown, row-major.
    Dense(Vec<Math>),
    /// A complete matrix of weight indices in compressed rows, and how each weight is written; the rest is zero.
    Sparse {
        /// Which weight stands where; in compressed rows.
        matrix: WeightMatrix,
        /// How each weight is written.
        labels: Vec<Math>,
    },
}

/// A matrix, possibly elided, possibly with block lines.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Grid {
    /// Which rows are shown.
    pub rows: Shown,
    /// Which columns are shown; all of them if the cells are sparse.
    pub columns: Shown,
    /// The cells.
    pub cells: Cells,
    /// The rows above which a line is drawn, ascending.
    row_lines: Lines,
    /// The columns before which a line is drawn, ascending.
    column_lines: Lines,
}

impl Grid {
    /// A grid of the rows and columns shown, each cell computed from its row and column.
    pub fn from_fn(rows: Shown, columns: Shown, mut cell: impl FnMut(usize, usize) -> Math) -> Self {
        let mut cells = Vec::with_capacity(rows.shown() * columns.shown());
        for row in rows.iter().flatten() {
            cells.extend(columns.iter().flatten().map(|column| cell(row, column)));
        }
        Self::unlined(rows, columns, Cells::Dense(cells))
    }

    /// The complete grid of a matrix of weight indices.
    pub(crate) fn of_weights(matrix: WeightMatrix, labels: Vec<Math>) -> Self {
        let (rows, columns) = (Shown::all(matrix.rows()), Shown::all(matrix.cols()));
        Self::unlined(rows, columns, Cells::Sparse { matrix, labels })
    }

    fn unlined(rows: Shown, columns: Shown, cells: Cells) -> Self {
        Self { rows, columns, cells, row_lines: Lines::Before(Vec::new()), column_lines: Lines::Before(Vec::new()) }
    }

    /// Draws a line between blocks of this many rows and columns.
    pub(crate) fn with_blocks(self, rows: usize, columns: usize) -> Self {
        Self { row_lines: Lines::Every(rows), column_lines: Lines::Every(columns), ..self }
    }

    /// Draws lines above the given rows and before the given columns, both ascending.
    pub(crate) fn with_lines(self, row_lines: Vec<usize>, column_lines: Vec<usize>) -> Self {
        Self { row_lines: Lines::Before(row_lines), column_lines: Lines::Before(column_lines), ..self }
    }

    /// Whether fewer than one in five of the rows shown have an entry that is not zero.
    pub(crate) fn is_mostly_zero(&self) -> bool {
        let rows = || self.rows.iter().flatten();
        let with_entries = rows().filter(|&row| self.row(row).any(|cell| *cell != Math::Zero)).count();
        5 * with_entries < rows().count()
    }

    /// The places along the rows, in order: the original row, or the dots; and whether a line goes before it.
    pub(crate) fn row_places(&self) -> impl Iterator<Item = (Option<usize>, bool)> + '_ {
        places(&self.rows, &self.row_lines)
    }

    /// The places along the columns, in order: the original column, or the dots; and whether a line goes before it.
    pub(crate) fn column_places(&self) -> impl Iterator<Item = (Option<usize>, bool)> + '_ {
        places(&self.columns, &self.column_lines)
    }

    /// Every formula that can stand in a cell, without order.
    pub fn written(&self) -> impl Iterator<Item = &Math> {
        match &self.cells {
            Cells::Dense(cells) => cells.iter(),
            Cells::Sparse { labels, .. } => labels.iter(),
        }
    }

    /// The cells shown of one row, left to right, zeros included; dots left out.
    ///
    /// # Panics
    /// When the row is not shown.
    pub fn row(&self, row: usize) -> impl Iterator<Item = &Math> {
        const ZERO: &Math = &Math::Zero;
        self.row_cells(row).map(|cell| match (cell, &self.cells) {
            (Cell::Formula(math), _) => math,
            (Cell::Label(label), Cells::Sparse { labels, .. }) => &labels[label],
            _ => ZERO,
        })
    }

    /// The same, telling what is a zero or one of the labels without looking at a formula.
    ///
    /// # Panics
    /// When the row is not shown.
    pub(crate) fn row_cells(&self, row: usize) -> impl Iterator<Item = Cell<'_>> {
        let width = self.columns.shown();
        let ordinal = match &self.cells {
            Cells::Dense(_) => self.rows.ordinal(row).expect("the row is shown"),
            Cells::Sparse { .. } => row,
        };
        // The next entry of a compressed row.
        let mut next = match &self.cells {
            Cells::Dense(_) => 0,
            Cells::Sparse { matrix, .. } => matrix.indptr().outer_inds_sz(row).start,
        };
        (0..width).map(move |column| match &self.cells {
            Cells::Dense(cells) => Cell::Formula(&cells[ordinal * width + column]),
            Cells::Sparse { matrix, .. } => {
                let end = matrix.indptr().outer_inds_sz(row).end;
                if next < end && matrix.indices()[next] as usize == column {
                    next += 1;
                    Cell::Label(matrix.data()[next - 1].0 as usize)
                } else {
                    Cell::Zero
                }
            }
        })
    }
}

/// What stands in a place of a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing, in a compressed row.
    Zero,
    /// One of the labels of compressed rows, by its number.
    Label(usize),
    /// A formula.
    Formula(&'a Math),
}

/// Where lines are drawn in a grid, however many there are.
#[derive(Clone, Debug, PartialEq)]
enum Lines {
    /// Before these rows or columns, ascending.
    Before(Vec<usize>),
    /// Before every multiple of this number but 0.
    Every(usize),
}

impl Lines {
    /// How many lines are drawn before an index and the indices before it.
    fn up_to(&self, index: usize) -> usize {
        match self {
            Self::Before(lines) => lines.partition_point(|&line| line <= index),
            Self::Every(step) => index / step,
        }
    }
}

fn places<'a>(shown: &'a Shown, lines: &'a Lines) -> impl Iterator<Item = (Option<usize>, bool)> + 'a {
    let mut drawn = 0;
    shown.iter().map(move |place| {
        // Lines that dots swallow are drawn once, behind them; those before the first index never.
        let passed = place.map_or(drawn, |index| lines.up_to(index));
        let line = passed > drawn && place != Some(0);
        drawn = passed;
        (place, line)
    })
}

/// A formula.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub enum Math {
    /// A zero that is structural: an empty place of a matrix, an inserted or padded cell.
    Zero,
    /// A number.
    Number(Number),
    /// A named object.
    Name(Name),
    /// An entry of a tensor.
    Entry(Entry),
    /// Formulas side by side.
    Row(Vec<Math>),
    /// A sign.
    Relation(Relation),
    /// Words inside a formula.
    Words(String),
    /// A letter with a word below it, such as `p` with `begin`.
    Labelled(char, &'static str),
    /// Space between formulas that share a line.
    Space,
    /// What does not count, and is shown to say so: a product with a structural zero, a cell that is cut off.
    Dropped(Box<Math>),
    /// An index: one number, or several in parentheses with commas.
    Tuple(Vec<i64>),
    /// In parentheses.
    Parenthesised(Box<Math>),
    /// The derivative of the loss `L` with respect to something.
    Partial(Box<Math>),
    /// The inner product of two vectors, in angle brackets.
    InnerProduct(Box<Math>, Box<Math>),
    /// A quotient.
    Quotient(Box<Math>, Box<Math>),
    /// The integer part of a quotient.
    FloorQuotient(Box<Math>, Box<Math>),
    /// A quotient rounded up.
    CeilingQuotient(Box<Math>, Box<Math>),
    /// Terms with plus signs between; writers may break the line before a plus. Empty is 0.
    Sum(Vec<Math>),
    /// A matrix.
    Grid(Box<Grid>),
    /// Equations below each other, aligned at the relation between left and right.
    Aligned(Vec<(Math, Math)>),
    /// Dots in place of equations left out.
    Dots,
    /// Dots along a line, in place of terms left out.
    Ellipsis,
    /// An empty box for a reader to write into.
    Blank,
    /// The same box with what belongs into it.
    Framed(Box<Math>),
}

stands_for! { Math:
    Name: |name| Self::Name(name);
    char: |letter| Self::Name(Name::Var(letter));
    Relation: |relation| Self::Relation(relation);
    usize: |number| Self::Number(number.into());
    i64: |number| Self::Number(number.into());
    Number: |number| Self::Number(number);
    Grid: |grid| Self::Grid(Box::new(grid));
    &str: |words| Self::Words(words.into());
}

impl Math {
    /// The formula in parentheses.
    pub fn parenthesised(self) -> Self {
        Self::Parenthesised(Box::new(self))
    }

    /// One equation below the other for the indices shown, with dots for those left out.
    pub(super) fn listed(shown: &Shown, equation: impl Fn(usize) -> (Self, Self)) -> Self {
        let line = |place: Option<usize>| place.map_or((Self::Dots, Self::Row(Vec::new())), &equation);
        Self::Aligned(shown.iter().map(line).collect())
    }
}

/// Sets formulas side by side.
macro_rules! row {
    ($($piece:expr),* $(,)?) => { $crate::doc::Math::Row(vec![$($crate::doc::Math::from($piece)),*]) };
}
pub(crate) use row;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_touch_are_joined_and_gaps_show_as_one_dot() {
        let shown = Shown::of_runs(10, [0..2, 2..3, 7..9]);
        let places: Vec<_> = shown.iter().collect();
        assert_eq!(places, [Some(0), Some(1), Some(2), None, Some(7), Some(8), None]);
        assert!(!shown.is_all());
        assert!(Shown::ends(5, 3, 2).is_all());
        assert!(Shown::ends(3, 5, 5).is_all());
    }

    #[test]
    fn block_lines_swallowed_by_dots_are_drawn_behind_them() {
        let grid = Grid::from_fn(Shown::ends(12, 2, 2), Shown::all(1), |_, _| Math::Zero).with_blocks(4, 1);
        let lines: Vec<_> = grid.row_places().map(|(_, line)| line).collect();
        assert_eq!(lines, [false, false, false, true, false]);
    }
}
