//! One exact number in little memory, and the one parser of its text.

use crate::algebra::Rational;
use num_bigint::BigInt;
use num_traits::{Float as _, Signed as _, ToPrimitive as _, Zero as _};

/// Digits that fit into an `i64` whatever they are.
const SHORT: usize = 18;

/// One exact, finite number, kept as it was written: fractions are only made of those that are calculated with.
#[derive(Clone, Debug)]
pub struct ExactNumber(Kind);

/// Small where it can be: a tensor of a million ordinary numbers takes 16 megabytes, and nothing is written out.
#[derive(Clone, Debug)]
enum Kind {
    Integer(i64),
    /// `digits * 10^exponent`.
    Decimal {
        digits: i64,
        exponent: i32,
    },
    /// The same, with digits that do not fit.
    Long(Box<(BigInt, i32)>),
    /// `digits * 2^exponent`: a float.
    Binary {
        digits: i64,
        exponent: i32,
    },
    /// Not necessarily reduced; the denominator is positive.
    Fraction(Box<(BigInt, BigInt)>),
}

/// What powers an exponent is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Two,
    Ten,
}

/// A number as it is kept.
#[derive(Clone, Copy)]
pub(crate) enum Form<'a> {
    /// `digits * base^exponent`.
    Short { digits: i64, base: Base, exponent: i32 },
    /// `digits * 10^exponent`.
    Long { digits: &'a BigInt, exponent: i32 },
    /// Not necessarily reduced; the denominator is positive.
    Fraction { numerator: &'a BigInt, denominator: &'a BigInt },
}

impl ExactNumber {
    /// The number, if it is an integer that was short enough to be kept as one.
    #[must_use]
    pub(crate) fn small_integer(&self) -> Option<i64> {
        match self.0 {
            Kind::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// Numerator and denominator; the denominator is positive, and the two may have common factors.
    #[must_use]
    pub fn fraction(&self) -> (BigInt, BigInt) {
        let (digits, exponent) = match &self.0 {
            Kind::Integer(value) => (BigInt::from(*value), 0),
            Kind::Decimal { digits, exponent } => (BigInt::from(*digits), *exponent),
            Kind::Long(decimal) => (decimal.0.clone(), decimal.1),
            Kind::Binary { digits, exponent } => {
                let power = BigInt::from(1) << exponent.unsigned_abs();
                let digits = BigInt::from(*digits);
                return if *exponent < 0 { (digits, power) } else { (digits * power, 1.into()) };
            }
            Kind::Fraction(parts) => return (parts.0.clone(), parts.1.clone()),
        };
        let power = power_of_ten(exponent.unsigned_abs());
        if exponent < 0 { (digits, power) } else { (digits * power, BigInt::from(1)) }
    }

    /// The number as it is kept: what is calculated with it follows from that.
    pub(crate) fn form(&self) -> Form<'_> {
        match &self.0 {
            Kind::Integer(value) => Form::Short { digits: *value, base: Base::Ten, exponent: 0 },
            Kind::Decimal { digits, exponent } => Form::Short { digits: *digits, base: Base::Ten, exponent: *exponent },
            Kind::Binary { digits, exponent } => Form::Short { digits: *digits, base: Base::Two, exponent: *exponent },
            Kind::Long(decimal) => Form::Long { digits: &decimal.0, exponent: decimal.1 },
            Kind::Fraction(parts) => Form::Fraction { numerator: &parts.0, denominator: &parts.1 },
        }
    }

    /// The bytes it takes beside its place in a tensor.
    pub(crate) fn heap(&self) -> usize {
        let long = |number: &BigInt| number.bits().div_ceil(64) as usize * 8;
        match &self.0 {
            Kind::Integer(_) | Kind::Decimal { .. } | Kind::Binary { .. } => 0,
            Kind::Long(decimal) => size_of_val(&**decimal) + long(&decimal.0),
            Kind::Fraction(parts) => size_of_val(&**parts) + long(&parts.0) + long(&parts.1),
        }
    }

    /// Its absolute value.
    #[must_use]
    pub(crate) fn abs(&self) -> Self {
        let short = |digits: i64| i64::checked_abs(digits);
        Self(match &self.0 {
            Kind::Integer(value) => match short(*value) {
                Some(value) => Kind::Integer(value),
                None => return Self::from(BigInt::from(*value).abs()),
            },
            Kind::Decimal { digits, exponent } => match short(*digits) {
                Some(digits) => Kind::Decimal { digits, exponent: *exponent },
                None => Kind::Long(Box::new((BigInt::from(*digits).abs(), *exponent))),
            },
            Kind::Binary { digits, exponent } => Kind::Binary { digits: digits.abs(), exponent: *exponent },
            Kind::Long(decimal) => Kind::Long(Box::new((decimal.0.abs(), decimal.1))),
            Kind::Fraction(parts) => Kind::Fraction(Box::new((parts.0.abs(), parts.1.clone()))),
        })
    }

    /// Whether it was written as a fraction, whose parts may have any common factor.
    pub(crate) fn is_fraction(&self) -> bool {
        matches!(self.0, Kind::Fraction(_))
    }

    /// The bytes it takes once it is written out as a fraction, about.
    pub(crate) fn written_out(&self) -> usize {
        let exponent = match self.form() {
            Form::Short { exponent, .. } | Form::Long { exponent, .. } => exponent.unsigned_abs() as usize,
            Form::Fraction { .. } => 0,
        };
        // Ten has 3.32 bits.
        self.heap() + exponent / 2
    }

    /// A float at its exact value; none for NaN and infinity.
    #[must_use]
    pub(crate) fn from_f64(float: f64) -> Option<Self> {
        if !float.is_finite() {
            return None;
        }
        let (digits, exponent, sign) = float.integer_decode();
        if digits == 0 {
            return Some(Self::from(0));
        }
        let zeros = digits.trailing_zeros();
        // 53 bits have room for a sign.
        let digits = i64::from(sign) * (digits >> zeros) as i64;
        let exponent = i32::from(exponent) + zeros as i32;
        let whole =
            u32::try_from(exponent).ok().filter(|&exponent| digits.unsigned_abs().leading_zeros() > exponent + 1);
        Some(match whole {
            Some(exponent) => Self::from(digits << exponent),
            None => Self(Kind::Binary { digits, exponent }),
        })
    }

    /// The number in lowest terms.
    #[must_use]
    pub fn to_rational(&self) -> Rational {
        match &self.0 {
            Kind::Integer(value) => Rational::from_integer((*value).into()),
            Kind::Decimal { digits, exponent } => scaled((*digits).into(), *exponent),
            Kind::Long(decimal) => scaled(decimal.0.clone(), decimal.1),
            // The digits are odd.
            Kind::Binary { .. } => {
                let (numerator, denominator) = self.fraction();
                Rational::new_raw(numerator, denominator)
            }
            Kind::Fraction(parts) => Rational::new(parts.0.clone(), parts.1.clone()),
        }
    }

    /// The nearest float, ties to even; infinite beyond the largest.
    #[must_use]
    pub(crate) fn to_f64(&self) -> f64 {
        // Reading rounds correctly, so it is left to reading.
        let read = |decimal: String| decimal.parse().unwrap_or(f64::NAN);
        match &self.0 {
            Kind::Integer(value) => *value as f64,
            Kind::Decimal { digits, exponent } => read(format!("{digits}e{exponent}")),
            Kind::Long(decimal) => read(format!("{}e{}", decimal.0, decimal.1)),
            Kind::Binary { .. } => self.to_rational().to_f64().unwrap_or(f64::NAN),
            Kind::Fraction(parts) => Rational::new_raw(parts.0.clone(), parts.1.clone()).to_f64().unwrap_or(f64::NAN),
        }
    }
}

impl PartialEq for ExactNumber {
    /// Whether the values are the same, however they were written.
    fn eq(&self, other: &Self) -> bool {
        let ((left, below_left), (right, below_right)) = (self.fraction(), other.fraction());
        left * below_right == right * below_left
    }
}

impl Eq for ExactNumber {}

impl From<i64> for ExactNumber {
    fn from(value: i64) -> Self {
        Self(Kind::Integer(value))
    }
}

impl From<BigInt> for ExactNumber {
    fn from(value: BigInt) -> Self {
        value.to_i64().map_or_else(|| Self(Kind::Long(Box::new((value, 0)))), Self::from)
    }
}

impl From<Rational> for ExactNumber {
    fn from(value: Rational) -> Self {
        Self(Kind::Fraction(Box::new(value.into_raw())))
    }
}

/// What is read as a number.
pub(crate) struct Reading {
    /// The longest text, in bytes: reading takes time in proportion to the square.
    pub(crate) longest: usize,
    pub(crate) largest_exponent: Largest,
    pub(crate) spelling: Spelling,
}

/// The largest exponent of ten, either way.
#[derive(Clone, Copy)]
pub(crate) enum Largest {
    /// As it is written; 0 has one, too.
    Written(i64),
    /// Of the digits without their point; 0 has none.
    OfDigits(i64),
}

/// How numbers are spelled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As JSON has them.
    Strict,
    /// As people type them: with a plus, the minus of typesetters, nothing before or behind the point, and spaces
    /// around the parts of a fraction.
    Typed,
}

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberFault {
    TooLong,
    NoNumber,
    DividesByZero,
    ExponentTooLarge,
}

impl Reading {
    /// Reads an integer, a decimal with or without exponent, or a fraction of two integers.
    pub(crate) fn read(&self, text: &str) -> Result<ExactNumber, NumberFault> {
        if text.len() > self.longest {
            return Err(NumberFault::TooLong);
        }
        let signs: &[char] = if self.spelling == Spelling::Typed { &['-', '+', '\u{2212}'] } else { &['-'] };
        let (negative, unsigned) = sign(text, signs);
        match unsigned.split_once('/') {
            Some((numerator, denominator)) => self.quotient(negative, numerator, denominator),
            None => self.decimal(negative, unsigned),
        }
    }

    fn quotient(&self, negative: bool, numerator: &str, denominator: &str) -> Result<ExactNumber, NumberFault> {
        let part = |text: &str| {
            let text = if self.spelling == Spelling::Typed { text.trim() } else { text };
            if is_digits(text) {
                text.parse::<BigInt>().map_err(|_| NumberFault::NoNumber)
            } else {
                Err(NumberFault::NoNumber)
            }
        };
        let (numerator, denominator) = (part(numerator)?, part(denominator)?);
        if denominator.is_zero() {
            return Err(NumberFault::DividesByZero);
        }
        let numerator = if negative { -numerator } else { numerator };
        Ok(ExactNumber(Kind::Fraction(Box::new((numerator, denominator)))))
    }

    fn decimal(&self, negative: bool, unsigned: &str) -> Result<ExactNumber, NumberFault> {
        // The common case: a short integer.
        if unsigned.len() <= SHORT && is_digits(unsigned) {
            let magnitude: i64 = unsigned.parse().map_err(|_| NumberFault::NoNumber)?;
            return Ok(ExactNumber::from(if negative { -magnitude } else { magnitude }));
        }
        let (mantissa, written) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, self.exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (before, behind) = match mantissa.split_once('.') {
            Some((before, behind)) if self.spelling == Spelling::Typed || !(before.is_empty() || behind.is_empty()) => {
                (before, behind)
            }
            Some(_) => return Err(NumberFault::NoNumber),
            None => (mantissa, ""),
        };
        let digits = [before, behind].concat();
        if !is_digits(&digits) {
            return Err(NumberFault::NoNumber);
        }
        let significant = digits.trim_end_matches('0');
        let exponent = written - behind.len() as i64 + (digits.len() - significant.len()) as i64;
        let significant = significant.trim_start_matches('0');
        let (judged, largest) = match self.largest_exponent {
            Largest::Written(largest) => (written, largest),
            Largest::OfDigits(largest) if significant.is_empty() => (0, largest),
            Largest::OfDigits(largest) => (written - behind.trim_end_matches('0').len() as i64, largest),
        };
        if judged.abs() > largest {
            return Err(NumberFault::ExponentTooLarge);
        }
        if significant.is_empty() {
            return Ok(ExactNumber::from(0));
        }
        // Bounded by the largest exponent and the longest text.
        let exponent = exponent as i32;
        let small = significant.parse::<i128>().ok();
        if let Some(digits) =
            small.and_then(|magnitude| i64::try_from(if negative { -magnitude } else { magnitude }).ok())
        {
            return Ok(ExactNumber(short(digits, exponent)));
        }
        let magnitude: BigInt = significant.parse().map_err(|_| NumberFault::NoNumber)?;
        Ok(ExactNumber(Kind::Long(Box::new((if negative { -magnitude } else { magnitude }, exponent)))))
    }

    /// An exponent as it is written; one beyond all limits is as good as any other.
    fn exponent(&self, text: &str) -> Result<i64, NumberFault> {
        const BEYOND: i64 = 1 << 40;
        let signs: &[char] = if self.spelling == Spelling::Typed { &['-', '+', '\u{2212}'] } else { &['-', '+'] };
        let (negative, digits) = sign(text, signs);
        if !is_digits(digits) {
            return Err(NumberFault::NoNumber);
        }
        let magnitude = digits.parse().map_or(BEYOND, |exponent: i64| exponent.min(BEYOND));
        Ok(if negative { -magnitude } else { magnitude })
    }
}

/// Whether a minus stands in front, and what follows the sign.
fn sign<'t>(text: &'t str, signs: &[char]) -> (bool, &'t str) {
    text.strip_prefix(signs).map_or((false, text), |unsigned| (!text.starts_with('+'), unsigned))
}

fn short(digits: i64, exponent: i32) -> Kind {
    let scaled = u32::try_from(exponent)
        .ok()
        .and_then(|exponent| 10_i64.checked_pow(exponent))
        .and_then(|power| digits.checked_mul(power));
    scaled.map_or(Kind::Decimal { digits, exponent }, Kind::Integer)
}

/// `digits * 10^exponent` in lowest terms. Only 2 and 5 can cancel, which is far quicker than a general divisor.
fn scaled(mut digits: BigInt, exponent: i32) -> Rational {
    if exponent >= 0 {
        return Rational::from_integer(digits * power_of_ten(exponent.unsigned_abs()));
    }
    let places = u64::from(exponent.unsigned_abs());
    let twos = digits.trailing_zeros().unwrap_or(places).min(places);
    digits >>= twos;
    let mut fives = 0;
    while fives < places && (&digits % 5_u32).is_zero() {
        digits /= 5_u32;
        fives += 1;
    }
    Rational::new_raw(digits, BigInt::from(5).pow((places - fives) as u32) << (places - twos))
}

pub(crate) fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> ExactNumber {
        let largest_exponent = Largest::OfDigits(1000);
        Reading { longest: 1000, largest_exponent, spelling: Spelling::Strict }.read(text).unwrap()
    }

    #[test]
    fn numbers_are_equal_however_they_are_written() {
        for (left, right) in
            [("2/4", "0.5"), ("6/3", "2"), ("100e-2", "1"), ("123456789012345678901e-1", "12345678901234567890.1")]
        {
            assert_eq!(exact(left), exact(right));
        }
        assert_ne!(exact("1/3"), exact("0.333333333333333333333333333333"));
    }

    #[test]
    fn integers_are_kept_as_integers_where_they_fit() {
        for (text, integer) in [
            ("100e-2", Some(1)),
            ("2.0", Some(2)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("0.5", None),
        ] {
            assert_eq!(exact(text).small_integer(), integer, "{text}");
        }
    }

    #[test]
    fn an_exponent_at_the_end_of_64_bits_is_too_large() {
        let reading = Reading { longest: 100, largest_exponent: Largest::OfDigits(1000), spelling: Spelling::Strict };
        for text in ["1.5e-9223372036854775807", "1.55e-9223372036854775807", "1e9223372036854775807"] {
            assert_eq!(reading.read(text), Err(NumberFault::ExponentTooLarge), "{text}");
        }
    }

    #[test]
    fn a_float_is_kept_at_its_exact_value() {
        for float in [0.1, -2.5, 3.0, 1e300, 5e-324, f64::MAX, -f64::MIN_POSITIVE, 9007199254740993.0, 1e18, 1e19] {
            let exact = ExactNumber::from_f64(float).unwrap();
            assert_eq!(exact.to_rational(), Rational::from_float(float).unwrap(), "{float:e}");
            assert_eq!((exact.to_f64(), exact.heap()), (float, 0));
        }
        assert_eq!(ExactNumber::from_f64(-3.0).unwrap().small_integer(), Some(-3));
        assert_eq!(ExactNumber::from_f64(-0.0).unwrap().small_integer(), Some(0));
        assert!(ExactNumber::from_f64(f64::NAN).is_none() && ExactNumber::from_f64(f64::INFINITY).is_none());
    }

    #[test]
    fn a_tensor_of_ordinary_numbers_stays_small() {
        assert_eq!(size_of::<ExactNumber>(), 16);
    }
}
