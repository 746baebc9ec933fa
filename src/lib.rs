//! Convolution and transposed convolution in matrix form: built, proved, and written out for teaching.
#![doc = "See the README for the command; this is the library beneath it."]

pub mod algebra;
pub mod cli;
pub mod doc;
pub mod geometry;
pub mod matrix;
pub mod proof;
pub mod render;
pub mod roads;
pub mod taps;
pub mod tensor;
