//! Sizes that the flags leave out, from the shapes of the numbers.

use super::error::CliError;
use super::literals::Literals;
use convt_matrix::data::Literal;
use convt_matrix::wording::tuple;

/// A flag with sizes, and the numbers that can stand for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes<'a> {
    flag: &'static str,
    example: &'static str,
    pub(super) data: &'static str,
    literal: Option<&'a Literal>,
}

impl<'a> Sizes<'a> {
    pub(super) fn of_input(data: &'a Literals) -> Self {
        Self { flag: "--in", example: "--in 4x4", data: "--input", literal: data.input.as_ref() }
    }

    pub(super) fn of_kernel(data: &'a Literals) -> Self {
        Self {
            flag: "--kernel-size",
            example: "--kernel-size 3, or a whole layer with --layer 'ConvTranspose2d(1, 1, 3)'",
            data: "--weight",
            literal: data.weight.as_ref(),
        }
    }

    /// The spatial sizes: the last extents of the numbers, as many as the layer has dimensions.
    pub(super) fn last(&self, dimensions: usize) -> Result<Vec<usize>, CliError> {
        let shape = self.shape()?;
        match shape.len().checked_sub(dimensions) {
            Some(leading) => Ok(shape[leading..].to_vec()),
            None => Err(self.missing(format!(
                "{} has the shape {}, which does not tell {dimensions} sizes",
                self.data,
                tuple(shape)
            ))),
        }
    }

    /// The shape of the numbers.
    pub(super) fn shape(&self) -> Result<&'a [usize], CliError> {
        match self.literal {
            None => Err(self.missing("nothing else tells the size".into())),
            Some(literal) => {
                literal.shape().ok_or_else(|| self.missing(format!("the numbers of {} fill any size", self.data)))
            }
        }
    }

    fn missing(&self, reason: String) -> CliError {
        CliError::usage(format!("{} is missing: {reason}", self.flag), format!("give it, such as {}", self.example))
    }
}
