//! Convolution and transposed convolution in matrix form: built, proved, and written out for teaching.
//!
//! What most programs need stands at the root: a [`Layer`] becomes a [`Model`], a [`Model`] that is [proved](Proved) is
//! written out. The modules below hold what else the command is made of.
//!
//! The README, whose code is run by the documentation tests:
#![doc = include_str!("../README.md")]

pub mod algebra;
pub mod bounded;
pub mod data;
pub mod doc;
pub mod eval;
pub mod exact;
pub mod export;
pub mod formula;
pub mod framework;
pub mod geometry;
mod index;
pub mod instance;
pub mod laws;
pub mod limits;
pub mod matrix;
pub mod misconception;
pub mod parallel;
pub mod places;
pub mod proof;
pub mod render;
pub mod roads;
pub mod solve;
pub mod sweep;
pub mod taps;
mod templates;
pub mod tensor;
pub mod wording;
pub mod worksheet;

pub use doc::derivation::DERIVATION;
pub use doc::{Document, Subject};
pub use geometry::{AxisSettings, Bias, ChannelSettings, GeometryError, Layer, Operation, Padding};
pub use instance::Instance;
pub use proof::{Counterexample, Model, Proved};
pub use render::{Format, TemplateError, Templates, render};
pub use taps::Taps;
