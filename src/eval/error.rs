//! Why a case has no result, in the words of the person who wrote the line: fields, places, numbers, the way out.

use crate::exact::ExactError;
use crate::geometry::{GeometryError, Parameter};
use crate::limits::OverBudget;
use crate::proof::{Counterexample, Quantity};
use std::fmt;

/// Why a case has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvalError {
    /// The line is not a JSON object.
    Syntax(String),
    /// A field is unknown, missing, or does not hold what it should.
    Field {
        /// The field, or the place in it, such as `input[0][2]`.
        place: String,
        /// What is wrong, with the numbers and the way out.
        problem: String,
    },
    /// The layer is impossible.
    Geometry(GeometryError),
    /// The case would take too much time or memory.
    TooLarge(String),
    /// A result is beyond the largest float.
    Overflow {
        /// Which result.
        quantity: Quantity,
        /// The index of its first entry that is too large.
        index: Vec<usize>,
    },
    /// Two roads disagree, which is a fault of this program.
    Disagreement {
        /// The sample of the batch.
        sample: usize,
        /// Where the roads part.
        counterexample: Box<Counterexample>,
    },
}

impl EvalError {
    pub(super) fn field(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { place: place.into(), problem: problem.into() }
    }

    /// At an entry of a field, such as `input[0][2]`.
    pub(super) fn entry(field: &str, index: &[usize], problem: impl Into<String>) -> Self {
        Self::field(index.iter().fold(field.to_owned(), |place, at| format!("{place}[{at}]")), problem)
    }
}

impl From<ExactError> for EvalError {
    fn from(error: ExactError) -> Self {
        match error {
            ExactError::Disagreement { sample, counterexample } => Self::Disagreement { sample, counterexample },
            other => Self::TooLarge(format!("{other}; {}", other.remedy())),
        }
    }
}

impl From<OverBudget> for EvalError {
    fn from(error: OverBudget) -> Self {
        ExactError::from(error).into()
    }
}

impl From<GeometryError> for EvalError {
    fn from(error: GeometryError) -> Self {
        Self::Geometry(error)
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(problem) => f.write_str(problem),
            Self::Field { place, problem } => write!(f, "{place}: {problem}"),
            Self::Geometry(error) => {
                // Where the ends of a padding differ, flags write 0:1 and JSON [0, 1].
                let value = match error.value().split_once(':') {
                    Some((begin, end)) if error.parameter() == Parameter::Padding => format!("[{begin}, {end}]"),
                    _ => error.value().to_owned(),
                };
                write!(f, "{} {value}", field_of(error.parameter()))?;
                if let Some(axis) = error.axis() {
                    write!(f, " (axis {axis})")?;
                }
                write!(f, ": {}; {}", error.problem(), error.remedy())
            }
            Self::TooLarge(problem) => write!(f, "too large: {problem}"),
            Self::Overflow { quantity, index } => {
                write!(f, "the entry at {index:?} of the {} is beyond the largest float, 1.8e308; ", quantity.name())?;
                f.write_str("use smaller numbers, or exact arithmetic")
            }
            Self::Disagreement { sample, counterexample } => {
                write!(f, "the roads disagree on sample {sample}, which is a fault of this program: {counterexample}")
            }
        }
    }
}

impl std::error::Error for EvalError {}

/// The JSON field a parameter of the layer comes from; sizes come from the shapes.
fn field_of(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::Input => "input: size",
        Parameter::Kernel => "weight: kernel size",
        Parameter::Stride => "stride",
        Parameter::Padding => "padding",
        Parameter::Dilation => "dilation",
        Parameter::OutputPadding => "output_padding",
        Parameter::InChannels => "input: channels",
        Parameter::OutChannels => "weight: output channels",
        Parameter::Groups => "groups",
    }
}
