//! Nested lists of numbers in a field into tensors; what does not fit is named by its place.

use crate::data::ExactNumber;
use crate::data::nested::{self, Fault};
use crate::eval::EvalError;
use crate::eval::number::number;
use crate::tensor::Tensor;
use crate::wording::{counted, shortened};
use serde_json::value::RawValue;

/// `[N, channels, depth, height, width]` is the most a tensor has.
const DEEPEST: usize = 5;

/// Whether numbers may come as strings, such as `"1/3"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strings {
    /// As exact numbers.
    Numbers,
    /// Not at all.
    Refused,
}

/// Reads nested lists of at most so many numbers; a bare number has the shape `[]`.
///
/// # Errors
/// For empty or ragged lists, for what is neither a list nor a number, and for too many entries, with the place.
pub(super) fn read(
    field: &str,
    json: &RawValue,
    strings: Strings,
    entries: usize,
) -> Result<Tensor<ExactNumber>, EvalError> {
    let most = nested::Most { axes: DEEPEST, entries };
    nested::read(json, most, |text| entry(text, strings)).map_err(|(index, fault)| {
        let problem = match fault {
            Fault::TooManyEntries => {
                return EvalError::TooLarge(format!(
                    "{field} has more than the {entries} numbers that there is room for"
                ));
            }
            Fault::TooDeep => format!("lists are nested more than {DEEPEST} deep; no tensor here is"),
            Fault::EmptyList => "this list is empty; every extent is at least 1".into(),
            Fault::Ragged { found, expected } => format!(
                "ragged: this list has {}, the ones before it at this depth have {expected}",
                counted(found, "item", "items")
            ),
            Fault::ListForNumber => "it is a list where a number is expected, as in the places before it".into(),
            Fault::NumberForList => "it is a number where a list is expected, as in the places before it".into(),
            Fault::Entry(problem) => problem,
        };
        EvalError::entry(field, &index, problem)
    })
}

fn entry(text: &str, strings: Strings) -> Result<ExactNumber, String> {
    match text.as_bytes()[0] {
        b'"' if strings == Strings::Numbers => number(&text[1..text.len() - 1]),
        b'-' | b'0'..=b'9' => number(text),
        b'"' => Err(format!("{} is a string; write a number", shortened(text))),
        b'{' => Err("it is an object; write numbers in nested lists".into()),
        _ => Err(format!("{text} is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape_of(json: &str) -> Result<Vec<usize>, String> {
        let json: &RawValue = serde_json::from_str(json).unwrap();
        let read = read("input", json, Strings::Numbers, 100);
        read.map(|tensor| tensor.shape().to_vec()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_shape_follows_from_the_nesting() {
        assert_eq!(shape_of("7"), Ok(vec![]));
        assert_eq!(shape_of("[1,2,3]"), Ok(vec![3]));
        assert_eq!(shape_of(" [ [1 , \"1/2\"] ,\t[3,4],[5,6] ] "), Ok(vec![3, 2]));
        assert_eq!(shape_of("[[[[[1]]]]]"), Ok(vec![1, 1, 1, 1, 1]));
    }

    #[test]
    fn raggedness_is_named_by_its_place() {
        for (json, place, problem) in [
            ("[[1,2],[3]]", "input[1]", "has 1 item, the ones before it at this depth have 2"),
            ("[[1],[2,3]]", "input[1]", "has 2 items"),
            ("[[[1],[2]],[[3]]]", "input[1]", "has 1 item,"),
            ("[[1],2]", "input[1]", "a number where a list"),
            ("[1,[2]]", "input[1]", "a list where a number"),
            ("[[[1]],[2]]", "input[1][0]", "a number where a list"),
            ("[[1],[[2]]]", "input[1][0]", "a list where a number"),
        ] {
            let error = shape_of(json).unwrap_err();
            assert!(error.starts_with(&format!("{place}: ")) && error.contains(problem), "{json}: {error}");
        }
    }

    #[test]
    fn what_is_no_list_of_numbers_is_refused_at_its_place() {
        for (json, message) in [
            ("[]", "input: this list is empty"),
            ("[[1],[]]", "input[1]: this list is empty"),
            ("[1,null]", "input[1]: null is not a number"),
            ("[true]", "input[0]: true is not a number"),
            ("{\"a\":1}", "input: it is an object"),
            ("[1,{}]", "input[1]: it is an object"),
            ("[\"abc\"]", "input[0]: \"abc\" is not a number"),
            ("[\"NaN\"]", "input[0]: NaN is no number"),
            ("[\"\\\"]\"]", "is not a number"),
            ("[\"\"]", "is not a number"),
            ("[\"1/0\"]", "input[0]: the denominator is 0"),
            ("[[[[[[1]]]]]]", "nested more than 5 deep"),
            ("[1e999999999]", "input[0]: 1e999999999 is too far from 1"),
        ] {
            let error = shape_of(json).unwrap_err();
            assert!(error.contains(message), "{json}: {error}");
        }
    }

    #[test]
    fn strings_are_refused_where_they_mean_nothing() {
        let json: &RawValue = serde_json::from_str("[1,\"2\"]").unwrap();
        let error = read("stride", json, Strings::Refused, 100).unwrap_err().to_string();
        assert_eq!(error, "stride[1]: \"2\" is a string; write a number");
    }

    #[test]
    fn a_tower_of_brackets_does_not_overflow_the_stack() {
        let tower = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        let error = shape_of(&tower).unwrap_err();
        assert!(error.contains("nested more than 5 deep"), "{error}");
    }
}
