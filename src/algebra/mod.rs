//! Scalars: the ring trait every road is generic over, symbols, polynomials in them, and small random integers.

mod number;
mod polynomial;
mod random;
mod ring;

pub use number::Number;
pub use polynomial::{Family, Monomial, Polynomial, Symbol};
pub use random::SmallIntegers;
pub use ring::{Rational, Ring};
