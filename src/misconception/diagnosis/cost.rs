//! What it costs to follow every wrong rule with numbers.

use super::super::{Misconception, WrongRule as _};
use super::can_be_read;
use crate::data::ExactNumber;
use crate::exact::Plan;
use crate::geometry::Layer;
use crate::limits::Cost;
use crate::limits::numbers::{divide, heap, heap_of_sum, lowest_terms, multiply_add, words};
use crate::tensor::Tensor;

/// The cost of computing what every rule leads to, one after the other, and of comparing it with the answer.
pub(super) fn of(layer: &Layer, plan: &Plan<'_>, answer: &Tensor<ExactNumber>) -> Cost {
    let (x, w, denominator) = plan.longest();
    let (x, w, denominator) = (words(x), words(w), words(denominator));
    let pairs = plan.every_pair();
    let integer = |cells: u128, words: u128| cells.saturating_mul(32_u128.saturating_add(heap(words)));
    let sum = 32 + heap_of_sum(x + w + 1);
    let outputs = size(&layer.output_shape());

    let right = Cost {
        work: pairs.saturating_add(outputs.saturating_mul(lowest_terms(x + w + 1, denominator))),
        memory: outputs.saturating_mul(2 * sum + 64 + heap(denominator)),
    };
    // Rules go over their taps, of which there are no more than pairs of an input and a weight, and only where the answer
    // can mean their shape.
    let channels = layer.geometry().channels();
    let slices = channels.small() as u128 * channels.big_per_group() as u128;
    let defined = layer
        .geometry()
        .axes()
        .iter()
        .fold(slices, |products, axis| products.saturating_mul(axis.small() as u128 * axis.kernel() as u128));
    let followed = Misconception::all().filter(|rule| rule.concerns(layer)).fold(Cost::default(), |cost, rule| {
        let shape = rule.shape(layer).filter(|shape| *shape == layer.output_shape() || can_be_read(answer, shape));
        let Some(outputs) = shape.map(|shape| size(&shape)) else { return cost };
        let one = Cost {
            work: pairs.saturating_add(defined.saturating_mul(multiply_add(0, 0))).saturating_add(outputs),
            memory: outputs.saturating_mul(3 * sum),
        };
        cost.then(one)
    });
    let operands =
        Cost { work: 0, memory: 3 * integer(plan.inputs() as u128, x) + 3 * integer(plan.weights() as u128, w) };
    let compared = answer.entries().iter().fold(Cost::default(), |cost, number| {
        let own = number.written_out() as u128 / 8 + 1;
        let stretched = own + denominator;
        let reduced = if number.is_fraction() { lowest_terms(own, own) } else { own };
        let work = multiply_add(own, denominator) + 2 * divide(stretched, own) + reduced;
        // The numerator and the number in lowest terms, which is then written.
        cost.beside(Cost { work, memory: 300 + 8 * (stretched + 8 * own) })
    });
    right.beside(followed).beside(operands).beside(compared)
}

fn size(shape: &[usize]) -> u128 {
    shape.iter().fold(1, |size: u128, &extent| size.saturating_mul(extent as u128))
}
