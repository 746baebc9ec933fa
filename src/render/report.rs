//! The report of a sweep, in sentences and tables.

use super::Writer;
use crate::doc::{Inline, Prose, Table, TableCell, grouped, prose};
use crate::sweep::report::{ExposureLine, FailureLine, GridLine, Planted, Report};
use crate::wording::counted;
use serde::Serialize;

/// What the templates place: running text and tables are written already.
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
    /// Empty if the sweep came to its end.
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

pub(super) fn page(report: &Report, writer: &impl Writer) -> ReportPage {
    let write = |prose: Prose| writer.prose(&prose);
    let table = |table: Table| writer.table(&table);
    ReportPage {
        title: write(prose!["Sweep over layers"]),
        grids: table(grids(&report.grids)),
        coverage: write(coverage(report)),
        scope: write(prose![format!(
            "{} with {} taps and {} outputs; {} impossible.",
            layers(report.layers),
            grouped(report.taps),
            grouped(report.outputs),
            grouped((report.examined - report.layers).into())
        )]),
        impossible: table(Table {
            header: vec!["impossible".into(), "because of".into()],
            rows: report.impossible.iter().map(|line| vec![line.combinations.into(), line.reason.into()]).collect(),
        }),
        checks: table(checks(report)),
        statements: table(Table {
            header: vec!["check".into(), "what it shows".into()],
            rows: report.checks.iter().map(|line| vec![line.check.into(), line.statement.into()]).collect(),
        }),
        verdict: write(verdict(report)),
        partial: write(partial(report)),
        planted: report.planted.as_ref().map(|planted| planted_page(planted, &write, &table)),
        failure: report.failure.as_ref().map(|failure| failure_page(failure, writer)),
        version: report.version,
    }
}

fn layers(count: u64) -> String {
    many(count, "layer")
}

/// A count with its groups of digits, and its noun.
fn many(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count.into()), if count == 1 { "" } else { "s" })
}

fn grids(grids: &[GridLine]) -> Table {
    let row = |grid: &GridLine| {
        let shown = grid.parameters.iter().filter(|parameter| !parameter.is_default());
        let parameters: Vec<String> =
            shown.map(|parameter| format!("{} {}", parameter.short, parameter.shown)).collect();
        vec![
            TableCell::from(format!("{} {}-D", grid.operation, grid.dimensions)),
            TableCell::Count(grid.combinations),
            parameters.join(", ").into(),
        ]
    };
    Table {
        header: vec!["grid".into(), "combinations".into(), "parameters".into()],
        rows: grids.iter().map(row).collect(),
    }
}

fn coverage(report: &Report) -> Prose {
    let (examined, planned) = (grouped(report.examined.into()), grouped(report.planned.into()));
    let all = grouped(report.combinations);
    match (report.sample_seed, report.interrupted) {
        (None, false) if report.examined == 1 => prose!["The one combination is examined."],
        (None, false) => prose![format!("All {} examined.", counted_combinations(report.examined))],
        (None, true) => prose![
            "*Interrupted:* the first {} of {} combinations were examined{}.";
            examined, planned, if is_broken_off(report) { ", the last of them in part" } else { "" }
        ],
        (Some(seed), false) => prose![format!(
            "{} drawn at random (with replacement, seed {seed}) from {all}: a sample, not all.",
            counted_combinations(report.examined)
        )],
        (Some(seed), true) => prose![
            "*Interrupted:* {} of {} combinations, drawn at random (with replacement, seed {}) from {}, were examined.";
            examined, planned, seed.to_string(), all
        ],
    }
}

fn counted_combinations(count: u64) -> String {
    many(count, "combination")
}

fn checks(report: &Report) -> Table {
    Table {
        header: vec!["check".into(), "evidence".into(), "holds for".into(), "fails for".into()],
        rows: report
            .checks
            .iter()
            .map(|line| vec![line.check.into(), line.grade.into(), line.held.into(), line.failed.into()])
            .collect(),
    }
}

/// Whether some layer was left before all of its checks were made.
fn is_broken_off(report: &Report) -> bool {
    report.checks.iter().any(|line| line.held + line.failed < report.layers)
}

fn verdict(report: &Report) -> Prose {
    match (report.layers, report.failing == 0) {
        (0, _) => prose!["No layer was among them, so nothing was shown."],
        (_, false) => prose!["*Some check fails.*"],
        (_, true) if is_broken_off(report) => {
            prose!["Not every check was made for every layer; every check that was made holds."]
        }
        (_, true) if report.interrupted => prose!["Every check holds for the layers that were examined."],
        (_, true) if report.planted.is_some() => {
            prose!["Every check holds: no layer of this sweep shows the mistake."]
        }
        (1, true) => prose!["Every check holds for the layer."],
        (_, true) => prose!["Every check holds for every layer."],
    }
}

/// What stands at the very end of a partial result, short enough for one line.
fn partial(report: &Report) -> Prose {
    if !report.interrupted {
        return Prose::new();
    }
    let covered = match report.planned {
        1 => "the layer only in part".to_owned(),
        planned => format!("{} of {} combinations", grouped(report.examined.into()), grouped(planned.into())),
    };
    prose!["*Interrupted:*", format!(" this covers {covered}.")]
}

fn planted_page(planted: &Planted, write: &dyn Fn(Prose) -> String, table: &dyn Fn(Table) -> String) -> PlantedPage {
    let lines = |title: &'static str, lines: &[ExposureLine]| Table {
        header: vec![title.into(), "show the mistake".into(), "hide it".into()],
        rows: lines
            .iter()
            .map(|line| vec![TableCell::from(line.value), line.exposed.into(), line.hidden.into()])
            .collect(),
    };
    PlantedPage {
        summary: write(prose![
            "Planted on purpose: {} ({}). It shows in {} and hides in {}.";
            Inline::Code(planted.fault.into()), planted.rule.to_owned(), layers(planted.exposed), layers(planted.hidden)
        ]),
        by_kernel_size: table(lines("largest kernel size", &planted.by_kernel_size)),
        by_output_padding: table(lines("largest output padding", &planted.by_output_padding)),
    }
}

fn failure_page(failure: &FailureLine, writer: &impl Writer) -> FailurePage {
    let write = |prose: Prose| writer.prose(&prose);
    let lines = |text: &str, end: &str| writer.verbatim(text, end);
    let checks = counted(failure.checks.len(), "check", "checks");
    let but = if failure.is_shrunk { "" } else { ", not made smaller, because that was interrupted" };
    let fails = format!("The smallest layer of the sweep that fails ({checks}: {}){but}:", failure.checks.join(", "));
    let is_smaller = failure.found != failure.smallest;
    FailurePage {
        fails: write(prose![fails]),
        found: lines(&failure.found, " \\"),
        made_smaller: if is_smaller { write(prose!["Made smaller, as long as a check fails:"]) } else { String::new() },
        smallest: lines(&failure.smallest, " \\"),
        counterexample: lines(failure.counterexample.as_deref().unwrap_or_default(), ""),
        again: write(prose!["To see it again:"]),
        command: lines(&failure.command, " \\"),
    }
}
