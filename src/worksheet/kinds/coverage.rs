//! Coverage: how many kernel cells reach each output cell, where the checkerboard is, and what removes it.

use super::prelude::*;
use crate::doc::{Grid, Shown};
use crate::geometry::greatest_common_divisor;
use crate::misconception::CoverageMisconception;
use crate::roads::by_textbook;
use crate::worksheet::drawn::{call, layer_facts, listed, taps, tuple, uniform_layer};
use std::ops::RangeInclusive;

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "coverage", has_choice: true, draw };

/// What may be changed to make the coverage uniform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Kernel,
    Dilation,
}

#[derive(Debug)]
struct Coverage {
    /// The same on every axis.
    axis: AxisSettings,
    dimensions: usize,
    change: Change,
    /// Flat places of the counts that are asked for, ascending.
    blanks: Vec<usize>,
}

/// What can be counted by hand in a few minutes.
const LONGEST_LINE: usize = 13;
const LONGEST_SIDE: usize = 11;
/// A larger grid is partly given.
const MOST_BLANKS: usize = 13;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let dimensions = scope.dimensions(dice);
    // Strides of 2 alone would leave hardly a checkerboard to choose from.
    let (kernel, stride) = (dice.size(2..=7), dice.size(2..=4));
    let plain = AxisSettings { stride, ..AxisSettings::new(dice.size(2..=5), kernel) };
    let dilation = if scope.level == Level::Three { dice.size(2..=3) } else { 1 };
    let axis = if scope.level == Level::One {
        plain
    } else {
        let padding = Padding::both(dice.size(0..=(dilation * (kernel - 1)).min(2)));
        AxisSettings { padding, output_padding: dice.below(stride), dilation, ..plain }
    };
    let change = if scope.level == Level::Three && dice.once_in(2) { Change::Dilation } else { Change::Kernel };
    let mut exercise = Coverage { axis, dimensions, change, blanks: Vec::new() };
    exercise.blanks = (0..exercise.layer_of()?.output_shape().iter().product()).collect();
    if exercise.blanks.len() > MOST_BLANKS {
        dice.shuffle(&mut exercise.blanks);
        exercise.blanks.truncate(MOST_BLANKS);
        exercise.blanks.sort_unstable();
    }
    exercise.is_worth_it(scope.level).then(|| Box::new(exercise) as Box<dyn Exercise>)
}

/// The remainder modulo the stride of the outputs that a kernel cell reaches.
fn remainder(axis: AxisSettings, cell: usize) -> usize {
    let place = (axis.dilation * cell) as i64 - axis.padding.begin as i64;
    place.rem_euclid(axis.stride as i64) as usize
}

/// How many kernel cells reach the output cells `0..s` modulo the stride, far from both ends.
fn interior(axis: AxisSettings) -> Vec<i64> {
    let mut counts = vec![0; axis.stride];
    (0..axis.kernel).for_each(|cell| counts[remainder(axis, cell)] += 1);
    counts
}

/// The same from the output of a long layer of ones.
fn interior_by_ones(axis: AxisSettings) -> Vec<i64> {
    let reach = axis.dilation * (axis.kernel - 1);
    // From the first output that all its inputs reach, a whole number of strides, to the last.
    let input = (reach + 2 * axis.padding.begin).div_ceil(axis.stride) + reach.div_ceil(axis.stride) + 3;
    let long = AxisSettings { input, output_padding: 0, ..axis };
    let output = ones(&uniform_layer(Operation::Transposed, long, 1).expect("it is long"));
    let first = reach.div_ceil(axis.stride) * axis.stride;
    output.entries()[first..first + axis.stride].to_vec()
}

/// The output of a layer whose input and weights are ones.
fn ones(layer: &Layer) -> Tensor<i64> {
    let filled = |shape: Vec<usize>| Tensor::from_fn(&shape, |_| 1_i64);
    by_textbook(layer, &filled(layer.input_shape()), &filled(layer.weight_shape()))
}

fn is_uniform(counts: &[i64]) -> bool {
    counts.iter().all(|count| *count == counts[0])
}

impl Coverage {
    fn layer_of(&self) -> Option<Layer> {
        uniform_layer(Operation::Transposed, self.axis, self.dimensions)
    }

    fn call(&self) -> String {
        call(&self.drawn_layer(), Bias::Absent)
    }

    fn drawn_layer(&self) -> Layer {
        self.layer_of().expect("it was drawn possible")
    }

    /// How many kernel cells reach each output cell, by the taps.
    fn counts(&self) -> Tensor<i64> {
        let layer = self.drawn_layer();
        let taps = taps(&layer).transposed();
        Tensor::from_fn(&layer.output_shape(), |flat| taps.row_length(flat) as i64)
    }

    fn is_worth_it(&self, level: Level) -> bool {
        let Some(layer) = self.layer_of() else { return false };
        let longest = if self.dimensions == 1 { LONGEST_LINE } else { LONGEST_SIDE };
        let output = layer.output_shape()[1];
        let AxisSettings { padding, output_padding, dilation, .. } = self.axis;
        let has_more = match level {
            Level::One => true,
            Level::Two => padding.begin > 0 || output_padding > 0,
            Level::Three => dilation > 1,
        };
        let counts = self.counts();
        let asked: Vec<i64> = self.blanks.iter().map(|&place| counts.entries()[place]).collect();
        // A layer that is uniform at its kernel size and dilation needs no other.
        (4..=longest).contains(&output)
            && has_more
            && !is_uniform(&asked)
            && !is_uniform(&interior(self.axis))
            && !self.solutions().is_empty()
    }

    fn range(&self) -> RangeInclusive<usize> {
        match self.change {
            Change::Kernel => 2..=9,
            Change::Dilation => 1..=6,
        }
    }

    fn changed(&self, value: usize) -> AxisSettings {
        match self.change {
            Change::Kernel => AxisSettings { kernel: value, ..self.axis },
            Change::Dilation => AxisSettings { dilation: value, ..self.axis },
        }
    }

    /// The values in the range that make an axis of a kind.
    fn values(&self, is_so: impl Fn(&AxisSettings) -> bool) -> Vec<Vec<i64>> {
        self.range().filter(|&value| is_so(&self.changed(value))).map(|value| vec![value as i64]).collect()
    }

    /// By the rule: the stride divides the kernel size and has no common factor with the dilation.
    fn solutions(&self) -> Vec<Vec<i64>> {
        self.values(|axis| {
            axis.kernel.is_multiple_of(axis.stride) && greatest_common_divisor(axis.dilation, axis.stride) == 1
        })
    }

    fn unknown(&self) -> Math {
        match self.change {
            Change::Kernel => 'k'.into(),
            Change::Dilation => 'd'.into(),
        }
    }

    fn listed(&self, solutions: Vec<Vec<i64>>) -> Answer {
        Answer::Solutions { unknowns: vec![self.unknown()], all: solutions }
    }

    /// Where the copy of the kernel lies along one axis that each input lays into the output: a row for each input.
    fn copies(&self) -> Grid {
        let axis = self.drawn_layer().geometry().axes()[0];
        let one = |reached: bool| if reached { 1_usize.into() } else { Math::Zero };
        let lies = |small: usize, big: usize| one((0..axis.kernel()).any(|ker| axis.cell(small, ker) == Some(big)));
        Grid::from_fn(Shown::all(axis.small()), Shown::all(axis.big()), lies)
    }

    fn answer_of(&self, counts: &Tensor<i64>, away_from_borders: Vec<i64>, solutions: Vec<Vec<i64>>) -> Answer {
        let mut counts = CellGrid::of_tensor('N', counts, 1);
        for (place, cell) in counts.cells.iter_mut().enumerate() {
            cell.given = self.blanks.binary_search(&place).is_err();
        }
        Answer::Parts(vec![
            AnswerPart::named("counts", Answer::Grid(counts)),
            AnswerPart::named("inside", Answer::Tuple(away_from_borders)),
            AnswerPart::named("changed", self.listed(solutions)),
        ])
    }
}

impl Exercise for Coverage {
    fn about(&self) -> About {
        let call = self.call();
        let identity = format!("{call} {} {:?}", self.axis.input, self.change);
        About { layer: call, identity, points: 5, data: Vec::new() }
    }

    fn passage(&self) -> Passage {
        let AxisSettings { kernel, stride, dilation, .. } = self.axis;
        let (layer, range) = (self.drawn_layer(), self.range());
        let axis = layer.geometry().axes()[0];
        let facts = facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(self.call()),
            /// The shape that it reads.
            input_shape: tuple(&layer.input_shape()),
            /// Whether the tensor of counts is too large to be asked for as a whole.
            is_partly_given: self.blanks.len() < self.counts().entries().len(),
            /// Along every axis.
            kernel: kernel,
            stride: stride,
            dilation: dilation,
            /// The remainders modulo the stride.
            remainders: listed(0..stride),
            /// Whether the kernel size may be changed; otherwise it is the dilation.
            changes_kernel: self.change == Change::Kernel,
            /// What may be changed, as a letter, and the bounds of its values.
            unknown: self.unknown(),
            from: *range.start(),
            to: *range.end(),
            /// Which output an input and a kernel cell meet in.
            meeting: Law::Meeting.equation(),
            /// Where the copies of the kernel lie along one axis, a row for each input; and how many lie on each cell.
            copies: Math::from(self.copies()),
            sums: listed((0..axis.big()).map(|big| axis.meeting(big).count())),
            /// The kernel cells, and the remainders of the outputs that each of them reaches.
            kernel_cells: listed(0..kernel),
            remainders_reached: listed((0..kernel).map(|cell| remainder(self.axis, cell))),
            /// The counts away from the borders, by their remainders.
            counts_inside: Math::Tuple(interior(self.axis)),
            /// All values that make the counts equal.
            solutions: self.listed(self.solutions()).in_line(),
        };
        Passage::new("exercise/coverage", layer_facts(&layer).and(facts))
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.drawn_layer())
    }

    fn answer(&self) -> Answer {
        self.answer_of(&self.counts(), interior(self.axis), self.solutions())
    }

    /// Without the grid of counts, which is too large for an option.
    fn offered(&self, answer: &Answer) -> Answer {
        answer.parts(1..)
    }

    fn distractors(&self) -> Vec<Distractor> {
        let by_rule = |rule: CoverageMisconception| {
            let found = self.values(|axis| rule.is_uniform(axis));
            (!found.is_empty()).then(|| self.answer_of(&self.counts(), interior(self.axis), found))
        };
        let by_counts = |rule: Misconception| {
            let axis = match rule {
                Misconception::PaddingIgnored => AxisSettings { padding: Padding::default(), ..self.axis },
                Misconception::DilationIgnored => AxisSettings { dilation: 1, ..self.axis },
                _ => return None,
            };
            Some(self.answer_of(&self.counts(), interior(axis), self.solutions()))
        };
        [Distractor::all(by_rule), Distractor::all(by_counts)].concat()
    }

    /// The outputs of layers of ones: of the layer, of a long one, and of a long one for every value in the range.
    fn by_another_road(&self) -> Option<Answer> {
        let found = self.values(|axis| is_uniform(&interior_by_ones(*axis)));
        Some(self.answer_of(&ones(&self.drawn_layer()), interior_by_ones(self.axis), found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(dimensions: usize, axis: AxisSettings, change: Change) -> Coverage {
        let mut coverage = Coverage { axis, dimensions, change, blanks: Vec::new() };
        if let Some(layer) = coverage.layer_of() {
            coverage.blanks = (0..layer.output_shape().iter().product()).collect();
        }
        coverage
    }

    fn strided(input: usize, kernel: usize) -> AxisSettings {
        AxisSettings { stride: 2, ..AxisSettings::new(input, kernel) }
    }

    #[test]
    fn the_counts_of_a_kernel_of_four_cut_by_one() {
        let axis = AxisSettings { padding: Padding::both(1), ..strided(4, 4) };
        let exercise = coverage(1, axis, Change::Kernel);
        assert_eq!(exercise.counts().entries(), [1, 2, 2, 2, 2, 2, 2, 1]);
        assert_eq!(interior(axis), [2, 2]);
        assert!(!exercise.is_worth_it(Level::Two), "there is no checkerboard to remove");
    }

    #[test]
    fn a_kernel_of_three_with_stride_two_leaves_a_checkerboard() {
        let exercise = coverage(2, strided(2, 3), Change::Kernel);
        let row = [1, 1, 2, 1, 1];
        let expected: Vec<i64> = row.iter().flat_map(|i| row.iter().map(move |j| i * j)).collect();
        assert_eq!(exercise.counts().entries(), expected);
        assert_eq!(interior(exercise.axis), [2, 1]);
        assert_eq!(exercise.solutions(), [[2], [4], [6], [8]]);
        assert_eq!(exercise.by_another_road(), Some(exercise.answer()));
        assert!(exercise.is_worth_it(Level::One));
    }

    /// Trap E11: 2 divides 4, and yet with dilation 2 every odd output stays 0.
    #[test]
    fn a_kernel_size_that_the_stride_divides_is_not_enough() {
        let axis = AxisSettings { dilation: 2, ..strided(3, 4) };
        assert_eq!(interior(axis), [4, 0]);
        assert_eq!(interior_by_ones(axis), [4, 0]);
        assert!(!coverage(1, axis, Change::Kernel).is_worth_it(Level::Three), "no kernel size helps");
        let exercise = coverage(1, axis, Change::Dilation);
        assert_eq!(exercise.solutions(), [[1], [3], [5]]);
        assert_eq!(exercise.by_another_road(), Some(exercise.answer()));
        assert!(exercise.is_worth_it(Level::Three));
    }

    #[test]
    fn the_rule_is_what_counting_says_for_every_small_axis() {
        for code in 0..5_usize.pow(4) {
            let digit = |place: u32| code / 5_usize.pow(place) % 5;
            let axis = AxisSettings {
                stride: digit(0) + 1,
                dilation: digit(1) + 1,
                padding: Padding::both(digit(2)),
                ..AxisSettings::new(3, digit(3) + 1)
            };
            assert_eq!(interior(axis), interior_by_ones(axis), "{axis:?}");
            let by_rule =
                axis.kernel.is_multiple_of(axis.stride) && greatest_common_divisor(axis.dilation, axis.stride) == 1;
            assert_eq!(is_uniform(&interior(axis)), by_rule, "{axis:?}");
        }
    }

    #[test]
    fn what_cannot_be_counted_or_shows_nothing_is_drawn_again() {
        assert!(!coverage(1, strided(9, 3), Change::Kernel).is_worth_it(Level::One), "19 outputs");
        assert!(!coverage(1, strided(3, 2), Change::Kernel).is_worth_it(Level::One), "1 everywhere");
        let mut seen = coverage(1, strided(5, 3), Change::Kernel);
        assert!(seen.is_worth_it(Level::One));
        seen.blanks = vec![2, 4];
        assert!(!seen.is_worth_it(Level::One), "only counts of 2 are asked for");
        let cut_away = AxisSettings { padding: Padding::both(2), ..strided(1, 2) };
        assert!(!coverage(1, cut_away, Change::Kernel).is_worth_it(Level::Two), "no output");
    }
}
