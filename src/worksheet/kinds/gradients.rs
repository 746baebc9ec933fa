//! The gradients with respect to input, weight and bias, for given numbers.

use super::prelude::*;
use crate::algebra::Family;
use crate::doc::{Subject, backward};
use crate::instance::Instance;
use crate::misconception::GradientMisconception;
use crate::proof::differentiated;
use crate::roads::gradient::{Gradients, by_taps, by_textbook};
use crate::worksheet::drawn::{call, numbers};

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "gradients", has_choice: true, draw };

/// What the loss is differentiated with respect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Input,
    Weight,
    Bias,
}

impl Wanted {
    fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Weight => "weight",
            Self::Bias => "bias",
        }
    }

    /// The derivative with respect to it.
    fn sign(self) -> Math {
        let letter = match self {
            Self::Input => 'X',
            Self::Weight => 'W',
            Self::Bias => 'b',
        };
        Math::Partial(Box::new(letter.into()))
    }
}

#[derive(Debug)]
struct GradientExercise {
    drawn: Drawn,
    /// The gradient with respect to the output.
    g: Tensor<i64>,
    /// In the order input, weight, bias.
    wanted: &'static [Wanted],
}

/// What can be computed by hand in a few minutes.
const MOST_SUMS: usize = 16;
const MOST_PRODUCTS: usize = 28;
/// Polynomials are differentiated up to so many products; beyond, the textbook loops have to do.
const MOST_DIFFERENTIATED: usize = 16;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let operation = if dice.once_in(3) { Operation::Convolution } else { Operation::Transposed };
    let drawn = Drawn::draw(dice, scope, operation)?;
    let wanted: &[&'static [Wanted]] = match scope.level {
        Level::One => &[&[Wanted::Input], &[Wanted::Weight]],
        Level::Two => &[&[Wanted::Input], &[Wanted::Weight], &[Wanted::Weight, Wanted::Bias]],
        Level::Three => &[&[Wanted::Input], &[Wanted::Input, Wanted::Weight], &[Wanted::Weight, Wanted::Bias]],
    };
    let wanted = *dice.pick(wanted);
    let upstream: &[i64] = if scope.level == Level::One { &[1, 2, 3] } else { &[-2, -1, 1, 2, 3] };
    let g = Tensor::from_fn(&drawn.layer.output_shape(), |_| *dice.pick(upstream));
    let exercise = GradientExercise { drawn, g, wanted };
    exercise.is_worth_it().then(|| Box::new(exercise) as Box<dyn Exercise>)
}

impl GradientExercise {
    fn gradients(&self) -> Gradients<i64> {
        by_taps(&self.drawn.layer, &self.drawn.taps(), &self.drawn.x, &self.drawn.w, &self.g)
    }

    /// Short enough, and nothing that hides a mistake.
    fn is_worth_it(&self) -> bool {
        let (taps, gradients) = (self.drawn.taps(), self.gradients());
        let sums = |wanted: &Wanted| match wanted {
            Wanted::Input => gradients.input.entries().len(),
            Wanted::Weight => gradients.weight.entries().len(),
            Wanted::Bias => gradients.bias.entries().len(),
        };
        let products = taps.count() * self.wanted.iter().filter(|wanted| **wanted != Wanted::Bias).count();
        let is_constant = |tensor: &Tensor<i64>| tensor.entries().iter().all(|value| *value == tensor.entries()[0]);
        // Where every sum is a single product, nothing is added.
        let adds = |wanted: &Wanted| match wanted {
            Wanted::Input => taps.count() > gradients.input.entries().len(),
            Wanted::Weight => taps.count() > gradients.weight.entries().len(),
            Wanted::Bias => true,
        };
        let equals_its_own_turn = || gradients.weight.entries().iter().eq(gradients.weight.entries().iter().rev());
        self.wanted.iter().map(sums).sum::<usize>() <= MOST_SUMS
            && products <= MOST_PRODUCTS
            && self.g.entries().len() <= 2 * MOST_SUMS
            && self.wanted.iter().all(adds)
            && !is_constant(&self.g)
            && !is_constant(&gradients.input)
            && !equals_its_own_turn()
            && gradients.input != self.drawn.x
            && gradients.weight != self.drawn.w
    }

    fn call(&self) -> String {
        call(&self.drawn.layer, self.bias())
    }

    fn bias(&self) -> Bias {
        if self.wanted.contains(&Wanted::Bias) { Bias::Present } else { Bias::Absent }
    }

    fn answer_of(&self, gradients: &Gradients<i64>) -> Answer {
        let answer = |wanted: &Wanted| match wanted {
            Wanted::Input => Answer::tensor(wanted.sign(), &gradients.input, 1),
            Wanted::Weight => Answer::tensor(wanted.sign(), &gradients.weight, 2),
            Wanted::Bias => match gradients.bias.entries() {
                [only] => Answer::Integer(*only),
                several => Answer::Tuple(several.to_vec()),
            },
        };
        match self.wanted {
            [only] => answer(only),
            several => {
                Answer::Parts(several.iter().map(|wanted| AnswerPart::named(wanted.name(), answer(wanted))).collect())
            }
        }
    }
}

impl Exercise for GradientExercise {
    /// The same without the numbers that are not needed.
    fn about(&self) -> About {
        let needed = |wanted: &Wanted| match wanted {
            Wanted::Input => format!("{:?}", self.drawn.w),
            Wanted::Weight => format!("{:?}", self.drawn.x),
            Wanted::Bias => String::new(),
        };
        let needed: String = self.wanted.iter().map(needed).collect();
        let mut data = self.drawn.about(0).data;
        data.push(("grad_output", Datum::Tensor(self.g.clone())));
        About {
            layer: self.call(),
            identity: format!("{} {:?} {:?} {needed}", self.call(), self.wanted, self.g),
            points: self.wanted.iter().map(|wanted| if *wanted == Wanted::Bias { 1 } else { 4 }).sum(),
            data,
        }
    }

    fn passage(&self) -> Passage {
        let instance = Instance {
            output_gradient: Some(numbers(&self.g)),
            gradients: Some(self.gradients().map(|&value| value.into())),
            ..self.drawn.instance()
        };
        let wanted = |wanted: &Wanted, subject: &Subject<'_>| {
            facts! {
                /// What the loss is differentiated with respect to: `input`, `weight` or `bias`.
                of: wanted.name(),
                /// The derivative.
                sign: wanted.sign(),
                /// How it is computed.
                computed: match wanted {
                    Wanted::Input => backward::input(subject),
                    Wanted::Weight => backward::weight(subject),
                    Wanted::Bias => backward::bias(subject),
                },
            }
        };
        let facts = self.drawn.told_with(self.bias(), &instance, |subject| {
            facts! {
                /// The layer as a call in PyTorch.
                call: Fact::code(self.call()),
                /// Whether it has a bias; only then its gradient is wanted.
                has_bias: self.bias() == Bias::Present,
                /// The entries of the bias, one for each output channel.
                bias_channels: self.drawn.layer.output_shape()[0],
                /// The derivative with respect to the output, and its numbers.
                of_output: Math::Partial(Box::new('Y'.into())),
                g: Fact::displays(CellGrid::of_tensor('G', &self.g, 1).displays(Filling::All)),
                /// The gradients that are wanted, in the order input, weight, bias.
                wanted: self.wanted.iter().map(|of| wanted(of, subject)).collect::<Fact>(),
                /// Whether the gradient of the input is wanted, and whether that of the kernel is.
                asks_input: self.wanted.contains(&Wanted::Input),
                asks_weight: self.wanted.contains(&Wanted::Weight),
                /// Whether both input and kernel are needed.
                all_needed: self.wanted.contains(&Wanted::Input) && self.wanted.contains(&Wanted::Weight),
                /// Where the entries of both sides meet.
                meeting: Law::Meeting.equation(),
                /// Why a gradient is a sum of products.
                chain_rule: backward::chain_rule(subject),
            }
        });
        Passage::new("exercise/gradients", self.drawn.facts().and(facts))
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.drawn.layer)
    }

    fn answer(&self) -> Answer {
        self.answer_of(&self.gradients())
    }

    /// The textbook loops over exchanged operands; of small layers also the derivatives of the symbolic output.
    fn by_another_road(&self) -> Option<Answer> {
        let Drawn { layer, x, w } = &self.drawn;
        let second = by_textbook(layer, x, w, &self.g);
        if self.drawn.taps().count() <= MOST_DIFFERENTIATED {
            let derivatives = differentiated(layer).map(|polynomial| {
                polynomial.evaluate(|symbol| match symbol.family {
                    Family::Weight => w.entries()[symbol.index as usize],
                    Family::OutputGradient => self.g.entries()[symbol.index as usize],
                    _ => x.entries()[symbol.index as usize],
                })
            });
            if derivatives != second {
                return None;
            }
        }
        Some(self.answer_of(&second))
    }

    fn distractors(&self) -> Vec<Distractor> {
        let Drawn { layer, x, w } = &self.drawn;
        let wrong = |wrong: GradientMisconception| {
            let answer = self.answer_of(&wrong.gradients(layer, x, w, &self.g)?);
            Some(Distractor::of(wrong, answer))
        };
        GradientMisconception::all().filter_map(wrong).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Layer};

    /// `x = (1, 2)`, `w = (1, 2, 3)`, stride 2, so `y = (x0, 2 x0, 3 x0 + x1, 2 x1, 3 x1)` for this kernel.
    fn by_hand(wanted: &'static [Wanted], g: [i64; 5]) -> GradientExercise {
        let axis = AxisSettings { stride: 2, ..AxisSettings::new(2, 3) };
        let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).expect("possible");
        let (x, w) = (Tensor::new(vec![1, 2], vec![1, 2]), Tensor::new(vec![1, 1, 3], vec![1, 2, 3]));
        GradientExercise { drawn: Drawn { layer, x, w }, g: Tensor::new(vec![1, 5], g.to_vec()), wanted }
    }

    #[test]
    fn the_gradients_of_a_layer_computed_by_hand() {
        let exercise = by_hand(&[Wanted::Input, Wanted::Weight, Wanted::Bias], [1, 2, 3, 4, 5]);
        let Answer::Parts(parts) = exercise.answer() else { panic!("three are wanted") };
        let numbers = |part: &AnswerPart| match &part.answer {
            Answer::Grid(grid) => grid.cells.iter().map(|cell| cell.value.text()).collect::<Vec<_>>().join(" "),
            Answer::Integer(sum) => sum.to_string(),
            other => panic!("{other:?}"),
        };
        // 1*1 + 2*2 + 3*3 and 1*3 + 2*4 + 3*5; then 1*1 + 2*3, 1*2 + 2*4, 1*3 + 2*5; then the sum of G.
        assert_eq!(parts.iter().map(numbers).collect::<Vec<_>>(), ["14 26", "7 10 13", "15"]);
        assert_eq!(exercise.by_another_road(), Some(exercise.answer()));
    }

    #[test]
    fn what_hides_a_mistake_or_is_too_long_is_drawn_again() {
        assert!(by_hand(&[Wanted::Weight], [1, 2, 3, 4, 5]).is_worth_it());
        assert!(!by_hand(&[Wanted::Weight], [1; 5]).is_worth_it(), "G is 1 everywhere: it can be forgotten");
        assert!(!by_hand(&[Wanted::Weight], [1, 2, 3, 4, 2]).is_worth_it(), "7, 10, 7 is its own flip");
        assert!(!by_hand(&[Wanted::Input], [4, 2, 4, 2, 4]).is_worth_it(), "both inputs get 20");
    }

    #[test]
    fn only_where_a_kernel_was_turned_is_it_said_to_have_been() {
        use crate::geometry::Operation::{Convolution, Transposed};
        let said = |operation: Operation, wanted: &'static [Wanted]| {
            let axis = AxisSettings::new(4, 2);
            let layer = Layer::new(operation, vec![axis], ChannelSettings::default()).expect("possible");
            let tensor = |shape: Vec<usize>| Tensor::from_fn(&shape, |flat| flat as i64 + 1);
            let (x, w) = (tensor(layer.input_shape()), tensor(layer.weight_shape()));
            let g = tensor(layer.output_shape());
            let exercise = GradientExercise { drawn: Drawn { layer, x, w }, g, wanted };
            let told = exercise.passage().told(&crate::templates::Templates::built_in()).unwrap();
            format!("{:?}", told.prose("feedback gradient-rotated"))
        };
        assert!(said(Convolution, &[Wanted::Input]).contains("transposed matrix turns the kernel by itself"));
        assert!(said(Transposed, &[Wanted::Input]).contains("nothing is turned"));
        for operation in [Convolution, Transposed] {
            let about_weight = said(operation, &[Wanted::Weight, Wanted::Bias]);
            assert!(!about_weight.contains("matrix") && about_weight.contains("reversed"), "{about_weight}");
            assert!(said(operation, &[Wanted::Input, Wanted::Weight]).contains("reversed"));
        }
    }

    #[test]
    fn numbers_that_are_not_needed_make_no_new_exercise() {
        let first = by_hand(&[Wanted::Input], [1, 2, 3, 4, 5]);
        let mut second = by_hand(&[Wanted::Input], [1, 2, 3, 4, 5]);
        second.drawn.x.entries_mut()[0] = 5;
        assert_eq!(first.about().identity, second.about().identity);
        second.g.entries_mut()[0] = 5;
        assert_ne!(first.about().identity, second.about().identity);
    }
}
