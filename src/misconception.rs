//! Named wrong rules: each with the rule as somebody may say it, what to say to them, and the answer it leads to.
//!
//! [`Misconception`] is about the output of a layer with numbers, [`SizeMisconception`] about its size. A wrong rule
//! that happens to be right for a layer leads to the right answer there; whoever asks compares.

mod output;
mod size;

pub use output::Misconception;
pub use size::SizeMisconception;
