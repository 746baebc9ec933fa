//! What is known about an answer, in words: the rule that was followed, and where it parts from the right one.

use super::derivation::size_lines;
use super::math::row;
use super::rules::Setting;
use super::subject::{Subject, Written, by};
use super::tensors::tensor_displays;
use super::{Document, Fact, Facts, Math, Name, Passage, Relation, facts};
use crate::algebra::{Polynomial, Rational};
use crate::laws::Ends;
use crate::misconception::{
    Diagnosis, Followed, Misconception, Observation, Reach, SizeMisconception, Undetected, Verdict, WrongRule,
};
use crate::templates::{TemplateError, Templates};
use crate::tensor::ravel;
use Relation::Equals;

/// Wrong entries are spoken of one by one up to so many.
const SPOKEN_OF: usize = 6;

/// Says what is known about an answer to the question for the layer's output.
///
/// # Errors
/// When a replaced template does not work; the built-in ones do.
pub fn diagnosed(
    subject: &Subject<'_>,
    diagnosis: &Diagnosis,
    templates: &Templates,
) -> Result<Document, TemplateError> {
    let sections = match &diagnosis.verdict {
        Verdict::Right { undetected } => right(subject, diagnosis, undetected),
        Verdict::Followed { rules, coincide } => followed(subject, diagnosis, rules, *coincide),
        Verdict::WrongShape { sizes, outputs } => wrong_shape(subject, diagnosis, sizes, outputs),
        Verdict::WrongEntries { wrong } => vec![wrong_entries(subject, diagnosis, wrong)],
    };
    let sections = sections.into_iter().map(|(id, passage)| passage.section(id, templates));
    let document = Passage::new("diagnosis/opening", opening(subject, diagnosis)).opening(templates)?;
    Ok(Document { sections: sections.collect::<Result<_, _>>()?, ..document })
}

/// The name of a section, and what it says.
type Told = (&'static str, Passage);

fn opening(subject: &Subject<'_>, diagnosis: &Diagnosis) -> Facts {
    let (verdict, rules, wrong) = match &diagnosis.verdict {
        Verdict::Right { .. } => ("right", 0, 0),
        Verdict::Followed { rules, .. } => ("wrong rule", rules.len(), 0),
        Verdict::WrongShape { .. } => ("wrong shape", 0, 0),
        Verdict::WrongEntries { wrong } => ("wrong entries", 0, wrong.len()),
    };
    subject.parameters().and(facts! {
        /// What the answer is: `right`, or it has a `wrong shape`, `wrong entries`, or follows a `wrong rule`.
        verdict: verdict,
        /// How many wrong rules lead to it, where any does.
        rules: rules,
        /// How many of its entries are wrong, where no rule leads to it; and how many entries the output has.
        wrong: wrong,
        entries: diagnosis.right.entries().len(),
    })
}

fn right(subject: &Subject<'_>, diagnosis: &Diagnosis, undetected: &[Undetected]) -> Vec<Told> {
    let entries = facts! {
        /// How many entries the output has.
        entries: diagnosis.right.entries().len(),
    };
    let known = |Undetected { misconception, coincides }: &Undetected| {
        named(subject, *misconception).and(facts! {
            /// Whether it leads to the same output whatever the numbers are.
            for_all_numbers: *coincides == Reach::AllNumbers,
        })
    };
    let undetected = (!undetected.is_empty()).then(|| {
        facts! {
            /// The wrong rules that lead to the same output.
            rules: undetected.iter().map(known).collect::<Fact>(),
        }
    });
    let verdict = ("verdict", Passage::new("diagnosis/right", entries));
    let undetected = undetected.map(|facts| ("undetected", Passage::new("diagnosis/undetected", facts)));
    std::iter::once(verdict).chain(undetected).collect()
}

/// A wrong rule.
fn named(subject: &Subject<'_>, wrong: impl WrongRule) -> Facts {
    let passage = Setting::of(subject.layer).passage(wrong);
    facts! {
        /// Its name.
        name: Fact::code(wrong.name()),
        /// The rule as somebody may say it.
        rule: Fact::Claim(passage.clone()),
        /// What is said to somebody who follows it.
        feedback: Fact::Reason(passage),
    }
}

fn followed(subject: &Subject<'_>, diagnosis: &Diagnosis, rules: &[Followed], coincide: Reach) -> Vec<Told> {
    let facts = facts! {
        /// How many wrong rules lead to the answer, and whether they lead to the same whatever the numbers are.
        rules: rules.len(),
        for_all_numbers: coincide == Reach::AllNumbers,
        /// The answer and the output, where they can be set side by side.
        tensors: tensors(subject, diagnosis),
    };
    let about = |rule: &Followed| {
        let facts = named(subject, rule.misconception).and(parted(subject, diagnosis, rule));
        (rule.misconception.name(), Passage::new("diagnosis/rule", facts))
    };
    let verdict = ("verdict", Passage::new("diagnosis/followed", facts));
    std::iter::once(verdict).chain(rules.iter().map(about)).collect()
}

/// The answer and the output, as tensors of numbers.
fn tensors(subject: &Subject<'_>, diagnosis: &Diagnosis) -> Option<Fact> {
    let right = tensor_displays(subject, Name::Var('Y'), diagnosis.right.shape(), 1, |flat| {
        number(&diagnosis.right.entries()[flat])
    });
    let shape = diagnosis.answer.shape();
    // A shape without channels, or with more axes than any output, is no tensor of the layer's kind.
    let is_like = shape.len() == diagnosis.right.shape().len();
    let answer = is_like
        .then(|| tensor_displays(subject, Name::Var('A'), shape, 1, |flat| number(&diagnosis.answer.entries()[flat])));
    answer.map(|answer| Fact::displays([answer, right].concat()))
}

fn number(value: &Rational) -> Math {
    Math::Number(value.clone().into())
}

/// The sizes, where they differ, and the first entry that differs.
fn parted(subject: &Subject<'_>, diagnosis: &Diagnosis, rule: &Followed) -> Facts {
    let right = diagnosis.right.shape();
    let size = |shape: &[usize]| by(shape[1..].iter().copied());
    let parting = rule.parting.as_ref();
    facts! {
        /// The size of the output that the rule makes, where it is another one, and that of the output.
        made_size: (rule.shape != right).then(|| size(&rule.shape)),
        output_size: size(right),
        /// The first entry that the rule makes another one, if any.
        entry: parting.map(|parting| subject.notation.output(ravel(right, &parting.index))),
        /// Its sum, and the one that the rule makes, if its output reaches so far; both from the equals sign on.
        right: parting.map(|parting| sum(subject, &parting.right)),
        wrong: parting.and_then(|parting| parting.wrong.as_ref()).map(|wrong| sum(subject, wrong)),
    }
}

/// `= w_0 x_1 + ... = 2 · 3 + ... = 6`
fn sum(subject: &Subject<'_>, (value, sum): &(Rational, Polynomial)) -> Math {
    if sum.terms().is_empty() {
        return row![Equals, number(value)];
    }
    row![
        Equals,
        subject.polynomial(sum, Written::Symbols),
        Equals,
        subject.polynomial(sum, Written::Numbers),
        Equals,
        number(value)
    ]
}

fn wrong_entries(subject: &Subject<'_>, diagnosis: &Diagnosis, wrong: &[usize]) -> Told {
    let line = |&flat: &usize| {
        let right = (diagnosis.right.entries()[flat].clone(), diagnosis.sums.entries()[flat].clone());
        facts! {
            /// The entry.
            entry: subject.notation.output(flat),
            /// Its sum, from the equals sign on.
            right: sum(subject, &right),
            /// What the answer has.
            given: number(&diagnosis.answer.entries()[flat]),
        }
    };
    let facts = observed(diagnosis).and(facts! {
        /// The answer and the output, where they can be set side by side.
        tensors: tensors(subject, diagnosis),
        /// How many entries are wrong, the first of them, and how many these are.
        wrong: wrong.len(),
        told: wrong.iter().take(SPOKEN_OF).map(line).collect::<Fact>(),
        told_count: wrong.len().min(SPOKEN_OF),
    });
    ("entries", Passage::new("diagnosis/entries", facts))
}

/// What may be seen in the answer without a rule.
fn observed(diagnosis: &Diagnosis) -> Facts {
    let seen = diagnosis.observations();
    facts! {
        /// Whether the answer is the output with every sign reversed.
        signs_reversed: seen.contains(&Observation::SignsReversed),
        /// Whether it is the output's transpose.
        is_transpose: seen.contains(&Observation::Transposed),
    }
}

fn wrong_shape(
    subject: &Subject<'_>,
    diagnosis: &Diagnosis,
    sizes: &[SizeMisconception],
    outputs: &[Misconception],
) -> Vec<Told> {
    let (given, right) = (diagnosis.answer.shape(), diagnosis.right.shape());
    let tuple = |shape: &[usize]| Math::Tuple(shape.iter().map(|&extent| extent as i64).collect());
    let count = |shape: &[usize]| shape.iter().product::<usize>();
    let operation = subject.layer.operation();
    let formula = |ends: Ends| SizeMisconception::right(operation, ends);
    let lines = size_lines(subject, formula, |axis| Some(subject.output_length(axis)));
    let facts = observed(diagnosis).and(lines).and(facts! {
        /// The shapes of output and answer, channels first.
        right_shape: tuple(right),
        given_shape: tuple(given),
        /// Whether the answer is a list without a shape.
        is_list: given.len() == 1,
        /// How many numbers output and answer have, and whether these are as many.
        right_count: count(right),
        given_count: count(given),
        is_rearranged: count(given) == count(right),
        /// Whether but for the channels the shapes agree.
        has_other_channels: given.len() == right.len() && given[1..] == right[1..],
        /// Whether a known wrong rule leads to the shape.
        is_known: !(sizes.is_empty() && outputs.is_empty()),
    });
    let about = |&wrong: &SizeMisconception| {
        let size = wrong.size(subject.layer);
        let formula =
            |ends: Ends| wrong.formula(operation, ends).expect("who was found to follow a rule has a formula");
        let lines = size_lines(subject, formula, |axis| size.as_ref().map(|size| size[axis]));
        (wrong.name(), Passage::new("diagnosis/size-rule", named(subject, wrong).and(lines)))
    };
    let outputs = (!outputs.is_empty()).then(|| {
        facts! {
            /// The wrong rules for the output that lead to the shape.
            rules: outputs.iter().map(|&wrong| named(subject, wrong)).collect::<Fact>(),
        }
    });
    let outputs = outputs.map(|facts| ("outputs", Passage::new("diagnosis/outputs", facts)));
    std::iter::once(("verdict", Passage::new("diagnosis/shape", facts)))
        .chain(sizes.iter().map(about))
        .chain(outputs)
        .collect()
}
