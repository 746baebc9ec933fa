//! The sweep that is made when no parameter is given: every parameter varied together with the others (padding the same
//! at both ends, channels in 2-D), in a second or two.

use super::grid::Grid;
use super::values::{Choice, Values};
use crate::geometry::Operation;

impl Grid {
    /// What is meant where a question leaves something out: inputs of 1 to 4 cells on every axis, kernels of 1 to 3;
    /// stride and dilation 1, no padding, one channel.
    #[must_use]
    pub fn small(operation: Operation, dimensions: usize) -> Self {
        Self {
            operation,
            dimensions,
            input: Choice::PerAxis(vec![(1..=4).into(); dimensions]),
            kernel: Choice::Shared((1..=3).into()),
            stride: Choice::Shared(Values::one(1)),
            padding: Choice::Shared(Values::one(0).into()),
            dilation: Choice::Shared(Values::one(1)),
            output_padding: Choice::Shared(Values::one(0)),
            in_channels: Values::one(1),
            out_channels: Values::one(1),
            groups: Values::one(1),
        }
    }

    /// The same with every parameter chosen for each axis alone.
    #[must_use]
    pub fn anisotropic(self) -> Self {
        let dimensions = self.dimensions;
        Self {
            input: self.input.per_axis(dimensions),
            kernel: self.kernel.per_axis(dimensions),
            stride: self.stride.per_axis(dimensions),
            padding: self.padding.per_axis(dimensions),
            dilation: self.dilation.per_axis(dimensions),
            output_padding: self.output_padding.per_axis(dimensions),
            ..self
        }
    }

    /// The grids of an operation that are swept when nothing is asked for: lines, planes, planes whose axes differ, volumes, and channels in groups.
    #[must_use]
    pub fn defaults(operation: Operation) -> Vec<Self> {
        let grid = |dimensions: usize, [input, kernel, stride, padding, dilation, output_padding]: [usize; 6]| {
            let output_padding = if operation == Operation::Transposed { output_padding } else { 0 };
            Self {
                input: Choice::PerAxis(vec![(1..=input).into(); dimensions]),
                kernel: Choice::Shared((1..=kernel).into()),
                stride: Choice::Shared((1..=stride).into()),
                padding: Choice::Shared(Values::from(0..=padding).into()),
                dilation: Choice::Shared((1..=dilation).into()),
                output_padding: Choice::Shared((0..=output_padding).into()),
                ..Self::small(operation, dimensions)
            }
        };
        let lines = grid(1, [7, 5, 4, 4, 3, 3]);
        let planes = grid(2, [5, 4, 3, 3, 3, 2]);
        let differing = grid(2, [2, 2, 2, 1, 2, 1]).anisotropic();
        let volumes = grid(3, [3, 2, 2, 1, 2, 1]);
        let channels = Self {
            in_channels: (1..=4).into(),
            out_channels: (1..=4).into(),
            groups: (1..=4).into(),
            ..grid(2, [2, 2, 2, 1, 2, 1])
        };
        vec![lines, planes, differing, volumes, channels]
    }
}
