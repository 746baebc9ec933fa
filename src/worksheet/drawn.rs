//! A small layer with small integers in it, as most exercises draw one.

use super::exercise::{About, Datum, Level, Scope};
use crate::algebra::{Dice, Number};
use crate::doc::{BlockLines, Extent, Fact, Facts, Math, Subject, Written, facts};
use crate::framework::{Call, pytorch_call};
use crate::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation, Padding};
use crate::instance::Instance;
use crate::proof::{Model, Proved};
use crate::roads::{by_slabs, by_textbook};
use crate::taps::Taps;
use crate::tensor::Tensor;

/// A layer, its input and its weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The layer; one that PyTorch has.
    pub layer: Layer,
    /// The input.
    pub x: Tensor<i64>,
    /// The weight, in PyTorch's layout.
    pub w: Tensor<i64>,
}

impl Drawn {
    /// A layer of the scope with numbers; none if the layer is impossible or trivial, or the kernel is its own flip.
    pub fn draw(dice: &mut Dice, scope: Scope, operation: Operation) -> Option<Self> {
        let layer = small_layer(dice, scope, operation)?;
        let x = Tensor::from_fn(&layer.input_shape(), |_| dice.integer(1..=5));
        // A weight 0 would hide a mistake.
        let weights: &[i64] = if scope.level == Level::One { &[1, 2, 3, 4] } else { &[-3, -2, -1, 1, 2, 3, 4] };
        let w = Tensor::from_fn(&layer.weight_shape(), |_| *dice.pick(weights));
        let drawn = Self { layer, x, w };
        (drawn.is_telling()).then_some(drawn)
    }

    /// A kernel that equals its flip hides the most important step; one of zeros and a constant input hide everything.
    fn is_telling(&self) -> bool {
        let cells: usize = self.layer.weight_shape()[2..].iter().product();
        let is_own_flip = |kernel: &[i64]| kernel.iter().eq(kernel.iter().rev());
        let first = self.x.entries()[0];
        !self.w.entries().chunks(cells).any(is_own_flip) && self.x.entries().iter().any(|&value| value != first)
    }

    /// Whether the cells of the kernel lie apart on some axis.
    #[must_use]
    pub(crate) fn is_dilated(&self) -> bool {
        self.layer.settings().iter().any(|axis| axis.dilation > 1)
    }

    /// Whether there is padding on some axis.
    #[must_use]
    pub(crate) fn is_padded(&self) -> bool {
        self.layer.settings().iter().any(|axis| axis.padding.begin > 0)
    }

    /// The output, by the textbook loops.
    #[must_use]
    pub fn output(&self) -> Tensor<i64> {
        by_textbook(&self.layer, &self.x, &self.w)
    }

    /// The output, by the matrix.
    #[must_use]
    pub(crate) fn output_by_matrix(&self) -> Tensor<i64> {
        by_slabs(&self.layer, &self.taps(), &self.x, &self.w)
    }

    /// The taps, rows on the small side.
    ///
    /// # Panics
    /// Never: a drawn layer is small.
    #[must_use]
    pub fn taps(&self) -> Taps {
        taps(&self.layer)
    }

    /// The taps, rows on the side of the output.
    #[must_use]
    pub fn output_taps(&self) -> Taps {
        match self.layer.operation() {
            Operation::Convolution => self.taps(),
            Operation::Transposed => self.taps().transposed(),
        }
    }

    /// The layer as a call in PyTorch.
    ///
    /// # Panics
    /// Never: only layers that PyTorch has are drawn.
    #[must_use]
    pub fn call(&self) -> String {
        call(&self.layer, Bias::Absent)
    }

    /// Tells something about the layer and its numbers, the output included.
    pub fn told<R>(&self, tell: impl FnOnce(&Subject<'_>) -> R) -> R {
        let output = Some(numbers(&self.output()));
        self.told_with(Bias::Absent, &Instance { output, ..self.instance() }, tell)
    }

    /// Input and weight as numbers of a document.
    pub(super) fn instance(&self) -> Instance {
        Instance { weight: Some(numbers(&self.w)), input: Some(numbers(&self.x)), ..Instance::default() }
    }

    /// Tells something about the layer with these numbers.
    pub(super) fn told_with<R>(&self, bias: Bias, instance: &Instance, tell: impl FnOnce(&Subject<'_>) -> R) -> R {
        tell(&Subject::new(&proved(&self.layer), bias, instance, Extent::Readable, BlockLines::Drawn))
    }

    /// Input and kernel, with their numbers.
    fn operands(&self) -> Vec<Math> {
        self.told_with(Bias::Absent, &self.instance(), |subject| subject.operands(Written::Numbers))
    }

    /// What every text about a layer with its numbers may ask for; `exercise/given.md` tells it.
    pub(super) fn facts(&self) -> Facts {
        facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(self.call()),
            /// X and W, in numbers.
            tensors: Fact::displays(self.operands()),
        }
        .and(layer_facts(&self.layer))
    }

    /// What an exercise is about that asks for something of the layer with these numbers.
    #[must_use]
    pub fn about(&self, points: u32) -> About {
        let numbers = [("input", Datum::Tensor(self.x.clone())), ("weight", Datum::Tensor(self.w.clone()))];
        About {
            layer: self.call(),
            identity: format!("{} {:?} {:?}", self.call(), self.x, self.w),
            points,
            data: [numbers.to_vec(), Datum::shapes(&self.layer)].concat(),
        }
    }
}

/// A tensor as numbers of a document.
pub(super) fn numbers(tensor: &Tensor<i64>) -> Tensor<Number> {
    tensor.map(|&value| value.into())
}

/// The layer as a call in PyTorch.
///
/// # Panics
/// When the padding differs at the two ends, which no exercise draws.
pub(super) fn call(layer: &Layer, bias: Bias) -> String {
    pytorch_call(layer, bias).expect("the padding of an exercise is the same at both ends").to_string()
}

/// The layer's output shape once more: the textbook loops compute no size, they fill a buffer and cut it. As no axis
/// knows of another, one at a time is enough.
pub(super) fn measured_shape(layer: &Layer) -> Vec<usize> {
    let length = |axis: &AxisSettings| {
        let line = Layer::new(layer.operation(), vec![*axis], ChannelSettings::default());
        let line = line.expect("an axis of a possible layer is possible");
        let zeros = |shape: Vec<usize>| Tensor::from_fn(&shape, |_| 0_i64);
        by_textbook(&line, &zeros(line.input_shape()), &zeros(line.weight_shape())).shape()[1]
    };
    std::iter::once(layer.channel_settings().output).chain(layer.settings().iter().map(length)).collect()
}

/// The taps of the layer, rows on the small side.
///
/// # Panics
/// Never: a drawn layer is small.
pub(super) fn taps(layer: &Layer) -> Taps {
    Taps::of(layer.geometry()).expect("a drawn layer is small")
}

/// The layer of an exercise, with the taps identity proved: what its sentences and formulas are made of.
///
/// # Panics
/// Never: a drawn layer is small, and the identity holds for every layer.
pub(super) fn proved(layer: &Layer) -> Proved {
    let model = Model::of(layer.clone()).expect("a drawn layer is small");
    model.prove_by_taps().expect("the taps identity holds for every layer")
}

/// A shape, or the index of a place, as it is printed.
pub(super) fn tuple(numbers: &[usize]) -> Math {
    Math::Tuple(numbers.iter().map(|&number| number as i64).collect())
}

/// What every text about a layer may ask for.
pub(super) fn layer_facts(layer: &Layer) -> Facts {
    let channels = layer.geometry().channels();
    facts! {
        /// Whether the layer is a transposed convolution.
        transposed: layer.operation() == Operation::Transposed,
        /// Its spatial dimensions.
        dimensions: layer.dimensions(),
        /// Whether there are several channels on either side, so that entries have channel indices.
        has_channels: channels.small() > 1 || channels.big() > 1,
    }
}

/// A layer small enough for paper. None if it is impossible or has nothing of what its level asks for.
pub(super) fn small_layer(dice: &mut Dice, scope: Scope, operation: Operation) -> Option<Layer> {
    let dimensions = scope.dimensions(dice);
    let mut axes = vec![axis(dice, scope.level, operation, dimensions); dimensions];
    let mut channels = ChannelSettings::default();
    if scope.level == Level::Three {
        // One thing more than level 2, sometimes two.
        let things = if dimensions == 1 { 2 } else { 3 };
        for _ in 0..dice.size(1..=2) {
            match dice.below(things) {
                0 => axes.iter_mut().for_each(|axis| (axis.dilation, axis.kernel) = (2, 2)),
                1 if dice.once_in(2) => channels.input = 2,
                1 => channels.output = 2,
                _ => axes[1] = axis(dice, scope.level, operation, dimensions),
            }
        }
        let dilated = axes.iter().any(|axis| axis.dilation > 1);
        let uneven = axes.iter().any(|axis| *axis != axes[0]);
        if !(dilated || uneven || channels != ChannelSettings::default()) {
            return None;
        }
    }
    if scope.level != Level::One && axes.iter().all(|axis| axis.padding.begin == 0 && axis.stride == 1) {
        return None;
    }
    Layer::new(operation, axes, channels).ok()
}

/// The layer of one channel whose axes are all alike, if it is possible.
pub(super) fn uniform_layer(operation: Operation, axis: AxisSettings, dimensions: usize) -> Option<Layer> {
    Layer::new(operation, vec![axis; dimensions], ChannelSettings::default()).ok()
}

/// Numbers, one after the other: `0, 1, 2`.
pub(super) fn listed<T: ToString>(numbers: impl IntoIterator<Item = T>) -> String {
    numbers.into_iter().map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

/// A call of one input and one output channel, with numbers or letters for its arguments: what is looked for is a letter,
/// and what has its default is left out.
pub(super) fn call_with_letters(
    operation: Operation,
    dimensions: usize,
    kernel: &str,
    arguments: &[(&str, Option<char>, usize, usize)],
) -> Call {
    let call = Call::of(operation, dimensions).with(1).with(1).with(kernel);
    arguments.iter().fold(call, |call, &(argument, letter, number, default)| match letter {
        Some(letter) => call.keyword(argument, letter),
        None => call.keyword_unless(default, argument, number),
    })
}

/// The layer with another input length on one axis, if it is possible.
pub(super) fn with_length(layer: &Layer, axis: usize, input: usize) -> Option<Layer> {
    let mut axes = layer.settings().to_vec();
    axes[axis].input = input;
    Layer::new(layer.operation(), axes, layer.channel_settings()).ok()
}

fn axis(dice: &mut Dice, level: Level, operation: Operation, dimensions: usize) -> AxisSettings {
    let longest = if dimensions == 1 { 4 } else { 3 };
    let kernel = dice.size(2..=3);
    let input = match operation {
        Operation::Transposed => dice.size(2..=longest),
        Operation::Convolution => dice.size(longest..=longest + 2),
    };
    let plain = AxisSettings::new(input, kernel);
    if level == Level::One {
        return AxisSettings { stride: dice.size(1..=2), ..plain };
    }
    let stride = dice.size(1..=3);
    let padding = Padding::both(dice.size(0..=kernel - 1));
    let output_padding = match operation {
        Operation::Transposed => dice.below(stride),
        Operation::Convolution => 0,
    };
    AxisSettings { stride, padding, output_padding, ..plain }
}
