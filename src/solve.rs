//! From sizes back to settings: the output padding that leads to a size, the dimensions that tensors tell.

mod dimensions;
mod output_size;

pub use dimensions::dimensions;
pub use output_size::{OutputSizeError, with_output_size};
