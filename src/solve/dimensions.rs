//! How many dimensions a layer has, told by the shapes of its tensors.

use crate::data::essential;
use crate::geometry::{ChannelSettings, Operation};

/// The fewest dimensions for which the input, and the weight if it is given, are tensors of a layer with these channels:
/// before the spatial sizes stand the extents that PyTorch's layout has there, but that leading axes of extent 1 may be
/// missing or too many.
#[must_use]
pub fn dimensions(
    operation: Operation,
    channels: ChannelSettings,
    input: &[usize],
    weight: Option<&[usize]>,
) -> Option<usize> {
    let ChannelSettings { input: ins, output: outs, groups } = channels;
    let per_group = |channels: usize| channels.checked_div(groups).unwrap_or(0);
    let before_kernel = match operation {
        Operation::Transposed => [ins, per_group(outs)],
        Operation::Convolution => [outs, per_group(ins)],
    };
    let shapes = [Some((input, [1, ins])), weight.map(|weight| (weight, before_kernel))];
    fewest(&shapes.into_iter().flatten().collect::<Vec<_>>())
}

fn fewest(shapes: &[(&[usize], [usize; 2])]) -> Option<usize> {
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
        let single = |shape: &[usize]| fewest(&[(shape, [1, 1])]);
        assert_eq!(single(&[4]), Some(1));
        assert_eq!(single(&[1, 4]), Some(1));
        assert_eq!(single(&[2, 4]), Some(2));
        assert_eq!(single(&[1, 4, 4]), Some(2));
        assert_eq!(single(&[1, 1, 4, 4]), Some(2));
        assert_eq!(single(&[4, 4, 4]), Some(3));
        assert_eq!(fewest(&[(&[3, 8], [1, 3])]), Some(1), "three channels in front");
        assert_eq!(fewest(&[(&[3, 8, 8], [1, 3])]), Some(2));
    }

    #[test]
    fn the_weight_has_its_channels_in_the_order_of_the_operation() {
        let channels = ChannelSettings { input: 2, output: 6, groups: 2 };
        let told = |operation, weight: &[usize]| dimensions(operation, channels, &[2, 9], Some(weight));
        assert_eq!(told(Operation::Transposed, &[2, 3, 5]), Some(1));
        assert_eq!(told(Operation::Convolution, &[6, 1, 5]), Some(1));
        assert_eq!(told(Operation::Convolution, &[2, 3, 5]), None);
        assert_eq!(dimensions(Operation::Transposed, ChannelSettings { groups: 0, ..channels }, &[9], None), None);
    }

    #[test]
    fn shapes_that_fit_no_or_not_the_same_dimensions_decide_nothing() {
        assert_eq!(fewest(&[(&[], [1, 1])]), None);
        assert_eq!(fewest(&[(&[2, 3, 4, 5], [1, 1])]), None);
        assert_eq!(fewest(&[(&[2, 3], [1, 1]), (&[4], [1, 1])]), None);
        assert_eq!(fewest(&[(&[3, 8], [1, 2])]), None);
    }
}
