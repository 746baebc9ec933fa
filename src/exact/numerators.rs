//! Tensors of fractions as integers over one denominator.

use super::{ExactError, Operand};
use crate::algebra::Rational;
use crate::data::ExactNumber;
use crate::data::exact::{Base, Form, power_of_ten};
use crate::limits::Budget;
use crate::limits::numbers::{common_divisor, divide, multiply_add, words};
use crate::tensor::Tensor;
use num_bigint::BigInt;
use num_rational::Ratio;
use num_traits::{One as _, ToPrimitive as _, Zero as _};

/// A common multiple of the denominators: 1 where all numbers are integers. Every numerator over it is held, and
/// every one of so many results is brought into lowest terms.
///
/// # Errors
/// When it would be too long to calculate with, or too long to find.
pub(crate) fn common_denominator(
    tensor: &Tensor<ExactNumber>,
    operand: Operand,
    results: usize,
    budget: &Budget,
) -> Result<BigInt, ExactError> {
    let entries = tensor.entries().len() as u128;
    let (mut work, mut last) = (0_u128, 0);
    let mut check = |common: &BigInt, steps: u128| {
        work = work.saturating_add(steps);
        let length = words(common.bits());
        let too_long = length > last && (is_too_long(length, entries, results as u128, budget));
        last = length;
        if too_long || work > budget.work {
            return Err(ExactError::CommonDenominator { operand, digits: u128::from(common.bits()) * 3 / 10 });
        }
        Ok(())
    };
    let mut common = BigInt::one();
    // Decimals and floats are the usual fractions: the longest of them decides for all.
    let (mut places, mut bits) = (0, 0);
    for number in tensor.entries() {
        let denominator = match number.form() {
            Form::Short { base: Base::Ten, exponent, .. } | Form::Long { exponent, .. } => {
                places = places.max(exponent.saturating_neg());
                continue;
            }
            Form::Short { base: Base::Two, exponent, .. } => {
                bits = bits.max(exponent.saturating_neg());
                continue;
            }
            Form::Fraction { denominator, .. } => denominator,
        };
        if *denominator == common || denominator.is_one() {
            continue;
        }
        let (own, all) = (words(denominator.bits()), words(common.bits()));
        check(&common, divide(all, own))?;
        if !(&common % denominator).is_zero() {
            check(&common, divide(all, own).saturating_add(common_divisor(own)))?;
            common = least_common_multiple(&common, denominator);
        }
    }
    if places > 0 || bits > 0 {
        // 2^bits and 10^places have the smaller power of 2 in common.
        let power = power_of_ten(places.unsigned_abs()) << (bits - places).max(0).unsigned_abs();
        let longest = words(power.bits().max(common.bits()));
        check(&power, if common.is_one() { 0 } else { common_divisor(longest).saturating_add(divide(longest, 1)) })?;
        common = if common.is_one() { power } else { least_common_multiple(&common, &power) };
    }
    check(&common, 0)?;
    Ok(common)
}

/// Whether a denominator of so many words cannot be calculated with: its numerators would not fit into memory, or no
/// result could be brought into lowest terms in time.
fn is_too_long(length: u128, entries: u128, results: u128, budget: &Budget) -> bool {
    let numerators = length.saturating_mul(8).saturating_mul(entries);
    let reductions = common_divisor(length).saturating_mul(results);
    // A denominator of one word is what the budget for machine numbers was made for.
    length > 1 && (numerators > budget.memory || reductions > budget.work)
}

/// For positive numbers.
pub(crate) fn least_common_multiple(a: &BigInt, b: &BigInt) -> BigInt {
    // (a mod b) / b has the greatest common divisor of a and b cancelled from its denominator.
    a * Rational::new(a % b, b.clone()).denom()
}

/// The numerators over the denominator, if all fit into 64 bits.
pub(crate) fn machine(tensor: &Tensor<ExactNumber>, denominator: &BigInt) -> Option<Tensor<i64>> {
    let common = denominator.to_i64()?;
    let numerator = |number: &ExactNumber| match number.form() {
        Form::Short { digits, base, exponent } => {
            let power = match base {
                Base::Ten => 10_i64.checked_pow(exponent.unsigned_abs())?,
                Base::Two => 2_i64.checked_pow(exponent.unsigned_abs())?,
            };
            if exponent < 0 {
                digits.checked_mul(common / power)
            } else {
                digits.checked_mul(power)?.checked_mul(common)
            }
        }
        // Digits that do not fit do not fit over any denominator.
        Form::Long { .. } => None,
        Form::Fraction { numerator, denominator } => numerator.to_i64()?.checked_mul(common / denominator.to_i64()?),
    };
    let numerators = tensor.entries().iter().map(numerator).collect::<Option<Vec<_>>>()?;
    Some(Tensor::new(tensor.shape().to_vec(), numerators))
}

/// The numerators over the denominator.
pub(crate) fn long(tensor: &Tensor<ExactNumber>, denominator: &BigInt) -> Tensor<BigInt> {
    // Neighbours often have the same denominator; what it is stretched by is kept.
    let mut powers: Option<((Base, i32), BigInt)> = None;
    let mut stretches: Option<(BigInt, BigInt)> = None;
    let mut scaled = |digits: BigInt, base: Base, exponent: i32| {
        if exponent == 0 && denominator.is_one() {
            return digits;
        }
        let known = powers.take().filter(|(key, _)| *key == (base, exponent));
        let (_, stretch) = powers.insert(known.unwrap_or_else(|| {
            let stretch = match base {
                Base::Two if exponent < 0 => denominator >> exponent.unsigned_abs(),
                Base::Two => denominator << exponent.unsigned_abs(),
                Base::Ten if exponent < 0 => denominator / power_of_ten(exponent.unsigned_abs()),
                Base::Ten => denominator * power_of_ten(exponent.unsigned_abs()),
            };
            ((base, exponent), stretch)
        }));
        digits * &*stretch
    };
    tensor.map(|number| match number.form() {
        Form::Short { digits, base, exponent } => scaled(digits.into(), base, exponent),
        Form::Long { digits, exponent } => scaled(digits.clone(), Base::Ten, exponent),
        Form::Fraction { numerator, denominator: own } if own == denominator => numerator.clone(),
        Form::Fraction { numerator, denominator: own } => {
            let known = stretches.take().filter(|(known, _)| known == own);
            let (_, stretch) = stretches.insert(known.unwrap_or_else(|| (own.clone(), denominator / own)));
            numerator * &*stretch
        }
    })
}

/// Bits of the numerators over a denominator, at most, found without calculating them, and the steps that calculating
/// them takes.
pub(crate) fn lengths(tensor: &Tensor<ExactNumber>, denominator: &BigInt) -> (Vec<u32>, u128) {
    let common = denominator.bits();
    let mut work = 0_u128;
    let length = |number: &ExactNumber| {
        let (bits, own) = match number.form() {
            Form::Short { digits: 0, .. } => return 0,
            Form::Short { digits, base, exponent } => {
                (u64::from(64 - digits.unsigned_abs().leading_zeros()), power_bits(base, exponent))
            }
            Form::Long { digits, exponent } => (digits.bits(), power_bits(Base::Ten, exponent)),
            Form::Fraction { numerator, denominator } => (numerator.bits(), -(denominator.bits() as i64)),
        };
        // An exact quotient has at most one bit more than the difference.
        let stretch = (common as i64 + own + i64::from(own < 0)).unsigned_abs();
        let (own, stretched) = (words(own.unsigned_abs()), words(stretch));
        let power = multiply_add(own, own).saturating_add(divide(words(common), own.max(1)));
        work = work.saturating_add(power).saturating_add(multiply_add(words(bits), stretched));
        u32::try_from(bits + stretch).unwrap_or(u32::MAX)
    };
    let lengths = tensor.entries().iter().map(length).collect();
    (lengths, work)
}

/// Bits that a power adds to what it multiplies, at most; of a denominator the bits it has at least, negative.
fn power_bits(base: Base, exponent: i32) -> i64 {
    let exponent = i64::from(exponent);
    match base {
        Base::Two => exponent - i64::from(exponent < 0),
        // 10 has 3.3219 to 3.3220 bits.
        Base::Ten if exponent < 0 => exponent * 33_219 / 10_000 - 1,
        Base::Ten => exponent * 33_220 / 10_000 + i64::from(exponent > 0),
    }
}

/// `numerator / denominator` in lowest terms; the denominator is positive.
pub(crate) fn lowest_terms(numerator: BigInt, denominator: &BigInt) -> Rational {
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

    fn denominator_of(numbers: &Tensor<ExactNumber>) -> Result<BigInt, ExactError> {
        common_denominator(numbers, Operand::Weight, 1, &Budget { work: 1 << 27, memory: 1 << 20 })
    }

    #[test]
    fn fractions_and_decimals_share_one_denominator() {
        let numbers = tensor(&["1/3", "0.25", "-2", "5e2", "7/6"]);
        let denominator = denominator_of(&numbers).unwrap();
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
            let denominator = denominator_of(&numbers).unwrap();
            assert_eq!(machine(&numbers, &denominator), None);
            let longest = long(&numbers, &denominator).entries().iter().map(BigInt::bits).max().unwrap();
            let (lengths, _) = lengths(&numbers, &denominator);
            assert!(longest <= lengths.into_iter().max().unwrap().into());
        }
    }

    #[test]
    fn a_denominator_of_many_coprime_parts_is_refused() {
        // The common divisor of 2^n - 1 and 2^m - 1 is 2^c - 1 for that of n and m, so these share next to nothing.
        let parts: Vec<String> = (10_000..10_060).map(|n| format!("1/{}", (BigInt::from(1) << n) - 1)).collect();
        let numbers = tensor(&parts.iter().map(String::as_str).collect::<Vec<_>>());
        let error = denominator_of(&numbers).unwrap_err().to_string();
        assert!(error.contains("common denominator of the weight"), "{error}");
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
