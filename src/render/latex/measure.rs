//! How much room a formula takes, and the type size in which it fits a line and a page.

use crate::doc::{Grid, Index, IndexStyle, Math, Name, Relation};

/// A type size with half the space between columns: what TeX sets a symbol and an index digit to at that size
/// (widths of cmmi's `w` and of the script size's digit), and the distance of lines; all in points.
pub(super) struct TypeSize {
    pub(super) command: &'static str,
    pub(super) column_space: &'static str,
    half_space: f64,
    symbol: f64,
    digit: f64,
    line: f64,
    /// How much more room rows of entries with indices above and below need: small type has hardly smaller indices.
    stacked: (&'static str, f64),
}

/// From the normal size down, first with less space, then with smaller type. Widths from the Computer Modern metrics.
const SIZES: [TypeSize; 7] = [
    TypeSize {
        command: "",
        column_space: "",
        half_space: 5.0,
        symbol: 7.2,
        digit: 4.0,
        line: 12.0,
        stacked: ("1.3", 1.3),
    },
    TypeSize {
        command: "",
        column_space: "3",
        half_space: 3.0,
        symbol: 7.2,
        digit: 4.0,
        line: 12.0,
        stacked: ("1.3", 1.3),
    },
    TypeSize {
        command: "\\small",
        column_space: "3",
        half_space: 3.0,
        symbol: 6.6,
        digit: 3.7,
        line: 11.0,
        stacked: ("1.35", 1.35),
    },
    TypeSize {
        command: "\\footnotesize",
        column_space: "2.5",
        half_space: 2.5,
        symbol: 6.1,
        digit: 3.7,
        line: 9.5,
        stacked: ("1.5", 1.5),
    },
    TypeSize {
        command: "\\scriptsize",
        column_space: "2",
        half_space: 2.0,
        symbol: 5.8,
        digit: 3.4,
        line: 8.5,
        stacked: ("1.6", 1.6),
    },
    TypeSize {
        command: "\\scriptsize",
        column_space: "1.2",
        half_space: 1.2,
        symbol: 5.8,
        digit: 3.4,
        line: 8.5,
        stacked: ("1.6", 1.6),
    },
    TypeSize {
        command: "\\tiny",
        column_space: "1.2",
        half_space: 1.2,
        symbol: 5.0,
        digit: 3.4,
        line: 6.0,
        stacked: ("2.1", 2.1),
    },
];

/// A frame and its distance from what it surrounds, on both sides, in points.
const FRAME: f64 = 7.0;

/// Displays may be this high, in points.
const PAGE_HEIGHT: f64 = 520.0;

/// Rows of boxes, and rows under a line, need this much more room.
const BOXED_STRETCH: (&str, f64) = ("1.5", 1.5);
const LINED_STRETCH: (&str, f64) = ("1.15", 1.15);

/// The type in which a formula is set.
pub(super) struct Fit {
    pub(super) size: &'static TypeSize,
    /// The stretch of the rows of matrices, empty for none.
    pub(super) row_stretch: &'static str,
    /// Whether it is wider or higher than the page even so.
    pub(super) is_too_large: bool,
}

impl Fit {
    /// The largest type in which the formula fits a line of so many points, and a page.
    pub(super) fn of(math: &Math, line_width: f64) -> Self {
        let has_boxes = any_cell(math, &|cell| matches!(cell, Math::Blank | Math::Framed(_)));
        let (is_stacked, has_lines) = (any_cell(math, &is_stacked), has_lines(math));
        let stretch = |size: &TypeSize| match (has_boxes, is_stacked, has_lines) {
            (true, ..) => BOXED_STRETCH,
            (_, true, _) => size.stacked,
            (.., true) => LINED_STRETCH,
            _ => ("", 1.0),
        };
        let fits =
            |size: &&TypeSize| width(math, size) <= line_width && stretch(size).1 * height(math, size) <= PAGE_HEIGHT;
        let fitting = SIZES.iter().find(fits);
        let size = fitting.unwrap_or(&SIZES[SIZES.len() - 1]);
        Self { size, row_stretch: stretch(size).0, is_too_large: fitting.is_none() }
    }
}

/// About how wide a formula is in the normal size, in points.
pub(super) fn normal_width(math: &Math) -> f64 {
    width(math, &SIZES[0])
}

/// About how wide a formula is set, in points; rather too much than too little.
fn width(math: &Math, size: &TypeSize) -> f64 {
    match math {
        Math::Zero | Math::Relation(Relation::Times) => size.symbol,
        Math::Number(number) => match number.fraction() {
            Some((above, below)) => (above.len() + below.len() + 1) as f64 * size.symbol * 0.75,
            None => (number.to_string().len() as f64) * size.symbol * 0.75,
        },
        Math::Name(Name::TildeTransposed(_)) => 2.4 * size.symbol,
        Math::Name(_) => 1.5 * size.symbol,
        Math::Entry(entry) => {
            let digits = |indices: &[Index]| -> f64 {
                let each = |index: &Index| match index {
                    Index::Number(number) => number.to_string().len() as f64,
                    Index::Letter(_) => 1.2,
                };
                indices.iter().map(each).sum()
            };
            let commas = |indices: &[Index]| indices.len().saturating_sub(1) as f64 * 0.75;
            let below = match entry.style {
                IndexStyle::Tight => digits(&entry.place),
                IndexStyle::Commas => digits(&entry.place) + commas(&entry.place),
            };
            let above = match entry.channels.len() {
                0 => 0.0,
                _ => digits(&entry.channels) + commas(&entry.channels) + 2.0,
            };
            let (letter, top) = match entry.of {
                Name::Var('w' | 'x' | 'y' | 'b' | 'g') => (1.0, 0.0),
                Name::TildeTransposed(_) => (1.8, 2.0),
                _ => (1.8, 0.0),
            };
            letter * size.symbol + below.max(above + top) * size.digit + 0.6
        }
        Math::Row(pieces) => pieces.iter().map(|piece| width(piece, size)).sum(),
        Math::Relation(_) => 2.0 * size.symbol,
        Math::Words(words) => words.chars().count() as f64 * size.symbol * 0.8,
        Math::Labelled(_, label) => size.symbol + label.len() as f64 * size.digit,
        Math::Space => 3.0 * size.symbol,
        Math::Dropped(inner) => width(inner, size),
        Math::Tuple(index) => index.len() as f64 * 2.0 * size.symbol,
        Math::Partial(of) => size.symbol + width(of, size),
        Math::Parenthesised(inner) => width(inner, size) + size.symbol,
        Math::InnerProduct(left, right) => width(left, size) + width(right, size) + 2.0 * size.symbol,
        Math::Quotient(above, below) | Math::FloorQuotient(above, below) | Math::CeilingQuotient(above, below) => {
            width(above, size).max(width(below, size)) + 1.5 * size.symbol
        }
        Math::Sum(terms) => terms.iter().map(|term| width(term, size) + 1.8 * size.symbol).sum(),
        Math::Grid(grid) => {
            let cell = widest_cell(grid, size).max(size.symbol);
            let lines = grid.column_places().filter(|(_, line)| *line).count() as f64;
            grid.columns.places() as f64 * (cell + 2.0 * size.half_space) + 1.6 * size.symbol + lines
        }
        Math::Aligned(lines) => {
            lines.iter().map(|(left, right)| width(left, size) + width(right, size)).fold(0.0, f64::max)
        }
        Math::Dots | Math::Ellipsis => 2.0 * size.symbol,
        // A sign, two digits, and the frame with its distance.
        Math::Blank => 2.5 * size.symbol + FRAME,
        Math::Framed(inner) => width(inner, size) + FRAME,
    }
}

fn widest_cell(grid: &Grid, size: &TypeSize) -> f64 {
    grid.written().map(|cell| width(cell, size)).fold(0.0, f64::max)
}

/// Whether a cell of a matrix in the formula has a property.
fn any_cell(math: &Math, property: &impl Fn(&Math) -> bool) -> bool {
    match math {
        Math::Row(pieces) => pieces.iter().any(|piece| any_cell(piece, property)),
        Math::Grid(grid) => grid.written().any(property),
        _ => false,
    }
}

/// Whether a formula is an entry with an index below and something above: channels, or an accent.
fn is_stacked(math: &Math) -> bool {
    let has_accent = |of: Name| matches!(of, Name::Tilde(_) | Name::TildeTransposed(_));
    matches!(math, Math::Entry(entry) if !entry.place.is_empty() && (!entry.channels.is_empty() || has_accent(entry.of)))
}

/// Whether a matrix in the formula has horizontal lines.
fn has_lines(math: &Math) -> bool {
    match math {
        Math::Row(pieces) => pieces.iter().any(has_lines),
        Math::Grid(grid) => grid.row_places().any(|(_, line)| line),
        _ => false,
    }
}

fn height(math: &Math, size: &TypeSize) -> f64 {
    match math {
        Math::Row(pieces) => pieces.iter().map(|piece| height(piece, size)).fold(0.0, f64::max),
        Math::Grid(grid) => grid.rows.places() as f64 * size.line,
        _ => size.line,
    }
}
