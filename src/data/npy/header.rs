//! The header of a `.npy` file: `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
//!
//! It is a Python literal, of which only this one form is ever written for plain numbers; so it is read as this form,
//! without recursion and without a general parser of Python.

use super::super::MOST_AXES;
use super::super::error::{DataError, Place};
use super::unreadable;
use crate::wording::excerpt;
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
    reader.take(length.into()).read_to_end(&mut text).map_err(|error| unreadable(&error))?;
    if text.len() < length as usize {
        return Err(cut_short(begin + text.len()));
    }
    Parser { text: &text, position: 0 }
        .header()
        .map_err(|(position, error)| error.at(Place::Byte(begin as u64 + position as u64)))
}

fn exactly<const N: usize>(reader: &mut impl Read, begin: usize) -> Result<[u8; N], DataError> {
    let mut bytes = Vec::with_capacity(N);
    reader.take(N as u64).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    let length = bytes.len();
    bytes.try_into().map_err(|_| cut_short(begin + length))
}

fn cut_short(length: usize) -> DataError {
    DataError::new(format!("the file ends after {length} bytes, within the header"), STORE_AGAIN)
}

/// An error and the byte of the header it belongs to.
type At<T> = Result<T, (usize, DataError)>;

struct Parser<'a> {
    text: &'a [u8],
    position: usize,
}

impl Parser<'_> {
    fn header(&mut self) -> At<Header> {
        let (mut dtype, mut order, mut shape) = (None, None, None);
        self.expect(b'{')?;
        while !self.accept(b'}') {
            let start = self.position;
            let key = self.string()?;
            self.expect(b':')?;
            let given_before = match key.as_str() {
                "descr" => dtype.replace(self.dtype()?).is_some(),
                "fortran_order" => order.replace(self.order()?).is_some(),
                "shape" => shape.replace(self.shape()?).is_some(),
                _ => return Err((start, broken(format!("the header has an unknown key '{}'", excerpt(&key))))),
            };
            if given_before {
                return Err((start, broken(format!("the header has the key '{key}' twice"))));
            }
            if !self.accept(b',') {
                self.expect(b'}')?;
                break;
            }
        }
        match self.peek() {
            None => {}
            Some(_) => return Err((self.position, broken("the header goes on after its closing brace"))),
        }
        let missing = |key: &str| (self.position, broken(format!("the header has no '{key}'")));
        Ok(Header {
            dtype: dtype.ok_or_else(|| missing("descr"))?,
            order: order.ok_or_else(|| missing("fortran_order"))?,
            shape: shape.ok_or_else(|| missing("shape"))?,
        })
    }

    fn dtype(&mut self) -> At<Dtype> {
        if self.peek() == Some(b'[') {
            return Err((self.position, unsupported("a structured type")));
        }
        let start = self.position;
        let descr = self.string()?;
        dtype_of(&descr).map_err(|error| (start, error))
    }

    fn order(&mut self) -> At<Order> {
        for (word, order) in [("False", Order::RowMajor), ("True", Order::ColumnMajor)] {
            self.skip_spaces();
            if self.text[self.position..].starts_with(word.as_bytes()) {
                self.position += word.len();
                return Ok(order);
            }
        }
        Err((self.position, broken("fortran_order is neither True nor False")))
    }

    fn shape(&mut self) -> At<Vec<usize>> {
        let mut shape = Vec::new();
        self.expect(b'(')?;
        while !self.accept(b')') {
            if shape.len() == MOST_AXES {
                return Err((
                    self.position,
                    DataError::new(
                        format!("the array has more than {MOST_AXES} axes"),
                        "an input needs at most 5: batch, channel and three sizes",
                    ),
                ));
            }
            shape.push(self.extent()?);
            if !self.accept(b',') {
                self.expect(b')')?;
                break;
            }
        }
        Ok(shape)
    }

    fn extent(&mut self) -> At<usize> {
        self.skip_spaces();
        let rest = &self.text[self.position..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = String::from_utf8_lossy(&rest[..digits]);
        let extent = text.parse().map_err(|_| {
            let problem = match digits {
                0 => "the shape has an extent that is no whole number".into(),
                _ => format!("the extent {} does not fit into 64 bits", excerpt(&text)),
            };
            (self.position, broken(problem))
        })?;
        self.position += digits;
        // Python 2 wrote long integers so.
        self.accept(b'L');
        Ok(extent)
    }

    fn string(&mut self) -> At<String> {
        self.skip_spaces();
        let rest = &self.text[self.position..];
        let quote = rest.first().copied().filter(|byte| matches!(byte, b'\'' | b'"'));
        let inside = quote.and_then(|quote| {
            let length = rest[1..].iter().position(|&byte| byte == quote)?;
            Some(&rest[1..=length])
        });
        let Some(inside) = inside else { return Err((self.position, broken("the header lacks a quoted name here"))) };
        self.position += inside.len() + 2;
        Ok(String::from_utf8_lossy(inside).into_owned())
    }

    fn peek(&mut self) -> Option<u8> {
        self.skip_spaces();
        self.text.get(self.position).copied()
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> At<()> {
        if self.accept(byte) {
            return Ok(());
        }
        Err((self.position, broken(format!("the header lacks a '{}' here", char::from(byte)))))
    }

    fn skip_spaces(&mut self) {
        let spaces = self.text[self.position..].iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0);
        self.position += spaces.count();
    }
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
    let (kind, size) = match name {
        "b1" => (Kind::Bool, 1),
        "i1" => (Kind::Signed, 1),
        "i2" => (Kind::Signed, 2),
        "i4" => (Kind::Signed, 4),
        "i8" => (Kind::Signed, 8),
        "u1" => (Kind::Unsigned, 1),
        "u2" => (Kind::Unsigned, 2),
        "u4" => (Kind::Unsigned, 4),
        "u8" => (Kind::Unsigned, 8),
        "f2" => (Kind::Float, 2),
        "f4" => (Kind::Float, 4),
        "f8" => (Kind::Float, 8),
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
    fn a_broken_header_is_refused_with_its_byte() {
        for (header, message) in [
            ("", "byte 10: the header lacks a '{' here"),
            ("{", "byte 11: the header lacks a quoted name here"),
            ("{'descr", "byte 11: the header lacks a quoted name here"),
            ("{'descr' '<f8'}", "byte 19: the header lacks a ':' here"),
            ("{'a': 1}", "byte 11: the header has an unknown key 'a'"),
            ("{'shape': (1,), 'shape': (1,)}", "the header has the key 'shape' twice"),
            ("{'shape': 3}", "byte 20: the header lacks a '(' here"),
            ("{'shape': (-1,)}", "byte 21: the shape has an extent that is no whole number"),
            ("{'shape': (99999999999999999999,)}", "does not fit into 64 bits"),
            ("{'shape': (1,1,1,1,1,1,1,1,1)}", "more than 8 axes"),
            ("{'fortran_order': 1}", "neither True nor False"),
            ("{'shape': (1,)}", "the header has no 'descr'"),
            ("{}", "the header has no 'descr'"),
            ("{'shape': (1,)} x", "goes on after"),
        ] {
            let refused = parsed(header).unwrap_err();
            assert!(refused.contains(message), "{header}: {refused}");
        }
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
