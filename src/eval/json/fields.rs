//! One line into a case: fields by name, settings for each axis, the layer from settings and shapes.

use super::Id;
use super::nested::{self, Strings};
use crate::data::ExactNumber;
use crate::eval::{Case, EvalError, Operands, Samples};
use crate::geometry::{AxisSettings, ChannelSettings, GeometryError, Layer, Operation, Padding, Parameter};
use crate::limits::Budget;
use crate::tensor::Tensor;
use crate::wording::{counted, shortened};
use num_traits::Zero as _;
use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::cell::Cell;
use std::fmt;

/// Reads one line. The id is that of the line as far as it could be read.
///
/// Never panics, whatever the line is; of deep nesting only as much is followed as a tensor can have, and no more numbers
/// are read than the budget has room for.
pub fn read(line: &str, budget: &Budget) -> (Id, Result<Case, EvalError>) {
    let mut id = None;
    let case = fields(line, &mut id).and_then(|fields| case(&fields, budget));
    (id.unwrap_or_else(Id::null), case)
}

/// The fields of a case, in the order they are listed in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Id,
    Op,
    Input,
    Weight,
    Bias,
    Stride,
    Padding,
    Dilation,
    OutputPadding,
    Groups,
    GradOutput,
}

/// Their names, in the same order.
const NAMES: [&str; 11] =
    ["id", "op", "input", "weight", "bias", "stride", "padding", "dilation", "output_padding", "groups", "grad_output"];

impl Field {
    fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// What a line holds, field by field, not yet looked into.
#[derive(Default)]
struct Fields<'a>([Option<&'a RawValue>; NAMES.len()]);

impl<'a> Fields<'a> {
    /// The field's value, unless it is left out or null.
    fn get(&self, field: Field) -> Option<&'a RawValue> {
        self.0[field as usize].filter(|json| json.get() != "null")
    }

    fn require(&self, field: Field) -> Result<&'a RawValue, EvalError> {
        self.get(field).ok_or_else(|| EvalError::field(field.name(), "it is missing"))
    }
}

/// Checks that the line is one JSON object with known fields, none of them twice.
fn fields<'a>(line: &'a str, id: &mut Option<Id>) -> Result<Fields<'a>, EvalError> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let mut problem = None;
    let read = deserializer.deserialize_map(FieldsVisitor { id, problem: &mut problem });
    let read = read.and_then(|fields| deserializer.end().map(|()| fields));
    read.map_err(|error| problem.unwrap_or_else(|| syntax(line, &error)))
}

struct FieldsVisitor<'v> {
    /// The id is kept even if what comes after it cannot be read.
    id: &'v mut Option<Id>,
    /// What is wrong beyond syntax; serde's own error then only ends the reading.
    problem: &'v mut Option<EvalError>,
}

impl<'de> Visitor<'de> for FieldsVisitor<'_> {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one JSON object on each line")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<'de>, M::Error> {
        let mut fields = Fields::default();
        while let Some(name) = map.next_key::<String>()? {
            let json: &'de RawValue = map.next_value()?;
            let Some(field) = NAMES.iter().position(|known| *known == name) else {
                let problem = format!("this field is unknown; known are {}", NAMES.join(", "));
                self.problem.get_or_insert_with(|| EvalError::field(shortened(&name), problem));
                continue;
            };
            if fields.0[field].replace(json).is_some() {
                self.problem.get_or_insert_with(|| EvalError::field(NAMES[field], "it is given twice"));
            } else if field == Field::Id as usize {
                // A line of JSON may have carriage returns between tokens; a line of the answer had better not.
                *self.id = Some(Id(json.get().replace('\r', " ")));
            }
        }
        if self.problem.is_some() {
            return Err(M::Error::custom("refused"));
        }
        Ok(fields)
    }
}

fn syntax(line: &str, error: &serde_json::Error) -> EvalError {
    let column = error.column();
    let text = error.to_string();
    let problem = text.strip_suffix(&format!(" at line {} column {column}", error.line())).unwrap_or(&text);
    // What several languages write for what JSON has no word for.
    let at = column.saturating_sub(2);
    let rest = line.get(at..).unwrap_or("").trim_start_matches(['-', ' ', ':', ',', '[']);
    let hint = ["NaN", "Infinity", "inf", "nan"]
        .into_iter()
        .find(|word| rest.starts_with(word))
        .map_or(String::new(), |word| format!("; {word} is no number that can be calculated with"));
    if error.is_data() {
        return EvalError::Syntax(format!("this line is not a case: {problem}"));
    }
    EvalError::Syntax(format!("this line is not JSON: {problem} at column {column}{hint}"))
}

/// A number of a line takes at most so many bytes, unless it has more characters: a fraction, its two parts, and the list
/// it stands in while that list grows.
const BYTES_OF_A_NUMBER: u128 = 128;
/// More than any layer has of one setting.
const SETTINGS: usize = 100;

/// Puts the fields together.
fn case(fields: &Fields<'_>, budget: &Budget) -> Result<Case, EvalError> {
    let operation = match fields.get(Field::Op).map(RawValue::get) {
        None => return Err(EvalError::field("op", "it is missing; write \"conv\" or \"conv_transpose\"")),
        Some("\"conv\"") => Operation::Convolution,
        Some("\"conv_transpose\"") => Operation::Transposed,
        Some(other) => {
            let problem = format!("{} is neither \"conv\" nor \"conv_transpose\"", shortened(other));
            return Err(EvalError::field("op", problem));
        }
    };
    let room = Cell::new(usize::try_from(budget.memory / BYTES_OF_A_NUMBER).unwrap_or(usize::MAX));
    let tensor = |field: Field, json: &RawValue| {
        let tensor = nested::read(field.name(), json, Strings::Numbers, room.get())?;
        room.set(room.get() - tensor.entries().len());
        Ok::<_, EvalError>(tensor)
    };
    let optional = |field: Field| fields.get(field).map(|json| tensor(field, json)).transpose();
    let input = tensor(Field::Input, fields.require(Field::Input)?)?;
    let weight = tensor(Field::Weight, fields.require(Field::Weight)?)?;
    let (samples, input_shape) = samples(&input, &weight)?;

    let dimensions = weight.shape().len() - 2;
    let sizes = |field: Field, default: usize| match fields.get(field) {
        None => Ok(vec![default; dimensions]),
        Some(json) => per_axis(field.name(), json, dimensions),
    };
    let (strides, dilations) = (sizes(Field::Stride, 1)?, sizes(Field::Dilation, 1)?);
    let output_paddings = sizes(Field::OutputPadding, 0)?;
    let paddings = match fields.get(Field::Padding) {
        None => vec![Padding::default(); dimensions],
        Some(json) => paddings(json, dimensions)?,
    };
    let groups = match fields.get(Field::Groups) {
        None => 1,
        Some(json) => single("groups", json)?,
    };
    let settings = (0..dimensions).map(|axis| AxisSettings {
        input: input_shape[axis + 1],
        kernel: weight.shape()[axis + 2],
        stride: strides[axis],
        padding: paddings[axis],
        dilation: dilations[axis],
        output_padding: output_paddings[axis],
    });
    if groups == 0 {
        return Err(GeometryError::zero(Parameter::Groups, None).into());
    }
    let channels = channels(operation, input_shape[0], &weight, groups)?;
    let layer = Layer::new(operation, settings.collect(), channels)?;
    let operands = Operands { bias: optional(Field::Bias)?, grad_output: optional(Field::GradOutput)?, input, weight };
    Case::new(layer, samples, operands)
}

/// Whether there is a batch dimension, and the shape of one sample.
fn samples<'a>(
    input: &'a Tensor<ExactNumber>,
    weight: &Tensor<ExactNumber>,
) -> Result<(Samples, &'a [usize]), EvalError> {
    let (input, weight) = (input.shape(), weight.shape());
    if !(3..=5).contains(&weight.len()) {
        let problem = format!(
            "its shape is {weight:?}; a weight has two channel dimensions and the kernel's one, two or three behind them"
        );
        return Err(EvalError::field("weight", problem));
    }
    let dimensions = weight.len() - 2;
    match input.len() {
        length if length == dimensions + 1 => Ok((Samples::Single, input)),
        length if length == dimensions + 2 => Ok((Samples::Batch(input[0]), &input[1..])),
        _ => {
            let (single, batch) = (dimensions + 1, dimensions + 2);
            let problem = format!(
                "its shape is {input:?}; with a weight of shape {weight:?} it has {single} dimensions, channels first, or {batch} with the batch in front"
            );
            Err(EvalError::field("input", problem))
        }
    }
}

/// The channels, which input and weight have to agree on.
fn channels(
    operation: Operation,
    input: usize,
    weight: &Tensor<ExactNumber>,
    groups: usize,
) -> Result<ChannelSettings, EvalError> {
    let shape = weight.shape();
    // Products of extents and a setting: saturated ones cannot equal an extent of a tensor in memory.
    let (expected, output) = match operation {
        Operation::Convolution => (shape[1].saturating_mul(groups), shape[0]),
        Operation::Transposed => (shape[0], shape[1].saturating_mul(groups)),
    };
    if input != expected {
        let layout = match operation {
            Operation::Convolution => "[out, in / groups, ...]",
            Operation::Transposed => "[in, out / groups, ...]",
        };
        let problem = format!(
            "it has {}; a weight of shape {shape:?}, which is {layout}, with groups {groups} takes {expected}",
            counted(input, "channel", "channels")
        );
        return Err(EvalError::field("input", problem));
    }
    Ok(ChannelSettings { input, output, groups })
}

/// A whole number, or a list of one for each axis (or of one for all).
fn per_axis(field: &str, json: &RawValue, dimensions: usize) -> Result<Vec<usize>, EvalError> {
    let tensor = nested::read(field, json, Strings::Refused, SETTINGS)?;
    if tensor.shape().len() > 1 {
        return Err(EvalError::field(field, "it is a list of lists; write a number, or a list of one for each axis"));
    }
    let numbers = whole_numbers(field, &tensor)?;
    spread(field, &numbers, dimensions)
}

/// Paddings: as above, or a list of `[begin, end]` for each axis.
fn paddings(json: &RawValue, dimensions: usize) -> Result<Vec<Padding>, EvalError> {
    const FORMS: &str = "write a number, a list of one for each axis, or a list of [begin, end] for each axis";
    if json.get().starts_with('"') {
        return Err(EvalError::field("padding", format!("{} is a string; {FORMS}", shortened(json.get()))));
    }
    let tensor = nested::read("padding", json, Strings::Refused, SETTINGS)?;
    let numbers = whole_numbers("padding", &tensor)?;
    match tensor.shape() {
        [] | [_] => spread("padding", &numbers.into_iter().map(Padding::both).collect::<Vec<_>>(), dimensions),
        [_, 2] => {
            let pairs: Vec<_> = numbers.chunks(2).map(|pair| Padding { begin: pair[0], end: pair[1] }).collect();
            spread("padding", &pairs, dimensions)
        }
        shape => Err(EvalError::field("padding", format!("its shape is {shape:?}; {FORMS}"))),
    }
}

fn single(field: &str, json: &RawValue) -> Result<usize, EvalError> {
    let tensor = nested::read(field, json, Strings::Refused, SETTINGS)?;
    match (tensor.shape(), whole_numbers(field, &tensor)?.as_slice()) {
        ([], &[number]) => Ok(number),
        _ => Err(EvalError::field(field, "it is a list; write one number")),
    }
}

fn spread<T: Copy>(field: &str, values: &[T], dimensions: usize) -> Result<Vec<T>, EvalError> {
    match values.len() {
        1 => Ok(vec![values[0]; dimensions]),
        count if count == dimensions => Ok(values.to_vec()),
        count => {
            let axes = counted(dimensions, "axis", "axes");
            let problem =
                format!("it has {count} items, but the weight's kernel has {axes}; give one for each, or one for all");
            Err(EvalError::field(field, problem))
        }
    }
}

fn whole_numbers(field: &str, tensor: &Tensor<ExactNumber>) -> Result<Vec<usize>, EvalError> {
    let whole = |(flat, number): (usize, &ExactNumber)| {
        let problem = match number.small_integer() {
            Some(value) => match usize::try_from(value) {
                Ok(value) => return Ok(value),
                Err(_) => format!("{value} is negative; give 0 or more"),
            },
            None if is_whole(number) => "it is larger than any size, 2^63 - 1".to_owned(),
            None => "it is not a whole number".to_owned(),
        };
        Err(EvalError::entry(field, &tensor.index_of(flat), problem))
    };
    tensor.entries().iter().enumerate().map(whole).collect()
}

fn is_whole(number: &ExactNumber) -> bool {
    let (numerator, denominator) = number.fraction();
    (numerator % denominator).is_zero()
}
