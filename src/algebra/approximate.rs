//! Floats that remember how large their terms were, so that a difference can be told from rounding.

use num_traits::{One, Zero};
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg};

/// An `f64` and the sum of the absolute values of everything that was added up to it.
///
/// Rounding errors of a sum are in proportion to the size of its terms, not of its value. Two sums of the same `n`
/// products in different order therefore differ by at most about `2 n eps magnitude` (Higham, *Accuracy and Stability
/// of Numerical Algorithms*, section 3.1), which is what counts as equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Approximate {
    /// The number itself, computed as floats compute it.
    pub value: f64,
    /// The sum of the absolute values of its terms.
    pub magnitude: f64,
}

impl Approximate {
    /// A single float.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self { value, magnitude: value.abs() }
    }

    /// Whether two roads that each add up to `terms` products may give these two for one exact value.
    ///
    /// Where a sum left the range of floats nothing can be told, so the answer is yes: whoever prints the value has to
    /// refuse what is not finite.
    #[must_use]
    pub(crate) fn within_rounding(self, other: Self, terms: u64) -> bool {
        // Twice the bound, because the magnitudes are rounded too; the last term covers products that underflow.
        let operations = 4.0 * (terms as f64 + 2.0);
        let tolerance = operations * (f64::EPSILON * self.magnitude.max(other.magnitude) + f64::from_bits(1));
        let difference = (self.value - other.value).abs();
        difference <= tolerance || !tolerance.is_finite() || difference.is_nan()
    }
}

impl Add for Approximate {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, magnitude: self.magnitude + other.magnitude }
    }
}

impl AddAssign for Approximate {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for Approximate {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, ..self }
    }
}

impl Mul for &Approximate {
    type Output = Approximate;

    fn mul(self, other: Self) -> Approximate {
        *self * *other
    }
}

impl Mul for Approximate {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, magnitude: self.magnitude * other.magnitude }
    }
}

impl MulAssign for Approximate {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl Zero for Approximate {
    fn zero() -> Self {
        Self::new(0.0)
    }

    fn is_zero(&self) -> bool {
        self.value == 0.0
    }
}

impl One for Approximate {
    fn one() -> Self {
        Self::new(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: impl IntoIterator<Item = f64>) -> Approximate {
        values.into_iter().map(Approximate::new).fold(Approximate::zero(), Add::add)
    }

    #[test]
    fn the_order_of_a_sum_is_within_rounding() {
        let values: Vec<f64> = (1..100).map(|n| (f64::from(n) * 0.1).sin() * 1e10).collect();
        let (forwards, backwards) = (sum(values.clone()), sum(values.into_iter().rev()));
        assert_ne!(forwards.value, backwards.value, "else this test shows nothing");
        assert!(forwards.within_rounding(backwards, 99));
    }

    #[test]
    fn cancellation_leaves_the_rounding_of_the_terms() {
        let (left, right) = (sum([1e16, 1.0, -1e16]), sum([1e16, -1e16, 1.0]));
        assert_eq!((left.value, right.value), (0.0, 1.0));
        assert!(left.within_rounding(right, 3));
    }

    #[test]
    fn a_wrong_term_is_no_rounding() {
        assert!(!sum([1.0, 2.0, 3.0]).within_rounding(sum([1.0, 2.0, 3.000_000_1]), 3));
        assert!(!sum([0.0]).within_rounding(sum([1e-300]), 1));
        assert!(!sum([1e-300]).within_rounding(sum([-1e-300]), 1));
    }

    #[test]
    fn multiplying_in_place_is_multiplying() {
        let (factor, mut product) = (Approximate { value: -2.0, magnitude: 5.0 }, Approximate::new(-3.0));
        product *= factor;
        assert_eq!(product, Approximate { value: 6.0, magnitude: 15.0 });
    }

    #[test]
    fn underflow_is_rounding_too() {
        let (tiny, small) = (Approximate::new(1e-200), Approximate::new(1e-124));
        assert!((tiny * small).within_rounding(Approximate::new(1e-324), 1));
    }
}
