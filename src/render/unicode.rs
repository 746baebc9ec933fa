//! Unicode text: matrices drawn with brackets, indices as subscripts.

use super::lines::breakable;
use super::{Display, Writer, ZeroStyle, table};
use crate::doc::{Block, Cell, Cells, Entry, Grid, Index, IndexStyle, Inline, Math, Name, Relation, Table};
use std::borrow::Cow;

/// Lines of running text and of long sums are at most this wide; templates may indent them a little.
const WIDTH: usize = 74;

/// Writes Unicode text.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Unicode {
    zeros: ZeroStyle,
}

/// A rectangle of text with the line that sits on the baseline of its surroundings.
struct Picture {
    lines: Vec<String>,
    width: usize,
    baseline: usize,
}

impl Picture {
    fn line(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { width: columns(&text), lines: vec![text], baseline: 0 }
    }

    /// Sets another picture to the right, baselines level.
    fn beside(self, other: Self) -> Self {
        let above = self.baseline.max(other.baseline);
        let (left, right) = (above - self.baseline, above - other.baseline);
        let height = (left + self.lines.len()).max(right + other.lines.len());
        let (width, other_width) = (self.width, other.width);
        let level = |lines: Vec<String>, begin: usize| {
            let blank = std::iter::repeat_with(String::new);
            blank.take(begin).chain(lines).chain(blank).take(height)
        };
        let lines = level(self.lines, left).zip(level(other.lines, right)).map(|(mut line, right)| {
            pad(&mut line, width);
            line.push_str(&right);
            pad(&mut line, width + other_width);
            line
        });
        Self { lines: lines.collect(), width: width + other_width, baseline: above }
    }

    fn text(self) -> String {
        let mut text = String::new();
        for (place, line) in self.lines.into_iter().enumerate() {
            text.push_str(if place == 0 { "" } else { "\n" });
            text.push_str(line.trim_end());
        }
        text
    }
}

/// How many columns of a terminal the text takes: combining marks take none.
fn columns(text: &str) -> usize {
    text.chars().filter(|&character| !matches!(character, '\u{300}'..='\u{36f}')).count()
}

/// Adds spaces until the text is so wide.
fn pad(text: &mut String, width: usize) {
    text.extend(std::iter::repeat_n(' ', width.saturating_sub(columns(text))));
}

impl Unicode {
    /// A writer.
    pub fn new(zeros: ZeroStyle) -> Self {
        Self { zeros }
    }

    /// A formula, over as many lines as it takes.
    #[must_use]
    pub fn math(&self, math: &Math) -> String {
        self.picture(math).text()
    }

    fn picture(&self, math: &Math) -> Picture {
        match math {
            Math::Row(pieces) => pieces
                .iter()
                .map(|piece| match piece {
                    // Between slices that share a line, dots run along it.
                    Math::Dots => Picture::line(" ⋯ "),
                    _ => self.picture(piece),
                })
                .reduce(Picture::beside)
                .unwrap_or_else(|| Picture::line("")),
            Math::Grid(grid) => self.grid(grid),
            Math::Aligned(lines) => self.aligned(lines),
            Math::Parenthesised(inner) => Picture::line(format!("({})", self.line(inner))),
            _ => Picture::line(self.line(math)),
        }
    }

    /// A formula that fits one line.
    fn line(&self, math: &Math) -> String {
        match math {
            Math::Zero => self.zero().into(),
            Math::Number(number) => number.to_string().replace('-', "−"),
            Math::Dropped(inner) => self.line(inner).chars().flat_map(|character| [character, '\u{336}']).collect(),
            Math::Name(name) => name_text(*name),
            Math::Entry(entry) => entry_text(entry),
            Math::Row(pieces) => pieces
                .iter()
                .enumerate()
                .map(|(place, piece)| {
                    let multiplied = pieces.get(place + 1) == Some(&Math::Relation(Relation::Times));
                    match piece {
                        // On one line the bar of a fraction would divide what follows, too.
                        Math::Number(number) if multiplied && number.fraction().is_some() => {
                            format!("({})", self.line(piece))
                        }
                        _ => self.line(piece),
                    }
                })
                .collect(),
            Math::Relation(relation) => match relation {
                Relation::Equals => " = ",
                Relation::Approximately => " ≈ ",
                Relation::Plus => " + ",
                Relation::Minus => " − ",
                Relation::Times => "·",
                Relation::Star => " ⋆ ",
                Relation::Less => " < ",
            }
            .into(),
            Math::Words(words) => words.clone(),
            Math::Labelled(letter, label) => format!("{letter}_{label}"),
            Math::Space => "    ".into(),
            Math::Parenthesised(inner) => format!("({})", self.line(inner)),
            Math::Tuple(index) => {
                let spelled: Vec<String> = index.iter().map(|i| i.to_string().replace('-', "−")).collect();
                if let [only] = &spelled[..] { only.clone() } else { format!("({})", spelled.join(", ")) }
            }
            Math::InnerProduct(left, right) => format!("⟨{}, {}⟩", self.line(left), self.line(right)),
            Math::Quotient(above, below) => match &**above {
                Math::Number(_) => format!("{} / {}", self.line(above), self.line(below)),
                _ => format!("({}) / {}", self.line(above), self.line(below)),
            },
            Math::FloorQuotient(above, below) => format!("⌊{}⌋", self.rounded_quotient(above, below)),
            Math::CeilingQuotient(above, below) => format!("⌈{}⌉", self.rounded_quotient(above, below)),
            Math::Partial(of) => format!("∂L/∂{}", self.line(of)),
            Math::Sum(terms) if terms.is_empty() => "0".into(),
            Math::Sum(terms) => terms.iter().map(|term| self.line(term)).collect::<Vec<_>>().join(" + "),
            Math::Dots => "⋮".into(),
            Math::Ellipsis => "⋯".into(),
            Math::Blank => "____".into(),
            Math::Framed(inner) => format!("[{}]", self.line(inner)),
            Math::Grid(_) | Math::Aligned(_) => self.picture(math).lines.join(" "),
        }
    }

    fn rounded_quotient(&self, above: &Math, below: &Math) -> String {
        let is_alone = matches!(above, Math::Number(_) | Math::Name(_));
        let above = if is_alone { self.line(above) } else { format!("({})", self.line(above)) };
        format!("{above} / {}", self.line(below))
    }

    fn grid(&self, grid: &Grid) -> Picture {
        let columns_shown: Vec<_> = grid.column_places().collect();
        // Cells are spelled twice, for their widths and for their lines, rather than held.
        let labels = match &grid.cells {
            Cells::Sparse { labels, .. } => labels.iter().map(|label| self.line(label)).collect(),
            Cells::Dense(_) => Vec::new(),
        };
        let mut widths = vec![0; columns_shown.len()];
        for (row, _) in grid.row_places() {
            for (width, text) in widths.iter_mut().zip(self.row(grid, &labels, row)) {
                *width = columns(&text).max(*width);
            }
        }
        let rule: String = columns_shown
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(place, ((_, line), width))| {
                let before = match (place, line) {
                    (0, _) => "",
                    (_, true) => "─┼─",
                    (_, false) => "─",
                };
                format!("{before}{}", "─".repeat(*width))
            })
            .collect();
        let mut lines = Vec::new();
        for (row, line) in grid.row_places() {
            if line {
                lines.push(rule.clone());
            }
            let mut line = String::new();
            for (place, (text, (_, before))) in self.row(grid, &labels, row).zip(&columns_shown).enumerate() {
                if place > 0 {
                    line.push_str(if *before { " │ " } else { " " });
                }
                line.push_str(&text);
                line.extend(std::iter::repeat_n(' ', widths[place] - columns(&text)));
            }
            lines.push(line);
        }
        bracketed(lines)
    }

    /// The cells of a row and the dots between them; a row of dots for none.
    fn row<'a>(
        &'a self,
        grid: &'a Grid,
        labels: &'a [String],
        row: Option<usize>,
    ) -> impl Iterator<Item = Cow<'a, str>> + 'a {
        let mut cells = row.map(|row| grid.row_cells(row));
        grid.column_places().map(move |(column, _)| match (&mut cells, column) {
            (Some(cells), Some(_)) => match cells.next().expect("a cell for every column shown") {
                Cell::Zero => self.zero().into(),
                Cell::Label(label) => labels[label].as_str().into(),
                Cell::Formula(math) => self.line(math).into(),
            },
            (Some(_), None) => "⋯".into(),
            (None, Some(_)) => "⋮".into(),
            (None, None) => "⋱".into(),
        })
    }

    fn zero(&self) -> &'static str {
        match self.zeros {
            ZeroStyle::Digit => "0",
            ZeroStyle::Dot => "·",
        }
    }

    fn aligned(&self, equations: &[(Math, Math)]) -> Picture {
        let lefts: Vec<String> = equations.iter().map(|(left, _)| self.line(left)).collect();
        let margin = lefts.iter().map(|left| columns(left)).max().unwrap_or(0);
        let mut lines = Vec::new();
        for ((_, right), mut line) in equations.iter().zip(lefts) {
            pad(&mut line, margin);
            for (place, pieces) in breakable(right).iter().enumerate() {
                let text: String = pieces.iter().map(|piece| self.line(piece)).collect();
                if place > 0 && columns(&line) + columns(&text) > WIDTH {
                    lines.push(line.trim_end().to_owned());
                    line = " ".repeat(margin + 2);
                }
                line.push_str(&text);
            }
            lines.push(line);
        }
        let width = lines.iter().map(|line| columns(line)).max().unwrap_or(0);
        Picture { lines, width, baseline: 0 }
    }
}

fn bracketed(lines: Vec<String>) -> Picture {
    let width = lines.iter().map(|line| columns(line)).max().unwrap_or(0);
    let last = lines.len().saturating_sub(1);
    let bracket = |(at, mut line): (usize, String)| {
        let (left, right) = match (at, last) {
            (_, 0) => ('[', ']'),
            (0, _) => ('⎡', '⎤'),
            (at, last) if at == last => ('⎣', '⎦'),
            _ => ('⎢', '⎥'),
        };
        pad(&mut line, width);
        format!("{left} {line} {right}")
    };
    let lines: Vec<String> = lines.into_iter().enumerate().map(bracket).collect();
    Picture { baseline: last / 2, width: width + 4, lines }
}

fn name_text(name: Name) -> String {
    match name {
        Name::Var(letter) => letter.to_string(),
        Name::Primed(letter) => format!("{letter}′"),
        Name::Tilde(letter) => format!("{letter}\u{303}"),
        Name::TildeTransposed(letter) => format!("{letter}\u{303}ᵀ"),
    }
}

/// `w₁₂`, `x⁽⁰⁾₁₂`; where commas are needed, `w[1,12]`.
fn entry_text(entry: &Entry) -> String {
    let (of, top) = match entry.of {
        Name::TildeTransposed(letter) => (Name::Tilde(letter), "ᵀ"),
        of => (of, ""),
    };
    let mut out = name_text(of);
    let spelled = |indices: &[Index]| {
        let each = |index: &Index| match index {
            Index::Number(number) => number.to_string(),
            Index::Letter(letter) => letter.to_string(),
        };
        indices.iter().map(each).collect::<Vec<_>>()
    };
    if !entry.channels.is_empty() {
        let channels = spelled(&entry.channels);
        if channels.iter().all(|channel| channel.len() == 1) {
            out.push_str(&format!("⁽{}⁾", channels.concat().chars().map(raised).collect::<String>()));
        } else {
            out.push_str(&format!("({})", channels.join(",")));
        }
    }
    out.push_str(top);
    if !entry.place.is_empty() {
        let place = spelled(&entry.place);
        let has_slice = entry.place.contains(&Index::Letter(':'));
        if (entry.style == IndexStyle::Tight || place.len() == 1) && !has_slice {
            out.extend(place.concat().chars().map(lowered));
        } else {
            out.push_str(&format!("[{}]", place.join(",")));
        }
    }
    out
}

fn lowered(character: char) -> char {
    exchanged(character, "0123456789acijtuv", "₀₁₂₃₄₅₆₇₈₉ₐcᵢⱼₜᵤᵥ")
}

fn raised(character: char) -> char {
    exchanged(character, "0123456789ec", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵉᶜ")
}

/// The character at the same place of the other list; itself if it is in none.
fn exchanged(character: char, of: &str, by: &str) -> char {
    of.chars().zip(by.chars()).find(|(known, _)| *known == character).map_or(character, |(_, other)| other)
}

impl Writer for Unicode {
    type Display = Display;

    fn prose(&self, prose: &[Inline]) -> String {
        let text: String = prose
            .iter()
            .map(|piece| match piece {
                Inline::Text(text) | Inline::Emphasis(text) | Inline::Code(text) => text.clone(),
                Inline::Math(math) => self.line(math).trim().to_owned(),
            })
            .collect();
        wrapped(&text)
    }

    fn table(&self, table: &Table) -> String {
        table::text(table)
    }

    fn display(&self, block: &Block) -> Display {
        Display::of(self, block, |math| self.math(math))
    }
}

/// Breaks running text between words.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && columns(line) + 1 + columns(word) > WIDTH {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}
