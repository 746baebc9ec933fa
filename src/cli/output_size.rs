//! `output_size`: the size of the output of a transposed convolution, turned into output padding by PyTorch's rule.

use super::error::CliError;
use super::window::Window;

/// A size that was asked for, the spatial sizes last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OutputSize {
    sizes: Vec<usize>,
    /// Where it was asked for.
    place: &'static str,
}

impl OutputSize {
    /// An argument of a pasted call.
    pub(super) fn of_call(sizes: Vec<usize>) -> Self {
        Self { sizes, place: "--layer: output_size" }
    }

    /// The flag; one size holds for every axis.
    pub(super) fn of_flag(sizes: Vec<usize>, dimensions: usize) -> Self {
        let sizes = if sizes.len() == 1 { vec![sizes[0]; dimensions] } else { sizes };
        Self { sizes, place: "--output-size" }
    }

    /// The windows with the output padding that leads to the size.
    ///
    /// PyTorch accepts the spatial sizes with up to two more before them (batch and channels), which it ignores, and on
    /// every axis the `stride` sizes that one convolution maps to the input:
    /// from `(m - 1) s - 2p + d (k - 1) + 1` upwards.
    pub(super) fn applied(&self, windows: &[Window], inputs: &[usize]) -> Result<Vec<Window>, CliError> {
        let dimensions = windows.len();
        let place = self.place;
        let leading = self.sizes.len().checked_sub(dimensions).filter(|leading| *leading <= 2).ok_or_else(|| {
            CliError::usage(
                format!(
                    "{place} has {} sizes, the layer has {dimensions} dimension{}",
                    self.sizes.len(),
                    plural(dimensions)
                ),
                format!("give {dimensions} size{}; the batch and the channels may stand before", plural(dimensions)),
            )
        })?;
        let axes = windows.iter().zip(inputs).zip(&self.sizes[leading..]).enumerate();
        axes.map(|(axis, ((window, &input), &size))| {
            let output_padding = self.output_padding(window, input, size, axis)?;
            Ok(Window { output_padding, ..*window })
        })
        .collect()
    }

    fn output_padding(&self, window: &Window, input: usize, size: usize, axis: usize) -> Result<usize, CliError> {
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
        let problem = format!(
            "{} {size} (axis {axis}): the smallest size is ({input}-1)*{stride} - {} - {} + {dilation}*({kernel}-1) + 1 = {smallest}, the largest {largest}",
            self.place, padding.begin, padding.end
        );
        let remedy = if largest < 1 {
            "use less padding, a larger kernel or a larger input".into()
        } else if smallest.max(1) == largest {
            format!("this layer only makes {largest}")
        } else {
            format!("ask for a size from {} to {largest}", smallest.max(1))
        };
        Err(CliError::usage(problem, remedy))
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Padding;

    fn window(kernel: usize, stride: usize, padding: usize) -> Window {
        Window { kernel, stride, padding: Padding::both(padding), dilation: 1, output_padding: 0 }
    }

    fn output_padding(sizes: &[usize], window: Window, input: usize) -> Result<usize, String> {
        OutputSize::of_call(sizes.to_vec())
            .applied(&[window], &[input])
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
            assert!(message.starts_with(&format!("--layer: output_size {size} (axis 0): ")), "{message}");
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
            output_padding(&[], window(4, 3, 1), 4).unwrap_err().contains("has 0 sizes, the layer has 1 dimension\n")
        );
    }

    #[test]
    fn one_size_of_the_flag_holds_for_every_axis() {
        let windows = [window(4, 2, 1), window(4, 3, 1)];
        let applied = OutputSize::of_flag(vec![12], 2).applied(&windows, &[6, 4]).unwrap();
        assert_eq!(applied.iter().map(|window| window.output_padding).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn absurd_numbers_are_an_error_and_no_overflow() {
        let most = i64::MAX as usize;
        let absurd = Window { dilation: most, ..window(most, most, most) };
        assert!(output_padding(&[most], absurd, most).is_err());
        assert_eq!(output_padding(&[1], window(0, 0, 0), 0), Ok(0));
    }
}
