//! CSV: one row of numbers a line.

use super::content::Content;
use super::error::{DataError, Place};
use super::exact::ExactNumber;
use super::{MOST_VALUES, check_commas, too_many};
use crate::wording::{counted, excerpt};

/// The numbers of a CSV text, with one row a line. A single column is a flat list, as `numpy.savetxt` writes one.
/// Lines that begin with `#` and empty ones are skipped.
pub(super) fn parse(text: &str) -> Result<Content, DataError> {
    check_commas(text)?;
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).comment(Some(b'#')).from_reader(text.as_bytes());
    let mut numbers: Vec<ExactNumber> = Vec::new();
    let (mut rows, mut columns) = (0, 0);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(malformed)? {
        let line = record.position().map_or(0, csv::Position::line);
        let at = |column: usize| Place::Line { line, column: column as u64 + 1 };
        if rows == 0 {
            columns = record.len();
        } else if record.len() != columns {
            return Err(DataError::new(
                format!("{}, but the lines before it have {columns}", counted(record.len(), "number", "numbers")),
                "give every line as many numbers",
            )
            .at(at(columns.min(record.len()))));
        }
        rows += 1;
        for (column, cell) in record.iter().enumerate() {
            numbers.push(entry(cell).map_err(|error| error.at(at(column)))?);
            if numbers.len() > MOST_VALUES {
                return Err(too_many(format_args!("more than {MOST_VALUES}")));
            }
        }
    }
    if numbers.is_empty() {
        return Err(DataError::new("the file has no numbers", "give one row of numbers a line, separated by commas"));
    }
    let shape = if columns == 1 { vec![rows] } else { vec![rows, columns] };
    Ok(Content::Numbers { shape, numbers })
}

fn entry(cell: &str) -> Result<ExactNumber, DataError> {
    cell.parse().map_err(|error| {
        if cell.trim().contains([' ', '\t', ';']) {
            DataError::new(format!("'{}' is not a number", excerpt(cell)), "separate the numbers of a row by commas")
        } else {
            error
        }
    })
}

fn malformed(error: csv::Error) -> DataError {
    DataError::new(format!("this is not CSV: {error}"), "give one row of numbers a line, separated by commas")
        .because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(text: &str) -> Vec<usize> {
        match parse(text) {
            Ok(Content::Numbers { shape, .. }) => shape,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_line_is_a_row_and_a_single_column_a_flat_list() {
        assert_eq!(shape("3,1\n1,5\n"), [2, 2]);
        assert_eq!(shape("3, 1\r\n1, 5"), [2, 2]);
        assert_eq!(shape("# of numpy.savetxt\n1.0e+00\n\n2.5e-01\n"), [2]);
        assert_eq!(shape("1,2,3"), [1, 3]);
        assert_eq!(shape("\"1\",\"1/3\""), [1, 2]);
    }

    #[test]
    fn a_line_of_another_length_is_refused_with_its_number() {
        assert!(refused("1,2\n3\n").starts_with("line 2, column 2: 1 number, but the lines before it have 2"));
        assert!(refused("1\n2,3\n").starts_with("line 2, column 2: 2 numbers, but the lines before it have 1"));
    }

    #[test]
    fn what_is_not_a_number_is_refused_with_line_and_column() {
        assert!(refused("1,2\n3,x\n").starts_with("line 2, column 2: 'x' is not a number"));
        assert!(refused("a,b\n1,2\n").starts_with("line 1, column 1: 'a' is not a number"));
        assert!(refused("1,\n").starts_with("line 1, column 2: a number is missing"));
        assert!(refused("1,nan\n").starts_with("line 1, column 2: nan cannot"));
        assert!(refused("1;2\n").contains("by commas"));
        assert!(refused("1 2\n").contains("by commas"));
        assert!(refused("").contains("no numbers"));
        assert!(refused("# only a comment\n").contains("no numbers"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(?s).{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_text_of_the_right_letters_panics(text in "[0-9,.\"\n\r -]{0,60}") {
            let _ = parse(&text);
        }
    }
}
