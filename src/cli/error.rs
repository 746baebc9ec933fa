//! What can go wrong between the user and the result, and the exit code it means.

use crate::data::DataError;
use crate::geometry::{GeometryError, Parameter};
use crate::proof::Counterexample;
use crate::render::RenderError;
use crate::taps::TooLarge;
use std::fmt;
use std::process::ExitCode;

/// A failure of the command.
#[derive(Debug)]
pub(super) enum CliError {
    /// Something typed cannot be: exit code 2.
    Usage {
        /// What, with the flag and the value.
        problem: String,
        /// The way out.
        remedy: String,
    },
    /// A file could not be read or written: exit code 2.
    File(String),
    /// A check failed: exit code 1.
    Check(Box<Counterexample>),
}

impl CliError {
    pub(super) fn usage(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Usage { problem: problem.into(), remedy: remedy.into() }
    }

    pub(super) fn output(name: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::File(format!("cannot write {name}: {error}"))
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage { .. } | Self::File(_) => ExitCode::from(2),
            Self::Check(_) => ExitCode::from(1),
        }
    }
}

impl CliError {
    /// An impossible layer that was pasted: its arguments are named as they stand there.
    pub(super) fn of_call(error: GeometryError) -> Self {
        if error.parameter() == Parameter::Input {
            return error.into();
        }
        let place = error.axis().map_or(String::new(), |axis| format!(" (axis {axis})"));
        let problem = format!("--layer: {}={}{place}: {}", error.parameter().name(), error.value(), error.problem());
        Self::usage(problem, error.remedy())
    }
}

impl From<DataError> for CliError {
    fn from(error: DataError) -> Self {
        Self::usage(error.problem(), error.remedy())
    }
}

impl From<GeometryError> for CliError {
    fn from(error: GeometryError) -> Self {
        let place = error.axis().map_or(String::new(), |axis| format!(" (axis {axis})"));
        let problem = format!("{} {}{place}: {}", flag(error.parameter()), error.value(), error.problem());
        Self::usage(problem, error.remedy())
    }
}

impl From<TooLarge> for CliError {
    fn from(error: TooLarge) -> Self {
        Self::usage(
            format!("--in and --kernel-size: {error}"),
            "use a smaller input or kernel; the pattern of the matrix is the same",
        )
    }
}

impl From<RenderError> for CliError {
    fn from(error: RenderError) -> Self {
        Self::File(error.to_string())
    }
}

impl From<Counterexample> for CliError {
    fn from(error: Counterexample) -> Self {
        Self::Check(Box::new(error))
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { problem, remedy } => write!(f, "{problem}\n  help: {remedy}"),
            Self::File(message) => f.write_str(message),
            Self::Check(counterexample) => write!(f, "the roads disagree; nothing was written.\n{counterexample}"),
        }
    }
}

fn flag(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::Input => "--in",
        Parameter::Kernel => "--kernel-size",
        Parameter::Stride => "--stride",
        Parameter::Padding => "--padding",
        Parameter::Dilation => "--dilation",
        Parameter::OutputPadding => "--output-padding",
        Parameter::InChannels => "--in-channels",
        Parameter::OutChannels => "--out-channels",
        Parameter::Groups => "--groups",
    }
}
