//! A sheet for other programs: everything about every exercise. Running text is Markdown, as GitHub reads it; answers
//! are typed. A grid in an answer has rows and columns as its last extents, also in one dimension, where it has one row;
//! the tensors in `data` have the shapes of the layer.

use crate::doc::{Block, Inline, Prose, Step};
use crate::misconception::NamedRule;
use crate::render::{Markdown, Writer as _, ZeroStyle};
use crate::templates::{TemplateError, Templates};
use crate::worksheet::ToldSheet;
use crate::worksheet::{
    About, Answer, CellGrid, CellValue, Datum, Distractor, ExerciseText, FORMAT, MultipleChoice, Posed, Recipient,
    Sheet,
};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct JsonSheet<'a> {
    format: u32,
    version: &'static str,
    title: &'a str,
    seed: u64,
    recipient: &'a Recipient,
    conventions: String,
    exercises: Vec<JsonExercise>,
}

#[derive(Serialize)]
struct JsonExercise {
    number: usize,
    kind: &'static str,
    title: String,
    level: u8,
    /// In hexadecimal: JSON numbers of this size do not survive every reader.
    seed: String,
    points: u32,
    layer: String,
    question: String,
    /// What it is about, as nested numbers; empty for kinds that are about none.
    data: BTreeMap<&'static str, serde_json::Value>,
    answer: JsonAnswer,
    /// The answer of the open question; differs from `answer` where that is a choice.
    key: JsonAnswer,
    solution: String,
    hints: Vec<String>,
    /// What named misconceptions answer, where that is wrong.
    wrong_answers: Vec<JsonWrong>,
}

#[derive(Serialize)]
struct JsonWrong {
    misconception: &'static str,
    /// The wrong rule, as somebody may say it.
    rule: String,
    answer: JsonAnswer,
    feedback: String,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum JsonAnswer {
    Integer { value: i64 },
    Fraction { numerator: i64, denominator: i64 },
    Tuple { values: Vec<i64> },
    Grid { name: String, shape: Vec<usize>, cells: Vec<JsonCell> },
    Expression { text: String, shown: String },
    Choice { options: Vec<JsonOption>, right: usize },
    Solutions { unknowns: Vec<String>, all: Vec<Vec<i64>> },
    Listed { values: Vec<String> },
    FreeText { model: String },
    Parts { parts: Vec<JsonPart> },
}

#[derive(Serialize)]
struct JsonCell {
    value: String,
    given: bool,
}

#[derive(Serialize)]
struct JsonOption {
    shown: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    misconception: Option<&'static str>,
    /// The wrong rule, as somebody may say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    feedback: String,
}

#[derive(Serialize)]
struct JsonPart {
    label: String,
    answer: JsonAnswer,
}

/// The sheet as indented JSON with a line's end.
pub(super) fn written(told: &ToldSheet<'_>, templates: &Templates) -> Result<String, TemplateError> {
    let sheet = told.sheet;
    let exercises = told.exercises().map(|(posed, text)| exercise(posed, text, templates));
    let page = JsonSheet {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION"),
        title: &sheet.title,
        seed: sheet.seed,
        recipient: &sheet.recipient,
        conventions: prose(&Sheet::conventions(templates)?),
        exercises: exercises.collect::<Result<_, _>>()?,
    };
    Ok(serde_json::to_string_pretty(&page).expect("plain data") + "\n")
}

fn exercise(posed: &Posed, text: &ExerciseText, templates: &Templates) -> Result<JsonExercise, TemplateError> {
    let answer = |answer: &Answer| json_answer(answer, text, templates);
    let wrong = |wrong: &Distractor| {
        Ok(JsonWrong {
            misconception: wrong.misconception.name(),
            rule: prose(&text.rule(wrong.misconception, templates)?),
            answer: answer(&wrong.answer)?,
            feedback: prose(&text.feedback(wrong.misconception, templates)?),
        })
    };
    let About { layer, data, .. } = posed.exercise.exercise().about();
    Ok(JsonExercise {
        number: posed.number,
        kind: posed.kind.id,
        title: text.title.clone(),
        level: posed.level.number(),
        seed: format!("{:016x}", posed.seed),
        points: posed.points,
        layer,
        question: steps(&text.question),
        data: data.iter().map(|(name, datum)| (*name, nested(datum))).collect(),
        answer: answer(&posed.exercise.answer())?,
        key: answer(posed.exercise.key())?,
        solution: steps(&text.solution),
        hints: text.hints.iter().map(prose).collect(),
        wrong_answers: posed.exercise.wrong_answers().iter().map(wrong).collect::<Result<_, TemplateError>>()?,
    })
}

fn nested(datum: &Datum) -> serde_json::Value {
    fn lists(shape: &[usize], entries: &[i64]) -> serde_json::Value {
        match shape {
            [] => entries[0].into(),
            [first, rest @ ..] => {
                let size = entries.len() / first;
                (0..*first).map(|at| lists(rest, &entries[at * size..(at + 1) * size])).collect()
            }
        }
    }
    match datum {
        Datum::Tensor(tensor) => lists(tensor.shape(), tensor.entries()),
        Datum::Tuple(numbers) => numbers.clone().into(),
    }
}

fn json_answer(answer: &Answer, text: &ExerciseText, templates: &Templates) -> Result<JsonAnswer, TemplateError> {
    let step = |answer: &Answer| text.answer(answer, templates);
    Ok(match answer {
        Answer::Integer(value) => JsonAnswer::Integer { value: *value },
        Answer::Fraction { numerator, denominator } => {
            JsonAnswer::Fraction { numerator: *numerator, denominator: *denominator }
        }
        Answer::Tuple(values) => JsonAnswer::Tuple { values: values.clone() },
        Answer::Grid(CellGrid { name, shape, cells }) => JsonAnswer::Grid {
            name: prose(&vec![Inline::from(name.clone())]),
            shape: shape.clone(),
            cells: cells.iter().map(|cell| JsonCell { value: cell.value.text(), given: cell.given }).collect(),
        },
        Answer::Expression(expression) => JsonAnswer::Expression {
            text: expression.text.clone(),
            shown: prose(&vec![expression.shown.clone().into()]),
        },
        Answer::Choice(MultipleChoice { options, right }) => JsonAnswer::Choice {
            options: options
                .iter()
                .map(|option| {
                    Ok(JsonOption {
                        shown: steps(&[step(&option.shown)?]),
                        misconception: option.misconception.map(NamedRule::name),
                        rule: option.misconception.map(|rule| Ok(prose(&text.rule(rule, templates)?))).transpose()?,
                        feedback: prose(&text.feedback_on(option, templates)?),
                    })
                })
                .collect::<Result<_, TemplateError>>()?,
            right: *right,
        },
        Answer::Solutions { unknowns, all } => JsonAnswer::Solutions {
            unknowns: unknowns.iter().map(|unknown| prose(&vec![unknown.clone().into()])).collect(),
            all: all.clone(),
        },
        Answer::Listed(values) => JsonAnswer::Listed { values: values.iter().map(CellValue::text).collect() },
        Answer::FreeText(_) => JsonAnswer::FreeText { model: prose(&step(answer)?.claim) },
        Answer::Parts(parts) => JsonAnswer::Parts {
            parts: parts
                .iter()
                .map(|part| {
                    let answer = json_answer(&part.answer, text, templates)?;
                    Ok(JsonPart { label: prose(&text.labels.of(part)), answer })
                })
                .collect::<Result<_, TemplateError>>()?,
        },
    })
}

fn prose(prose: &Prose) -> String {
    Markdown::new(ZeroStyle::Digit).prose(prose)
}

/// Paragraphs and fenced formulas with empty lines between them.
fn steps(steps: &[Step]) -> String {
    let writer = Markdown::new(ZeroStyle::Digit);
    let mut blocks = Vec::new();
    for step in steps {
        blocks.push(writer.prose(&step.claim));
        blocks.extend(step.blocks.iter().map(|block| match block {
            Block::Formula(math) => format!("```math\n{}\n```", writer.math(math)),
            Block::Table(table) => writer.table(table),
            Block::List(list) => writer.list(list),
        }));
        blocks.extend(step.reason.as_ref().map(|reason| writer.prose(reason)));
    }
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n\n")
}
