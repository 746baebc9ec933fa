//! What exact numbers cost by their lengths: the steps of single operations, the bytes an integer takes.
//!
//! Lengths are counted in 64-bit words; 0 has none. The steps were fitted to times of `num-bigint` in a release build, a
//! step being 2.5 ns, from 1 to 4096 words: long multiplication takes half a step for two words, Karatsuba's from 33
//! words on; the greatest common divisor is the binary one and costs 6 steps for two words.

mod roads;

pub use roads::{Lengths, RoadLengths, every_pair, fixed_roads, long_roads};

/// The longest factor that is multiplied word by word.
const WORD_BY_WORD: u128 = 32;

/// The words of a number of so many bits.
#[must_use]
pub fn words(bits: u64) -> u128 {
    u128::from(bits.div_ceil(64))
}

/// The steps of `sum += a * b` for integers of so many words. A factor 0 costs almost as much as one of a word.
#[must_use]
pub fn multiply_add(a: u128, b: u128) -> u128 {
    let (mut short, mut long, mut parts) = (a.min(b), a.max(b), 1_u128);
    if short == 0 {
        return 12;
    }
    // Three products of halves, as long as the halves are long.
    while short > WORD_BY_WORD {
        (short, long) = (short.div_ceil(2), long.div_ceil(2));
        parts = parts.saturating_mul(3);
    }
    parts.saturating_mul(short.saturating_mul(long)) / 2 + 16
}

/// The steps of copying an integer.
#[must_use]
pub fn copy(words: u128) -> u128 {
    if words == 0 { 1 } else { 6 + words / 8 }
}

/// The steps of a quotient, a remainder, or both.
#[must_use]
pub fn divide(dividend: u128, divisor: u128) -> u128 {
    let quotient = dividend.saturating_sub(divisor).saturating_add(1);
    quotient.saturating_mul(12 + divisor / 4).saturating_add(40)
}

/// The steps of the greatest common divisor of two integers, the longer of which has so many words.
#[must_use]
pub fn common_divisor(words: u128) -> u128 {
    words.saturating_mul(words.saturating_mul(6).saturating_add(460))
}

/// The steps of writing an integer in decimal digits, or of reading it.
#[must_use]
pub fn decimal_digits(words: u128) -> u128 {
    words.saturating_mul(60 + words / 4).saturating_add(20)
}

/// The decimal digits of an integer of so many bits, with a sign; 3.32 bits are a digit.
#[must_use]
pub fn digits(bits: u64) -> u128 {
    u128::from(bits) * 10 / 33 + 2
}

/// The steps of bringing an integer over a denominator into lowest terms.
#[must_use]
pub fn lowest_terms(numerator: u128, denominator: u128) -> u128 {
    if numerator <= 1 && denominator <= 1 {
        return 150;
    }
    // Remainder, common divisor, what is left of numerator and denominator.
    let quotients = divide(numerator.saturating_add(denominator), denominator).saturating_mul(2);
    quotients
        .saturating_add(common_divisor(denominator))
        .saturating_add(multiply_add(numerator, denominator))
        .saturating_add(divide(denominator, 1))
}

/// The bytes an integer has on the heap: the first word is kept in place.
#[must_use]
pub fn heap(words: u128) -> u128 {
    if words <= 1 { 0 } else { 8 * words }
}

/// The same for a sum of products, whose buffer has room to grow.
#[must_use]
pub fn heap_of_sum(words: u128) -> u128 {
    if words == 0 { 0 } else { 8 * (words + words / 2 + 3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_products_cost_less_than_word_by_word_and_more_than_those_of_a_half() {
        assert_eq!(multiply_add(0, 1 << 40), 12);
        assert_eq!((multiply_add(1, 1), multiply_add(4, 8), multiply_add(8, 4)), (16, 32, 32));
        assert!(multiply_add(1024, 1024) < 1024 * 1024 / 4);
        for words in 1..2000 {
            assert!(multiply_add(words, words) < multiply_add(2 * words, words), "{words}");
        }
    }

    #[test]
    fn no_length_overflows() {
        let most = u128::MAX;
        for steps in [multiply_add(most, most), divide(most, 1), common_divisor(most), lowest_terms(most, most)] {
            assert!(steps > 1 << 100);
        }
        assert!(decimal_digits(most) > 1 << 100);
    }

    #[test]
    fn digits_are_enough_for_a_number_and_its_sign() {
        for bits in [1_u64, 3, 4, 64, 100, 3333] {
            let longest: num_bigint::BigInt = (num_bigint::BigInt::from(1) << bits) - 1;
            assert!(digits(bits) > longest.to_string().len() as u128, "{bits}");
        }
    }
}
