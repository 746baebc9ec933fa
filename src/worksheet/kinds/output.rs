//! The whole output on a grid, by distribution or by collection.

use super::prelude::*;
use crate::doc::derivation;
use crate::doc::explanation::distribution;
use crate::laws::Law::{Meeting, Window, ZerosBefore, ZerosBetween};
use crate::worksheet::windows::Windows;

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "output", title: "The whole output", has_choice: true, draw };

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

    fn question(&self) -> Vec<Step> {
        let task = match self.way {
            Way::Distribution => prose![
                "Compute its output $Y$ by distribution: let every input lay its copy of the kernel into the output, \
                 and add what falls onto the same cell."
            ],
            Way::Collection => prose![
                "Compute its output $Y$ by collection: insert zeros between the inputs, put zeros around them, and \
                 slide the flipped kernel over the result with stride 1",
                if self.drawn.is_dilated() { " and the layer's dilation." } else { "." }
            ],
            Way::Sliding => {
                prose!["Compute its output $Y$: slide the kernel over the input."]
            }
        };
        vec![self.drawn.given(), Step::text(task)]
    }

    fn answer(&self) -> Answer {
        grid(&self.drawn.output())
    }

    /// The matrix times the input.
    fn by_another_road(&self) -> Option<Answer> {
        Some(grid(&self.drawn.output_by_matrix()))
    }

    fn solution(&self) -> Vec<Step> {
        self.drawn.told(|subject| match self.way {
            Way::Distribution => distribution(subject).in_english(),
            Way::Collection => [
                crate::doc::text::in_english("derivation/conv-form", derivation::conv_form(subject)),
                Windows::of(&self.drawn).output(subject),
            ]
            .concat(),
            Way::Sliding => Windows::of(&self.drawn).output(subject),
        })
    }

    fn hints(&self) -> Vec<Prose> {
        match self.way {
            Way::Distribution => hints![
                "First find the size of the output.",
                "The copy of input $i$ begins at cell ${Window}$; what lies outside the output is cut off.",
            ],
            Way::Collection => hints![
                "Between neighbouring inputs go ${ZerosBetween}$ zeros.",
                "Around them go ${ZerosBefore}$ zeros; the output padding adds further zeros at the end of $X'$, not \
                 of $Y$.",
            ],
            Way::Sliding => hints![
                "First find the size of the output, and put the zeros of the padding around the input.",
                "Output $i$ reads with kernel cell $t$ the input ${Meeting}$ on every axis.",
            ],
        }
    }

    fn distractors(&self) -> Vec<Distractor> {
        let Drawn { layer, x, w } = &self.drawn;
        Distractor::about_output(layer, |rule| Some(grid(&rule.output(layer, x, w)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worksheet::Level;

    #[test]
    fn what_is_asked_for_by_windows_is_solved_by_windows_and_no_matrix_is_shown_twice() {
        let mut dice = Dice::new(4);
        for level in Level::ALL {
            for exercise in (0..200).filter_map(|_| draw(&mut dice, Scope { level, dimensions: None })) {
                let (question, solution) = (format!("{:?}", exercise.question()), exercise.solution());
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
