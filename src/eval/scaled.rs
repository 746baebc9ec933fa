//! Tensors of fractions as integers over one denominator.

use super::EvalError;
use super::limits::WORD_PRODUCTS;
use crate::algebra::Rational;
use crate::data::ExactNumber;
use crate::data::exact::power_of_ten;
use crate::tensor::Tensor;
use num_bigint::BigInt;
use num_rational::Ratio;
use num_traits::{One as _, ToPrimitive as _, Zero as _};

/// The longest common denominator, in 64-bit words.
const LONGEST_DENOMINATOR: u128 = 1 << 13;

/// A number's length in 64-bit words, at least 1.
pub(super) fn words(bits: u64) -> u128 {
    u128::from(bits / 64 + 1)
}

/// A common multiple of the denominators: 1 where all numbers are integers.
///
/// # Errors
/// When it would be very long, or long to find.
pub(super) fn common_denominator(tensor: &Tensor<ExactNumber>, field: &str) -> Result<BigInt, EvalError> {
    let mut common = BigInt::one();
    // Decimals are the usual fractions: the longest of them decides for all.
    let mut places = 0;
    let mut steps = 0_u128;
    for number in tensor.entries() {
        if let Some((_, exponent)) = number.decimal() {
            places = places.max(exponent.saturating_neg());
            continue;
        }
        let (_, denominator) = number.fraction();
        if denominator == common {
            continue;
        }
        steps += words(common.bits()) * words(denominator.bits());
        if !denominator.is_one() && !(&common % &denominator).is_zero() {
            steps += 32 * words(denominator.bits()).pow(2);
            common = least_common_multiple(&common, &denominator);
        }
        if words(common.bits()) > LONGEST_DENOMINATOR || steps > WORD_PRODUCTS {
            return Err(EvalError::TooLarge(format!(
                "the common denominator of {field} has more than {} digits, or takes too long to find; use fewer fractions or shorter ones",
                common.bits() * 3 / 10
            )));
        }
    }
    if places > 0 {
        let power = power_of_ten(places.unsigned_abs());
        common = if common.is_one() { power } else { least_common_multiple(&common, &power) };
    }
    Ok(common)
}

/// For positive numbers.
pub(super) fn least_common_multiple(a: &BigInt, b: &BigInt) -> BigInt {
    // (a mod b) / b has the greatest common divisor of a and b cancelled from its denominator.
    a * Rational::new(a % b, b.clone()).denom()
}

/// The numerators over the denominator, if all fit into 64 bits.
pub(super) fn machine(tensor: &Tensor<ExactNumber>, denominator: &BigInt) -> Option<Tensor<i64>> {
    let common = denominator.to_i64()?;
    let numerator = |number: &ExactNumber| match number.decimal() {
        Some((digits, exponent)) => {
            // Digits that do not fit do not fit over any denominator.
            let digits = digits?;
            let power = 10_i64.checked_pow(exponent.unsigned_abs())?;
            if exponent < 0 {
                digits.checked_mul(common / power)
            } else {
                digits.checked_mul(power)?.checked_mul(common)
            }
        }
        None => {
            let (numerator, denominator) = number.fraction();
            numerator.to_i64()?.checked_mul(common / denominator.to_i64()?)
        }
    };
    let numerators = tensor.entries().iter().map(numerator).collect::<Option<Vec<_>>>()?;
    Some(Tensor::new(tensor.shape().to_vec(), numerators))
}

/// The numerators over the denominator.
pub(super) fn long(tensor: &Tensor<ExactNumber>, denominator: &BigInt) -> Tensor<BigInt> {
    tensor.map(|number| {
        let (numerator, own) = number.fraction();
        if own == *denominator { numerator } else { numerator * (denominator / own) }
    })
}

/// An upper bound for the bits of the numerators over the denominator, found without calculating them.
pub(super) fn most_bits(tensor: &Tensor<ExactNumber>, denominator: &BigInt) -> u64 {
    let bits = |number: &ExactNumber| match number.decimal() {
        // 10^e has less than 10 e / 3 + 1 bits.
        Some((_, exponent)) => number.bits() + 1 + u64::from(exponent.max(0).unsigned_abs()) * 10 / 3,
        None => number.bits(),
    };
    tensor.entries().iter().map(bits).max().unwrap_or(0) + denominator.bits()
}

/// `numerator / denominator` in lowest terms; the denominator is positive.
pub(super) fn lowest_terms(numerator: BigInt, denominator: &BigInt) -> Rational {
    // Only the remainder matters for the common divisor, and it is short where the denominator is.
    let remainder = &numerator % denominator;
    if remainder.is_zero() {
        return Rational::from_integer(numerator / denominator);
    }
    let reduced = match (remainder.to_i64(), denominator.to_i64()) {
        (Some(remainder), Some(denominator)) => BigInt::from(*Ratio::new(remainder, denominator).denom()),
        _ => Rational::new(remainder, denominator.clone()).into_raw().1,
    };
    Rational::new_raw(numerator * &reduced / denominator, reduced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tensor(numbers: &[&str]) -> Tensor<ExactNumber> {
        Tensor::from_fn(&[numbers.len()], |flat| numbers[flat].parse().unwrap())
    }

    #[test]
    fn fractions_and_decimals_share_one_denominator() {
        let numbers = tensor(&["1/3", "0.25", "-2", "5e2", "7/6"]);
        let denominator = common_denominator(&numbers, "input").unwrap();
        assert_eq!(denominator, 300.into());
        assert_eq!(machine(&numbers, &denominator).unwrap().entries(), [100, 75, -600, 150_000, 350]);
        assert_eq!(long(&numbers, &denominator), machine(&numbers, &denominator).unwrap().map(|&n| n.into()));
    }

    #[test]
    fn what_does_not_fit_into_64_bits_is_not_forced_into_them() {
        for numbers in
            [&["9223372036854775808"][..], &["4e18", "1/3"], &["1e-19"], &["1e19"], &["5/18446744073709551616"]]
        {
            let numbers = tensor(numbers);
            let denominator = common_denominator(&numbers, "input").unwrap();
            assert_eq!(machine(&numbers, &denominator), None);
            let longest = long(&numbers, &denominator).entries().iter().map(BigInt::bits).max().unwrap();
            assert!(longest <= most_bits(&numbers, &denominator));
        }
    }

    #[test]
    fn a_denominator_of_many_coprime_parts_is_refused() {
        // The common divisor of 2^n - 1 and 2^m - 1 is 2^c - 1 for that of n and m, so these share next to nothing.
        let parts: Vec<String> = (10_000..10_060).map(|n| format!("1/{}", (BigInt::from(1) << n) - 1)).collect();
        let numbers = tensor(&parts.iter().map(String::as_str).collect::<Vec<_>>());
        let error = common_denominator(&numbers, "weight").unwrap_err().to_string();
        assert!(error.contains("common denominator of weight"), "{error}");
    }

    proptest! {
        #[test]
        fn lowest_terms_are_those_of_the_library(n in any::<i64>(), d in 1..=i64::MAX, shift in 0..80_usize) {
            let (numerator, denominator) = (BigInt::from(n) << shift, BigInt::from(d) << (shift / 2));
            let expected = Rational::new(numerator.clone(), denominator.clone());
            let found = lowest_terms(numerator, &denominator);
            prop_assert_eq!((found.numer(), found.denom()), (expected.numer(), expected.denom()));
        }

        #[test]
        fn the_least_common_multiple_is_least(a in 1..2000_i64, b in 1..2000_i64) {
            let expected = (1..).map(|times| a * times).find(|multiple| multiple % b == 0).unwrap();
            prop_assert_eq!(least_common_multiple(&a.into(), &b.into()), expected.into());
        }
    }
}
