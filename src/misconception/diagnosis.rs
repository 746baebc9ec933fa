//! From a wrong answer to the rule that leads to it.

mod cost;

use super::{Misconception, SizeMisconception, WrongRule as _};
use crate::algebra::{Family, Polynomial, Rational, Ring};
use crate::data::{ExactNumber, essential};
use crate::exact::{ExactError, Fractions, OverOne, Plan, Problem, Samples, Scaled};
use crate::geometry::Layer;
use crate::instance::with_bias;
use crate::limits::Budget;
use crate::proof::symbols;
use crate::roads::by_textbook;
use crate::tensor::{Tensor, count_of, ravel, unravel};

/// What is known about an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The layer's output.
    pub right: Tensor<Rational>,
    /// The same in the symbols of input, weight and bias.
    pub sums: Tensor<Polynomial>,
    /// The answer; in the shape of the output, or of what the wrong rule leads to, if it can be read so.
    pub answer: Tensor<Rational>,
    /// What it is.
    pub verdict: Verdict,
}

/// What an answer is.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Right.
    Right {
        /// The wrong rules that lead to it, too, so that it says nothing against them.
        undetected: Vec<Undetected>,
    },
    /// Exactly what wrong rules lead to.
    Followed {
        /// All of them; not empty.
        rules: Vec<Followed>,
        /// How far they agree.
        coincide: Reach,
    },
    /// Of a shape that the output has not, and not what a known rule leads to.
    WrongShape {
        /// The wrong rules for the size that lead to the shape.
        sizes: Vec<SizeMisconception>,
        /// The wrong rules for the output that lead to the shape, with other entries.
        outputs: Vec<Misconception>,
    },
    /// Of the right shape, and not what a known rule leads to.
    WrongEntries {
        /// The flat indices of the wrong entries, ascending.
        wrong: Vec<usize>,
    },
}

/// A wrong rule that leads to the right answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undetected {
    /// The rule.
    pub misconception: Misconception,
    /// How far it agrees with the right one.
    pub coincides: Reach,
}

/// For which numbers two rules agree about a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// For all.
    AllNumbers,
    /// For the given ones.
    TheseNumbers,
}

/// A wrong rule that leads to the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// The rule.
    pub misconception: Misconception,
    /// The shape it leads to.
    pub shape: Vec<usize>,
    /// The first entry of the output that it makes another one.
    pub parting: Option<Parting>,
}

/// An entry that a wrong rule makes another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Parting {
    /// Its index, channel first.
    pub index: Vec<usize>,
    /// Its value, and the sum it is.
    pub right: (Rational, Polynomial),
    /// The wrong value, and the sum the rule makes; none where the rule's output does not reach so far.
    pub wrong: Option<(Rational, Polynomial)>,
}

/// Says which wrong rules lead to the answer, if known ones do; or what is wrong with it.
///
/// An answer is read in the shape of the output, with leading axes of extent 1 missing or too many, or as a flat list
/// that fills it; the same holds for what a wrong rule leads to. Of several rules that agree, all are named. The output
/// is computed over polynomials once for each rule that is named, which takes as long as a proof.
///
/// # Errors
/// When calculating what every wrong rule leads to would cost more than the budget has, before it is spent.
///
/// # Panics
/// When the shapes of `x`, `w` and `bias` are not the layer's.
///
/// ```
/// use convt_matrix::{data::ExactNumber, geometry::*, limits::Budget, misconception::*, proof::Fault, tensor::Tensor};
/// let layer = Layer::new(Operation::Transposed, vec![AxisSettings::new(2, 3)], ChannelSettings::default())?;
/// let numbers = |shape: &[usize], numbers: &[i64]| Tensor::from_fn(shape, |at| ExactNumber::from(numbers[at]));
/// let (x, w) = (numbers(&[1, 2], &[1, 2]), numbers(&[1, 1, 3], &[1, 2, 3]));
/// let diagnosis = diagnose(&layer, &x, &w, None, &numbers(&[4], &[3, 8, 5, 2]), &Budget::DEFAULT)?;
/// let Verdict::Followed { rules, .. } = diagnosis.verdict else { panic!("a known mistake") };
/// assert_eq!(rules[0].misconception, Misconception::Planted(Fault::NoFlip));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diagnose(
    layer: &Layer,
    x: &Tensor<ExactNumber>,
    w: &Tensor<ExactNumber>,
    bias: Option<&Tensor<ExactNumber>>,
    answer: &Tensor<ExactNumber>,
    budget: &Budget,
) -> Result<Diagnosis, ExactError> {
    let problem = Problem { layer, samples: Samples::Single, input: x, weight: w, bias, output_gradient: None };
    let plan = Plan::of(problem, budget)?;
    budget.check("comparing the answer with what every wrong rule leads to", cost::of(layer, &plan, answer))?;
    Ok(match plan.scaled() {
        Scaled::Machine(numbers) => diagnose_in(layer, &numbers, answer),
        Scaled::Long(numbers) => diagnose_in(layer, &numbers, answer),
    })
}

/// What a wrong rule leads to, beside the right output and the answer.
struct Led<T> {
    misconception: Misconception,
    shape: Vec<usize>,
    is_right: bool,
    /// The output, if it is the answer.
    answer: Option<Tensor<T>>,
}

/// The same in the integers of one ring, over one denominator.
fn diagnose_in<T: Ring>(layer: &Layer, numbers: &OverOne<T>, answer: &Tensor<ExactNumber>) -> Diagnosis
where
    OverOne<T>: Fractions<T>,
{
    let (x, w, bias) = (&numbers.input, &numbers.weight, numbers.bias.as_ref());
    let given: Vec<Option<T>> = answer.entries().iter().map(|entry| numbers.numerator(entry)).collect();
    let equal = |output: &Tensor<T>| {
        can_be_read(answer, output.shape())
            && given.iter().zip(output.entries()).all(|(given, entry)| given.as_ref() == Some(entry))
    };
    let right = with_bias(by_textbook(layer, x, w), bias);
    // A wrong output may be far longer than the right one: those that could not be meant are not computed.
    let is_read = |shape: &Vec<usize>| shape == right.shape() || can_be_read(answer, shape);
    let wrong = |misconception: Misconception| {
        misconception.shape(layer).filter(is_read)?;
        let output = misconception.output_with_bias(layer, x, w, bias)?;
        Some(Led {
            misconception,
            shape: output.shape().to_vec(),
            is_right: output == right,
            answer: equal(&output).then_some(output),
        })
    };
    let outputs: Vec<Led<T>> = Misconception::all().filter_map(wrong).collect();
    let symbolic = Symbolic::of(layer, bias.is_some());
    let sums = symbolic.right(layer);
    let is_of_right_shape = can_be_read(answer, right.shape());
    let verdict = if equal(&right) {
        let undetected = outputs.iter().filter(|led| led.is_right).map(|&Led { misconception, .. }| Undetected {
            misconception,
            coincides: reach(symbolic.wrong(layer, misconception).as_ref() == Some(&sums)),
        });
        Verdict::Right { undetected: undetected.collect() }
    } else {
        let named = outputs.iter().filter_map(|led| led.answer.as_ref().map(|output| (led.misconception, output)));
        let named: Vec<(Misconception, &Tensor<T>)> = named.collect();
        let polynomials: Vec<_> =
            named.iter().filter_map(|(misconception, _)| symbolic.wrong(layer, *misconception)).collect();
        let coincide = reach(polynomials.windows(2).all(|pair| pair[0] == pair[1]));
        let followed = |(&(misconception, output), sums_of_rule): (&(Misconception, &Tensor<T>), _)| Followed {
            misconception,
            shape: output.shape().to_vec(),
            parting: parting((&right, &sums), (output, sums_of_rule), |entry| numbers.value(entry)),
        };
        let rules: Vec<Followed> = named.iter().zip(&polynomials).map(followed).collect();
        if !rules.is_empty() {
            Verdict::Followed { rules, coincide }
        } else if is_of_right_shape {
            let pairs = right.entries().iter().zip(&given).enumerate();
            Verdict::WrongEntries {
                wrong: pairs.filter(|(_, (a, b))| Some(*a) != b.as_ref()).map(|(flat, _)| flat).collect(),
            }
        } else {
            let leads_there = |size: &SizeMisconception| {
                let shape = size.size(layer).map(|size| {
                    let lengths = size.into_iter().map(|length| usize::try_from(length).ok());
                    std::iter::once(Some(right.shape()[0])).chain(lengths).collect::<Option<Vec<_>>>()
                });
                shape.flatten().is_some_and(|shape| can_be_read(answer, &shape))
            };
            let of_this_shape = outputs.iter().filter(|led| can_be_read(answer, &led.shape));
            Verdict::WrongShape {
                sizes: SizeMisconception::all().filter(leads_there).collect(),
                outputs: of_this_shape.map(|led| led.misconception).collect(),
            }
        }
    };
    let read_as = match &verdict {
        Verdict::Followed { rules, .. } => &rules[0].shape,
        _ if is_of_right_shape => right.shape(),
        _ => answer.shape(),
    };
    let answer = Tensor::new(read_as.to_vec(), answer.entries().iter().map(ExactNumber::to_rational).collect());
    let right = right.map(|entry| numbers.value(entry));
    Diagnosis { right, sums, answer, verdict }
}

/// What may be seen in an answer that no known rule leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Observation {
    /// It is the right output with every sign reversed.
    SignsReversed,
    /// It is the right output with rows and columns exchanged.
    Transposed,
}

impl Diagnosis {
    /// What may be seen in the answer, if no known rule leads to it.
    #[must_use]
    pub fn observations(&self) -> Vec<Observation> {
        if !matches!(self.verdict, Verdict::WrongShape { .. } | Verdict::WrongEntries { .. }) {
            return Vec::new();
        }
        let mut seen = Vec::new();
        let reversed = self.right.map(|value| -value.clone());
        if self.answer.shape() == self.right.shape() && self.answer.entries() == reversed.entries() {
            seen.push(Observation::SignsReversed);
        }
        if let [channels, rows, columns] = *self.right.shape() {
            let shape = [channels, columns, rows];
            let transposed = Tensor::from_fn(&shape, |flat| {
                let at = unravel(&shape, flat);
                self.right.entries()[ravel(self.right.shape(), &[at[0], at[2], at[1]])].clone()
            });
            if can_be_read(&self.answer, &shape) && self.answer.entries() == transposed.entries() {
                seen.push(Observation::Transposed);
            }
        }
        seen
    }

    /// Whether the answer is right.
    #[must_use]
    pub fn is_right(&self) -> bool {
        matches!(self.verdict, Verdict::Right { .. })
    }
}

fn reach(for_all: bool) -> Reach {
    if for_all { Reach::AllNumbers } else { Reach::TheseNumbers }
}

/// Whether somebody who gives the answer can mean a tensor of the shape.
fn can_be_read<T>(answer: &Tensor<T>, shape: &[usize]) -> bool {
    let is_flat_and_full = matches!(answer.shape(), [count] if Some(*count) == count_of(shape));
    is_flat_and_full || essential(answer.shape()) == essential(shape)
}

/// The first entry of the right output that the wrong one has not, or has otherwise.
fn parting<T: PartialEq>(
    (right, right_sums): (&Tensor<T>, &Tensor<Polynomial>),
    (wrong, wrong_sums): (&Tensor<T>, &Tensor<Polynomial>),
    value: impl Fn(&T) -> Rational,
) -> Option<Parting> {
    let beside = |index: &[usize]| {
        let inside = index.iter().zip(wrong.shape()).all(|(at, extent)| at < extent);
        inside.then(|| ravel(wrong.shape(), index))
    };
    let index = (0..right.entries().len())
        .map(|flat| (flat, unravel(right.shape(), flat)))
        .find(|(flat, index)| beside(index).is_none_or(|other| wrong.entries()[other] != right.entries()[*flat]));
    index.map(|(flat, index)| Parting {
        right: (value(&right.entries()[flat]), right_sums.entries()[flat].clone()),
        wrong: beside(&index).map(|other| (value(&wrong.entries()[other]), wrong_sums.entries()[other].clone())),
        index,
    })
}

/// Input, weight and bias as unknowns.
struct Symbolic {
    x: Tensor<Polynomial>,
    w: Tensor<Polynomial>,
    bias: Option<Tensor<Polynomial>>,
}

impl Symbolic {
    fn of(layer: &Layer, has_bias: bool) -> Self {
        let (x, w) = symbols(layer);
        let unknown = |channel: usize| Polynomial::symbol(Family::Bias, channel as u32);
        let bias = has_bias.then(|| Tensor::from_fn(&layer.output_shape()[..1], unknown));
        Self { x, w, bias }
    }

    fn right(&self, layer: &Layer) -> Tensor<Polynomial> {
        with_bias(by_textbook(layer, &self.x, &self.w), self.bias.as_ref())
    }

    fn wrong(&self, layer: &Layer, misconception: Misconception) -> Option<Tensor<Polynomial>> {
        misconception.output_with_bias(layer, &self.x, &self.w, self.bias.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::SmallIntegers;
    use crate::geometry::{AxisSettings, ChannelSettings, Operation, Padding};
    use crate::proof::Fault;
    use std::collections::BTreeSet;

    fn numbers(shape: &[usize], numbers: &[i64]) -> Tensor<Rational> {
        Tensor::from_fn(shape, |at| Rational::from_integer(numbers[at].into()))
    }

    /// Numbers so large that no two different sums of products agree by chance.
    fn drawn(shape: &[usize], stream: u64) -> Tensor<Rational> {
        let mut digits = SmallIntegers::stream(7, stream);
        let mut wide = || (0..6).fold(0_i64, |number, _| number * 19 + digits.draw() + 9) + 1;
        Tensor::from_fn(shape, |_| Rational::from_integer(wide().into()))
    }

    fn diagnose(
        layer: &Layer,
        x: &Tensor<Rational>,
        w: &Tensor<Rational>,
        bias: Option<&Tensor<Rational>>,
        answer: &Tensor<Rational>,
    ) -> Diagnosis {
        let exact = |tensor: &Tensor<Rational>| tensor.map(|value| ExactNumber::from(value.clone()));
        let bias = bias.map(exact);
        super::diagnose(layer, &exact(x), &exact(w), bias.as_ref(), &exact(answer), &Budget::DEFAULT).expect("small")
    }

    fn layers() -> Vec<Layer> {
        let mut layers = Vec::new();
        let axis = |input, kernel, stride, padding, dilation, output_padding| AxisSettings {
            stride,
            padding: Padding::both(padding),
            dilation,
            output_padding,
            ..AxisSettings::new(input, kernel)
        };
        let single = ChannelSettings::default();
        for (input, kernel, stride, padding, dilation, output_padding) in [
            (3, 1, 2, 0, 1, 1),
            (2, 3, 1, 0, 1, 0),
            (3, 3, 1, 1, 1, 0),
            (2, 2, 1, 1, 2, 1),
            (3, 3, 2, 1, 1, 1),
            (3, 2, 2, 2, 1, 0),
            (2, 2, 2, 1, 3, 2),
            (2, 4, 3, 2, 1, 2),
            (2, 3, 4, 2, 1, 3),
        ] {
            let line = axis(input, kernel, stride, padding, dilation, output_padding);
            for (axes, channels) in [
                (vec![line], single),
                (vec![line], ChannelSettings { input: 2, output: 2, groups: 1 }),
                (vec![line], ChannelSettings { input: 2, output: 3, groups: 1 }),
                (vec![line], ChannelSettings { input: 4, output: 4, groups: 2 }),
                (vec![line; 2], single),
                (vec![axis(3, 2, stride, 0, 1, 0), line], single),
            ] {
                layers.extend(Layer::new(Operation::Transposed, axes.clone(), channels));
                let longer =
                    |axis: &AxisSettings| AxisSettings { input: axis.input + axis.kernel, output_padding: 0, ..*axis };
                layers.extend(Layer::new(Operation::Convolution, axes.iter().map(longer).collect(), channels));
            }
        }
        layers
    }

    #[test]
    fn every_misconception_applied_on_purpose_is_diagnosed_as_itself_and_those_that_coincide() {
        let mut seen = BTreeSet::new();
        let mut alone = BTreeSet::new();
        for layer in layers() {
            let (x, w) = (drawn(&layer.input_shape(), 0), drawn(&layer.weight_shape(), 1));
            let bias = drawn(&layer.output_shape()[..1], 2);
            let symbolic = Symbolic::of(&layer, true);
            let right = symbolic.right(&layer);
            let polynomials: Vec<_> =
                Misconception::all().map(|wrong| (wrong, symbolic.wrong(&layer, wrong))).collect();
            for (misconception, own) in &polynomials {
                let answer = misconception.output_with_bias(&layer, &x, &w, Some(&bias));
                assert_eq!(answer.is_some(), own.is_some());
                let (Some(answer), Some(own)) = (answer, own) else { continue };
                let diagnosis = diagnose(&layer, &x, &w, Some(&bias), &answer);
                let same = |(_, other): &&(Misconception, Option<Tensor<Polynomial>>)| other.as_ref() == Some(own);
                let expected: Vec<Misconception> = polynomials.iter().filter(same).map(|(wrong, _)| *wrong).collect();
                let named: Vec<Misconception> = match &diagnosis.verdict {
                    Verdict::Followed { rules, coincide } => {
                        assert_eq!(*coincide, Reach::AllNumbers);
                        assert!(*own != right);
                        seen.insert(misconception.name());
                        if rules.len() == 1 {
                            alone.insert(misconception.name());
                        }
                        rules.iter().map(|rule| rule.misconception).collect()
                    }
                    Verdict::Right { undetected } => {
                        assert!(*own == right, "{misconception:?} {layer:?}");
                        undetected.iter().map(|undetected| undetected.misconception).collect()
                    }
                    verdict => panic!("{misconception:?} {layer:?}: {verdict:?}"),
                };
                assert_eq!(named, expected, "{misconception:?} {layer:?}");
            }
        }
        let all: BTreeSet<_> = Misconception::all().map(|wrong| wrong.name()).collect();
        assert_eq!(seen, all, "every rule is wrong somewhere");
        assert_eq!(alone, all, "every rule is told from all others somewhere");
    }

    #[test]
    fn reversed_signs_and_a_transposed_output_are_observed_and_nothing_else_is() {
        for lengths in [[2, 2], [2, 3]] {
            let axes = lengths.map(|length| AxisSettings::new(length, 2)).to_vec();
            let layer = Layer::new(Operation::Transposed, axes, ChannelSettings::default()).expect("possible");
            let (x, w) = (drawn(&layer.input_shape(), 0), drawn(&layer.weight_shape(), 1));
            let right = by_textbook(&layer, &x, &w);
            let seen = |answer: &Tensor<Rational>| diagnose(&layer, &x, &w, None, answer).observations();
            let [_, rows, columns] = *right.shape() else { panic!("two dimensions") };
            let transposed =
                Tensor::from_fn(&[columns, rows], |at| right.entries()[at % rows * columns + at / rows].clone());
            assert_eq!(seen(&right.map(|value| -value.clone())), [Observation::SignsReversed]);
            assert_eq!(seen(&transposed), [Observation::Transposed]);
            assert_eq!(seen(&right), []);
            assert_eq!(seen(&right.map(|value| value + value)), []);
        }
    }

    #[test]
    fn a_right_answer_is_right_in_every_form_and_names_what_it_cannot_tell() {
        for layer in layers() {
            let (x, w) = (drawn(&layer.input_shape(), 3), drawn(&layer.weight_shape(), 4));
            let right = by_textbook(&layer, &x, &w);
            let flat = Tensor::new(vec![right.entries().len()], right.entries().to_vec());
            let batch = Tensor::new([&[1], right.shape()].concat(), right.entries().to_vec());
            for answer in [&right, &flat, &batch] {
                let diagnosis = diagnose(&layer, &x, &w, None, answer);
                assert!(diagnosis.is_right(), "{layer:?}");
                assert_eq!(diagnosis.answer, right);
            }
        }
        // Trap E4: with padding 0, output padding does append zeros.
        let axis = AxisSettings { stride: 3, output_padding: 1, ..AxisSettings::new(2, 3) };
        let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).expect("possible");
        let (x, w) = (numbers(&[1, 2], &[1, 2]), numbers(&[1, 1, 3], &[1, 10, 100]));
        let diagnosis = diagnose(&layer, &x, &w, None, &numbers(&[7], &[1, 10, 100, 2, 20, 200, 0]));
        let zeros = Undetected { misconception: Misconception::ZerosForOutputPadding, coincides: Reach::AllNumbers };
        assert_eq!(diagnosis.verdict, Verdict::Right { undetected: vec![zeros] });
    }

    #[test]
    fn a_symmetric_kernel_cannot_tell_that_nobody_flipped_it() {
        let layer =
            Layer::new(Operation::Transposed, vec![AxisSettings::new(2, 3)], ChannelSettings::default()).expect("ok");
        let (x, w) = (numbers(&[1, 2], &[1, 2]), numbers(&[1, 1, 3], &[1, 2, 1]));
        let diagnosis = diagnose(&layer, &x, &w, None, &by_textbook(&layer, &x, &w));
        let flip = Undetected { misconception: Misconception::Planted(Fault::NoFlip), coincides: Reach::TheseNumbers };
        assert_eq!(diagnosis.verdict, Verdict::Right { undetected: vec![flip] });
    }

    #[test]
    fn the_first_parting_entry_has_both_sums() {
        let layer =
            Layer::new(Operation::Transposed, vec![AxisSettings::new(2, 3)], ChannelSettings::default()).expect("ok");
        let (x, w) = (numbers(&[1, 2], &[1, 2]), numbers(&[1, 1, 3], &[1, 2, 3]));
        // Trap E2.
        let diagnosis = diagnose(&layer, &x, &w, None, &numbers(&[1, 4], &[3, 8, 5, 2]));
        let Verdict::Followed { rules, .. } = diagnosis.verdict else { panic!("a known mistake") };
        let parting = rules[0].parting.clone().expect("they part");
        assert_eq!((parting.index, format!("{:?}", parting.right.1)), (vec![0, 0], "w0*x0".into()));
        assert_eq!(
            parting.wrong.map(|(value, sum)| (value.to_string(), format!("{sum:?}"))),
            Some(("3".into(), "w2*x0".into()))
        );
    }

    #[test]
    fn other_answers_are_told_by_their_shape_or_by_their_entries() {
        let axis = AxisSettings { stride: 2, padding: Padding::both(1), ..AxisSettings::new(3, 3) };
        let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).expect("possible");
        let (x, w) = (numbers(&[1, 3], &[1, 2, 3]), numbers(&[1, 1, 3], &[1, 10, 100]));
        let verdict = |answer: &[i64]| diagnose(&layer, &x, &w, None, &numbers(&[answer.len()], answer)).verdict;
        assert_eq!(verdict(&[10, 102, 21, 203, 31]), Verdict::WrongEntries { wrong: vec![2, 4] });
        let Verdict::WrongShape { sizes, outputs } = verdict(&[1, 2, 3, 4, 5, 6, 7]) else { panic!("7 are too many") };
        assert_eq!(sizes, [SizeMisconception::PaddingForgotten]);
        assert_eq!(outputs, [Misconception::Planted(Fault::StrideManyZeros), Misconception::PaddingIgnored]);
        assert_eq!(verdict(&[0; 20]), Verdict::WrongShape { sizes: Vec::new(), outputs: Vec::new() });
    }
}
