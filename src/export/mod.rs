//! W~ and whole layers in the formats of other programs.

mod matrix;
mod npy;
#[cfg(feature = "files")]
mod npz;
#[cfg(feature = "files")]
pub mod rows;
mod script;
mod spy;

pub use matrix::{ExportError, MatrixExport, MatrixFormat, Orientation};
pub use script::{Numbers, ScriptKind, script};
