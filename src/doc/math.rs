//! A small tree for the formulas of a derivation; writers turn it into LaTeX or Unicode.

use crate::matrix::WeightMatrix;

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
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// A dot for a product of numbers.
    Times,
    /// The star of a convolution.
    Star,
}

/// Which indices of a long axis are shown: the first `head`, dots, the last `tail`; or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shown {
    total: usize,
    head: usize,
    tail: usize,
}

impl Shown {
    /// Everything.
    #[must_use]
    pub fn all(total: usize) -> Self {
        Self { total, head: total, tail: 0 }
    }

    /// Everything if there are at most `readable`, else the first `head` and the last `tail`.
    #[must_use]
    pub fn elided(total: usize, readable: usize, head: usize, tail: usize) -> Self {
        if total <= readable { Self::all(total) } else { Self { total, head, tail } }
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.head == self.total
    }

    /// How many there are in all.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// How many places are written, dots included.
    #[must_use]
    pub fn places(&self) -> usize {
        if self.is_all() { self.total } else { self.head + 1 + self.tail }
    }

    /// The indices shown, in order; `None` where the dots stand.
    pub fn iter(&self) -> impl Iterator<Item = Option<usize>> + use<> {
        let Self { total, head, tail } = *self;
        let gap = if head == total { None } else { Some(None) };
        (0..head).map(Some).chain(gap).chain((total - tail..total).map(Some))
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
pub struct Grid {
    /// Which rows are shown.
    pub rows: Shown,
    /// Which columns are shown; all of them if the cells are sparse.
    pub columns: Shown,
    /// The cells.
    pub cells: Cells,
    /// A line is drawn above every multiple of this many rows; 0 for none.
    pub row_block: usize,
    /// A line is drawn before every multiple of this many columns; 0 for none.
    pub column_block: usize,
}

impl Grid {
    /// A grid of the rows and columns shown, each cell computed from its row and column.
    pub fn from_fn(rows: Shown, columns: Shown, mut cell: impl FnMut(usize, usize) -> Math) -> Self {
        let mut cells = Vec::new();
        for row in rows.iter().flatten() {
            cells.extend(columns.iter().flatten().map(|column| cell(row, column)));
        }
        Self { rows, columns, cells: Cells::Dense(cells), row_block: 0, column_block: 0 }
    }

    /// The complete grid of a matrix of weight indices.
    #[must_use]
    pub fn of_weights(matrix: WeightMatrix, labels: Vec<Math>) -> Self {
        let (rows, columns) = (Shown::all(matrix.rows()), Shown::all(matrix.cols()));
        Self { rows, columns, cells: Cells::Sparse { matrix, labels }, row_block: 0, column_block: 0 }
    }

    /// Draws a line between blocks of this many rows and columns.
    #[must_use]
    pub fn with_blocks(mut self, rows: usize, columns: usize) -> Self {
        (self.row_block, self.column_block) = (rows, columns);
        self
    }

    /// The places along the rows, in order: the original row, or the dots; and whether a line goes before it.
    pub fn row_places(&self) -> impl Iterator<Item = (Option<usize>, bool)> + use<> {
        places(self.rows, self.row_block)
    }

    /// The places along the columns, in order: the original column, or the dots; and whether a line goes before it.
    pub fn column_places(&self) -> impl Iterator<Item = (Option<usize>, bool)> + use<> {
        places(self.columns, self.column_block)
    }

    /// The cells shown of one row, left to right, zeros included; dots left out.
    ///
    /// # Panics
    /// When the row is not shown.
    pub fn row(&self, row: usize) -> impl Iterator<Item = &Math> {
        const ZERO: &Math = &Math::Zero;
        let ordinal = self.rows.iter().flatten().position(|shown| shown == row).expect("the row is shown");
        let width = self.columns.iter().flatten().count();
        (0..width).map(move |column| match &self.cells {
            Cells::Dense(cells) => &cells[ordinal * width + column],
            Cells::Sparse { matrix, labels } => matrix.get(row, column).map_or(ZERO, |ix| &labels[ix.0 as usize]),
        })
    }
}

fn places(shown: Shown, block: usize) -> impl Iterator<Item = (Option<usize>, bool)> {
    let line_before = move |index: usize| block > 0 && index > 0 && index.is_multiple_of(block);
    let mut behind_dots = false;
    shown.iter().map(move |place| {
        // Where dots swallow a block boundary the line is drawn once, behind them.
        let line = place.is_some_and(|index| line_before(index) || (behind_dots && block > 0 && index > block));
        behind_dots = place.is_none();
        (place, line && !(behind_dots))
    })
}

/// A formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Math {
    /// A zero that is structural: an empty place of a matrix, an inserted or padded cell.
    Zero,
    /// A number.
    Number(i128),
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
    /// In parentheses.
    Parenthesised(Box<Math>),
    /// The integer part of a quotient.
    FloorQuotient(Box<Math>, Box<Math>),
    /// Terms with plus signs between; writers may break the line before a plus. Empty is 0.
    Sum(Vec<Math>),
    /// A matrix.
    Grid(Grid),
    /// Equations below each other, aligned at the relation between left and right.
    Aligned(Vec<(Math, Math)>),
    /// Dots in place of equations left out.
    Dots,
}

impl From<Name> for Math {
    fn from(name: Name) -> Self {
        Self::Name(name)
    }
}

impl From<char> for Math {
    fn from(letter: char) -> Self {
        Self::Name(Name::Var(letter))
    }
}

impl From<Relation> for Math {
    fn from(relation: Relation) -> Self {
        Self::Relation(relation)
    }
}

impl From<usize> for Math {
    fn from(number: usize) -> Self {
        Self::Number(number as i128)
    }
}

impl From<i64> for Math {
    fn from(number: i64) -> Self {
        Self::Number(i128::from(number))
    }
}

impl From<Grid> for Math {
    fn from(grid: Grid) -> Self {
        Self::Grid(grid)
    }
}

impl From<&str> for Math {
    fn from(words: &str) -> Self {
        Self::Words(words.into())
    }
}

/// Sets formulas side by side.
macro_rules! row {
    ($($piece:expr),* $(,)?) => { $crate::doc::Math::Row(vec![$($crate::doc::Math::from($piece)),*]) };
}
pub(crate) use row;
