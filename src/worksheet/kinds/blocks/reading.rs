//! Which parameters has the layer whose matrix this is? Only what the matrix determines is asked for.

use crate::geometry::Axis;
use crate::misconception::{MatrixReading, ReadingMisconception};
use crate::worksheet::drawn::{call, call_with_letters, layer_facts, listed, uniform_layer};
use crate::worksheet::kinds::prelude::*;
use crate::worksheet::weight_places::WeightPlaces;

/// A parameter that is read off; the others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Kernel,
    Stride,
    Dilation,
    Padding,
}

use Asked::{Dilation, Kernel, Stride};

#[derive(Debug)]
struct ReadOff {
    operation: Operation,
    /// The convolution that the matrix or its transpose belongs to, the same on every axis.
    axis: AxisSettings,
    dimensions: usize,
    asked: &'static [Asked],
    /// All different, none 0.
    w: Tensor<i64>,
}

/// What can be taken in at a glance.
const LONGEST_LINE: usize = 10;
const LONGEST_SIDE: usize = 5;
const MOST_PLACEMENTS: usize = 8;
const MOST_PLACEMENTS_PER_SIDE: usize = 3;

pub(super) fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    drawn(dice, scope).map(|exercise| Box::new(exercise) as Box<dyn Exercise>)
}

fn drawn(dice: &mut Dice, scope: Scope) -> Option<ReadOff> {
    let dimensions = scope.dimensions(dice);
    let asked: &[&'static [Asked]] = match (scope.level, dimensions) {
        (Level::One, _) => &[&[Kernel, Stride]],
        (Level::Two, _) => &[&[Kernel, Stride, Asked::Padding]],
        // Between zeros on both sides a dilated kernel is too long for a small square.
        (Level::Three, 1) => &[&[Kernel, Stride, Dilation], &[Kernel, Stride, Dilation, Asked::Padding]],
        (Level::Three, _) => &[&[Kernel, Stride, Dilation]],
    };
    let asked = *dice.pick(asked);
    let operation = if dice.once_in(2) { Operation::Convolution } else { Operation::Transposed };
    let input = match (dimensions, operation) {
        (1, _) => dice.size(5..=LONGEST_LINE),
        (_, Operation::Convolution) => dice.size(3..=LONGEST_SIDE),
        // A page is not as high as a wide matrix is wide.
        (_, Operation::Transposed) => dice.size(3..=LONGEST_SIDE - 1),
    };
    let axis = AxisSettings {
        stride: dice.size(1..=3),
        dilation: if scope.level == Level::Three { dice.size(1..=3) } else { 1 },
        padding: Padding::both(if scope.level == Level::One { 0 } else { dice.size(0..=2) }),
        ..AxisSettings::new(input, dice.size(2..=if dimensions == 1 { 4 } else { 3 }))
    };
    let mut digits: Vec<i64> = (1..=9).collect();
    dice.shuffle(&mut digits);
    let shape = [vec![1, 1], vec![axis.kernel; dimensions]].concat();
    let w = Tensor::from_fn(&shape, |flat| digits[flat]);
    let exercise = ReadOff { operation, axis, dimensions, asked, w };
    exercise.is_worth_it().then_some(exercise)
}

/// A matrix of a convolution with one channel and axes that are all alike, as it is given: entries, and sizes.
struct GivenMatrix {
    /// Rows on the small side.
    matrix: Vec<Vec<i64>>,
    small: usize,
    big: usize,
    dimensions: usize,
}

impl GivenMatrix {
    /// Whether some weights, none of them 0, make this matrix with the parameters.
    fn is_made_by(&self, reading: MatrixReading) -> bool {
        let cells = reading.kernel.pow(self.dimensions as u32);
        let mut weights = vec![0; cells];
        let cell = |i: usize, j: usize| {
            let distance = (j + reading.padding).checked_sub(reading.stride * i)?;
            let cell = distance / reading.dilation;
            (distance % reading.dilation == 0 && cell < reading.kernel).then_some(cell)
        };
        for (row, entries) in self.matrix.iter().enumerate() {
            for (column, &entry) in entries.iter().enumerate() {
                let (mut i, mut j, mut place, mut weight) = (row, column, 1, Some(0));
                for _ in 0..self.dimensions {
                    weight = weight.zip(cell(i % self.small, j % self.big)).map(|(sum, cell)| sum + cell * place);
                    (i, j, place) = (i / self.small, j / self.big, place * reading.kernel);
                }
                match weight {
                    None if entry != 0 => return false,
                    None => {}
                    Some(_) if entry == 0 => return false,
                    Some(at) if weights[at] != 0 && weights[at] != entry => return false,
                    Some(at) => weights[at] = entry,
                }
            }
        }
        true
    }
}

impl ReadOff {
    fn reading(&self) -> MatrixReading {
        let AxisSettings { kernel, stride, dilation, padding, .. } = self.axis;
        MatrixReading { kernel, stride, dilation, padding: padding.begin }
    }

    fn asks(&self, parameter: Asked) -> bool {
        self.asked.contains(&parameter)
    }

    fn convolution(&self) -> Option<Layer> {
        uniform_layer(Operation::Convolution, self.axis, self.dimensions)
    }

    /// The layer of the exercise.
    fn asked_layer(&self) -> Option<Layer> {
        let convolution = self.convolution()?;
        if self.operation == Operation::Convolution {
            return Some(convolution);
        }
        let axis = AxisSettings { input: convolution.geometry().axes()[0].small(), ..self.axis };
        let layer = uniform_layer(Operation::Transposed, axis, self.dimensions)?;
        // Without output padding it has to return to the size of the convolution's input.
        (layer.geometry().big_shape() == convolution.geometry().big_shape()).then_some(layer)
    }

    /// Whether the question says that there is no padding.
    fn has_no_padding(&self) -> bool {
        !self.asks(Asked::Padding) && self.axis.padding.begin == 0
    }

    /// One axis: where every placement of the kernel lies.
    fn canonical(&self) -> Axis {
        self.convolution().expect("it was drawn possible").geometry().axes()[0]
    }

    /// The cells of the big side that a placement of the kernel covers, with their kernel cells.
    fn placement(&self, small: usize) -> Vec<(usize, usize)> {
        let axis = self.canonical();
        (0..axis.kernel()).filter_map(|ker| axis.cell(small, ker).map(|big| (big, ker))).collect()
    }

    /// A placement that shows every cell of the kernel, and that no cell is cut off: there is no padding, or the next
    /// cells on either side would lie inside and are 0.
    fn complete_placement(&self) -> Option<usize> {
        let AxisSettings { input, kernel, dilation, .. } = self.axis;
        (0..self.canonical().small()).find(|&small| {
            let cells = self.placement(small);
            let (first, last) = (cells.first().map_or(0, |cell| cell.0), cells.last().map_or(0, |cell| cell.0));
            let is_between_zeros = first >= dilation && last + dilation < input;
            cells.len() == kernel && (self.has_no_padding() || is_between_zeros)
        })
    }

    /// A weight that two neighbouring placements show: the first of them, the weight, and its two cells.
    fn step(&self) -> Option<(usize, usize, usize, usize)> {
        let axis = self.canonical();
        (0..axis.small() - 1).flat_map(|small| (0..axis.kernel()).map(move |ker| (small, ker))).find_map(
            |(small, ker)| {
                let (from, to) = axis.cell(small, ker).zip(axis.cell(small + 1, ker))?;
                Some((small, ker, from, to))
            },
        )
    }

    fn is_worth_it(&self) -> bool {
        let Some(layer) = self.asked_layer() else { return false };
        let axis = self.canonical();
        let most = if self.dimensions == 1 { MOST_PLACEMENTS } else { MOST_PLACEMENTS_PER_SIDE };
        // Padding as wide as the kernel would be strange, and a row of zeros stranger.
        let is_natural = self.axis.padding.begin < axis.effective_kernel()
            && (0..axis.small()).all(|small| !self.placement(small).is_empty());
        (2..=most).contains(&axis.small())
            && axis.big() > 2
            && layer.is_adjoint_of_its_convolution()
            && is_natural
            && self.complete_placement().is_some()
            && self.step().is_some()
            && self.found_in(self.matrix()) == [self.reading()]
    }

    /// The matrix with rows on the small side, by the taps.
    fn matrix(&self) -> Vec<Vec<i64>> {
        self.with_numbers(&WeightPlaces::of(&self.convolution().expect("it was drawn possible")))
    }

    fn with_numbers(&self, places: &WeightPlaces) -> Vec<Vec<i64>> {
        let number = |weight: &Option<u32>| weight.map_or(0, |weight| self.w.entries()[weight as usize]);
        places.cells.chunks(places.columns).map(|row| row.iter().map(number).collect()).collect()
    }

    /// Every choice of the parameters asked for that makes the matrix with some weights other than 0.
    ///
    /// Nothing outside the box that is searched makes it. Where the padding is told, a kernel of `d(k-1) + 1` cells and
    /// a stride between two placements have to fit into the `n + 2p` padded cells. Where it is asked for, a row shows
    /// the kernel between zeros: as two neighbouring weights of a row lie `d` apart, that row determines `d` and
    /// `k <= n` for every choice; the first row is not empty, so `p <= d(k-1) < n`; and so `s < n + 2p < 3n`.
    fn found_in(&self, matrix: Vec<Vec<i64>>) -> Vec<MatrixReading> {
        let axis = self.canonical();
        let right = self.reading();
        let given = GivenMatrix { matrix, small: axis.small(), big: axis.big(), dimensions: self.dimensions };
        let paddings = if self.asks(Asked::Padding) { 0..=axis.big() } else { right.padding..=right.padding };
        let mut found = Vec::new();
        for padding in paddings {
            let padded = axis.big() + 2 * padding;
            let dilations = if self.asks(Dilation) { 1..=padded } else { right.dilation..=right.dilation };
            for dilation in dilations {
                for kernel in 1..=(padded - 1) / dilation + 1 {
                    let room = padded - dilation * (kernel - 1) - 1;
                    for stride in 1..=padded {
                        let reading = MatrixReading { kernel, stride, dilation, padding };
                        let placements = match self.operation {
                            Operation::Convolution => room / stride + 1 == axis.small(),
                            Operation::Transposed => stride * (axis.small() - 1) == room,
                        };
                        if placements && given.is_made_by(reading) {
                            found.push(reading);
                        }
                    }
                }
            }
        }
        found
    }

    fn name(&self) -> Name {
        match self.operation {
            Operation::Convolution => Name::Tilde('W'),
            Operation::Transposed => Name::TildeTransposed('W'),
        }
    }

    /// The matrix as it is given, with lines between its blocks.
    fn grid(&self) -> Math {
        let layer = self.asked_layer().expect("it was drawn possible");
        let (rows, columns) = match (self.canonical(), self.operation) {
            (axis, Operation::Convolution) => (axis.small(), axis.big()),
            (axis, Operation::Transposed) => (axis.big(), axis.small()),
        };
        WeightPlaces::of(&layer).grid(|weight| self.w.entries()[weight].into()).with_blocks(rows, columns).into()
    }

    /// The call, with letters for what is asked for.
    fn call_with_letters(&self) -> String {
        let MatrixReading { stride, dilation, padding, .. } = self.reading();
        let unknown = |parameter: Asked| self.asks(parameter).then(|| Self::letter(parameter));
        let arguments = [
            ("stride", unknown(Stride), stride, 1),
            ("padding", unknown(Asked::Padding), padding, 0),
            ("dilation", unknown(Dilation), dilation, 1),
        ];
        call_with_letters(self.operation, self.dimensions, "k", &arguments).keyword("bias", "False").to_string()
    }

    fn letter(parameter: Asked) -> char {
        match parameter {
            Kernel => 'k',
            Stride => 's',
            Dilation => 'd',
            Asked::Padding => 'p',
        }
    }

    fn answer_of(&self, reading: MatrixReading) -> Answer {
        let part = |&parameter: &Asked| {
            let (name, value) = match parameter {
                Kernel => ("kernel", reading.kernel),
                Stride => ("stride", reading.stride),
                Dilation => ("dilation", reading.dilation),
                Asked::Padding => ("padding", reading.padding),
            };
            AnswerPart::named(name, Answer::Integer(value as i64))
        };
        Answer::Parts(self.asked.iter().map(part).collect())
    }

    /// A placement that shows the whole kernel, and what tells that it does.
    fn told_complete(&self) -> Facts {
        let small = self.complete_placement().expect("it was drawn with one");
        let cells = self.placement(small);
        let (start, moved) = (cells[0].0, small * self.axis.stride);
        facts! {
            /// Its place on the small side, and the cells on the big one that it covers.
            placement: small,
            places: listed(cells.iter().map(|(big, _)| big)),
            /// Whether it is whole because there is no padding; otherwise because it lies between zeros.
            has_no_padding: self.has_no_padding(),
            /// Where its window begins, how far that is from the window of placement 0, and where that one begins.
            start: start,
            moved: moved,
            begin: start as i64 - moved as i64,
        }
    }

    /// How a weight moves from one placement to the next.
    fn told_step(&self) -> Facts {
        let (from, cell, first, second) = self.step().expect("it was drawn with one");
        facts! {
            /// The two placements.
            from: from,
            to: from + 1,
            /// The kernel cell along one axis, and its weight if there is one axis only.
            cell: cell,
            weight: (self.dimensions == 1).then(|| self.w.entries()[cell]),
            /// Where the weight stands in them.
            first: first,
            second: second,
        }
    }
}

impl Exercise for ReadOff {
    /// Without the weights: they only have to be there.
    fn about(&self) -> About {
        let call = call(&self.asked_layer().expect("it was drawn possible"), Bias::Absent);
        let identity = format!("reading {call} {} {}", self.axis.input, self.asked.len());
        About { layer: call, identity, points: self.asked.len() as u32, data: Vec::new() }
    }

    fn passage(&self) -> Passage {
        let axis = self.canonical();
        let (input, output) = match self.operation {
            Operation::Convolution => (axis.big(), axis.small()),
            Operation::Transposed => (axis.small(), axis.big()),
        };
        let MatrixReading { kernel, stride, dilation, padding } = self.reading();
        let facts = facts! {
            /// The layer as a call in PyTorch, with letters for what is asked for.
            call: Fact::code(self.call_with_letters()),
            /// The length of input and output along every axis.
            input: input,
            output: output,
            /// The name of the matrix, and the matrix with lines between its blocks.
            matrix_name: self.name(),
            matrix: self.grid(),
            /// The parameters that are asked for, as letters.
            letters: Fact::list(self.asked.iter().map(|&parameter| Math::from(Self::letter(parameter)))),
            asks_dilation: self.asks(Dilation),
            asks_padding: self.asks(Asked::Padding),
            /// The parameters along every axis.
            kernel: kernel,
            stride: stride,
            dilation: dilation,
            padding: padding,
            /// A placement that shows the whole kernel.
            complete: self.told_complete(),
            /// How far a weight moves from one placement to the next.
            step: self.told_step(),
        };
        let layer = self.asked_layer().expect("it was drawn possible");
        Passage::new("exercise/blocks-reading", layer_facts(&layer).and(facts))
    }

    fn answer(&self) -> Answer {
        self.answer_of(self.reading())
    }

    /// The only parameters that make the matrix which the textbook loops make of unit inputs.
    fn by_another_road(&self) -> Option<Answer> {
        let layer = self.asked_layer().expect("it was drawn possible");
        let places = WeightPlaces::by_textbook(&layer)?;
        let rows_on_small = self.with_numbers(&match self.operation {
            Operation::Convolution => places,
            Operation::Transposed => places.transposed(),
        });
        // What the question shows is read off the taps.
        match self.found_in(rows_on_small.clone())[..] {
            [only] if rows_on_small == self.matrix() => Some(self.answer_of(only)),
            _ => None,
        }
    }

    fn distractors(&self) -> Vec<Distractor> {
        let right = self.reading();
        Distractor::all(|rule: ReadingMisconception| {
            let read = rule.read(right, self.canonical().big())?;
            // What is told cannot be read wrongly.
            let is_told_otherwise = (!self.asks(Dilation) && read.dilation != right.dilation)
                || (!self.asks(Asked::Padding) && read.padding != right.padding);
            (!is_told_otherwise).then(|| self.answer_of(read))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_off(dimensions: usize, axis: AxisSettings, asked: &'static [Asked]) -> ReadOff {
        let shape = [vec![1, 1], vec![axis.kernel; dimensions]].concat();
        let w = Tensor::from_fn(&shape, |flat| flat as i64 + 1);
        ReadOff { operation: Operation::Convolution, axis, dimensions, asked, w }
    }

    const ALL: &[Asked] = &[Kernel, Stride, Dilation, Asked::Padding];

    #[test]
    fn the_parameters_of_a_matrix_read_by_hand() {
        let axis = AxisSettings { stride: 2, padding: Padding::both(1), ..AxisSettings::new(7, 3) };
        let exercise = read_off(1, axis, ALL);
        let expected = [[2, 3, 0, 0, 0, 0, 0], [0, 1, 2, 3, 0, 0, 0], [0, 0, 0, 1, 2, 3, 0], [0, 0, 0, 0, 0, 1, 2]];
        assert_eq!(exercise.matrix(), expected);
        assert_eq!(
            exercise.found_in(exercise.matrix()),
            [MatrixReading { kernel: 3, stride: 2, dilation: 1, padding: 1 }]
        );
        assert!(exercise.is_worth_it());
        assert_eq!(exercise.by_another_road(), Some(exercise.answer()));
    }

    /// A kernel of 4 with stride 4 and padding 2 shows `3 4 0 0` and `0 0 1 2`; the weights 1 2 1 2 make it the matrix
    /// of a kernel of 2 with stride 2.
    #[test]
    fn a_matrix_that_two_layers_have_is_drawn_again() {
        let mut exercise = read_off(1, AxisSettings { stride: 2, ..AxisSettings::new(4, 2) }, ALL);
        let other = MatrixReading { kernel: 4, stride: 4, dilation: 1, padding: 2 };
        assert!(
            exercise.found_in(exercise.matrix()).contains(&other)
                && exercise.found_in(exercise.matrix()).contains(&exercise.reading())
        );
        assert!(!exercise.is_worth_it());
        exercise.asked = &[Kernel, Stride];
        assert!(exercise.is_worth_it(), "told that there is no padding, there is one answer");
    }

    #[test]
    fn what_the_matrix_does_not_determine_is_not_asked_for() {
        // With a single placement every stride does.
        let axis = AxisSettings::new(5, 4);
        assert!(!read_off(1, AxisSettings { stride: 2, ..axis }, &[Kernel, Stride]).is_worth_it());
        // Every row is full: longer kernels with more padding show the same.
        let full = AxisSettings { padding: Padding::both(1), ..AxisSettings::new(3, 3) };
        assert!(!read_off(1, full, &[Kernel, Stride, Asked::Padding]).is_worth_it());
    }

    /// Whatever is drawn can be read off by looking: nobody has to try values.
    #[test]
    fn a_whole_window_with_room_on_both_sides_is_drawn_and_argued_with() {
        let mut dice = Dice::new(2);
        for level in Level::ALL {
            let all: Vec<_> = (0..500).filter_map(|_| drawn(&mut dice, Scope { level, dimensions: None })).collect();
            assert!(all.len() > 5);
            for exercise in all {
                let small = exercise.complete_placement().expect("one placement is whole");
                let (cells, dilation) = (exercise.placement(small), exercise.axis.dilation);
                assert_eq!(cells.len(), exercise.axis.kernel);
                let line = &exercise.matrix()[small];
                let further = [cells[0].0.checked_sub(dilation), Some(cells[cells.len() - 1].0 + dilation)];
                let is_zero = |place: Option<usize>| place.and_then(|place| line.get(place)) == Some(&0);
                // Of two axes only a block of the matrix belongs to one, and it need not be the first.
                let is_between_zeros = exercise.dimensions == 2 || further.into_iter().all(is_zero);
                assert!(exercise.has_no_padding() || is_between_zeros, "{}", exercise.about().identity);
            }
        }
        let axis = AxisSettings { padding: Padding::both(1), ..AxisSettings::new(3, 2) };
        assert!(read_off(1, AxisSettings { input: 4, ..axis }, &[Kernel, Stride]).complete_placement().is_some());
        assert_eq!(read_off(1, axis, &[Kernel, Stride]).complete_placement(), None);
    }

    /// A search without any argument about its bounds, far beyond the box.
    #[test]
    fn no_parameters_far_outside_the_box_make_a_matrix_that_is_asked_about() {
        let mut dice = Dice::new(11);
        let mut searched = 0;
        while searched < 6 {
            let axis = AxisSettings {
                stride: dice.size(1..=3),
                dilation: dice.size(1..=2),
                padding: Padding::both(dice.size(0..=2)),
                ..AxisSettings::new(dice.size(5..=8), dice.size(2..=3))
            };
            let exercise = read_off(1, axis, ALL);
            if !exercise.is_worth_it() {
                continue;
            }
            searched += 1;
            let canonical = exercise.canonical();
            let (small, big) = (canonical.small(), canonical.big());
            let given = GivenMatrix { matrix: exercise.matrix(), small, big, dimensions: 1 };
            let mut found = Vec::new();
            for code in 0..30_usize.pow(4) {
                let digit = |place: u32| code / 30_usize.pow(place) % 30;
                let (kernel, stride, dilation, padding) = (digit(0) + 1, digit(1) + 1, digit(2) + 1, digit(3));
                let room = (big + 2 * padding).checked_sub(dilation * (kernel - 1) + 1);
                if room.is_some_and(|room| room / stride + 1 == small) {
                    let reading = MatrixReading { kernel, stride, dilation, padding };
                    found.extend(given.is_made_by(reading).then_some(reading));
                }
            }
            assert_eq!(found, [exercise.reading()]);
        }
    }
}
