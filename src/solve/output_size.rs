//! `output_size`: the size of the output of a transposed convolution, turned into output padding by PyTorch's rule.

use crate::geometry::Window;
use crate::wording::counted;
use std::fmt::Display;

/// Why no output padding leads to a size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.problem_with("output size"), self.remedy())]
#[non_exhaustive]
pub enum OutputSizeError {
    /// Not one size for every axis, with up to two more before them.
    Dimensions {
        /// How many sizes there are.
        sizes: usize,
        /// How many axes.
        dimensions: usize,
    },
    /// A size that one convolution does not map to the input.
    OutOfReach {
        /// The axis, counted from 0.
        axis: usize,
        /// Its size that was asked for.
        size: usize,
        /// The size of its input.
        input: usize,
        /// Its parameters.
        window: Window,
        /// The size without output padding; it may be below 1.
        smallest: i128,
        /// The largest size.
        largest: i128,
    },
}

impl OutputSizeError {
    /// What is wrong with the size, named as whoever asked for it knows it, with the numbers.
    #[must_use]
    pub fn problem_with(&self, name: impl Display) -> String {
        match self {
            Self::Dimensions { sizes, dimensions } => {
                format!("{name} has {sizes} sizes, the layer has {}", counted(*dimensions, "dimension", "dimensions"))
            }
            Self::OutOfReach { axis, size, input, window, smallest, largest } => {
                let Window { kernel, stride, padding, dilation, .. } = window;
                format!(
                    "{name} {size} (axis {axis}): the smallest size is ({input}-1)*{stride} - {} - {} + {dilation}*({kernel}-1) + 1 = {smallest}, the largest {largest}",
                    padding.begin, padding.end
                )
            }
        }
    }

    /// The way out.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Dimensions { dimensions, .. } => {
                format!("give {}; the batch and the channels may stand before", counted(*dimensions, "size", "sizes"))
            }
            Self::OutOfReach { largest: ..1, .. } => "use less padding, a larger kernel or a larger input".to_owned(),
            Self::OutOfReach { smallest, largest, .. } if smallest.max(&1) == largest => {
                format!("this layer only makes {largest}")
            }
            Self::OutOfReach { smallest, largest, .. } => {
                format!("ask for a size from {} to {largest}", smallest.max(&1))
            }
        }
    }
}

/// The windows with the output padding that leads to the sizes.
///
/// PyTorch accepts the spatial sizes with up to two more before them (batch and channels), which it ignores, and on every
/// axis the `stride` sizes that one convolution maps to the input: from `(m - 1) s - 2p + d (k - 1) + 1` upwards.
///
/// # Errors
/// When there are too few sizes or too many, or one is none of these.
pub fn with_output_size(windows: &[Window], inputs: &[usize], sizes: &[usize]) -> Result<Vec<Window>, OutputSizeError> {
    let dimensions = windows.len();
    let leading = sizes.len().checked_sub(dimensions).filter(|leading| *leading <= 2);
    let leading = leading.ok_or(OutputSizeError::Dimensions { sizes: sizes.len(), dimensions })?;
    let axes = windows.iter().zip(inputs).zip(&sizes[leading..]).enumerate();
    axes.map(|(axis, ((window, &input), &size))| {
        let output_padding = output_padding(window, input, size, axis)?;
        Ok(Window { output_padding, ..*window })
    })
    .collect()
}

fn output_padding(window: &Window, input: usize, size: usize, axis: usize) -> Result<usize, OutputSizeError> {
    let Window { kernel, stride, padding, dilation, .. } = *window;
    if [input, kernel, stride, dilation].contains(&0) {
        // No such layer; its own check says so.
        return Ok(0);
    }
    // Two factors below 2^63 stay below 2^126.
    let scattered = (input as i128 - 1) * stride as i128 + dilation as i128 * (kernel as i128 - 1) + 1;
    let smallest = scattered - padding.begin as i128 - padding.end as i128;
    let largest = smallest + stride as i128 - 1;
    if (smallest.max(1)..=largest).contains(&(size as i128)) {
        return Ok((size as i128 - smallest) as usize);
    }
    Err(OutputSizeError::OutOfReach { axis, size, input, window: *window, smallest, largest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Padding;

    fn window(kernel: usize, stride: usize, padding: usize) -> Window {
        Window { kernel, stride, padding: Padding::both(padding), dilation: 1, output_padding: 0 }
    }

    fn output_padding(sizes: &[usize], window: Window, input: usize) -> Result<usize, String> {
        with_output_size(&[window], &[input], sizes)
            .map(|windows| windows[0].output_padding)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn every_size_between_the_smallest_and_the_largest_has_its_output_padding() {
        // (4-1)*3 - 2*1 + (4-1) + 1 = 11
        assert_eq!(output_padding(&[11], window(4, 3, 1), 4), Ok(0));
        assert_eq!(output_padding(&[12], window(4, 3, 1), 4), Ok(1));
        assert_eq!(output_padding(&[13], window(4, 3, 1), 4), Ok(2));
        // 0 - 2 + 0 + 1 = -1: PyTorch lets the size start below 1.
        assert_eq!(output_padding(&[1], window(1, 3, 1), 1), Ok(2));
    }

    #[test]
    fn a_size_outside_is_refused_with_the_numbers() {
        for size in [10, 14] {
            let message = output_padding(&[size], window(4, 3, 1), 4).unwrap_err();
            assert!(message.starts_with(&format!("output size {size} (axis 0): ")), "{message}");
            assert!(message.contains("(4-1)*3 - 1 - 1 + 1*(4-1) + 1 = 11, the largest 13"), "{message}");
            assert!(message.contains("from 11 to 13"), "{message}");
        }
        assert!(output_padding(&[9], window(4, 1, 0), 4).unwrap_err().contains("only makes 7"));
        assert!(output_padding(&[1], window(1, 1, 3), 1).unwrap_err().contains("less padding"));
        assert!(output_padding(&[0], window(1, 3, 1), 1).unwrap_err().contains("only makes 1"));
    }

    #[test]
    fn batch_and_channels_may_stand_before_the_spatial_sizes() {
        assert_eq!(output_padding(&[3, 12], window(4, 3, 1), 4), Ok(1));
        assert_eq!(output_padding(&[1, 3, 12], window(4, 3, 1), 4), Ok(1));
        assert!(output_padding(&[1, 1, 3, 12], window(4, 3, 1), 4).unwrap_err().contains("has 4 sizes"));
        assert!(
            output_padding(&[], window(4, 3, 1), 4).unwrap_err().contains("has 0 sizes, the layer has 1 dimension; ")
        );
    }

    #[test]
    fn every_axis_has_its_own_size() {
        let windows = [window(4, 2, 1), window(4, 3, 1)];
        let resized = with_output_size(&windows, &[6, 4], &[12, 12]).unwrap();
        assert_eq!(resized.iter().map(|window| window.output_padding).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn absurd_numbers_are_an_error_and_no_overflow() {
        let most = i64::MAX as usize;
        let absurd = Window { dilation: most, ..window(most, most, most) };
        assert!(output_padding(&[most], absurd, most).is_err());
        assert_eq!(output_padding(&[1], window(0, 0, 0), 0), Ok(0));
    }
}
