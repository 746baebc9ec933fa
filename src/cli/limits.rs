//! What a run may take, as it is typed: `--max-memory 2G`, `--max-work 40G`.

use super::amounts::Amount;
use crate::limits::Budget;
use clap::Args;

/// The flags that raise or lower what a run may take.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Limits (known before anything is spent)")]
pub(super) struct LimitArgs {
    /// Memory that may be taken, in bytes; k, M, G, T for thousands, millions, ...
    #[arg(long, value_name = "BYTES", default_value = "1G", allow_hyphen_values = true)]
    max_memory: Amount,
    /// Steps of work that may be made; about 400 million take a second
    #[arg(long, value_name = "STEPS", default_value = "4G", allow_hyphen_values = true)]
    max_work: Amount,
}

impl LimitArgs {
    pub(super) fn budget(self) -> Budget {
        Budget { work: self.max_work.0, memory: self.max_memory.0 }
    }
}
