//! The bounds of work and memory against what is counted: never less, and at most four times as much.

mod common;

use common::counting::{Counted, Steps, steps_of};
use convt_matrix::data::ExactNumber;
use convt_matrix::doc::backward::{GRADIENTS, GradientEvidence};
use convt_matrix::doc::derivation::DERIVATION;
use convt_matrix::doc::explanation::{BUFFERS, OUTPUT};
use convt_matrix::doc::{BlockLines, Extent, Notation, Outline, Subject};
use convt_matrix::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::instance::{Given, Instance};
use convt_matrix::limits::numbers::fixed_roads;
use convt_matrix::limits::{Budget, Effort, polynomial_roads};
use convt_matrix::proof::{Model, exact_sample, symbolic_identity};
use convt_matrix::render::{Format, Frame, Templates, TextShown, Widths, ZeroStyle, cost, render};
use convt_matrix::roads::{by_rewriting, by_slabs, by_textbook, gradient, rewriting};
use convt_matrix::taps::Taps;
use convt_matrix::tensor::Tensor;
use peak_alloc::PeakAlloc;
use std::sync::{Mutex, PoisonError};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// One at a time: the allocator counts for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// Bytes that are held at the most while something is done, beyond what was held before.
fn held<T>(something: impl FnOnce() -> T) -> u128 {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let done = something();
    let peak = ALLOCATED.peak_usage() - before;
    drop(done);
    peak as u128
}

/// Numbers drawn by SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) % bound as u64) as usize
    }

    fn from(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// A layer of any kind whose roads make some ten thousand to some million multiply-adds.
    fn layer(&mut self) -> Layer {
        loop {
            let operation = if self.below(2) == 0 { Operation::Transposed } else { Operation::Convolution };
            let dimensions = self.from(1, 3);
            let longest = [3000, 90, 18][dimensions - 1];
            let axis = |dice: &mut Self| {
                let (stride, dilation) = (dice.from(1, 6), dice.from(1, 4));
                AxisSettings {
                    stride,
                    dilation,
                    padding: Padding { begin: dice.below(5), end: dice.below(5) },
                    output_padding: match operation {
                        Operation::Transposed => dice.below(stride.max(dilation)),
                        Operation::Convolution => 0,
                    },
                    ..AxisSettings::new(dice.from(1, longest), dice.from(1, [40, 9, 4][dimensions - 1]))
                }
            };
            let axes = (0..dimensions).map(|_| axis(self)).collect();
            let groups = self.from(1, 3);
            let channels =
                ChannelSettings { input: groups * self.from(1, 3), output: groups * self.from(1, 3), groups };
            if let Ok(layer) = Layer::new(operation, axes, channels)
                && (10_000..1_000_000).contains(&Effort::of(&layer).most())
            {
                return layer;
            }
        }
    }
}

/// Checks the bound, where more is held than any run takes.
fn check(layer: &Layer, what: &str, counted: u128, bound: u128, failures: &mut Vec<String>) {
    const ANY_RUN: u128 = 1_000_000;
    if bound < counted || bound > 4 * counted.max(ANY_RUN) {
        let ratio = bound as f64 / counted as f64;
        failures.push(format!("{what}: {counted} counted, {bound} expected ({ratio:.2}) for {layer:?}"));
    }
}

impl Steps for i64 {
    fn of_copy(&self) -> u128 {
        0
    }

    fn of_product(&self, _: &Self) -> u128 {
        1
    }

    fn product(&self, other: &Self) -> Self {
        self * other
    }
}

#[test]
fn the_most_wasteful_road_makes_as_many_multiply_adds_as_its_effort_says() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut dice = Dice(3);
    for _ in 0..100 {
        let layer = dice.layer();
        let taps = Taps::of(layer.geometry()).unwrap();
        let draw = |shape: &[usize]| Tensor::from_fn(shape, |flat| Counted(flat as i64 % 3));
        let (x, w, g) = (draw(&layer.input_shape()), draw(&layer.weight_shape()), draw(&layer.output_shape()));
        let roads = [
            steps_of(|| drop(by_textbook(&layer, &x, &w))),
            steps_of(|| drop(by_slabs(&layer, &taps, &x, &w))),
            steps_of(|| drop(by_rewriting(&layer, &x, &w))),
            steps_of(|| drop(gradient::by_taps(&layer, &taps, &x, &w, &g))) / 2,
        ];
        // The loops go back twice: once to the input, once to the weight; and add up the bias.
        let back = steps_of(|| drop(gradient::by_textbook(&layer, &x, &w, &g)));
        let effort = Effort::of(&layer).multiply_adds;
        assert_eq!(roads.into_iter().max(), Some(effort), "{layer:?}");
        assert!(back <= 2 * effort + g.entries().len() as u128, "{back} back, {effort} forward: {layer:?}");
    }
}

#[test]
fn the_memory_of_the_roads_is_bounded_and_not_by_far() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut dice = Dice(1);
    let mut failures = Vec::new();
    for _ in 0..60 {
        let layer = dice.layer();
        let taps = Taps::of(layer.geometry()).unwrap();
        let integers = held(|| exact_sample(&layer, &taps, 0).unwrap());
        check(&layer, "integers", integers, fixed_roads(&layer, 1, false, 8).memory, &mut failures);
        let polynomials = held(|| symbolic_identity(&layer, &taps, &rewriting(&layer)).unwrap());
        check(&layer, "polynomials", polynomials, polynomial_roads(&layer).memory, &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The documents that can be made of a layer.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Derivation(&'static str),
    Output,
    Buffers,
    Gradients,
}

impl Dice {
    fn kind(&mut self, layer: &Layer) -> Kind {
        match self.below(12) {
            8 | 9 => Kind::Gradients,
            10 if layer.operation() == Operation::Transposed => Kind::Buffers,
            10 | 11 => Kind::Output,
            part => Kind::Derivation(DERIVATION.sections[part].id),
        }
    }

    /// No numbers, short ones or long ones, all of one length.
    fn given(&mut self, layer: &Layer) -> Given {
        let digits = [0, 1, 20][self.below(3)];
        if digits == 0 {
            return Given::default();
        }
        let mut tensor = |shape: &[usize]| {
            Some(Tensor::from_fn(shape, |_| {
                let digits: String = (0..digits).map(|_| self.from(1, 9).to_string()).collect();
                digits.parse::<ExactNumber>().unwrap()
            }))
        };
        Given {
            weight: tensor(&layer.weight_shape()),
            input: tensor(&layer.input_shape()),
            bias: None,
            output_gradient: tensor(&layer.output_shape()),
        }
    }
}

#[test]
fn the_memory_of_a_document_is_bounded_and_not_by_far() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut dice = Dice(2);
    let mut failures = Vec::new();
    let formats = [Format::Latex(Frame::Fragment), Format::Latex(Frame::Standalone), Format::Markdown, Format::Text];
    let templates = Templates::built_in();
    let mut compared = 0;
    while compared < 150 {
        let layer = dice.layer();
        let kind = dice.kind(&layer);
        let given = dice.given(&layer);
        let outline = Outline::new(&layer, Bias::Absent, &given, Extent::Full);
        let volume = match kind {
            Kind::Derivation(part) => DERIVATION.only(&[part]).unwrap().volume(&outline),
            Kind::Output => OUTPUT.whole().volume(&outline),
            Kind::Buffers => BUFFERS.whole().volume(&outline),
            Kind::Gradients => GRADIENTS.whole().volume(&outline),
        };
        let format = formats[dice.below(formats.len())];
        let bound = cost(&volume, format, Widths::of(format, &Notation::of(&layer), &given));
        let budget = Budget { work: 1_000_000_000, memory: 100_000_000 };
        if !budget.allows(bound) || bound.memory < 1_000_000 || Effort::of(&layer).most() > 100_000 {
            continue;
        }
        compared += 1;
        let taps = Taps::of(layer.geometry()).unwrap();
        let proved = Model::of(layer.clone()).unwrap().prove_by_taps().unwrap();
        let instance = Instance::exact(&layer, &taps, &given, &Budget::DEFAULT).unwrap();
        let subject = Subject::new(&proved, Bias::Absent, &instance, Extent::Full, BlockLines::Drawn);
        let held = held(|| {
            let document = match kind {
                Kind::Derivation(part) => {
                    DERIVATION.only(&[part]).unwrap().document(&subject, &(), &Templates::built_in()).unwrap()
                }
                Kind::Output => OUTPUT.whole().document(&subject, &(), &Templates::built_in()).unwrap(),
                Kind::Buffers => BUFFERS.whole().document(&subject, &(), &Templates::built_in()).unwrap(),
                Kind::Gradients => {
                    GRADIENTS.whole().document(&subject, &GradientEvidence::Derived, &Templates::built_in()).unwrap()
                }
            };
            render(&document, format, ZeroStyle::Digit, TextShown::All, &templates).unwrap()
        });
        let what = format!(
            "{kind:?} as {format:?}, {} digits",
            given.weight.as_ref().map_or(0, |weight| weight.entries()[0].to_rational().numer().bits())
        );
        check(&layer, &what, held, bound.memory, &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
