//! The equivalent convolution of a transposed one: its zeros, its padding, its kernel and its input.

use crate::algebra::Dice;
use crate::doc::{Inline, Name, Prose, Relation, Step, derivation, prose, row};
use crate::geometry::{AxisSettings, Layer, Operation, Padding};
use crate::laws::Law;
use crate::misconception::{Misconception, WrongRule as _};
use crate::roads::rewritten::ZeroInsertion;
use crate::roads::textbook::{Sliding, convolution};
use crate::tensor::Tensor;
use crate::worksheet::{Answer, CellGrid, Datum, Distractor, Drawn, Exercise, Kind, Level, Part, Scope, Unconfirmed};

/// The kind.
pub(super) const KIND: Kind = Kind { id: "conv-form", title: "The same as a convolution", has_choice: true, draw };

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
    let (x, w) = exercise.operands(&exercise.rewriting());
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

/// One number if all axes share it, else one for each.
fn by_axis(values: impl Iterator<Item = i64>) -> Answer {
    let values: Vec<i64> = values.collect();
    if values.iter().all(|value| *value == values[0]) { Answer::Integer(values[0]) } else { Answer::Tuple(values) }
}

impl ConvForm {
    fn rewriting(&self) -> ZeroInsertion {
        ZeroInsertion::of(self.drawn.layer.geometry())
    }

    /// `X'` and `W'` of a rewriting.
    fn operands(&self, rewriting: &ZeroInsertion) -> (Tensor<i64>, Tensor<i64>) {
        (rewriting.operand(&self.drawn.x, &0, &0), rewriting.kernel(&self.drawn.w))
    }

    fn answer_of(&self, rewriting: &ZeroInsertion) -> Answer {
        let (x, w) = self.operands(rewriting);
        let part = |label: Prose, answer: Answer| Part { label, answer };
        Answer::Parts(vec![
            part(prose!["zeros between"], by_axis(rewriting.strides.iter().map(|&stride| stride as i64 - 1))),
            part(prose!["zeros before"], by_axis(rewriting.padding.iter().map(|&(before, _)| before))),
            part(prose!["zeros after"], by_axis(rewriting.padding.iter().map(|&(_, after)| after))),
            part(prose!["kernel"], Answer::Grid(CellGrid::of_tensor(Name::Primed('W'), &w, 2))),
            part(prose!["input"], Answer::Grid(CellGrid::of_tensor(Name::Primed('X'), &x, 1))),
        ])
    }

    /// The question, with what is asked for last.
    fn asking_for(&self, last: Prose) -> Vec<Step> {
        let mut task = prose![
            "Its output is that of a convolution with stride 1: ",
            row![Name::Var('Y'), Relation::Equals, Name::Primed('X'), Relation::Star, Name::Primed('W')],
        ];
        if self.drawn.is_dilated() {
            task.push(", with the layer's dilation".into());
        }
        task.push(
            ". How many zeros go between neighbouring inputs, how many before the first and how many after the last one"
                .into(),
        );
        // Without padding nothing is ever cut off.
        if self.drawn.layer.settings().iter().any(|axis| axis.padding.begin > 0) {
            task.push(" (a negative number means that so many cells are cut off)".into());
        }
        task.push("? ".into());
        task.extend(last);
        if self.is_uneven() {
            task.push(" Where height and width differ, give both, height first.".into());
        }
        vec![self.drawn.given(), Step::text(task)]
    }

    fn is_uneven(&self) -> bool {
        let axes = self.drawn.layer.settings();
        axes.iter().any(|axis| *axis != axes[0])
    }
}

impl Exercise for ConvForm {
    fn layer(&self) -> String {
        self.drawn.call()
    }

    fn question(&self) -> Vec<Step> {
        self.asking_for(prose!["Write down ", Name::Primed('W'), " and ", Name::Primed('X'), "."])
    }

    /// The input follows from the numbers, and five of them would fill a page.
    fn question_of_choice(&self) -> Vec<Step> {
        self.asking_for(prose!["What is ", Name::Primed('W'), "?"])
    }

    fn option(&self, answer: &Answer) -> Step {
        let Answer::Parts(parts) = answer else { return answer.step() };
        Answer::Parts(parts[..4].to_vec()).step()
    }

    fn distractors(&self) -> Vec<Distractor> {
        let Drawn { layer, x, w } = &self.drawn;
        let wrong = |wrong: Misconception| {
            let rewriting = wrong.rewriting(layer)?;
            // Nobody slides a kernel over an input that is shorter.
            rewriting.output_shape(x.shape(), w.shape())?;
            let feedback = prose![wrong.feedback_for(layer)];
            Some(Distractor { feedback, ..Distractor::of(wrong, self.answer_of(&rewriting)) })
        };
        Misconception::all().filter_map(wrong).collect()
    }

    fn answer(&self) -> Answer {
        self.answer_of(&self.rewriting())
    }

    /// The textbook convolution over the answer's operands is the textbook transposed convolution.
    fn confirm(&self) -> Result<(), Unconfirmed> {
        let layer: &Layer = &self.drawn.layer;
        let (x, w) = self.operands(&self.rewriting());
        let sliding: Vec<Sliding> =
            layer.settings().iter().map(|axis| Sliding { dilation: axis.dilation, ..Sliding::PLAIN }).collect();
        let output: Tensor<i64> = convolution(&x, &w, &sliding, 1);
        Unconfirmed::unless_equal(&output, &self.drawn.output())
    }

    fn solution(&self) -> Vec<Step> {
        self.drawn.told(derivation::conv_form)
    }

    fn hints(&self) -> Vec<Prose> {
        vec![
            prose![
                "Neighbouring inputs lie s cells apart in the output, so they have to in ",
                Name::Primed('X'),
                ", too."
            ],
            prose![
                "Without padding, ",
                Law::Reach,
                " zeros go to either side; the layer's padding takes $p$ of them away at both ends, its output \
                 padding puts $o$ back at the end ",
                Inline::Emphasis("only".into()),
                "."
            ],
        ]
    }

    fn points(&self) -> u32 {
        6
    }

    fn data(&self) -> Vec<(&'static str, Datum)> {
        self.drawn.data()
    }

    fn identity(&self) -> String {
        self.drawn.identity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the exercises drawn at a level cut cells off, how many speak of it, and how many there are.
    fn counts(level: Level) -> (usize, usize, usize) {
        let mut dice = Dice::new(5);
        let scope = Scope { level, dimensions: None };
        let drawn: Vec<_> = (0..2000).filter_map(|_| draw(&mut dice, scope)).collect();
        let cuts = |exercise: &dyn Exercise| match exercise.answer() {
            Answer::Parts(parts) => match &parts[1].answer {
                Answer::Integer(before) => *before < 0,
                Answer::Tuple(before) => before.iter().any(|&before| before < 0),
                _ => false,
            },
            _ => false,
        };
        let speaks = |exercise: &dyn Exercise| format!("{:?}", exercise.question()).contains("cut off");
        let count =
            |is_one: &dyn Fn(&dyn Exercise) -> bool| drawn.iter().filter(|exercise| is_one(exercise.as_ref())).count();
        (count(&cuts), count(&speaks), drawn.len())
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
