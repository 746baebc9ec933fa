//! One trait for everything the roads can calculate with.

use num_traits::{One, Zero};
use sprs::MulAcc;
use std::fmt::Debug;
use std::ops::{AddAssign, MulAssign, Neg};

/// The exact scalar of numeric work: an arbitrary-precision fraction.
pub type Rational = num_rational::BigRational;

/// A commutative ring with one, as far as the roads need it: 0, 1, +, *, unary minus, and "add a product".
///
/// Implemented for every type that has the parts: the integers of Rust and of `num-bigint`, [`Rational`],
/// [`Polynomial`](super::Polynomial), and `f64` (which is a ring only up to rounding, so its results are
/// evidence, never proof).
pub trait Ring:
    Clone + PartialEq + Debug + Zero + One + AddAssign + MulAssign + Neg<Output = Self> + MulAcc + 'static
{
}

impl<T> Ring for T where
    T: Clone + PartialEq + Debug + Zero + One + AddAssign + MulAssign + Neg<Output = T> + MulAcc + 'static
{
}
