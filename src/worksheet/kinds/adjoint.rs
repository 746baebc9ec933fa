//! The adjoint, checked by hand: `<W~ x, z> = <x, W~^T z>`.

use super::prelude::*;
use crate::doc::{Notation, factor};
use crate::matrix::{Side, product};
use crate::roads::gradient::by_textbook;
use crate::taps::{Link, Tap, Taps};
use crate::worksheet::weight_places::WeightPlaces;

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "adjoint", has_choice: true, draw };

#[derive(Debug)]
struct Adjoint {
    /// A convolution with its input X, on the big side.
    drawn: Drawn,
    /// Any tensor on the small side.
    z: Tensor<i64>,
}

/// What can be computed by hand in a few minutes.
const MOST_CELLS: usize = 18;
const MOST_PRODUCTS: usize = 20;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let drawn = Drawn::draw(dice, scope, Operation::Convolution)?;
    let values: &[i64] = if scope.level == Level::One { &[1, 2, 3] } else { &[-2, -1, 1, 2, 3] };
    let z = Tensor::from_fn(&drawn.layer.output_shape(), |_| *dice.pick(values));
    let exercise = Adjoint { drawn, z };
    exercise.is_worth_it().then(|| Box::new(exercise) as Box<dyn Exercise>)
}

fn inner(left: &Tensor<i64>, right: &Tensor<i64>) -> i64 {
    pairs(left, right).iter().map(|(left, right)| left * right).sum()
}

fn pairs(left: &Tensor<i64>, right: &Tensor<i64>) -> Vec<(i64, i64)> {
    left.entries().iter().copied().zip(right.entries().iter().copied()).collect()
}

/// `<W~ x~, z~>`
fn left_side() -> Math {
    let image = row![Name::Tilde('W'), Name::Tilde('x')];
    Math::InnerProduct(Box::new(image), Box::new(Name::Tilde('z').into()))
}

/// `<x~, W~^T z~>`
fn right_side() -> Math {
    let image = row![Name::TildeTransposed('W'), Name::Tilde('z')];
    Math::InnerProduct(Box::new(Name::Tilde('x').into()), Box::new(image))
}

impl Adjoint {
    /// `W~ x`, in the shape of Z.
    fn u(&self) -> Tensor<i64> {
        let Drawn { layer, x, w } = &self.drawn;
        Tensor::new(layer.output_shape(), product(&self.drawn.taps(), w.entries(), x.entries(), Side::Small))
    }

    /// `W~^T z`, in the shape of X.
    fn v(&self) -> Tensor<i64> {
        let Drawn { layer, w, .. } = &self.drawn;
        Tensor::new(layer.input_shape(), product(&self.drawn.taps(), w.entries(), self.z.entries(), Side::Big))
    }

    /// Short enough, and no result that says nothing.
    fn is_worth_it(&self) -> bool {
        let (u, v) = (self.u(), self.v());
        let cells = u.entries().len() + v.entries().len();
        let is_constant = |tensor: &Tensor<i64>| tensor.entries().iter().all(|value| *value == tensor.entries()[0]);
        // Where no input is read twice, nothing is added on the way back.
        let adds = self.drawn.taps().count() > v.entries().len();
        cells <= MOST_CELLS
            && adds
            && self.drawn.taps().count() <= MOST_PRODUCTS
            && self.z.shape()[1..].iter().product::<usize>() > 1
            && !is_constant(&self.z)
            && !is_constant(&u)
            && u != self.z
            && v != self.drawn.x
            && inner(&u, &self.z) != 0
    }

    fn answer_of(&self, u: &Tensor<i64>, v: &Tensor<i64>) -> Answer {
        Self::told(u, v, (inner(u, &self.z), inner(&self.drawn.x, v)))
    }

    fn told(u: &Tensor<i64>, v: &Tensor<i64>, (left, right): (i64, i64)) -> Answer {
        Answer::Parts(vec![
            AnswerPart::named("forward", Answer::tensor('U', u, 1)),
            AnswerPart::named("backward", Answer::tensor('V', v, 1)),
            AnswerPart::named("left", Answer::Integer(left)),
            AnswerPart::named("right", Answer::Integer(right)),
        ])
    }

    /// One equation for each entry of a product with the matrix.
    fn equations(&self, name: impl Fn(usize) -> Math, of: Side) -> Math {
        let taps = self.drawn.taps();
        let (taps, vector) = match of {
            Side::Small => (taps, &self.drawn.x),
            Side::Big => (taps.transposed(), &self.z),
        };
        let line = |row: usize| {
            let factors =
                |link: Link| (self.drawn.w.entries()[link.weight as usize], vector.entries()[link.column as usize]);
            (name(row), sum_of_products(&taps.row(row).into_iter().map(factors).collect::<Vec<_>>()))
        };
        Math::Aligned((0..taps.rows()).map(line).collect())
    }

    /// W~ with its numbers.
    fn matrix(&self) -> Math {
        WeightPlaces::of(&self.drawn.layer).grid(|weight| self.drawn.w.entries()[weight].into()).into()
    }
}

/// `2 * 3 + 1 * (-1) = 5`, without the left side.
fn sum_of_products(products: &[(i64, i64)]) -> Math {
    let term = |&(left, right): &(i64, i64)| row![factor(left.into()), Times, factor(right.into())];
    let value: i64 = products.iter().map(|(left, right)| left * right).sum();
    match products {
        [] => row![Equals, 0_usize],
        _ => row![Equals, Math::Sum(products.iter().map(term).collect()), Equals, value],
    }
}

impl Exercise for Adjoint {
    fn about(&self) -> About {
        let mut about = self.drawn.about(6);
        about.data.push(("z", Datum::Tensor(self.z.clone())));
        About { identity: format!("{} {:?}", about.identity, self.z), ..about }
    }

    fn passage(&self) -> Passage {
        let notation = Notation::of(&self.drawn.layer);
        let (u, v) = (self.u(), self.v());
        let facts = facts! {
            /// Z, in numbers.
            z: Fact::displays(CellGrid::of_tensor('Z', &self.z, 1).displays(Filling::All)),
            /// The two inner products, of W~ x~ with z~ and of x~ with W~^T z~.
            left_side: left_side(),
            right_side: right_side(),
            /// The entries on the small side and on the big one.
            outputs: self.z.entries().len(),
            inputs: self.drawn.x.entries().len(),
            /// W~ in numbers.
            matrix: row![Name::Tilde('W'), Equals, self.matrix()],
            /// W~ x~ entry by entry, and W~^T z~.
            forward: self.equations(|flat| notation.on_output_side('u', flat), Side::Small),
            backward: self.equations(|flat| notation.on_input_side('v', flat), Side::Big),
            /// Both inner products, computed.
            inner_products: Math::Aligned(vec![
                (left_side(), sum_of_products(&pairs(&u, &self.z))),
                (right_side(), sum_of_products(&pairs(&self.drawn.x, &v))),
            ]),
        };
        Passage::new("exercise/adjoint", self.drawn.facts().and(facts))
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.drawn.layer)
    }

    fn answer(&self) -> Answer {
        self.answer_of(&self.u(), &self.v())
    }

    /// Wrong on both ways alike: the inner products agree, so comparing them gives nothing away.
    fn distractors(&self) -> Vec<Distractor> {
        let Drawn { layer, x, w } = &self.drawn;
        let products = |taps: &Taps, w: &[i64]| {
            let u = Tensor::new(layer.output_shape(), product(taps, w, x.entries(), Side::Small));
            let v = Tensor::new(layer.input_shape(), product(taps, w, self.z.entries(), Side::Big));
            self.answer_of(&u, &v)
        };
        let cells: usize = layer.weight_shape()[2..].iter().product();
        let flipped: Vec<i64> = w.entries().chunks(cells).flat_map(|kernel| kernel.iter().rev().copied()).collect();
        let turned = Distractor::of(Misconception::FlippedConvolution, products(&self.drawn.taps(), &flipped));
        let elsewhere = |wrong: Misconception| Some(Distractor::of(wrong, products(&wrong.taps(layer)?, w.entries())));
        std::iter::once(turned).chain(Misconception::all().filter_map(elsewhere)).collect()
    }

    /// The textbook loops of both operations, and the sum of `z w x` over the taps for the inner products.
    fn by_another_road(&self) -> Option<Answer> {
        let Drawn { layer, x, w } = &self.drawn;
        let (x, w, z) = (x.entries(), w.entries(), self.z.entries());
        let product = |tap: Tap| z[tap.row as usize] * w[tap.weight as usize] * x[tap.column as usize];
        let both: i64 = self.drawn.taps().iter().map(product).sum();
        // The transposed convolution of z is what carries a gradient z back to the input.
        let back = by_textbook(layer, &self.drawn.x, &self.drawn.w, &self.z).input;
        Some(Self::told(&self.drawn.output(), &back, (both, both)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Layer};

    /// W~ = [1 2 0; 0 1 2]
    fn by_hand(x: [i64; 3], z: [i64; 2]) -> Adjoint {
        let layer = Layer::new(Operation::Convolution, vec![AxisSettings::new(3, 2)], ChannelSettings::default());
        let (x, w) = (Tensor::new(vec![1, 3], x.to_vec()), Tensor::new(vec![1, 1, 2], vec![1, 2]));
        let drawn = Drawn { layer: layer.expect("possible"), x, w };
        Adjoint { drawn, z: Tensor::new(vec![1, 2], z.to_vec()) }
    }

    #[test]
    fn an_adjoint_checked_by_hand() {
        let exercise = by_hand([1, 2, 4], [3, 1]);
        assert_eq!(exercise.u().entries(), [5, 10]);
        assert_eq!(exercise.v().entries(), [3, 7, 2]);
        let Answer::Parts(parts) = exercise.answer() else { panic!("four things are asked for") };
        assert_eq!((&parts[2].answer, &parts[3].answer), (&Answer::Integer(25), &Answer::Integer(25)));
        assert_eq!(exercise.by_another_road(), Some(exercise.answer()));
        assert!(exercise.is_worth_it());
    }

    #[test]
    fn results_that_say_nothing_are_drawn_again() {
        assert!(!by_hand([1, 2, 4], [2, -1]).is_worth_it(), "the inner products are 0");
        assert!(!by_hand([1, 2, 4], [1, 1]).is_worth_it(), "Z is constant");
        assert!(!by_hand([1, 1, 1], [1, 2]).is_worth_it(), "U is constant");
        assert!(!by_hand([1, 2, 4], [5, 10]).is_worth_it(), "Z is the output of X");
    }
}
