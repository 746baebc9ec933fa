//! Gradients: two roads and differentiation agree on every small layer, and what is wrong is caught.

use convt_matrix::algebra::Polynomial;
use convt_matrix::geometry::{AxisSettings, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::proof::{Difference, Exactly, Quantity, gradient_identity, gradients_agree};
use convt_matrix::roads;
use convt_matrix::roads::gradient::{by_taps, by_textbook, weight_by_taps};
use convt_matrix::taps::Taps;
use convt_matrix::tensor::Tensor;
use num_bigint::BigInt;
use proptest::prelude::*;

const BOTH: [Operation; 2] = [Operation::Transposed, Operation::Convolution];

fn single(operation: Operation, axis: AxisSettings) -> Option<Layer> {
    Layer::new(operation, vec![axis], ChannelSettings::default()).ok()
}

fn line(values: &[i64]) -> Tensor<i64> {
    Tensor::new(vec![1, values.len()], values.to_vec())
}

fn kernel(values: &[i64]) -> Tensor<i64> {
    Tensor::new(vec![1, 1, values.len()], values.to_vec())
}

#[test]
fn on_every_small_axis_both_roads_are_the_derivatives_of_the_symbolic_output() {
    let mut proved = 0;
    for code in 0..4 * 3_usize.pow(4) {
        let digit = |place: u32| code / 3_usize.pow(place) % 3;
        let (kernel, stride, dilation, output_padding) = (digit(0) + 1, digit(1) + 1, digit(2) + 1, digit(3));
        let input = code / 81 + 1;
        for operation in BOTH {
            for padding in [(0, 0), (1, 1), (2, 0), (0, 3)].map(|(begin, end)| Padding { begin, end }) {
                let axis = AxisSettings { input, kernel, stride, padding, dilation, output_padding };
                let Some(layer) = single(operation, axis) else { continue };
                let taps = Taps::of(layer.geometry()).unwrap();
                gradient_identity(&layer, &taps).unwrap_or_else(|error| panic!("{axis:?}: {error}"));
                proved += 1;
            }
        }
    }
    assert!(proved > 1_200, "only {proved} layers were possible");
}

#[test]
fn planes_volumes_and_groups_are_differentiated_too() {
    let height = AxisSettings { stride: 2, padding: Padding::both(1), ..AxisSettings::new(2, 3) };
    let width = AxisSettings { dilation: 3, output_padding: 2, ..AxisSettings::new(3, 2) };
    let depth = AxisSettings { padding: Padding { begin: 2, end: 0 }, ..AxisSettings::new(2, 2) };
    let grouped = ChannelSettings { input: 4, output: 2, groups: 2 };
    for axes in [vec![height, width], vec![depth, depth, height]] {
        for operation in BOTH {
            let allowed = |axis: &AxisSettings| match operation {
                Operation::Transposed => *axis,
                Operation::Convolution => AxisSettings { input: axis.input + 3, output_padding: 0, ..*axis },
            };
            let layer = Layer::new(operation, axes.iter().map(allowed).collect(), grouped).unwrap();
            let taps = Taps::of(layer.geometry()).unwrap();
            gradient_identity(&layer, &taps).unwrap();
        }
    }
}

#[test]
fn the_gradients_of_a_transposed_layer_are_those_worked_out_by_hand() {
    // x = [1, 2], w = [1, 10, 100], stride 2, padding 1, output_padding 1: y = [10, 102, 20, 200].
    let axis = AxisSettings { stride: 2, padding: Padding::both(1), output_padding: 1, ..AxisSettings::new(2, 3) };
    let layer = single(Operation::Transposed, axis).unwrap();
    let taps = Taps::of(layer.geometry()).unwrap();
    let (x, w, g) = (line(&[1, 2]), kernel(&[1, 10, 100]), line(&[1, 3, 5, 7]));
    let gradients = gradients_agree(&layer, &taps, &x, &w, &g, &Exactly(i64::to_string)).unwrap();
    // x0 meets g0 by w1 and g1 by w2; x1 meets g1 by w0, g2 by w1 and g3 by w2.
    assert_eq!(gradients.input.entries(), [10 + 300, 3 + 50 + 700]);
    assert_eq!(gradients.weight.entries(), [6, 1 + 10, 3 + 14]);
    assert_eq!(gradients.bias.entries(), [16]);
}

#[test]
fn cells_a_strided_convolution_never_reads_have_gradient_zero() {
    let axis = AxisSettings { stride: 3, ..AxisSettings::new(6, 2) };
    let layer = single(Operation::Convolution, axis).unwrap();
    let taps = Taps::of(layer.geometry()).unwrap();
    let (x, w, g) = (line(&[1, 2, 3, 4, 5, 6]), kernel(&[1, 10]), line(&[1, 2]));
    let gradients = gradients_agree(&layer, &taps, &x, &w, &g, &Exactly(i64::to_string)).unwrap();
    assert_eq!(gradients.input.entries(), [1, 10, 0, 2, 20, 0]);
    assert_eq!(gradients.weight.entries(), [1 + 8, 2 + 10]);
}

#[test]
fn an_output_padding_beyond_the_stride_does_not_lengthen_the_input_gradient() {
    let axis = AxisSettings { dilation: 4, output_padding: 2, ..AxisSettings::new(3, 2) };
    let layer = single(Operation::Transposed, axis).unwrap();
    assert!(!layer.is_adjoint_of_its_convolution());
    let (x, w, g) = (line(&[1, 2, 3]), kernel(&[1, 10]), line(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));
    let gradients = by_textbook(&layer, &x, &w, &g);
    assert_eq!(gradients.input.entries(), [1 + 50, 2 + 60, 3 + 70]);
    // The two cells the output padding added meet nothing but the bias.
    assert_eq!(gradients.bias.entries(), [45]);
}

#[test]
fn a_wrong_padding_in_one_road_is_caught_and_named() {
    let axis = |begin, end| AxisSettings { stride: 2, padding: Padding { begin, end }, ..AxisSettings::new(3, 3) };
    let layer = single(Operation::Transposed, axis(0, 1)).unwrap();
    let shifted = single(Operation::Transposed, axis(1, 0)).unwrap();
    let taps = Taps::of(shifted.geometry()).unwrap();
    let (x, w, g) = (line(&[1, 2, 3]), kernel(&[1, 10, 100]), line(&[1, 2, 3, 4, 5, 6]));
    let found = gradients_agree(&layer, &taps, &x, &w, &g, &Exactly(i64::to_string)).unwrap_err();
    assert_eq!(found.quantity, Quantity::InputGradient);
    assert!(matches!(&found.difference, Difference::Entry { index, .. } if *index == [0, 0]), "{found}");
    assert!(found.to_string().contains("of the input gradient differs"), "{found}");

    let symbolic = gradient_identity(&layer, &taps).unwrap_err();
    assert!(symbolic.to_string().contains("w[0]*g[0]"), "{symbolic}");
}

#[test]
fn a_wrong_weight_gradient_is_caught_when_the_input_gradient_is_zero() {
    let axis = |begin, end| AxisSettings { padding: Padding { begin, end }, ..AxisSettings::new(3, 2) };
    let layer = single(Operation::Transposed, axis(0, 1)).unwrap();
    let taps = Taps::of(single(Operation::Transposed, axis(1, 0)).unwrap().geometry()).unwrap();
    let (x, w, g) = (line(&[1, 2, 3]), kernel(&[0, 0]), line(&[1, 2, 3]));
    let found = gradients_agree(&layer, &taps, &x, &w, &g, &Exactly(i64::to_string)).unwrap_err();
    assert_eq!(found.quantity, Quantity::WeightGradient);
}

#[test]
#[should_panic(expected = "shape of the upstream gradient")]
fn an_upstream_gradient_of_another_shape_is_a_broken_contract() {
    let layer = single(Operation::Transposed, AxisSettings::new(2, 2)).unwrap();
    let _ = by_textbook(&layer, &line(&[1, 2]), &kernel(&[1, 2]), &line(&[1, 2]));
}

#[test]
#[should_panic(expected = "entries on the two sides")]
fn sides_that_do_not_fill_the_taps_are_a_broken_contract() {
    let layer = single(Operation::Transposed, AxisSettings::new(2, 2)).unwrap();
    let _ = weight_by_taps(&Taps::of(layer.geometry()).unwrap(), &[1, 2], &[1, 2]);
}

/// Any layer of up to three axes with up to three channels a group, and small integers in its tensors.
fn layer() -> impl Strategy<Value = Layer> {
    let axis = (1..5_usize, 1..4_usize, 1..4_usize, 0..4_usize, 0..4_usize, 1..4_usize, 0..3_usize).prop_map(
        |(input, kernel, stride, begin, end, dilation, output_padding)| AxisSettings {
            input,
            kernel,
            stride,
            padding: Padding { begin, end },
            dilation,
            output_padding,
        },
    );
    let channels = (1..3_usize, 1..3_usize, 1..3_usize);
    (proptest::collection::vec(axis, 1..=3), channels, any::<bool>())
        .prop_map(|(axes, (input, output, groups), transposed)| {
            let operation = if transposed { Operation::Transposed } else { Operation::Convolution };
            let axes = axes.into_iter().map(|axis| match operation {
                Operation::Transposed => {
                    AxisSettings { output_padding: axis.output_padding.min(axis.stride - 1), ..axis }
                }
                Operation::Convolution => AxisSettings { output_padding: 0, ..axis },
            });
            let channels = ChannelSettings { input: input * groups, output: output * groups, groups };
            Layer::new(operation, axes.collect(), channels).ok()
        })
        .prop_filter_map("possible layers", |layer| layer)
}

fn tensor(shape: &[usize], seed: &mut u64) -> Tensor<i64> {
    Tensor::from_fn(shape, |_| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as i64 % 19 - 9
    })
}

fn dot(a: &Tensor<i64>, b: &Tensor<i64>) -> i64 {
    assert_eq!(a.shape(), b.shape());
    a.entries().iter().zip(b.entries()).map(|(a, b)| a * b).sum()
}

proptest! {
    #[test]
    fn both_roads_agree_over_machine_integers_and_over_long_ones(layer in layer(), mut seed in any::<u64>()) {
        let taps = Taps::of(layer.geometry()).unwrap();
        let x = tensor(&layer.input_shape(), &mut seed);
        let w = tensor(&layer.weight_shape(), &mut seed);
        let g = tensor(&layer.output_shape(), &mut seed);
        let gradients = gradients_agree(&layer, &taps, &x, &w, &g, &Exactly(i64::to_string)).unwrap();
        let long = |tensor: &Tensor<i64>| tensor.map(|&entry| BigInt::from(entry) << 70);
        let by_long = by_taps(&layer, &taps, &long(&x), &long(&w), &long(&g));
        prop_assert_eq!(by_long.input, gradients.input.map(|&entry| BigInt::from(entry) << 140));
        prop_assert_eq!(by_long.weight, gradients.weight.map(|&entry| BigInt::from(entry) << 140));
        prop_assert_eq!(by_long.bias, gradients.bias.map(|&entry| BigInt::from(entry) << 70));
    }

    /// L is bilinear in x and w, so `<grad_input, x> = <grad_weight, w> = <g, y>`.
    #[test]
    fn the_dot_test_holds(layer in layer(), mut seed in any::<u64>()) {
        let taps = Taps::of(layer.geometry()).unwrap();
        let x = tensor(&layer.input_shape(), &mut seed);
        let w = tensor(&layer.weight_shape(), &mut seed);
        let g = tensor(&layer.output_shape(), &mut seed);
        let loss = dot(&g, &roads::by_textbook(&layer, &x, &w));
        for gradients in [by_textbook(&layer, &x, &w, &g), by_taps(&layer, &taps, &x, &w, &g)] {
            prop_assert_eq!(dot(&gradients.input, &x), loss);
            prop_assert_eq!(dot(&gradients.weight, &w), loss);
        }
    }

    #[test]
    fn the_slab_product_is_the_textbook_output(layer in layer(), mut seed in any::<u64>()) {
        let taps = Taps::of(layer.geometry()).unwrap();
        let x = tensor(&layer.input_shape(), &mut seed);
        let w = tensor(&layer.weight_shape(), &mut seed);
        prop_assert_eq!(roads::by_slabs(&layer, &taps, &x, &w), roads::by_textbook(&layer, &x, &w));
    }
}

#[test]
fn polynomials_and_numbers_take_the_same_road() {
    let axis = AxisSettings { stride: 2, ..AxisSettings::new(2, 3) };
    let layer = single(Operation::Transposed, axis).unwrap();
    let taps = Taps::of(layer.geometry()).unwrap();
    let symbolic = gradient_identity(&layer, &taps).unwrap();
    let (x, w, g) = (line(&[3, 5]), kernel(&[2, 4, 6]), line(&[1, 2, 3, 4, 5]));
    let numeric = by_textbook(&layer, &x, &w, &g);
    let put_in = |polynomial: &Polynomial| {
        use convt_matrix::algebra::{Family, Symbol};
        polynomial.evaluate(|Symbol { family, index, .. }| match family {
            Family::Input => x.entries()[index as usize],
            Family::Weight => w.entries()[index as usize],
            Family::OutputGradient => g.entries()[index as usize],
            Family::Bias => 0,
        })
    };
    assert_eq!(symbolic.input.map(put_in), numeric.input);
    assert_eq!(symbolic.weight.map(put_in), numeric.weight);
    assert_eq!(symbolic.bias.map(put_in), numeric.bias);
}
