//! Data typed on the command line: rows of numbers, JSON, ranges and rules.

use super::content::Content;
use super::error::{DataError, Place};
use super::exact::ExactNumber;
use super::{MOST_VALUES, json, too_many};
use crate::algebra::SmallIntegers;
use crate::wording::excerpt;

/// What everything else is measured against.
const FORMS: &str = "give numbers such as '3 1; 1 5' or [[3,1],[1,5]], a rule (iota, 1..16, ones, zeros, random), \
                     or a file ending in .json, .csv, .npy or .npz";

pub(super) fn parse(given: &str, random: SmallIntegers) -> Result<Content, DataError> {
    match given {
        "" => return Err(DataError::new("nothing is given", FORMS)),
        "iota" => return Ok(Content::Iota),
        "ones" => return Ok(Content::Constant(1)),
        "zeros" => return Ok(Content::Constant(0)),
        "random" => return Ok(Content::Random(random)),
        _ => {}
    }
    if given.starts_with('[') {
        return json::parse(given);
    }
    if is_a_word(given) {
        return Err(DataError::new(format!("'{}' is no data", excerpt(given)), FORMS));
    }
    if let Some((first, last)) = given.split_once("..") {
        return range(given, first, last);
    }
    rows(given)
}

/// Whether the text begins like the name of a rule or a file. Numbers may hold the letter e, and the names of NaN
/// and infinity have a message of their own.
fn is_a_word(given: &str) -> bool {
    let first = given.split([' ', '\t', '\n', ';', ',']).next().unwrap_or("");
    let letters = first.chars().filter(|character| character.is_alphabetic()).count();
    let bare = first.trim_start_matches(['-', '+']).to_ascii_lowercase();
    letters > 1 && !matches!(bare.as_str(), "nan" | "inf" | "infinity")
}

/// `first..last`, both included.
fn range(given: &str, first: &str, last: &str) -> Result<Content, DataError> {
    let (Ok(first), Ok(last)) = (first.trim().parse::<i64>(), last.trim().parse::<i64>()) else {
        return Err(DataError::new(
            format!("'{}' is no range of whole numbers", excerpt(given)),
            "a range holds both of its ends: 1..16 are sixteen numbers",
        ));
    };
    let count = i128::from(last) - i128::from(first) + 1;
    if count < 1 {
        return Err(DataError::new(
            format!("{first}..{last} is empty"),
            format!("ranges rise: write {last}..{first}, or the numbers themselves"),
        ));
    }
    match usize::try_from(count) {
        Ok(count) if count <= MOST_VALUES => Ok(Content::Range { first, count }),
        _ => Err(too_many(count)),
    }
}

/// Rows separated by `;`, numbers by spaces or commas. One row is a flat list.
fn rows(given: &str) -> Result<Content, DataError> {
    // A last row may be closed by a semicolon like the others.
    let body = given.strip_suffix(';').unwrap_or(given);
    let (mut numbers, mut columns, mut count) = (Vec::new(), None, 0);
    for row in body.split(';') {
        let before = numbers.len();
        for (column, text) in entries(row).enumerate() {
            let place = || Place::Entry(if body.contains(';') { vec![count, column] } else { vec![column] });
            numbers.push(text.parse::<ExactNumber>().map_err(|error| error.at(place()))?);
            if numbers.len() > MOST_VALUES {
                return Err(too_many(format_args!("more than {MOST_VALUES}")));
            }
        }
        let length = numbers.len() - before;
        let expected = *columns.get_or_insert(length);
        if length == 0 || length != expected {
            return Err(DataError::new(
                format!("row {count} has {length} numbers, the rows before it have {expected}"),
                "give every row as many numbers; rows are separated by ;",
            ));
        }
        count += 1;
    }
    let columns = columns.unwrap_or(0);
    let shape = if count == 1 { vec![columns] } else { vec![count, columns] };
    Ok(Content::Numbers { shape, numbers })
}

/// The numbers of a row: between two of them stand spaces, or one comma, or both.
fn entries(row: &str) -> impl Iterator<Item = &str> {
    let row = row.trim();
    row.split(',').flat_map(move |part| {
        // An empty part is a missing number, unless the row is empty as a whole.
        let missing = part.trim().is_empty() && !row.is_empty();
        part.split_whitespace().chain(missing.then_some(""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Result<Content, DataError> {
        parse(text.trim(), SmallIntegers::new(0))
    }

    fn shape(text: &str) -> Vec<usize> {
        match parsed(text) {
            Ok(Content::Numbers { shape, .. }) => shape,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn refused(text: &str) -> String {
        parsed(text).unwrap_err().to_string()
    }

    #[test]
    fn rows_are_separated_by_semicolons_and_numbers_by_spaces_or_commas() {
        assert_eq!(shape("3 1; 1 5"), [2, 2]);
        assert_eq!(shape("3,1;1,5"), [2, 2]);
        assert_eq!(shape("3, 1;\n1, 5;\n"), [2, 2]);
        assert_eq!(shape("1 2 3"), [3], "one row is a flat list");
        assert_eq!(shape("-1/2"), [1]);
        assert_eq!(shape("1e-3; .5"), [2, 1]);
    }

    #[test]
    fn a_row_of_another_length_or_without_numbers_is_refused() {
        assert!(refused("1 2; 3").contains("row 1 has 1 numbers, the rows before it have 2"));
        assert!(refused("1 2;; 3 4").contains("row 1 has 0 numbers"));
        assert!(refused(";").contains("row 0 has 0 numbers"));
    }

    #[test]
    fn what_is_not_a_number_is_named_with_its_place() {
        assert!(refused("3 1; 1 x").starts_with("entry (1, 1): 'x' is not a number"));
        assert!(refused("3 , , 1").starts_with("entry (1,): a number is missing"));
        assert!(refused("1,2,").starts_with("entry (2,): a number is missing"));
        assert!(refused("1 nan").starts_with("entry (1,): nan cannot be calculated with"));
        assert!(refused("inf 1").starts_with("entry (0,): inf cannot be calculated with"));
    }

    #[test]
    fn a_word_that_is_no_rule_is_told_the_forms() {
        for text in ["", "ramdom", "weights.txt", "../data/w.txt", "file.npy.bak", "one"] {
            assert!(refused(text).contains("iota"), "{text}");
        }
    }

    #[test]
    fn a_range_rises_and_is_of_whole_numbers() {
        assert_eq!(parsed("1..16").unwrap(), Content::Range { first: 1, count: 16 });
        assert_eq!(parsed("7..7").unwrap(), Content::Range { first: 7, count: 1 });
        assert!(refused("4..1").contains("write 1..4"));
        assert!(refused("1..x").contains("no range of whole numbers"));
        assert!(refused("0.5..2").contains("no range of whole numbers"));
        assert!(refused("..").contains("no range of whole numbers"));
        assert!(refused("1..=4").contains("holds both of its ends"));
        assert!(refused("0..9223372036854775807").contains("9223372036854775808 values; at most"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = parsed(&text);
        }

        #[test]
        fn no_text_of_the_right_letters_panics(text in "[-0-9;,. \\[\\]/e\"]{0,60}") {
            let _ = parsed(&text);
        }
    }
}
