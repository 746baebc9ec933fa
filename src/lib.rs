//! Convolution and transposed convolution in matrix form: built, proved, and written out for teaching.
//!
//! The README, whose code is run by the documentation tests:
#![doc = include_str!("../README.md")]

pub mod algebra;
mod bounded;
pub mod cli;
pub mod data;
pub mod doc;
pub mod eval;
pub mod exact;
pub mod export;
pub mod formula;
pub mod geometry;
pub mod instance;
pub mod laws;
pub mod limits;
pub mod matrix;
pub mod misconception;
pub mod proof;
pub mod render;
pub mod roads;
pub mod sweep;
pub mod taps;
pub mod tensor;
mod wording;
pub mod worksheet;
