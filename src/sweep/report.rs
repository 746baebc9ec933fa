//! A finished (or interrupted) sweep as data: what was examined, what holds, and where it fails.

use super::check::Check;
use super::examine::Question;
use super::failure::Failure;
use super::grid::{Configuration, Grid};
use super::tally::{Exposure, Tally};
use super::{Coverage, Sweep};
use crate::geometry::{Operation, Parameter, Rule};
use crate::proof::Fault;
use crate::wording::per_axis;
use serde::Serialize;
use std::collections::BTreeMap;

/// How a report names a parameter and a layer, and says what shows a failure again: the words of whoever shows it.
pub trait Spelling {
    /// A parameter of a grid, such as a flag.
    fn parameter(&self, parameter: Parameter) -> &'static str;

    /// A layer by its parameters; what is at its default may be left out.
    fn layer(&self, layer: &Configuration) -> String;

    /// Why there are no words for something.
    type Error;

    /// What holds where a check holds.
    ///
    /// # Errors
    /// When there are no words for it.
    fn statement(&self, check: Check) -> Result<String, Self::Error>;

    /// A wrong rule, as somebody might state it.
    ///
    /// # Errors
    /// When there are no words for it.
    fn rule(&self, fault: Fault) -> Result<String, Self::Error>;

    /// What shows the failure of a sweep with this question again.
    fn again(&self, failure: &Failure, question: Question) -> String;
}

/// Everything a report says, the same however many threads worked on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The version of the program.
    pub version: &'static str,
    /// The grids.
    pub grids: Vec<GridLine>,
    /// Combinations of all grids.
    pub combinations: u128,
    /// How many were to be examined: all, or as many as were drawn.
    pub planned: u64,
    /// The seed they were drawn from at random, with replacement.
    pub sample_seed: Option<u64>,
    /// How many were examined.
    pub examined: u64,
    /// Whether the sweep was stopped before its end.
    pub interrupted: bool,
    /// Of the combinations examined, layers.
    pub layers: u64,
    /// The others, by the first rule they break.
    pub impossible: Vec<Reason>,
    /// Taps of all layers.
    pub taps: u128,
    /// Entries of all outputs.
    pub outputs: u128,
    /// The seed of the numbers of the exact sample, if one was taken.
    pub seed: Option<u64>,
    /// Check by check.
    pub checks: Vec<CheckLine>,
    /// Layers for which some check failed.
    pub failing: u64,
    /// The mistake that was made on purpose, and where it shows.
    pub planted: Option<Planted>,
    /// The smallest failure.
    pub failure: Option<FailureLine>,
}

/// One grid, each parameter as it is spelled.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GridLine {
    /// `conv_transpose` or `conv`.
    pub operation: &'static str,
    /// Spatial dimensions.
    pub dimensions: usize,
    /// Its parameters.
    pub parameters: Vec<ParameterLine>,
    /// Its combinations.
    pub combinations: u128,
}

/// The values of one parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterLine {
    /// Its name.
    #[serde(rename = "flag")]
    pub name: &'static str,
    /// Its letter, or a word.
    #[serde(skip)]
    pub short: &'static str,
    /// The values, as they are typed.
    pub values: String,
    /// The values, shorter: of axes that share a list, `(1..5)^2`; of a long list, its ends and its length.
    #[serde(skip)]
    pub shown: String,
    #[serde(skip)]
    default: Option<usize>,
}

impl ParameterLine {
    /// Whether it has only the value it has where nothing is said.
    #[must_use]
    pub(crate) fn is_default(&self) -> bool {
        self.default.is_some_and(|default| self.values.split('x').all(|values| values == default.to_string()))
    }
}

/// Why combinations are no layers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// The rule they break.
    pub reason: &'static str,
    /// How many.
    pub combinations: u64,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckLine {
    /// Its name.
    pub check: &'static str,
    /// The grade of its evidence.
    pub grade: &'static str,
    /// What it shows.
    pub statement: String,
    /// Layers it held for.
    pub held: u64,
    /// Layers it failed for.
    pub failed: u64,
}

/// A mistake made on purpose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Planted {
    /// Its name.
    pub fault: &'static str,
    /// The wrong rule.
    pub rule: String,
    /// Layers that show it.
    pub exposed: u64,
    /// Layers that do not.
    pub hidden: u64,
    /// By their largest kernel size.
    pub by_kernel_size: Vec<ExposureLine>,
    /// By their largest output padding.
    pub by_output_padding: Vec<ExposureLine>,
}

/// Layers with one value of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExposureLine {
    /// The value.
    pub value: usize,
    /// Layers that show the mistake.
    pub exposed: u64,
    /// Layers that do not.
    pub hidden: u64,
}

/// The smallest failing layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailureLine {
    /// The checks that failed.
    pub checks: Vec<&'static str>,
    /// The smallest failing layer of the sweep, spelled.
    pub found: String,
    /// The same made smaller, as long as a check fails.
    pub smallest: String,
    /// Whether it was tried to make it smaller, to the end: not if that was interrupted.
    pub is_shrunk: bool,
    /// Where two roads part on it.
    pub counterexample: Option<String>,
    /// What shows it again.
    pub command: String,
}

impl Report {
    /// The report of a sweep that ended with this tally and its failure.
    ///
    /// # Errors
    /// When there are no words for something in it.
    pub fn new<S: Spelling>(
        sweep: &Sweep,
        tally: &Tally,
        failure: Option<&Failure>,
        spelling: &S,
    ) -> Result<Self, S::Error> {
        let question = sweep.question();
        let check = |check: Check| {
            Ok(CheckLine {
                check: check.name(),
                grade: check.grade().map_or("counted", |grade| grade.name()),
                statement: spelling.statement(check)?,
                held: tally.verdicts(check).held,
                failed: tally.verdicts(check).failed,
            })
        };
        let reason = |rule: Rule| Reason { reason: rule.broken(), combinations: tally.illegal(rule) };
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            grids: sweep.grids().iter().map(|grid| grid_line(grid, spelling)).collect(),
            combinations: sweep.combinations(),
            planned: sweep.size(),
            sample_seed: match sweep.coverage() {
                Coverage::Exhaustive => None,
                Coverage::Sample { seed, .. } => Some(seed),
            },
            examined: tally.combinations,
            interrupted: tally.is_interrupted || tally.combinations < sweep.size(),
            layers: tally.layers,
            impossible: Rule::ALL.into_iter().map(reason).filter(|reason| reason.combinations > 0).collect(),
            taps: tally.taps,
            outputs: tally.outputs,
            seed: question.checks.contains(Check::Sample).then_some(question.seed),
            checks: question.checks.iter().map(check).collect::<Result<_, _>>()?,
            failing: tally.exposure().exposed,
            planted: question.plant.map(|fault| planted(fault, tally, spelling)).transpose()?,
            failure: failure.map(|failure| failure_line(failure, question, spelling)),
        })
    }
}

fn grid_line(grid: &Grid, spelling: &impl Spelling) -> GridLine {
    fn line<V: PartialEq + std::fmt::Display>(
        name: &'static str,
        short: &'static str,
        values: &[V],
        default: Option<usize>,
    ) -> ParameterLine {
        let shown = match values {
            [first, _, ..]
                if values.iter().all(|other| other == first && other.to_string().parse::<usize>().is_ok()) =>
            {
                first.to_string()
            }
            [first, _, ..] if values.iter().all(|other| other == first) => {
                format!("({first:#})^{}", values.len())
            }
            _ => values.iter().map(|list| format!("{list:#}")).collect::<Vec<_>>().join("x"),
        };
        ParameterLine { name, short, values: per_axis(values), shown, default }
    }
    let one = std::slice::from_ref;
    let name = |parameter| spelling.parameter(parameter);
    let parameters = vec![
        line(name(Parameter::Input), "in", grid.input.lists(), None),
        line(name(Parameter::Kernel), "k", grid.kernel.lists(), None),
        line(name(Parameter::Stride), "s", grid.stride.lists(), Some(1)),
        line(name(Parameter::Padding), "p", grid.padding.lists(), Some(0)),
        line(name(Parameter::Dilation), "d", grid.dilation.lists(), Some(1)),
        line(name(Parameter::OutputPadding), "o", grid.output_padding.lists(), Some(0)),
        line(name(Parameter::InChannels), "in channels", one(&grid.in_channels), Some(1)),
        line(name(Parameter::OutChannels), "out channels", one(&grid.out_channels), Some(1)),
        line(name(Parameter::Groups), "groups", one(&grid.groups), Some(1)),
    ];
    GridLine {
        operation: operation_name(grid.operation),
        dimensions: grid.dimensions,
        parameters,
        combinations: grid.count(),
    }
}

/// As `eval` names them.
pub(crate) fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::Transposed => "conv_transpose",
        Operation::Convolution => "conv",
    }
}

fn planted<S: Spelling>(fault: Fault, tally: &Tally, spelling: &S) -> Result<Planted, S::Error> {
    let lines = |exposures: &BTreeMap<usize, Exposure>| {
        let line = |(&value, exposure): (&usize, &Exposure)| ExposureLine {
            value,
            exposed: exposure.exposed,
            hidden: exposure.hidden,
        };
        exposures.iter().map(line).collect()
    };
    let Exposure { exposed, hidden } = tally.exposure();
    Ok(Planted {
        fault: fault.name(),
        rule: spelling.rule(fault)?,
        exposed,
        hidden,
        by_kernel_size: lines(&tally.by_kernel),
        by_output_padding: lines(&tally.by_output_padding),
    })
}

fn failure_line(failure: &Failure, question: Question, spelling: &impl Spelling) -> FailureLine {
    FailureLine {
        checks: failure.failed.iter().map(Check::name).collect(),
        found: spelling.layer(&failure.found),
        smallest: spelling.layer(&failure.shrunk),
        is_shrunk: failure.is_shrunk,
        counterexample: failure.counterexample.as_ref().map(ToString::to_string),
        command: spelling.again(failure, question),
    }
}
