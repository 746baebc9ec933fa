//! One entry of the output: its sum in symbols, and its value.

use super::prelude::*;
use crate::algebra::{Family, Polynomial};
use crate::doc::explanation::{View, explain_entry_by};
use crate::doc::{Notation, Written};
use crate::proof::{spelled, symbols};
use crate::roads::by_textbook;
use crate::tensor::{ravel, unravel};
use crate::worksheet::Expression;
use crate::worksheet::windows::Windows;

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "entry", has_choice: true, draw };

#[derive(Debug)]
struct OneEntry {
    drawn: Drawn,
    /// Flat index in the output.
    at: usize,
    view: View,
}

/// A sum of more products is no better exercise.
const MOST_PRODUCTS: usize = 9;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let operation = if dice.once_in(4) { Operation::Convolution } else { Operation::Transposed };
    let drawn = Drawn::draw(dice, scope, operation)?;
    let taps = drawn.output_taps();
    let at = dice.below(taps.rows());
    let products = taps.row_length(at);
    let view = *dice.pick(&[View::Row, View::Distribution, View::Collection, View::Indices]);
    let exercise = OneEntry { drawn, at, view };
    let is_worth_it = taps.rows() > 1 && (2..=MOST_PRODUCTS).contains(&products) && exercise.value() != 0;
    // A single input or weight in every product would tell nothing of indices.
    (is_worth_it && (scope.level == Level::One || products > 2 || dice.once_in(2)))
        .then(|| Box::new(exercise) as Box<dyn Exercise>)
}

impl OneEntry {
    fn value(&self) -> i64 {
        let links = self.drawn.output_taps().row(self.at);
        let (w, x) = (self.drawn.w.entries(), self.drawn.x.entries());
        links.iter().map(|link| w[link.weight as usize] * x[link.column as usize]).sum()
    }

    /// The sum, read off the row of the matrix.
    fn sum(&self) -> Polynomial {
        let mut sum = Polynomial::default();
        for link in self.drawn.output_taps().row(self.at) {
            let product =
                &Polynomial::symbol(Family::Weight, link.weight) * &Polynomial::symbol(Family::Input, link.column);
            sum += product;
        }
        sum
    }

    /// A sum with the numbers put in.
    fn value_of(&self, sum: &Polynomial) -> i64 {
        let (w, x) = (self.drawn.w.entries(), self.drawn.x.entries());
        sum.evaluate(|symbol| match symbol.family {
            Family::Weight => w[symbol.index as usize],
            _ => x[symbol.index as usize],
        })
    }

    fn name(&self) -> Math {
        Notation::of(&self.drawn.layer).output(self.at)
    }

    fn of_sum(&self, sum: &Polynomial, value: i64) -> Answer {
        let shown = self.drawn.told(|subject| subject.polynomial(sum, Written::Symbols));
        let text = spelled(&self.drawn.layer, sum);
        Answer::Parts(vec![
            AnswerPart::named("sum", Answer::Expression(Expression { shown, text })),
            AnswerPart::named("value", Answer::Integer(value)),
        ])
    }

    /// Whether the window of a plain convolution is looked at.
    fn is_by_window(&self) -> bool {
        self.drawn.layer.operation() == Operation::Convolution
            && matches!(self.view, View::Distribution | View::Collection)
    }

    fn index(&self) -> Vec<usize> {
        unravel(&self.drawn.layer.output_shape(), self.at)
    }
}

impl Exercise for OneEntry {
    fn about(&self) -> About {
        let mut about = self.drawn.about(3);
        about.data.push(("asked", Datum::tuple(&self.index())));
        About { identity: format!("{} {}", about.identity, self.at), ..about }
    }

    fn passage(&self) -> Passage {
        let is_by_window = self.is_by_window();
        let facts = self.drawn.told(|subject| {
            let evaluated = row![
                Equals,
                subject.sum(self.at, Written::Symbols),
                Equals,
                subject.sum(self.at, Written::Numbers),
                Equals,
                self.value()
            ];
            let window = || Windows::of(&self.drawn).window(subject, self.at, Written::Symbols);
            facts! {
                /// The entry.
                entry: self.name(),
                /// Where the products are to be found: in the `row` of the matrix, by `distribution`, `collection` or
                /// `indices`; for a convolution two of these are the same, its window.
                view: match self.view {
                    View::Row => "row",
                    View::Distribution => "distribution",
                    View::Collection => "collection",
                    View::Indices => "indices",
                },
                /// Where an entry of the small side and a kernel cell meet.
                meeting: Law::Meeting,
                /// Where a copy of the kernel, or its window, begins.
                begins: Law::Window,
                /// The zeros between and before the inputs that the flipped kernel slides over.
                zeros_between: Law::ZerosBetween,
                zeros_before: Law::ZerosBefore,
                /// Whether there is padding.
                is_padded: self.drawn.is_padded(),
                /// The window of a convolution, where that is asked for.
                window: is_by_window.then(|| Passage::new("exercise/window", window())),
                /// What there is to see in the other views.
                explanation: (!is_by_window).then(|| explain_entry_by(subject, &self.index(), self.view)),
                /// The entry in symbols, in numbers, and its value.
                evaluated: Math::Aligned(vec![(self.name(), evaluated)]),
            }
        });
        Passage::new("exercise/entry", self.drawn.facts().and(facts))
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.drawn.layer)
    }

    fn answer(&self) -> Answer {
        self.of_sum(&self.sum(), self.value())
    }

    /// The textbook loops over symbols, and their value with the numbers put in.
    fn by_another_road(&self) -> Option<Answer> {
        let layer = &self.drawn.layer;
        let (symbolic_x, symbolic_w) = symbols(layer);
        let all: Tensor<Polynomial> = by_textbook(layer, &symbolic_x, &symbolic_w);
        let sum = &all.entries()[self.at];
        Some(self.of_sum(sum, self.value_of(sum)))
    }

    fn distractors(&self) -> Vec<Distractor> {
        let layer = &self.drawn.layer;
        let (symbolic_x, symbolic_w) = symbols(layer);
        let index = self.index();
        Distractor::all(|rule: Misconception| {
            let all = rule.output(layer, &symbolic_x, &symbolic_w)?;
            // The wrong output may be too small to have this entry.
            let inside = index.iter().zip(all.shape()).all(|(at, extent)| at < extent);
            let sum = inside.then(|| &all.entries()[ravel(all.shape(), &index)])?;
            // Nobody believes that an entry with a number of its own has no products.
            if *sum == Polynomial::default() {
                return None;
            }
            Some(self.of_sum(sum, self.value_of(sum)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::Templates;
    use crate::worksheet::Confirmed;

    #[test]
    fn a_window_is_shown_as_a_window_and_zeros_only_where_they_are_put() {
        let (mut dice, templates) = (Dice::new(6), Templates::built_in());
        let mut seen = 0;
        for level in Level::ALL {
            for exercise in (0..200).filter_map(|_| draw(&mut dice, Scope { level, dimensions: None })) {
                let exercise = Confirmed::of(exercise).expect("two roads agree");
                let text = exercise.text(&templates).expect("built in");
                if !format!("{:?}", text.question).contains("in the window") {
                    continue;
                }
                seen += 1;
                let solution = format!("{:?}", text.solution);
                assert_eq!(solution.matches("the kernel lies over the window").count(), 1, "{solution}");
                assert!(!solution.contains("sends itself"), "{solution}");
                assert_eq!(
                    solution.contains("zeros of the padding"),
                    exercise.exercise().about().layer.contains("padding")
                );
            }
        }
        assert!(seen > 10, "{seen}");
    }

    #[test]
    fn no_option_says_that_there_are_no_products() {
        let mut dice = Dice::new(7);
        for exercise in (0..600).filter_map(|_| draw(&mut dice, Scope { level: Level::Two, dimensions: None })) {
            for wrong in exercise.distractors() {
                let Answer::Parts(parts) = wrong.answer else { panic!("a sum and a value") };
                let Answer::Expression(sum) = &parts[0].answer else { panic!("a sum") };
                assert_ne!(sum.text, "0", "{:?}", wrong.misconception);
            }
        }
    }
}
