//! How many parameters a layer has.

use crate::geometry::ChannelSettings;
use crate::misconception::ParameterMisconception;
use crate::worksheet::drawn::{call, taps};
use crate::worksheet::kinds::prelude::*;
use std::collections::BTreeSet;

/// The weights and biases of a layer, counted.
#[derive(Debug)]
struct Parameters {
    layer: Layer,
    bias: Bias,
}

pub(super) fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let dimensions = scope.dimensions(dice);
    let operation = if dice.once_in(2) { Operation::Convolution } else { Operation::Transposed };
    // Stride and padding count for nothing, which is the point of giving them.
    let axis = AxisSettings {
        stride: dice.size(1..=3),
        padding: Padding::both(dice.size(0..=1)),
        ..AxisSettings::new(8, dice.size(2..=4))
    };
    let groups = if scope.level == Level::Three { dice.size(2..=4) } else { 1 };
    let channels = ChannelSettings { input: groups * dice.size(1..=6), output: groups * dice.size(2..=6), groups };
    let layer = Layer::new(operation, vec![axis; dimensions], channels).ok()?;
    let bias = if scope.level != Level::One && dice.once_in(3) { Bias::Absent } else { Bias::Present };
    (channels.input != channels.output).then(|| Box::new(Parameters { layer, bias }) as Box<dyn Exercise>)
}

impl Parameters {
    /// Cells of the kernel, of one pair of channels.
    fn cells(&self) -> i64 {
        self.layer.settings().iter().map(|axis| axis.kernel as i64).product()
    }

    fn channels(&self) -> (i64, i64, i64) {
        let ChannelSettings { input, output, groups } = self.layer.channel_settings();
        (input as i64, output as i64, groups as i64)
    }

    fn biases(&self) -> i64 {
        if self.bias == Bias::Present { self.channels().1 } else { 0 }
    }

    fn count(&self) -> i64 {
        let (input, output, groups) = self.channels();
        input * output / groups * self.cells() + self.biases()
    }
}

impl Exercise for Parameters {
    fn about(&self) -> About {
        let call = call(&self.layer, self.bias);
        About { identity: format!("parameters {call}"), layer: call, points: 2, data: Vec::new() }
    }

    fn passage(&self) -> Passage {
        let (input, output, groups) = self.channels();
        let kernel = self.layer.settings()[0].kernel;
        let along_every_axis = vec!["k"; self.layer.dimensions()].join(" ");
        let product = Law::Weights.formula().replacing("k", &along_every_axis).with(&|letter| match (
            letter.sign,
            letter.label,
        ) {
            ('c', "in") => Some(input.into()),
            ('c', "group") => Some((output / groups).into()),
            _ => Some(kernel as i128),
        });
        let facts = facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(call(&self.layer, self.bias)),
            /// Groups of channels, and how many output channels each has.
            groups: groups,
            output_channels_of_a_group: output / groups,
            /// Channels times cells of a kernel, and how many weights that are.
            product: product,
            weights: self.count() - self.biases(),
            /// Whether there are biases, and how many.
            has_bias: self.bias == Bias::Present,
            biases: self.biases(),
            /// Weights and biases.
            count: self.count(),
        };
        Passage::new("exercise/framework-parameters", facts)
    }

    fn answer(&self) -> Answer {
        Answer::Integer(self.count())
    }

    /// The weights are counted in the taps of the layer, each once, and one bias for each channel of the output.
    fn by_another_road(&self) -> Option<Answer> {
        let weights: BTreeSet<u32> = taps(&self.layer).iter().map(|tap| tap.weight).collect();
        let biases = if self.bias == Bias::Present { self.layer.output_shape()[0] } else { 0 };
        Some(Answer::Integer((weights.len() + biases) as i64))
    }

    fn distractors(&self) -> Vec<Distractor> {
        let weights = Answer::Integer(self.count() - self.biases());
        let forgotten = (self.bias == Bias::Present).then(|| Distractor::of(Misconception::BiasForgotten, weights));
        let wrong = |rule: ParameterMisconception| Some(Answer::Integer(rule.count(&self.layer, self.bias)?));
        forgotten.into_iter().chain(Distractor::all(wrong)).collect()
    }
}
