//! Every road over every sample, in one ring.

use super::{ExactError, Results, Samples};
use crate::algebra::Ring;
use crate::geometry::Layer;
use crate::proof::{Judge, gradients_agree, roads_agree_by};
use crate::roads::gradient::Gradients;
use crate::roads::rewriting;
use crate::taps::Taps;
use crate::tensor::Tensor;

/// The tensors the roads read, in the ring they calculate in.
#[derive(Debug)]
pub(crate) struct InRing<T> {
    pub(crate) input: Tensor<T>,
    pub(crate) weight: Tensor<T>,
    pub(crate) output_gradient: Option<Tensor<T>>,
}

/// Runs and compares all roads for each sample; weight and bias gradients are summed over the samples.
///
/// # Errors
/// The first disagreement.
pub(crate) fn run<T: Ring>(
    layer: &Layer,
    taps: &Taps,
    samples: Samples,
    operands: &InRing<T>,
    judge: &impl Judge<T>,
) -> Result<Results<T>, ExactError> {
    let rewriting = rewriting(layer);
    let count = samples.count();
    let sample = |tensor: &Tensor<T>, shape: Vec<usize>, number: usize| {
        let cells = tensor.entries().len() / count;
        Tensor::new(shape, tensor.entries()[number * cells..(number + 1) * cells].to_vec())
    };
    let mut output = Vec::with_capacity(count * layer.output_shape().iter().product::<usize>());
    let mut gradients: Option<Gradients<T>> = None;
    let mut input_gradient = match operands.output_gradient {
        Some(_) => Vec::with_capacity(operands.input.entries().len()),
        None => Vec::new(),
    };
    for number in 0..count {
        let disagreement =
            |counterexample| ExactError::Disagreement { sample: number, counterexample: Box::new(counterexample) };
        let x = sample(&operands.input, layer.input_shape(), number);
        let y = roads_agree_by(layer, taps, &rewriting, &x, &operands.weight, judge).map_err(disagreement)?;
        output.extend(y.into_entries());
        if let Some(upstream) = &operands.output_gradient {
            let g = sample(upstream, layer.output_shape(), number);
            let found = gradients_agree(layer, taps, &x, &operands.weight, &g, judge).map_err(disagreement)?;
            let Gradients { input, weight, bias } = found;
            input_gradient.extend(input.into_entries());
            let input = Tensor::new(vec![0], Vec::new());
            gradients = Some(match gradients {
                None => Gradients { input, weight, bias },
                Some(sum) => Gradients { input, weight: added(sum.weight, weight), bias: added(sum.bias, bias) },
            });
        }
    }
    let of_samples = |one: Vec<usize>, entries: Vec<T>| Tensor::new(samples.shape(&one), entries);
    Ok(Results {
        output: of_samples(layer.output_shape(), output),
        gradients: gradients.map(|sum| Gradients { input: of_samples(layer.input_shape(), input_gradient), ..sum }),
    })
}

fn added<T: Ring>(left: Tensor<T>, right: Tensor<T>) -> Tensor<T> {
    let shape = left.shape().to_vec();
    let sums = left.into_entries().into_iter().zip(right.into_entries()).map(|(a, b)| a + b);
    Tensor::new(shape, sums.collect())
}
