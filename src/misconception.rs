//! Named wrong rules ([`WrongRule`]), each with the answer it leads to. What there is to say about them is a text.
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

    /// Its name, in small letters with hyphens; no two rules share one, whatever they are about. What there is to say about
    /// it the texts have under this name.
    #[must_use]
    fn name(self) -> &'static str;
}

/// Makes the list of the rules about one thing, each with its name. First may stand a family, with a rule for each of its
/// members.
macro_rules! wrong_rules {
    (
        $(#[$about:meta])*
        pub enum $rules:ident $(with $(#[$of_family:meta])* $family:ident($member:ty) = $named:path)? {
            $($rule:ident = $name:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $rules {
            $($(#[$of_family])* $family($member),)?
            $(#[doc = concat!("The rule `", $name, "`.")] $rule,)*
        }

        impl $crate::misconception::WrongRule for $rules {
            fn all() -> impl Iterator<Item = Self> {
                std::iter::empty()$(.chain(<$member>::ALL.into_iter().map(Self::$family)))?.chain([$(Self::$rule),*])
            }

            fn name(self) -> &'static str {
                match self {
                    $(Self::$family(member) => $named(member),)?
                    $(Self::$rule => $name,)*
                }
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

            /// Its name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant(rule) => rule.name(),)*
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        let all: Vec<&str> = NamedRule::all().map(NamedRule::name).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')), "{all:?}");
    }
}
