//! The inverse question: which parameters, or which input sizes, lead to a given size? All solutions are wanted.

use super::prelude::*;
use crate::doc::factor;
use crate::formula::{Formula, Letter};
use crate::laws::Law::{Buffer, Room, TransposedSize};
use crate::laws::{Ends, numbers};
use crate::misconception::{SizeMisconception, SolutionMisconception};
use crate::worksheet::drawn::{call, call_with_letters, extent, uniform_layer};

/// The kind.
pub(super) const KIND: ExerciseKind =
    ExerciseKind { id: "inverse", title: "Back from the size", has_choice: true, draw };

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unknown {
    /// The output padding of a transposed layer.
    OutputPadding,
    /// The padding.
    Padding,
    /// The stride.
    Stride,
    /// Padding and output padding of a transposed layer.
    Paddings,
    /// The lengths that a convolution maps onto the given one.
    Inputs,
}

#[derive(Debug)]
struct Inverse {
    operation: Operation,
    /// Every axis, with the parameters that are looked for as one solution has them.
    axis: AxisSettings,
    dimensions: usize,
    wanted: Unknown,
}

/// A longer list of solutions is more writing and no more thinking.
const MOST_SOLUTIONS: usize = 5;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    use Operation::{Convolution, Transposed};
    let dimensions = scope.dimensions(dice);
    let asked: &[(Operation, Unknown)] = match scope.level {
        Level::One => &[
            (Transposed, Unknown::OutputPadding),
            (Transposed, Unknown::Stride),
            (Convolution, Unknown::Stride),
            (Convolution, Unknown::Inputs),
        ],
        Level::Two | Level::Three => &[
            (Transposed, Unknown::OutputPadding),
            (Transposed, Unknown::Padding),
            (Transposed, Unknown::Stride),
            (Transposed, Unknown::Paddings),
            (Convolution, Unknown::Padding),
            (Convolution, Unknown::Stride),
            (Convolution, Unknown::Inputs),
        ],
    };
    let (operation, wanted) = *dice.pick(asked);
    let kernel = dice.size(2..=5);
    let stride = dice.size(2..=if scope.level == Level::One { 3 } else { 4 });
    let dilation = if scope.level == Level::Three { dice.size(2..=3) } else { 1 };
    let padding = if scope.level == Level::One { 0 } else { dice.size(1..=2).min(dilation * (kernel - 1)) };
    let (input, output_padding) = match operation {
        Transposed => {
            let looked_for = scope.level != Level::One || wanted == Unknown::OutputPadding;
            let output_padding = if looked_for { dice.below(stride) } else { 0 };
            // Where output padding is all that is looked for, 0 would be guessed too often.
            let is_too_easy = scope.level == Level::One && output_padding == 0 && !dice.once_in(4);
            let output_padding = if looked_for && is_too_easy { dice.size(1..=stride - 1) } else { output_padding };
            (dice.size(3..=9), output_padding)
        }
        Convolution => (dice.size(6..=16), 0),
    };
    let padding = Padding::both(padding);
    let axis = AxisSettings { stride, dilation, padding, output_padding, ..AxisSettings::new(input, kernel) };
    let exercise = Inverse { operation, axis, dimensions, wanted };
    exercise.layer_of(axis)?;
    exercise.is_worth_it().then(|| Box::new(exercise) as Box<dyn Exercise>)
}

/// The lengths, paddings, strides that somebody might try go so far.
const REACH: usize = 48;

impl Inverse {
    /// The layer with these numbers on every axis, if it is possible.
    fn layer_of(&self, axis: AxisSettings) -> Option<Layer> {
        uniform_layer(self.operation, axis, self.dimensions)
    }

    fn drawn_layer(&self) -> Layer {
        self.layer_of(self.axis).expect("it was drawn possible")
    }

    /// A single placement of the kernel leaves every larger stride open.
    fn is_worth_it(&self) -> bool {
        let placements = if self.operation == Operation::Convolution { self.target() } else { self.axis.input };
        placements > 1 && self.solutions().len() <= MOST_SOLUTIONS
    }

    /// The length of the output that is asked for.
    fn target(&self) -> usize {
        self.drawn_layer().output_shape()[1]
    }

    /// The letters that stand for what is looked for.
    fn letters(&self) -> &'static [char] {
        match self.wanted {
            Unknown::OutputPadding => &['o'],
            Unknown::Padding => &['p'],
            Unknown::Stride => &['s'],
            Unknown::Paddings => &['p', 'o'],
            Unknown::Inputs => &['n'],
        }
    }

    /// The call, with letters for what is looked for.
    fn call_with_letters(&self) -> String {
        let AxisSettings { kernel, stride, padding, output_padding, dilation, .. } = self.axis;
        let unknown = |letter: char| self.letters().contains(&letter).then_some(letter);
        let arguments = [
            ("stride", unknown('s'), stride, 1),
            ("padding", unknown('p'), padding.begin, 0),
            ("output_padding", unknown('o'), output_padding, 0),
            ("dilation", None, dilation, 1),
        ];
        call_with_letters(self.operation, self.dimensions, &kernel.to_string(), &arguments).to_string()
    }

    /// A law for the axis as it was drawn.
    fn value(&self, law: Law) -> i64 {
        law.value(self.operation, &self.axis).expect("small numbers") as i64
    }

    /// How many cells a dilated kernel covers.
    fn covered(&self) -> i64 {
        self.value(Law::Covered)
    }

    /// PyTorch's bound: output padding stays below it.
    fn bound(&self) -> i64 {
        self.value(Law::OutputPaddingBound)
    }

    /// Of a transposed convolution: its output without padding and output padding.
    fn whole(&self) -> i64 {
        self.value(Law::Buffer)
    }

    /// All solutions, by solving the size formula.
    fn solutions(&self) -> Vec<Vec<i64>> {
        let AxisSettings { input, stride, padding, output_padding, dilation, .. } = self.axis;
        let (input, stride, padding) = (input as i64, stride as i64, padding.begin as i64);
        let (output_padding, target) = (output_padding as i64, self.target() as i64);
        let halved = |twice: i64| (twice >= 0 && twice % 2 == 0).then_some(twice / 2);
        let one_each = |found: Vec<i64>| found.into_iter().map(|value| vec![value]).collect();
        match (self.wanted, self.operation) {
            (Unknown::OutputPadding, _) => {
                let needed = target - self.whole() + 2 * padding;
                one_each((0..self.bound()).filter(|&o| o == needed).collect())
            }
            (Unknown::Paddings, _) => {
                let pair = |o: i64| Some(vec![halved(self.whole() + o - target)?, o]);
                let mut pairs: Vec<Vec<i64>> = (0..self.bound()).filter_map(pair).collect();
                pairs.sort();
                pairs
            }
            (Unknown::Padding, Operation::Transposed) => {
                one_each(halved(self.whole() + output_padding - target).into_iter().collect())
            }
            (Unknown::Padding, Operation::Convolution) => {
                // (m - 1)s <= n + 2p - ke < m s
                let (least, below) = ((target - 1) * stride, target * stride);
                let bare = input - self.covered();
                one_each((0..below.max(1)).filter(|p| (least..below).contains(&(bare + 2 * p))).collect())
            }
            (Unknown::Stride, Operation::Transposed) => {
                let steps = target + 2 * padding - self.covered() - output_padding;
                let is_allowed = |&stride: &i64| output_padding < stride.max(dilation as i64);
                one_each((1..=steps).filter(|stride| stride * (input - 1) == steps).filter(is_allowed).collect())
            }
            (Unknown::Stride, Operation::Convolution) => {
                let room = self.value(Law::Room);
                one_each((1..=room).filter(|stride| (target - 1) * stride <= room && room < target * stride).collect())
            }
            (Unknown::Inputs, _) => {
                let shortest = self.shortest();
                one_each((shortest.max(1)..shortest + stride).collect())
            }
        }
    }

    /// The shortest input of the convolution, were there no bound below: what the transposed convolution returns to.
    fn shortest(&self) -> i64 {
        let back = AxisSettings { input: self.target(), output_padding: 0, ..self.axis };
        Law::TransposedSize.value(Operation::Transposed, &back).expect("small numbers") as i64
    }

    /// All that may be tried, with the axis that it makes; output padding below a bound.
    fn candidates(&self, bound: usize) -> Vec<(Vec<i64>, AxisSettings)> {
        let axis = self.axis;
        let with_paddings = |p: usize, o: usize| AxisSettings { padding: Padding::both(p), output_padding: o, ..axis };
        let one = |value: usize, axis: AxisSettings| (vec![value as i64], axis);
        match self.wanted {
            Unknown::OutputPadding => (0..bound).map(|o| one(o, AxisSettings { output_padding: o, ..axis })).collect(),
            Unknown::Padding => {
                (0..=REACH).map(|p| one(p, AxisSettings { padding: Padding::both(p), ..axis })).collect()
            }
            Unknown::Stride => (1..=REACH).map(|s| one(s, AxisSettings { stride: s, ..axis })).collect(),
            Unknown::Paddings => (0..=REACH)
                .flat_map(|p| (0..bound).map(move |o| (vec![p as i64, o as i64], with_paddings(p, o))))
                .collect(),
            Unknown::Inputs => (1..=REACH).map(|n| one(n, AxisSettings { input: n, ..axis })).collect(),
        }
    }

    fn answer_of(&self, all: Vec<Vec<i64>>) -> Answer {
        Answer::Solutions { unknowns: self.letters().iter().map(|&letter| letter.into()).collect(), all }
    }

    /// The size formula of the transposed convolution with its numbers.
    fn equation(&self) -> Math {
        let numbers = numbers(Operation::Transposed, &self.axis);
        let told = |letter: Letter| if self.letters().contains(&letter.sign) { None } else { numbers(letter) };
        row![self.target(), Equals, Law::TransposedSize.formula().with(&told)]
    }

    /// What follows from the equation or from the rounding; the solutions come after it.
    fn reasoning(&self) -> Prose {
        let AxisSettings { input, stride, padding, output_padding, .. } = self.axis;
        let (target, stride, padding) = (self.target() as i64, stride as i64, padding.begin as i64);
        let placed = |times: i64| row![times, Times, stride, Equals, times * stride];
        match (self.wanted, self.operation) {
            (Unknown::Inputs, _) => prose![
                "For $m = {target}$ the kernel is placed {target} times, so it covers at least ${Buffer}$",
                format!(" = {} cells of the padded input", (target - 1) * stride + self.covered()),
                if padding == 0 { ".".to_owned() } else { format!(", {} of which are padding.", 2 * padding) },
                format!(" The shortest input has {} cells; up to ", self.shortest()),
                row![Law::ZerosBetween, Equals, stride - 1],
                " further ones are not reached by another placement. So "
            ],
            (Unknown::Stride, Operation::Convolution) => prose![
                "Beyond its first placement the kernel can go ",
                row![Law::Room, Equals, self.value(Law::Room)],
                format!(" cells. It is placed {target} times if {} steps fit and {target} do not: ", target - 1),
                row![target - 1, 's'],
                format!(" is at most {}, ", self.value(Law::Room)),
                "${target} s$ is more. So "
            ],
            (Unknown::Padding, Operation::Convolution) => prose![
                "Beyond its first placement the kernel can go ${Room}$ = ",
                row![input as i64 - self.covered(), Plus, 2_usize, 'p'],
                " cells. It is placed {target} times if that is at least ",
                placed(target - 1),
                " and less than ",
                placed(target),
                ". So "
            ],
            (Unknown::Paddings, _) => {
                let whole = self.whole();
                prose![
                    "It says ",
                    row![2_usize, 'p', Minus, 'o', Equals, whole - target],
                    match self.bound() {
                        1 => ". As the output padding is 0, and ".to_owned(),
                        2 => ". As the output padding is 0 or 1, and ".to_owned(),
                        bound => format!(". As the output padding is a number from 0 to {}, and ", bound - 1),
                    },
                    "$2 p$",
                    if self.solutions().len() == 1 {
                        " is even and not negative, the only solution is "
                    } else {
                        " is even and not negative, the solutions are "
                    }
                ]
            }
            (Unknown::Padding, Operation::Transposed) => {
                let whole = self.whole() + output_padding as i64;
                prose!["It says ", row![2_usize, 'p', Equals, factor(whole.into()), Minus, target], ". So "]
            }
            (Unknown::Stride, Operation::Transposed) => {
                let steps = target + 2 * padding - self.covered() - output_padding as i64;
                prose!["It says ", row![input - 1, 's', Equals, steps], ". So "]
            }
            (Unknown::OutputPadding, _) => prose!["So "],
        }
    }
}

impl Exercise for Inverse {
    fn about(&self) -> About {
        let identity = format!("{} {} {}", self.call_with_letters(), self.axis.input, self.target());
        About { layer: call(&self.drawn_layer(), Bias::Present), identity, points: 3, data: Vec::new() }
    }

    fn question(&self) -> Vec<Step> {
        let call = self.call_with_letters();
        let (read, written) = (extent(self.axis.input, self.dimensions), extent(self.target(), self.dimensions));
        let wanted = match self.wanted {
            Unknown::OutputPadding => "the output padding $o$",
            Unknown::Padding => "every padding $p$",
            Unknown::Stride => "every stride $s$",
            Unknown::Paddings => "all pairs $(p, o)$ of padding and output padding",
            Unknown::Inputs => {
                let (lengths, width) = match self.dimensions {
                    1 => ("lengths", ""),
                    _ => ("heights", "; the same values are possible for the width"),
                };
                return vec![Step::text(prose![
                    "Which inputs does `{call}` turn into an output of {written}? Give all possible {lengths} \
                     $n${width}."
                ])];
            }
        };
        let bound = match self.wanted {
            Unknown::Paddings => " PyTorch allows $o$ only below the larger of stride and dilation.",
            _ => "",
        };
        vec![Step::text(prose![
            "Find ",
            wanted,
            " with which `{call}` turns an input of {read} into an output of {written}.",
            bound
        ])]
    }

    fn answer(&self) -> Answer {
        self.answer_of(self.solutions())
    }

    /// Every layer in reach is tried.
    fn by_another_road(&self) -> Option<Answer> {
        let fits =
            |axis: AxisSettings| self.layer_of(axis).is_some_and(|layer| layer.output_shape()[1] == self.target());
        let tried = self.candidates(self.bound() as usize + 2).into_iter().filter(|(_, axis)| fits(*axis));
        Some(self.answer_of(tried.map(|(values, _)| values).collect()))
    }

    fn solution(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.operation == Operation::Transposed {
            let claim = prose!["The size formula is an equation for what is looked for:"];
            steps.push(Step::shown(claim, self.equation()));
        }
        let mut last = self.reasoning();
        last.extend(self.answer().in_line());
        let is_cut = self.wanted == Unknown::Inputs && self.shortest() < 1;
        last.push(if is_cut { ": an input has at least one cell." } else { "." }.into());
        steps.push(Step::text(last));
        steps
    }

    fn hints(&self) -> Vec<Prose> {
        match self.operation {
            Operation::Convolution => vec![
                prose![
                    "The size formula ",
                    Law::ConvolutionSize.equation(),
                    " rounds down, so several settings share an output size."
                ],
                prose!["Where must the last placement of the kernel still fit, and where must one more not fit?"],
            ],
            Operation::Transposed => hints![
                "Put the numbers into ${TransposedSize:#}$.",
                "Output padding is at least 0 and smaller than the larger of stride and dilation.",
            ],
        }
    }

    fn distractors(&self) -> Vec<Distractor> {
        let target = self.target() as i128;
        let answered = |all: Vec<Vec<i64>>| {
            // Nobody believes that nothing fits, or nearly everything.
            let is_believable = (1..=MOST_SOLUTIONS).contains(&all.len());
            is_believable.then(|| self.answer_of(all))
        };
        let found = |bound: usize, size: &Formula| {
            let hits = |axis: &AxisSettings| size.value(&numbers(self.operation, axis)) == Some(target);
            let tried = self.candidates(bound).into_iter().filter(|(_, axis)| hits(axis));
            answered(tried.map(|(values, _)| values).collect())
        };
        let bound = match self.wanted {
            Unknown::Paddings => self.bound() as usize,
            // A wrong size may ask for more than PyTorch allows.
            _ => REACH,
        };
        let by_size = |wrong: SizeMisconception| {
            let answer = found(bound, &wrong.formula(self.operation, Ends::Alike)?)?;
            let feedback = prose![wrong.feedback_for(&[self.axis])];
            Some(Distractor { feedback, ..Distractor::of(wrong, answer) })
        };
        let by_bound = |wrong: SolutionMisconception| {
            let answer = match (wrong, self.wanted) {
                (SolutionMisconception::OnlyOne, _) => answered(self.solutions()[..1].to_vec())?,
                (_, Unknown::Paddings) => found(wrong.bound(&self.axis)?, Law::TransposedSize.formula())?,
                _ => return None,
            };
            Some(Distractor::of(wrong, answer))
        };
        SolutionMisconception::all().filter_map(by_bound).chain(SizeMisconception::all().filter_map(by_size)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(operation: Operation, axis: AxisSettings, wanted: Unknown) -> Vec<Vec<i64>> {
        let exercise = Inverse { operation, axis, dimensions: 1, wanted };
        assert_eq!(exercise.by_another_road(), Some(exercise.answer()), "{exercise:?}");
        exercise.solutions()
    }

    #[test]
    fn solutions_found_by_hand() {
        // n = (5-1)*2 - 2*1 + 2 + 1 + 1 = 10
        let axis = AxisSettings { stride: 2, padding: Padding::both(1), output_padding: 1, ..AxisSettings::new(5, 3) };
        assert_eq!(solved(Operation::Transposed, axis, Unknown::OutputPadding), [[1]]);
        assert_eq!(solved(Operation::Transposed, axis, Unknown::Padding), [[1]]);
        assert_eq!(solved(Operation::Transposed, axis, Unknown::Stride), [[2]]);
        // Without the bound (2, 3) were another one.
        assert_eq!(solved(Operation::Transposed, axis, Unknown::Paddings), [[1, 1]]);
        let dilated = AxisSettings { dilation: 3, output_padding: 0, ..axis };
        assert_eq!(solved(Operation::Transposed, dilated, Unknown::Paddings), [[1, 0], [2, 2]]);
        // m = floor((13 + 2*1 - 3)/3) + 1 = 5
        let axis = AxisSettings { stride: 3, padding: Padding::both(1), ..AxisSettings::new(13, 3) };
        assert_eq!(solved(Operation::Convolution, axis, Unknown::Inputs), [[13], [14], [15]]);
        assert_eq!(solved(Operation::Convolution, axis, Unknown::Padding), [[1], [2]]);
        assert_eq!(solved(Operation::Convolution, axis, Unknown::Stride), [[3]]);
        // m = floor((13 - 3)/4) + 1 = 3: strides 4 and 5, as 3*4 > 10 >= 2*5.
        let axis = AxisSettings { stride: 4, ..AxisSettings::new(13, 3) };
        assert_eq!(solved(Operation::Convolution, axis, Unknown::Stride), [[4], [5]]);
    }

    #[test]
    fn an_output_padding_of_zero_is_the_rarer_answer_at_level_one() {
        let mut dice = Dice::new(3);
        let scope = Scope { level: Level::One, dimensions: None };
        let drawn: Vec<_> = (0..2000).filter_map(|_| draw(&mut dice, scope)).collect();
        let answers = |zero: &dyn Fn(i64) -> bool| {
            let is_it = |answer: &Answer| match answer {
                Answer::Solutions { unknowns, all } => unknowns[..] == ['o'.into()] && zero(all[0][0]),
                _ => false,
            };
            drawn.iter().filter(|exercise| is_it(&exercise.answer())).count()
        };
        let (zero, all) = (answers(&|o| o == 0), answers(&|_| true));
        assert!(zero > 0 && 4 * zero < all, "{zero} of {all}");
    }

    #[test]
    fn an_output_padding_that_rules_out_small_strides_is_kept() {
        // (4-1)*1 + 2*2 + 1 + 1 = 9: with dilation 2 the output padding 1 is legal beside stride 1.
        let axis = AxisSettings { dilation: 2, output_padding: 1, ..AxisSettings::new(4, 3) };
        assert_eq!(solved(Operation::Transposed, axis, Unknown::Stride), [[1]]);
    }
}
