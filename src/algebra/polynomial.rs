//! Polynomials with integer coefficients in the symbols w, x, b and g, kept in an exact normal form.

use num_traits::{One, Zero};
use smallvec::SmallVec;
use std::fmt;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub};

/// Which tensor a symbol is an entry of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// The weight, `w`.
    Weight,
    /// The input of the operation, `x`.
    Input,
    /// The bias, `b`.
    Bias,
    /// The gradient with respect to the output, `g`.
    OutputGradient,
}

impl Family {
    /// The letter it is written with.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Weight => 'w',
            Self::Input => 'x',
            Self::Bias => 'b',
            Self::OutputGradient => 'g',
        }
    }
}

/// One entry of a tensor of unknowns: the family and the flat, row-major index of the entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol {
    /// Which tensor.
    pub family: Family,
    /// Which entry.
    pub index: u32,
}

impl Symbol {
    /// The symbol of one entry.
    #[must_use]
    pub fn new(family: Family, index: u32) -> Self {
        Self { family, index }
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.family.letter(), self.index)
    }
}

/// A product of symbols, sorted, with repetition; empty for 1.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monomial(SmallVec<[Symbol; 3]>);

impl Monomial {
    fn one() -> Self {
        Self(SmallVec::new())
    }

    /// The factors, sorted by family and index.
    #[must_use]
    pub fn symbols(&self) -> &[Symbol] {
        &self.0
    }

    /// How often the symbol is a factor, and the product without one of its occurrences.
    fn without_one(&self, symbol: Symbol) -> Option<(usize, Self)> {
        let place = self.0.iter().position(|&factor| factor == symbol)?;
        let power = self.0.iter().filter(|&&factor| factor == symbol).count();
        let mut rest = self.0.clone();
        rest.remove(place);
        Some((power, Self(rest)))
    }

    fn product(&self, other: &Self) -> Self {
        let mut symbols = self.0.clone();
        symbols.extend_from_slice(&other.0);
        symbols.sort_unstable();
        Self(symbols)
    }
}

impl fmt::Debug for Monomial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("1");
        }
        self.0.iter().enumerate().try_for_each(|(place, symbol)| {
            f.write_str(if place == 0 { "" } else { "*" })?;
            write!(f, "{symbol:?}")
        })
    }
}

/// A polynomial over the integers, in normal form: terms sorted by monomial, no monomial twice, no coefficient 0.
///
/// Two polynomials are equal as elements of `Z[w, x, b, g]` exactly when they are `==`. What holds between them
/// holds in every commutative ring, whatever is put in for the symbols.
///
/// # Panics
/// Arithmetic panics when a coefficient leaves `i64`; the coefficients of this crate count taps.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Polynomial {
    terms: Vec<(Monomial, i64)>,
}

impl Polynomial {
    /// What a term takes in memory.
    pub(crate) const TERM_BYTES: usize = size_of::<(Monomial, i64)>();

    /// The polynomial that is one symbol.
    #[must_use]
    pub fn symbol(family: Family, index: u32) -> Self {
        let mut symbols = SmallVec::new();
        symbols.push(Symbol::new(family, index));
        Self { terms: vec![(Monomial(symbols), 1)] }
    }

    /// The constant polynomial.
    #[must_use]
    pub(crate) fn constant(value: i64) -> Self {
        let terms = if value == 0 { Vec::new() } else { vec![(Monomial::one(), value)] };
        Self { terms }
    }

    /// The terms, sorted by monomial.
    #[must_use]
    pub fn terms(&self) -> &[(Monomial, i64)] {
        &self.terms
    }

    /// Puts numbers (or other polynomials) in for the symbols.
    pub fn evaluate<T: super::Ring>(&self, value: impl Fn(Symbol) -> T) -> T {
        let mut sum = T::zero();
        for (monomial, coefficient) in &self.terms {
            let product = monomial.symbols().iter().fold(T::one(), |product, &symbol| product * value(symbol));
            let mut repeated = T::zero();
            for _ in 0..coefficient.unsigned_abs() {
                repeated += product.clone();
            }
            sum += if *coefficient < 0 { -repeated } else { repeated };
        }
        sum
    }

    /// The partial derivative with respect to one symbol.
    ///
    /// Formal differentiation, term by term: `d(c s^p m)/ds = c p s^(p-1) m` for a product `m` without `s`.
    ///
    /// # Panics
    /// When a coefficient leaves `i64`.
    pub(crate) fn derivative(&self, symbol: Symbol) -> Self {
        let mut derivative = Self::default();
        for (monomial, coefficient) in &self.terms {
            if let Some((power, rest)) = monomial.without_one(symbol) {
                let power = i64::try_from(power).expect("a monomial is far shorter than 2^63");
                let coefficient = coefficient.checked_mul(power).expect("a coefficient counts taps and fits into i64");
                derivative.add_term(rest, coefficient);
            }
        }
        derivative
    }

    fn add_term(&mut self, monomial: Monomial, coefficient: i64) {
        match self.terms.binary_search_by(|(held, _)| held.cmp(&monomial)) {
            Err(place) => self.terms.insert(place, (monomial, coefficient)),
            Ok(place) => {
                let held = &mut self.terms[place].1;
                *held = held.checked_add(coefficient).expect("a coefficient counts taps and fits into i64");
                if *held == 0 {
                    self.terms.remove(place);
                }
            }
        }
    }
}

impl AddAssign for Polynomial {
    fn add_assign(&mut self, other: Self) {
        if self.terms.is_empty() {
            *self = other;
            return;
        }
        for (monomial, coefficient) in other.terms {
            self.add_term(monomial, coefficient);
        }
    }
}

impl Add for Polynomial {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Neg for Polynomial {
    type Output = Self;

    fn neg(mut self) -> Self {
        for (_, coefficient) in &mut self.terms {
            *coefficient = -*coefficient;
        }
        self
    }
}

impl Sub for Polynomial {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for &Polynomial {
    type Output = Polynomial;

    fn mul(self, other: Self) -> Polynomial {
        let mut product = Polynomial::default();
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                let coefficient = a.checked_mul(*b).expect("a coefficient counts taps and fits into i64");
                product.add_term(left.product(right), coefficient);
            }
        }
        product
    }
}

impl Mul for Polynomial {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        &self * &other
    }
}

impl MulAssign for Polynomial {
    fn mul_assign(&mut self, other: Self) {
        *self = &*self * &other;
    }
}

impl Zero for Polynomial {
    fn zero() -> Self {
        Self::default()
    }

    fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }
}

impl One for Polynomial {
    fn one() -> Self {
        Self::constant(1)
    }
}

impl fmt::Debug for Polynomial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return f.write_str("0");
        }
        self.terms.iter().enumerate().try_for_each(|(place, (monomial, coefficient))| {
            f.write_str(if place == 0 { "" } else { " + " })?;
            match coefficient {
                1 => write!(f, "{monomial:?}"),
                _ => write!(f, "{coefficient}*{monomial:?}"),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn polynomial() -> impl Strategy<Value = Polynomial> {
        let term = (proptest::collection::vec((0..2_u32, 0..3_u32), 0..3), -3..4_i64);
        proptest::collection::vec(term, 0..5).prop_map(|terms| {
            terms.into_iter().fold(Polynomial::zero(), |sum, (symbols, coefficient)| {
                let product =
                    symbols.into_iter().fold(Polynomial::constant(coefficient), |product, (family, index)| {
                        let family = [Family::Weight, Family::Input][family as usize];
                        &product * &Polynomial::symbol(family, index)
                    });
                sum + product
            })
        })
    }

    proptest! {
        #[test]
        fn polynomials_are_a_commutative_ring(a in polynomial(), b in polynomial(), c in polynomial()) {
            prop_assert_eq!(&a * &b, &b * &a);
            prop_assert_eq!(&(&a * &b) * &c, &a * &(&b * &c));
            prop_assert_eq!(&a * &(b.clone() + c.clone()), &a * &b + &a * &c);
            prop_assert_eq!(a.clone() + b.clone(), b.clone() + a.clone());
            prop_assert_eq!(a.clone() - a.clone(), Polynomial::zero());
            prop_assert_eq!(&a * &Polynomial::one(), a.clone());
            let mut product = a.clone();
            product *= b.clone();
            prop_assert_eq!(product, a * b);
        }

        #[test]
        fn evaluation_respects_sums_and_products(a in polynomial(), b in polynomial()) {
            let value = |symbol: Symbol| i64::from(symbol.index) * 5 - 3 + symbol.family as i64;
            prop_assert_eq!((&a * &b).evaluate(value), a.evaluate(value) * b.evaluate(value));
            prop_assert_eq!((a.clone() + b.clone()).evaluate(value), a.evaluate(value) + b.evaluate(value));
        }

        #[test]
        fn differentiation_is_linear_and_obeys_the_product_rule(a in polynomial(), b in polynomial(), index in 0..3_u32) {
            let symbol = Symbol::new(Family::Input, index);
            let d = |polynomial: &Polynomial| polynomial.derivative(symbol);
            prop_assert_eq!(d(&(a.clone() + b.clone())), d(&a) + d(&b));
            prop_assert_eq!(d(&(&a * &b)), &d(&a) * &b + &a * &d(&b));
        }

        #[test]
        fn the_normal_form_is_sorted_without_repeats_or_zeros(a in polynomial(), b in polynomial()) {
            let product = &a * &b;
            prop_assert!(product.terms().windows(2).all(|pair| pair[0].0 < pair[1].0));
            prop_assert!(product.terms().iter().all(|(_, coefficient)| *coefficient != 0));
        }
    }

    #[test]
    fn a_polynomial_without_the_symbol_has_derivative_zero() {
        let symbol = Symbol::new(Family::Input, 1);
        let other_index = Polynomial::symbol(Family::Input, 0);
        let other_family = Polynomial::symbol(Family::Weight, 1);
        assert_eq!((other_index + other_family + Polynomial::constant(7)).derivative(symbol), Polynomial::zero());
        assert_eq!(Polynomial::zero().derivative(symbol), Polynomial::zero());
        assert_eq!(Polynomial::symbol(Family::Input, 1).derivative(symbol), Polynomial::one());
    }

    #[test]
    fn debug_output_reads_as_a_sum_of_products() {
        let w = Polynomial::symbol(Family::Weight, 3);
        let x = Polynomial::symbol(Family::Input, 0);
        assert_eq!(format!("{:?}", &w * &x + x.clone() + x), "w3*x0 + 2*x0");
        assert_eq!(format!("{:?}", Polynomial::zero()), "0");
    }
}
