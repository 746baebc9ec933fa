//! The second door: answers leave in the order of their tickets.

use super::{Answers, lock};
use crate::cli::error::CliError;
use std::io::{self, Write as _};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) struct Turns {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    /// The ticket whose turn it is.
    up: u64,
    answered: u64,
    failed: u64,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), moved: Condvar::new() }
    }

    /// Whether the ticket's turn has come; once it has, it stays until it is passed on.
    pub(super) fn is_up(&self, ticket: u64) -> bool {
        lock(&self.state).up == ticket
    }

    /// Waits for the ticket's turn and writes.
    pub(super) fn write(&self, ticket: u64, answers: Answers) -> io::Result<()> {
        let mut state = self.wait(ticket);
        let mut stdout = io::stdout().lock();
        stdout.write_all(answers.text.as_bytes())?;
        stdout.flush()?;
        state.answered += answers.answered;
        state.failed += answers.failed;
        Ok(())
    }

    /// Ends the ticket's turn.
    pub(super) fn pass_on(&self, ticket: u64) {
        self.wait(ticket).up += 1;
        self.moved.notify_all();
    }

    /// The error of an interrupted batch. The last answer is whole, since none is being written and no other will be;
    /// unless nobody takes it.
    pub(super) fn broken_off(&self) -> CliError {
        const PATIENCE: Duration = Duration::from_secs(1);
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if let Ok(state) = self.state.try_lock() {
                let answered = state.answered;
                // Whoever would write waits until the process has ended.
                std::mem::forget(state);
                let lines = if answered == 1 { "line is" } else { "lines are" };
                return CliError::Interrupted(format!("{answered} {lines} answered"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        CliError::Interrupted("the last answer may not be whole".into())
    }

    /// How many lines have been answered, and how many of them failed.
    pub(super) fn counts(&self) -> (u64, u64) {
        let state = lock(&self.state);
        (state.answered, state.failed)
    }

    fn wait(&self, ticket: u64) -> MutexGuard<'_, State> {
        let waiting = |state: &mut State| state.up != ticket;
        self.moved.wait_while(lock(&self.state), waiting).unwrap_or_else(PoisonError::into_inner)
    }
}
