//! NumPy's array format, version 1.0 (`numpy.lib.format`), for writing.

/// The element type of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// 32-bit signed integers.
    #[cfg(feature = "files")]
    Int32,
    /// 64-bit signed integers.
    Int64,
    /// Doubles.
    Float64,
    /// A string of three bytes.
    #[cfg(feature = "files")]
    Bytes3,
}

impl Element {
    fn descriptor(self) -> &'static str {
        match self {
            #[cfg(feature = "files")]
            Self::Int32 => "<i4",
            Self::Int64 => "<i8",
            Self::Float64 => "<f8",
            #[cfg(feature = "files")]
            Self::Bytes3 => "|S3",
        }
    }
}

/// An array in C order: header and the elements' little-endian bytes.
pub(super) fn array(element: Element, shape: &[usize], bytes: impl IntoIterator<Item = u8>) -> Vec<u8> {
    const ALIGNMENT: usize = 64;
    const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
    let extents: String = shape.iter().map(|extent| format!("{extent},")).collect();
    let dictionary = format!("{{'descr': '{}', 'fortran_order': False, 'shape': ({extents}), }}", element.descriptor());
    // Magic, two bytes of length, the dictionary and a newline fill a multiple of the alignment.
    let used = MAGIC.len() + 2 + dictionary.len() + 1;
    let padding = used.next_multiple_of(ALIGNMENT) - used;
    let header = format!("{dictionary}{}\n", " ".repeat(padding));
    let mut file = MAGIC.to_vec();
    file.extend(u16::try_from(header.len()).expect("a header of a few shapes is short").to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes);
    file
}
