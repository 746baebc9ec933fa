//! Numbers as people type them, and how they are spelled.

use super::error::DataError;
use super::exact::{ExactNumber, Largest, NumberFault, Reading, Spelling};
use crate::algebra::Rational;
use crate::wording::excerpt;
use num_traits::ToPrimitive as _;
use std::str::FromStr;

/// The most characters a number may have: more than any measurement, and still parsed at once.
const LONGEST: usize = 10_000;
/// The largest power of ten a number may name; `f64` ends at 308.
const LARGEST_EXPONENT: i64 = 1_000;

const TYPED: Reading =
    Reading { longest: LONGEST, largest_exponent: Largest::Written(LARGEST_EXPONENT), spelling: Spelling::Typed };

/// An exact number from its text: an integer, a decimal such as `-0.25` or `1e-3`, or a fraction such as `1/3`.
///
/// # Errors
/// When the text is none of these, longer than 10 000 characters, has an exponent beyond 1000, or divides by 0.
///
/// ```
/// use convt_matrix::data::{rational, spelled};
/// assert_eq!(spelled(&rational("0.25")?), "1/4");
/// assert!(rational("1/0").is_err());
/// # Ok::<(), convt_matrix::data::DataError>(())
/// ```
pub fn rational(text: &str) -> Result<Rational, DataError> {
    text.parse().map(|number: ExactNumber| number.to_rational())
}

/// A number without loss: `3`, `-3`, `1/3`.
#[must_use]
pub fn spelled(number: &Rational) -> String {
    number.to_string()
}

/// The nearest `f64` (ties to even); infinite where the number is larger than every finite one.
#[must_use]
pub fn to_f64(number: &Rational) -> f64 {
    // It has an answer for every fraction.
    number.to_f64().unwrap_or(f64::NAN)
}

impl FromStr for ExactNumber {
    type Err = DataError;

    /// Reads what [`rational`] reads, and keeps it as small as it is.
    fn from_str(text: &str) -> Result<Self, DataError> {
        let text = text.trim();
        TYPED.read(text).map_err(|fault| match fault {
            NumberFault::TooLong => DataError::new(
                format!("'{}' has {} characters; a number may have {LONGEST}", excerpt(text), text.len()),
                "round it",
            ),
            NumberFault::NoNumber => not_a_number(text),
            NumberFault::DividesByZero => {
                DataError::new(format!("'{}' divides by 0", excerpt(text)), "give a fraction with another denominator")
            }
            NumberFault::ExponentTooLarge => DataError::new(
                format!("'{}': an exponent may be at most {LARGEST_EXPONENT}", excerpt(text)),
                "use a number of a sensible size; it is written out in full",
            ),
        })
    }
}

fn not_a_number(text: &str) -> DataError {
    let unsigned = text.trim_start_matches(['-', '+', '\u{2212}']).to_ascii_lowercase();
    match unsigned.as_str() {
        "" => DataError::new("a number is missing", "write it, or 0"),
        "nan" | "inf" | "infinity" | "∞" => not_finite(text),
        _ => DataError::new(
            format!("'{}' is not a number", excerpt(text)),
            "write integers, decimals such as 0.5 or 1e-3, or fractions such as 1/3",
        ),
    }
}

/// The error for NaN and infinity, which no ring has.
pub(super) fn not_finite(text: &str) -> DataError {
    DataError::new(format!("{} cannot be calculated with", excerpt(text)), "replace it by a number")
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigInt;
    use proptest::prelude::*;

    fn spell(text: &str) -> String {
        spelled(&rational(text).unwrap())
    }

    #[test]
    fn integers_decimals_and_fractions_are_exact() {
        let cases = [
            ("0", "0"),
            ("-0", "0"),
            ("7", "7"),
            ("+7", "7"),
            ("\u{2212}7", "-7"),
            ("007", "7"),
            ("0.1", "1/10"),
            (".5", "1/2"),
            ("5.", "5"),
            ("-2.50", "-5/2"),
            ("1e-3", "1/1000"),
            ("25E-2", "1/4"),
            ("1.25e2", "125"),
            ("4e+1", "40"),
            ("0e999", "0"),
            ("1/3", "1/3"),
            ("-6/4", "-3/2"),
            ("6/3", "2"),
            ("9223372036854775808", "9223372036854775808"),
            ("0.000000000000000000000001", "1/1000000000000000000000000"),
            ("1234567890.12345678901234567890", "123456789012345678901234567890/100000000000000000000"),
        ];
        for (text, expected) in cases {
            // Reduced by an independent road: num-rational's general divisor.
            let expected: Rational = expected.parse().unwrap();
            assert_eq!(spell(text), spelled(&expected), "{text}");
        }
    }

    #[test]
    fn numbers_of_many_digits_are_exact_and_quick() {
        let nines = "9".repeat(LONGEST);
        assert_eq!(spell(&nines), nines);
        // Every division by five succeeds, and num-rational's own reduction agrees.
        let power = num_traits::pow(BigInt::from(5), 14_000);
        let digits = power.to_string();
        let expected = Rational::new(power, num_traits::pow(BigInt::from(10), digits.len()));
        assert_eq!(rational(&format!("0.{digits}")).unwrap(), expected);
    }

    #[test]
    fn what_is_not_a_number_says_so() {
        for text in
            ["a", "1.2.3", "1e", "e5", ".", "1e1.5", "1/", "/3", "1/2/3", "0x10", "1_000", "--1", "1 2", "½", "1/-3"]
        {
            let message = rational(text).unwrap_err().to_string();
            assert!(message.contains("is not a number; write integers"), "{text}: {message}");
        }
        assert!(rational("").unwrap_err().to_string().contains("missing"));
        assert!(rational("-").unwrap_err().to_string().contains("missing"));
    }

    #[test]
    fn nan_and_infinity_are_refused_by_name() {
        for text in ["nan", "NaN", "inf", "-Infinity", "-inf"] {
            assert!(rational(text).unwrap_err().to_string().starts_with(&format!("{text} cannot be calculated with")));
        }
    }

    #[test]
    fn a_division_by_zero_an_absurd_exponent_and_an_endless_number_are_refused() {
        assert!(rational("1/0").unwrap_err().to_string().contains("divides by 0"));
        for text in ["1e1001", "1e-1001", "1e99999999999999999999", "0e1001"] {
            assert!(rational(text).unwrap_err().to_string().contains("at most 1000"), "{text}");
        }
        let message = rational(&"1".repeat(LONGEST + 1)).unwrap_err().to_string();
        assert!(message.contains("10001 characters") && message.len() < 200, "{message}");
    }

    #[test]
    fn a_number_too_large_for_a_float_becomes_infinite() {
        assert_eq!(to_f64(&rational("1e999").unwrap()), f64::INFINITY);
        assert_eq!(to_f64(&rational("-1e-999").unwrap()), 0.0);
    }

    proptest! {
        #[test]
        fn the_nearest_float_of_a_decimal_is_what_the_standard_library_parses(text in "-?[0-9]{1,30}(\\.[0-9]{1,30})?(e-?[0-9]{1,3})?") {
            prop_assert_eq!(to_f64(&rational(&text).unwrap()), text.parse::<f64>().unwrap());
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = rational(&text);
        }

        #[test]
        fn no_text_that_looks_like_a_number_panics(text in "[-+0-9./eE]{0,40}") {
            let _ = rational(&text);
        }
    }
}
