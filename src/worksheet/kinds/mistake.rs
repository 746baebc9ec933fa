//! Find the mistake: a derivation with one wrong step, to be found, named and corrected.

mod bounds;

use super::prelude::*;
use crate::algebra::{Polynomial, Ring};
use crate::formula::Formula;
use crate::proof::{Fault, symbols};
use crate::roads::by_textbook;
use crate::roads::rewritten::{Turn, ZeroInsertion};
use crate::worksheet::drawn::listed;

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "mistake", has_choice: true, draw };

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

/// The facts of a wrong rule that a step is said to follow, for `exercise/mistake-rule-in-words.md`: its name, and the rule
/// as it is spoken elsewhere.
fn rule_facts(name: &'static str, spoken: Option<Fact>, step: i64, operation: Operation) -> Facts {
    facts! {
        /// The name of a wrong rule.
        rule: name,
        /// The rule as somebody may say it who speaks of no step.
        spoken: spoken,
        /// The step that is said to follow it.
        step: step,
        /// Whether the derivation is that of a transposed convolution.
        in_transposed: operation == Operation::Transposed,
    }
}

/// The wrong step, the rule that it follows, and what is right.
fn told(step: i64, rule: Facts, right: Answer) -> Answer {
    let facts = facts! {
        /// What the step does wrong.
        mistake: rule,
    };
    Answer::Parts(vec![
        AnswerPart::named("step", Answer::Integer(step)),
        AnswerPart::named("mistake", Answer::FreeText(Passage::new("exercise/mistake-rule", facts))),
        AnswerPart::named("right", right),
    ])
}

impl Mistake {
    fn axis(&self) -> &AxisSettings {
        &self.drawn.layer.settings()[0]
    }

    /// The step that can follow a rule; none where no step can.
    fn step_of(&self, rule: Misconception) -> Option<i64> {
        if self.drawn.layer.operation() == Operation::Convolution {
            return Some(match rule {
                Misconception::RoundedUp => 1,
                Misconception::FlippedConvolution | Misconception::PaddingIgnored | Misconception::DilationIgnored => 2,
                Misconception::EverySthRow | Misconception::StrideIgnored => 3,
                _ => return None,
            });
        }
        Some(match rule {
            Misconception::Planted(Fault::StrideManyZeros) | Misconception::StrideIgnored => 1,
            Misconception::Planted(Fault::NoFlip | Fault::TransposedKernel) => 3,
            Misconception::Planted(_) | Misconception::PaddingIgnored => 2,
            Misconception::DilationIgnored => 4,
            // Only where the mistake is planted is there a step for it.
            Misconception::ZerosForOutputPadding if rule == self.planted => 5,
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

    /// How many zeros go before and after, as a rule has it.
    fn zeros_around(rule: Option<Misconception>) -> (Formula, Formula) {
        let undilated = |law: Law| match rule {
            Some(Misconception::Planted(Fault::UndilatedPadding)) => law.formula().replacing("d (k - 1)", "k - 1"),
            _ => law.formula().clone(),
        };
        let (cut, spared) = (undilated(Law::ZerosBefore), undilated(Law::ZerosAfter));
        match rule {
            Some(Misconception::Planted(Fault::OutputPaddingBothSides)) => (spared.clone(), spared),
            Some(Misconception::Planted(Fault::OutputPaddingAtStart)) => (spared, cut),
            Some(Misconception::Planted(Fault::PaddingAsItIs)) => (Formula::of("p"), Formula::of("p + o")),
            Some(Misconception::ZerosForOutputPadding) => (cut.clone(), cut),
            _ => (cut, spared),
        }
    }

    /// The operands of a convolution with stride 1, made as a rule has it.
    fn told_rewriting(&self, rewriting: &ZeroInsertion, rule: Option<Misconception>) -> Facts {
        let stride = self.axis().stride;
        let (before, after) = Self::zeros_around(rule);
        let (before_value, after_value) = rewriting.padding[0];
        facts! {
            /// The number of zeros between neighbouring inputs, as an equation.
            zeros_between: match rule {
                Some(Misconception::Planted(Fault::StrideManyZeros)) => row!['s', Equals, stride],
                _ => row![Law::ZerosBetween, Equals, stride - 1],
            },
            /// The numbers of zeros before and after, in letters and in numbers.
            before: before,
            before_value: before_value,
            after: after,
            after_value: after_value,
            /// Whether the output padding is left to a later step.
            leaves_output_padding: rule == Some(Misconception::ZerosForOutputPadding),
            /// X': the input with all these zeros.
            slid_over: Fact::displays(grid(Name::Primed('X'), &rewriting.operand(&self.drawn.x, &0, &0), 1)),
            /// What becomes of the kernel: `kept`, `flipped` or `axes exchanged`.
            turn: match rewriting.turn {
                Turn::Kept => "kept",
                Turn::AxesExchanged => "axes exchanged",
                Turn::Flipped => "flipped",
            },
            /// W': that kernel.
            kernel: Fact::displays(grid(Name::Primed('W'), &rewriting.kernel(&self.drawn.w), 2)),
        }
    }

    /// The derivation of a convolution with a stride that thins out what stride 1 gives.
    fn told_thinned(&self) -> Facts {
        let size = &self.drawn.layer.output_shape()[1..];
        facts! {
            /// The size of the output.
            height: size[0],
            width: size[1],
            /// Z: the output with stride 1.
            whole: Fact::displays(grid(Name::Var('Z'), &self.with_stride_one(), 1)),
            /// The entries of the flattened Z that are wrongly kept.
            kept: listed((0..size[0] * size[1]).map(|at| at * self.axis().stride)),
        }
    }

    fn told_rule(&self, rule: Misconception, step: i64) -> Facts {
        rule_facts(rule.name(), Some(Fact::Claim(self.setting().passage(rule))), step, self.drawn.layer.operation())
    }

    /// A step, the wrong rule that it is said to follow, and the output.
    fn told(&self, step: i64, rule: Misconception, output: &Tensor<i64>) -> Answer {
        told(step, self.told_rule(rule, step), Answer::tensor(Name::Var('Y'), output, 1))
    }
}

impl Exercise for Mistake {
    fn about(&self) -> About {
        let about = self.drawn.about(4);
        About { identity: format!("{} {}", about.identity, self.planted.name()), ..about }
    }

    fn passage(&self) -> Passage {
        let layer = &self.drawn.layer;
        let (spoilt, right) = (self.spoilt(), ZeroInsertion::of(layer.geometry()));
        let is_thinned = self.planted == Misconception::EverySthRow;
        let appends = self.planted == Misconception::ZerosForOutputPadding;
        let slid = || spoilt.run(&self.drawn.x, &self.drawn.w);
        let others = Misconception::all().filter(|rule| *rule != self.planted);
        let others = others.filter_map(|rule| Some(self.told_rule(rule, self.step_of(rule)?)));
        let facts = facts! {
            /// The step that is wrong.
            wrong_step: self.wrong_step(),
            /// What is said to somebody who follows its wrong rule.
            feedback: Fact::Reason(self.setting().passage(self.planted)),
            /// The parameters along every axis.
            stride: self.axis().stride,
            dilation: self.axis().dilation,
            output_padding: self.axis().output_padding,
            /// The derivation with its mistake, and as it should be, where it goes by a convolution with stride 1.
            derived: (!is_thinned).then(|| self.told_rewriting(&spoilt, Some(self.planted))),
            right: (!is_thinned).then(|| self.told_rewriting(&right, None)),
            /// Z: what zeros are wrongly appended to, where they are.
            appended_to: appends.then(|| Fact::displays(grid(Name::Var('Z'), &slid(), 1))),
            /// The derivation of a convolution, where it is one, whose output is thinned out.
            thinned: is_thinned.then(|| self.told_thinned()),
            /// Y as the derivation has it, and as it should be.
            wrong_output: Fact::displays(grid(Name::Var('Y'), &self.wrong_output(), 1)),
            output: Fact::displays(grid(Name::Var('Y'), &self.drawn.output(), 1)),
            /// How many zeros go before the input.
            zeros_before: Law::ZerosBefore,
            /// The mistakes that another answer may name, each with the step that it says is wrong.
            other_mistakes: others.collect::<Fact>(),
        };
        Passage::new("exercise/mistake", self.drawn.facts().and(facts))
    }

    /// Who names the mistake can mend it, and five outputs would fill a page.
    fn offered(&self, answer: &Answer) -> Answer {
        answer.parts(..2)
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.drawn.layer)
    }

    fn answer(&self) -> Answer {
        self.told(self.wrong_step(), self.planted, &self.drawn.output())
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
        self.step_of(self.planted).filter(|of_rule| *of_rule == step)?;
        Some(self.told(step, self.planted, &output))
    }

    fn distractors(&self) -> Vec<Distractor> {
        let Drawn { x, w, .. } = &self.drawn;
        // What leads to the right output is no mistake, and what leads to the printed one, or to that of another
        // option, says the same in other words. Rules that agree over symbols agree with numbers, too; those that agree
        // with these numbers only are left out as well, for the numbers are all that is seen.
        let mut known = vec![self.drawn.output(), self.wrong_output()];
        let mut distractors = Vec::new();
        for rule in Misconception::all().filter(|rule| *rule != self.planted) {
            let Some(step) = self.step_of(rule) else { continue };
            let Some(output) = self.output_by(rule, x, w).filter(|output| !known.contains(output)) else { continue };
            distractors.push(Distractor::of(rule, self.told(step, rule, &output)));
            known.push(output);
        }
        distractors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::misconception::NamedRule;
    use crate::templates::Templates;
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
        let templates = Templates::built_in();
        for exercise in derivations() {
            let told = exercise.passage().told(&templates).expect("the text works");
            for distractor in exercise.distractors() {
                let Answer::Parts(parts) = &distractor.answer else { panic!("it has parts") };
                let Answer::Integer(step) = parts[0].answer else { panic!("a step") };
                let feedback = told.prose(&format!("feedback {}", distractor.misconception.name()));
                let is_wrong =
                    feedback == [format!("Step {step} is the wrong one, but this is not its mistake.").into()];
                assert_eq!(is_wrong, step == exercise.wrong_step(), "{} {feedback:?}", exercise.about().identity);
                assert!(!feedback.is_empty());
            }
        }
    }

    #[test]
    fn an_option_names_a_step_that_there_is_with_a_mistake_that_it_could_have() {
        let templates = Templates::built_in();
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
            let (about, steps): (&[&[&str]], _) = match exercise.planted {
                Misconception::EverySthRow => (&convolution, 4),
                Misconception::ZerosForOutputPadding => (&transposed, 5),
                _ => (&transposed, 4),
            };
            let answers = exercise.distractors().into_iter().map(|distractor| distractor.answer);
            for answer in answers.chain([exercise.answer()]) {
                let Answer::Parts(parts) = answer else { panic!("it has parts") };
                let (Answer::Integer(step), Answer::FreeText(mistake)) = (&parts[0].answer, &parts[1].answer) else {
                    panic!("a step and its mistake")
                };
                assert!(*step <= steps);
                let said = format!("{:?}", mistake.clone().steps(&templates).expect("the text works"));
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
