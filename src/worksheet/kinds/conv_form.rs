//! The equivalent convolution of a transposed one: its zeros, its padding, its kernel and its input.

use super::prelude::*;
use crate::doc::derivation;
use crate::roads::rewritten::ZeroInsertion;
use crate::roads::textbook::{Sliding, convolution};
use crate::tensor::{ravel, unravel};

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "conv-form", has_choice: true, draw };

#[derive(Debug)]
struct ConvForm {
    drawn: Drawn,
}

/// Larger inputs are more writing and no more thinking.
const MOST_CELLS: usize = 64;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let mut exercise = ConvForm { drawn: Drawn::draw(dice, scope, Operation::Transposed)? };
    let axes = exercise.drawn.layer.settings();
    if scope.level == Level::One && axes.iter().all(|axis| axis.stride == 1) && !dice.once_in(4) {
        return None;
    }
    if scope.level != Level::One && dice.once_in(4) {
        exercise.drawn.layer = cutting(&exercise.drawn.layer)?;
    }
    let EquivalentConvolution { x, w, .. } = exercise.rewritten();
    let is_short = x.entries().len() <= MOST_CELLS && w.entries().len() <= 18;
    // Where the layer's padding takes all zeros away, the input stays as it was.
    let is_spread = x.shape() != exercise.drawn.x.shape();
    (is_short && is_spread).then(|| Box::new(exercise) as Box<dyn Exercise>)
}

/// The layer with a padding so wide that a cell of the zero-inserted input is cut off at the start of every axis; none
/// if nothing is left then.
fn cutting(layer: &Layer) -> Option<Layer> {
    let cut =
        |axis: &AxisSettings| AxisSettings { padding: Padding::both(axis.dilation * (axis.kernel - 1) + 1), ..*axis };
    let axes = layer.settings().iter().map(cut).collect();
    Layer::new(layer.operation(), axes, layer.channel_settings()).ok()
}

/// What is asked for: the numbers of zeros by axis, and the operands.
struct EquivalentConvolution {
    between: Vec<i64>,
    before: Vec<i64>,
    after: Vec<i64>,
    x: Tensor<i64>,
    w: Tensor<i64>,
}

impl EquivalentConvolution {
    /// As a rewriting, right or wrong, has it.
    fn of(drawn: &Drawn, rewriting: &ZeroInsertion) -> Self {
        let (before, after) = rewriting.padding.iter().copied().unzip();
        Self {
            between: rewriting.strides.iter().map(|&stride| stride as i64 - 1).collect(),
            before,
            after,
            x: rewriting.operand(&drawn.x, &0, &0),
            w: rewriting.kernel(&drawn.w),
        }
    }

    /// By the rule for PyTorch's parameters: `s - 1`, `d (k - 1) - p` and `d (k - 1) - p + o` zeros, so that input `i` lies
    /// in cell `d (k - 1) - p + s i`; none if no cell is left. The kernel is read backwards.
    fn by_rule(drawn: &Drawn) -> Option<Self> {
        let Drawn { layer, x, w } = drawn;
        let by_axis = |number: fn(&AxisSettings) -> i64| layer.settings().iter().map(number).collect::<Vec<i64>>();
        let before = by_axis(|axis| (axis.dilation * (axis.kernel - 1)) as i64 - axis.padding.begin as i64);
        let output_padding = by_axis(|axis| axis.output_padding as i64);
        let after: Vec<i64> = before.iter().zip(output_padding).map(|(before, o)| before + o).collect();
        let mut shape = vec![x.shape()[0]];
        for (axis, (before, after)) in layer.settings().iter().zip(before.iter().zip(&after)) {
            shape.push(usize::try_from(((axis.input - 1) * axis.stride + 1) as i64 + before + after).ok()?);
        }
        let in_cell = |flat: usize| {
            let mut index = unravel(&shape, flat);
            for ((place, axis), before) in index[1..].iter_mut().zip(layer.settings()).zip(&before) {
                let distance = usize::try_from(*place as i64 - before).ok()?;
                *place = distance / axis.stride;
                if distance % axis.stride != 0 || *place >= axis.input {
                    return None;
                }
            }
            Some(x.entries()[ravel(x.shape(), &index)])
        };
        let (inputs, outputs, cells) = (w.shape()[0], w.shape()[1], w.shape()[2..].iter().product::<usize>());
        let backwards = |flat: usize| {
            let (output, input) = (flat / cells / inputs, flat / cells % inputs);
            w.entries()[(input * outputs + output) * cells + cells - 1 - flat % cells]
        };
        Some(Self {
            between: by_axis(|axis| axis.stride as i64 - 1),
            x: Tensor::from_fn(&shape, |flat| in_cell(flat).unwrap_or(0)),
            w: Tensor::from_fn(&[&[outputs, inputs], &w.shape()[2..]].concat(), backwards),
            before,
            after,
        })
    }

    fn told(&self) -> Answer {
        // One number if all axes share it, else one for each.
        let by_axis = |values: &[i64]| match values {
            [first, rest @ ..] if rest.iter().all(|value| value == first) => Answer::Integer(*first),
            _ => Answer::Tuple(values.to_vec()),
        };
        Answer::Parts(vec![
            AnswerPart::named("between", by_axis(&self.between)),
            AnswerPart::named("before", by_axis(&self.before)),
            AnswerPart::named("after", by_axis(&self.after)),
            AnswerPart::named("kernel", Answer::tensor(Name::Primed('W'), &self.w, 2)),
            AnswerPart::named("input", Answer::tensor(Name::Primed('X'), &self.x, 1)),
        ])
    }
}

impl ConvForm {
    fn rewritten(&self) -> EquivalentConvolution {
        EquivalentConvolution::of(&self.drawn, &ZeroInsertion::of(self.drawn.layer.geometry()))
    }

    fn is_uneven(&self) -> bool {
        let axes = self.drawn.layer.settings();
        axes.iter().any(|axis| *axis != axes[0])
    }
}

impl Exercise for ConvForm {
    fn about(&self) -> About {
        self.drawn.about(6)
    }

    fn passage(&self) -> Passage {
        let facts = facts! {
            /// Whether the cells of the kernel lie apart on some axis.
            is_dilated: self.drawn.is_dilated(),
            /// Whether there is padding, so that cells may be cut off.
            is_padded: self.drawn.is_padded(),
            /// Whether height and width differ in anything.
            is_uneven: self.is_uneven(),
            /// How many zeros go to either side without padding.
            reach: Law::Reach,
            /// How the layer is rewritten.
            derivation: self.drawn.told(|subject| Passage::new("derivation/conv-form", derivation::conv_form(subject))),
        };
        Passage::new("exercise/conv-form", self.drawn.facts().and(facts))
    }

    /// The input follows from the numbers, and five of them would fill a page.
    fn offered(&self, answer: &Answer) -> Answer {
        answer.parts(..4)
    }

    fn distractors(&self) -> Vec<Distractor> {
        let Drawn { layer, x, w } = &self.drawn;
        Distractor::all(|rule: Misconception| {
            let rewriting = rule.rewriting(layer)?;
            // Nobody slides a kernel over an input that is shorter.
            rewriting.output_shape(x.shape(), w.shape())?;
            Some(EquivalentConvolution::of(&self.drawn, &rewriting).told())
        })
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.drawn.layer)
    }

    fn answer(&self) -> Answer {
        self.rewritten().told()
    }

    /// The numbers by the rule for PyTorch's parameters, and tensors filled cell by cell; the textbook convolution over
    /// them is the textbook transposed convolution.
    fn by_another_road(&self) -> Option<Answer> {
        let layer = &self.drawn.layer;
        let by_rule = EquivalentConvolution::by_rule(&self.drawn)?;
        let sliding: Vec<Sliding> =
            layer.settings().iter().map(|axis| Sliding { dilation: axis.dilation, ..Sliding::PLAIN }).collect();
        let output: Tensor<i64> = convolution(&by_rule.x, &by_rule.w, &sliding, 1);
        (output == self.drawn.output()).then(|| by_rule.told())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::Templates;
    use crate::worksheet::Confirmed;

    /// How many of the exercises drawn at a level cut cells off, how many speak of it, and how many there are.
    fn counts(level: Level) -> (usize, usize, usize) {
        let (mut dice, templates) = (Dice::new(5), Templates::built_in());
        let scope = Scope { level, dimensions: None };
        let cuts = |exercise: &Confirmed| match exercise.key() {
            Answer::Parts(parts) => match &parts[1].answer {
                Answer::Integer(before) => *before < 0,
                Answer::Tuple(before) => before.iter().any(|&before| before < 0),
                _ => false,
            },
            _ => false,
        };
        let mut counts = (0, 0, 0);
        for exercise in (0..1000).filter_map(|_| draw(&mut dice, scope)) {
            let exercise = Confirmed::of(exercise).expect("two roads agree");
            let question = exercise.text(&templates).expect("built in").question;
            counts.0 += usize::from(cuts(&exercise));
            counts.1 += usize::from(format!("{question:?}").contains("cut off"));
            counts.2 += 1;
        }
        counts
    }

    #[test]
    fn cells_are_cut_off_where_the_question_speaks_of_it() {
        let (cuts, speaks, _) = counts(Level::One);
        assert_eq!((cuts, speaks), (0, 0), "there is no padding");
        for level in [Level::Two, Level::Three] {
            let (cuts, speaks, all) = counts(level);
            assert!(20 * cuts > all && speaks > cuts, "{cuts} of {speaks} of {all}");
        }
    }
}
