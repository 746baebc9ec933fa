//! A number as it is shown: exact, or a float that says so.

use super::Rational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::fmt;

/// A number of a derivation.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// An exact fraction.
    Exact(Rational),
    /// A double-precision float, shown with the fewest digits that identify it.
    Float(f64),
}

impl Number {
    /// Whether it is below zero.
    #[must_use]
    pub(crate) fn is_negative(&self) -> bool {
        match self {
            Self::Exact(value) => value.is_negative(),
            Self::Float(value) => *value < 0.0,
        }
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Exact(value) => value.is_zero(),
            Self::Float(value) => *value == 0.0,
        }
    }

    /// Whether it is neither infinite nor NaN.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        match self {
            Self::Exact(_) => true,
            Self::Float(value) => value.is_finite(),
        }
    }

    /// Numerator and denominator, as text, if it is an exact fraction that is no integer.
    #[must_use]
    pub fn fraction(&self) -> Option<(String, String)> {
        match self {
            Self::Exact(value) if !value.denom().is_one() => {
                Some((value.numer().to_string(), value.denom().to_string()))
            }
            _ => None,
        }
    }

    /// The product; a float as soon as one factor is.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Exact(left), Self::Exact(right)) => Self::Exact(left * right),
            _ => Self::Float(self.to_f64() * other.to_f64()),
        }
    }

    /// The sum; a float as soon as one term is.
    #[must_use]
    pub fn sum<'a>(terms: impl IntoIterator<Item = &'a Self>) -> Self {
        terms.into_iter().fold(Self::Exact(Rational::zero()), |sum, term| match (sum, term) {
            (Self::Exact(left), Self::Exact(right)) => Self::Exact(left + right),
            (left, right) => Self::Float(left.to_f64() + right.to_f64()),
        })
    }

    /// The nearest float.
    #[must_use]
    pub(crate) fn to_f64(&self) -> f64 {
        match self {
            Self::Exact(value) => value.to_f64().unwrap_or(f64::NAN),
            Self::Float(value) => *value,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(value) => write!(f, "{value}"),
            // Beyond these the plain form is mostly zeros.
            Self::Float(value) if *value != 0.0 && !(1e-5..1e16).contains(&value.abs()) => write!(f, "{value:e}"),
            Self::Float(value) => write!(f, "{value}"),
        }
    }
}

impl From<Rational> for Number {
    fn from(value: Rational) -> Self {
        Self::Exact(value)
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::Exact(Rational::from_integer(value.into()))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::Exact(Rational::from_integer(value.into()))
    }
}
