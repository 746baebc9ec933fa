//! The header of a `.npy` file: `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
//!
//! It is a Python literal, of which only this one form is ever written for plain numbers; spelled as JSON, it is left to a
//! reader of JSON, which bounds its nesting.

use super::super::MOST_AXES;
use super::super::error::{DataError, Place};
use super::unreadable;
use crate::wording::{excerpt, printable};
use serde::Deserialize;
use std::io::Read;

const MAGIC: [u8; 6] = *b"\x93NUMPY";
/// The longest header read; one of plain numbers has about 100 bytes.
const LONGEST: u32 = 1 << 14;
const STORE_AGAIN: &str = "store it again with numpy.save";

/// What the entries are and how they are arranged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) dtype: Dtype,
    pub(super) order: Order,
    pub(super) shape: Vec<usize>,
}

/// The type of the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dtype {
    pub(super) kind: Kind,
    /// Bytes of an entry: 1, 2, 4 or 8.
    pub(super) size: usize,
    pub(super) order: ByteOrder,
}

/// What the bytes of an entry mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Signed,
    Unsigned,
    Float,
}

/// Which byte of an entry comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// Which axis varies fastest: the last (C) or the first (Fortran).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    RowMajor,
    ColumnMajor,
}

/// Reads magic, version, length and header, and stops before the data.
pub(super) fn read(reader: &mut impl Read) -> Result<Header, DataError> {
    let start: [u8; 8] = exactly(reader, 0)?;
    if start[..6] != MAGIC {
        return Err(
            DataError::new("this is no .npy file: it does not begin with \\x93NUMPY", STORE_AGAIN).at(Place::Byte(0))
        );
    }
    let (length, begin) = match start[6] {
        1 => (u32::from(u16::from_le_bytes(exactly(reader, 8)?)), 10),
        2 | 3 => (u32::from_le_bytes(exactly(reader, 8)?), 12),
        version => {
            return Err(
                DataError::new(format!("version {version} of the format is unknown"), STORE_AGAIN).at(Place::Byte(6))
            );
        }
    };
    if length > LONGEST {
        return Err(DataError::new(
            format!("the header announces {length} bytes; at most {LONGEST} are read"),
            "store a plain array of numbers",
        )
        .at(Place::Byte(8)));
    }
    let mut text = Vec::new();
    reader.take(length.into()).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() < length as usize {
        return Err(cut_short(begin + text.len()));
    }
    header(&String::from_utf8_lossy(&text)).map_err(|error| error.at(Place::Byte(begin as u64)))
}

fn exactly<const N: usize>(reader: &mut impl Read, begin: usize) -> Result<[u8; N], DataError> {
    let mut bytes = Vec::with_capacity(N);
    reader.take(N as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    let length = bytes.len();
    bytes.try_into().map_err(|_| cut_short(begin + length))
}

fn cut_short(length: usize) -> DataError {
    DataError::new(format!("the file ends after {length} bytes, within the header"), STORE_AGAIN)
}

/// The header as NumPy writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// A name such as `<f8`; of a structured type, a list.
    descr: serde_json::Value,
    fortran_order: bool,
    shape: Vec<usize>,
}

fn header(text: &str) -> Result<Header, DataError> {
    let written = serde_json::from_str(&as_json(text));
    let Written { descr, fortran_order, shape } = written.map_err(|error| {
        let error = error.to_string();
        let problem = error.rsplit_once(" at line ").map_or(error.as_str(), |(problem, _)| problem);
        broken(format!("the header does not say what numpy.save writes: {}", printable(problem)))
    })?;
    if shape.len() > MOST_AXES {
        return Err(DataError::new(
            format!("the array has more than {MOST_AXES} axes"),
            "an input needs at most 5: batch, channel and three sizes",
        ));
    }
    let dtype = match descr.as_str() {
        Some(descr) => dtype_of(descr)?,
        None => return Err(unsupported("a structured type")),
    };
    let order = if fortran_order { Order::ColumnMajor } else { Order::RowMajor };
    Ok(Header { dtype, order, shape })
}

/// A Python literal of strings, numbers, booleans, tuples and dictionaries in the spelling of JSON.
fn as_json(python: &str) -> String {
    let mut json = String::with_capacity(python.len());
    let mut quote = None;
    for character in python.chars() {
        match (quote, character) {
            (Some(closing), _) if character == closing => {
                json.push('"');
                quote = None;
            }
            (Some(_), '"' | '\\') => json.extend(['\\', character]),
            (Some(_), _) => json.push(character),
            (None, '\'' | '"') => {
                json.push('"');
                quote = Some(character);
            }
            (None, '(') => json.push('['),
            (None, ')' | ']' | '}') => {
                // The comma after the last item.
                json.truncate(json.trim_end().trim_end_matches(',').len());
                json.push(if character == ')' { ']' } else { character });
            }
            (None, 'T' | 'F') => json.push(character.to_ascii_lowercase()),
            // Python 2 wrote long integers with an L.
            (None, 'L') if json.ends_with(|before: char| before.is_ascii_digit()) => {}
            (None, '\0') => json.push(' '),
            (None, _) => json.push(character),
        }
    }
    json
}

fn broken(problem: impl Into<String>) -> DataError {
    DataError::new(problem, STORE_AGAIN)
}

fn unsupported(what: impl std::fmt::Display) -> DataError {
    DataError::new(
        format!("the entries are of {what}; bool, integers and floats of up to 64 bits can be read"),
        "store the array as numbers, such as numpy.save(name, array.astype('float64'))",
    )
}

/// A type from NumPy's name for it, such as `<f8`.
fn dtype_of(descr: &str) -> Result<Dtype, DataError> {
    let (order, name) = match descr.as_bytes().first() {
        Some(b'<') => (Some(ByteOrder::Little), &descr[1..]),
        Some(b'>') => (Some(ByteOrder::Big), &descr[1..]),
        Some(b'|') => (None, &descr[1..]),
        _ => (None, descr),
    };
    let (kind, size) = match name.as_bytes() {
        [b'b', size @ b'1'] => (Kind::Bool, size),
        [b'i', size @ (b'1' | b'2' | b'4' | b'8')] => (Kind::Signed, size),
        [b'u', size @ (b'1' | b'2' | b'4' | b'8')] => (Kind::Unsigned, size),
        [b'f', size @ (b'2' | b'4' | b'8')] => (Kind::Float, size),
        _ => {
            let family = match name.chars().next() {
                Some('c') => "complex numbers",
                Some('f') => "floats of another size",
                Some('O') => "Python objects",
                Some('S' | 'a' | 'U') => "strings",
                Some('V') => "raw bytes (bfloat16 is stored so)",
                Some('M' | 'm') => "dates or times",
                _ => "unknown type",
            };
            return Err(unsupported(format_args!("type '{}' ({family})", excerpt(descr))));
        }
    };
    let size = usize::from(size - b'0');
    match order {
        Some(order) => Ok(Dtype { kind, size, order }),
        // One byte has no order.
        None if size == 1 => Ok(Dtype { kind, size, order: ByteOrder::Little }),
        None => Err(broken(format!("the type '{}' does not say which byte comes first", excerpt(descr)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_header(version: u8, header: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([version, 0]);
        match version {
            1 => bytes.extend((header.len() as u16).to_le_bytes()),
            _ => bytes.extend((header.len() as u32).to_le_bytes()),
        }
        bytes.extend(header.bytes());
        bytes
    }

    fn parsed(header: &str) -> Result<Header, String> {
        read(&mut with_header(1, header).as_slice()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_numpy_writes_is_read_in_all_versions() {
        let header = "{'descr': '>i2', 'fortran_order': True, 'shape': (3, 4), }                  \n";
        for version in 1..=3 {
            let header = read(&mut with_header(version, header).as_slice()).unwrap();
            assert_eq!(header.dtype, Dtype { kind: Kind::Signed, size: 2, order: ByteOrder::Big });
            assert_eq!((header.order, header.shape), (Order::ColumnMajor, vec![3, 4]));
        }
    }

    #[test]
    fn other_writers_are_read_too() {
        let shape = |shape: &str| {
            parsed(&format!("{{\"shape\":{shape},\"fortran_order\":False,\"descr\":\"|u1\"}}")).unwrap().shape
        };
        assert_eq!(shape("()"), [0_usize; 0]);
        assert_eq!(shape("(3,)"), [3]);
        assert_eq!(shape("(3L, 4L)"), [3, 4]);
        assert_eq!(shape("( 3 ,4 , )"), [3, 4]);
    }

    #[test]
    fn types_without_numbers_are_refused_by_name() {
        for (descr, name) in [
            ("'<c16'", "complex numbers"),
            ("'|O'", "Python objects"),
            ("'<U5'", "strings"),
            ("'|S3'", "strings"),
            ("'|V2'", "bfloat16"),
            ("'<M8[ns]'", "dates"),
            ("'<f16'", "another size"),
            ("'<i3'", "unknown type"),
            ("''", "unknown type"),
            ("[('x', '<f8')]", "structured"),
        ] {
            let message =
                parsed(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}")).unwrap_err();
            assert!(message.contains(name) && message.contains("astype"), "{descr}: {message}");
        }
        assert!(parsed("{'descr': '|f8', 'fortran_order': False, 'shape': ()}").unwrap_err().contains("which byte"));
        assert!(parsed("{'descr': 'é', 'fortran_order': False, 'shape': ()}").unwrap_err().contains("unknown type"));
    }

    #[test]
    fn a_broken_header_is_refused_with_what_is_wrong() {
        let whole = |change: (&str, &str)| {
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}".replacen(change.0, change.1, 1)
        };
        for (change, message) in [
            (("{", ""), "byte 10: the header does not say what numpy.save writes: "),
            (("}", ""), "EOF while parsing"),
            (("'descr': '<f8', ", ""), "missing field `descr`"),
            (("'descr", "'a': 1, 'descr"), "unknown field `a`"),
            (("'descr", "'shape': (1,), 'descr"), "duplicate field `shape`"),
            (("'shape': (1,)", "'shape': 3"), "expected a sequence"),
            (("(1,)", "(-1,)"), "invalid value: integer `-1`"),
            (("(1,)", "(99999999999999999999,)"), "floating point"),
            (("(1,)", "(1,1,1,1,1,1,1,1,1)"), "more than 8 axes"),
            (("False", "1"), "expected a boolean"),
            (("False", "Maybe"), "expected value"),
            (("}", "} x"), "trailing characters"),
            (("'<f8'", "'<f8"), "byte 10: the header does not say"),
        ] {
            let header = whole(change);
            let refused = parsed(&header).unwrap_err();
            assert!(refused.contains(message), "{header}: {refused}");
        }
        assert!(parsed("").is_err() && parsed("{}").is_err() && parsed("{\u{1}").is_err());
    }

    #[test]
    fn quotes_of_either_kind_hold_the_other_kind_and_brackets() {
        assert_eq!(as_json("{'a\"(': \"it's\", 'b': (1, 2L, ), }"), "{\"a\\\"(\": \"it's\", \"b\": [1, 2]}");
    }

    #[test]
    fn hostile_nesting_is_an_error_and_no_overflow() {
        for nested in ["(".repeat(16_000), "[".repeat(16_000), "{".repeat(16_000)] {
            assert!(parsed(&format!("{{'shape': {nested}")).is_err());
            assert!(parsed(&format!("{{'descr': {nested}")).is_err());
            assert!(parsed(&nested).is_err());
        }
    }

    #[test]
    fn a_wrong_magic_a_new_version_and_a_header_of_megabytes_are_refused() {
        let refused = |bytes: &[u8]| read(&mut &*bytes).unwrap_err().to_string();
        assert!(refused(b"\x93NUMPX\x01\x00__").starts_with("byte 0: this is no .npy file"));
        assert!(refused(b"PK\x03\x04____").starts_with("byte 0: this is no .npy file"));
        assert!(refused(b"\x93NUMPY\x04\x00__").starts_with("byte 6: version 4"));
        assert!(
            refused(b"\x93NUMPY\x02\x00\x00\x00\x00\x10").starts_with("byte 8: the header announces 268435456 bytes")
        );
    }

    #[test]
    fn a_header_cut_short_is_refused_wherever_it_is_cut() {
        let whole = with_header(2, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n");
        for length in 0..whole.len() {
            let message = read(&mut &whole[..length]).unwrap_err().to_string();
            assert!(message.contains(&format!("ends after {length} bytes")), "{length}: {message}");
        }
    }
}
