//! Arrays as NumPy stores them (`.npy`): a header, then the entries.

mod header;

use super::error::{DataError, Place};
use super::exact::ExactNumber;
use super::number::not_finite;
use super::{MOST_VALUES, too_large};
use crate::tensor::count_of;
use crate::tensor::unravel;
use crate::wording::{counted, tuple};
use header::{ByteOrder, Dtype, Header, Kind, Order};
use num_bigint::BigInt;
use std::io::Read;

/// An array, its entries still as bytes: fractions are only made of those that fit a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Array {
    header: Header,
    /// As many as the header says.
    bytes: Vec<u8>,
}

/// Reads a whole `.npy` file. Takes no more memory than the header's shape asks for, and that only as bytes arrive.
pub(super) fn read(mut reader: impl Read) -> Result<Array, DataError> {
    let header = header::read(&mut reader)?;
    let count = count_of(&header.shape).filter(|&count| count <= MOST_VALUES);
    let count = count.ok_or_else(|| too_large(&header.shape))?;
    if count == 0 {
        return Err(DataError::new(
            format!("the array of shape {} is empty", tuple(&header.shape)),
            "store an array with entries",
        ));
    }
    let size = count * header.dtype.size;
    let mut bytes = Vec::new();
    reader.by_ref().take(size as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() < size {
        return Err(DataError::new(
            format!(
                "the file is cut short: {} of shape {} are {size} bytes, it has {}",
                counted(count, "value", "values"),
                tuple(&header.shape),
                bytes.len()
            ),
            "store it again with numpy.save",
        ));
    }
    // Reading on also makes a zip archive compare its checksum.
    match reader.read(&mut [0]) {
        Ok(0) => Ok(Array { header, bytes }),
        Ok(_) => Err(DataError::new(
            format!("there are more bytes after the {size} of the array of shape {}", tuple(&header.shape)),
            "store one array a file, with numpy.save",
        )),
        Err(error) => Err(unreadable(error)),
    }
}

/// The error for a file that the system or a decompressor does not give up.
pub(super) fn unreadable(error: std::io::Error) -> DataError {
    DataError::new(format!("cannot be read: {error}"), "check the path and the file").because(error)
}

impl Array {
    pub(super) fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    /// The exact value of the entry with this row-major index.
    pub(super) fn entry(&self, flat: usize) -> Result<ExactNumber, DataError> {
        let Header { dtype, order, shape } = &self.header;
        let position = match order {
            Order::RowMajor => flat,
            Order::ColumnMajor => column_major(shape, self.bytes.len() / dtype.size, flat),
        };
        let start = position * dtype.size;
        // Little end first, padded with zeros.
        let mut word = [0; 8];
        word[..dtype.size].copy_from_slice(&self.bytes[start..start + dtype.size]);
        if dtype.order == ByteOrder::Big {
            word[..dtype.size].reverse();
        }
        let place = || Place::Entry(unravel(shape, flat));
        match exact(dtype, u64::from_le_bytes(word)) {
            Said::Integer(integer) => Ok(ExactNumber::from(BigInt::from(integer))),
            Said::Float(float) => float_value(float).map_err(|error| error.at(place())),
            Said::NeitherTrueNorFalse(byte) => Err(DataError::new(
                format!("the byte {byte} is neither False (0) nor True (1)"),
                "store it again with numpy.save",
            )
            .at(place())),
        }
    }
}

/// Where the entry with this row-major index stands when the first axis varies fastest.
fn column_major(shape: &[usize], count: usize, mut flat: usize) -> usize {
    let (mut step, mut position) = (count, 0);
    for &extent in shape.iter().rev() {
        step /= extent;
        position += flat % extent * step;
        flat /= extent;
    }
    position
}

/// What the bytes of an entry say.
enum Said {
    Integer(i128),
    Float(f64),
    NeitherTrueNorFalse(u64),
}

fn exact(dtype: &Dtype, word: u64) -> Said {
    match dtype.kind {
        Kind::Bool if word > 1 => Said::NeitherTrueNorFalse(word),
        Kind::Bool | Kind::Unsigned => Said::Integer(word.into()),
        Kind::Signed => {
            let unused = 64 - 8 * dtype.size as u32;
            Said::Integer((((word << unused) as i64) >> unused).into())
        }
        Kind::Float => Said::Float(match dtype.size {
            2 => half(word as u16),
            4 => f32::from_bits(word as u32).into(),
            _ => f64::from_bits(word),
        }),
    }
}

/// The value of an IEEE 754 binary16 number, which every `f64` can hold.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (u64::from(bits >> 10 & 0x1f), u64::from(bits & 0x3ff));
    let magnitude = match exponent {
        // Below the smallest normal number: so many times 2^-24.
        0 => fraction as f64 / f64::from(1 << 24),
        // NaN and infinity.
        0x1f => f64::from_bits(0x7ff << 52 | fraction << 42),
        // The exponent is biased by 15 in the one, by 1023 in the other.
        _ => f64::from_bits((exponent + 1023 - 15) << 52 | fraction << 42),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

fn float_value(float: f64) -> Result<ExactNumber, DataError> {
    let name = match float {
        _ if float.is_nan() => "NaN",
        _ if float > 0.0 => "infinity",
        _ => "-infinity",
    };
    ExactNumber::from_f64(float).ok_or_else(|| not_finite(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::Rational;
    use proptest::prelude::*;

    fn file(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(data);
        bytes
    }

    fn entries(array: &Array) -> Result<Vec<String>, DataError> {
        let count = count_of(array.shape()).unwrap();
        (0..count).map(|flat| array.entry(flat).map(|entry| entry.to_rational().to_string())).collect()
    }

    fn only(descr: &str, data: &[u8]) -> String {
        entries(&read(file(descr, "False", "()", data).as_slice()).unwrap()).unwrap().remove(0)
    }

    fn refused(bytes: &[u8]) -> String {
        match read(bytes) {
            Ok(array) => entries(&array).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_type_in_both_byte_orders_is_exact() {
        assert_eq!(only("|b1", &[1]), "1");
        assert_eq!(only("|i1", &[0x80]), "-128");
        assert_eq!(only("|u1", &[0xff]), "255");
        assert_eq!(only("<i2", &(-2_i16).to_le_bytes()), "-2");
        assert_eq!(only(">i2", &(-2_i16).to_be_bytes()), "-2");
        assert_eq!(only("<u2", &[0xff, 0xff]), "65535");
        assert_eq!(only("<i4", &i32::MIN.to_le_bytes()), i32::MIN.to_string());
        assert_eq!(only(">u4", &u32::MAX.to_be_bytes()), u32::MAX.to_string());
        assert_eq!(only("<i8", &i64::MIN.to_le_bytes()), i64::MIN.to_string());
        assert_eq!(only(">i8", &(1_i64 << 62).to_be_bytes()), (1_i64 << 62).to_string());
        assert_eq!(only("<u8", &u64::MAX.to_le_bytes()), u64::MAX.to_string());
        assert_eq!(only("<f2", &[0x00, 0x3e]), "3/2");
        assert_eq!(only(">f2", &[0x3e, 0x00]), "3/2");
        assert_eq!(only("<f4", &0.1_f32.to_le_bytes()), "13421773/134217728");
        assert_eq!(only(">f4", &(-2.5_f32).to_be_bytes()), "-5/2");
        assert_eq!(only("<f8", &0.1_f64.to_le_bytes()), "3602879701896397/36028797018963968");
        assert_eq!(only(">f8", &1e300_f64.to_be_bytes()), format!("{:.0}", 1e300));
        assert_eq!(only("<f8", &(-0.0_f64).to_le_bytes()), "0");
    }

    #[test]
    fn every_half_is_the_number_that_its_bits_spell() {
        for bits in 0..=u16::MAX {
            let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), i64::from(bits & 0x3ff));
            let sign = if bits >> 15 == 1 { -1 } else { 1 };
            let value = half(bits);
            if exponent == 31 {
                assert!(if fraction == 0 { value == f64::INFINITY * f64::from(sign) } else { value.is_nan() });
                continue;
            }
            // Counted in units of 2^-25, without a float.
            let spelled = if exponent == 0 { 2 * fraction } else { (1024 + fraction) << exponent };
            let expected = Rational::new((i64::from(sign) * spelled).into(), (1_i64 << 25).into());
            assert_eq!(Rational::from_float(value), Some(expected), "{bits:#06x}");
        }
    }

    #[test]
    fn both_orders_of_entries_give_the_same_tensor() {
        let rows = read(file("|i1", "False", "(2, 3)", &[1, 2, 3, 4, 5, 6]).as_slice()).unwrap();
        let columns = read(file("|i1", "True", "(2, 3)", &[1, 4, 2, 5, 3, 6]).as_slice()).unwrap();
        assert_eq!(entries(&rows).unwrap(), entries(&columns).unwrap());
        let shape = [2, 3, 4];
        for flat in 0..24 {
            let index = unravel(&shape, flat);
            assert_eq!(column_major(&shape, 24, flat), index[0] + 2 * index[1] + 6 * index[2]);
        }
    }

    #[test]
    fn nan_and_infinity_are_refused_with_their_index_in_both_orders() {
        let data: Vec<u8> = [1.0, 2.0, 3.0, f64::NAN].iter().flat_map(|number| number.to_le_bytes()).collect();
        assert!(refused(&file("<f8", "False", "(2, 2)", &data)).starts_with("entry (1, 1): NaN cannot"));
        let data: Vec<u8> = [1.0, f32::NEG_INFINITY, 3.0, 4.0].iter().flat_map(|number| number.to_le_bytes()).collect();
        assert!(refused(&file("<f4", "False", "(2, 2)", &data)).starts_with("entry (0, 1): -infinity cannot"));
        assert!(refused(&file("<f4", "True", "(2, 2)", &data)).starts_with("entry (1, 0): -infinity cannot"));
        assert!(refused(&file("<f2", "False", "(1,)", &[0x00, 0x7c])).starts_with("entry (0,): infinity cannot"));
    }

    #[test]
    fn a_bool_that_is_neither_is_refused() {
        assert!(refused(&file("|b1", "False", "(2,)", &[1, 2])).starts_with("entry (1,): the byte 2"));
    }

    #[test]
    fn data_cut_short_or_too_long_is_refused() {
        assert!(
            refused(&file("<f8", "False", "(2, 2)", &[0; 31]))
                .contains("4 values of shape (2, 2) are 32 bytes, it has 31")
        );
        assert!(refused(&file("<f8", "False", "(2, 2)", &[0; 33])).contains("more bytes after the 32"));
        assert!(refused(&file("|u1", "False", "()", &[])).contains("1 value of shape () are 1 bytes, it has 0"));
    }

    #[test]
    fn an_absurd_shape_is_refused_before_memory_is_taken() {
        for shape in ["(18446744073709551615, 2)", "(4294967296, 4294967296, 4294967296)", "(16777217,)"] {
            assert!(refused(&file("<f8", "False", shape, &[])).contains("more values than the 16777216"), "{shape}");
        }
        assert!(refused(&file("<f8", "False", "(16777216,)", &[0; 8])).contains("are 134217728 bytes, it has 8"));
        assert!(refused(&file("<f8", "False", "(0, 18446744073709551615)", &[])).contains("is empty"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(array) = read(bytes.as_slice()) { let _ = entries(&array); }
        }

        #[test]
        fn no_mutation_of_a_valid_file_panics(
            descr in prop::sample::select(vec!["<f8", ">f4", "<f2", "|b1", "<i8", "|u1"]),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = file(descr, "True", "(2, 3)", &[0x3c; 48]);
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            for bytes in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
                if let Ok(array) = read(bytes) { let _ = entries(&array); }
            }
        }
    }
}
