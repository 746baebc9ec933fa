//! The second door: answers leave in the order of their tickets.

use super::Answers;
use crate::cli::error::CliError;
use convt_matrix::parallel;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

/// How many lines have been answered, and how many of them failed.
#[derive(Default)]
pub(super) struct Turns(parallel::Turns<Counts>);

#[derive(Default)]
struct Counts {
    answered: u64,
    failed: u64,
}

impl Turns {
    /// Whether the ticket's turn has come; once it has, it stays until it is passed on.
    pub(super) fn is_up(&self, ticket: u64) -> bool {
        self.0.lock().up == ticket
    }

    /// Waits for the ticket's turn and writes.
    pub(super) fn write(&self, ticket: u64, answers: Answers) -> io::Result<()> {
        let mut counts = self.0.wait(ticket, |_| false);
        let mut stdout = io::stdout().lock();
        stdout.write_all(answers.text.as_bytes())?;
        stdout.flush()?;
        counts.answered += answers.answered;
        counts.failed += answers.failed;
        Ok(())
    }

    /// Ends the ticket's turn.
    pub(super) fn pass_on(&self, ticket: u64) {
        self.0.wait(ticket, |_| false).up += 1;
        self.0.announce();
    }

    /// The error of an interrupted batch. The last answer is whole, since none is being written and no other will be;
    /// unless nobody takes it.
    pub(super) fn broken_off(&self) -> CliError {
        const PATIENCE: Duration = Duration::from_secs(1);
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if let Some(counts) = self.0.try_lock() {
                let answered = counts.answered;
                // Whoever would write waits until the process has ended.
                std::mem::forget(counts);
                let lines = if answered == 1 { "line is" } else { "lines are" };
                return CliError::Interrupted(format!("{answered} {lines} answered"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        CliError::Interrupted("the last answer may not be whole".into())
    }

    /// How many lines have been answered, and how many of them failed.
    pub(super) fn counts(&self) -> (u64, u64) {
        let counts = self.0.lock();
        (counts.answered, counts.failed)
    }
}
