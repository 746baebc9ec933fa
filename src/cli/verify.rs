//! `verify`: a sweep over a grid of layers.

use super::amounts::rounded_up;
use super::args::{GridArgs, ReportFormatArgs, VerifyArgs};
use super::document::{broken_template, templates};
use super::error::CliError;
use super::format::{FormatFlags as _, FormatName};
use super::grid_values::{AxisValues, TypedValues};
use super::interrupt::{self, LOOK_EVERY, PartialResult};
use super::layer;
use super::output::{Destination, Writing, to_stdout};
use super::progress::Progress;
use crate::export::rows;
use crate::geometry::{Layer, Operation};
use crate::limits::Budget;
use crate::proof::Fault;
use crate::render::{Format, Frame, Templates, ZeroStyle};
use crate::sweep::report::Report;
use crate::sweep::{
    Check, Checks, Choice, Configuration, Coverage, Failure, Findings, Grid, Outcome, Question, Sweep, SweepError,
    Tally, Values, Watch,
};
use crate::taps::Excess;
use crate::wording::counted;
use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) fn run(args: &VerifyArgs) -> Result<(), CliError> {
    let style = Style::of(&args.format, args.path.as_deref())?;
    let templates = templates(args.templates.as_deref())?;
    let sweep = sweep(args)?;
    /// More threads than this, or than there are processors, gain nothing and take memory for their stacks.
    const MOST_THREADS: NonZeroUsize = NonZeroUsize::new(8).expect("it is more than 0");
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = args.threads.unwrap_or(processors).min(processors.max(MOST_THREADS));
    let threads = sweep.threads_within(threads, &args.limits.budget());
    let destination = Destination::open(args.path.as_deref())?;
    announce(&sweep, threads, &args.limits.budget());
    match style {
        Style::Rows => {
            let summary = |report: &Report| {
                ReportWriter::Document(Format::Text).write(report, args.templates.as_deref(), &templates)
            };
            write_rows(sweep, threads, destination, summary)
        }
        Style::Report(writer) => {
            let is_file = destination.is_file();
            let report = examined(&Work::of(sweep, threads, None));
            let text = writer.write(&report, args.templates.as_deref(), &templates)?;
            // What is not complete takes no file's place.
            if report.interrupted { to_stdout(text.as_bytes()) } else { destination.finish(text.as_bytes()) }?;
            let file = if is_file { "no file was written, " } else { "" };
            verdict(&report, || format!("{file}the report says what was examined before"))
        }
    }
}

/// A sweep with all that belongs to it. It is shared with the thread that works, which may be left behind.
struct Work {
    sweep: Sweep,
    threads: NonZeroUsize,
    progress: Progress,
    rows: Option<Rows>,
    findings: Findings,
}

impl Work {
    fn of(sweep: Sweep, threads: NonZeroUsize, rows: Option<Rows>) -> Arc<Self> {
        let progress = match sweep.size() {
            1 => Progress::start(sweep.terms(), "terms"),
            size => Progress::start(size, "combinations"),
        };
        Arc::new(Self { sweep, threads, progress, rows, findings: Findings::default() })
    }

    /// Runs the sweep and makes its smallest failure smaller.
    fn done(&self) -> (Tally, Option<Failure>) {
        self.sweep.run_into(self.threads, self, &self.findings);
        let tally = self.findings.close();
        let failure = self.sweep.failure_unless_stopped(&tally, self);
        (tally, failure)
    }

    /// What there is of it now; nothing is added later.
    fn broken_off(&self) -> (Tally, Option<Failure>) {
        if let Some(rows) = &self.rows {
            rows.is_over.store(true, Ordering::Relaxed);
        }
        let tally = self.findings.close();
        let failure = self.sweep.failure_as_found(&tally);
        (tally, failure)
    }

    /// The same as [`Work::done`] by a thread of its own. When the user stops it, it soon ends by itself in most places;
    /// where it does not, deep in a large layer, it is left behind: the process ends before long.
    fn done_or_broken_off(self: &Arc<Self>) -> (Tally, Option<Failure>) {
        const PATIENCE: Duration = Duration::from_millis(500);
        let (done, is_done) = mpsc::channel();
        let work = Arc::clone(self);
        let worker = std::thread::Builder::new().name("verify".into()).spawn(move || {
            // Nobody listens if it was left behind.
            let _ = done.send(work.done());
        });
        // A thread that the system does not grant is done without.
        let Ok(worker) = worker else { return self.done() };
        loop {
            let is_raised = interrupt::is_raised();
            match is_done.recv_timeout(if is_raised { PATIENCE } else { LOOK_EVERY }) {
                Ok(found) => return found,
                Err(RecvTimeoutError::Timeout) if is_raised => return self.broken_off(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let panic = worker.join().expect_err("it ends without a word only if it panics");
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
}

/// Runs the sweep, with a bar on a terminal, and says how fast it was.
fn examined(work: &Arc<Work>) -> Report {
    let ends_by_itself = PartialResult::begin();
    let (tally, failure) = work.done_or_broken_off();
    drop(ends_by_itself);
    let seconds = work.progress.finish().as_secs_f64();
    // Beside the bar, and like it for people: the report itself does not depend on the machine.
    let is_read = work.rows.as_ref().is_none_or(Rows::is_read);
    if is_read && std::io::stderr().is_terminal() {
        let rate = (tally.layers as f64 / seconds.max(1e-9)).round();
        let rate = if rate > 1.0 { format!(", {rate} a second") } else { String::new() };
        let layers = counted(tally.layers as usize, "layer", "layers");
        CliError::say(format_args!(
            "note: {layers} in {seconds:.2} s by {}{rate}",
            counted(work.threads.get(), "thread", "threads")
        ));
    }
    Report::with_failure(&work.sweep, &tally, failure.as_ref())
}

/// The exit code of a sweep that has ended; of one that was interrupted with what became of its result.
fn verdict(report: &Report, partial: impl FnOnce() -> String) -> Result<(), CliError> {
    match report {
        Report { failing: 1.., .. } => {
            Err(CliError::Failing { layers: report.failing, is_interrupted: report.interrupted })
        }
        Report { interrupted: true, .. } => Err(CliError::Interrupted(partial())),
        _ => Ok(()),
    }
}

/// Writes a row for every configuration. Rows of a sweep that was interrupted take no file's place; then the summary of
/// what they showed goes to stdout.
fn write_rows(
    sweep: Sweep,
    threads: NonZeroUsize,
    destination: Destination,
    summary: impl FnOnce(&Report) -> Result<String, CliError>,
) -> Result<(), CliError> {
    let rows = Rows::begin(destination, sweep.question().checks)?;
    let work = Work::of(sweep, threads, Some(rows));
    let report = examined(&work);
    let written = work.rows.as_ref().and_then(|rows| rows.lock().take());
    let Some(Written { writing, error }) = written else { return Ok(()) };
    if let Some(error) = error {
        return Err(error);
    }
    if !writing.is_read() {
        return Ok(());
    }
    let is_file = writing.is_file();
    if !report.interrupted {
        writing.keep()?;
    } else if is_file {
        to_stdout(summary(&report)?.as_bytes())?;
    }
    if let Some(failure) = &report.failure {
        CliError::say(format_args!(
            "note: the smallest failing layer: {}\n  see: {}",
            failure.smallest, failure.command
        ));
    }
    verdict(&report, || match is_file {
        true => "no file was written, the report says what was examined before".to_owned(),
        false => format!("the rows are those of the first {} of {} combinations", report.examined, report.planned),
    })
}

/// What takes long, or much memory, says so before it begins.
fn announce(sweep: &Sweep, threads: NonZeroUsize, budget: &Budget) {
    const WORTH_SAYING: u64 = 64 << 20;
    /// Steps a second.
    const RATE: u128 = 400_000_000;
    let memory = sweep.memory(threads);
    if memory >= WORTH_SAYING {
        CliError::say(format_args!("note: this takes up to {} MB of memory", memory.div_ceil(1_000_000)));
    }
    let work = sweep.work();
    if work > budget.work {
        let seconds = work.div_ceil(RATE * threads.get() as u128);
        let time = match seconds {
            0..120 => format!("{seconds} seconds"),
            120..7200 => format!("{} minutes", seconds.div_ceil(60)),
            _ => format!("{} hours", seconds.div_ceil(3600)),
        };
        CliError::say(format_args!(
            "note: this takes up to about {time}; Ctrl-C ends it with a report of what was examined by then"
        ));
    }
}

/// Rows that are being written, in order.
struct Rows {
    checks: Checks,
    written: Mutex<Option<Written>>,
    /// No more rows are wanted. Looked at for every configuration, so without the lock.
    is_over: AtomicBool,
}

struct Written {
    writing: Writing,
    /// Why no more is written.
    error: Option<CliError>,
}

impl Rows {
    fn begin(destination: Destination, checks: Checks) -> Result<Self, CliError> {
        let mut writing = destination.begin()?;
        writing.write(rows::header(checks).as_bytes())?;
        let is_over = AtomicBool::new(!writing.is_read());
        Ok(Self { checks, written: Mutex::new(Some(Written { writing, error: None })), is_over })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Written>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_read(&self) -> bool {
        self.lock().as_ref().is_some_and(|written| written.error.is_none() && written.writing.is_read())
    }

    fn write(&self, run: &[(Configuration, Outcome)]) {
        let text: String = run.iter().map(|(layer, outcome)| rows::row(layer, outcome, self.checks)).collect();
        let mut written = self.lock();
        let Some(written) = written.as_mut().filter(|written| written.error.is_none()) else { return };
        written.error = written.writing.write(text.as_bytes()).err();
        if written.error.is_some() || !written.writing.is_read() {
            self.is_over.store(true, Ordering::Relaxed);
        }
    }
}

impl Watch for Work {
    fn advance(&self, combinations: u64) {
        if self.sweep.size() > 1 {
            self.progress.advance(combinations);
        }
    }

    fn compared(&self, terms: u64) {
        // Progress is counted in terms of the one layer there is.
        if self.sweep.size() == 1 {
            self.progress.advance(terms);
        }
    }

    fn is_stopped(&self) -> bool {
        interrupt::is_raised() || self.rows.as_ref().is_some_and(|rows| rows.is_over.load(Ordering::Relaxed))
    }

    fn rows(&self, run: &[(Configuration, Outcome)]) {
        if let Some(rows) = &self.rows {
            rows.write(run);
        }
    }

    fn wants_rows(&self) -> bool {
        self.rows.is_some()
    }
}

/// What is written.
enum Style {
    /// One row for every configuration.
    Rows,
    Report(ReportWriter),
}

enum ReportWriter {
    Json,
    Document(Format),
}

impl Style {
    fn of(flags: &ReportFormatArgs, path: Option<&Path>) -> Result<Self, CliError> {
        let document = |format| Self::Report(ReportWriter::Document(format));
        Ok(match flags.format_of(path, FormatName::Text)? {
            FormatName::Csv => Self::Rows,
            FormatName::Json => Self::Report(ReportWriter::Json),
            FormatName::Latex => document(Format::Latex(Frame::Fragment)),
            FormatName::Markdown => document(Format::Markdown),
            _ => document(Format::Text),
        })
    }
}

impl ReportWriter {
    fn write(&self, report: &Report, folder: Option<&Path>, templates: &Templates) -> Result<String, CliError> {
        match self {
            Self::Json => {
                Ok(serde_json::to_string_pretty(report).expect("a report is made of text and numbers") + "\n")
            }
            Self::Document(format) => format
                .writer(ZeroStyle::Digit, templates)
                .report(report)
                .map_err(|error| broken_template(folder, &error)),
        }
    }
}

/// The sweep that is asked for, if it can be carried out.
fn sweep(args: &VerifyArgs) -> Result<Sweep, CliError> {
    let coverage = match args.sample {
        Some(draws) => Coverage::Sample { draws, seed: args.seed },
        None => Coverage::Exhaustive,
    };
    let question = Question { checks: checks(args), plant: args.plant, seed: args.seed };
    let seeing = [Check::Taps, Check::ZeroInsertion, Check::Sample];
    if let Some(fault) = args.plant
        && !seeing.into_iter().any(|check| question.checks.contains(check))
    {
        return Err(CliError::usage(
            format!("--plant {}: none of the checks that are asked for looks at the rewriting", fault.name()),
            "add one that does: --checks taps,zero-insertion (or sample)",
        ));
    }
    Sweep::within(grids(&args.grid, args.plant)?, coverage, question, &args.limits.budget())
        .map_err(|error| refusal(&error))
}

fn checks(args: &VerifyArgs) -> Checks {
    let mut checks: Checks = if args.checks.is_empty() {
        Check::ALL.into_iter().filter(|check| *check != Check::Sample).collect()
    } else {
        args.checks.iter().copied().collect()
    };
    if args.numeric {
        checks.insert(Check::Sample);
    }
    checks
}

fn grids(args: &GridArgs, plant: Option<Fault>) -> Result<Vec<Grid>, CliError> {
    if args.layer.is_some() {
        return single_layer(args, plant);
    }
    let GridArgs { input, kernel_size, stride, padding, dilation, output_padding, .. } = args;
    let operation = if args.conv { Operation::Convolution } else { Operation::Transposed };
    let is_channels_given = args.in_channels.is_some() || args.out_channels.is_some() || args.groups.is_some();
    let axes = [
        ("--in", lists(input)),
        ("--kernel-size", lists(kernel_size)),
        ("--stride", lists(stride)),
        ("--padding", lists(padding)),
        ("--dilation", lists(dilation)),
        ("--output-padding", lists(output_padding)),
    ];
    if axes.iter().all(|(_, count)| *count == 0) && !is_channels_given && args.dims.is_none() {
        return Ok(default_grids(args, plant));
    }
    dimensions(args, &axes)?.into_iter().map(|dimensions| grid(args, operation, dimensions)).collect()
}

/// How many lists of values a flag has; 0 without the flag.
fn lists<V>(values: &Option<AxisValues<V>>) -> usize {
    values.as_ref().map_or(0, |AxisValues(lists)| lists.len())
}

/// Both operations, unless one is asked for; a mistake can only be planted in transposed layers.
fn default_grids(args: &GridArgs, plant: Option<Fault>) -> Vec<Grid> {
    let mut grids = Vec::new();
    if !args.conv {
        grids.extend(Grid::defaults(Operation::Transposed));
    }
    if plant.is_none() {
        grids.extend(Grid::defaults(Operation::Convolution));
    }
    if args.anisotropic { grids.into_iter().map(Grid::anisotropic).collect() } else { grids }
}

fn grid(args: &GridArgs, operation: Operation, dimensions: usize) -> Result<Grid, CliError> {
    let default = Grid::small(operation, dimensions);
    let listed = |values: &Option<TypedValues<Values>>| values.as_ref().map(|TypedValues(values)| values.clone());
    let grid = Grid {
        input: chosen(&args.input, default.input),
        kernel: chosen(&args.kernel_size, default.kernel),
        stride: chosen(&args.stride, default.stride),
        padding: chosen(&args.padding, default.padding),
        dilation: chosen(&args.dilation, default.dilation),
        output_padding: chosen(&args.output_padding, default.output_padding),
        in_channels: listed(&args.in_channels).unwrap_or(default.in_channels),
        out_channels: listed(&args.out_channels).unwrap_or(default.out_channels),
        groups: listed(&args.groups).unwrap_or(default.groups),
        ..default
    };
    // Sizes of the input are always independent.
    let input = match grid.input {
        Choice::Shared(sizes) => Choice::PerAxis(vec![sizes; dimensions]),
        per_axis => per_axis,
    };
    let grid = Grid { input, ..grid };
    Ok(if args.anisotropic { grid.anisotropic() } else { grid })
}

fn chosen<V: Clone>(typed: &Option<AxisValues<V>>, default: Choice<V>) -> Choice<V> {
    match typed {
        None => default,
        Some(AxisValues(lists)) if lists.len() == 1 => Choice::Shared(lists[0].clone()),
        Some(AxisValues(lists)) => Choice::PerAxis(lists.clone()),
    }
}

/// The dimensions that are asked for; else as many as a flag has lists; else 2.
fn dimensions(args: &GridArgs, axes: &[(&'static str, usize)]) -> Result<Vec<usize>, CliError> {
    let several = axes.iter().find(|(_, count)| *count > 1);
    let asked = match &args.dims {
        Some(TypedValues(dims)) => {
            if dims.smallest() < 1 || dims.largest() > 3 {
                return Err(CliError::usage(
                    format!("--dims {dims:#}: a layer has 1, 2 or 3 spatial dimensions"),
                    "give some of them, such as --dims 1..3",
                ));
            }
            (1..=3).filter(|&count| dims.contains(count)).collect()
        }
        None => vec![several.map_or(2, |(_, count)| *count)],
    };
    for (flag, count) in axes.iter().filter(|(_, count)| *count > 1) {
        if *count > 3 {
            return Err(CliError::usage(
                format!("{flag} has values for {count} axes; a layer has 1, 2 or 3 spatial dimensions"),
                "give one list for all axes, or one for each of up to three",
            ));
        }
        if let Some(other) = asked.iter().find(|&asked| asked != count) {
            let told_by = match (&args.dims, several) {
                (None, Some((told_by, _))) => format!("{told_by} has {other}"),
                _ => format!("--dims asks for {other}"),
            };
            return Err(CliError::usage(
                format!("{flag} has values for {count} axes, but {told_by}"),
                "give one list for all axes, or one for each",
            ));
        }
    }
    Ok(asked)
}

/// The grid of one pasted layer.
fn single_layer(args: &GridArgs, plant: Option<Fault>) -> Result<Vec<Grid>, CliError> {
    let sizes = args.input.as_ref().map(|AxisValues(lists)| {
        let single = |sizes: &Values| if sizes.count() == 1 { Ok(sizes.smallest()) } else { Err(format!("{sizes:#}")) };
        lists.iter().map(single).collect::<Result<Vec<_>, _>>()
    });
    let sizes = match sizes.transpose() {
        Ok(sizes) => sizes,
        Err(several) => {
            return Err(CliError::usage(
                format!("--in {several}: a pasted layer is verified for one size of the input"),
                "give one size for each axis, such as --in 8x8",
            ));
        }
    };
    let parsed = layer::pasted(args.layer.as_deref().unwrap_or_default(), sizes)?;
    if plant.is_some() && parsed.layer.operation() == Operation::Convolution {
        return Err(CliError::usage(
            "--plant: the mistakes are made in transposed convolutions, and this is a plain one",
            "paste a ConvTranspose layer",
        ));
    }
    Ok(vec![Grid::of_layer(&parsed.layer)])
}

fn refusal(error: &SweepError) -> CliError {
    let smaller = "use smaller ranges";
    match error {
        SweepError::TooMany { combinations: u128::MAX, .. } => {
            CliError::usage("this grid has more than 10^38 combinations, too many to be numbered", smaller)
        }
        SweepError::TooMany { combinations, most } => CliError::usage(
            format!("this grid has {combinations} combinations; at most {most} are examined"),
            "use smaller ranges, or draw some at random: --sample 1000000",
        ),
        SweepError::TooManyDraws { most } => {
            CliError::usage(format!("--sample: at most {most} combinations are examined"), "draw fewer")
        }
        // The largest layer is none that was typed, so neither are its numbers.
        SweepError::Impossible(_) => CliError::usage(
            format!(
                "the lengths of the largest layer of this grid reach 2^{} = {}",
                Layer::SIZE_LIMIT.ilog2(),
                Layer::SIZE_LIMIT
            ),
            smaller,
        ),
        SweepError::TooLarge(error, Some(layer)) => CliError::too_large(error, layer),
        SweepError::TooLarge(error, None) => {
            let what = match error.excess {
                Excess::Small | Excess::Big => "inputs or outputs",
                Excess::Weights => "weights",
                Excess::Taps => "products",
            };
            CliError::usage(
                format!(
                    "the largest layer of this grid has up to {} {what}; at most {} are worked on",
                    error.count, error.limit
                ),
                smaller,
            )
        }
        SweepError::TooCostly { multiply_adds, most } => CliError::usage(
            format!(
                "the largest layer of this grid takes up to {multiply_adds} multiply-adds, zeros included; at most {most} are made"
            ),
            format!("{smaller}; or allow it with --max-work {}", rounded_up(multiply_adds.div_ceil(Sweep::PATIENCE))),
        ),
        SweepError::TooMuchMemory { needed, most } => CliError::usage(
            format!(
                "the largest layer of this grid needs about {} MB of memory; at most {} MB are taken",
                needed.div_ceil(1_000_000),
                most / 1_000_000
            ),
            format!(
                "use smaller numbers, or leave out the check that needs most: --checks taps,sizes,matrix,zero-insertion; \
                 or allow it with --max-memory {}",
                rounded_up((*needed).into())
            ),
        ),
    }
}
