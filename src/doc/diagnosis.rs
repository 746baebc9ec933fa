//! What is known about an answer, in words: the rule that was followed, and where it parts from the right one.

use super::derivation::size_lines;
use super::math::row;
use super::subject::{Subject, Written, by};
use super::tensors::tensor_displays;
use super::{Document, Inline, Math, Name, Relation, Section, Step, prose};
use crate::algebra::{Polynomial, Rational};
use crate::laws::Ends;
use crate::misconception::{
    Diagnosis, Followed, Misconception, Observation, Parting, Reach, SizeMisconception, Undetected, Verdict, WrongRule,
};
use crate::tensor::ravel;
use crate::wording::counted;
use Relation::Equals;

/// Wrong entries are spoken of one by one up to so many.
const SPOKEN_OF: usize = 6;

/// Says what is known about an answer to the question for the layer's output.
pub fn diagnosed(subject: &Subject<'_>, diagnosis: &Diagnosis) -> Document {
    let (title, sections) = match &diagnosis.verdict {
        Verdict::Right { undetected } => ("The answer is right".to_owned(), right(subject, undetected)),
        Verdict::Followed { rules, coincide } => {
            let title =
                if rules.len() == 1 { "The answer follows a wrong rule" } else { "The answer follows wrong rules" };
            (title.to_owned(), followed(subject, diagnosis, rules, *coincide))
        }
        Verdict::WrongShape { sizes, outputs } => {
            ("The answer has a wrong shape".to_owned(), wrong_shape(subject, diagnosis, sizes, outputs))
        }
        Verdict::WrongEntries { wrong } => {
            let entries = counted(diagnosis.right.entries().len(), "entry", "entries");
            let are = if wrong.len() == 1 { "is" } else { "are" };
            (format!("{} of {entries} {are} wrong", wrong.len()), wrong_entries(subject, diagnosis, wrong))
        }
    };
    let introduction = super::text::in_english("parts/parameters", subject.parameters());
    Document { title, introduction: introduction.into_iter().map(|step| step.claim).collect(), sections }
}

fn section(id: &'static str, title: impl Into<String>, steps: Vec<Step>) -> Section {
    Section { id, title: title.into(), steps }
}

/// How far two rules agree, in words.
fn in_words(reach: Reach) -> &'static str {
    match reach {
        Reach::AllNumbers => "for this layer, whatever the numbers are",
        Reach::TheseNumbers => "with these numbers, though not with all",
    }
}

fn right(subject: &Subject<'_>, undetected: &[Undetected]) -> Vec<Section> {
    let entries: usize = subject.layer.output_shape().iter().product();
    let verdict = match entries {
        1 => prose!["The only entry is right."],
        _ => prose!["All {} entries are right."; entries],
    };
    let mut sections = vec![section("verdict", "Verdict", vec![Step::text(verdict)])];
    if !undetected.is_empty() {
        let mut steps = vec![Step::text(prose![
            "These wrong rules lead to the same output here, so a right answer does not show that nobody followed them:"
        ])];
        steps.extend(undetected.iter().map(|Undetected { misconception: wrong, coincides }| {
            let (name, rule) = (Inline::Code(wrong.name().into()), wrong.rule().to_owned());
            Step::text(prose!["{}: {}. It is the same {}."; name, rule, in_words(*coincides)])
        }));
        sections.push(section("undetected", "What this exercise cannot tell", steps));
    }
    sections
}

fn followed(subject: &Subject<'_>, diagnosis: &Diagnosis, rules: &[Followed], coincide: Reach) -> Vec<Section> {
    let mut steps = vec![Step::text(match rules {
        [_] => prose!["The answer is exactly what one wrong rule leads to."],
        _ => prose![format!(
            "The answer is exactly what {} wrong rules lead to. They coincide {}, so nothing tells which of them was \
             followed.",
            rules.len(),
            in_words(coincide)
        )],
    })];
    steps.extend(both(subject, diagnosis));
    let mut sections = vec![section("verdict", "Verdict", steps)];
    sections.extend(rules.iter().map(|rule| about(rule.misconception, parted(subject, diagnosis, rule))));
    sections
}

/// A section about a wrong rule: what is said to somebody who follows it, and what shows it.
fn about(wrong: impl WrongRule, shown: Vec<Step>) -> Section {
    let feedback = prose!["{}. {}"; Inline::Code(wrong.name().into()), wrong.feedback().to_owned()];
    let steps = std::iter::once(Step::text(feedback)).chain(shown).collect();
    section(wrong.name(), format!("Wrong rule: {}", wrong.rule()), steps)
}

/// The answer and the output, as tensors of numbers.
fn both(subject: &Subject<'_>, diagnosis: &Diagnosis) -> Option<Step> {
    let right = tensor_displays(subject, Name::Var('Y'), diagnosis.right.shape(), 1, |flat| {
        number(&diagnosis.right.entries()[flat])
    });
    let shape = diagnosis.answer.shape();
    // A shape without channels, or with more axes than any output, is no tensor of the layer's kind.
    let is_like = shape.len() == diagnosis.right.shape().len();
    let answer = is_like
        .then(|| tensor_displays(subject, Name::Var('A'), shape, 1, |flat| number(&diagnosis.answer.entries()[flat])));
    answer.map(|answer| Step::displayed(prose!["The answer $A$ and the output $Y$:"], [answer, right].concat()))
}

fn number(value: &Rational) -> Math {
    Math::Number(value.clone().into())
}

/// The sizes, where they differ, and the first entry that differs.
fn parted(subject: &Subject<'_>, diagnosis: &Diagnosis, rule: &Followed) -> Vec<Step> {
    let mut steps = Vec::new();
    let right = diagnosis.right.shape();
    if rule.shape != right {
        let [made, right] = [&rule.shape[..], right].map(|shape| by(shape[1..].iter().copied()));
        steps.push(Step::text(prose!["The rule makes an output of size {}; the output has size {}."; made, right]));
    }
    let Some(Parting { index, right, wrong }) = &rule.parting else {
        steps.push(Step::text(prose!["As far as the output reaches, all entries are right."]));
        return steps;
    };
    let name = subject.notation.output(ravel(diagnosis.right.shape(), index));
    let Some(wrong) = wrong else {
        let said = prose!["As far as this rule's output reaches, it is right; it does not reach {}."; name];
        steps.push(Step::text(said));
        return steps;
    };
    let lines = vec![("right".into(), sum(subject, right)), ("wrong".into(), sum(subject, wrong))];
    steps.push(Step::shown(prose!["The first entry where the two part is ", name, ":"], Math::Aligned(lines)));
    steps
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

fn wrong_entries(subject: &Subject<'_>, diagnosis: &Diagnosis, wrong: &[usize]) -> Vec<Section> {
    let mut steps = vec![Step::text(prose!["No wrong rule that is known here leads to this answer."])];
    steps.extend(observed(diagnosis));
    steps.extend(both(subject, diagnosis));
    let lines: Vec<(Math, Math)> = wrong
        .iter()
        .take(SPOKEN_OF)
        .map(|&flat| {
            let right = (diagnosis.right.entries()[flat].clone(), diagnosis.sums.entries()[flat].clone());
            let given = number(&diagnosis.answer.entries()[flat]);
            let not = Math::Words(", not ".into());
            (subject.notation.output(flat), row![sum(subject, &right), not, given])
        })
        .collect();
    let claim = match wrong.len() {
        1 => "The wrong entry is:".to_owned(),
        count if count <= SPOKEN_OF => "The wrong entries are:".to_owned(),
        count => format!("The first {SPOKEN_OF} of the {count} wrong entries are:"),
    };
    steps.push(Step::shown(prose![claim], Math::Aligned(lines)));
    vec![section("entries", "What is wrong", steps)]
}

/// What may be seen in the answer without a rule.
fn observed(diagnosis: &Diagnosis) -> Vec<Step> {
    let said = |observation| match observation {
        Observation::SignsReversed => "The answer is the right output with every sign reversed.",
        Observation::Transposed => "The answer is the transpose of the right output: its rows are the columns.",
    };
    diagnosis.observations().into_iter().map(|seen| Step::text(prose![said(seen)])).collect()
}

fn wrong_shape(
    subject: &Subject<'_>,
    diagnosis: &Diagnosis,
    sizes: &[SizeMisconception],
    outputs: &[Misconception],
) -> Vec<Section> {
    let (given, right) = (diagnosis.answer.shape(), diagnosis.right.shape());
    let tuple = |shape: &[usize]| Math::Tuple(shape.iter().map(|&extent| extent as i64).collect());
    let count = |shape: &[usize]| shape.iter().product::<usize>();
    let mut told = prose!["The output has the shape ", tuple(right), ", channels first"];
    told.push(if given.len() == 1 {
        format!("; the answer is a list of {}, not of {}.", counted(given[0], "number", "numbers"), count(right)).into()
    } else {
        "; the answer has the shape ".into()
    });
    if given.len() > 1 {
        told.extend(prose![tuple(given), "."]);
        if count(given) == count(right) {
            told.push(" The count is right, the arrangement is not.".into());
        }
        if given.len() == right.len() && given[1..] == right[1..] {
            told.push(" Only the number of channels is wrong.".into());
        }
    }
    let mut steps = vec![Step::text(told)];
    steps.extend(observed(diagnosis));
    steps.push(right_size(subject));
    if sizes.is_empty() && outputs.is_empty() {
        steps.push(Step::text(prose!["No wrong rule that is known here leads to this shape."]));
    }
    let mut sections = vec![section("verdict", "The shape", steps)];
    sections.extend(sizes.iter().map(|&wrong| size_section(subject, wrong)));
    if !outputs.is_empty() {
        let mut steps = vec![Step::text(prose![
            "These rules for the output lead to this shape, too, though not to these numbers:"
        ])];
        steps.extend(
            outputs
                .iter()
                .map(|wrong| Step::text(prose!["{}: {}."; Inline::Code(wrong.name().into()), wrong.rule().to_owned()])),
        );
        sections.push(section("outputs", "Rules that make outputs of this shape", steps));
    }
    sections
}

fn lines(facts: super::Facts) -> super::Block {
    super::text::in_english("parts/size-lines", facts).remove(0).blocks.remove(0)
}

/// The right formula with its numbers.
fn right_size(subject: &Subject<'_>) -> Step {
    let operation = subject.layer.operation();
    let formula = |ends: Ends| SizeMisconception::right(operation, ends);
    let value = |axis| Some(subject.output_length(axis));
    Step::shown(prose!["The size of the output is"], lines(size_lines(subject, formula, value)))
}

fn size_section(subject: &Subject<'_>, wrong: SizeMisconception) -> Section {
    let size = wrong.size(subject.layer);
    let formula = |ends: Ends| {
        wrong.formula(subject.layer.operation(), ends).expect("who was found to follow a rule has a formula")
    };
    let lines = size_lines(subject, formula, |axis| size.as_ref().map(|size| size[axis]));
    about(wrong, vec![Step::shown(prose!["The wrong formula, with the numbers of this layer:"], self::lines(lines))])
}
