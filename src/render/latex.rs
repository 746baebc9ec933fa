//! LaTeX: formulas for amsmath, in a type size that lets them fit the line.

mod measure;
mod verbatim;

use super::lines::breakable;
use super::{Frame, Writer, ZeroStyle, table};
use crate::algebra::Number;
use crate::doc::{Block, Cells, Entry, Grid, Index, IndexStyle, Inline, List, Math, Name, Relation, Table};
use crate::matrix::WeightMatrix;
use measure::{Fit, normal_width};
use serde::Serialize;
use std::fmt::Write as _;

/// Writes LaTeX.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Latex {
    zeros: ZeroStyle,
    dialect: Dialect,
    /// The width a line may have, in points.
    line_width: f64,
}

/// Who reads the LaTeX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// TeX itself, with what the templates define.
    Tex,
    /// MathJax, as on GitHub.
    MathJax,
}

/// The widest array in which amsmath's matrix environments still work.
const MATRIX_COLUMNS: usize = 10;

impl Latex {
    /// A writer; a fragment is made to fit the text of the article class (345 pt), a standalone document its own page.
    pub fn new(zeros: ZeroStyle, frame: Frame) -> Self {
        let line_width = match frame {
            Frame::Fragment => 345.0,
            Frame::Standalone => 455.0,
        };
        Self::for_line(zeros, line_width)
    }

    /// A writer for lines of so many points.
    pub(super) fn for_line(zeros: ZeroStyle, line_width: f64) -> Self {
        Self { zeros, dialect: Dialect::Tex, line_width }
    }

    /// A writer of formulas for MathJax.
    pub(super) fn for_mathjax(zeros: ZeroStyle) -> Self {
        Self { dialect: Dialect::MathJax, ..Self::new(zeros, Frame::Standalone) }
    }

    /// A formula without surroundings.
    #[must_use]
    pub fn math(&self, math: &Math) -> String {
        let mut out = String::new();
        self.write(math, &mut out);
        out
    }

    fn write(&self, math: &Math, out: &mut String) {
        match math {
            Math::Zero => out.push_str(self.zero()),
            Math::Number(number) => number_to(number, Fractions::Standing, out),
            Math::Name(name) => name_to(*name, out),
            Math::Entry(entry) => entry_to(entry, out),
            Math::Row(pieces) => self.write_row(pieces, out),
            Math::Relation(relation) => out.push_str(relation_sign(*relation)),
            Math::Words(words) => escaped_in("\\text{", words, out),
            Math::Labelled(letter, label) => {
                write!(out, "{letter}_{{\\text{{{label}}}}}").expect("a string takes everything")
            }
            Math::Space => out.push_str("\\qquad"),
            Math::Dropped(inner) => self.around(self.strike(), inner, "}", out),
            Math::Tuple(index) => {
                let spelled = index.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
                out.push_str(&if index.len() == 1 { spelled } else { format!("({spelled})") });
            }
            Math::Parenthesised(inner) => self.around("(", inner, ")", out),
            Math::Partial(of) => self.around("\\frac{\\partial L}{\\partial ", of, "}", out),
            Math::InnerProduct(left, right) => {
                self.around("\\langle ", left, ", ", out);
                self.around("", right, " \\rangle", out);
            }
            Math::Quotient(above, below) => self.write_quotient(["", ""], above, below, out),
            Math::FloorQuotient(above, below) => {
                self.write_quotient(["\\left\\lfloor ", " \\right\\rfloor"], above, below, out)
            }
            Math::CeilingQuotient(above, below) => {
                self.write_quotient(["\\left\\lceil ", " \\right\\rceil"], above, below, out)
            }
            Math::Sum(terms) => self.write_sum(terms, out),
            Math::Grid(grid) => self.write_grid(grid, out),
            Math::Aligned(lines) => self.write_aligned(lines, out),
            Math::Dots => out.push_str("\\vdots"),
            Math::Ellipsis => out.push_str("\\cdots"),
            Math::Blank => out.push_str("\\boxed{\\phantom{-00}}"),
            Math::Framed(inner) => self.around("\\boxed{", inner, "}", out),
        }
    }

    fn around(&self, before: &str, inner: &Math, behind: &str, out: &mut String) {
        out.push_str(before);
        self.write(inner, out);
        out.push_str(behind);
    }

    fn write_quotient(&self, [before, behind]: [&str; 2], above: &Math, below: &Math, out: &mut String) {
        out.push_str(before);
        self.around("\\frac{", above, "}{", out);
        self.around("", below, "}", out);
        out.push_str(behind);
    }

    fn zero(&self) -> &'static str {
        match self.zeros {
            ZeroStyle::Digit => "0",
            ZeroStyle::Dot => "\\cdot",
        }
    }

    fn write_row(&self, pieces: &[Math], out: &mut String) {
        for (place, piece) in pieces.iter().enumerate() {
            if place > 0 && !out.ends_with('\n') {
                out.push(' ');
            }
            match piece {
                // Between slices that share a line, dots run along it.
                Math::Dots => out.push_str("\\cdots"),
                _ => self.write(piece, out),
            }
        }
    }

    fn write_sum(&self, terms: &[Math], out: &mut String) {
        if terms.is_empty() {
            out.push('0');
        }
        joined(terms, " + ", out, |term, out| self.write(term, out));
    }

    /// Equations below each other. What is too long for the line goes on in the next one.
    fn write_aligned(&self, lines: &[(Math, Math)], out: &mut String) {
        // Room for the continuation's indent and the margins of the alignment.
        const SPARE: f64 = 30.0;
        let margin = lines.iter().map(|(left, _)| normal_width(left)).fold(0.0, f64::max);
        for (place, (left, right)) in lines.iter().enumerate() {
            if place > 0 {
                out.push_str(" \\\\\n");
            }
            self.write(left, out);
            if matches!(left, Math::Dots) {
                continue;
            }
            out.push_str(" &");
            let mut used = 0.0;
            for (place, pieces) in breakable(right).into_iter().enumerate() {
                let needed: f64 = pieces.iter().map(normal_width).sum();
                if place > 0 && used + needed > self.line_width - margin - SPARE {
                    out.push_str(" \\\\\n&\\quad ");
                    used = 0.0;
                } else if place > 0 {
                    out.push(' ');
                }
                used += needed;
                joined(&pieces, " ", out, |piece, out| self.write(piece, out));
            }
        }
    }

    fn write_grid(&self, grid: &Grid, out: &mut String) {
        let has_lines = grid.row_places().chain(grid.column_places()).any(|(_, line)| line);
        let plain = !has_lines && grid.columns.places() <= MATRIX_COLUMNS;
        if plain {
            out.push_str("\\begin{bmatrix}\n");
        } else {
            out.push_str("\\left[\\begin{array}{");
            for (_, line) in grid.column_places() {
                out.push_str(if line { "|c" } else { "c" });
            }
            out.push_str("}\n");
        }
        match &grid.cells {
            Cells::Sparse { matrix, labels } => self.write_sparse(grid, matrix, labels, out),
            Cells::Dense(_) => self.write_dense(grid, out),
        }
        out.push_str(if plain { "\n\\end{bmatrix}" } else { "\n\\end{array}\\right]" });
    }

    /// A cell of a matrix: fractions lie down, because rows have no room for them to stand.
    fn write_cell(&self, cell: &Math, out: &mut String) {
        match cell {
            Math::Number(number) => number_to(number, Fractions::Lying, out),
            Math::Dropped(inner) if matches!(**inner, Math::Number(_)) => {
                out.push_str(self.strike());
                self.write_cell(inner, out);
                out.push('}');
            }
            _ => self.write(cell, out),
        }
    }

    /// The command that crosses out, and its opening brace.
    fn strike(&self) -> &'static str {
        match self.dialect {
            Dialect::Tex => "\\struck{",
            Dialect::MathJax => "\\cancel{",
        }
    }

    fn write_dense(&self, grid: &Grid, out: &mut String) {
        let columns: Vec<_> = grid.column_places().map(|(column, _)| column).collect();
        for (place, (row, line)) in grid.row_places().enumerate() {
            begin_row(place, line, out);
            let mut cells = row.map(|row| grid.row(row));
            joined(&columns, " & ", out, |column, out| match (&mut cells, column) {
                (Some(cells), Some(_)) => self.write_cell(cells.next().expect("a cell for every column shown"), out),
                (Some(_), None) => out.push_str("\\cdots"),
                (None, Some(_)) => out.push_str("\\vdots"),
                (None, None) => out.push_str("\\ddots"),
            });
        }
    }

    /// A complete sparse matrix. Zeros come in runs, which are copied from one long run; labels are written once.
    fn write_sparse(&self, grid: &Grid, matrix: &WeightMatrix, labels: &[Math], out: &mut String) {
        const BETWEEN: &str = " & ";
        let zero = format!("{}{BETWEEN}", self.zero());
        let zeros = zero.repeat(matrix.cols());
        let label = |label: &Math| {
            let mut text = String::new();
            self.write_cell(label, &mut text);
            text + BETWEEN
        };
        let labels: Vec<String> = labels.iter().map(label).collect();
        let longest = labels.iter().map(String::len).max().unwrap_or(0);
        out.reserve(matrix.rows() * (zeros.len() + 8) + matrix.nnz() * longest);
        for ((row, entries), (_, line)) in matrix.outer_iterator().enumerate().zip(grid.row_places()) {
            begin_row(row, line, out);
            let mut column = 0;
            for (next, ix) in entries.iter() {
                out.push_str(&zeros[..(next - column) * zero.len()]);
                out.push_str(&labels[ix.0 as usize]);
                column = next + 1;
            }
            out.push_str(&zeros[..(matrix.cols() - column) * zero.len()]);
            out.truncate(out.len() - BETWEEN.len());
        }
    }
}

impl Writer for Latex {
    type Display = LatexDisplay;

    fn prose(&self, prose: &[Inline]) -> String {
        let mut out = String::new();
        for piece in prose {
            match piece {
                Inline::Text(text) => escape_to(text, &mut out),
                Inline::Math(math) => self.around("$", math, "$", &mut out),
                Inline::Emphasis(text) => escaped_in("\\emph{", text, &mut out),
                Inline::Code(text) => escaped_in("\\texttt{", text, &mut out),
            }
        }
        out
    }

    fn table(&self, table: &Table) -> String {
        table::latex(table, |words| self.plain(words))
    }

    fn list(&self, list: &List) -> String {
        let environment = if list.is_numbered { "enumerate" } else { "itemize" };
        let items: String = list.items.iter().map(|item| format!("\\item {}\n", self.prose(item))).collect();
        format!("\\begin{{{environment}}}\n{items}\\end{{{environment}}}")
    }

    fn display(&self, block: &Block) -> LatexDisplay {
        let math = match block {
            Block::Formula(math) => math,
            Block::Table(table) => {
                return LatexDisplay { body: self.table(table), environment: "tabular", ..LatexDisplay::default() };
            }
            Block::List(list) => {
                return LatexDisplay { body: self.list(list), environment: "list", ..LatexDisplay::default() };
            }
        };
        let fit = Fit::of(math, self.line_width);
        let breaks_lines = matches!(math, Math::Aligned(_));
        let (size, column_space) = if breaks_lines { ("", "") } else { (fit.size.command, fit.size.column_space) };
        let body = self.math(math);
        LatexDisplay {
            fractions: body.contains("\\frac"),
            body,
            environment: if breaks_lines { "align*" } else { "equation*" },
            size,
            column_space,
            row_stretch: fit.row_stretch,
            scaled: fit.is_too_large && !breaks_lines,
        }
    }

    fn strikes(&self, display: &LatexDisplay) -> bool {
        display.body.contains("\\struck{")
    }

    fn verbatim(&self, lines: &str, end: &str) -> String {
        lines.lines().map(|line| verbatim::broken(line, end)).collect::<Vec<_>>().join("\n")
    }
}

/// A block, and how it fits the line.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LatexDisplay {
    /// The formula or the table.
    pub body: String,
    /// The environment it stands in.
    pub environment: &'static str,
    /// The type size that lets it fit, empty for the normal one.
    pub size: &'static str,
    /// Half the space between columns, in points; empty for the normal one.
    pub column_space: &'static str,
    /// The stretch of the rows of matrices, empty for none.
    pub row_stretch: &'static str,
    /// Whether it has fractions, so that its lines need more room between them.
    pub fractions: bool,
    /// Whether it is wider than the page even so, and has to be scaled.
    pub scaled: bool,
}

/// Ends the row of a matrix before this one, and draws the line above it.
fn begin_row(place: usize, line: bool, out: &mut String) {
    if place > 0 {
        out.push_str(" \\\\\n");
    }
    if line {
        out.push_str("\\hline\n");
    }
}

/// How a fraction is set.
#[derive(Clone, Copy)]
enum Fractions {
    /// Numerator above denominator.
    Standing,
    /// On one line.
    Lying,
}

fn number_to(number: &Number, fractions: Fractions, out: &mut String) {
    match (number.fraction(), fractions) {
        (Some((above, below)), Fractions::Standing) => {
            let (sign, above) = above.strip_prefix('-').map_or(("", above.as_str()), |above| ("-", above));
            write!(out, "{sign}\\frac{{{above}}}{{{below}}}").expect("a string takes everything");
        }
        // A float's exponent, if it has one, is no variable.
        _ => out.push_str(&number.to_string().replace('e', "\\mathrm{e}")),
    }
}

fn relation_sign(relation: Relation) -> &'static str {
    match relation {
        Relation::Equals => "=",
        Relation::Approximately => "\\approx",
        Relation::Plus => "+",
        Relation::Minus => "-",
        Relation::Times => "\\cdot",
        Relation::Star => "\\star",
        Relation::Less => "<",
    }
}

fn name_to(name: Name, out: &mut String) {
    let accented = |letter: char| {
        let accent = if letter.is_uppercase() { "widetilde" } else { "tilde" };
        format!("\\{accent}{{{letter}}}")
    };
    match name {
        Name::Var(letter) => out.push(letter),
        Name::Primed(letter) => {
            out.push(letter);
            out.push('\'');
        }
        Name::Tilde(letter) => out.push_str(&accented(letter)),
        Name::TildeTransposed(letter) => {
            out.push_str(&accented(letter));
            out.push_str("^\\top");
        }
    }
}

fn entry_to(entry: &Entry, out: &mut String) {
    // A letter takes one superscript: channels and the sign of the transpose share it, a prime stays inside.
    let top = match entry.of {
        Name::Primed(_) if !entry.channels.is_empty() => {
            out.push('{');
            name_to(entry.of, out);
            out.push('}');
            ""
        }
        Name::TildeTransposed(letter) => {
            name_to(Name::Tilde(letter), out);
            "\\top"
        }
        of => {
            name_to(of, out);
            ""
        }
    };
    if !entry.channels.is_empty() {
        out.push_str("^{(");
        indices_to(&entry.channels, IndexStyle::Commas, out);
        out.push(')');
        out.push_str(top);
        out.push('}');
    } else if !top.is_empty() {
        out.push('^');
        out.push_str(top);
    }
    if !entry.place.is_empty() {
        out.push_str("_{");
        indices_to(&entry.place, entry.style, out);
        out.push('}');
    }
}

fn indices_to(indices: &[Index], style: IndexStyle, out: &mut String) {
    let between = if style == IndexStyle::Commas { "," } else { "" };
    joined(indices, between, out, |index, out| match index {
        Index::Number(number) => write!(out, "{number}").expect("a string takes everything"),
        Index::Letter(letter) => out.push(*letter),
    });
}

/// Writes one after the other, with something between them.
fn joined<T>(pieces: &[T], between: &str, out: &mut String, mut write: impl FnMut(&T, &mut String)) {
    for (place, piece) in pieces.iter().enumerate() {
        if place > 0 {
            out.push_str(between);
        }
        write(piece, out);
    }
}

/// A command with its opening brace around text.
fn escaped_in(command: &str, text: &str, out: &mut String) {
    out.push_str(command);
    escape_to(text, out);
    out.push('}');
}

fn escape_to(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(character);
            }
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '\\' => out.push_str("\\textbackslash{}"),
            // In TeX's own encoding of text these are other characters.
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '×' => out.push_str("$\\times$"),
            '−' => out.push_str("$-$"),
            // Between groups of digits.
            '\u{202f}' => out.push_str("\\,"),
            _ => out.push(character),
        }
    }
}

/// Whether pdflatex sets the text as the documents here are set up, with fonts in the T1 encoding: letters of the Latin
/// script with most of their accents. Other scripts need lualatex or xelatex and a font that has them.
#[must_use]
pub fn pdflatex_sets(text: &str) -> bool {
    let is_declared = |character: char| {
        LETTERS_OF_T1.split(' ').any(|run| {
            let (first, last) = run.split_once('-').unwrap_or((run, run));
            let [first, last] =
                [first, last].map(|digits| u32::from_str_radix(digits, 16).expect("hexadecimal digits"));
            (first..=last).contains(&u32::from(character))
        })
    };
    text.chars().all(|character| character == '×' || is_declared(character))
}

/// What `t1enc.dfu` of LaTeX declares, in runs, and ASCII; hexadecimal.
const LETTERS_OF_T1: &str = "\
    20-7e a0-a1 a3 ab ad b0 bb bf-d6 d8-f6 f8-125 128-137 139-13e 141-148 14a-165 168-17e 1c4-1d4 1e2-1e3 \
    1e6-1eb 1f0 1f4-1f5 218-21b 232-233 1e02-1e03 1e0d 1e1e-1e21 1e25 1e30-1e31 1e37 1e43 1e45 1e47 1e5b \
    1e63 1e6d 1e8e-1e91 1e9e 1ef2-1ef3 2013-2014 2018-201a 201c-201e 2039-203a";
