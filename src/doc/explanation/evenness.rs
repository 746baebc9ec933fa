//! Whether a transposed convolution makes a constant input flat, away from the borders of a large output.
//!
//! Entry j is there the constant times the sum of the weights whose `d t` leaves the remainder of `j + p` by the stride, on
//! every axis: what is flat is decided by these sums, one for each vector of remainders and each output channel.

use crate::algebra::{Number, Rational};
use crate::doc::subject::Subject;
use crate::doc::{Facts, facts};
use crate::geometry::{AxisSettings, greatest_common_divisor};
use crate::laws::Law;
use crate::tensor::{Tensor, unravel};
use num_traits::Zero as _;
use std::collections::BTreeMap;

pub(super) fn facts(subject: &Subject<'_>) -> Facts {
    let strided = || subject.layer.settings().iter().filter(|axis| subject.transposed() && axis.stride > 1);
    let uneven: Vec<&AxisSettings> = strided().filter(|axis| is_uneven(axis)).collect();
    let weight = subject.instance.weight.as_ref().filter(|_| strided().next().is_some());
    let judged = weight.and_then(|weight| axes_of_pattern(subject, weight));
    facts! {
        /// Whether copies of the kernel are laid more than one cell apart on some axis.
        is_spread: strided().next().is_some(),
        /// The first axis on which entries have unequally many products, if any has.
        uneven: uneven.first().map(|axis| {
            facts! {
                /// Its numbers.
                stride: axis.stride,
                kernel: axis.kernel,
                dilation: axis.dilation,
                /// Whether stride and dilation have a common factor.
                has_common_factor: has_common_factor(axis),
            }
        }),
        /// What is a multiple of the stride for the kernel cells t that bring an input to output j: `j - d t + p`.
        behind_first_input: subject.law(Law::Inserted),
        /// Whether weights were given, by which is judged what a constant input leaves; else by a kernel of ones.
        is_judged: judged.is_some(),
        /// On how many axes a constant input leaves a pattern.
        pattern_axes: judged.unwrap_or(uneven.len()),
    }
}

fn has_common_factor(axis: &AxisSettings) -> bool {
    greatest_common_divisor(axis.stride, axis.dilation) > 1
}

/// Whether the kernel cells do not leave every remainder by the stride equally often.
fn is_uneven(axis: &AxisSettings) -> bool {
    has_common_factor(axis) || !axis.kernel.is_multiple_of(axis.stride)
}

/// Along how many axes the sums of the weights differ; none where a weight is no number.
fn axes_of_pattern(subject: &Subject<'_>, weight: &Tensor<Number>) -> Option<usize> {
    let (axes, channels) = (subject.layer.settings(), subject.layer.geometry().channels());
    let mut sums: BTreeMap<Vec<usize>, Rational> = BTreeMap::new();
    for (flat, number) in weight.entries().iter().enumerate() {
        let index = unravel(weight.shape(), flat);
        let remainders = axes.iter().zip(&index[2..]).map(|(axis, t)| axis.dilation * t % axis.stride);
        let output_channel = [channels.group_of_small(index[0]), index[1]];
        let number = match number {
            Number::Exact(number) => number.clone(),
            Number::Float(number) => Rational::from_float(*number)?,
        };
        *sums.entry(output_channel.into_iter().chain(remainders).collect()).or_insert_with(Rational::zero) += number;
    }
    let differ = |axis: usize| {
        let mut along: BTreeMap<Vec<usize>, Vec<&Rational>> = BTreeMap::new();
        for (place, sum) in &sums {
            let mut others = place.clone();
            others.remove(2 + axis);
            along.entry(others).or_default().push(sum);
        }
        // A remainder that no kernel cell leaves has the sum 0.
        let have_no_cell = |sums: &[&Rational]| sums.len() < axes[axis].stride;
        along.values().any(|sums| sums.iter().any(|sum| *sum != sums[0]) || have_no_cell(sums) && !sums[0].is_zero())
    };
    Some((0..axes.len()).filter(|&axis| differ(axis)).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::SmallIntegers;
    use crate::doc::{BlockLines, Extent};
    use crate::geometry::{Bias, ChannelSettings, Layer, Operation, Padding};
    use crate::instance::Instance;
    use crate::proof::Model;
    use crate::roads::by_textbook;
    use crate::tensor::ravel;

    /// Along how many axes the output of ones differs, away from its borders.
    fn seen(layer: &Layer, weight: &Tensor<i64>) -> usize {
        let ones = Tensor::from_fn(&layer.input_shape(), |_| 1);
        let output = by_textbook(layer, &ones, weight);
        let inside = |index: &[usize]| {
            layer.settings().iter().zip(index).zip(&output.shape()[1..]).all(|((axis, &at), &length)| {
                let reach = axis.dilation * (axis.kernel - 1);
                (reach..length - reach).contains(&at)
            })
        };
        let places: Vec<Vec<usize>> = (0..output.entries().len()).map(|flat| output.index_of(flat)).collect();
        let differs = |axis: usize| {
            let mut found = false;
            for place in places.iter().filter(|place| inside(&place[1..])) {
                let mut next = place.clone();
                next[axis + 1] += 1;
                if next[axis + 1] < output.shape()[axis + 1] && inside(&next[1..]) {
                    found |= output.entries()[ravel(output.shape(), place)]
                        != output.entries()[ravel(output.shape(), &next)];
                }
            }
            found
        };
        (0..layer.dimensions()).filter(|&axis| differs(axis)).count()
    }

    #[test]
    fn what_is_said_of_given_weights_is_seen_in_the_output_of_ones() {
        let (mut flat, mut total) = (0, 0);
        let check = |layer: &Layer, weight: &Tensor<i64>| {
            let proved = Model::of(layer.clone()).expect("small").prove_by_taps().expect("it holds");
            let instance = Instance { weight: Some(weight.map(|&weight| weight.into())), ..Instance::symbolic() };
            let subject = Subject::new(&proved, Bias::Absent, &instance, Extent::Readable, BlockLines::Drawn);
            let said = axes_of_pattern(&subject, instance.weight.as_ref().expect("given")).expect("numbers");
            assert_eq!(said, seen(layer, weight), "{layer:?} {:?}", weight.entries());
            said
        };
        let mut random = SmallIntegers::stream(3, 1);
        for (kernel, stride, dilation) in
            (1..=5).flat_map(|k| (2..=3).flat_map(move |s| (1..=3).map(move |d| (k, s, d))))
        {
            let axis = AxisSettings {
                stride,
                dilation,
                padding: Padding { begin: 1, end: 0 },
                ..AxisSettings::new(14, kernel)
            };
            let channels = ChannelSettings { input: 2, output: 2, groups: if kernel % 2 == 0 { 2 } else { 1 } };
            let layer = Layer::new(Operation::Transposed, vec![axis], channels).expect("a layer");
            for pick in 0..12 {
                // Zeros and ones alone, so that sums agree now and then.
                let weight = Tensor::from_fn(&layer.weight_shape(), |_| if pick == 0 { 1 } else { random.draw() % 2 });
                total += 1;
                flat += usize::from(check(&layer, &weight) == 0);
            }
        }
        let square = |kernel: [usize; 2], stride: [usize; 2]| {
            let axis = |at: usize| AxisSettings { stride: stride[at], ..AxisSettings::new(8, kernel[at]) };
            Layer::new(Operation::Transposed, vec![axis(0), axis(1)], ChannelSettings::default()).expect("a layer")
        };
        let of = |layer: &Layer, weight: &[i64]| check(layer, &Tensor::new(layer.weight_shape(), weight.to_vec()));
        // The kernel of linear interpolation is flat though the stride does not divide its size.
        assert_eq!(of(&square([3, 3], [2, 2]), &[1, 2, 1, 2, 4, 2, 1, 2, 1]), 0);
        assert_eq!(of(&square([3, 3], [2, 2]), &[1; 9]), 2);
        assert_eq!(of(&square([2, 2], [2, 2]), &[1, 2, 1, 2]), 1, "stripes");
        assert_eq!(of(&square([2, 2], [2, 2]), &[1, 2, 2, 1]), 2);
        assert_eq!(of(&square([2, 3], [2, 1]), &[1, 2, 3, 2, 2, 2]), 0);
        assert!(flat > 20 && total - flat > 100, "{flat} of {total}");
    }
}
