//! The whole output on a grid, by distribution or by collection.

use super::prelude::*;
use crate::doc::derivation;
use crate::doc::explanation::distribution;
use crate::worksheet::windows::Windows;

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "output", has_choice: true, draw };

/// How the output is to be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Every input lays a copy of the kernel into the output.
    Distribution,
    /// Every output collects from the zero-inserted, padded input.
    Collection,
    /// The kernel slides over the input of a plain convolution.
    Sliding,
}

#[derive(Debug)]
struct Output {
    drawn: Drawn,
    way: Way,
}

/// What can be computed by hand in a few minutes.
const MOST_OUTPUTS: usize = 25;
const MOST_PRODUCTS: usize = 40;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let way = *dice.pick(&[Way::Distribution, Way::Collection, Way::Distribution, Way::Collection, Way::Sliding]);
    let operation = if way == Way::Sliding { Operation::Convolution } else { Operation::Transposed };
    let drawn = Drawn::draw(dice, scope, operation)?;
    let taps = drawn.taps();
    let outputs: usize = drawn.layer.output_shape().iter().product();
    let is_short = (3..=MOST_OUTPUTS).contains(&outputs) && taps.count() <= MOST_PRODUCTS;
    // Where the copies of the kernel nowhere overlap, nothing is added.
    let outputs_taps = drawn.output_taps();
    let overlaps = (0..outputs_taps.rows()).any(|row| outputs_taps.row_length(row) > 1);
    (is_short && overlaps).then(|| Box::new(Output { drawn, way }) as Box<dyn Exercise>)
}

fn grid(output: &Tensor<i64>) -> Answer {
    Answer::tensor(Name::Var('Y'), output, 1)
}

impl Exercise for Output {
    fn about(&self) -> About {
        self.drawn.about(5)
    }

    fn passage(&self) -> Passage {
        let facts = self.drawn.told(|subject| {
            facts! {
                /// How the output is to be computed: `distribution`, `collection` or `sliding`.
                way: match self.way {
                    Way::Distribution => "distribution",
                    Way::Collection => "collection",
                    Way::Sliding => "sliding",
                },
                /// Whether the cells of the kernel lie apart on some axis.
                is_dilated: self.drawn.is_dilated(),
                /// Whether there is padding.
                is_padded: self.drawn.is_padded(),
                /// Where the copy of an input begins.
                copy_begins: Law::Window,
                /// The zeros between and before the inputs.
                zeros_between: Law::ZerosBetween,
                zeros_before: Law::ZerosBefore,
                /// Which input an output reads with a kernel cell.
                meeting: Law::Meeting,
                /// By distribution: the copies of the kernel, and their sum.
                copies: (self.way == Way::Distribution).then(|| distribution(subject)),
                /// By collection: how the layer is rewritten.
                rewriting: (self.way == Way::Collection)
                    .then(|| Passage::new("derivation/conv-form", derivation::conv_form(subject))),
                /// What the kernel collects while it slides.
                windows: (self.way != Way::Distribution).then(|| Windows::of(&self.drawn).output(subject)),
            }
        });
        Passage::new("exercise/output", self.drawn.facts().and(facts))
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.drawn.layer)
    }

    fn answer(&self) -> Answer {
        grid(&self.drawn.output())
    }

    /// The matrix times the input.
    fn by_another_road(&self) -> Option<Answer> {
        Some(grid(&self.drawn.output_by_matrix()))
    }

    fn distractors(&self) -> Vec<Distractor> {
        let Drawn { layer, x, w } = &self.drawn;
        Distractor::all(|rule: Misconception| Some(grid(&rule.output(layer, x, w)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::Templates;
    use crate::worksheet::Confirmed;

    #[test]
    fn what_is_asked_for_by_windows_is_solved_by_windows_and_no_matrix_is_shown_twice() {
        let (mut dice, templates) = (Dice::new(4), Templates::built_in());
        for level in Level::ALL {
            for exercise in (0..100).filter_map(|_| draw(&mut dice, Scope { level, dimensions: None })) {
                let text = Confirmed::of(exercise).expect("two roads agree").text(&templates).expect("built in");
                let (question, solution) = (format!("{:?}", text.question), text.solution);
                let told = format!("{solution:?}");
                if question.contains("by distribution") {
                    let shown: Vec<_> = solution.iter().map(|step| &step.claim).collect();
                    assert_eq!(
                        told.contains("What is left is the output"),
                        told.contains("cut off by the padding"),
                        "{shown:?}"
                    );
                } else {
                    assert!(told.contains("window") && !told.contains("row of the matrix"), "{told}");
                }
            }
        }
    }
}
