//! What can go wrong between the user and the result, and the exit code it means.

use super::amounts::rounded_up;
use super::limits::most_allowed;
use super::spelling::flag;
use convt_matrix::data::DataError;
use convt_matrix::exact::ExactError;
use convt_matrix::framework::{self, CallError, Remedy};
use convt_matrix::geometry::{GeometryError, Layer, Operation, Parameter};
use convt_matrix::limits::{OverBudget, Resource};
use convt_matrix::proof::Counterexample;
use convt_matrix::render::TemplateError;
use convt_matrix::solve::OutputSizeError;
use convt_matrix::taps::{Excess, Taps, TooLarge};
use convt_matrix::wording::{counted, printable_lines, printable_path};
use convt_matrix::worksheet::SheetError;
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// A failure of the command.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// Something typed cannot be: exit code 2.
    #[error("{problem}\n  help: {remedy}")]
    Usage {
        /// What, with the flag and the value.
        problem: String,
        /// The way out.
        remedy: String,
    },
    /// A template does not work: exit code 2.
    #[error("{problem}\n  help: {remedy}")]
    Template {
        /// Which, where and why.
        problem: String,
        /// The way out.
        remedy: &'static str,
    },
    /// A file could not be read or written: exit code 2.
    #[error("{0}")]
    File(String),
    /// A check failed: exit code 1.
    #[error("the roads disagree; nothing was written.\n{0}")]
    Check(#[source] Box<Counterexample>),
    /// Some check failed for so many layers; the report says for which: exit code 1.
    #[error(
        "some check fails for {}{}",
        counted(usize::try_from(*layers).unwrap_or(usize::MAX), "layer", "layers"),
        if *is_interrupted { "; interrupted, so only of those that were examined" } else { "" }
    )]
    Failing {
        /// How many.
        layers: u64,
        /// Whether the sweep was interrupted, so that there may be more.
        is_interrupted: bool,
    },
    /// The user stopped the work; what became of what was done so far: exit code 130, as shells say it.
    #[error("interrupted; {0}")]
    Interrupted(String),
    /// A key was not confirmed: exit code 1.
    #[error("{0}\n  the sheet was not written; please report this")]
    Unconfirmed(#[source] SheetError),
    /// An answer was diagnosed, and is not right: exit code 1.
    #[error("the answer is wrong")]
    WrongAnswer,
    /// So many templates were checked and do not work; the report says why: exit code 1.
    #[error("{}", counted(*.0, "problem", "problems"))]
    WrongTemplates(usize),
    /// The system grants no thread: exit code 2.
    #[error("the system starts no thread; close other programs or raise its limits")]
    Threads,
    /// Lines of a batch have no result: exit code 1.
    #[error("{failed} of {answered} {} failed; each answer says why", if *answered == 1 { "line" } else { "lines" })]
    Lines {
        /// How many.
        failed: u64,
        /// Of how many.
        answered: u64,
    },
}

impl CliError {
    pub(super) fn usage(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Usage { problem: problem.into(), remedy: remedy.into() }
    }

    /// A template that was put in place of a built-in one does not work, or cannot be read.
    pub(super) fn templates(folder: Option<&Path>, error: &TemplateError) -> Self {
        Self::Template {
            problem: match folder {
                Some(folder) => format!("--templates {}: {error}", printable_path(folder)),
                None => format!("a built-in template: {error}"),
            },
            remedy: "'convt-matrix template' lists the templates, and prints one by its name to start from",
        }
    }

    pub(super) fn output(name: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::File(format!("cannot write {name}: {error}\n  help: make room, or write elsewhere with --output"))
    }

    pub(super) fn input(error: &std::io::Error) -> Self {
        Self::File(format!("cannot read from stdin: {error}"))
    }

    /// Talks to stderr; a stderr that takes nothing is not worth failing for. Whatever a message quotes, it commands no
    /// terminal.
    pub(super) fn say(message: impl fmt::Display) {
        let _ = writeln!(std::io::stderr(), "{}", printable_lines(&message.to_string()));
    }

    /// Whether nothing was done.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Usage { .. } | Self::Template { .. } | Self::File(_) | Self::Threads)
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage { .. } | Self::Template { .. } | Self::File(_) | Self::Threads => ExitCode::from(2),
            Self::Check(_)
            | Self::Unconfirmed(_)
            | Self::WrongAnswer
            | Self::WrongTemplates(_)
            | Self::Lines { .. }
            | Self::Failing { .. } => ExitCode::from(1),
            Self::Interrupted(_) => ExitCode::from(130),
        }
    }

    /// An impossible layer that was pasted: its arguments are named as they stand there.
    pub(super) fn of_call(error: GeometryError) -> Self {
        if error.parameter() == Parameter::Input {
            return error.into();
        }
        let argument = format_args!("--layer: {}={}", error.parameter().name(), error.value());
        Self::usage(error.problem_with(argument), error.remedy())
    }

    /// A size of the output that cannot be, asked for by this name.
    pub(super) fn output_size(name: &str, error: &OutputSizeError) -> Self {
        Self::usage(error.problem_with(name), error.remedy())
    }

    /// There is too much of something: names the largest number of the layer, which is what to make smaller.
    pub(super) fn too_large(error: &TooLarge, layer: &Layer) -> Self {
        let (parameter, value) = layer.largest_number();
        let what = match (error.excess, layer.operation()) {
            (Excess::Small, Operation::Transposed) | (Excess::Big, Operation::Convolution) => "inputs",
            (Excess::Small, Operation::Convolution) | (Excess::Big, Operation::Transposed) => "outputs",
            (Excess::Weights, _) => "weights",
            (Excess::Taps, _) => "products",
        };
        Self::usage(
            format!(
                "{} {value}: this layer has {} {what}; at most {} are worked on",
                flag(parameter),
                error.count,
                error.limit
            ),
            match error.count.checked_mul(Taps::BYTES_ON_ONE_AXIS) {
                Some(bytes) if error.limit < u32::MAX && error.count <= u128::from(u32::MAX) => {
                    format!("use smaller numbers, or allow more with --max-memory {}", rounded_up(bytes))
                }
                _ => "use smaller numbers; the pattern of the matrix is the same".to_owned(),
            },
        )
    }

    /// More work or memory than there is: what to do instead, and the flags that allow it all the same.
    pub(super) fn over_budget(error: &OverBudget, instead: &str) -> Self {
        let allowed = error.short().map(|(resource, needed, _)| {
            let flag = match resource {
                Resource::Work => "--max-work",
                Resource::Memory => "--max-memory",
            };
            (needed <= most_allowed(resource)).then(|| format!("{flag} {}", rounded_up(needed)))
        });
        // What no machine has is not offered.
        let remedy = match allowed.collect::<Option<Vec<_>>>() {
            Some(flags) => format!("{instead}; or allow it with {}", flags.join(" ")),
            None => instead.to_owned(),
        };
        Self::usage(error.to_string(), remedy)
    }
}

impl From<DataError> for CliError {
    fn from(error: DataError) -> Self {
        Self::usage(error.problem(), error.remedy())
    }
}

impl From<ExactError> for CliError {
    fn from(error: ExactError) -> Self {
        match error {
            ExactError::Disagreement { counterexample, .. } => Self::Check(counterexample),
            ExactError::OverBudget(error) => Self::over_budget(&error, "use a smaller layer or shorter numbers"),
            other => Self::usage(other.to_string(), other.remedy()),
        }
    }
}

impl From<GeometryError> for CliError {
    fn from(error: GeometryError) -> Self {
        let flag = format_args!("{} {}", flag(error.parameter()), error.value());
        Self::usage(error.problem_with(flag), error.remedy())
    }
}

impl From<CallError> for CliError {
    fn from(error: CallError) -> Self {
        let remedy = match error.remedy() {
            Remedy::LayerAlone => format!("paste the layer alone, such as --layer '{}'", framework::EXAMPLE),
            Remedy::BiasApart => "the numbers of a bias are given with --bias".to_owned(),
            other => other.to_string(),
        };
        Self::usage(format!("--layer: {}", error.problem()), remedy)
    }
}

impl From<OverBudget> for CliError {
    fn from(error: OverBudget) -> Self {
        Self::over_budget(&error, "use smaller numbers")
    }
}

impl From<SheetError> for CliError {
    fn from(error: SheetError) -> Self {
        match error {
            SheetError::NothingNew { .. } => Self::usage(
                error.to_string(),
                "ask for fewer exercises with --count, for more --kinds, another --level, or without --dims",
            ),
            _ => Self::Unconfirmed(error),
        }
    }
}

impl From<Counterexample> for CliError {
    fn from(error: Counterexample) -> Self {
        Self::Check(Box::new(error))
    }
}
