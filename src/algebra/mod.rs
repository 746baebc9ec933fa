//! Scalars: the ring trait every road is generic over, symbols, polynomials in them, and floats with their rounding.

mod approximate;
mod polynomial;
mod ring;

pub use approximate::Approximate;
pub use polynomial::{Family, Monomial, Polynomial, Symbol};
pub use ring::{Rational, Ring};
