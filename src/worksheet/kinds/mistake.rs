//! Find the mistake: a derivation with one wrong step, to be found, named and corrected.

mod bounds;

use super::prelude::*;
use crate::algebra::{Polynomial, Ring};
use crate::formula::Formula;
use crate::laws::Law::{self, ZerosBefore};
use crate::proof::{Fault, symbols};
use crate::roads::by_textbook;
use crate::roads::rewritten::{Turn, ZeroInsertion};

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "mistake", title: "Find the mistake", has_choice: true, draw };

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
    derivation(dice, scope).map(|exercise| Box::new(exercise) as Box<dyn Exercise>)
}

fn derivation(dice: &mut Dice, scope: Scope) -> Option<Mistake> {
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
    if !is_plain || has_symmetry(&drawn.w) {
        return None;
    }
    let wrong = planted.output(&drawn.layer, &drawn.x, &drawn.w)?;
    let exercise = Mistake { drawn, planted };
    let right = exercise.drawn.output();
    let is_short = [&wrong, &right, &exercise.slid_over()].iter().all(|tensor| tensor.entries().len() <= MOST_CELLS);
    let is_telling = right != wrong && right.entries().len() > 2 && wrong.entries().len() > 1;
    (is_short && is_telling).then_some(exercise)
}

/// Whether some rotation or reflection leaves a kernel of one channel as it is: two mistakes about how it is turned are
/// one and the same act then, and no answer can tell which of them was made.
fn has_symmetry(w: &Tensor<i64>) -> bool {
    let (height, width) = match w.shape()[2..] {
        [height, width] => (height, width),
        _ => (1, w.entries().len()),
    };
    let at = |row: usize, column: usize| w.entries()[row * width + column];
    let stays = |image: &dyn Fn(usize, usize) -> (usize, usize)| {
        (0..height * width).all(|cell| {
            let (row, column) = image(cell / width, cell % width);
            at(cell / width, cell % width) == at(row, column)
        })
    };
    let (last_row, last_column) = (height - 1, width - 1);
    let reflected = (height > 1 && stays(&|i, j| (last_row - i, j)))
        || (width > 1 && stays(&|i, j| (i, last_column - j)))
        || stays(&|i, j| (last_row - i, last_column - j));
    // Rotations by a right angle are not among them: a kernel that one of them leaves is left by 180 degrees, too.
    let transposed =
        height == width && height > 1 && (stays(&|i, j| (j, i)) || stays(&|i, j| (last_row - j, last_row - i)));
    reflected || transposed
}

fn grid(name: Name, tensor: &Tensor<i64>, leading: usize) -> Vec<Math> {
    CellGrid::of_tensor(name, tensor, leading).displays(Filling::All)
}

/// A step of a derivation: its number, what it says, and what it shows.
fn step(number: i64, claim: Prose, shown: Vec<Math>) -> Step {
    Step::displayed(prose![Inline::Emphasis(format!("Step {number}.")), " ", claim], shown)
}

/// The wrong step, the mistake in it, and what is right.
fn told(step: i64, mistake: String, right: AnswerPart) -> Answer {
    Answer::Parts(vec![
        AnswerPart::of("wrong step", Answer::Integer(step)),
        AnswerPart::of("its mistake", Answer::said(prose![mistake])),
        right,
    ])
}

impl Mistake {
    fn axis(&self) -> &AxisSettings {
        &self.drawn.layer.settings()[0]
    }

    /// The step that can follow a rule, and the rule as it reads in that step; none where no step can.
    fn in_a_step(&self, rule: Misconception) -> Option<(i64, &'static str)> {
        if self.drawn.layer.operation() == Operation::Convolution {
            return Some(match rule {
                Misconception::RoundedUp => (1, rule.rule()),
                Misconception::FlippedConvolution => (2, rule.rule()),
                Misconception::PaddingIgnored => (2, "the padding of the layer is left out"),
                Misconception::DilationIgnored => (2, "the cells of the kernel are neighbours, whatever the dilation"),
                Misconception::EverySthRow => (3, rule.rule()),
                Misconception::StrideIgnored => (3, "no entry is left out, whatever the stride"),
                _ => return None,
            });
        }
        Some(match rule {
            Misconception::Planted(Fault::StrideManyZeros) => (1, rule.rule()),
            Misconception::StrideIgnored => (1, "no zeros go between neighbouring inputs, whatever the stride"),
            Misconception::Planted(Fault::NoFlip | Fault::TransposedKernel) => (3, rule.rule()),
            Misconception::Planted(Fault::OffByOneLead) => {
                (2, "one more zero than is right goes before the result, and one fewer after it")
            }
            Misconception::Planted(_) => (2, rule.rule()),
            Misconception::PaddingIgnored => (2, "the padding of the layer does not count for these zeros"),
            Misconception::DilationIgnored => (4, "the cells of the kernel are neighbours, whatever the dilation"),
            // Only where the mistake is planted is there a step for it.
            Misconception::ZerosForOutputPadding if rule == self.planted => (5, rule.rule()),
            _ => return None,
        })
    }

    /// What comes out if one step follows a rule and all others are right; none where the rule says nothing about the
    /// layer, or nothing comes out.
    fn output_by<T: Ring>(&self, rule: Misconception, x: &Tensor<T>, w: &Tensor<T>) -> Option<Tensor<T>> {
        let layer = &self.drawn.layer;
        let mut rewriting = ZeroInsertion::of(layer.geometry());
        match rule {
            _ if layer.operation() == Operation::Convolution || !rule.concerns(layer) => {
                return rule.output(layer, x, w);
            }
            Misconception::StrideIgnored => rewriting.strides.fill(1),
            Misconception::PaddingIgnored => {
                for ((before, after), axis) in rewriting.padding.iter_mut().zip(layer.settings()) {
                    (*before, *after) = (*before + axis.padding.begin as i64, *after + axis.padding.end as i64);
                }
            }
            Misconception::DilationIgnored => rewriting.dilations.fill(1),
            _ => return rule.output(layer, x, w),
        }
        rewriting.output_shape(x.shape(), w.shape()).map(|_| rewriting.run(x, w))
    }

    fn wrong_step(&self) -> i64 {
        self.in_a_step(self.planted).expect("every rule that is planted has a step").0
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
            step(1, self.zeros(self.planted == Misconception::Planted(Fault::StrideManyZeros)), Vec::new()),
            self.padding(&spoilt, Some(self.planted)),
            self.kernel(&spoilt),
            step(4, self.sliding(name), grid(name, &slid, 1)),
        ];
        if appends {
            let output_padding = self.axis().output_padding;
            let of_what = if self.drawn.layer.dimensions() == 1 { "" } else { " of every row and column" };
            let zeros = prose![
                "The output padding $o = {output_padding}$ is the number of zeros that are appended at the \
                 end{of_what}:"
            ];
            let displays = grid(Name::Var('Y'), &self.wrong_output(), 1);
            steps.push(step(5, zeros, displays));
        }
        steps
    }

    /// How many zeros go between inputs.
    fn zeros(&self, too_many: bool) -> Prose {
        let stride = self.axis().stride;
        let zeros = if too_many { row!['s', Equals, stride] } else { row![Law::ZerosBetween, Equals, stride - 1] };
        prose!["The number of zeros put between neighbouring inputs is ", zeros, "."]
    }

    /// How many zeros go around, as a rule has it, and the input that comes out.
    fn padding(&self, rewriting: &ZeroInsertion, rule: Option<Misconception>) -> Step {
        let undilated = |law: Law| match rule {
            Some(Misconception::Planted(Fault::UndilatedPadding)) => law.formula().replacing("d (k - 1)", "k - 1"),
            _ => law.formula().clone(),
        };
        let (cut, spared) = (undilated(Law::ZerosBefore), undilated(Law::ZerosAfter));
        let (before, after) = match rule {
            Some(Misconception::Planted(Fault::OutputPaddingBothSides)) => (spared.clone(), spared),
            Some(Misconception::Planted(Fault::OutputPaddingAtStart)) => (spared, cut),
            Some(Misconception::Planted(Fault::PaddingAsItIs)) => (Formula::of("p"), Formula::of("p + o")),
            Some(Misconception::ZerosForOutputPadding) => (cut.clone(), cut),
            _ => (cut, spared),
        };
        let (first, last) = rewriting.padding[0];
        let lines = vec![
            ("before".into(), row![Equals, before, Equals, first]),
            ("after".into(), row![Equals, after, Equals, last]),
        ];
        let on_axes = if self.drawn.layer.dimensions() == 1 { "" } else { ", on every axis" };
        let later = match rule {
            Some(Misconception::ZerosForOutputPadding) => "; the output padding comes last",
            _ => "",
        };
        let claim = prose!["The following numbers of zeros are put before and after the result{on_axes}{later}:"];
        let mut displays = vec![Math::Aligned(lines)];
        displays.extend(grid(Name::Primed('X'), &rewriting.operand(&self.drawn.x, &0, &0), 1));
        step(2, claim, displays)
    }

    fn kernel(&self, rewriting: &ZeroInsertion) -> Step {
        let claim = match (rewriting.turn, self.drawn.layer.dimensions()) {
            (Turn::Kept, _) => "The kernel is taken as it is:",
            (Turn::AxesExchanged, _) => "The kernel is transposed, its rows become its columns:",
            (Turn::Flipped, 1) => "The kernel is flipped:",
            (Turn::Flipped, _) => "The kernel is rotated by 180 degrees:",
        };
        let displays = grid(Name::Primed('W'), &rewriting.kernel(&self.drawn.w), 2);
        step(3, prose![claim], displays)
    }

    fn sliding(&self, name: Name) -> Prose {
        let dilation = self.axis().dilation;
        let dilated = if dilation > 1 { format!(" and dilation {dilation}") } else { String::new() };
        prose!["$W'$ slides over $X'$ with stride 1{dilated} and gives ${name}$:"]
    }

    /// The derivation of a convolution with a stride that thins out what stride 1 gives.
    fn thinned(&self) -> Vec<Step> {
        let stride = self.axis().stride;
        let size = &self.drawn.layer.output_shape()[1..];
        let whole = self.with_stride_one();
        let kept: Vec<String> = (0..size.iter().product()).map(|at: usize| (at * stride).to_string()).collect();
        let ordinal = if stride == 2 { "second".to_owned() } else { "third".to_owned() };
        vec![
            step(1, prose![format!("The output has size {} × {}.", size[0], size[1])], Vec::new()),
            step(2, prose!["With stride 1 the layer would give $Z$:"], grid(Name::Var('Z'), &whole, 1)),
            step(
                3,
                prose![
                    "The stride {stride} keeps every {ordinal} row of the matrix, that is every {ordinal} entry of the \
                     flattened $Z$",
                    format!(": the entries {}.", kept.join(", "))
                ],
                Vec::new(),
            ),
            step(
                4,
                prose!["In the shape of step 1 these are the output $Y$:"],
                grid(Name::Var('Y'), &self.wrong_output(), 1),
            ),
        ]
    }

    /// The wrong step as it should be.
    fn corrected(&self) -> Step {
        let right = ZeroInsertion::of(self.drawn.layer.geometry());
        match (self.planted, self.wrong_step()) {
            (Misconception::EverySthRow, _) => {
                let stride = self.axis().stride;
                step(
                    3,
                    prose![
                        "The stride {stride} keeps the entries of $Z$ whose row and column are both multiples of \
                         {stride}."
                    ],
                    Vec::new(),
                )
            }
            (_, 1) => {
                let displays = grid(Name::Primed('X'), &right.operand(&self.drawn.x, &0, &0), 1);
                step(1, prose![self.zeros(false), " After step 2:"], displays)
            }
            (_, 3) => self.kernel(&right),
            // The steps before it leave the output padding to it.
            (_, 5) => step(
                5,
                prose![
                    "The output padding ",
                    row!['o', Equals, self.axis().output_padding],
                    " is the number of zeros that are put at the end of $X'$, in addition to those of step 2. \
                         $W'$ slides over them, too:"
                ],
                grid(Name::Primed('X'), &right.operand(&self.drawn.x, &0, &0), 1),
            ),
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

    /// A step, the wrong rule that it is said to follow, and the output.
    fn told(step: i64, rule: &str, output: &Tensor<i64>) -> Answer {
        let right = AnswerPart::of("the right output", Answer::tensor(Name::Var('Y'), output, 1));
        told(step, format!("the step follows the wrong rule that {rule}"), right)
    }
}

impl Exercise for Mistake {
    fn about(&self) -> About {
        let about = self.drawn.about(4);
        About { identity: format!("{} {}", about.identity, self.planted.name()), ..about }
    }

    fn question(&self) -> Vec<Step> {
        self.asking(prose!["Which step is it, what is its mistake, and what is the right output $Y$?"])
    }

    /// Who names the mistake can mend it, and five outputs would fill a page.
    fn question_of_choice(&self) -> Vec<Step> {
        self.asking(prose!["Which step is it, and what is its mistake?"])
    }

    fn offered(&self, answer: &Answer) -> Answer {
        answer.parts(..2)
    }

    fn answer(&self) -> Answer {
        let (step, rule) = self.in_a_step(self.planted).expect("every rule that is planted has a step");
        Self::told(step, rule, &self.drawn.output())
    }

    /// The step in which the rewriting of the derivation is another than the right one; its mistake is the rule if what
    /// the derivation prints is what the rule leads to by its taps, and is wrong, over symbols as well as with these
    /// numbers. The right output by the matrix.
    fn by_another_road(&self) -> Option<Answer> {
        let layer = &self.drawn.layer;
        let (right, spoilt) = (ZeroInsertion::of(layer.geometry()), self.spoilt());
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
        let [step] = differing[..] else { return None };
        let output = self.drawn.output_by_matrix();
        // With numbers this may be chance; over symbols the mistake itself shows.
        let (x, w) = symbols(layer);
        let over_symbols = self.planted.output::<Polynomial>(layer, &x, &w)?;
        if self.wrong_output() == output || over_symbols == by_textbook(layer, &x, &w) {
            return None;
        }
        let (_, rule) = self.in_a_step(self.planted).filter(|(of_rule, _)| *of_rule == step)?;
        Some(Self::told(step, rule, &output))
    }

    fn solution(&self) -> Vec<Step> {
        let wrong = self.wrong_step();
        let mut said = prose!["Step {wrong} is wrong. "];
        said.push(self.planted.feedback().into());
        said.push(" Right is:".into());
        let output = Step::displayed(prose!["With it, the output is"], grid(Name::Var('Y'), &self.drawn.output(), 1));
        vec![Step::text(said), self.corrected(), output]
    }

    fn hints(&self) -> Vec<Prose> {
        match self.drawn.layer.operation() {
            Operation::Transposed => hints![
                "Compute one entry of the output another way, for example the first one, and compare.",
                "Neighbouring inputs have to lie $s$ cells apart, ${ZerosBefore}$ cells go before the first one, and \
                 the kernel is turned so that its last cell comes first.",
            ],
            Operation::Convolution => hints![
                "Where does the kernel lie when it computes the second row of the output?",
                "A stride moves the kernel along each axis on its own.",
            ],
        }
    }

    fn distractors(&self) -> Vec<Distractor> {
        let Drawn { x, w, .. } = &self.drawn;
        // What leads to the right output is no mistake, and what leads to the printed one, or to that of another
        // option, says the same in other words. Rules that agree over symbols agree with numbers, too; those that agree
        // with these numbers only are left out as well, for the numbers are all that is seen.
        let mut known = vec![self.drawn.output(), self.wrong_output()];
        let mut distractors = Vec::new();
        for rule in Misconception::all().filter(|rule| *rule != self.planted) {
            let Some((step, said)) = self.in_a_step(rule) else { continue };
            let Some(output) = self.output_by(rule, x, w).filter(|output| !known.contains(output)) else { continue };
            let feedback = if step == self.wrong_step() {
                format!("Step {step} is the wrong one, but this is not its mistake.")
            } else {
                format!("Step {step} is as it should be: it does not follow the wrong rule that {said}.")
            };
            let answer = Self::told(step, said, &output);
            known.push(output);
            distractors.push(Distractor { feedback: prose![feedback], ..Distractor::of(rule, answer) });
        }
        distractors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::misconception::NamedRule;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_is_planted_somewhere_and_a_wrong_answer_never_has_the_right_output() {
        let mut planted = BTreeSet::new();
        for seed in 0..3000 {
            let scope = Scope { level: Level::ALL[seed as usize % 3], dimensions: None };
            let Some(exercise) = draw(&mut Dice::new(seed), scope) else { continue };
            assert_eq!(exercise.by_another_road(), Some(exercise.answer()), "seed {seed}");
            let Answer::Parts(key) = exercise.answer() else { panic!("it has parts") };
            planted.insert(exercise.about().identity.rsplit(' ').next().unwrap_or_default().to_owned());
            for distractor in exercise.distractors() {
                let Answer::Parts(wrong) = distractor.answer else { panic!("it has parts, too") };
                assert_ne!(wrong[2].answer, key[2].answer, "seed {seed}: {:?}", distractor.misconception);
            }
        }
        for rule in PLANTED.into_iter().chain([Misconception::EverySthRow]) {
            assert!(planted.contains(rule.name()), "{} is never planted", rule.name());
        }
    }

    /// Exercises with a derivation, of all levels and both dimensions.
    fn derivations() -> Vec<Mistake> {
        let mut all = Vec::new();
        for seed in 0..2500_u64 {
            let scope = Scope { level: Level::ALL[seed as usize % 3], dimensions: None };
            all.extend(derivation(&mut Dice::new(seed), scope));
        }
        assert!(all.len() > 150, "{}", all.len());
        all
    }

    #[test]
    fn no_option_describes_the_mistake_or_another_option_once_more() {
        for exercise in derivations() {
            let (x, w) = symbols(&exercise.drawn.layer);
            let mut known = vec![
                by_textbook::<Polynomial>(&exercise.drawn.layer, &x, &w),
                exercise.planted.output(&exercise.drawn.layer, &x, &w).expect("it was drawn so"),
            ];
            let printed = Answer::tensor(Name::Var('Y'), &exercise.wrong_output(), 1);
            for distractor in exercise.distractors() {
                let NamedRule::Output(rule) = distractor.misconception else { panic!("a rule for the output") };
                let output = exercise.output_by(rule, &x, &w).expect("it has an output");
                assert!(!known.contains(&output), "{} {}", exercise.about().identity, rule.name());
                known.push(output);
                let Answer::Parts(parts) = distractor.answer else { panic!("it has parts") };
                assert_ne!(parts[2].answer, printed, "{} {}", exercise.about().identity, rule.name());
            }
        }
    }

    #[test]
    fn feedback_never_contradicts_the_key() {
        for exercise in derivations() {
            for distractor in exercise.distractors() {
                let Answer::Parts(parts) = &distractor.answer else { panic!("it has parts") };
                let Answer::Integer(step) = parts[0].answer else { panic!("a step") };
                let is_wrong = distractor.feedback
                    == prose![format!("Step {step} is the wrong one, but this is not its mistake.")];
                assert_eq!(is_wrong, step == exercise.wrong_step(), "{}", exercise.about().identity);
            }
        }
    }

    #[test]
    fn an_option_names_a_step_that_there_is_with_a_mistake_that_it_could_have() {
        // What each step is about, as its options may call it.
        let transposed = [
            &["between neighbouring inputs"][..],
            &["padding", "zero"],
            &["kernel is not flipped", "kernel is transposed"],
            &["cells of the kernel"],
            &["output padding"],
        ];
        let convolution = [&["rounded up"][..], &["kernel", "padding"], &["every s-th row", "no entry"], &[]];
        for exercise in derivations() {
            let about: &[&[&str]] =
                if exercise.planted == Misconception::EverySthRow { &convolution } else { &transposed };
            let answers = exercise.distractors().into_iter().map(|distractor| distractor.answer);
            for answer in answers.chain([exercise.answer()]) {
                let Answer::Parts(parts) = answer else { panic!("it has parts") };
                let (Answer::Integer(step), Answer::FreeText(said)) = (&parts[0].answer, &parts[1].answer) else {
                    panic!("a step and its mistake")
                };
                assert!(*step <= exercise.derivation().len() as i64);
                let said = format!("{said:?}");
                assert!(said.contains("the step follows the wrong rule that"), "{said}");
                assert!(about[*step as usize - 1].iter().any(|word| said.contains(word)), "step {step}: {said}");
            }
        }
    }

    #[test]
    fn a_kernel_with_a_symmetry_is_never_drawn() {
        let square = |entries: [i64; 4]| has_symmetry(&Tensor::new(vec![1, 1, 2, 2], entries.to_vec()));
        assert!(square([1, 2, 2, 3]) && square([1, 2, 3, 1]) && square([1, 2, 1, 2]) && square([1, 2, 2, 1]));
        assert!(!square([1, 2, 3, 4]) && !square([1, 1, 2, 3]));
        assert!(derivations().iter().all(|exercise| !has_symmetry(&exercise.drawn.w)));
    }
}
