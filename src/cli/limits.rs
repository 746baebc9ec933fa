//! What a run may take, as it is typed: `--max-memory 2G`, `--max-work 40G`.

use super::amounts::{Amount, rounded_up};
use clap::Args;
use convt_matrix::limits::{Budget, Resource};

/// The flags that raise or lower what a run may take.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Limits (known before anything is spent)")]
pub(super) struct LimitArgs {
    /// Memory that may be taken, in bytes; k, M, G, T for thousands, millions, ...
    #[arg(long, value_name = "BYTES", default_value = "1G", allow_hyphen_values = true, value_parser = memory)]
    max_memory: Amount,
    /// Steps of work that may be made; about 400 million take a second
    #[arg(long, value_name = "STEPS", default_value = "4G", allow_hyphen_values = true, value_parser = work)]
    max_work: Amount,
}

impl LimitArgs {
    pub(super) fn budget(self) -> Budget {
        Budget { work: self.max_work.0, memory: self.max_memory.0 }
    }
}

/// The most that can be allowed: what no machine has helps nobody.
pub(super) fn most_allowed(resource: Resource) -> u128 {
    match resource {
        Resource::Memory => 1_000_000_000_000,
        // A month.
        Resource::Work => 1_000_000_000_000_000,
    }
}

fn memory(typed: &str) -> Result<Amount, String> {
    within(typed, Resource::Memory)
}

fn work(typed: &str) -> Result<Amount, String> {
    within(typed, Resource::Work)
}

fn within(typed: &str, resource: Resource) -> Result<Amount, String> {
    let (amount, most) = (typed.parse::<Amount>()?, most_allowed(resource));
    if amount.0 > most { Err(format!("at most {} can be allowed", rounded_up(most))) } else { Ok(amount) }
}
