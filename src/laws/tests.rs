use super::*;
use crate::geometry::{ChannelSettings, Layer, Padding};
use crate::roads::rewriting;
use crate::roads::rewritten::StrideOne;

/// Every axis of a small box, possible or not.
fn axes() -> impl Iterator<Item = AxisSettings> {
    let paddings = (0..3).flat_map(|begin| (0..4).map(move |end| Padding { begin, end }));
    paddings.flat_map(|padding| {
        let digits =
            (1..6).flat_map(|input| (1..4).flat_map(move |kernel| (1..4).map(move |stride| (input, kernel, stride))));
        digits.flat_map(move |(input, kernel, stride)| {
            let rest = (1..4).flat_map(|dilation| (0..4).map(move |output_padding| (dilation, output_padding)));
            rest.map(move |(dilation, output_padding)| AxisSettings {
                input,
                kernel,
                stride,
                padding,
                dilation,
                output_padding,
            })
        })
    })
}

fn layer(operation: Operation, axis: AxisSettings) -> Option<Layer> {
    Layer::new(operation, vec![axis], ChannelSettings::default()).ok()
}

#[test]
fn every_law_is_a_formula_with_a_source_and_all_are_different() {
    let texts: std::collections::BTreeSet<String> = Law::ALL.iter().map(|law| law.formula().to_string()).collect();
    assert_eq!(texts.len(), Law::ALL.len());
    assert!(Law::ALL.iter().all(|law| law.source().len() > 10));
}

#[test]
fn geometry_has_the_size_of_the_laws_exactly_where_they_allow_the_layer() {
    let mut possible = [0, 0];
    for axis in axes() {
        let size = |operation| Law::size(operation).value(operation, &axis).expect("small numbers");
        let bound = Law::OutputPaddingBound.value(Operation::Transposed, &axis).expect("small numbers");
        let transposed = size(Operation::Transposed);
        let is_legal = transposed >= 1 && (axis.output_padding as i128) < bound;
        let of_layer = layer(Operation::Transposed, axis).map(|layer| layer.output_shape()[1] as i128);
        assert_eq!(of_layer, is_legal.then_some(transposed), "{axis:?}");
        let convolution = size(Operation::Convolution);
        let is_legal_convolution = convolution >= 1 && axis.output_padding == 0;
        let of_layer = layer(Operation::Convolution, axis).map(|layer| layer.output_shape()[1] as i128);
        assert_eq!(of_layer, is_legal_convolution.then_some(convolution), "{axis:?}");
        possible[0] += usize::from(is_legal);
        possible[1] += usize::from(is_legal_convolution);
    }
    assert_eq!(possible, [3498, 1383], "possible layers of the box, of either operation");
}

#[test]
fn positions_windows_and_what_is_asked_for_are_those_of_the_axis() {
    for layer in axes().filter_map(|axis| layer(Operation::Transposed, axis)) {
        let (axis, settings) = (layer.geometry().axes()[0], layer.settings()[0]);
        let told = numbers(Operation::Transposed, &settings);
        for (i, t) in (0..axis.small()).flat_map(|i| (0..axis.kernel()).map(move |t| (i, t))) {
            let j = i128::from(axis.position(i, t));
            let at = values([('i', i as i128), ('j', j), ('t', t as i128)]);
            let all = |letter| told(letter).or_else(|| at(letter));
            let value = |law: Law| law.with_ends(Ends::of(&settings)).value(&all);
            assert_eq!(value(Law::Meeting), Some(j), "{settings:?}");
            assert_eq!(value(Law::Asked), Some(i as i128), "{settings:?}");
            assert_eq!(value(Law::Inserted), Some((axis.stride() * i) as i128), "{settings:?}");
            assert_eq!(value(Law::Window), Some(i128::from(axis.position(i, 0))), "{settings:?}");
            assert_eq!(value(Law::Flipped), Some((axis.kernel() - 1 - t) as i128), "{settings:?}");
        }
    }
}

#[test]
fn lengths_and_zeros_are_those_of_the_axis_and_of_its_rewriting() {
    for layer in axes().filter_map(|axis| layer(Operation::Transposed, axis)) {
        let (axis, settings) = (layer.geometry().axes()[0], layer.settings()[0]);
        let value = |law: Law| law.value(Operation::Transposed, &settings);
        let StrideOne::ZeroInsertion(rewriting) = rewriting(&layer) else { panic!("it is transposed") };
        let (before, after) = rewriting.padding[0];
        assert_eq!(value(Law::ZerosBefore), Some(i128::from(before)), "{settings:?}");
        assert_eq!(value(Law::ZerosAfter), Some(i128::from(after)), "{settings:?}");
        assert_eq!(value(Law::ZerosBetween), Some(rewriting.strides[0] as i128 - 1));
        assert_eq!(value(Law::ZerosWithin), Some(rewriting.dilations[0] as i128 - 1));
        assert_eq!(value(Law::CutAtEnd), Some(i128::from(axis.crop_end())), "{settings:?}");
        assert_eq!(value(Law::Buffer), Some(axis.buffer() as i128));
        assert_eq!(value(Law::Covered), Some(axis.effective_kernel() as i128));
        assert_eq!(value(Law::Reach), Some(axis.effective_kernel() as i128 - 1));
        assert_eq!(value(Law::LastCopy), Some(((axis.small() - 1) * axis.stride()) as i128));
        assert_eq!(value(Law::Growth), Some(axis.big() as i128 - axis.small() as i128), "{settings:?}");
    }
}

#[test]
fn the_returning_output_padding_returns() {
    let mut with_remainder = 0;
    for layer in axes().filter_map(|axis| layer(Operation::Convolution, axis)) {
        let settings = layer.settings()[0];
        let value = |law: Law| law.value(Operation::Convolution, &settings).expect("small numbers");
        let output_padding = value(Law::ReturningOutputPadding) as usize;
        with_remainder += usize::from(output_padding > 0);
        let back = AxisSettings { input: layer.output_shape()[1], output_padding, ..settings };
        let back = self::layer(Operation::Transposed, back).expect("it is below the stride");
        assert_eq!(back.output_shape()[1], settings.input, "{settings:?}");
        let placements = value(Law::ConvolutionSize) - 1;
        assert_eq!(value(Law::Room), placements * settings.stride as i128 + output_padding as i128);
    }
    assert!(with_remainder > 300, "{with_remainder}");
}

#[test]
fn the_weights_are_those_of_the_layer() {
    for groups in 1..4 {
        let channels = ChannelSettings { input: groups * 2, output: groups * 3, groups };
        let layer = Layer::new(Operation::Transposed, vec![AxisSettings::new(4, 5)], channels).expect("possible");
        let weights = Law::Weights.formula().value(&|letter| match (letter.sign, letter.label) {
            ('c', "in") => Some(channels.input as i128),
            ('c', "group") => Some(3),
            ('k', "") => Some(5),
            _ => None,
        });
        assert_eq!(weights, Some(layer.weight_shape().iter().product::<usize>() as i128));
    }
}

#[test]
fn a_law_has_no_value_without_its_letters_or_beyond_128_bits() {
    let axis = AxisSettings::new(4, 3);
    assert_eq!(Law::Meeting.value(Operation::Transposed, &axis), None, "nothing says what i and t are");
    assert_eq!(Law::TransposedSize.value(Operation::Convolution, &axis), None, "a convolution reads n");
    let huge = AxisSettings { stride: usize::MAX, input: usize::MAX, ..axis };
    assert_eq!(Law::TransposedSize.value(Operation::Transposed, &huge), None);
}
