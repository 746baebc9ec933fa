//! Named wrong rules: each with the rule as somebody may say it, what to say to them ([`WrongRule`]), and the answer it
//! leads to.
//!
//! [`Misconception`] is about the output of a layer with numbers, [`SizeMisconception`] about its size,
//! [`SolutionMisconception`] about which settings lead to a size, [`GradientMisconception`] about its gradients,
//! [`ReadingMisconception`] about what its matrix shows, [`CoverageMisconception`] about checkerboards. A wrong rule that
//! happens to be right for a layer leads to the right answer there; whoever asks compares. [`diagnose`] goes the other
//! way: from an answer to the rules that lead to it.

mod coverage;
mod diagnosis;
mod gradient;
mod output;
mod reading;
mod size;
mod solutions;

pub use coverage::CoverageMisconception;
pub use diagnosis::{Diagnosis, Followed, Observation, Parting, Reach, Undetected, Verdict, diagnose};
pub use gradient::GradientMisconception;
pub use output::Misconception;
pub use reading::{Reading, ReadingMisconception};
pub use size::SizeMisconception;
pub use solutions::SolutionMisconception;

use std::fmt;

/// A named wrong rule, of whatever it is about.
pub trait WrongRule: Copy + fmt::Debug + PartialEq + 'static {
    /// Every rule about the same.
    const ALL: &'static [Self];

    /// What there is to say about it.
    fn said(self) -> Said;

    /// Its name.
    #[must_use]
    fn name(self) -> &'static str {
        self.said().name
    }

    /// The rule as somebody may say it.
    #[must_use]
    fn rule(self) -> &'static str {
        self.said().rule
    }

    /// What is said to somebody who follows it.
    #[must_use]
    fn feedback(self) -> &'static str {
        self.said().feedback
    }

    /// Every rule about the same, one after the other.
    fn all() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied()
    }
}

/// What there is to say about a wrong rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its name, in small letters with hyphens; no two rules share one, whatever they are about.
    pub name: &'static str,
    /// The rule as somebody may say it, without a full stop.
    pub rule: &'static str,
    /// What is said to somebody who follows it.
    pub feedback: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_something_to_say() {
        fn said<R: WrongRule>() -> Vec<Said> {
            R::all().map(R::said).collect()
        }
        let all = [
            said::<Misconception>(),
            said::<SizeMisconception>(),
            said::<SolutionMisconception>(),
            said::<GradientMisconception>(),
            said::<ReadingMisconception>(),
            said::<CoverageMisconception>(),
        ]
        .concat();
        let names: BTreeSet<&str> = all.iter().map(|said| said.name).collect();
        assert_eq!(names.len(), all.len());
        for Said { name, rule, feedback } in all {
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
            assert!(rule.len() > 10 && !rule.ends_with('.'), "{name}: {rule}");
            assert!(feedback.len() > 10 && feedback.ends_with(['.', ')']), "{name}: {feedback}");
        }
    }
}
