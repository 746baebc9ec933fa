//! Nested JSON arrays, numbers exact from their text.

use super::content::Content;
use super::error::{DataError, Place};
use super::exact::ExactNumber;
use super::nested::{self, Fault};
use super::number::not_finite;
use super::{MOST_AXES, MOST_VALUES, check_commas, too_many};
use serde_json::value::RawValue;

/// An array of arrays of numbers, none of which is turned into a float.
pub(super) fn parse(text: &str) -> Result<Content, DataError> {
    const RAGGED: &str = "give all lists of one level the same length";
    check_commas(text)?;
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| malformed(text, error))?;
    let most = nested::Most { axes: MOST_AXES, entries: MOST_VALUES };
    let tensor = nested::read(raw, most, entry).map_err(|(index, fault)| {
        let error = match fault {
            Fault::TooManyEntries => return too_many(format_args!("more than {MOST_VALUES}")),
            Fault::TooDeep => DataError::new(
                format!("the lists are nested deeper than {MOST_AXES}"),
                "an input needs at most 5 levels: batch, channel and three sizes",
            ),
            Fault::EmptyList => DataError::new("an empty list", "give it at least one number"),
            Fault::Ragged { found, expected } => {
                DataError::new(format!("a list of {found}, where {expected} stood before"), RAGGED)
            }
            Fault::ListForNumber => DataError::new("a list, where a number stood before", RAGGED),
            Fault::NumberForList => DataError::new("a number, where a list stood before", RAGGED),
            Fault::Entry(error) => error,
        };
        error.at(Place::Entry(index))
    })?;
    Ok(Content::Numbers { shape: tensor.shape().to_vec(), numbers: tensor.into_entries() })
}

fn entry(text: &str) -> Result<ExactNumber, DataError> {
    match text.as_bytes()[0] {
        b'"' => serde_json::from_str::<String>(text).map_err(|error| malformed(text, error))?.parse(),
        b'{' => Err(DataError::new("an object", "give nested lists of numbers only")),
        b't' | b'f' | b'n' => Err(DataError::new(format!("{text} is not a number"), "write 0 or 1")),
        _ => text.parse(),
    }
}

fn malformed(text: &str, error: serde_json::Error) -> DataError {
    let place = Place::Line { line: error.line() as u64, column: error.column() as u64 };
    let column = error.column().saturating_sub(1);
    let rest = text.lines().nth(error.line().saturating_sub(1)).and_then(|line| line.get(column..)).unwrap_or("");
    // Python writes these, though JSON does not know them.
    if let Some(name) = ["NaN", "Infinity"].into_iter().find(|name| rest.starts_with(name)) {
        return not_finite(name).at(place);
    }
    let problem = error.to_string();
    let problem = problem.rsplit_once(" at line ").map_or(problem.as_str(), |(problem, _)| problem);
    DataError::new(
        format!("this is not JSON: {problem}"),
        "write nested lists of numbers, such as [[3,1],[1,5]]; fractions in quotes",
    )
    .because(error)
    .at(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> (Vec<usize>, Vec<String>) {
        match parse(text) {
            Ok(Content::Numbers { shape, numbers }) => {
                (shape, numbers.iter().map(|number| number.to_rational().to_string()).collect())
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn nesting_is_shape() {
        assert_eq!(parsed("[[3,1],[1,5]]").0, [2, 2]);
        assert_eq!(parsed(" [ [ [ 1 ] , [ 2 ] , [ 3 ] ] ] \n").0, [1, 3, 1]);
        assert_eq!(parsed("5").0, [0_usize; 0]);
    }

    #[test]
    fn numbers_are_exact_from_their_text() {
        let text = r#"[0.1, 1e-3, "1/3", "-2", 9007199254740993, 123456789012345678901234567890]"#;
        let expected = ["1/10", "1/1000", "1/3", "-2", "9007199254740993", "123456789012345678901234567890"];
        assert_eq!(parsed(text).1, expected);
    }

    #[test]
    fn ragged_and_empty_lists_are_refused_with_their_place() {
        assert!(refused("[[1,2],[3]]").starts_with("entry (1,): a list of 1, where 2 stood before"));
        assert!(refused("[[1],2]").starts_with("entry (1,): a number, where a list stood before"));
        assert!(refused("[1,[2]]").starts_with("entry (1,): a list, where a number stood before"));
        assert!(refused("[[]]").starts_with("entry (0,): an empty list"));
        assert!(refused("[]").contains("an empty list"));
    }

    #[test]
    fn what_is_not_a_number_is_refused_with_its_place() {
        assert!(refused("[1,null]").starts_with("entry (1,): null is not a number"));
        assert!(refused("[[true]]").starts_with("entry (0, 0): true is not a number"));
        assert!(refused(r#"[{"a":1}]"#).starts_with("entry (0,): an object"));
        assert!(refused(r#"["x"]"#).starts_with("entry (0,): 'x' is not a number"));
        assert!(refused("[1e999999999]").contains("at most 1000"));
    }

    #[test]
    fn nan_and_infinity_are_refused_with_their_position() {
        assert!(refused("[1,\n NaN]").starts_with("line 2, column 2: NaN cannot"), "{}", refused("[1,\n NaN]"));
        assert!(refused("[-Infinity]").starts_with("line 1, column 3: Infinity cannot"), "{}", refused("[-Infinity]"));
    }

    #[test]
    fn malformed_json_is_refused_with_its_position() {
        assert!(refused("[1,2").starts_with("line 1, column 4: this is not JSON"), "{}", refused("[1,2"));
        assert!(refused("[1,]").contains("this is not JSON"));
        assert!(refused("[1] 2").contains("this is not JSON: trailing characters;"), "{}", refused("[1] 2"));
        assert!(refused("").contains("this is not JSON"));
    }

    #[test]
    fn a_million_opening_brackets_are_an_error_and_no_overflow() {
        assert!(refused(&"[".repeat(1_000_000)).contains("not JSON"));
        let closed = ["[".repeat(1_000_000), "]".repeat(1_000_000)].concat();
        assert!(refused(&closed).contains("nested deeper than 8"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_text_of_the_right_letters_panics(text in "[\\[\\]0-9,.eE\" /-]{0,60}") {
            let _ = parse(&text);
        }
    }
}
