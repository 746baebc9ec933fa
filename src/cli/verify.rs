//! `verify`: a sweep over a grid of layers.

mod grids;

use super::args::{ReportFormatArgs, VerifyArgs};
use super::error::CliError;
use super::format::{FormatFlags as _, FormatName};
use super::interrupt::{self, LOOK_EVERY, PartialResult};
use super::output::{Destination, to_stdout};
use super::progress::Progress;
use super::spelling::Flags;
use super::texts::Texts;
use convt_matrix::export::rows;
use convt_matrix::limits::Budget;
use convt_matrix::render::{Format, Frame, ZeroStyle};
use convt_matrix::sweep::report::Report;
use convt_matrix::sweep::{Checks, Configuration, Failure, Findings, Outcome, Sweep, Tally, Watch};
use convt_matrix::wording::counted;
use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) fn run(args: &VerifyArgs) -> Result<(), CliError> {
    let writer = ReportWriter::of(&args.format, args.path.as_deref())?;
    let texts = Texts::of(&args.texts)?;
    let sweep = grids::sweep(args)?;
    /// More threads than this, or than there are processors, gain nothing and take memory for their stacks.
    const MOST_THREADS: NonZeroUsize = NonZeroUsize::new(8).expect("it is more than 0");
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = args.threads.unwrap_or(processors).min(processors.max(MOST_THREADS));
    let threads = sweep.threads_within(threads, &args.limits.budget());
    let destination = Destination::open(args.path.as_deref())?;
    announce(&sweep, threads, &args.limits.budget());
    match writer {
        None => {
            let summary = |report: &Report| ReportWriter::Document(Format::Text).write(report, &texts);
            write_rows(sweep, threads, destination, &texts, summary)
        }
        Some(writer) => {
            let is_file = destination.is_file();
            let report = examined(&Work::of(sweep, threads, None), &texts)?;
            let text = writer.write(&report, &texts)?;
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
fn examined(work: &Arc<Work>, texts: &Texts) -> Result<Report, CliError> {
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
    texts.checked(Report::new(&work.sweep, &tally, failure.as_ref(), &Flags(texts)))
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
    texts: &Texts,
    summary: impl FnOnce(&Report) -> Result<String, CliError>,
) -> Result<(), CliError> {
    let rows = Rows::begin(destination, sweep.question().checks)?;
    let work = Work::of(sweep, threads, Some(rows));
    let report = examined(&work, texts)?;
    let written = work.rows.as_ref().and_then(|rows| rows.lock().take());
    let Some(Written { destination, error }) = written else { return Ok(()) };
    if let Some(error) = error {
        return Err(error);
    }
    if !destination.is_read() {
        return Ok(());
    }
    let is_file = destination.is_file();
    if !report.interrupted {
        destination.keep()?;
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
    destination: Destination,
    /// Why no more is written.
    error: Option<CliError>,
}

impl Rows {
    fn begin(mut destination: Destination, checks: Checks) -> Result<Self, CliError> {
        destination.write(rows::header(checks).as_bytes())?;
        let is_over = AtomicBool::new(!destination.is_read());
        Ok(Self { checks, written: Mutex::new(Some(Written { destination, error: None })), is_over })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Written>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_read(&self) -> bool {
        self.lock().as_ref().is_some_and(|written| written.error.is_none() && written.destination.is_read())
    }

    fn write(&self, run: &[(Configuration, Outcome)]) {
        let text = rows::rows(run, self.checks);
        let mut written = self.lock();
        let Some(written) = written.as_mut().filter(|written| written.error.is_none()) else { return };
        written.error = written.destination.write(text.as_bytes()).err();
        if written.error.is_some() || !written.destination.is_read() {
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

/// How a report is written.
enum ReportWriter {
    Json,
    Document(Format),
}

impl ReportWriter {
    /// None where one row for every configuration is asked for.
    fn of(flags: &ReportFormatArgs, path: Option<&Path>) -> Result<Option<Self>, CliError> {
        Ok(Some(match flags.format_of(path, FormatName::Text)? {
            FormatName::Csv => return Ok(None),
            FormatName::Json => Self::Json,
            FormatName::Latex => Self::Document(Format::Latex(Frame::Fragment)),
            FormatName::Markdown => Self::Document(Format::Markdown),
            _ => Self::Document(Format::Text),
        }))
    }

    fn write(&self, report: &Report, texts: &Texts) -> Result<String, CliError> {
        match self {
            Self::Json => {
                Ok(serde_json::to_string_pretty(report).expect("a report is made of text and numbers") + "\n")
            }
            Self::Document(format) => texts.checked(format.writer(ZeroStyle::Digit, texts).report(report)),
        }
    }
}
