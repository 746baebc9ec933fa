//! Named wrong rules: each with the rule as somebody may say it, what to say to them, and the answer it leads to.
//!
//! [`Misconception`] is about the output of a layer with numbers, [`SizeMisconception`] about its size,
//! [`GradientMisconception`] about its gradients, [`ReadingMisconception`] about what its matrix shows. A wrong rule
//! that happens to be right for a layer leads to the right answer there; whoever asks compares. [`diagnose`] goes the
//! other way: from an answer to the rules that lead to it.

mod diagnosis;
mod gradient;
mod output;
mod reading;
mod size;

pub use diagnosis::{Diagnosis, Followed, Parting, Reach, Undetected, Verdict, diagnose};
pub use gradient::GradientMisconception;
pub use output::Misconception;
pub use reading::{Reading, ReadingMisconception};
pub use size::SizeMisconception;
