//! Numbers of a line, kept exactly: `3`, `-0.25`, `1e-3`, and in strings `1/3`.

use crate::data::ExactNumber;
use crate::data::exact::{Largest, NumberFault, Reading, Spelling};
use crate::wording::shortened;

/// The longest number that is read, in characters.
const LONGEST: usize = 100_000;

/// The largest exponent of ten, either way.
const EXPONENT: i64 = LONGEST as i64;

const OF_A_LINE: Reading =
    Reading { longest: LONGEST, largest_exponent: Largest::OfDigits(EXPONENT), spelling: Spelling::Strict };

/// Reads a number, or says why it is none, with the way out.
pub(super) fn number(text: &str) -> Result<ExactNumber, String> {
    OF_A_LINE.read(text).map_err(|fault| match fault {
        NumberFault::TooLong => format!("this number is {} characters long; at most {LONGEST} are read", text.len()),
        NumberFault::NoNumber => no_number(text),
        NumberFault::DividesByZero => "the denominator is 0; nothing can be divided by it".into(),
        NumberFault::ExponentTooLarge => format!(
            "{} is too far from 1: exponents of ten between -{EXPONENT} and {EXPONENT} are read",
            shortened(text)
        ),
    })
}

fn no_number(text: &str) -> String {
    let bare = text.trim_start_matches(['-', '+']).to_ascii_lowercase();
    if ["nan", "inf", "infinity"].contains(&bare.as_str()) {
        return format!("{text} is no number that can be calculated with; only finite numbers are");
    }
    format!("\"{}\" is not a number; write 3, -0.25 or \"1/3\"", shortened(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> String {
        number(text).map_or_else(|error| error, |number| number.to_rational().to_string())
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
        assert!(number(&"9".repeat(LONGEST)).is_ok());
        assert!(number("-1e-100000").is_ok());
    }

    #[test]
    fn floats_are_the_nearest_ones() {
        let float = |text: &str| number(text).unwrap().to_f64();
        for text in ["0.1", "1e23", "9007199254740993", "123456789.123456789123456789", "4.9e-324", "2e-324", "1e400"] {
            assert_eq!(float(text).to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        }
        assert_eq!(float("1/3"), 1.0 / 3.0);
        assert_eq!(float("9007199254740993/9007199254740992"), 1.0);
        assert_eq!(float(&format!("{}/3", "9".repeat(40))), "3".repeat(40).parse::<f64>().unwrap());
    }
}
