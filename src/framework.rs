//! Other people's words for a layer: the calls that make it in PyTorch, read and printed.

mod error;
mod printer;
mod reader;

pub use error::{CallError, Remedy};
pub use printer::{Call, pytorch_call};
pub use reader::LayerCall;

/// A call as it is pasted.
pub const EXAMPLE: &str = "ConvTranspose2d(1, 1, 4, stride=2, padding=1)";
