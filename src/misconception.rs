//! Named wrong rules: each with the rule as somebody may say it, what to say to them ([`WrongRule`]), and the answer it
//! leads to.
//!
//! [`NamedRule`] is the list of all of them, by what they are about. A wrong rule that
//! happens to be right for a layer leads to the right answer there; whoever asks compares. [`diagnose`] goes the other
//! way: from an answer to the rules that lead to it.

mod belief;
mod call;
mod coverage;
mod diagnosis;
mod gradient;
mod output;
mod parameters;
mod reading;
mod size;
mod solutions;

pub use belief::Belief;
pub use call::CallMisconception;
pub use coverage::CoverageMisconception;
pub use diagnosis::{Diagnosis, Followed, Observation, Parting, Reach, Undetected, Verdict, diagnose};
pub use gradient::GradientMisconception;
pub use output::Misconception;
pub use parameters::ParameterMisconception;
pub use reading::{MatrixReading, ReadingMisconception};
pub use size::SizeMisconception;
pub use solutions::SolutionMisconception;

use std::fmt;

/// A named wrong rule, of whatever it is about.
pub trait WrongRule: Copy + fmt::Debug + PartialEq + Into<NamedRule> + 'static {
    /// Every rule about the same, one after the other.
    fn all() -> impl Iterator<Item = Self>;

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
}

/// Makes the list of the rules about one thing: each with its name, the rule as somebody may say it (which is its
/// documentation, too) and what is said to them. First may stand a family, with a rule for each of its members.
macro_rules! wrong_rules {
    (
        $(#[$about:meta])*
        pub enum $rules:ident $(with $(#[$of_family:meta])* $family:ident($member:ty) = $said:path)? {
            $($rule:ident = $name:literal: $spoken:literal => $feedback:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $rules {
            $($(#[$of_family])* $family($member),)?
            $(#[doc = concat!("\u{201c}", $spoken, "\u{201d}")] $rule,)*
        }

        impl $crate::misconception::WrongRule for $rules {
            fn all() -> impl Iterator<Item = Self> {
                std::iter::empty()$(.chain(<$member>::ALL.into_iter().map(Self::$family)))?.chain([$(Self::$rule),*])
            }

            fn said(self) -> $crate::misconception::Said {
                let (name, rule, feedback) = match self {
                    $(Self::$family(member) => return $said(member),)?
                    $(Self::$rule => ($name, $spoken, $feedback),)*
                };
                $crate::misconception::Said { name, rule, feedback }
            }
        }
    };
}
use wrong_rules;

/// Makes the one list of the lists: a variant for each, what it says, and the way from each into it.
macro_rules! one_list {
    ($($(#[$about:meta])* $variant:ident($rules:ty),)*) => {
        /// A wrong rule, whatever it is about: whatever has a name is in this list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum NamedRule {
            $($(#[$about])* $variant($rules),)*
        }

        impl NamedRule {
            /// Every wrong rule there is.
            pub fn all() -> impl Iterator<Item = Self> {
                std::iter::empty()$(.chain(<$rules>::all().map(Self::$variant)))*
            }

            /// What there is to say about it.
            #[must_use]
            pub fn said(self) -> Said {
                match self {
                    $(Self::$variant(rule) => rule.said(),)*
                }
            }

            /// Its name.
            #[must_use]
            pub fn name(self) -> &'static str {
                self.said().name
            }
        }

        $(impl From<$rules> for NamedRule {
            fn from(rule: $rules) -> Self {
                Self::$variant(rule)
            }
        })*
    };
}

one_list! {
    /// About the output of a layer with numbers.
    Output(Misconception),
    /// About the size of the output.
    Size(SizeMisconception),
    /// About which settings lead to a size.
    Solutions(SolutionMisconception),
    /// About gradients.
    Gradients(GradientMisconception),
    /// About what a matrix shows.
    Reading(ReadingMisconception),
    /// About which call makes a layer.
    Call(CallMisconception),
    /// About how many parameters a layer has.
    Parameters(ParameterMisconception),
    /// About checkerboards.
    Coverage(CoverageMisconception),
    /// About whether a statement holds.
    Statement(Belief),
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
        let all: Vec<Said> = NamedRule::all().map(NamedRule::said).collect();
        let names: BTreeSet<&str> = all.iter().map(|said| said.name).collect();
        assert_eq!(names.len(), all.len());
        for Said { name, rule, feedback } in all {
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
            assert!(rule.len() > 10 && !rule.ends_with('.'), "{name}: {rule}");
            assert!(feedback.len() > 10 && feedback.ends_with(['.', ')']), "{name}: {feedback}");
        }
    }
}
