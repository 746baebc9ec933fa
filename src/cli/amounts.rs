//! Amounts as they are typed and said: `500M`, `2G`.

use convt_matrix::wording::excerpt;
use std::str::FromStr;

/// A number of bytes or steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount(pub(super) u128);

/// What a letter behind an amount multiplies it with, the largest first.
const UNITS: [(char, u128); 4] = [('T', 1_000_000_000_000), ('G', 1_000_000_000), ('M', 1_000_000), ('k', 1000)];

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = UNITS
            .into_iter()
            .find(|(letter, _)| text.ends_with([*letter, letter.to_ascii_lowercase(), letter.to_ascii_uppercase()]));
        let (digits, unit) = match unit {
            Some((_, unit)) => (&text[..text.len() - 1], unit),
            None => (text, 1),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("'{}' is no amount; write a whole number such as 500M or 2G", excerpt(text)));
        }
        // A larger number than this limits nothing either.
        Ok(Self(digits.parse::<u128>().unwrap_or(u128::MAX).saturating_mul(unit)))
    }
}

/// An amount that is at least so large, with two digits and a letter where it has many.
pub(super) fn rounded_up(needed: u128) -> String {
    for (letter, unit) in UNITS {
        if needed >= 10 * unit {
            return format!("{}{letter}", needed.div_ceil(unit));
        }
        if needed >= unit {
            return format!("{}{}", needed.div_ceil(unit / 10) * 100, smaller(letter));
        }
    }
    needed.to_string()
}

fn smaller(letter: char) -> &'static str {
    match letter {
        'T' => "G",
        'G' => "M",
        'M' => "k",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_whole_numbers_with_a_letter_or_without() {
        for (text, amount) in
            [("0", 0), ("17", 17), ("5k", 5000), ("5K", 5000), ("2G", 2_000_000_000), ("3t", 3_000_000_000_000)]
        {
            assert_eq!(text.parse(), Ok(Amount(amount)), "{text}");
        }
        assert_eq!("9".repeat(60).parse(), Ok(Amount(u128::MAX)));
        for text in ["", "G", "-1", "1.5G", "2 G", "1e9", "2GB", "٣"] {
            assert!(text.parse::<Amount>().unwrap_err().contains("500M"), "{text}");
        }
    }

    #[test]
    fn the_amount_that_a_refusal_offers_is_enough_and_not_much_more() {
        for needed in [1, 999, 1000, 1001, 12_345, 999_999, 1_000_001, 8_456_241_152, u128::MAX / 3] {
            let Amount(offered) = rounded_up(needed).parse().unwrap();
            assert!(offered >= needed && offered - needed <= needed / 10, "{needed}: {}", rounded_up(needed));
        }
    }
}
