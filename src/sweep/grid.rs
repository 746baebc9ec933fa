//! The configurations of a sweep: values for every parameter, and their product numbered from 0.

use super::values::{Choice, PaddingValues, Values};
use crate::geometry::{AxisSettings, ChannelSettings, GeometryError, Layer, Operation, Padding};
use smallvec::SmallVec;

/// Values for every parameter of the layers with so many dimensions; the sweep takes their full product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// What the layers do.
    pub operation: Operation,
    /// Spatial dimensions, 1 to 3; every [`Choice::PerAxis`] has as many values.
    pub dimensions: usize,
    /// Sizes of the input.
    pub input: Choice<Values>,
    /// Kernel sizes.
    pub kernel: Choice<Values>,
    /// Strides.
    pub stride: Choice<Values>,
    /// Paddings.
    pub padding: Choice<PaddingValues>,
    /// Dilations.
    pub dilation: Choice<Values>,
    /// Output paddings.
    pub output_padding: Choice<Values>,
    /// Channels of the input.
    pub in_channels: Values,
    /// Channels of the output.
    pub out_channels: Values,
    /// Groups.
    pub groups: Values,
}

/// One combination of a grid, legal or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Configuration {
    /// What the layer would do.
    pub operation: Operation,
    /// Its axes.
    pub axes: SmallVec<[AxisSettings; 3]>,
    /// Its channels.
    pub channels: ChannelSettings,
}

impl Configuration {
    /// The layer, if it is possible.
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn layer(&self) -> Result<Layer, GeometryError> {
        Layer::new(self.operation, self.axes.to_vec(), self.channels)
    }

    /// How large the configuration is, for finding the smallest: dimensions first, then the sum of all numbers.
    #[must_use]
    pub fn weight(&self) -> (usize, usize) {
        let numbers = self.axes.iter().map(|axis| {
            let AxisSettings { input, kernel, stride, padding, dilation, output_padding } = *axis;
            [input, kernel, stride, padding.begin, padding.end, dilation, output_padding]
                .into_iter()
                .fold(0, usize::saturating_add)
        });
        let ChannelSettings { input, output, groups } = self.channels;
        (self.axes.len(), numbers.chain([input, output, groups]).fold(0, usize::saturating_add))
    }
}

impl From<&Layer> for Configuration {
    fn from(layer: &Layer) -> Self {
        Self { operation: layer.operation(), axes: layer.settings().into(), channels: layer.channel_settings() }
    }
}

impl Grid {
    /// The grid of one layer.
    #[must_use]
    pub fn of_layer(layer: &Layer) -> Self {
        let Configuration { operation, axes, channels } = layer.into();
        let each = |number: &dyn Fn(&AxisSettings) -> usize| {
            Choice::PerAxis(axes.iter().map(|axis| Values::one(number(axis))).collect())
        };
        let paddings = axes.iter().map(|axis| PaddingValues { both: None, pairs: vec![axis.padding] });
        Self {
            operation,
            dimensions: axes.len(),
            input: each(&|axis| axis.input),
            kernel: each(&|axis| axis.kernel),
            stride: each(&|axis| axis.stride),
            padding: Choice::PerAxis(paddings.collect()),
            dilation: each(&|axis| axis.dilation),
            output_padding: each(&|axis| axis.output_padding),
            in_channels: Values::one(channels.input),
            out_channels: Values::one(channels.output),
            groups: Values::one(channels.groups),
        }
    }

    /// How many combinations there are, legal or not; saturates.
    #[must_use]
    pub fn count(&self) -> u128 {
        let numbers = [&self.kernel, &self.stride, &self.dilation, &self.output_padding, &self.input];
        let axes = numbers.into_iter().flat_map(Choice::lists).map(Values::count);
        let paddings = self.padding.lists().iter().map(PaddingValues::count);
        let channels = [&self.in_channels, &self.out_channels, &self.groups].map(Values::count);
        axes.chain(paddings).chain(channels).fold(1, u128::saturating_mul)
    }

    /// The combination of a number below [`Grid::count`]. The sizes of the input vary fastest, the channels slowest, so
    /// that neighbours share their kernel parameters.
    #[must_use]
    pub fn configuration(&self, index: u128) -> Configuration {
        let mut digits = Digits(index);
        let mut axes: SmallVec<[AxisSettings; 3]> = SmallVec::from_elem(AxisSettings::new(0, 0), self.dimensions);
        digits.set(&self.input, &mut axes, Values::count, |values, at, axis| axis.input = values.get(at));
        digits.set(&self.output_padding, &mut axes, Values::count, |values, at, axis| {
            axis.output_padding = values.get(at);
        });
        digits.set(&self.dilation, &mut axes, Values::count, |values, at, axis| axis.dilation = values.get(at));
        digits.set(&self.padding, &mut axes, PaddingValues::count, |values, at, axis| axis.padding = values.get(at));
        digits.set(&self.stride, &mut axes, Values::count, |values, at, axis| axis.stride = values.get(at));
        digits.set(&self.kernel, &mut axes, Values::count, |values, at, axis| axis.kernel = values.get(at));
        let [groups, output, input] =
            [&self.groups, &self.out_channels, &self.in_channels].map(|values| values.get(digits.next(values.count())));
        Configuration { operation: self.operation, axes, channels: ChannelSettings { input, output, groups } }
    }

    /// A configuration at least as costly as any of the grid, which need not be one of them; impossible only if every
    /// one is, or if an index does not fit.
    pub(super) fn costliest(&self) -> Configuration {
        if self.count() == 1 {
            return self.configuration(0);
        }
        let of = |choice: &Choice<Values>, axis: usize| {
            let lists = choice.lists();
            lists[axis.min(lists.len() - 1)].clone()
        };
        let axes = (0..self.dimensions).map(|axis| {
            let paddings = &self.padding.lists()[axis.min(self.padding.lists().len() - 1)];
            let [input, kernel, dilation] =
                [&self.input, &self.kernel, &self.dilation].map(|choice| of(choice, axis).largest());
            let strides = of(&self.stride, axis);
            match self.operation {
                // The output grows with every number but the padding.
                Operation::Transposed => {
                    let stride = strides.largest();
                    let most = stride.max(dilation).saturating_sub(1);
                    let output_padding = of(&self.output_padding, axis).largest().min(most);
                    let padding = Padding::both(paddings.smallest());
                    AxisSettings { input, kernel, stride, padding, dilation, output_padding }
                }
                // It shrinks as the kernel grows: padding makes up for it, so that no kernel has more outputs or taps.
                Operation::Convolution => {
                    let reach = dilation.saturating_mul(kernel.saturating_sub(1));
                    let padding = Padding::both(paddings.largest().saturating_add(reach));
                    let stride = strides.smallest().max(1);
                    AxisSettings { input, kernel, stride, padding, dilation, output_padding: 0 }
                }
            }
        });
        let channels =
            ChannelSettings { input: self.in_channels.largest(), output: self.out_channels.largest(), groups: 1 };
        Configuration { operation: self.operation, axes: axes.collect(), channels }
    }
}

/// The digits of a number in a mixed radix, least significant first.
struct Digits(u128);

impl Digits {
    fn next(&mut self, radix: u128) -> usize {
        // Division of 128 bits is slow, and hardly ever needed.
        match (u64::try_from(self.0), u64::try_from(radix)) {
            (Ok(rest), Ok(radix)) => {
                self.0 = u128::from(rest / radix);
                usize::try_from(rest % radix).expect("below the number of values")
            }
            _ => {
                let digit = self.0 % radix;
                self.0 /= radix;
                usize::try_from(digit).expect("below the number of values")
            }
        }
    }

    /// Takes the digits of a choice, the last axis first, and sets them.
    fn set<V>(
        &mut self,
        choice: &Choice<V>,
        axes: &mut [AxisSettings],
        count: impl Fn(&V) -> u128,
        assign: impl Fn(&V, usize, &mut AxisSettings),
    ) {
        match choice {
            Choice::Shared(values) => {
                let at = self.next(count(values));
                axes.iter_mut().for_each(|axis| assign(values, at, axis));
            }
            Choice::PerAxis(values) => {
                for (values, axis) in values.iter().zip(axes).rev() {
                    let at = self.next(count(values));
                    assign(values, at, axis);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::ops::RangeInclusive;

    fn grid() -> Grid {
        Grid {
            operation: Operation::Transposed,
            dimensions: 2,
            input: Choice::PerAxis(vec![(1..=3).into(), Values::new(vec![2..=2, 5..=6])]),
            kernel: Choice::Shared((1..=2).into()),
            stride: Choice::PerAxis(vec![(1..=2).into(); 2]),
            padding: Choice::Shared(PaddingValues {
                both: Some((0..=1).into()),
                pairs: vec![Padding { begin: 0, end: 1 }],
            }),
            dilation: Choice::Shared(Values::one(1)),
            output_padding: Choice::Shared((0..=1).into()),
            in_channels: (1..=2).into(),
            out_channels: Values::one(2),
            groups: (1..=2).into(),
        }
    }

    #[test]
    fn every_combination_has_one_number() {
        let grid = grid();
        assert_eq!(grid.count(), 3 * 3 * 2 * 4 * 3 * 2 * 2 * 2);
        let distinct: HashSet<Configuration> = (0..grid.count()).map(|index| grid.configuration(index)).collect();
        assert_eq!(distinct.len() as u128, grid.count());
    }

    #[test]
    fn shared_parameters_are_the_same_on_every_axis_and_inputs_vary_fastest() {
        let grid = grid();
        let first: Vec<Vec<usize>> =
            (0..4).map(|index| grid.configuration(index).axes.iter().map(|axis| axis.input).collect()).collect();
        assert_eq!(first, [[1, 2], [1, 5], [1, 6], [2, 2]]);
        for index in 0..grid.count() {
            let axes = grid.configuration(index).axes;
            assert_eq!((axes[0].kernel, axes[0].padding), (axes[1].kernel, axes[1].padding));
        }
    }

    #[test]
    fn a_range_is_not_listed_and_an_absurd_grid_only_counted() {
        let all = Values::from(0..=usize::MAX / 2);
        let huge = Grid { input: Choice::PerAxis(vec![all.clone(); 2]), kernel: Choice::Shared(all), ..grid() };
        assert!(huge.count() > 1 << 100);
        assert_eq!(huge.configuration(huge.count() - 1).axes.len(), 2);
    }

    #[test]
    fn a_layer_is_a_grid_of_one() {
        let axis = AxisSettings { stride: 2, padding: Padding { begin: 1, end: 0 }, ..AxisSettings::new(4, 3) };
        let channels = ChannelSettings { input: 4, output: 6, groups: 2 };
        for operation in [Operation::Transposed, Operation::Convolution] {
            let layer = Layer::new(operation, vec![axis, AxisSettings::new(5, 2)], channels).unwrap();
            let grid = Grid::of_layer(&layer);
            assert_eq!(grid.count(), 1);
            assert_eq!(grid.configuration(0).layer().unwrap(), layer);
        }
    }

    #[test]
    fn no_configuration_is_costlier_than_the_costliest() {
        let paddings = PaddingValues { both: Some((0..=2).into()), pairs: vec![Padding { begin: 3, end: 0 }] };
        for operation in [Operation::Transposed, Operation::Convolution] {
            let grid = Grid {
                operation,
                dimensions: 1,
                input: Choice::PerAxis(vec![Values::new(vec![1..=6, 9..=9])]),
                kernel: Choice::Shared((1..=5).into()),
                stride: Choice::Shared((0..=3).into()),
                padding: Choice::Shared(paddings.clone()),
                dilation: Choice::Shared((1..=3).into()),
                output_padding: Choice::Shared((0..=2).into()),
                ..grid()
            };
            let cost = |layer: &Layer| {
                let geometry = layer.geometry();
                let shapes = [geometry.small_shape(), geometry.big_shape(), geometry.weight_shape()];
                let effort = crate::limits::Effort::of(layer);
                let mut costs: Vec<u128> = shapes.map(|shape| shape.iter().product::<usize>() as u128).to_vec();
                costs.extend([geometry.tap_count(), effort.multiply_adds, effort.cells]);
                costs
            };
            let most = cost(&grid.costliest().layer().expect("some are possible"));
            let mut layers = 0;
            for layer in (0..grid.count()).filter_map(|index| grid.configuration(index).layer().ok()) {
                let costs = cost(&layer);
                assert!(costs.iter().zip(&most).all(|(cost, most)| cost <= most), "{layer:?}: {costs:?} > {most:?}");
                layers += 1;
            }
            assert!(layers > 1000, "{layers}");
        }
    }

    #[test]
    fn the_costliest_of_a_single_configuration_is_the_configuration() {
        let axis = AxisSettings { stride: 2, padding: Padding { begin: 3, end: 0 }, ..AxisSettings::new(9, 4) };
        for operation in [Operation::Transposed, Operation::Convolution] {
            let layer = Layer::new(operation, vec![axis], ChannelSettings { input: 4, output: 2, groups: 2 }).unwrap();
            assert_eq!(Grid::of_layer(&layer).costliest().layer().unwrap(), layer);
        }
    }

    #[test]
    fn the_costliest_is_impossible_only_where_every_configuration_is() {
        let values = |range: RangeInclusive<usize>| Choice::Shared(Values::from(range));
        let line = |operation| Grid {
            dimensions: 1,
            input: Choice::PerAxis(vec![(1..=3).into()]),
            ..Grid::small(operation, 1)
        };
        let conv = Grid { kernel: values(1..=9), ..line(Operation::Convolution) };
        assert!(conv.costliest().layer().is_ok(), "kernels of 1 to 3 fit");
        let cut = Grid { padding: Choice::Shared(Values::from(0..=9).into()), ..line(Operation::Transposed) };
        assert!(cut.costliest().layer().is_ok(), "without padding something is left");
        let nothing_left = Grid { padding: Choice::Shared(Values::from(8..=9).into()), ..line(Operation::Transposed) };
        assert!((0..nothing_left.count()).all(|index| nothing_left.configuration(index).layer().is_err()));
        assert!(nothing_left.costliest().layer().is_err());
    }
}
