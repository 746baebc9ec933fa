//! Numbers as people write them, kept exactly: `3`, `-0.25`, `1e-3`, `1/3`.

use crate::algebra::Rational;
use num_bigint::BigInt;
use num_traits::{ToPrimitive as _, Zero as _};
use std::fmt;
use std::str::FromStr;

/// The longest number that is read, in characters: reading takes time in proportion to the square.
pub const LONGEST: usize = 100_000;

/// The largest exponent of ten, either way.
const EXPONENT: i64 = LONGEST as i64;

/// Digits that fit into an `i64` whatever they are.
const SHORT: usize = 18;

/// One exact, finite number.
#[derive(Clone, Debug)]
pub struct Number(Kind);

/// Small where it can be: a tensor of a million ordinary numbers takes 16 megabytes.
#[derive(Clone, Debug)]
enum Kind {
    Integer(i64),
    /// `digits * 10^exponent`.
    Decimal {
        digits: i64,
        exponent: i32,
    },
    /// Not necessarily reduced; the denominator is positive.
    Fraction(Box<(BigInt, BigInt)>),
}

impl Number {
    /// The number, if it is an integer that was short enough to be kept as one.
    #[must_use]
    pub fn small_integer(&self) -> Option<i64> {
        match self.0 {
            Kind::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// Numerator and denominator; the denominator is positive, and the two may have common factors.
    #[must_use]
    pub fn fraction(&self) -> (BigInt, BigInt) {
        match &self.0 {
            Kind::Integer(value) => (BigInt::from(*value), BigInt::from(1)),
            Kind::Decimal { digits, exponent } if *exponent < 0 => {
                (BigInt::from(*digits), power_of_ten(exponent.unsigned_abs()))
            }
            Kind::Decimal { digits, exponent } => {
                (BigInt::from(*digits) * power_of_ten(exponent.unsigned_abs()), BigInt::from(1))
            }
            Kind::Fraction(parts) => (parts.0.clone(), parts.1.clone()),
        }
    }

    /// Digits and the exponent of ten, of a decimal with few digits.
    pub(super) fn decimal(&self) -> Option<(i64, i32)> {
        match self.0 {
            Kind::Integer(value) => Some((value, 0)),
            Kind::Decimal { digits, exponent } => Some((digits, exponent)),
            Kind::Fraction(_) => None,
        }
    }

    /// The number in lowest terms.
    #[must_use]
    pub fn to_rational(&self) -> Rational {
        let (numerator, denominator) = self.fraction();
        Rational::new(numerator, denominator)
    }

    /// The nearest float, ties to even; infinite beyond the largest.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Kind::Integer(value) => *value as f64,
            // Reading rounds correctly, so it is left to reading.
            Kind::Decimal { digits, exponent } => format!("{digits}e{exponent}").parse().unwrap_or(f64::NAN),
            Kind::Fraction(parts) => Rational::new_raw(parts.0.clone(), parts.1.clone()).to_f64().unwrap_or(f64::NAN),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Kind::Integer(value))
    }
}

impl From<BigInt> for Number {
    fn from(value: BigInt) -> Self {
        value.to_i64().map_or_else(|| Self(Kind::Fraction(Box::new((value, BigInt::from(1))))), Self::from)
    }
}

impl From<Rational> for Number {
    fn from(value: Rational) -> Self {
        let (numerator, denominator) = value.into_raw();
        Self(Kind::Fraction(Box::new((numerator, denominator))))
    }
}

/// Why a text is no number, with the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberError(String);

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NumberError {}

impl FromStr for Number {
    type Err = NumberError;

    /// Reads an integer, a decimal with or without exponent, or a fraction of two integers; each may begin with `-`.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        if text.len() > LONGEST {
            return Err(NumberError(format!(
                "this number is {} characters long; at most {LONGEST} are read",
                text.len()
            )));
        }
        let read = match text.split_once('/') {
            Some((numerator, denominator)) => quotient(numerator, denominator),
            None => decimal(text),
        };
        read.ok_or_else(|| NumberError(no_number(text)))?
    }
}

/// `None` for what has not the form of a number.
fn quotient(numerator: &str, denominator: &str) -> Option<Result<Number, NumberError>> {
    let unsigned = numerator.strip_prefix('-').unwrap_or(numerator);
    if !is_digits(unsigned) || !is_digits(denominator) {
        return None;
    }
    let (numerator, denominator): (BigInt, BigInt) = (numerator.parse().ok()?, denominator.parse().ok()?);
    if denominator.is_zero() {
        return Some(Err(NumberError("the denominator is 0; nothing can be divided by it".into())));
    }
    Some(Ok(Number(Kind::Fraction(Box::new((numerator, denominator))))))
}

/// `None` for what has not the form of a number.
fn decimal(text: &str) -> Option<Result<Number, NumberError>> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, behind) = match unsigned.split_once('.') {
        Some((whole, behind)) if is_digits(behind) => (whole, behind),
        Some(_) => return None,
        None => (unsigned, ""),
    };
    if !is_digits(whole) {
        return None;
    }
    // The common case: a short integer.
    if behind.is_empty() && exponent.is_none() && whole.len() <= SHORT {
        return mantissa.parse().ok().map(|value: i64| Ok(Number::from(value)));
    }
    let exponent = match exponent {
        None => 0,
        Some(digits) => {
            let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
            if !is_digits(unsigned) {
                return None;
            }
            // Too many digits for 64 bits are certainly too many for the limit below.
            digits.parse().unwrap_or(if digits.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 })
        }
    };
    let behind = behind.trim_end_matches('0');
    let digits = format!("{whole}{behind}");
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some(Ok(Number::from(0)));
    }
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let exponent = exponent - behind.len() as i64;
    if exponent.abs() > EXPONENT {
        return Some(Err(NumberError(format!(
            "{} is too far from 1: exponents of ten between -{EXPONENT} and {EXPONENT} are read",
            shortened(text)
        ))));
    }
    Some(Ok(with_exponent(&format!("{sign}{significant}"), exponent as i32)))
}

/// `digits * 10^exponent` for a sign and digits; the exponent is bounded.
fn with_exponent(digits: &str, exponent: i32) -> Number {
    if digits.len() <= SHORT {
        let digits: i64 = digits.parse().expect("18 characters fit into 63 bits");
        let scaled = u32::try_from(exponent)
            .ok()
            .and_then(|exponent| 10_i64.checked_pow(exponent))
            .and_then(|power| digits.checked_mul(power));
        return scaled.map_or(Number(Kind::Decimal { digits, exponent }), Number::from);
    }
    let digits: BigInt = digits.parse().expect("a sign and digits are an integer");
    let power = power_of_ten(exponent.unsigned_abs());
    if exponent < 0 { Number(Kind::Fraction(Box::new((digits, power)))) } else { Number::from(digits * power) }
}

pub(super) fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn no_number(text: &str) -> String {
    let bare = text.trim_start_matches(['-', '+']).to_ascii_lowercase();
    if ["nan", "inf", "infinity"].contains(&bare.as_str()) {
        return format!("{text} is no number that can be calculated with; only finite numbers are");
    }
    format!("\"{}\" is not a number; write 3, -0.25 or \"1/3\"", shortened(text))
}

/// At most 40 characters of what was written.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= 40 { text.into() } else { text.chars().take(40).chain("...".chars()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> String {
        text.parse::<Number>().map_or_else(|error| error.to_string(), |number| number.to_rational().to_string())
    }

    #[test]
    fn integers_decimals_and_fractions_are_exact() {
        for (text, value) in [
            ("0", "0"),
            ("-0", "0"),
            ("-17", "-17"),
            ("999999999999999999", "999999999999999999"),
            ("9223372036854775808", "9223372036854775808"),
            ("0.1", "1/10"),
            ("-0.25", "-1/4"),
            ("1.50", "3/2"),
            ("2.0", "2"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("12.5e1", "125"),
            ("1e-3", "1/1000"),
            ("0.0000000000000000000001", "1/10000000000000000000000"),
            ("123456789.123456789123456789", "123456789123456789123456789/1000000000000000000"),
            ("1/3", "1/3"),
            ("-2/4", "-1/2"),
            ("6/3", "2"),
            ("0e99999999999999999999", "0"),
        ] {
            assert_eq!(exact(text), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_says_so() {
        for text in [
            "", "-", "abc", ".5", "5.", "1e", "1e+", "--1", "+1", "1/", "/3", "1/-3", "1.5/2", "1/2/3", "0x10", "1 2",
            "١",
        ] {
            assert!(exact(text).contains("is not a number"), "{text}: {}", exact(text));
        }
        for text in ["NaN", "-Infinity", "inf"] {
            assert!(exact(text).contains("only finite"), "{text}: {}", exact(text));
        }
        assert!(exact("1/0").contains("denominator is 0"));
        assert!(exact("-5/000").contains("denominator is 0"));
    }

    #[test]
    fn numbers_that_would_fill_the_memory_are_refused() {
        assert!(exact("1e1000000000").contains("too far from 1"));
        assert!(exact("1e-99999999999999999999999").contains("too far from 1"));
        assert!(exact(&"9".repeat(LONGEST + 1)).contains("100001 characters"));
        assert!(exact(&"x".repeat(LONGEST)).len() < 120, "the message stays short");
        assert!("9".repeat(LONGEST).parse::<Number>().is_ok());
        assert!("-1e-100000".parse::<Number>().is_ok());
    }

    #[test]
    fn floats_are_the_nearest_ones() {
        let float = |text: &str| text.parse::<Number>().unwrap().to_f64();
        for text in ["0.1", "1e23", "9007199254740993", "123456789.123456789123456789", "4.9e-324", "2e-324", "1e400"] {
            assert_eq!(float(text).to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        }
        assert_eq!(float("1/3"), 1.0 / 3.0);
        assert_eq!(float("9007199254740993/9007199254740992"), 1.0);
        assert_eq!(float(&format!("{}/3", "9".repeat(40))), "3".repeat(40).parse::<f64>().unwrap());
    }

    #[test]
    fn a_tensor_of_ordinary_numbers_stays_small() {
        assert_eq!(size_of::<Number>(), 16);
    }
}
