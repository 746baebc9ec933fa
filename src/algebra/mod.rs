//! Scalars: the ring trait every road is generic over, symbols and polynomials in them, floats with their rounding,
//! and small random integers and choices.

mod approximate;
mod number;
mod polynomial;
mod random;
mod ring;

pub use approximate::Approximate;
pub use number::Number;
pub use polynomial::{Family, Monomial, Polynomial, Symbol};
pub use random::{Dice, SmallIntegers};
pub use ring::{Rational, Ring};
