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
    /// How many of something.
    Count(u128),
}

stands_for! { TableCell:
    &str: |words| Self::Words(words.to_owned());
    String: |words| Self::Words(words);
    u64: |count| Self::Count(count.into());
    usize: |count| Self::Count(count as u128);
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
            TableCell::Count(count) => grouped(*count),
        };
        if self.rows.is_empty() {
            return Vec::new();
        }
        let header = self.header.iter().map(|title| words(title)).collect();
        std::iter::once(header).chain(self.rows.iter().map(|row| row.iter().map(cell).collect())).collect()
    }
}

/// A number with commas between groups of three digits.
#[must_use]
pub fn grouped(count: u128) -> String {
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
