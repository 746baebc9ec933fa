//! What a terminal shows of long work.

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::time::Duration;

/// A bar on a terminal, nothing elsewhere.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Begins work of so many units.
    pub(super) fn start(units: u64, name: &'static str) -> Self {
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
        Self { bar }
    }

    /// So many more units are done.
    pub(super) fn advance(&self, units: u64) {
        self.bar.inc(units);
    }

    /// Takes the bar away; says how long it took.
    pub(super) fn finish(&self) -> Duration {
        self.bar.finish_and_clear();
        self.bar.elapsed()
    }
}
