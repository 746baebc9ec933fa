//! Find the mistake: a derivation with one wrong step, to be found, named and corrected.

mod bounds;

use crate::algebra::Dice;
use crate::doc::{Inline, Math, Name, Prose, Relation, Step, prose, row};
use crate::geometry::{AxisSettings, Layer, Operation};
use crate::misconception::{Misconception, WrongRule as _};
use crate::proof::Fault;
use crate::roads::by_textbook;
use crate::roads::rewritten::{Turn, ZeroInsertion};
use crate::tensor::Tensor;
use crate::worksheet::formula::reach;
use crate::worksheet::{Answer, CellGrid, Distractor, Drawn, Exercise, Filling, Kind, Level, Part, Scope, Unconfirmed};
use Relation::{Equals, Minus, Plus};

/// The kind.
pub(super) const KIND: Kind = Kind { id: "mistake", title: "Find the mistake", has_choice: true, draw };

/// The output of a layer, derived with one mistake.
#[derive(Debug)]
struct Mistake {
    drawn: Drawn,
    planted: Misconception,
}

/// The rules that one step of the derivation of a transposed convolution can follow; the last two take two axes.
const PLANTED: [Misconception; 8] = [
    Misconception::Planted(Fault::NoFlip),
    Misconception::Planted(Fault::StrideManyZeros),
    Misconception::Planted(Fault::PaddingAsItIs),
    Misconception::Planted(Fault::OutputPaddingBothSides),
    Misconception::Planted(Fault::OutputPaddingAtStart),
    Misconception::Planted(Fault::UndilatedPadding),
    Misconception::ZerosForOutputPadding,
    Misconception::Planted(Fault::TransposedKernel),
];

/// Larger tensors are more reading and no more thinking.
const MOST_CELLS: usize = 36;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    if scope.level != Level::One && dice.once_in(8) {
        return bounds::draw(dice, scope);
    }
    let scope = Scope { dimensions: Some(scope.dimensions(dice)), ..scope };
    let (operation, planted) = if scope.dimensions == Some(2) && dice.once_in(5) {
        (Operation::Convolution, Misconception::EverySthRow)
    } else {
        (Operation::Transposed, *dice.pick(&PLANTED))
    };
    let drawn = Drawn::draw(dice, scope, operation)?;
    let is_plain = drawn.layer.settings().iter().all(|axis| *axis == drawn.layer.settings()[0])
        && drawn.x.shape()[0] == 1
        && drawn.layer.output_shape()[0] == 1;
    let wrong = planted.output(&drawn.layer, &drawn.x, &drawn.w)?;
    let exercise = Mistake { drawn, planted };
    let right = exercise.drawn.output();
    let is_short = [&wrong, &right, &exercise.slid_over()].iter().all(|tensor| tensor.entries().len() <= MOST_CELLS);
    let is_telling = right != wrong && right.entries().len() > 2 && wrong.entries().len() > 1;
    (is_plain && is_short && is_telling).then(|| Box::new(exercise) as Box<dyn Exercise>)
}

fn grid(name: Name, tensor: &Tensor<i64>, leading: usize) -> Vec<Math> {
    CellGrid::of_tensor(name, tensor, leading).displays(Filling::All)
}

/// The number of the step and what it says.
fn numbered(number: i64, claim: Prose) -> Prose {
    let mut numbered = prose![Inline::Emphasis(format!("Step {number}.")), " "];
    numbered.extend(claim);
    numbered
}

impl Mistake {
    fn axis(&self) -> &AxisSettings {
        &self.drawn.layer.settings()[0]
    }

    /// The number of the step that follows a rule; none if no step of the derivation is about it.
    fn step_of(&self, rule: Misconception) -> Option<i64> {
        match (self.drawn.layer.operation(), rule) {
            (Operation::Transposed, Misconception::Planted(Fault::StrideManyZeros) | Misconception::StrideIgnored) => {
                Some(1)
            }
            (Operation::Transposed, Misconception::Planted(Fault::NoFlip | Fault::TransposedKernel)) => Some(3),
            (Operation::Transposed, Misconception::Planted(_) | Misconception::PaddingIgnored) => Some(2),
            (Operation::Transposed, Misconception::DilationIgnored) => Some(4),
            (Operation::Transposed, Misconception::ZerosForOutputPadding) => Some(5),
            (Operation::Convolution, Misconception::RoundedUp) => Some(1),
            (
                Operation::Convolution,
                Misconception::FlippedConvolution | Misconception::PaddingIgnored | Misconception::DilationIgnored,
            ) => Some(2),
            (Operation::Convolution, Misconception::EverySthRow | Misconception::StrideIgnored) => Some(3),
            _ => None,
        }
    }

    fn wrong_step(&self) -> i64 {
        self.step_of(self.planted).expect("every rule that is planted has a step")
    }

    /// The rewriting as the derivation has it.
    fn spoilt(&self) -> ZeroInsertion {
        let layer = &self.drawn.layer;
        self.planted.rewriting(layer).unwrap_or_else(|| ZeroInsertion::of(layer.geometry()))
    }

    /// What the kernel is slid over; of a plain convolution, the output with stride 1.
    fn slid_over(&self) -> Tensor<i64> {
        match self.planted {
            Misconception::EverySthRow => self.with_stride_one(),
            _ => self.spoilt().operand(&self.drawn.x, &0, &0),
        }
    }

    fn with_stride_one(&self) -> Tensor<i64> {
        let axes = self.drawn.layer.settings().iter().map(|axis| AxisSettings { stride: 1, ..*axis }).collect();
        let layer = Layer::new(Operation::Convolution, axes, self.drawn.layer.channel_settings());
        by_textbook(&layer.expect("a smaller stride is possible"), &self.drawn.x, &self.drawn.w)
    }

    fn wrong_output(&self) -> Tensor<i64> {
        let Drawn { layer, x, w } = &self.drawn;
        self.planted.output(layer, x, w).expect("it was drawn so")
    }

    /// The derivation with its mistake.
    fn derivation(&self) -> Vec<Step> {
        if self.planted == Misconception::EverySthRow {
            return self.thinned();
        }
        let spoilt = self.spoilt();
        let appends = self.planted == Misconception::ZerosForOutputPadding;
        let name = Name::Var(if appends { 'Z' } else { 'Y' });
        let slid = spoilt.run(&self.drawn.x, &self.drawn.w);
        let mut steps = vec![
            Step::text(numbered(1, self.zeros(self.planted == Misconception::Planted(Fault::StrideManyZeros)))),
            self.padding(&spoilt, Some(self.planted)),
            self.kernel(&spoilt),
            Step { claim: numbered(4, self.sliding(name)), displays: grid(name, &slid, 1), reason: None },
        ];
        if appends {
            let zeros = prose![
                "The output padding ",
                row!['o', Equals, self.axis().output_padding],
                format!(
                    " appends as many {} at the end{}:",
                    if self.axis().output_padding == 1 { "zero" } else { "zeros" },
                    if self.drawn.layer.dimensions() == 1 { "" } else { " of every row and column" }
                )
            ];
            let displays = grid(Name::Var('Y'), &self.wrong_output(), 1);
            steps.push(Step { claim: numbered(5, zeros), displays, reason: None });
        }
        steps
    }

    /// How many zeros go between inputs.
    fn zeros(&self, too_many: bool) -> Prose {
        let stride = self.axis().stride;
        let zeros = if too_many { row!['s', Equals, stride] } else { row!['s', Minus, 1_usize, Equals, stride - 1] };
        let is_one = if too_many { stride == 1 } else { stride == 2 };
        prose!["Between neighbouring inputs go ", zeros, if is_one { " zero." } else { " zeros." }]
    }

    /// How many zeros go around, as a rule has it, and the input that comes out.
    fn padding(&self, rewriting: &ZeroInsertion, rule: Option<Misconception>) -> Step {
        let reach = if rule == Some(Misconception::Planted(Fault::UndilatedPadding)) {
            row!['k', Minus, 1_usize]
        } else {
            reach()
        };
        let cut = row![reach, Minus, 'p'];
        let with = |math: Math| row![math, Plus, 'o'];
        let (before, behind) = match rule {
            Some(Misconception::Planted(Fault::OutputPaddingBothSides)) => (with(cut.clone()), with(cut)),
            Some(Misconception::Planted(Fault::OutputPaddingAtStart)) => (with(cut.clone()), cut),
            Some(Misconception::Planted(Fault::PaddingAsItIs)) => ('p'.into(), with('p'.into())),
            Some(Misconception::ZerosForOutputPadding) => (cut.clone(), cut),
            _ => (cut.clone(), with(cut)),
        };
        let (first, last) = rewriting.padding[0];
        let lines = vec![
            ("before".into(), row![Equals, before, Equals, first]),
            ("behind".into(), row![Equals, behind, Equals, last]),
        ];
        let mut claim = prose![match rule {
            Some(Misconception::ZerosForOutputPadding) =>
                "So many zeros go before and behind the result, on every axis; the output padding comes last:",
            _ => "So many zeros go before and behind the result, on every axis:",
        }];
        if self.drawn.layer.dimensions() == 1 {
            claim = prose![match rule {
                Some(Misconception::ZerosForOutputPadding) =>
                    "So many zeros go before and behind the result; the output padding comes last:",
                _ => "So many zeros go before and behind the result:",
            }];
        }
        let mut displays = vec![Math::Aligned(lines)];
        displays.extend(grid(Name::Primed('X'), &rewriting.operand(&self.drawn.x, &0, &0), 1));
        Step { claim: numbered(2, claim), displays, reason: None }
    }

    fn kernel(&self, rewriting: &ZeroInsertion) -> Step {
        let claim = match (rewriting.turn, self.drawn.layer.dimensions()) {
            (Turn::Kept, _) => "The kernel is taken as it is:",
            (Turn::AxesExchanged, _) => "The kernel is transposed, its rows become its columns:",
            (Turn::Flipped, 1) => "The kernel is flipped:",
            (Turn::Flipped, _) => "The kernel is rotated by 180 degrees:",
        };
        let displays = grid(Name::Primed('W'), &rewriting.kernel(&self.drawn.w), 2);
        Step { claim: numbered(3, prose![claim]), displays, reason: None }
    }

    fn sliding(&self, name: Name) -> Prose {
        let dilation = self.axis().dilation;
        prose![
            Name::Primed('W'),
            " slides over ",
            Name::Primed('X'),
            " with stride 1",
            if dilation > 1 { format!(" and dilation {dilation}") } else { String::new() },
            " and gives ",
            name,
            ":"
        ]
    }

    /// The derivation of a convolution with a stride that thins out what stride 1 gives.
    fn thinned(&self) -> Vec<Step> {
        let stride = self.axis().stride;
        let size = &self.drawn.layer.output_shape()[1..];
        let whole = self.with_stride_one();
        let kept: Vec<String> = (0..size.iter().product()).map(|at: usize| (at * stride).to_string()).collect();
        let ordinal = if stride == 2 { "second".to_owned() } else { "third".to_owned() };
        vec![
            Step::text(numbered(1, prose![format!("The output has size {} × {}.", size[0], size[1])])),
            Step {
                claim: numbered(2, prose!["With stride 1 the layer would give ", Name::Var('Z'), ":"]),
                displays: grid(Name::Var('Z'), &whole, 1),
                reason: None,
            },
            Step::text(numbered(
                3,
                prose![
                    format!(
                        "The stride {stride} keeps every {ordinal} row of the matrix, that is every {ordinal} entry \
                         of the flattened "
                    ),
                    Name::Var('Z'),
                    format!(": the entries {}.", kept.join(", "))
                ],
            )),
            Step {
                claim: numbered(4, prose!["In the shape of step 1 these are the output ", Name::Var('Y'), ":"]),
                displays: grid(Name::Var('Y'), &self.wrong_output(), 1),
                reason: None,
            },
        ]
    }

    /// The wrong step as it should be.
    fn corrected(&self) -> Step {
        let right = ZeroInsertion::of(self.drawn.layer.geometry());
        match (self.planted, self.wrong_step()) {
            (Misconception::EverySthRow, _) => {
                let stride = self.axis().stride;
                Step::text(numbered(
                    3,
                    prose![
                        format!("The stride {stride} keeps the entries of "),
                        Name::Var('Z'),
                        format!(" whose row and column are both multiples of {stride}.")
                    ],
                ))
            }
            (_, 1) => {
                let displays = grid(Name::Primed('X'), &right.operand(&self.drawn.x, &0, &0), 1);
                let mut claim = numbered(1, self.zeros(false));
                claim.push(" After step 2:".into());
                Step { claim, displays, reason: None }
            }
            (_, 3) => self.kernel(&right),
            // What was appended belongs behind the input.
            _ => self.padding(&right, None),
        }
    }

    /// The question, with what is asked for last.
    fn asking(&self, last: Prose) -> Vec<Step> {
        let way = match self.drawn.layer.operation() {
            Operation::Transposed => "Somebody computes its output as a convolution with stride 1. ",
            Operation::Convolution => "Somebody computes its output. ",
        };
        let mut task = prose![way, "Exactly one of the steps is wrong; those behind it are right for what they get. "];
        task.extend(last);
        [vec![self.drawn.given(), Step::text(task)], self.derivation()].concat()
    }

    fn told(&self, step: i64, rule: &str, output: &Tensor<i64>) -> Answer {
        Answer::Parts(vec![
            Part { label: prose!["wrong step"], answer: Answer::Integer(step) },
            Part { label: prose!["its mistake"], answer: Answer::FreeText(prose![rule]) },
            Part {
                label: prose!["the right output"],
                answer: Answer::Grid(CellGrid::of_tensor(Name::Var('Y'), output, 1)),
            },
        ])
    }
}

impl Exercise for Mistake {
    fn layer(&self) -> String {
        self.drawn.call()
    }

    fn question(&self) -> Vec<Step> {
        self.asking(prose!["Which step is it, what is its mistake, and what is the right output ", Name::Var('Y'), "?"])
    }

    /// Who names the mistake can mend it, and five outputs would fill a page.
    fn question_of_choice(&self) -> Vec<Step> {
        self.asking(prose!["Which step is it, and what is its mistake?"])
    }

    fn option(&self, answer: &Answer) -> Step {
        let Answer::Parts(parts) = answer else { return answer.step() };
        Answer::Parts(parts[..2].to_vec()).step()
    }

    fn answer(&self) -> Answer {
        self.told(self.wrong_step(), self.planted.rule(), &self.drawn.output())
    }

    /// Only the wrong step differs from the right rewriting, and it changes the output; the right output once more by
    /// the matrix.
    fn confirm(&self) -> Result<(), Unconfirmed> {
        let right = ZeroInsertion::of(self.drawn.layer.geometry());
        let spoilt = self.spoilt();
        let differing: Vec<i64> = match self.planted {
            Misconception::EverySthRow => vec![3],
            // The step before says that the output padding comes last.
            Misconception::ZerosForOutputPadding => vec![5],
            _ => [
                (1, spoilt.strides != right.strides),
                (2, spoilt.padding != right.padding),
                (3, spoilt.turn != right.turn),
            ]
            .into_iter()
            .filter_map(|(step, differs)| differs.then_some(step))
            .collect(),
        };
        Unconfirmed::unless_equal(&vec![self.wrong_step()], &differing)?;
        let right = self.drawn.output_by_matrix();
        Unconfirmed::unless_equal(&true, &(self.wrong_output() != right))?;
        Unconfirmed::unless_equal(&self.drawn.output(), &right)
    }

    fn solution(&self) -> Vec<Step> {
        let wrong = self.wrong_step();
        let mut said = prose![format!("Step {wrong} is wrong. ")];
        said.push(self.planted.feedback().into());
        let right = if wrong == 5 { "There is no step 5; step 2 should be:" } else { "Right is:" };
        said.push(format!(" {right}").into());
        let output = Step {
            claim: prose!["With it, the output is"],
            displays: grid(Name::Var('Y'), &self.drawn.output(), 1),
            reason: None,
        };
        vec![Step::text(said), self.corrected(), output]
    }

    fn hints(&self) -> Vec<Prose> {
        match self.drawn.layer.operation() {
            Operation::Transposed => vec![
                prose!["Compute one entry of the output another way, for example the first one, and compare."],
                prose![
                    "Neighbouring inputs have to lie ",
                    Math::from('s'),
                    " cells apart, ",
                    row![reach(), Minus, 'p'],
                    " cells go before the first one, and the kernel is turned so that its last cell comes first."
                ],
            ],
            Operation::Convolution => vec![
                prose!["Where does the kernel lie when it computes the second row of the output?"],
                prose!["A stride moves the kernel along each axis on its own."],
            ],
        }
    }

    fn distractors(&self) -> Vec<Distractor> {
        let Drawn { layer, x, w } = &self.drawn;
        let right = self.drawn.output();
        let wrong = |rule: Misconception| {
            let step = self.step_of(rule).filter(|_| rule != self.planted)?;
            let has_step = step < 5 || self.wrong_step() == 5;
            // A rule that is right for this layer makes no mistake to be found.
            let output = has_step.then(|| rule.output(layer, x, w))?.filter(|output| *output != right)?;
            let feedback = if step == self.wrong_step() {
                format!("Step {step} is wrong, but this is not its mistake: it does not say that {}.", rule.rule())
            } else {
                format!("Step {step} is as it should be: it does not say that {}.", rule.rule())
            };
            let answer = self.told(step, rule.rule(), &output);
            Some(Distractor { feedback: prose![feedback], ..Distractor::of(rule, answer) })
        };
        Misconception::all().filter_map(wrong).collect()
    }

    fn points(&self) -> u32 {
        4
    }

    fn identity(&self) -> String {
        format!("{} {}", self.drawn.identity(), self.planted.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_is_planted_somewhere_and_a_wrong_answer_never_has_the_right_output() {
        let mut planted = BTreeSet::new();
        for seed in 0..3000 {
            let scope = Scope { level: Level::ALL[seed as usize % 3], dimensions: None };
            let Some(exercise) = draw(&mut Dice::new(seed), scope) else { continue };
            assert_eq!(exercise.confirm(), Ok(()), "seed {seed}");
            let Answer::Parts(key) = exercise.answer() else { panic!("it has parts") };
            planted.insert(exercise.identity().rsplit(' ').next().unwrap_or_default().to_owned());
            for distractor in exercise.distractors() {
                let Answer::Parts(wrong) = distractor.answer else { panic!("it has parts, too") };
                assert_ne!(wrong[2].answer, key[2].answer, "seed {seed}: {}", distractor.misconception);
            }
        }
        for rule in PLANTED.into_iter().chain([Misconception::EverySthRow]) {
            assert!(planted.contains(rule.name()), "{} is never planted", rule.name());
        }
    }
}
