//! What a question costs, known from its sizes before anything is spent, and the budget that it must fit.
//!
//! A [`Cost`] is an upper bound: what is then counted is at most the bound, and, beyond what any run takes, at least a
//! quarter of it (`tests/limits.rs` counts both). [`Budget::check`] refuses what would not fit, with the numbers.

#![cfg_attr(not(test), deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss))]

mod effort;
pub mod numbers;
mod polynomials;
mod tasks;

pub use effort::Effort;
pub use polynomials::polynomial_roads;
pub use tasks::{diagnosis, script, walk, window};

use std::fmt;
use std::num::Saturating;

/// A number of cells or steps that stays at the largest number rather than overflow.
pub(crate) type Count = Saturating<u128>;

pub(crate) fn count(cells: usize) -> Count {
    Saturating(cells as u128)
}

/// Work and memory that something takes, at most; saturates rather than overflows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Steps. One step is about a multiply-add of machine numbers with its share of the loop around it: 2 or 3 ns.
    pub work: u128,
    /// Bytes that are held at one time.
    pub memory: u128,
}

impl Cost {
    /// One after the other: the work of both, the memory of the one that takes more.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self { work: self.work.saturating_add(next.work), memory: self.memory.max(next.memory) }
    }

    /// While the other's memory is still held.
    #[must_use]
    pub fn beside(self, other: Self) -> Self {
        Self { work: self.work.saturating_add(other.work), memory: self.memory.saturating_add(other.memory) }
    }
}

/// The two things that run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Steps of work.
    Work,
    /// Bytes of memory.
    Memory,
}

/// What one run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Steps.
    pub work: u128,
    /// Bytes.
    pub memory: u128,
}

impl Budget {
    /// About ten seconds and a gigabyte.
    pub const DEFAULT: Self = Self { work: 4_000_000_000, memory: 1_000_000_000 };

    /// The part of it that confirming a result may take: an eighth of the work and half of the memory.
    #[must_use]
    pub(crate) fn for_proof(&self) -> Self {
        Self { work: self.work / 8, memory: self.memory / 2 }
    }

    /// Whether the cost fits.
    #[must_use]
    pub fn allows(&self, cost: Cost) -> bool {
        cost.work <= self.work && cost.memory <= self.memory
    }

    /// Refuses what does not fit; `what` takes it, such as "writing the document".
    ///
    /// # Errors
    /// When it takes more work or memory than there is, with the numbers.
    pub fn check(&self, what: &'static str, cost: Cost) -> Result<(), OverBudget> {
        if self.allows(cost) { Ok(()) } else { Err(OverBudget { what, cost, budget: *self }) }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Something takes more than there is; nothing has been spent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct OverBudget {
    /// What takes it.
    pub what: &'static str,
    /// How much it takes, about; an upper bound.
    pub cost: Cost,
    /// How much it may take.
    pub budget: Budget,
}

impl OverBudget {
    /// Every resource that there is too little of, with how much of it is needed and how much there is.
    pub fn short(&self) -> impl Iterator<Item = (Resource, u128, u128)> {
        let Self { cost, budget, .. } = self;
        [(Resource::Work, cost.work, budget.work), (Resource::Memory, cost.memory, budget.memory)]
            .into_iter()
            .filter(|(_, needed, most)| needed > most)
    }
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = |bytes: u128| bytes.div_ceil(1_000_000);
        write!(f, "{} takes up to ", self.what)?;
        for (place, (resource, needed, most)) in self.short().enumerate() {
            f.write_str(if place == 0 { "" } else { "; and up to " })?;
            match resource {
                Resource::Work => write!(f, "{needed} steps of work, and at most {most} are made")?,
                Resource::Memory => {
                    write!(f, "{} MB of memory, and at most {} MB are used", megabytes(needed), megabytes(most))?
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_frees_its_memory_and_what_stands_beside_does_not() {
        let (a, b) = (Cost { work: 3, memory: 5 }, Cost { work: 4, memory: 9 });
        assert_eq!(a.then(b), Cost { work: 7, memory: 9 });
        assert_eq!(a.beside(b), Cost { work: 7, memory: 14 });
        let all = Cost { work: u128::MAX, memory: u128::MAX };
        assert_eq!(all.beside(all), all);
    }

    #[test]
    fn a_budget_is_enough_up_to_its_last_byte() {
        let budget = Budget { work: 10, memory: 20 };
        assert_eq!(budget.check("this", Cost { work: 10, memory: 20 }), Ok(()));
        let memory = budget.check("this", Cost { work: 10, memory: 21 }).unwrap_err();
        assert_eq!(memory.short().collect::<Vec<_>>(), [(Resource::Memory, 21, 20)]);
        let both = budget.check("this", Cost { work: 11, memory: 21_000_000 }).unwrap_err();
        assert_eq!(
            both.to_string(),
            "this takes up to 11 steps of work, and at most 10 are made; and up to 21 MB of memory, and at most 1 MB are used"
        );
    }
}
