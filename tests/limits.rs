//! The bounds of work and memory against what is counted: never less, and at most four times as much.

use convt_matrix::doc::derivation::derive;
use convt_matrix::doc::{BlockLines, Extent, Outline, Part, Subject};
use convt_matrix::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::instance::{Given, Instance};
use convt_matrix::limits::{Budget, Effort};
use convt_matrix::proof::{exact_sample, prove_by_taps, symbolic_identity};
use convt_matrix::render::{Format, Frame, Templates, Widths, Wording, ZeroStyle, cost, render};
use convt_matrix::roads::rewriting;
use convt_matrix::taps::Taps;
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
            let channels = ChannelSettings { input: groups * self.from(1, 3), output: groups * self.from(1, 3), groups };
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

#[test]
fn the_memory_of_the_roads_is_bounded_and_not_by_far() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut dice = Dice(1);
    let mut failures = Vec::new();
    for _ in 0..100 {
        let layer = dice.layer();
        let taps = Taps::of(layer.geometry()).unwrap();
        let effort = Effort::of(&layer);
        let integers = held(|| exact_sample(&layer, &taps, 0).unwrap());
        println!("int {integers} {} {:.2}", effort.over_integers().memory, effort.over_integers().memory as f64 / integers as f64);
        check(&layer, "integers", integers, effort.over_integers().memory, &mut failures);
        let polynomials = held(|| symbolic_identity(&layer, &taps, &rewriting(&layer)).unwrap());
        println!("poly {polynomials} {} {:.2}", effort.over_polynomials().memory, effort.over_polynomials().memory as f64 / polynomials as f64);
        check(&layer, "polynomials", polynomials, effort.over_polynomials().memory, &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
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
        let (given, instance) = (Given::default(), Instance::symbolic());
        let outline = Outline::new(&layer, Bias::Absent, &given, Extent::Full);
        let parts = [Part::ALL[dice.below(Part::ALL.len())]];
        let format = formats[dice.below(formats.len())];
        let Ok(taps) = Taps::of(layer.geometry()) else { continue };
        let subject = Subject::new(&layer, Bias::Absent, &taps, &instance, Extent::Full, BlockLines::Drawn);
        let volume = outline.derivation(&parts);
        let bound = cost(&volume, format, Widths::of(format, subject.notation(), &given));
        if !(Budget { work: u128::MAX, memory: 200_000_000 }).allows(bound) || bound.memory < 1_000_000 {
            continue;
        }
        compared += 1;
        let proof = prove_by_taps(&layer).unwrap();
        let held = held(|| {
            let document = derive(&subject, &proof, &parts);
            render(&document, format, ZeroStyle::Digit, Wording::Full, &templates).unwrap()
        });
        println!("{parts:?} {format:?} {held} {} {:.2}", bound.memory, bound.memory as f64 / held as f64);
        check(&layer, &format!("{parts:?} as {format:?}"), held, bound.memory, &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
