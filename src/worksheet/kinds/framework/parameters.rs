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

    fn question(&self) -> Vec<Step> {
        let call = call(&self.layer, self.bias);
        vec![Step::text(prose![
            "How many parameters does `{call}` have, weights and biases together? (A layer has a bias unless its call \
             says `bias=False`.)"
        ])]
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

    fn solution(&self) -> Vec<Step> {
        let (input, output, groups) = self.channels();
        let weights = input * output / groups * self.cells();
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
        let product = row![product, Equals, weights];
        let pairs = if groups == 1 {
            prose![
                "Every input channel is connected with every output channel by a kernel of its own, so there are ",
                product,
                " weights"
            ]
        } else {
            prose![
                format!(
                    "Every input channel is connected with the {} output channels of its group, each by a kernel of \
                     its own, so there are ",
                    output / groups
                ),
                product,
                " weights"
            ]
        };
        let mut said = pairs;
        said.extend(match self.bias {
            Bias::Present => prose![
                ", and {output} biases, one for each output channel: ",
                row![weights, Plus, output, Equals, self.count()],
                "."
            ],
            Bias::Absent => prose![", and no bias: ", Math::from(self.count()), "."],
        });
        said.push(" Stride and padding have no parameters.".into());
        vec![Step::text(said)]
    }

    fn hints(&self) -> Vec<Prose> {
        hints![
            "Which channels are connected, and how many weights does one connection have?",
            "A bias belongs to an output channel, not to a connection.",
        ]
    }

    fn distractors(&self) -> Vec<Distractor> {
        let forgotten = (self.bias == Bias::Present).then(|| Distractor {
            feedback: prose!["There is a bias for each output channel, too."],
            ..Distractor::of(Misconception::BiasForgotten, Answer::Integer(self.count() - self.biases()))
        });
        let wrong = |rule: ParameterMisconception| Some(Answer::Integer(rule.count(&self.layer, self.bias)?));
        forgotten.into_iter().chain(Distractor::all(wrong)).collect()
    }
}
