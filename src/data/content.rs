//! The values of a tensor as compact as they came: what every reader makes and a literal holds.

use super::exact::ExactNumber;
use super::npy;
use crate::algebra::SmallIntegers;

/// The values, as compact as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// 1, 2, 3, ... in row-major order.
    Iota,
    /// `first`, `first + 1`, ..., so many.
    Range { first: i64, count: usize },
    /// The same number everywhere.
    Constant(i64),
    /// Small integers.
    Random(SmallIntegers),
    /// Numbers in row-major order.
    Numbers { shape: Vec<usize>, numbers: Vec<ExactNumber> },
    /// An array as NumPy stored it.
    Array(npy::Array),
}
