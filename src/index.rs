//! Numbers of cells in the two types that count them, with nothing cut off on the way: 32 bits where cells are listed, signed
//! where they are positions. On a 32-bit machine as on any other.

/// The number of a cell that is listed.
///
/// # Panics
/// Beyond 32 bits: sizes are checked before anything is listed.
#[inline]
pub(crate) fn narrow(index: usize) -> u32 {
    u32::try_from(index).expect("sizes are checked against 32 bits before anything is listed")
}

/// A length, or a place along an axis, from which another may be taken away.
///
/// # Panics
/// Beyond 63 bits, which no layer reaches: [`Layer::SIZE_LIMIT`](crate::geometry::Layer::SIZE_LIMIT).
#[inline]
pub(crate) fn signed(cells: usize) -> i64 {
    i64::try_from(cells).expect("lengths of a layer fit into 63 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_itself() {
        assert_eq!((narrow(0), narrow(u32::MAX as usize)), (0, u32::MAX));
        assert_eq!((signed(0), signed(usize::MAX / 2)), (0, isize::MAX as i64));
    }

    #[test]
    #[should_panic(expected = "32 bits")]
    #[cfg(target_pointer_width = "64")]
    fn a_number_beyond_32_bits_is_not_cut() {
        let _ = narrow(1 << 32);
    }

    #[test]
    #[should_panic(expected = "63 bits")]
    #[cfg(target_pointer_width = "64")]
    fn a_length_beyond_63_bits_does_not_become_negative() {
        let _ = signed(1 << 63);
    }
}
