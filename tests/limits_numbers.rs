//! What exact numbers cost is bounded before it is spent: the bound is held against what is then counted.
//!
//! Everything is one test: the allocator counts for the whole process.

mod common;

use common::counting::{Counted, Steps, steps_of};
use convt_matrix::data::ExactNumber;
use convt_matrix::exact::{Plan, Problem, Samples};
use convt_matrix::geometry::{AxisSettings, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::limits::Budget;
use convt_matrix::limits::numbers::{Lengths, copy, long_roads, multiply_add, words};
use convt_matrix::proof::{Exactly, gradients_agree, roads_agree};
use convt_matrix::roads::rewriting;
use convt_matrix::taps::Taps;
use convt_matrix::tensor::Tensor;
use num_bigint::BigInt;
use num_traits::Zero;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

impl Steps for BigInt {
    fn of_copy(&self) -> u128 {
        copy(words(self.bits()))
    }

    fn of_product(&self, other: &Self) -> u128 {
        multiply_add(words(self.bits()), words(other.bits()))
    }

    fn product(&self, other: &Self) -> Self {
        self * other
    }
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.draw() % end as u64) as usize
    }

    fn digits(&mut self, count: usize) -> String {
        let tail: String = (1..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect();
        format!("{}{tail}", 1 + self.below(9))
    }

    fn layer(&mut self) -> Layer {
        loop {
            let operation = if self.below(2) == 0 { Operation::Convolution } else { Operation::Transposed };
            let axis = |dice: &mut Self| AxisSettings {
                stride: 1 + dice.below(3),
                padding: Padding { begin: dice.below(3), end: dice.below(3) },
                dilation: 1 + dice.below(3),
                ..AxisSettings::new(1 + dice.below(12), 1 + dice.below(4))
            };
            let axes: Vec<_> = (0..1 + self.below(3)).map(|_| axis(self)).collect();
            let groups = 1 + self.below(2);
            let (input, output) = (groups * (1 + self.below(2)), groups * (1 + self.below(2)));
            if let Ok(layer) = Layer::new(operation, axes, ChannelSettings { input, output, groups }) {
                return layer;
            }
        }
    }

    fn number(&mut self, kind: Kind) -> ExactNumber {
        let length = 1 + self.below(9);
        let text = match kind {
            Kind::Integers => self.digits(length),
            Kind::Decimals => format!("{}e-{}", self.digits(length), self.below(300)),
            Kind::Fractions => format!("{}/{}", self.digits(30), 1 + self.below(40)),
            Kind::VeryLong => self.digits(2000),
            Kind::Mixed => {
                let kinds = [Kind::Integers, Kind::Integers, Kind::Decimals, Kind::Fractions, Kind::VeryLong];
                return self.number(kinds[length % kinds.len()]);
            }
        };
        text.parse().unwrap()
    }

    fn tensor(&mut self, shape: &[usize], kind: Kind) -> Tensor<ExactNumber> {
        Tensor::from_fn(shape, |_| if self.below(8) == 0 { ExactNumber::from(0) } else { self.number(kind) })
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Integers,
    Decimals,
    Fractions,
    VeryLong,
    Mixed,
}

const KINDS: [Kind; 5] = [Kind::Integers, Kind::Decimals, Kind::Fractions, Kind::VeryLong, Kind::Mixed];
/// Whatever the layer is, a run takes this much.
const STEPS_AT_LEAST: u128 = 10_000;
const BYTES_AT_LEAST: u128 = 1 << 16;

fn steps_are_bounded(layer: &Layer, kind: Kind, dice: &mut Dice) {
    let integer = |dice: &mut Dice| match kind {
        Kind::Integers | Kind::Decimals => BigInt::from(dice.draw()) << (8 * dice.below(12)),
        Kind::Fractions => BigInt::from(dice.draw() as u8),
        Kind::VeryLong => BigInt::from(dice.draw()) << (3000 + dice.below(3000)),
        Kind::Mixed => BigInt::from(dice.draw()) << if dice.below(10) == 0 { 20_000 } else { 0 },
    };
    let mut tensor = |shape: &[usize]| {
        Tensor::from_fn(shape, |_| if dice.below(5) == 0 { Counted::zero() } else { Counted(integer(dice)) })
    };
    let (x, w, g) = (tensor(&layer.input_shape()), tensor(&layer.weight_shape()), tensor(&layer.output_shape()));
    let bits =
        |tensor: &Tensor<Counted<BigInt>>| tensor.entries().iter().map(|n| n.0.bits() as u32).collect::<Vec<_>>();
    let (input, weight, upstream) = (bits(&x), bits(&w), bits(&g));
    let taps = Taps::of(layer.geometry()).unwrap();
    for with_gradients in [false, true] {
        let output_gradient = with_gradients.then_some(&upstream[..]);
        let found = long_roads(layer, 1, &Lengths { input: &input, weight: &weight, output_gradient });
        let spell = |entry: &Counted<BigInt>| entry.0.to_string();
        let (mut output, mut gradients) = (None, None);
        let counted = steps_of(|| {
            output = roads_agree(layer, &taps, &rewriting(layer), &x, &w, spell).ok();
            gradients = with_gradients.then(|| gradients_agree(layer, &taps, &x, &w, &g, &Exactly(spell)).unwrap());
        });
        let y = output.expect("the roads agree");
        assert!(found.cost.work >= counted, "{layer:?} {kind:?}: {} < {counted}", found.cost.work);
        assert!(
            found.cost.work <= 4 * counted + STEPS_AT_LEAST,
            "{layer:?} {kind:?}: {} > 4 * {counted}",
            found.cost.work
        );
        let mut results = vec![(&y, &found.output)];
        if let Some(gradients) = &gradients {
            results.push((&gradients.input, &found.input_gradient));
            results.push((&gradients.weight, &found.weight_gradient));
            results.push((&gradients.bias, &found.bias_gradient));
        }
        for (tensor, lengths) in results {
            assert_eq!(tensor.entries().len(), lengths.len());
            let fit = tensor.entries().iter().zip(lengths).all(|(entry, &bits)| entry.0.bits() <= bits.into());
            assert!(fit, "{layer:?} {kind:?}: a result is longer than its bound");
        }
    }
}

fn memory_is_bounded(layer: &Layer, kind: Kind, dice: &mut Dice) {
    let batch = dice.below(3);
    let samples = if batch == 0 { Samples::Single } else { Samples::Batch(batch) };
    let before = ALLOCATOR.current_usage();
    let input = dice.tensor(&samples.shape(&layer.input_shape()), kind);
    let weight = dice.tensor(&layer.weight_shape(), kind);
    let bias = (dice.below(2) == 0).then(|| dice.tensor(&layer.output_shape()[..1], kind));
    let upstream = (dice.below(2) == 0).then(|| dice.tensor(&samples.shape(&layer.output_shape()), kind));
    let problem = Problem {
        layer,
        samples,
        input: &input,
        weight: &weight,
        bias: bias.as_ref(),
        output_gradient: upstream.as_ref(),
    };
    ALLOCATOR.reset_peak_usage();
    let plan = Plan::of(problem, &Budget { work: u128::MAX, memory: u128::MAX }).unwrap();
    let bound = plan.cost().memory;
    let outcome = plan.run(&Taps::of(layer.geometry()).unwrap()).unwrap();
    let counted = (ALLOCATOR.peak_usage() - before) as u128;
    drop(outcome);
    assert!(bound + BYTES_AT_LEAST >= counted, "{layer:?} {kind:?} {samples:?}: {bound} < {counted}");
    assert!(bound <= 4 * counted + BYTES_AT_LEAST, "{layer:?} {kind:?} {samples:?}: {bound} > 4 * {counted}");
}

#[test]
fn the_bound_is_at_least_what_is_counted_and_at_most_four_times_that() {
    let mut dice = Dice(7);
    for round in 0..150 {
        let layer = dice.layer();
        let kind = KINDS[round % KINDS.len()];
        steps_are_bounded(&layer, kind, &mut dice);
        memory_is_bounded(&layer, kind, &mut dice);
    }
    // As many taps on one axis as its sizes allow: their list is the largest thing by far.
    let axis = AxisSettings { padding: Padding::both(999), ..AxisSettings::new(1000, 1000) };
    let layer = Layer::new(Operation::Convolution, vec![axis], ChannelSettings::default()).unwrap();
    memory_is_bounded(&layer, Kind::Integers, &mut dice);
}
