//! Tables of words and numbers, as every format writes them.

use super::{Format, Writer};
use crate::doc::Inline;

/// A table; its first columns are words, the others numbers.
pub(super) struct Table {
    pub(super) header: Vec<&'static str>,
    /// Each as long as the header.
    pub(super) rows: Vec<Vec<Cell>>,
}

/// What stands in a cell.
pub(super) enum Cell {
    Words(String),
    Count(u128),
}

impl Cell {
    fn is_count(&self) -> bool {
        matches!(self, Self::Count(_))
    }

    fn text(&self, format: Format, writer: &dyn Writer) -> String {
        match self {
            // Text has nothing to escape, and its writer would break long lines.
            Self::Words(words) if format == Format::Text => words.clone(),
            Self::Words(words) => writer.prose(&[Inline::from(words.as_str())]),
            Self::Count(count) => grouped(*count),
        }
    }
}

impl From<&str> for Cell {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<String> for Cell {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Count(count.into())
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Count(count as u128)
    }
}

impl Table {
    /// The number of characters of each column.
    fn columns(&self) -> Vec<usize> {
        let cell = |cell: &Cell| match cell {
            Cell::Words(words) => words.chars().count(),
            Cell::Count(count) => grouped(*count).len(),
        };
        let widest = |(column, title): (usize, &&str)| {
            self.rows.iter().map(|row| cell(&row[column])).fold(title.chars().count(), usize::max)
        };
        self.header.iter().enumerate().map(widest).collect()
    }

    /// The table in a format; empty if it has no rows.
    pub(super) fn write(&self, format: Format, writer: &dyn Writer) -> String {
        let Some(first) = self.rows.first() else { return String::new() };
        let counts: Vec<bool> = first.iter().map(Cell::is_count).collect();
        let header: Vec<String> = self.header.iter().map(|&title| writer.prose(&[Inline::from(title)])).collect();
        let body: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(|cell| cell.text(format, writer)).collect()).collect();
        match format {
            Format::Latex(_) => latex(&counts, &self.columns(), &header, &body),
            Format::Markdown => markdown(&counts, &header, &body),
            Format::Text => text(&counts, &header, &body),
        }
    }
}

/// A number with commas between groups of three digits.
pub(super) fn grouped(count: u128) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Words in the last column are broken into lines if the table would be wider than the page of the article class.
fn latex(counts: &[bool], widths: &[usize], header: &[String], body: &[Vec<String>]) -> String {
    /// Points: a line of that page; a character of its text, and the space around a column, both rather wide.
    const LINE: usize = 345;
    const CHARACTER: f64 = 5.2;
    const SPACE: f64 = 12.0;
    let points = |width: &usize| *width as f64 * CHARACTER + SPACE;
    let last = widths.len() - 1;
    let others: f64 = widths[..last].iter().map(points).sum();
    let is_broken = !counts[last] && others + points(&widths[last]) > LINE as f64;
    let mut columns: String = counts.iter().map(|&count| if count { 'r' } else { 'l' }).collect();
    if is_broken {
        columns.pop();
        let share = ((LINE as f64 - others - SPACE) / LINE as f64).max(0.2);
        columns += &format!("p{{{share:.2}\\linewidth}}");
    }
    let line = |cells: &[String]| {
        let (last, others) = cells.split_last().expect("a table has columns");
        let others: String = others.iter().map(|cell| format!("{cell} & ")).collect();
        // Ragged lines take the meaning of \\ away; lists of numbers have no blanks to break at.
        if is_broken {
            let last: Vec<String> = last.split(", ").map(|list| list.replace(',', ",\\allowbreak{}")).collect();
            format!("{others}\\raggedright {} \\tabularnewline\n", last.join(", "))
        } else {
            format!("{others}{last} \\\\\n")
        }
    };
    let rows: String = body.iter().map(|row| line(row)).collect();
    format!("\\begin{{tabular}}{{{columns}}}\n\\hline\n{}\\hline\n{rows}\\hline\n\\end{{tabular}}", line(header))
}

fn markdown(counts: &[bool], header: &[String], body: &[Vec<String>]) -> String {
    // The bar is escaped by the writer.
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let rule: Vec<&str> = counts.iter().map(|&count| if count { "---:" } else { "---" }).collect();
    let rule = format!("| {} |", rule.join(" | "));
    let lines = [line(header), rule].into_iter().chain(body.iter().map(|row| line(row)));
    lines.collect::<Vec<_>>().join("\n")
}

fn text(counts: &[bool], header: &[String], body: &[Vec<String>]) -> String {
    let rows = || std::iter::once(header).chain(body.iter().map(Vec::as_slice));
    let width = |column: usize| rows().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).zip(counts).map(|((cell, &width), &count)| {
            // Widths of the formatting macros end at 16 bits.
            let blanks = " ".repeat(width - cell.chars().count());
            if count { blanks + cell } else { cell.clone() + &blanks }
        });
        format!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Frame, Latex, Markdown, Unicode, ZeroStyle};

    fn table() -> Table {
        Table {
            header: vec!["check", "layers"],
            rows: vec![vec!["a_b".into(), Cell::Count(7)], vec!["c|d".into(), Cell::Count(1_234_567)]],
        }
    }

    #[test]
    fn numbers_are_aligned_on_the_right_and_grouped() {
        let text = table().write(Format::Text, &Unicode::new(ZeroStyle::Digit));
        assert_eq!(text, "  check     layers\n  a_b            7\n  c|d    1,234,567");
        assert_eq!([0, 999, 1000, 10_u128.pow(9)].map(grouped), ["0", "999", "1,000", "1,000,000,000"]);
    }

    #[test]
    fn what_a_format_reads_as_its_own_is_escaped() {
        let latex = table().write(Format::Latex(Frame::Fragment), &Latex::new(ZeroStyle::Digit, Frame::Fragment));
        assert!(latex.contains("a\\_b & 7 \\\\") && latex.starts_with("\\begin{tabular}{lr}"), "{latex}");
        let markdown = table().write(Format::Markdown, &Markdown::new(ZeroStyle::Digit));
        assert!(markdown.contains("| c\\|d | 1,234,567 |") && markdown.contains("| --- | ---: |"), "{markdown}");
    }

    #[test]
    fn words_that_would_run_over_the_edge_of_a_page_are_broken_into_lines() {
        let latex = |words: String| {
            let wide = Table { header: vec!["count", "words"], rows: vec![vec![Cell::Count(7), words.into()]] };
            wide.write(Format::Latex(Frame::Fragment), &Latex::new(ZeroStyle::Digit, Frame::Fragment))
        };
        assert!(latex("word ".repeat(11)).starts_with("\\begin{tabular}{rl}"));
        let broken = latex("word ".repeat(20));
        assert!(broken.starts_with("\\begin{tabular}{rp{0.86\\linewidth}}"), "{broken}");
        assert!(latex("1,2, 3".repeat(20)).contains("1,\\allowbreak{}2, 31,"));
        assert!(broken.contains("7 & \\raggedright word") && broken.contains("\\tabularnewline\n"), "{broken}");
    }

    #[test]
    fn a_column_may_be_wider_than_the_widths_of_the_formatting_macros() {
        let wide = Table { header: vec!["words"], rows: vec![vec!["w".repeat(70_000).into()], vec!["short".into()]] };
        let text = wide.write(Format::Text, &Unicode::new(ZeroStyle::Digit));
        assert_eq!(text, format!("  words\n  {}\n  short", "w".repeat(70_000)));
    }

    #[test]
    fn a_table_without_rows_is_nothing() {
        let empty = Table { rows: Vec::new(), ..table() };
        assert_eq!(empty.write(Format::Text, &Unicode::new(ZeroStyle::Digit)), "");
    }
}
