//! Nested JSON arrays of numbers: the shape follows from the nesting, and what does not fit has a place.

use super::exact::ExactNumber;
use crate::tensor::Tensor;
use serde_json::value::RawValue;

/// How much is read.
#[derive(Clone, Copy)]
pub(crate) struct Most {
    pub(crate) axes: usize,
    pub(crate) entries: usize,
}

/// What does not fit.
pub(crate) enum Fault<E> {
    TooDeep,
    TooManyEntries,
    EmptyList,
    /// A list of another length than those before it at its depth.
    Ragged {
        found: usize,
        expected: usize,
    },
    /// Where a number stood before.
    ListForNumber,
    /// Where a list stood before.
    NumberForList,
    /// What is no list cannot be read as a number.
    Entry(E),
}

/// Reads nested lists of numbers, in one pass over their text and without recursion; a bare number has the shape `[]`.
/// What is no list is given to `number` as its text stands, of an object only the brace.
///
/// # Errors
/// With the index of what does not fit.
pub(crate) fn read<E>(
    json: &RawValue,
    most: Most,
    number: impl Fn(&str) -> Result<ExactNumber, E>,
) -> Result<Tensor<ExactNumber>, (Vec<usize>, Fault<E>)> {
    let (text, mut at) = (json.get(), 0);
    let mut lists = Lists { open: Vec::new(), extents: Vec::new() };
    let mut entries = Vec::new();
    while let Some(&byte) = text.as_bytes().get(at) {
        let mut length = 1;
        let fits = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => Ok(()),
            b'[' => lists.open(entries.is_empty(), most.axes),
            b']' => lists.close(),
            _ if entries.len() == most.entries => Err(Fault::TooManyEntries),
            _ => {
                let scalar = scalar(&text[at..]);
                length = scalar.len();
                number(scalar).map_err(Fault::Entry).and_then(|number| {
                    entries.push(number);
                    lists.number()
                })
            }
        };
        // The index of the item that was read last, or is yet to come.
        fits.map_err(|fault| (lists.open.clone(), fault))?;
        at += length;
    }
    let shape = lists.extents.into_iter().map(|extent| extent.expect("every list has been closed")).collect();
    Ok(Tensor::new(shape, entries))
}

struct Lists {
    /// For every open list, how many items it has so far.
    open: Vec<usize>,
    /// For every depth, how many items its lists have: known as soon as one is closed. Complete with the first number,
    /// because no list is empty.
    extents: Vec<Option<usize>>,
}

impl Lists {
    fn open<E>(&mut self, before_all_numbers: bool, most: usize) -> Result<(), Fault<E>> {
        let depth = self.open.len();
        if depth == self.extents.len() {
            if !before_all_numbers {
                return Err(Fault::ListForNumber);
            }
            if depth == most {
                return Err(Fault::TooDeep);
            }
            self.extents.push(None);
        }
        self.open.push(0);
        Ok(())
    }

    fn close<E>(&mut self) -> Result<(), Fault<E>> {
        let found = self.open.pop().expect("brackets of well-formed JSON pair up");
        if found == 0 {
            return Err(Fault::EmptyList);
        }
        let expected = *self.extents[self.open.len()].get_or_insert(found);
        if found != expected {
            return Err(Fault::Ragged { found, expected });
        }
        self.item_done();
        Ok(())
    }

    fn number<E>(&mut self) -> Result<(), Fault<E>> {
        if self.open.len() != self.extents.len() {
            return Err(Fault::NumberForList);
        }
        self.item_done();
        Ok(())
    }

    fn item_done(&mut self) {
        if let Some(count) = self.open.last_mut() {
            *count += 1;
        }
    }
}

/// The scalar a well-formed JSON text begins with (of an object: its brace).
fn scalar(rest: &str) -> &str {
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
