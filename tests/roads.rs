//! The roads agree: exhaustive small boxes, properties over all parameters at once, and planted faults that are caught.

use convt_matrix::algebra::{Approximate, Family, Polynomial, Rational, Ring, SmallIntegers, Symbol};
use convt_matrix::geometry::{Axis, AxisSettings, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::matrix::{WeightIx, multiply, weight_matrix, with_weights};
use convt_matrix::proof::{
    Difference, Fault, Grade, Model, roads_of, symbolic_identity, symbols, taps_identity, taps_identity_of,
};
use convt_matrix::roads::kronecker::{Placed, for_each_entry, shift_matrix};
use convt_matrix::roads::rewritten::{StrideOne, Turn, ZeroInsertion};
use convt_matrix::roads::terms::{self, Term};
use convt_matrix::roads::unrolled::{PanelSize, for_each_contribution};
use convt_matrix::roads::{Road, by_kronecker_sum, by_matrix, by_rewriting, by_textbook, by_unrolling, rewriting};
use convt_matrix::taps::{Factor, Tap, Taps};
use convt_matrix::tensor::{Tensor, ravel, unravel};
use num_bigint::BigInt;
use num_traits::Zero;
use proptest::prelude::*;
use std::collections::HashSet;
use std::convert::Infallible;
use std::ops::ControlFlow;

const ONE: ChannelSettings = ChannelSettings { input: 1, output: 1, groups: 1 };

/// `m, k, s, p, d, o` as one axis with the same padding at both ends.
fn axis(
    input: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
    output_padding: usize,
) -> AxisSettings {
    AxisSettings { input, kernel, stride, padding: Padding::both(padding), dilation, output_padding }
}

fn layer(operation: Operation, axes: &[AxisSettings], channels: ChannelSettings) -> Layer {
    Layer::new(operation, axes.to_vec(), channels).unwrap_or_else(|error| panic!("{operation:?} {axes:?}: {error}"))
}

fn taps(layer: &Layer) -> Taps {
    Taps::of(layer.geometry()).expect("small layers are listed")
}

/// PyTorch's rule for one axis, in numbers that cannot overflow; the output size if it is accepted.
fn accepted(operation: Operation, axis: &AxisSettings) -> Option<BigInt> {
    let big = |number: usize| BigInt::from(number);
    let AxisSettings { input, kernel, stride, padding, dilation, output_padding } = *axis;
    if [input, kernel, stride, dilation].contains(&0) {
        return None;
    }
    let paddings = big(padding.begin) + big(padding.end);
    let reach = big(dilation) * (big(kernel) - 1);
    match operation {
        Operation::Transposed => {
            let size = (big(input) - 1) * big(stride) - paddings + reach + big(output_padding) + 1;
            (output_padding < stride.max(dilation) && size >= BigInt::from(1)).then_some(size)
        }
        Operation::Convolution => {
            let room = big(input) + paddings - reach - 1;
            // The room is not negative here, so BigInt's division is the floor.
            (output_padding == 0 && room >= BigInt::zero()).then(|| room / big(stride) + 1)
        }
    }
}

/// The output straight from the definition, term by term: one more road, which shares nothing with the crate's.
fn by_definition<T: Ring>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Tensor<T> {
    let transposed = layer.operation() == Operation::Transposed;
    let channels = layer.geometry().channels();
    let output = layer.output_shape();
    let mut y = vec![T::zero(); output.iter().product()];
    let (small_shape, big_shape) = if transposed { (x.shape(), &output[..]) } else { (&output[..], x.shape()) };
    for small in 0..small_shape.iter().product() {
        let i = unravel(small_shape, small);
        for (flat, weight) in w.entries().iter().enumerate() {
            let t = unravel(w.shape(), flat);
            if t[0] != i[0] {
                continue;
            }
            let group = i[0] / (channels.small() / channels.groups());
            let mut big = vec![group * (channels.big() / channels.groups()) + t[1]];
            for (a, axis) in layer.settings().iter().enumerate() {
                let at = (axis.stride * i[a + 1] + axis.dilation * t[a + 2]).checked_sub(axis.padding.begin);
                big.extend(at.filter(|&at| at < big_shape[a + 1]));
            }
            if big.len() == big_shape.len() {
                let big = ravel(big_shape, &big);
                let (from, to) = if transposed { (small, big) } else { (big, small) };
                y[to] = y[to].clone() + weight.clone() * x.entries()[from].clone();
            }
        }
    }
    Tensor::new(output, y)
}

/// Proves the layer by both identities, checks its sizes, and checks the symbolic output against the definition.
fn check(layer: &Layer) {
    let taps = taps(layer);
    let fail = |what: &str| -> String { format!("{what}: {:?} {:?}", layer.operation(), layer.settings()) };
    taps_identity(layer).unwrap_or_else(|error| panic!("{}\n{error}", fail("taps identity")));
    let model = Model::of(layer.clone()).expect("small");
    let proved = model.prove().unwrap_or_else(|error| panic!("{}\n{error}", fail("proof")));
    assert_eq!(proved.grades(), [Grade::TapsIdentity, Grade::SymbolicIdentity], "{}", fail("grades"));
    let symbolic = symbolic_identity(layer, &taps, &rewriting(layer)).expect("proved a moment ago");
    let (x, w) = symbols(layer);
    assert_eq!(symbolic, by_definition(layer, &x, &w), "{}", fail("definition"));
    check_products(layer, &x, &w, &symbolic);
    let (x, w) = integers(layer, 1);
    check_products(layer, &x, &w, &by_textbook(layer, &x, &w));

    let sizes: Vec<BigInt> = layer
        .settings()
        .iter()
        .map(|axis| accepted(layer.operation(), axis).expect("the layer was accepted"))
        .collect();
    let textbook: Vec<BigInt> = symbolic.shape()[1..].iter().map(|&size| BigInt::from(size)).collect();
    assert_eq!(textbook, sizes, "{}", fail("the size by the formula and by the textbook loops"));
    assert_eq!(symbolic.shape(), layer.output_shape(), "{}", fail("the size by the layer"));
    assert_eq!(proved.outputs(), symbolic.entries().len());
    // Every tap is one product, and no two taps of one output are the same product.
    let products: usize = symbolic.entries().iter().map(|entry| entry.terms().len()).sum();
    assert_eq!(proved.taps().count(), products, "{}", fail("number of products"));
}

/// The rewriting, the dense products and the Kronecker products add up to the output the textbook loops gave.
fn check_products<T: Ring>(layer: &Layer, x: &Tensor<T>, w: &Tensor<T>, textbook: &Tensor<T>) {
    for (road, output) in [
        (Road::Rewritten, by_rewriting(layer, x, w)),
        (Road::Unrolled, by_unrolling(layer, x, w)),
        (Road::Kronecker, by_kronecker_sum(layer, x, w)),
    ] {
        let name = road.name(layer.operation());
        assert_eq!(&output, textbook, "{name}: {:?} {:?}", layer.operation(), layer.settings());
    }
}

/// An input and a weight of small integers drawn from the seed.
fn integers(layer: &Layer, seed: u64) -> (Tensor<i64>, Tensor<i64>) {
    let mut integers = SmallIntegers::new(seed);
    let mut drawn = |shape: &[usize]| Tensor::from_fn(shape, |_| integers.draw());
    (drawn(&layer.input_shape()), drawn(&layer.weight_shape()))
}

/// Every axis in the box that the operation accepts.
fn legal_axes(operation: Operation, m: usize, k: usize, s: usize, p: usize, d: usize, o: usize) -> Vec<AxisSettings> {
    let mut axes = Vec::new();
    for (m, k, s) in (1..=m).flat_map(|m| (1..=k).flat_map(move |k| (1..=s).map(move |s| (m, k, s)))) {
        for (p, d, o) in (0..=p).flat_map(|p| (1..=d).flat_map(move |d| (0..=o).map(move |o| (p, d, o)))) {
            axes.extend(Some(axis(m, k, s, p, d, o)).filter(|axis| accepted(operation, axis).is_some()));
        }
    }
    axes
}

// Exhaustive boxes.

#[test]
fn every_small_one_dimensional_transposed_layer_is_proved_by_taps_and_by_symbols() {
    let axes = legal_axes(Operation::Transposed, 4, 4, 3, 4, 3, 2);
    assert_eq!(axes.len(), 1337, "PyTorch's rule accepts so many of the 2160 settings");
    for axis in axes {
        check(&layer(Operation::Transposed, &[axis], ONE));
    }
}

#[test]
fn every_small_one_dimensional_convolution_is_proved_by_taps_and_by_symbols() {
    let axes = legal_axes(Operation::Convolution, 6, 4, 3, 3, 3, 0);
    assert_eq!(axes.len(), 675, "so many of the 864 settings leave room for the kernel");
    for axis in axes {
        check(&layer(Operation::Convolution, &[axis], ONE));
    }
}

#[test]
fn different_padding_at_the_two_ends_is_proved_too() {
    for operation in [Operation::Transposed, Operation::Convolution] {
        for axis in legal_axes(operation, 3, 3, 2, 0, 2, 1) {
            for (begin, end) in (0..=4).flat_map(|begin| (0..=4).map(move |end| (begin, end))) {
                let axis = AxisSettings { padding: Padding { begin, end }, ..axis };
                if accepted(operation, &axis).is_some() {
                    check(&layer(operation, &[axis], ONE));
                }
            }
        }
    }
}

#[test]
fn every_pair_of_small_axes_makes_a_proved_two_dimensional_layer() {
    for operation in [Operation::Transposed, Operation::Convolution] {
        let mut axes = legal_axes(operation, 2, 2, 2, 1, 2, 1);
        // One that cuts more than the kernel reaches, one with a stride beyond the kernel.
        let wide = [axis(3, 1, 3, 1, 1, 1), axis(3, 3, 1, 2, 1, 0), axis(2, 2, 3, 1, 1, 2)];
        axes.extend(wide.into_iter().filter(|axis| accepted(operation, axis).is_some()));
        for pair in axes.iter().flat_map(|&outer| axes.iter().map(move |&inner| [outer, inner])) {
            check(&layer(operation, &pair, ONE));
        }
    }
}

#[test]
fn three_dimensional_layers_of_unlike_axes_are_proved() {
    for operation in [Operation::Transposed, Operation::Convolution] {
        let some = [axis(2, 2, 1, 0, 1, 0), axis(3, 1, 2, 0, 1, 1), axis(2, 2, 2, 1, 1, 1), axis(1, 3, 2, 1, 1, 0)];
        let transposed = operation == Operation::Transposed;
        let some = some.map(|axis| if transposed { axis } else { AxisSettings { output_padding: 0, ..axis } });
        for code in 0..64 {
            check(&layer(operation, &[some[code / 16], some[code / 4 % 4], some[code % 4]], ONE));
        }
    }
}

#[test]
fn channels_and_groups_are_proved_in_every_small_combination() {
    for (groups, a, b) in (1..=3).flat_map(|g| (1..=2).flat_map(move |a| (1..=2).map(move |b| (g, a, b)))) {
        let channels = ChannelSettings { input: groups * a, output: groups * b, groups };
        for operation in [Operation::Transposed, Operation::Convolution] {
            check(&layer(operation, &[axis(3, 2, 2, 0, 1, 0)], channels));
            check(&layer(operation, &[axis(2, 2, 1, 1, 1, 0), axis(3, 2, 2, 0, 1, 0)], channels));
        }
    }
}

// Shift matrices and names.

#[test]
fn the_shift_matrices_of_an_axis_labelled_with_their_kernel_cells_are_its_matrix() {
    for operation in [Operation::Transposed, Operation::Convolution] {
        for settings in legal_axes(operation, 4, 3, 3, 3, 3, 2) {
            let layer = layer(operation, &[settings], ONE);
            let axis = &layer.geometry().axes()[0];
            let mut labelled = Vec::new();
            for ker in 0..axis.kernel() {
                let shift = shift_matrix(axis, ker);
                assert_eq!(shift.shape(), (axis.small(), axis.big()));
                labelled.extend(shift.iter().map(|(&one, place)| (place, one, WeightIx(ker as u32))));
            }
            labelled.sort_unstable();
            let matrix = weight_matrix(&taps(&layer));
            assert_eq!(
                labelled,
                matrix.iter().map(|(&label, place)| (place, 1, label)).collect::<Vec<_>>(),
                "{settings:?}"
            );
        }
    }
}

#[test]
fn every_road_has_a_name_of_its_own_and_the_proof_runs_some_of_them() {
    for operation in [Operation::Transposed, Operation::Convolution] {
        let names: HashSet<_> = Road::ALL.iter().map(|road| road.name(operation)).collect();
        assert_eq!(names.len(), Road::ALL.len());
        let proving: HashSet<_> = roads_of(operation).into();
        assert_eq!(proving.len(), 3, "each another one");
        assert!(proving.iter().all(|road| Road::ALL.contains(road)));
    }
}

// What is accepted.

#[test]
fn a_layer_is_accepted_exactly_when_pytorch_accepts_it() {
    let numbers = |top: usize| 0..=top;
    let (mut yes, mut no) = (0, 0);
    for (input, kernel, stride) in
        numbers(3).flat_map(|m| numbers(3).flat_map(move |k| numbers(3).map(move |s| (m, k, s))))
    {
        for (begin, end, dilation, output_padding) in numbers(4).flat_map(|b| {
            numbers(4).flat_map(move |e| numbers(3).flat_map(move |d| numbers(3).map(move |o| (b, e, d, o))))
        }) {
            let padding = Padding { begin, end };
            let settings = AxisSettings { input, kernel, stride, padding, dilation, output_padding };
            for operation in [Operation::Transposed, Operation::Convolution] {
                let built = Layer::new(operation, vec![settings], ONE);
                let expected = accepted(operation, &settings);
                *(if expected.is_some() { &mut yes } else { &mut no }) += 1;
                assert_eq!(
                    built.as_ref().ok().map(|layer| BigInt::from(layer.output_shape()[1])),
                    expected,
                    "{operation:?} {settings:?}: {built:?}"
                );
            }
        }
    }
    assert_eq!((yes, no), (4997, 46203), "accepted and refused");
}

#[test]
fn one_impossible_axis_is_enough_to_refuse_a_layer_and_is_named() {
    let (good, bad) = (axis(2, 2, 1, 0, 1, 0), axis(2, 2, 0, 0, 1, 0));
    for (axes, at) in [(vec![bad, good], 0), (vec![good, bad, good], 1), (vec![good, good, bad], 2)] {
        let refusal = Layer::new(Operation::Transposed, axes, ONE).unwrap_err();
        assert_eq!(refusal.axis(), Some(at), "{refusal}");
    }
}

#[test]
fn a_layer_has_one_two_or_three_dimensions() {
    for count in 0..6 {
        let built = Layer::new(Operation::Transposed, vec![axis(2, 2, 1, 0, 1, 0); count], ONE);
        assert_eq!(built.is_ok(), (1..=3).contains(&count), "{count} axes: {built:?}");
    }
}

#[test]
fn groups_are_accepted_exactly_when_they_divide_both_channel_counts() {
    let numbers = 0..=6_usize;
    for (input, output, groups) in
        numbers.clone().flat_map(|i| (0..=6).flat_map(move |o| (0..=6).map(move |g| (i, o, g))))
    {
        let possible = input > 0 && output > 0 && groups > 0 && input % groups == 0 && output % groups == 0;
        for operation in [Operation::Transposed, Operation::Convolution] {
            let channels = ChannelSettings { input, output, groups };
            let built = Layer::new(operation, vec![axis(2, 2, 1, 0, 1, 0)], channels);
            assert_eq!(built.is_ok(), possible, "{channels:?}: {built:?}");
        }
    }
}

// Properties over all parameters at once.

/// The largest input, kernel, stride and dilation of an axis; smaller where there are more axes.
const TOPS: [[usize; 4]; 3] = [[5, 4, 4, 3], [3, 3, 3, 3], [2, 2, 2, 2]];

fn any_axis(operation: Operation, [m, k, s, d]: [usize; 4]) -> impl Strategy<Value = AxisSettings> {
    let numbers = (1..=m, 1..=k, 1..=s, 1..=d, any::<[u16; 3]>());
    numbers.prop_map(move |(input, kernel, stride, dilation, [o, begin, end])| {
        let [o, begin, end] = [o, begin, end].map(usize::from);
        let reach = dilation * (kernel - 1);
        match operation {
            Operation::Transposed => {
                // At least one cell of the buffer is left, whatever is cut where.
                let output_padding = o % stride.max(dilation);
                let buffer = (input - 1) * stride + reach + output_padding + 1;
                let begin = begin % buffer;
                let padding = Padding { begin, end: end % (buffer - begin) };
                AxisSettings { input, kernel, stride, padding, dilation, output_padding }
            }
            Operation::Convolution => {
                let begin = begin % 4;
                // At least as much padding as the kernel needs to fit.
                let end = end % 4 + (reach + 1).saturating_sub(input + begin);
                AxisSettings { input, kernel, stride, padding: Padding { begin, end }, dilation, output_padding: 0 }
            }
        }
    })
}

fn any_layer_of(operation: Operation) -> impl Strategy<Value = Layer> {
    let axes = (1..=3_usize).prop_flat_map(move |dimensions| {
        proptest::collection::vec(any_axis(operation, TOPS[dimensions - 1]), dimensions)
    });
    (axes, 1..=2_usize, 1..=2_usize, 1..=2_usize).prop_map(move |(axes, groups, a, b)| {
        layer(operation, &axes, ChannelSettings { input: groups * a, output: groups * b, groups })
    })
}

fn any_layer() -> impl Strategy<Value = Layer> {
    prop_oneof![any_layer_of(Operation::Transposed), any_layer_of(Operation::Convolution)]
}

/// Fractions with small numerators and denominators, zero among them, drawn from a seed.
fn rational(seed: u64, index: u64) -> Rational {
    let mixed = (seed ^ (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xd129_0d3b_3c9d_1b2f);
    let mixed = mixed ^ (mixed >> 31);
    Rational::new(BigInt::from((mixed % 25) as i64 - 12), BigInt::from(mixed / 25 % 7 + 1))
}

fn rationals(shape: &[usize], seed: u64) -> Tensor<Rational> {
    Tensor::from_fn(shape, |flat| rational(seed, flat as u64))
}

fn symbol_vector(family: Family, length: usize) -> Vec<Polynomial> {
    (0..length).map(|index| Polynomial::symbol(family, index as u32)).collect()
}

fn dot(left: &[Polynomial], right: &[Polynomial]) -> Polynomial {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).map(|(a, b)| a * b).fold(Polynomial::zero(), |sum, product| sum + product)
}

/// The convolution with the same parameters that reads what the transposed layer writes.
fn companion(transposed: &Layer) -> Layer {
    let channels = transposed.geometry().channels();
    let inputs = transposed.output_shape();
    let settings: Vec<_> = transposed
        .settings()
        .iter()
        .zip(&inputs[1..])
        .map(|(axis, &input)| AxisSettings { input, output_padding: 0, ..*axis })
        .collect();
    let channels = ChannelSettings { input: channels.big(), output: channels.small(), groups: channels.groups() };
    layer(Operation::Convolution, &settings, channels)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_roads_agree_on_fractions_and_with_the_definition(layer in any_layer(), seed in any::<u64>()) {
        let x = rationals(&layer.input_shape(), seed);
        let w = rationals(&layer.weight_shape(), !seed);
        let expected = by_definition(&layer, &x, &w);
        prop_assert_eq!(expected.shape(), layer.output_shape());
        prop_assert_eq!(&by_textbook(&layer, &x, &w), &expected);
        prop_assert_eq!(&by_matrix(&layer, &weight_matrix(&taps(&layer)), &x, &w), &expected);
        prop_assert_eq!(&by_rewriting(&layer, &x, &w), &expected);
        prop_assert_eq!(&by_unrolling(&layer, &x, &w), &expected);
        prop_assert_eq!(&by_kronecker_sum(&layer, &x, &w), &expected);
    }

    #[test]
    fn the_roads_agree_on_integers_of_any_length_and_on_floats_that_hold_integers(
        layer in any_layer(), seed in any::<u64>()
    ) {
        let (x, w) = integers(&layer, seed);
        let textbook = by_textbook(&layer, &x, &w);
        check_products(&layer, &x, &w, &textbook);
        let factor = BigInt::from(u64::MAX);
        let long = |tensor: &Tensor<i64>| tensor.map(|&entry| &factor * entry);
        check_products(&layer, &long(&x), &long(&w), &textbook.map(|&entry| &factor * &factor * entry));
        let floats = |tensor: &Tensor<i64>| tensor.map(|&entry| Approximate::new(entry as f64));
        let (x, w) = (floats(&x), floats(&w));
        check_products(&layer, &x, &w, &by_textbook(&layer, &x, &w));
    }

    #[test]
    fn the_size_of_the_panels_does_not_change_the_sums(layer in any_layer(), entries in 2..60_usize) {
        let (x, w) = symbols(&layer);
        let expected = by_textbook(&layer, &x, &w);
        for (products, terms) in [(0, 1), (1, usize::MAX), (entries, 2), (usize::MAX, 1), (usize::MAX, usize::MAX)] {
            let size = PanelSize { products, terms };
            let mut sums = expected.map(|_| Polynomial::zero());
            let ControlFlow::Continue(()) = for_each_contribution(&layer, &x, &w, size, |output, value| {
                sums.entries_mut()[output] += value.clone();
                ControlFlow::<Infallible>::Continue(())
            });
            prop_assert_eq!(&sums, &expected, "{:?}", size);
        }
    }

    #[test]
    fn the_kronecker_products_labelled_with_their_weights_are_the_matrix(layer in any_layer()) {
        let mut labelled = Vec::new();
        let ControlFlow::Continue(()) = for_each_entry(layer.geometry(), |Placed { weight, row, column }| {
            labelled.push(((row as u32, column as u32), WeightIx(weight as u32)));
            ControlFlow::<Infallible>::Continue(())
        });
        labelled.sort_unstable();
        let matrix = weight_matrix(&taps(&layer));
        prop_assert_eq!(labelled, matrix.iter().map(|(&label, place)| (place, label)).collect::<Vec<_>>());
    }

    #[test]
    fn the_roads_agree_on_polynomials(layer in any_layer()) {
        check(&layer);
    }

    #[test]
    fn putting_numbers_into_the_symbolic_output_gives_the_numeric_output(layer in any_layer(), seed in any::<u64>()) {
        let symbolic = symbolic_identity(&layer, &taps(&layer), &rewriting(&layer)).expect("the roads agree");
        let value = |symbol: Symbol| match symbol.family {
            Family::Input => rational(seed, u64::from(symbol.index)),
            _ => rational(!seed, u64::from(symbol.index)),
        };
        let numeric = by_textbook(&layer, &rationals(&layer.input_shape(), seed), &rationals(&layer.weight_shape(), !seed));
        prop_assert_eq!(symbolic.map(|entry| entry.evaluate(value)), numeric);
    }

    #[test]
    fn the_matrix_of_the_transposed_taps_is_the_transposed_matrix(layer in any_layer()) {
        let taps = taps(&layer);
        let matrix = weight_matrix(&taps);
        prop_assert_eq!(weight_matrix(&taps.transposed()), matrix.transpose_view().to_csr());
        prop_assert_eq!(taps.transposed().transposed(), taps);
    }

    #[test]
    fn the_transposed_matrix_is_the_adjoint_as_an_identity_of_polynomials(layer in any_layer()) {
        let taps = taps(&layer);
        let weights = symbol_vector(Family::Weight, taps.weights());
        let x = symbol_vector(Family::Input, taps.columns());
        let y = symbol_vector(Family::OutputGradient, taps.rows());
        let forward = multiply(with_weights(&weight_matrix(&taps), &weights).view(), &x);
        let back = multiply(with_weights(&weight_matrix(&taps.transposed()), &weights).view(), &y);
        prop_assert_eq!(dot(forward.as_slice(), &y), dot(&x, back.as_slice()));
    }

    #[test]
    fn shapes_return_exactly_when_the_output_padding_stays_below_the_stride(layer in any_layer_of(Operation::Transposed)) {
        let back = companion(&layer);
        let below = layer.settings().iter().all(|axis| axis.output_padding < axis.stride);
        prop_assert_eq!(layer.is_adjoint_of_its_convolution(), below);
        prop_assert_eq!(back.output_shape() == layer.input_shape(), below);
        prop_assert!(back.is_adjoint_of_its_convolution());
        if below {
            prop_assert_eq!(back.geometry(), layer.geometry());
            prop_assert_eq!(taps(&back), taps(&layer));
            // The textbook loops of the two operations, which share no line, are adjoint to each other.
            let w = Tensor::new(layer.weight_shape(), symbol_vector(Family::Weight, taps(&layer).weights()));
            let y = Tensor::from_fn(&layer.input_shape(), |flat| Polynomial::symbol(Family::OutputGradient, flat as u32));
            let x = Tensor::from_fn(&layer.output_shape(), |flat| Polynomial::symbol(Family::Input, flat as u32));
            let forward = by_textbook(&back, &x, &w);
            let backward = by_textbook(&layer, &y, &w);
            prop_assert_eq!(dot(forward.entries(), y.entries()), dot(x.entries(), backward.entries()));
        } else {
            // Then the convolution writes more than the layer read: the matrices have different shapes.
            prop_assert!(taps(&back).rows() > taps(&layer).rows());
        }
    }

    #[test]
    fn one_output_padding_below_the_stride_leads_back_to_the_input_of_a_convolution(
        back in any_layer_of(Operation::Convolution)
    ) {
        let m = back.output_shape();
        let settings: Vec<_> = back.settings().iter().zip(&m[1..]).map(|(axis, &input)| {
            let padded = axis.input + axis.padding.begin + axis.padding.end;
            let remainder = (padded - axis.dilation * (axis.kernel - 1) - 1) % axis.stride;
            AxisSettings { input, output_padding: remainder, ..*axis }
        }).collect();
        let channels = back.geometry().channels();
        let channels = ChannelSettings { input: channels.small(), output: channels.big(), groups: channels.groups() };
        let there = layer(Operation::Transposed, &settings, channels);
        prop_assert_eq!(there.output_shape(), back.input_shape());
        prop_assert_eq!(there.geometry(), back.geometry());
    }

    #[test]
    fn numbers_of_any_size_are_accepted_or_refused_but_never_wrapped(
        operation in prop_oneof![Just(Operation::Transposed), Just(Operation::Convolution)],
        numbers in proptest::collection::vec(any_number(), 7)
    ) {
        let padding = Padding { begin: numbers[3], end: numbers[4] };
        let settings = AxisSettings {
            input: numbers[0], kernel: numbers[1], stride: numbers[2], padding,
            dilation: numbers[5], output_padding: if operation == Operation::Convolution { 0 } else { numbers[6] },
        };
        let expected = accepted(operation, &settings);
        match Layer::new(operation, vec![settings], ONE) {
            Ok(layer) => {
                prop_assert_eq!(Some(BigInt::from(layer.output_shape()[1])), expected);
                // Asking for its taps is answered at once, by a list or a refusal.
                let _ = Taps::within(layer.geometry(), 1000, 1000);
            }
            Err(refusal) => {
                // Refused against PyTorch's rule only where a length reaches the limit.
                let big = if operation == Operation::Transposed { expected.clone().unwrap_or_default() } else { BigInt::from(numbers[0]) };
                let padded = big + padding.begin + padding.end;
                let longest = numbers.into_iter().map(BigInt::from).fold(padded, BigInt::max);
                prop_assert!(expected.is_none() || longest >= BigInt::from(Layer::SIZE_LIMIT), "{} {:?}", refusal, settings);
            }
        }
    }
}

/// Small numbers, and numbers at the edges of machine words.
fn any_number() -> impl Strategy<Value = usize> {
    prop_oneof![
        20 => 0..5_usize,
        1 => Just(1 << 31),
        1 => Just(1 << 32),
        1 => Just((1 << 62) - 1),
        1 => Just(i64::MAX as usize),
        1 => Just(1 << 63),
        1 => Just(usize::MAX),
        1 => any::<usize>(),
    ]
}

// The theorem, one axis at a time.

/// Whether the taps `(i, t, j)` of the axis are exactly those whose relabelled triple is a tap of the other axis.
fn taps_correspond(axis: &Axis, other: &Axis, relabel: impl Fn(Tap) -> Tap) -> bool {
    let mut relabelled: Vec<Tap> = Factor::of_axis(axis).iter().map(relabel).collect();
    let mut taps: Vec<Tap> = Factor::of_axis(other).iter().collect();
    relabelled.sort_unstable();
    // Of the stride-1 axis only the cells that hold an input matter; the inserted zeros between them are no taps.
    taps.retain(|tap| (tap.column as usize).is_multiple_of(axis.stride()));
    taps.sort_unstable();
    relabelled == taps
}

#[test]
fn the_taps_of_an_axis_are_those_of_its_equivalent_convolution_with_the_kernel_flipped_and_not_otherwise() {
    let (mut hidden, mut shown) = (0, 0);
    for settings in legal_axes(Operation::Transposed, 4, 4, 3, 4, 3, 2) {
        let layer = layer(Operation::Transposed, &[settings], ONE);
        let axis = &layer.geometry().axes()[0];
        let (k, s) = (axis.kernel() as u32, axis.stride() as u32);
        let unit = axis.equivalent_convolution();
        let turn = |tap: Tap| Tap { row: tap.column, weight: k - 1 - tap.weight, column: s * tap.row };
        let keep = |tap: Tap| Tap { weight: tap.weight, ..turn(tap) };
        assert!(taps_correspond(axis, &unit, turn), "{settings:?}");
        // Unflipped they correspond only where every tap is in the middle of the kernel.
        let in_the_middle = Factor::of_axis(axis).iter().all(|tap| 2 * tap.weight + 1 == k);
        assert_eq!(taps_correspond(axis, &unit, keep), in_the_middle, "{settings:?}");
        *(if in_the_middle { &mut hidden } else { &mut shown }) += 1;
        // The padding of the rewriting is one of the numbers the theorem depends on.
        let shifted = Axis::new(unit.small(), unit.big(), unit.kernel(), 1, unit.dilation(), unit.crop_begin() + 1);
        let shifted = shifted.expect("small numbers");
        if Factor::of_axis(axis).taps() > 0 {
            assert!(!taps_correspond(axis, &shifted, turn), "{settings:?}");
        }
    }
    assert!(hidden > 100 && shown > 1000, "both sides are met: {hidden} hide the flip, {shown} show it");
}

// Planted faults.

/// What the symbolic identity says about the layer with the fault planted in its rewriting.
fn with_fault(fault: Fault, layer: &Layer) -> Result<(), Difference> {
    symbolic_identity(layer, &taps(layer), &StrideOne::ZeroInsertion(fault.planted(layer)))
        .map(drop)
        .map_err(|counterexample| counterexample.difference)
}

fn entry(index: &[usize], left: &str, right: &str) -> Result<(), Difference> {
    Err(Difference::Entry { index: index.to_vec(), left: left.into(), right: right.into() })
}

#[test]
fn every_planted_fault_is_caught_where_it_matters() {
    let line = layer(Operation::Transposed, &[axis(2, 3, 1, 0, 1, 0)], ONE);
    let square = layer(Operation::Transposed, &[axis(1, 2, 1, 0, 1, 0); 2], ONE);
    let longer = layer(Operation::Transposed, &[axis(3, 3, 2, 1, 1, 1)], ONE);
    let unlike = layer(Operation::Transposed, &[axis(2, 1, 1, 0, 1, 0), axis(2, 2, 1, 0, 1, 0)], ONE);
    let dilated = layer(Operation::Transposed, &[axis(3, 2, 1, 0, 2, 0)], ONE);
    let shapes =
        |left: [usize; 2], right: [usize; 2]| Err(Difference::Shape { left: left.to_vec(), right: right.to_vec() });
    for fault in Fault::ALL {
        let (found, expected) = match fault {
            Fault::NoFlip => (with_fault(fault, &line), entry(&[0, 0], "w[0]*x[0]", "w[2]*x[0]")),
            Fault::TransposedKernel => {
                (with_fault(fault, &square), entry(&[0, 0, 0], "w[0,0]*x[0,0]", "w[1,1]*x[0,0]"))
            }
            Fault::OutputPaddingBothSides => (with_fault(fault, &longer), shapes([1, 6], [1, 7])),
            Fault::OffByOneLead => (with_fault(fault, &line), entry(&[0, 0], "w[0]*x[0]", "0")),
            Fault::SwappedAxes => {
                (with_fault(fault, &unlike), Err(Difference::Shape { left: vec![1, 2, 3], right: vec![1, 4, 1] }))
            }
            Fault::PaddingAsItIs => (with_fault(fault, &dilated), shapes([1, 5], [1, 1])),
            Fault::StrideManyZeros => (with_fault(fault, &longer), shapes([1, 6], [1, 8])),
            Fault::UndilatedPadding => (with_fault(fault, &dilated), shapes([1, 5], [1, 3])),
            Fault::OutputPaddingAtStart => (with_fault(fault, &longer), entry(&[0, 0], "w[1]*x[0]", "w[0]*x[0]")),
        };
        assert_eq!(found, expected, "{fault:?}");
    }
}

#[test]
fn the_taps_identity_catches_every_fault_where_it_matters_and_passes_the_right_rule() {
    let matters = layer(Operation::Transposed, &[axis(3, 3, 2, 1, 2, 1), axis(2, 2, 2, 0, 1, 0)], ONE);
    assert_eq!(taps_identity(&matters), Ok(()));
    for fault in Fault::ALL {
        let spoilt = StrideOne::ZeroInsertion(fault.planted(&matters));
        let refusal = taps_identity_of(&matters, &spoilt).expect_err("the tap sets differ");
        assert!(matches!(refusal.difference, Difference::Taps { .. }), "{fault:?}: {refusal}");
    }
    // With a single kernel cell there is nothing to flip.
    let hidden = layer(Operation::Transposed, &[axis(3, 1, 2, 0, 1, 0)], ONE);
    assert_eq!(taps_identity_of(&hidden, &StrideOne::ZeroInsertion(Fault::NoFlip.planted(&hidden))), Ok(()));
}

#[test]
fn a_counterexample_reads_as_an_entry_with_both_expansions() {
    let line = layer(Operation::Transposed, &[axis(2, 3, 1, 0, 1, 0)], ONE);
    let spoilt = StrideOne::ZeroInsertion(Fault::NoFlip.planted(&line));
    let text = symbolic_identity(&line, &taps(&line), &spoilt).unwrap_err().to_string();
    for piece in [
        "[0, 0]",
        "w[0]*x[0]",
        "w[2]*x[0]",
        "textbook scatter loops",
        "stride-1 convolution over the zero-inserted, padded input",
    ] {
        assert!(text.contains(piece), "{piece:?} is missing in\n{text}");
    }
    let longer = layer(Operation::Transposed, &[axis(3, 3, 2, 1, 1, 1)], ONE);
    let spoilt = StrideOne::ZeroInsertion(Fault::OutputPaddingBothSides.planted(&longer));
    let text = symbolic_identity(&longer, &taps(&longer), &spoilt).unwrap_err().to_string();
    assert!(text.contains("[1, 6]") && text.contains("[1, 7]"), "both shapes are named:\n{text}");
}

#[test]
fn a_counterexample_names_channels_where_there_are_several() {
    let channels = ChannelSettings { input: 2, output: 1, groups: 1 };
    let layer = layer(Operation::Transposed, &[axis(1, 2, 1, 0, 1, 0)], channels);
    assert_eq!(
        with_fault(Fault::NoFlip, &layer),
        entry(&[0, 0], "w[0,0,0]*x[0,0] + w[1,0,0]*x[1,0]", "w[0,0,1]*x[0,0] + w[1,0,1]*x[1,0]")
    );
}

#[test]
fn a_kernel_of_one_cell_hides_a_missing_flip_and_a_transposed_kernel() {
    for axes in [vec![axis(3, 1, 2, 1, 1, 1)], vec![axis(2, 1, 1, 0, 1, 0); 2], vec![axis(2, 1, 3, 0, 1, 0); 3]] {
        let layer = layer(Operation::Transposed, &axes, ONE);
        for fault in [Fault::NoFlip, Fault::TransposedKernel] {
            assert_eq!(with_fault(fault, &layer), Ok(()), "{fault:?} changes nothing for one cell");
        }
    }
}

#[test]
fn a_missing_flip_is_caught_exactly_where_some_tap_is_not_in_the_middle_of_the_kernel() {
    let (mut caught, mut hidden) = (0, 0);
    for axis in legal_axes(Operation::Transposed, 3, 3, 3, 3, 2, 2) {
        let layer = layer(Operation::Transposed, &[axis], ONE);
        let matters = taps(&layer).iter().any(|tap| 2 * tap.weight as usize + 1 != axis.kernel);
        *(if matters { &mut caught } else { &mut hidden }) += 1;
        assert_eq!(with_fault(Fault::NoFlip, &layer).is_err(), matters, "{axis:?}");
        // Along one axis there is nothing to exchange, so a transposed kernel is an unflipped one.
        assert_eq!(with_fault(Fault::TransposedKernel, &layer), with_fault(Fault::NoFlip, &layer), "{axis:?}");
    }
    assert!(caught > 100 && hidden > 30, "both sides are met: {caught} caught, {hidden} hidden");
}

#[test]
fn a_shifted_lead_and_an_output_padding_on_both_sides_are_caught_on_every_small_layer_they_touch() {
    for axis in legal_axes(Operation::Transposed, 3, 3, 3, 3, 2, 2) {
        let layer = layer(Operation::Transposed, &[axis], ONE);
        if taps(&layer).count() > 0 {
            assert!(with_fault(Fault::OffByOneLead, &layer).is_err(), "{axis:?}");
        }
        let both = with_fault(Fault::OutputPaddingBothSides, &layer);
        assert_eq!(both.is_err(), axis.output_padding > 0, "{axis:?}");
    }
}

#[test]
fn swapped_axes_are_caught_exactly_where_the_axes_are_padded_differently() {
    let axes = legal_axes(Operation::Transposed, 2, 2, 2, 1, 2, 1);
    for pair in axes.iter().flat_map(|&outer| axes.iter().map(move |&inner| [outer, inner])) {
        let padding = |axis: &AxisSettings| {
            let reach = axis.dilation * (axis.kernel - 1);
            let [reach, p, o] = [reach, axis.padding.begin, axis.output_padding].map(|number| number as i64);
            (reach - p, reach - p + o)
        };
        let layer = layer(Operation::Transposed, &pair, ONE);
        if padding(&pair[0]) == padding(&pair[1]) {
            assert_eq!(with_fault(Fault::SwappedAxes, &layer), Ok(()), "{pair:?}");
        } else if taps(&layer).count() > 0 {
            assert!(with_fault(Fault::SwappedAxes, &layer).is_err(), "{pair:?}");
        }
    }
}

// Terms: the normal form that sweeps compare.

/// The terms of a polynomial output, sorted; each must be one weight times one input, once.
fn terms_of(output: &Tensor<Polynomial>) -> Vec<Term> {
    let mut terms = Vec::new();
    for (flat, entry) in output.entries().iter().enumerate() {
        for (monomial, coefficient) in entry.terms() {
            let [w, x] = monomial.symbols() else { panic!("{monomial:?} is no product of two") };
            assert_eq!((w.family, x.family, coefficient), (Family::Weight, Family::Input, &1));
            terms.push(Term { output: flat as u32, weight: w.index, input: x.index });
        }
    }
    terms.sort_unstable();
    terms
}

/// The terms that a road names, sorted. What is named twice stays twice.
fn named(road: impl FnOnce(&mut dyn FnMut(Term) -> ControlFlow<Infallible>) -> ControlFlow<Infallible>) -> Vec<Term> {
    let mut terms = Vec::new();
    let ControlFlow::Continue(()) = road(&mut |term| {
        terms.push(term);
        ControlFlow::Continue(())
    });
    terms.sort_unstable();
    terms
}

/// A rewriting of a transposed convolution whose every number may be wrong.
fn any_spoilt(of: &ZeroInsertion) -> impl Strategy<Value = ZeroInsertion> + use<> {
    let of = of.clone();
    let turn = prop_oneof![Just(Turn::Flipped), Just(Turn::Kept), Just(Turn::AxesExchanged)];
    (turn, proptest::collection::vec((-2..=2_i64, -2..=2_i64), of.padding.len())).prop_map(move |(turn, shifts)| {
        let padding = of.padding.iter().zip(shifts).map(|(&(begin, end), (b, e))| (begin + b, end + e));
        ZeroInsertion { turn, padding: padding.collect(), ..of.clone() }
    })
}

/// A layer with a rewriting of it: its own, or a spoilt one that still can be run.
fn any_rewritten() -> impl Strategy<Value = (Layer, StrideOne)> {
    let right = any_layer().prop_map(|layer| (layer.clone(), rewriting(&layer)));
    let spoilt = any_layer_of(Operation::Transposed).prop_flat_map(|layer| {
        any_spoilt(&ZeroInsertion::of(layer.geometry()))
            .prop_map(move |spoilt| (layer.clone(), StrideOne::ZeroInsertion(spoilt)))
    });
    let fits = |(layer, rewriting): &(Layer, StrideOne)| can_run(layer, rewriting);
    prop_oneof![1 => right, 3 => spoilt].prop_filter("the operand is cut away", fits)
}

/// Whether the turned kernel fits, and no more is cut than is there.
fn can_run(layer: &Layer, rewriting: &StrideOne) -> bool {
    let uncut = match rewriting {
        StrideOne::Thinned(_) => true,
        StrideOne::ZeroInsertion(rewriting) => {
            rewriting.padding.iter().zip(&rewriting.strides).zip(&layer.input_shape()[1..]).all(
                |((&(begin, end), &stride), &input)| (stride * (input - 1) + 1) as i64 + begin.min(0) + end.min(0) >= 0,
            )
        }
    };
    uncut && rewriting.output_shape(&layer.input_shape(), &layer.weight_shape()).is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_terms_of_the_textbook_loops_are_those_of_the_polynomials_they_compute(layer in any_layer()) {
        let (x, w) = symbols(&layer);
        let polynomials = by_textbook(&layer, &x, &w);
        let found = named(|visit| terms::by_textbook(&layer, visit));
        prop_assert_eq!(&found, &terms_of(&polynomials));
        prop_assert_eq!(found.len() as u128, layer.geometry().tap_count());
    }

    #[test]
    fn the_terms_of_a_rewriting_right_or_wrong_are_those_of_the_polynomials_it_computes(
        (layer, rewriting) in any_rewritten()
    ) {
        let (x, w) = symbols(&layer);
        let found = named(|visit| terms::by_rewriting(&layer, &rewriting, visit));
        prop_assert_eq!(found, terms_of(&rewriting.run(&x, &w)));
    }

    #[test]
    fn the_terms_of_a_rewriting_differ_exactly_where_the_symbolic_identity_fails(
        (layer, rewriting) in any_rewritten()
    ) {
        let identity = symbolic_identity(&layer, &taps(&layer), &rewriting);
        let shape = rewriting.output_shape(&layer.input_shape(), &layer.weight_shape());
        let same = shape == Some(layer.output_shape())
            && named(|visit| terms::by_rewriting(&layer, &rewriting, visit))
                == named(|visit| terms::by_textbook(&layer, visit));
        prop_assert_eq!(same, identity.is_ok(), "{:?}", rewriting);
    }

    #[test]
    fn the_terms_of_the_adjoint_are_those_of_the_layer_with_input_and_output_exchanged(layer in any_layer()) {
        let exchange = |term: Term| Term { output: term.input, input: term.output, ..term };
        let mut adjoint: Vec<Term> =
            named(|visit| terms::by_textbook_of_adjoint(&layer, visit)).into_iter().map(exchange).collect();
        adjoint.sort_unstable();
        prop_assert_eq!(adjoint, named(|visit| terms::by_textbook(&layer, visit)));
    }

    #[test]
    fn a_road_that_is_told_to_stop_names_no_further_term(layer in any_layer(), patience in 1..20_usize) {
        for road in 0..3 {
            let mut named = 0;
            let mut visit = |_| {
                named += 1;
                if named == patience { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let stopped = match road {
                0 => terms::by_textbook(&layer, &mut visit),
                1 => terms::by_textbook_of_adjoint(&layer, &mut visit),
                _ => terms::by_rewriting(&layer, &rewriting(&layer), &mut visit),
            };
            let most = layer.geometry().tap_count() as usize;
            prop_assert_eq!(stopped.is_break(), most >= patience, "road {}", road);
            prop_assert_eq!(named, most.min(patience), "road {}", road);
        }
    }
}

// Taps identity and polynomials.

/// One of few axes that show and hide each mistake: middles, corners, gaps, everything cut, spared ends.
fn telling_axes() -> Vec<AxisSettings> {
    let mut axes = legal_axes(Operation::Transposed, 2, 3, 2, 2, 2, 1);
    // Only gaps are left of the first, only the middle of the kernel of the second, different ends of the third.
    axes.push(AxisSettings { padding: Padding { begin: 1, end: 1 }, ..axis(1, 2, 1, 0, 2, 0) });
    axes.push(axis(1, 3, 1, 1, 1, 0));
    axes.push(AxisSettings { padding: Padding { begin: 2, end: 1 }, ..axis(2, 3, 2, 0, 1, 1) });
    axes
}

/// Every so many-th layer of the product of telling axes.
fn telling_layers(dimensions: u32, step: usize) -> impl Iterator<Item = Layer> {
    let axes = telling_axes();
    (0..axes.len().pow(dimensions)).step_by(step).map(move |code| {
        let chosen: Vec<_> = (0..dimensions).map(|place| axes[code / axes.len().pow(place) % axes.len()]).collect();
        let channels = [ONE, ChannelSettings { input: 2, output: 4, groups: 2 }][code % 2];
        layer(Operation::Transposed, &chosen, channels)
    })
}

#[test]
fn with_any_mistake_the_taps_identity_fails_exactly_where_the_polynomials_differ() {
    let (mut caught, mut hidden, mut without_taps) = (0, 0, 0);
    let layers = telling_layers(1, 1).chain(telling_layers(2, 7)).chain(telling_layers(3, 1301));
    for layer in layers {
        without_taps += usize::from(layer.geometry().tap_count() == 0);
        for fault in Fault::ALL {
            let spoilt = StrideOne::ZeroInsertion(fault.planted(&layer));
            let by_taps = taps_identity_of(&layer, &spoilt);
            let by_symbols = with_fault(fault, &layer);
            assert_eq!(by_taps.is_err(), by_symbols.is_err(), "{fault:?} {:?}", layer.settings());
            *(if by_symbols.is_err() { &mut caught } else { &mut hidden }) += 1;
        }
    }
    assert!(caught > 1000 && hidden > 500 && without_taps > 20, "{caught} caught, {hidden} hidden, {without_taps}");
}

#[test]
fn exchanging_the_axes_of_the_kernel_turns_it_exactly_where_the_taps_identity_says_so() {
    // Kernels of which only few cells meet anything, so that the exchange of axes may do what the rotation does.
    let few = |kernel: usize| {
        legal_axes(Operation::Transposed, 2, kernel, 2, 2, 1, 1).into_iter().filter(move |axis| axis.kernel == kernel)
    };
    let axes: Vec<_> = few(1).step_by(5).chain(few(2)).chain(few(3)).collect();
    let (mut same, mut other) = (0, 0);
    for pair in axes.iter().flat_map(|&outer| axes.iter().map(move |&inner| [outer, inner])) {
        let layer = layer(Operation::Transposed, &pair, ONE);
        if layer.geometry().tap_count() == 0 {
            continue;
        }
        let spoilt = StrideOne::ZeroInsertion(Fault::TransposedKernel.planted(&layer));
        let shape = spoilt.output_shape(&layer.input_shape(), &layer.weight_shape());
        let brute = shape == Some(layer.output_shape())
            && named(|visit| terms::by_rewriting(&layer, &spoilt, visit))
                == named(|visit| terms::by_textbook(&layer, visit));
        assert_eq!(taps_identity_of(&layer, &spoilt).is_ok(), brute, "{pair:?}");
        let is_larger = pair.iter().any(|axis| axis.kernel > 1);
        *(if brute { &mut same } else { &mut other }) += usize::from(is_larger);
    }
    assert!(same >= 6 && other > 500, "{same} kernels are turned by the exchange, {other} are not");
}
