//! `eval`: lines of JSON in, answers out, in order, on every core, in bounded memory.
//!
//! Every worker takes turns at two doors. At the first it reads a run of lines, as many as have already arrived, and
//! takes a ticket; at the second it writes their answers when its ticket comes up. No queue stands between, so memory
//! is bounded by what the workers hold, and an answer waits for nothing but the lines before it.

mod lines;
mod turns;

use super::error::CliError;
use super::interrupt::{self, LOOK_EVERY, PartialResult};
use super::output::check_stdout;
use convt_matrix::eval::{Arithmetic, Case, EvalError, Outcome, evaluate, json};
use convt_matrix::limits::Budget;
use lines::{Line, Lines, MOST_BYTES};
use std::io::{self, BufReader, ErrorKind, Stdin};
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use turns::Turns;

/// Answers are written when there are so many bytes of them,
const FLUSH_BYTES: usize = 1 << 20;
/// or when the first has waited so long and it is their turn.
const FLUSH_AFTER: Duration = Duration::from_millis(50);
/// A line from which on only one is worked on at a time, like a case that is not light: they take memory and time.
const HEAVY_BYTES: usize = 1 << 20;
/// More workers than this would hold more lines in memory than they gain.
const MOST_WORKERS: usize = 8;

/// Answers every line of stdin.
///
/// # Errors
/// When a line failed, or stdin or stdout did. A reader that went away is no error.
pub(super) fn run(arithmetic: Arithmetic, budget: Budget) -> Result<(), CliError> {
    check_stdout()?;
    let _whole_lines = PartialResult::begin();
    let shared = Arc::new(Shared {
        input: Mutex::new(Input { lines: Lines::new(BufReader::with_capacity(1 << 16, io::stdin())), tickets: 0 }),
        turns: Turns::default(),
        heavy: Mutex::new(()),
        arithmetic,
        budget,
    });
    let (ended, endings) = mpsc::channel();
    // One more than there are cores, because one may be waiting for its turn.
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_WORKERS) + 1;
    let started = (0..workers).filter(|_| start(&shared, &ended).is_ok()).count();
    if started == 0 {
        return Err(CliError::Threads);
    }
    drop(ended);
    // A worker that found stdout closed ends everything at once; others may be waiting for a line that never comes.
    let mut failure = None;
    loop {
        let ending = match endings.recv_timeout(LOOK_EVERY) {
            Ok(ending) => ending,
            Err(RecvTimeoutError::Timeout) if interrupt::is_raised() => return Err(shared.turns.broken_off()),
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        match ending {
            Ending::Done => {}
            // What was read before is still answered.
            Ending::Unreadable(error) => failure = Some(error),
            Ending::Closed => break,
            Ending::Unwritable(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let (answered, failed) = shared.turns.counts();
    match failure {
        Some(error) => Err(error),
        None if failed > 0 => Err(CliError::Lines { failed, answered }),
        None => Ok(()),
    }
}

fn start(shared: &Arc<Shared>, ended: &Sender<Ending>) -> io::Result<()> {
    let (shared, ended) = (Arc::clone(shared), ended.clone());
    let work = move || {
        let ending = shared.work();
        // Nobody listens once the command has ended.
        let _ = ended.send(ending);
    };
    thread::Builder::new().name("eval".into()).spawn(work).map(drop)
}

/// How a worker ended.
enum Ending {
    /// The input is at its end.
    Done,
    /// Nobody reads the output any more.
    Closed,
    /// Stdin failed.
    Unreadable(CliError),
    /// Stdout failed.
    Unwritable(CliError),
}

struct Input {
    lines: Lines<Stdin>,
    /// How many runs of lines have been handed out.
    tickets: u64,
}

struct Shared {
    input: Mutex<Input>,
    turns: Turns,
    heavy: Mutex<()>,
    arithmetic: Arithmetic,
    budget: Budget,
}

impl Shared {
    fn work(&self) -> Ending {
        loop {
            let (ticket, lines) = {
                let mut input = lock(&self.input);
                match input.lines.arrived() {
                    Ok(lines) if lines.is_empty() => return Ending::Done,
                    Ok(lines) => {
                        input.tickets += 1;
                        (input.tickets - 1, lines)
                    }
                    Err(error) => return Ending::Unreadable(CliError::input(&error)),
                }
            };
            match self.answer(ticket, &lines) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ending::Closed,
                Err(error) => return Ending::Unwritable(CliError::output("to stdout", &error)),
            }
        }
    }

    /// Answers a run of lines when its turn comes, or in parts once it has come. What is answered already is written
    /// before a heavy line is begun.
    fn answer(&self, ticket: u64, lines: &[Line]) -> io::Result<()> {
        let mut answers = Answers::default();
        let mut since = Instant::now();
        for line in lines {
            let (id, outcome) = match line {
                Line::Text(bytes) => self.outcome(bytes, || {
                    let answered = std::mem::take(&mut answers);
                    if answered.answered > 0 { self.turns.write(ticket, answered) } else { Ok(()) }
                })?,
                Line::TooLong { bytes, length } => {
                    let problem = format!("this line has {length} bytes; at most {MOST_BYTES} are read");
                    (json::read(lines::text(bytes).0, &self.budget).0, Err(EvalError::TooLarge(problem)))
                }
            };
            answers.failed += u64::from(outcome.is_err());
            answers.answered += 1;
            answers.text.push_str(&json::write(&id, &outcome.map_err(with_flags)));
            answers.text.push('\n');
            if answers.text.len() >= FLUSH_BYTES || (since.elapsed() >= FLUSH_AFTER && self.turns.is_up(ticket)) {
                self.turns.write(ticket, std::mem::take(&mut answers))?;
                since = Instant::now();
            }
        }
        self.turns.write(ticket, answers)?;
        self.turns.pass_on(ticket);
        Ok(())
    }

    /// `before_heavy` is called before anything that takes long, while nothing is locked: it may wait for its turn.
    fn outcome(
        &self,
        line: &[u8],
        mut before_heavy: impl FnMut() -> io::Result<()>,
    ) -> io::Result<(json::Id, Result<Outcome, EvalError>)> {
        let (text, rest) = lines::text(line);
        if !rest.is_empty() {
            let problem = format!("this line is not UTF-8: byte {} is {:#04x}", text.len() + 1, rest[0]);
            return Ok((json::read(text, &self.budget).0, Err(EvalError::Syntax(problem))));
        }
        let mut alone = None;
        if line.len() >= HEAVY_BYTES {
            before_heavy()?;
            alone = Some(lock(&self.heavy));
        }
        let (id, case) = json::read(text, &self.budget);
        if alone.is_none() && case.as_ref().is_ok_and(|case: &Case| !case.is_light()) {
            before_heavy()?;
            alone = Some(lock(&self.heavy));
        }
        let outcome = case.and_then(|case| evaluate(&case, self.arithmetic, &self.budget));
        drop(alone);
        Ok((id, outcome))
    }
}

/// The way out as the command line has it.
fn with_flags(error: EvalError) -> EvalError {
    match error {
        EvalError::NoFloat { place } => {
            EvalError::Field { place, problem: "it is beyond the largest float, 1.8e308; leave --float out".into() }
        }
        other => other,
    }
}

/// Answers that wait to be written.
#[derive(Default)]
struct Answers {
    text: String,
    answered: u64,
    failed: u64,
}

/// A worker that panicked has said so; what it guarded is still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
