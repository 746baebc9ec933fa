//! Output size: the shape that a convolution or a transposed convolution makes of a shape, in numbers or in letters.

mod symbolic;

use super::prelude::*;
use crate::doc::{BlockLines, Extent, Subject, derivation};
use crate::geometry::ChannelSettings;
use crate::instance::Instance;
use crate::misconception::SizeMisconception;
use crate::worksheet::drawn::{call, measured_shape, proved, tuple};
use symbolic::SymbolicSize;

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "size", has_choice: true, draw };

#[derive(Debug)]
struct Size {
    layer: Layer,
}

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let operation = if dice.once_in(3) { Operation::Convolution } else { Operation::Transposed };
    let dimensions = scope.dimensions(dice);
    let mut axes = vec![axis(dice, scope.level, operation); dimensions];
    if scope.level == Level::Three && dimensions == 2 {
        axes[1] = axis(dice, scope.level, operation);
        if axes[0] == axes[1] {
            return None;
        }
    }
    let channels = ChannelSettings { input: dice.size(1..=4), output: dice.size(1..=8), groups: 1 };
    let layer = Layer::new(operation, axes, channels).ok()?;
    if scope.level != Level::One && dice.once_in(4) {
        let exercise = SymbolicSize { layer };
        return exercise.is_telling().then(|| Box::new(exercise) as Box<dyn Exercise>);
    }
    // A shape that comes back needs no formula.
    let answer_is_question = layer.output_shape()[1..] == layer.input_shape()[1..];
    (!answer_is_question).then(|| Box::new(Size { layer }) as Box<dyn Exercise>)
}

fn axis(dice: &mut Dice, level: Level, operation: Operation) -> AxisSettings {
    let kernel = dice.size(2..=5);
    let plain = AxisSettings::new(dice.size(4..=16), kernel);
    if level == Level::One {
        return AxisSettings { stride: dice.size(1..=2), ..plain };
    }
    let stride = dice.size(2..=4);
    let output_padding = if operation == Operation::Transposed { dice.below(stride) } else { 0 };
    AxisSettings {
        stride,
        output_padding,
        padding: Padding::both(dice.size(1..=2).min(kernel - 1)),
        dilation: if level == Level::Three { dice.size(1..=3) } else { 1 },
        ..plain
    }
}

fn numbers(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|&extent| extent as i64).collect()
}

impl Size {
    /// A bias changes no size.
    fn call(&self) -> String {
        call(&self.layer, Bias::Present)
    }
}

impl Exercise for Size {
    fn about(&self) -> About {
        let call = self.call();
        let identity = format!("{call} {:?}", self.layer.input_shape());
        About { layer: call, identity, points: 2, data: Datum::shapes(&self.layer) }
    }

    fn passage(&self) -> Passage {
        let proved = proved(&self.layer);
        let instance = Instance::symbolic();
        let subject = Subject::new(&proved, Bias::Absent, &instance, Extent::Readable, BlockLines::Drawn);
        let facts = facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(self.call()),
            /// The shapes, channels first.
            input_shape: tuple(&self.layer.input_shape()),
            output_shape: tuple(&self.layer.output_shape()),
        };
        Passage::new("exercise/size", derivation::sizes(&subject).and(facts))
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.layer)
    }

    fn answer(&self) -> Answer {
        Answer::Tuple(numbers(&self.layer.output_shape()))
    }

    /// The shape that the textbook loops fill.
    fn by_another_road(&self) -> Option<Answer> {
        Some(Answer::Tuple(numbers(&measured_shape(&self.layer))))
    }

    fn distractors(&self) -> Vec<Distractor> {
        let channels = self.layer.output_shape()[0] as i64;
        let wrong = |wrong: SizeMisconception| {
            let size = wrong.size(&self.layer)?;
            let answer = Answer::Tuple(std::iter::once(channels).chain(size).collect());
            Some(Distractor::of(wrong, answer))
        };
        SizeMisconception::all().filter_map(wrong).collect()
    }
}
