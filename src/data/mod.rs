//! Exact numbers for a layer, from what people type and from files.
//!
//! A [`Literal`] is what a user gave for a tensor before the layer's shape is known. [`Literal::fill`] reconciles it
//! with the shape and only then makes fractions of it, so that data of the wrong shape costs no more memory than it
//! had in its file. Nothing here trusts a file: every size is checked before memory is taken for it.

mod content;
mod error;
pub(crate) mod exact;
mod file;
mod json;
mod literal;
pub(crate) mod nested;
mod npy;
#[cfg(feature = "files")]
mod npz;
mod number;
#[cfg(feature = "files")]
mod table;
mod text;

pub use error::{DataError, Place};
pub use exact::ExactNumber;
pub use literal::Literal;
pub(crate) use literal::essential;
pub use number::{rational, spelled, to_f64};

/// The most values a tensor may have.
pub const MOST_VALUES: usize = 1 << 24;

/// The most axes an array may have: a batch of channels of three dimensions has five.
const MOST_AXES: usize = 8;

/// The error for more values than [`MOST_VALUES`].
fn too_many(count: impl std::fmt::Display) -> DataError {
    DataError::new(format!("{count} values; at most {MOST_VALUES} are read"), "use a smaller tensor")
}

/// The error for a shape of more than [`MOST_VALUES`] entries.
fn too_large(shape: &[usize]) -> DataError {
    DataError::new(
        format!("the shape {} has more values than the {MOST_VALUES} that are read", crate::wording::tuple(shape)),
        "use a smaller tensor",
    )
}

/// Refuses a text with more commas than values may be read, before a parser takes memory for each.
fn check_commas(text: &str) -> Result<(), DataError> {
    let commas = text.bytes().filter(|byte| *byte == b',').count();
    if commas > MOST_VALUES { Err(too_many(format_args!("more than {commas}"))) } else { Ok(()) }
}
