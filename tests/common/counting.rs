//! A ring whose numbers count what is done with them.

use num_traits::{One, Zero};
use std::cell::Cell;
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg};

/// What is counted of a kind of number.
pub(crate) trait Steps:
    Clone + Debug + PartialEq + Zero + One + AddAssign + Neg<Output = Self> + 'static
{
    /// Of one that is copied.
    fn of_copy(&self) -> u128;
    /// Of a product that is added to a sum.
    fn of_product(&self, other: &Self) -> u128;
    /// The product itself.
    fn product(&self, other: &Self) -> Self;
}

/// A number that counts what is done with it.
#[derive(Debug, PartialEq)]
pub(crate) struct Counted<T>(pub(crate) T);

thread_local! {
    static STEPS: Cell<u128> = const { Cell::new(0) };
}

/// The steps of this thread while something is done.
pub(crate) fn steps_of(something: impl FnOnce()) -> u128 {
    STEPS.set(0);
    something();
    STEPS.get()
}

fn count(steps: u128) {
    STEPS.set(STEPS.get() + steps);
}

impl<T: Steps> Clone for Counted<T> {
    fn clone(&self) -> Self {
        count(self.0.of_copy());
        Self(self.0.clone())
    }
}

impl<T: Steps> Mul for &Counted<T> {
    type Output = Counted<T>;

    fn mul(self, other: Self) -> Counted<T> {
        count(self.0.of_product(&other.0));
        Counted(self.0.product(&other.0))
    }
}

impl<T: Steps> Mul for Counted<T> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        &self * &other
    }
}

impl<T: Steps> Add for Counted<T> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl<T: Steps> AddAssign for Counted<T> {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl<T: Steps> MulAssign for Counted<T> {
    fn mul_assign(&mut self, other: Self) {
        *self = &*self * &other;
    }
}

impl<T: Steps> Neg for Counted<T> {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl<T: Steps> Zero for Counted<T> {
    fn zero() -> Self {
        Self(T::zero())
    }

    fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}

impl<T: Steps> One for Counted<T> {
    fn one() -> Self {
        Self(T::one())
    }
}
