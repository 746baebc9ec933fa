//! Tables of words and counts, in no particular format.

/// A table; every column is one of words or one of counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The titles of the columns.
    pub header: Vec<String>,
    /// Each as long as the header.
    pub rows: Vec<Vec<TableCell>>,
}

/// What stands in a cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum TableCell {
    /// Words, which writers escape.
    Words(String),
    /// How many of something, with its groups of digits.
    Count(String),
}

stands_for! { TableCell:
    &str: |words| Self::Words(words.to_owned());
    String: |words| Self::Words(words);
}

impl Table {
    /// Whether each column has counts, by its first row; nothing for a table without rows.
    #[must_use]
    pub fn counts(&self) -> Vec<bool> {
        let first = self.rows.first().map_or(&[][..], Vec::as_slice);
        first.iter().map(|cell| matches!(cell, TableCell::Count(_))).collect()
    }

    /// The cells as text, row by row from the header on; `words` writes what is not a count. Nothing where the header is
    /// all there is.
    pub fn written(&self, words: impl Fn(&str) -> String) -> Vec<Vec<String>> {
        let cell = |cell: &TableCell| match cell {
            TableCell::Words(text) => words(text),
            TableCell::Count(count) => count.clone(),
        };
        if self.rows.is_empty() {
            return Vec::new();
        }
        let header = self.header.iter().map(|title| words(title)).collect();
        std::iter::once(header).chain(self.rows.iter().map(|row| row.iter().map(cell).collect())).collect()
    }
}
