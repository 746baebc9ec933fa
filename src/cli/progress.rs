//! What a terminal shows of long work, and how Ctrl-C ends it.

use super::error::CliError;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A bar on a terminal, nothing elsewhere; and whether the user wants to stop.
pub(super) struct Progress {
    bar: ProgressBar,
    is_stopped: Arc<AtomicBool>,
}

impl Progress {
    /// Begins work of so many units, and listens to Ctrl-C: once ends the work, twice the program.
    pub(super) fn start(units: u64, name: &'static str) -> Result<Self, CliError> {
        let is_stopped = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&is_stopped);
        let listening = ctrlc::set_handler(move || {
            if heard.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        listening.map_err(|error| CliError::File(format!("cannot listen to Ctrl-C: {error}")))?;
        let bar = ProgressBar::new(units);
        let style = ProgressStyle::with_template("{bar:32} {human_pos} of {human_len} {msg}, {rate}, {eta} left")
            .expect("the template is right")
            // Nobody reads the fourth decimal of a million a second.
            .with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{:.0} a second", state.per_sec());
            });
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(name);
        bar.enable_steady_tick(Duration::from_millis(200));
        Ok(Self { bar, is_stopped })
    }

    /// So many more units are done.
    pub(super) fn advance(&self, units: u64) {
        self.bar.inc(units);
    }

    /// Whether the user wants to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// Takes the bar away; says how long it took.
    pub(super) fn finish(&self) -> Duration {
        self.bar.finish_and_clear();
        self.bar.elapsed()
    }
}
