//! The inverse question: which parameters, or which input sizes, lead to a given size? All solutions are wanted.

use super::prelude::*;
use crate::formula::{Formula, Letter};
use crate::laws::{Ends, numbers};
use crate::misconception::{SizeMisconception, SolutionMisconception};
use crate::worksheet::drawn::{call, call_with_letters, layer_facts, uniform_layer};

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "inverse", has_choice: true, draw };

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
}

impl Exercise for Inverse {
    fn about(&self) -> About {
        let identity = format!("{} {} {}", self.call_with_letters(), self.axis.input, self.target());
        About { layer: call(&self.drawn_layer(), Bias::Present), identity, points: 3, data: Vec::new() }
    }

    fn passage(&self) -> Passage {
        let AxisSettings { input, stride, padding, output_padding, .. } = self.axis;
        let target = self.target();
        let (times, step, twice, o) = (target as i64, stride as i64, 2 * padding.begin as i64, output_padding as i64);
        let (is_transposed, solutions) = (self.operation == Operation::Transposed, self.solutions());
        let of_convolution = |number: &dyn Fn() -> i64| (!is_transposed).then(number);
        let of_transposed = |number: &dyn Fn() -> i64| is_transposed.then(number);
        let facts = facts! {
            /// The call, with letters for what is looked for.
            call: Fact::code(self.call_with_letters()),
            /// What is looked for: `output padding`, `padding`, `stride`, `both paddings` or `inputs`.
            wanted: match self.wanted {
                Unknown::OutputPadding => "output padding",
                Unknown::Padding => "padding",
                Unknown::Stride => "stride",
                Unknown::Paddings => "both paddings",
                Unknown::Inputs => "inputs",
            },
            /// The length of the input, and that of the output.
            input: input,
            target: target,
            /// All solutions, in a line; and whether there is just one.
            solutions: self.answer().in_line(),
            has_one_solution: solutions.len() == 1,
            /// The size formula.
            size_formula: Law::size(self.operation).equation(),
            /// Of a transposed convolution the size formula with the numbers.
            equation: is_transposed.then(|| self.equation()),
            /// How many cells the kernel covers at least in its placements: in letters and in numbers.
            buffer: Law::Buffer,
            covered: (times - 1) * step + self.covered(),
            /// How many of these are padding.
            padding: twice,
            /// The shortest input of a convolution with this output, were there no bound below.
            shortest: of_convolution(&|| self.shortest()),
            /// How many further cells do not bring another placement: in letters and in numbers.
            zeros_between: Law::ZerosBetween,
            unreached: step - 1,
            /// How far a convolution's kernel can go beyond its first placement: in letters, in numbers, and without
            /// padding.
            room: Law::Room,
            room_value: of_convolution(&|| self.value(Law::Room)),
            bare_room: input as i64 - self.covered(),
            /// How many steps bring a convolution's kernel to its last placement, how far they lead, and how far one more
            /// would.
            steps: times - 1,
            stride: stride,
            least_room: (times - 1) * step,
            too_much_room: times * step,
            /// Of a transposed convolution, twice the padding without the output padding.
            difference: of_transposed(&|| self.whole() - times),
            /// The most that PyTorch allows as output padding.
            most: self.bound() - 1,
            /// The output of a transposed convolution without padding.
            whole: of_transposed(&|| self.whole() + o),
            /// How many strides lie between the first and the last input of a transposed convolution, and how many cells.
            gaps: input - 1,
            to_stride: times + twice - self.covered() - o,
        };
        Passage::new("exercise/inverse", layer_facts(&self.drawn_layer()).and(facts))
    }

    fn setting(&self) -> Setting {
        Setting::new(self.operation, &[self.axis])
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
            Some(Distractor::of(wrong, answer))
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
