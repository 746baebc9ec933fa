//! A wrong bound for the output padding, and what follows from it.

use super::{step, told};
use crate::worksheet::drawn::{call, extent, listed, uniform_layer};
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

    fn told(&self, step: i64, lengths: Vec<i64>) -> Answer {
        let mistake = "the step follows the wrong rule that the output padding has to be smaller than both stride and dilation; \
                       smaller than the larger of them is enough";
        let lengths = lengths.into_iter().map(|length| vec![length]).collect();
        let label = prose![format!("right {}", self.what())];
        let answer = Answer::Solutions { unknowns: vec!['n'.into()], all: lengths };
        told(step, mistake.to_owned(), AnswerPart { name: "", label, answer })
    }

    fn what(&self) -> &'static str {
        if self.dimensions == 1 { "lengths" } else { "heights (and widths)" }
    }
}

impl Exercise for Bounds {
    fn about(&self) -> About {
        let call = self.call();
        let identity = format!("bounds {call} {}", self.axis.input);
        About { layer: call, identity, points: 3, data: Vec::new() }
    }

    fn question(&self) -> Vec<Step> {
        let AxisSettings { input, stride, dilation, .. } = self.axis;
        let (call, what, size) = (self.call(), self.what(), extent(input, self.dimensions));
        let on_axes = if self.dimensions == 1 { "" } else { ", the same on both axes" };
        let smaller = stride.min(dilation);
        let (allowed, lengths) = (listed(0..smaller), listed(self.lengths(smaller)));
        let shortest = row!['n', Equals, Law::TransposedSize.formula().without("o"), Equals, self.shortest()];
        let second = prose![
            "PyTorch allows an output padding that is smaller than both the stride $s = {stride}$ and the dilation \
             $d = {dilation}$: {allowed}."
        ];
        let third = prose!["The output padding is added to $n$, so the possible {what} are: {lengths}."];
        vec![
            Step::text(prose![
                "The layer `{call}` reads an input of {size} and is given an output padding{on_axes}. Somebody derives \
                 which {what} its output can have. Exactly one of the steps is wrong; those behind it are right for \
                 what they get. Which step is it, what is its mistake, and which {what} are right?"
            ]),
            step(1, prose!["Without output padding:"], vec![shortest]),
            step(2, second, Vec::new()),
            step(3, third, Vec::new()),
        ]
    }

    fn answer(&self) -> Answer {
        self.told(2, self.right())
    }

    /// Every output padding in reach is tried; the wrong step is the first that says something else than the layers do.
    fn by_another_road(&self) -> Option<Answer> {
        let tried = 0..=2 * (self.axis.stride + self.axis.dilation);
        let size = |o: usize| Some((o, self.layer_with(o)?.output_shape()[1] as i64));
        let (allowed, lengths): (Vec<usize>, Vec<i64>) = tried.filter_map(size).unzip();
        let said = 0..self.axis.stride.min(self.axis.dilation);
        let step = [self.shortest() != lengths[0], !said.eq(allowed)].iter().position(|&is_wrong| is_wrong)?;
        Some(self.told(step as i64 + 1, lengths))
    }

    fn solution(&self) -> Vec<Step> {
        let bound = self.axis.stride.max(self.axis.dilation);
        let (allowed, what, right) = (listed(0..bound), self.what(), listed(self.right()));
        vec![Step::text(prose![
            "Step 2 is wrong: PyTorch allows an output padding that is smaller than the larger of the two, \
             $o < {bound}$: {allowed}. So the right {what} are {right}."
        ])]
    }

    fn hints(&self) -> Vec<Prose> {
        hints![
            "What is output padding for? How many input lengths does a stride of 3 send to one output length?",
            "A layer with stride 2 and dilation 1 may have the output padding 1.",
        ]
    }
}
