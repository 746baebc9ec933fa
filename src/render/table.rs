//! Tables of words and counts, as every notation lays them out.

use crate::doc::Table;

/// The characters of the widest cell of each column.
fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    (0..columns).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect()
}

/// Words in the last column are broken into lines if the table would be wider than the page of the article class.
pub(super) fn latex(table: &Table, words: impl Fn(&str) -> String) -> String {
    /// Points: a line of that page; a character of its text, and the space around a column, both rather wide.
    const LINE: usize = 345;
    const CHARACTER: f64 = 5.2;
    const SPACE: f64 = 12.0;
    let [header, body @ ..] = &table.written(words)[..] else { return String::new() };
    let (counts, widths) = (table.counts(), widths(&table.written(str::to_owned)));
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

/// A table as GitHub reads it.
pub(super) fn markdown(table: &Table, words: impl Fn(&str) -> String) -> String {
    let [header, body @ ..] = &table.written(words)[..] else { return String::new() };
    // The bar is escaped by the writer.
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let rule: Vec<&str> = table.counts().into_iter().map(|count| if count { "---:" } else { "---" }).collect();
    let rule = format!("| {} |", rule.join(" | "));
    let lines = [line(header), rule].into_iter().chain(body.iter().map(|row| line(row)));
    lines.collect::<Vec<_>>().join("\n")
}

/// A table of aligned columns. Text has nothing to escape, and its writer would break long lines.
pub(super) fn text(table: &Table) -> String {
    let (rows, counts) = (table.written(str::to_owned), table.counts());
    let widths = widths(&rows);
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).zip(&counts).map(|((cell, &width), &count)| {
            // Widths of the formatting macros end at 16 bits.
            let blanks = " ".repeat(width - cell.chars().count());
            if count { blanks + cell } else { cell.clone() + &blanks }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::TableCell;
    use crate::render::{Frame, Latex, Markdown, Unicode, Writer as _, ZeroStyle};

    fn table() -> Table {
        Table {
            header: vec!["check".into(), "layers".into()],
            rows: vec![
                vec!["a_b".into(), TableCell::Count("7".into())],
                vec!["c|d".into(), TableCell::Count("1,234,567".into())],
            ],
        }
    }

    #[test]
    fn numbers_are_aligned_on_the_right_and_grouped() {
        let text = Unicode::new(ZeroStyle::Digit).table(&table());
        assert_eq!(text, "check     layers\na_b            7\nc|d    1,234,567");
    }

    #[test]
    fn what_a_format_reads_as_its_own_is_escaped() {
        let latex = Latex::new(ZeroStyle::Digit, Frame::Fragment).table(&table());
        assert!(latex.contains("a\\_b & 7 \\\\") && latex.starts_with("\\begin{tabular}{lr}"), "{latex}");
        let markdown = Markdown::new(ZeroStyle::Digit).table(&table());
        assert!(markdown.contains("| c\\|d | 1,234,567 |") && markdown.contains("| --- | ---: |"), "{markdown}");
    }

    #[test]
    fn words_that_would_run_over_the_edge_of_a_page_are_broken_into_lines() {
        let latex = |words: String| {
            let wide = Table {
                header: vec!["count".into(), "words".into()],
                rows: vec![vec![TableCell::Count("7".into()), words.into()]],
            };
            Latex::new(ZeroStyle::Digit, Frame::Fragment).table(&wide)
        };
        assert!(latex("word ".repeat(11)).starts_with("\\begin{tabular}{rl}"));
        let broken = latex("word ".repeat(20));
        assert!(broken.starts_with("\\begin{tabular}{rp{0.86\\linewidth}}"), "{broken}");
        assert!(latex("1,2, 3".repeat(20)).contains("1,\\allowbreak{}2, 31,"));
        assert!(broken.contains("7 & \\raggedright word") && broken.contains("\\tabularnewline\n"), "{broken}");
    }

    #[test]
    fn a_column_may_be_wider_than_the_widths_of_the_formatting_macros() {
        let wide =
            Table { header: vec!["words".into()], rows: vec![vec!["w".repeat(70_000).into()], vec!["short".into()]] };
        let text = Unicode::new(ZeroStyle::Digit).table(&wide);
        assert_eq!(text, format!("words\n{}\nshort", "w".repeat(70_000)));
    }

    #[test]
    fn a_table_without_rows_is_nothing() {
        let empty = Table { rows: Vec::new(), ..table() };
        assert_eq!(Unicode::new(ZeroStyle::Digit).table(&empty), "");
    }
}
