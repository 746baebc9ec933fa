//! A problem's numbers as integers over one denominator, for calculations that are not the roads.

use super::numerators::{long, lowest_terms};
use super::plan::{Integers, Plan};
use super::run::InRing;
use crate::algebra::Rational;
use crate::data::ExactNumber;
use crate::tensor::Tensor;
use num_bigint::BigInt;
use num_traits::{One as _, ToPrimitive as _, Zero as _};

/// Input, weight and bias scaled so that outputs and bias have one denominator.
#[derive(Debug)]
pub(crate) struct OverOne<T> {
    pub(crate) input: Tensor<T>,
    pub(crate) weight: Tensor<T>,
    pub(crate) bias: Option<Tensor<T>>,
    /// Of every output.
    denominator: BigInt,
}

/// In the ring in which every output fits.
#[derive(Debug)]
pub(crate) enum Scaled {
    /// Integers, whose every sum of products fits into 64 bits.
    Machine(OverOne<i64>),
    Long(OverOne<BigInt>),
}

/// From numerators of outputs to numbers and back.
pub(crate) trait Fractions<T> {
    /// The value of a numerator.
    fn value(&self, numerator: &T) -> Rational;

    /// The numerator of a number; none if no output can be that number.
    fn numerator(&self, number: &ExactNumber) -> Option<T>;
}

impl Fractions<i64> for OverOne<i64> {
    fn value(&self, numerator: &i64) -> Rational {
        Rational::from_integer((*numerator).into())
    }

    fn numerator(&self, number: &ExactNumber) -> Option<i64> {
        number.small_integer().or_else(|| over(number, &self.denominator)?.to_i64())
    }
}

impl Fractions<BigInt> for OverOne<BigInt> {
    fn value(&self, numerator: &BigInt) -> Rational {
        lowest_terms(numerator.clone(), &self.denominator)
    }

    fn numerator(&self, number: &ExactNumber) -> Option<BigInt> {
        over(number, &self.denominator)
    }
}

fn over(number: &ExactNumber, denominator: &BigInt) -> Option<BigInt> {
    let (numerator, own) = number.fraction();
    let stretched = numerator * denominator;
    (&stretched % &own).is_zero().then(|| stretched / own)
}

impl Plan<'_> {
    /// The numbers alone.
    pub(crate) fn scaled(self) -> Scaled {
        let Self { problem, denominators, integers, .. } = self;
        match integers {
            Integers::Machine { numerators: InRing { input, weight, .. }, bias } if denominators.all_one() => {
                Scaled::Machine(OverOne { input, weight, bias, denominator: BigInt::one() })
            }
            _ => {
                let of_input = &denominators.output / &denominators.weight;
                Scaled::Long(OverOne {
                    input: long(problem.input, &of_input),
                    weight: long(problem.weight, &denominators.weight),
                    bias: problem.bias.map(|bias| long(bias, &denominators.output)),
                    denominator: denominators.output,
                })
            }
        }
    }
}
