//! Why a case has no result, in the words of the person who wrote the line: fields, places, numbers, the way out.

use crate::exact::ExactError;
use crate::geometry::{GeometryError, Parameter};
use crate::limits::OverBudget;
use crate::proof::Quantity;

/// Why a case has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The line is not a JSON object.
    #[error("{0}")]
    Syntax(String),
    /// A field is unknown, missing, or does not hold what it should.
    #[error("{place}: {problem}")]
    Field {
        /// The field, or the place in it, such as `input[0][2]`.
        place: String,
        /// What is wrong, with the numbers and the way out.
        problem: String,
    },
    /// A number has no nearest float.
    #[error("{place}: it is beyond the largest float, 1.8e308; use exact arithmetic")]
    NoFloat {
        /// The place of the number, such as `input[0][2]`.
        place: String,
    },
    /// The layer is impossible.
    #[error("{}", in_fields(.0))]
    Geometry(#[from] GeometryError),
    /// The line, or what it asks for, is too large to be looked at.
    #[error("too large: {0}")]
    TooLarge(String),
    /// A result is beyond the largest float.
    #[error(
        "the entry at {index:?} of the {} is beyond the largest float, 1.8e308; use smaller numbers, or exact arithmetic",
        quantity.name()
    )]
    Overflow {
        /// Which result.
        quantity: Quantity,
        /// The index of its first entry that is too large.
        index: Vec<usize>,
    },
    /// There are no results, because they would cost too much or the roads disagree.
    #[error("{}", in_a_line(.0))]
    Results(#[from] ExactError),
}

impl EvalError {
    pub(super) fn field(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { place: place.into(), problem: problem.into() }
    }

    /// Whether two roads disagree, which is a fault of this program.
    pub(super) fn is_disagreement(&self) -> bool {
        matches!(self, Self::Results(ExactError::Disagreement { .. }))
    }

    /// At an entry of a field, such as `input[0][2]`.
    pub(super) fn entry(field: &str, index: &[usize], problem: impl Into<String>) -> Self {
        Self::field(place(field, index), problem)
    }
}

/// An entry of a field, such as `input[0][2]`.
pub(super) fn place(field: &str, index: &[usize]) -> String {
    index.iter().fold(field.to_owned(), |place, at| format!("{place}[{at}]"))
}

impl From<OverBudget> for EvalError {
    fn from(error: OverBudget) -> Self {
        ExactError::from(error).into()
    }
}

fn in_a_line(error: &ExactError) -> String {
    match error {
        ExactError::Disagreement { .. } => error.to_string(),
        other => format!("too large: {other}; {}", other.remedy()),
    }
}

fn in_fields(error: &GeometryError) -> String {
    // Where the ends of a padding differ, flags write 0:1 and JSON [0, 1].
    let value = match error.value().split_once(':') {
        Some((begin, end)) if error.parameter() == Parameter::Padding => format!("[{begin}, {end}]"),
        _ => error.value().to_owned(),
    };
    let field = field_of(error.parameter());
    format!("{}; {}", error.problem_with(format_args!("{field} {value}")), error.remedy())
}

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
