//! Scalars: the ring trait every road is generic over, symbols, and polynomials in them.

mod number;
mod polynomial;
mod ring;

pub use number::Number;
pub use polynomial::{Family, Monomial, Polynomial, Symbol};
pub use ring::{Rational, Ring};
