//! The report of a sweep, in sentences and tables.

use super::Writer;
use crate::doc::text::Told;
use crate::doc::{Block, Fact, Facts, Passage, facts};
use crate::sweep::report::{ExposureLine, GridLine, Report};
use crate::templates::{TemplateError, Templates};
use serde::Serialize;

/// What the templates place: running text and tables are written already. What there is nothing to say of is empty.
#[derive(Serialize)]
pub(super) struct ReportPage {
    title: String,
    grids: String,
    coverage: String,
    scope: String,
    impossible: String,
    checks: String,
    statements: String,
    verdict: String,
    partial: String,
    planted: Option<PlantedPage>,
    failure: Option<FailurePage>,
    version: &'static str,
}

#[derive(Serialize)]
struct PlantedPage {
    summary: String,
    by_kernel_size: String,
    by_output_padding: String,
}

#[derive(Serialize)]
struct FailurePage {
    fails: String,
    /// The layer, as flags.
    found: String,
    /// Empty if it cannot be made smaller.
    made_smaller: String,
    smallest: String,
    /// Lines to be set as they are.
    counterexample: String,
    again: String,
    command: String,
}

pub(super) fn page(report: &Report, writer: &impl Writer, templates: &Templates) -> Result<ReportPage, TemplateError> {
    let told = Passage::new("verify", facts(report)).told(templates)?;
    let prose = |heading: &str| writer.prose(&told.prose(heading));
    let table = |heading: &str| table_of(&told, heading, writer);
    let lines = |text: &str, end: &str| writer.verbatim(text, end);
    Ok(ReportPage {
        title: prose("title"),
        grids: table("grids"),
        coverage: prose("coverage"),
        scope: prose("scope"),
        impossible: table("impossible"),
        checks: table("checks"),
        statements: table("statements"),
        verdict: prose("verdict"),
        partial: prose("partial"),
        planted: report.planted.is_some().then(|| PlantedPage {
            summary: prose("planted"),
            by_kernel_size: table("by kernel size"),
            by_output_padding: table("by output padding"),
        }),
        failure: report.failure.as_ref().map(|failure| FailurePage {
            fails: prose("failure"),
            found: lines(&failure.found, " \\"),
            made_smaller: prose("made smaller"),
            smallest: lines(&failure.smallest, " \\"),
            counterexample: lines(failure.counterexample.as_deref().unwrap_or_default(), ""),
            again: prose("again"),
            command: lines(&failure.command, " \\"),
        }),
        version: report.version,
    })
}

/// The table below a heading; empty where there is none.
fn table_of(told: &Told, heading: &str, writer: &impl Writer) -> String {
    let blocks = told.part(heading).unwrap_or_default().iter().flat_map(|step| &step.blocks);
    let tables = blocks.filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None });
    tables.map(|table| writer.table(table)).next().unwrap_or_default()
}

/// What there is to say about a sweep.
fn facts(report: &Report) -> Facts {
    let count = |count: u128| Fact::Number(count.try_into().unwrap_or(i128::MAX));
    let failure = report.failure.as_ref();
    facts! {
        /// The grids: operation, dimensions, combinations, and the parameters (name, values) that are not at their default.
        grids: Fact::list(report.grids.iter().map(grid)),
        /// Combinations of all grids, how many of them were to be examined, and how many were.
        combinations: count(report.combinations),
        planned: report.planned,
        examined: report.examined,
        /// The seed that a sample was drawn from; nothing where all were to be examined.
        sample_seed: report.sample_seed.map(|seed| seed.to_string()),
        /// Whether the sweep was stopped before its end, and whether some layer was left before all of its checks were made.
        interrupted: report.interrupted,
        broken_off: is_broken_off(report),
        /// How many were layers, and how many impossible; taps and outputs of all layers.
        layers: report.layers,
        impossible: report.examined - report.layers,
        taps: count(report.taps),
        outputs: count(report.outputs),
        /// Why the others are impossible, and how many for each reason.
        reasons: Fact::list(report.impossible.iter().map(|line| facts! {
            /// A reason and how many.
            reason: line.reason,
            combinations: line.combinations,
        })),
        /// The checks: name, grade of the evidence, statement, for how many layers it held, and for how many it failed.
        checks: Fact::list(report.checks.iter().map(|line| facts! {
            /// What there is to say about a check.
            check: line.check,
            grade: line.grade,
            statement: line.statement.as_str(),
            held: line.held,
            failed: line.failed,
        })),
        /// Whether some check failed.
        fails: report.failing > 0,
        /// The mistake made on purpose: its name, the wrong rule, the layers that show it and those that hide it, all and
        /// by parameters (value, exposed, hidden). Nothing where none was made.
        planted: report.planted.as_ref().map(|planted| facts! {
            /// The mistake.
            fault: Fact::code(planted.fault),
            rule: planted.rule.as_str(),
            exposed: planted.exposed,
            hidden: planted.hidden,
            by_kernel_size: exposures(&planted.by_kernel_size),
            by_output_padding: exposures(&planted.by_output_padding),
        }),
        /// The checks that fail for the smallest layer; nothing where none fails.
        failing_checks: failure.map(|failure| Fact::list(failure.checks.iter().copied())),
        /// Whether that layer was made smaller, and whether that was tried to the end.
        made_smaller: failure.is_some_and(|failure| failure.found != failure.smallest),
        is_shrunk: failure.is_some_and(|failure| failure.is_shrunk),
    }
}

fn grid(grid: &GridLine) -> Facts {
    let shown = grid.parameters.iter().filter(|parameter| !parameter.is_default());
    facts! {
        /// What there is to say about a grid.
        operation: grid.operation,
        dimensions: grid.dimensions,
        combinations: Fact::Number(grid.combinations.try_into().unwrap_or(i128::MAX)),
        parameters: Fact::list(shown.map(|parameter| facts! {
            /// A parameter and its values.
            name: parameter.short,
            values: parameter.shown.as_str(),
        })),
    }
}

fn exposures(lines: &[ExposureLine]) -> Fact {
    let line = |line: &ExposureLine| {
        facts! {
            /// A value of the parameter, the layers with it that show the mistake, and those that hide it.
            value: line.value,
            exposed: line.exposed,
            hidden: line.hidden,
        }
    };
    Fact::list(lines.iter().map(line))
}

/// Whether some layer was left before all of its checks were made.
fn is_broken_off(report: &Report) -> bool {
    report.checks.iter().any(|line| line.held + line.failed < report.layers)
}
