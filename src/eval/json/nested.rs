//! Nested lists of numbers into tensors: the shape follows from the nesting, and what does not fit is named by its place.

use crate::eval::limits::ENTRIES;
use crate::eval::number::shortened;
use crate::eval::{EvalError, Number};
use crate::tensor::Tensor;
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

/// Reads nested lists of numbers; a bare number has the shape `[]`.
///
/// # Errors
/// For empty or ragged lists, for what is neither a list nor a number, and for too many entries, with the place.
pub(super) fn read(field: &str, json: &RawValue, strings: Strings) -> Result<Tensor<Number>, EvalError> {
    let mut reader = Reader { field, text: json.get(), at: 0, open: Vec::new(), shape: Vec::new(), leaf: None };
    let mut entries = Vec::new();
    while let Some(&byte) = reader.text.as_bytes().get(reader.at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => reader.at += 1,
            b'[' => reader.open_list()?,
            b']' => reader.close_list()?,
            _ => {
                if entries.len() as u128 == ENTRIES {
                    return Err(EvalError::TooLarge(format!("{field} has more than {ENTRIES} entries")));
                }
                entries.push(reader.number(strings)?);
            }
        }
    }
    let shape = reader.shape.into_iter().map(|extent| extent.expect("every list has been closed")).collect();
    Ok(Tensor::new(shape, entries))
}

/// Reads JSON that is known to be well-formed.
struct Reader<'a> {
    field: &'a str,
    text: &'a str,
    at: usize,
    /// For every open list, how many items it has so far.
    open: Vec<usize>,
    /// For every depth, how many items its lists have: known as soon as one is closed.
    shape: Vec<Option<usize>>,
    /// The depth of the numbers: known as soon as one is read.
    leaf: Option<usize>,
}

impl Reader<'_> {
    /// The place of the item that comes next, such as `input[0][2]`.
    fn place(&self) -> String {
        self.open.iter().fold(self.field.to_owned(), |place, at| format!("{place}[{at}]"))
    }

    fn error(&self, problem: impl Into<String>) -> EvalError {
        EvalError::field(self.place(), problem)
    }

    fn open_list(&mut self) -> Result<(), EvalError> {
        let depth = self.open.len();
        if self.leaf == Some(depth) {
            return Err(self.error("it is a list where a number is expected, as in the places before it"));
        }
        if depth == DEEPEST {
            return Err(self.error(format!("lists are nested more than {DEEPEST} deep; no tensor here is")));
        }
        if depth == self.shape.len() {
            self.shape.push(None);
        }
        self.open.push(0);
        self.at += 1;
        Ok(())
    }

    fn close_list(&mut self) -> Result<(), EvalError> {
        let count = self.open.pop().expect("brackets of well-formed JSON pair up");
        if count == 0 {
            return Err(self.error("this list is empty; every extent is at least 1"));
        }
        match self.shape[self.open.len()] {
            Some(expected) if expected != count => {
                return Err(self.error(format!(
                    "ragged: this list has {}, the ones before it at this depth have {expected}",
                    counted(count, "item", "items")
                )));
            }
            _ => self.shape[self.open.len()] = Some(count),
        }
        self.item_done();
        self.at += 1;
        Ok(())
    }

    fn item_done(&mut self) {
        if let Some(count) = self.open.last_mut() {
            *count += 1;
        }
    }

    fn number(&mut self, strings: Strings) -> Result<Number, EvalError> {
        let depth = self.open.len();
        let rest = &self.text[self.at..];
        let token = token(rest);
        let digits = match token.as_bytes()[0] {
            b'"' if strings == Strings::Numbers => &token[1..token.len() - 1],
            b'-' | b'0'..=b'9' => token,
            b'"' => return Err(self.error(format!("{} is a string; write a number", shortened(token)))),
            b'{' => return Err(self.error("it is an object; write numbers in nested lists")),
            _ => return Err(self.error(format!("{token} is not a number"))),
        };
        match self.leaf {
            Some(leaf) if leaf != depth => {
                return Err(self.error("it is a number where a list is expected, as in the places before it"));
            }
            _ => {}
        }
        // A list that was closed at this depth held lists, not numbers.
        if self.shape.len() > depth {
            return Err(self.error("it is a number where a list is expected, as in the places before it"));
        }
        let number = digits.parse().map_err(|error: crate::eval::NumberError| self.error(error.to_string()))?;
        self.leaf = Some(depth);
        self.item_done();
        self.at += token.len();
        Ok(number)
    }
}

/// A count and its noun.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The scalar a well-formed JSON text begins with (of an object: its brace).
fn token(rest: &str) -> &str {
    let bytes = rest.as_bytes();
    let end = match bytes[0] {
        b'{' => Some(1),
        b'"' => {
            let mut escaped = false;
            let closing = bytes[1..].iter().position(|&byte| {
                let closes = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                closes
            });
            closing.map(|at| at + 2)
        }
        _ => bytes.iter().position(|byte| b",]} \t\r\n".contains(byte)),
    };
    &rest[..end.unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape_of(json: &str) -> Result<Vec<usize>, String> {
        let json: &RawValue = serde_json::from_str(json).unwrap();
        let read = read("input", json, Strings::Numbers);
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
        let error = read("stride", json, Strings::Refused).unwrap_err().to_string();
        assert_eq!(error, "stride[1]: \"2\" is a string; write a number");
    }

    #[test]
    fn a_tower_of_brackets_does_not_overflow_the_stack() {
        let tower = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        let error = shape_of(&tower).unwrap_err();
        assert!(error.contains("nested more than 5 deep"), "{error}");
    }
}
