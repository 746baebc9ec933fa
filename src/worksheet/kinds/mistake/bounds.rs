//! A wrong bound for the output padding, and what follows from it.

use super::{rule_facts, told};
use crate::worksheet::drawn::{call, listed, uniform_layer};
use crate::worksheet::kinds::prelude::*;

/// The output lengths of a layer, derived with the wrong bound.
#[derive(Debug)]
struct Bounds {
    /// Every axis, without output padding.
    axis: AxisSettings,
    dimensions: usize,
}

pub(super) fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let dimensions = scope.dimensions(dice);
    let kernel = dice.size(2..=4);
    let axis = AxisSettings {
        stride: dice.size(1..=4),
        dilation: if scope.level == Level::Three { dice.size(2..=4) } else { 1 },
        padding: Padding::both(dice.size(0..=kernel - 1)),
        ..AxisSettings::new(dice.size(3..=8), kernel)
    };
    let exercise = Bounds { axis, dimensions };
    exercise.layer_with(0)?;
    (axis.stride != axis.dilation).then(|| Box::new(exercise) as Box<dyn Exercise>)
}

impl Bounds {
    fn layer_with(&self, output_padding: usize) -> Option<Layer> {
        uniform_layer(Operation::Transposed, AxisSettings { output_padding, ..self.axis }, self.dimensions)
    }

    fn call(&self) -> String {
        let layer = self.layer_with(0).expect("it was drawn possible");
        call(&layer, Bias::Absent)
    }

    /// The length without output padding.
    fn shortest(&self) -> i64 {
        Law::TransposedSize.value(Operation::Transposed, &self.axis).expect("small numbers") as i64
    }

    /// The lengths with an output padding below a bound.
    fn lengths(&self, bound: usize) -> Vec<i64> {
        (0..bound as i64).map(|o| self.shortest() + o).collect()
    }

    fn right(&self) -> Vec<i64> {
        self.lengths(self.axis.stride.max(self.axis.dilation))
    }

    fn told(step: i64, lengths: Vec<i64>) -> Answer {
        let rule = rule_facts("output-padding-below-both", None, step, Operation::Transposed);
        let lengths = lengths.into_iter().map(|length| vec![length]).collect();
        told(step, rule, Answer::Solutions { unknowns: vec!['n'.into()], all: lengths })
    }
}

impl Exercise for Bounds {
    fn about(&self) -> About {
        let call = self.call();
        let identity = format!("bounds {call} {}", self.axis.input);
        About { layer: call, identity, points: 3, data: Vec::new() }
    }

    fn passage(&self) -> Passage {
        let AxisSettings { input, stride, dilation, .. } = self.axis;
        let (smaller, larger) = (stride.min(dilation), stride.max(dilation));
        let facts = facts! {
            /// The layer as a call in PyTorch, without output padding.
            call: Fact::code(self.call()),
            /// Spatial dimensions.
            dimensions: self.dimensions,
            /// The length of the input along every axis.
            input: input,
            /// The shortest output, in letters and in numbers.
            shortest: Law::TransposedSize.formula().without("o"),
            shortest_value: self.shortest(),
            /// Along every axis.
            stride: stride,
            dilation: dilation,
            /// Every output padding below the smaller of the two, and the lengths of the output with these.
            wrongly_allowed: listed(0..smaller),
            wrong_lengths: listed(self.lengths(smaller)),
            /// The larger of the two, every output padding below it, and the lengths of the output with these.
            larger: larger,
            allowed: listed(0..larger),
            right_lengths: listed(self.right()),
        };
        Passage::new("exercise/mistake-bounds", facts)
    }

    fn answer(&self) -> Answer {
        Self::told(2, self.right())
    }

    /// Every output padding in reach is tried; the wrong step is the first that says something else than the layers do.
    fn by_another_road(&self) -> Option<Answer> {
        let tried = 0..=2 * (self.axis.stride + self.axis.dilation);
        let size = |o: usize| Some((o, self.layer_with(o)?.output_shape()[1] as i64));
        let (allowed, lengths): (Vec<usize>, Vec<i64>) = tried.filter_map(size).unzip();
        let said = 0..self.axis.stride.min(self.axis.dilation);
        let step = [self.shortest() != lengths[0], !said.eq(allowed)].iter().position(|&is_wrong| is_wrong)?;
        Some(Self::told(step as i64 + 1, lengths))
    }
}
