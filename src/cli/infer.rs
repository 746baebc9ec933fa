//! Sizes that the flags leave out, from the shapes of the numbers.

use super::error::CliError;
use super::literals::Literals;
use crate::data::{Literal, essential};
use crate::wording::tuple;

/// A flag with sizes, and the numbers that can stand for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes<'a> {
    pub(super) flag: &'static str,
    pub(super) example: &'static str,
    pub(super) data: &'static str,
    pub(super) literal: Option<&'a Literal>,
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

/// The fewest dimensions for which every shape is a tensor of the layer: before the spatial sizes stand the extents
/// that PyTorch's layout has there, but that leading axes of extent 1 may be missing or too many.
pub(super) fn dimensions(shapes: &[(&[usize], [usize; 2])]) -> Option<usize> {
    (1..=3).find(|&dimensions| {
        shapes.iter().all(|(shape, before)| {
            shape.len().checked_sub(dimensions).is_some_and(|leading| essential(&shape[..leading]) == essential(before))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_dimensions_that_fit_the_channels_are_taken() {
        let single = |shape: &[usize]| dimensions(&[(shape, [1, 1])]);
        assert_eq!(single(&[4]), Some(1));
        assert_eq!(single(&[1, 4]), Some(1));
        assert_eq!(single(&[2, 4]), Some(2));
        assert_eq!(single(&[1, 4, 4]), Some(2));
        assert_eq!(single(&[1, 1, 4, 4]), Some(2));
        assert_eq!(single(&[4, 4, 4]), Some(3));
        assert_eq!(dimensions(&[(&[3, 8], [1, 3])]), Some(1), "three channels in front");
        assert_eq!(dimensions(&[(&[3, 8, 8], [1, 3])]), Some(2));
    }

    #[test]
    fn shapes_that_fit_no_or_not_the_same_dimensions_decide_nothing() {
        assert_eq!(dimensions(&[(&[], [1, 1])]), None);
        assert_eq!(dimensions(&[(&[2, 3, 4, 5], [1, 1])]), None);
        assert_eq!(dimensions(&[(&[2, 3], [1, 1]), (&[4], [1, 1])]), None);
        assert_eq!(dimensions(&[(&[3, 8], [1, 2])]), None);
    }
}
