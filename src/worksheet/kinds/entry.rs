//! One entry of the output: its sum in symbols, and its value.

use super::prelude::*;
use crate::algebra::{Family, Polynomial};
use crate::doc::explanation::{View, explain_entry_by};
use crate::doc::{Notation, Written};
use crate::laws::Law::Meeting;
use crate::proof::{spelled, symbols};
use crate::roads::by_textbook;
use crate::tensor::{ravel, unravel};
use crate::worksheet::Expression;
use crate::worksheet::windows::Windows;

/// The kind.
pub(super) const KIND: ExerciseKind =
    ExerciseKind { id: "entry", title: "One entry of the output", has_choice: true, draw };

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
            AnswerPart::of("sum", Answer::Expression(Expression { shown, text })),
            AnswerPart::of("value", Answer::Integer(value)),
        ])
    }

    /// Whether the window of a plain convolution is looked at.
    fn is_by_window(&self) -> bool {
        self.drawn.layer.operation() == Operation::Convolution
            && matches!(self.view, View::Distribution | View::Collection)
    }

    /// The view the question asks for.
    fn way(&self) -> &'static str {
        match (self.view, self.drawn.layer.operation()) {
            (View::Row, _) => "Find the products in the row of the layer's matrix that belongs to it.",
            (View::Distribution, Operation::Transposed) => {
                "Find the products by distribution: which inputs lay a copy of the kernel over it?"
            }
            (View::Collection, Operation::Transposed) => {
                "Find the products by collection: over which cells of the zero-inserted, padded input does the flipped \
                 kernel lie?"
            }
            (View::Distribution | View::Collection, Operation::Convolution) => {
                "Find the products in the window of the input over which the kernel lies."
            }
            (View::Indices, _) => "Find the products by index arithmetic: which input does each kernel cell ask for?",
        }
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

    fn question(&self) -> Vec<Step> {
        vec![
            self.drawn.given(),
            Step::text(prose![
                "Write the entry ",
                self.name(),
                " of the output $Y$ as a sum of products of entries of $W$ and $X$, and compute its value. ",
                self.way()
            ]),
        ]
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

    fn solution(&self) -> Vec<Step> {
        let index = self.index();
        self.drawn.told(|subject| {
            let mut steps = if self.is_by_window() {
                let windows = Windows::of(&self.drawn);
                let operand = windows.operands(subject, Written::Symbols);
                operand.into_iter().chain(std::iter::once(windows.window(subject, self.at, Written::Symbols))).collect()
            } else {
                explain_entry_by(subject, &index, self.view).in_english()
            };
            // The collection view ends with this equation itself.
            if self.view != View::Collection || self.is_by_window() {
                let equation = row![
                    Equals,
                    subject.sum(self.at, Written::Symbols),
                    Equals,
                    subject.sum(self.at, Written::Numbers),
                    Equals,
                    self.value()
                ];
                steps.push(Step::shown(
                    prose![if self.is_by_window() { "Multiply cell by cell, and add:" } else { "Together:" }],
                    Math::Aligned(vec![(subject.notation().output(self.at), equation)]),
                ));
            }
            steps
        })
    }

    fn hints(&self) -> Vec<Prose> {
        match self.drawn.layer.operation() {
            Operation::Transposed => {
                hints![
                    "Which inputs lay a copy of the kernel over this place?",
                    "Input $i$ and kernel cell $t$ meet in output ${Meeting}$ on every axis.",
                ]
            }
            Operation::Convolution => {
                hints![
                    "Where does the kernel lie when it computes this entry?",
                    "Output $i$ reads with kernel cell $t$ the input ${Meeting}$ on every axis.",
                ]
            }
        }
    }

    fn distractors(&self) -> Vec<Distractor> {
        let layer = &self.drawn.layer;
        let (symbolic_x, symbolic_w) = symbols(layer);
        let index = self.index();
        Distractor::about_output(layer, |rule| {
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

    #[test]
    fn a_window_is_shown_as_a_window_and_zeros_only_where_they_are_put() {
        let mut dice = Dice::new(6);
        let mut seen = 0;
        for level in Level::ALL {
            for exercise in (0..400).filter_map(|_| draw(&mut dice, Scope { level, dimensions: None })) {
                if !format!("{:?}", exercise.question()).contains("in the window") {
                    continue;
                }
                seen += 1;
                let solution = format!("{:?}", exercise.solution());
                assert_eq!(solution.matches("the kernel lies over the window").count(), 1, "{solution}");
                assert!(!solution.contains("sends itself"), "{solution}");
                assert_eq!(solution.contains("zeros of the padding"), exercise.about().layer.contains("padding"));
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
