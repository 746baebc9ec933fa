//! What it costs to follow every wrong rule with numbers.

use super::super::{Misconception, WrongRule as _};
use crate::data::ExactNumber;
use crate::exact::Plan;
use crate::geometry::{AxisSettings, Layer};
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
    let outputs = layer.output_shape().iter().fold(1_u128, |all, &extent| all.saturating_mul(extent as u128));

    let right = Cost {
        work: pairs.saturating_add(outputs.saturating_mul(lowest_terms(x + w + 1, denominator))),
        memory: outputs.saturating_mul(2 * sum + 64 + heap(denominator)),
    };
    let followed = Misconception::all().filter(|rule| rule.concerns(layer)).fold(Cost::default(), |cost, rule| {
        let Followed { products, cells, outputs } = Followed::of(rule, layer);
        let one = Cost {
            work: pairs.saturating_add(products.saturating_mul(multiply_add(0, 0))).saturating_add(cells),
            memory: cells.saturating_mul(2 * 32).saturating_add(outputs.saturating_mul(2 * sum)),
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

/// What following a rule takes, at most.
struct Followed {
    products: u128,
    /// Of the largest tensors on the way, together.
    cells: u128,
    outputs: u128,
}

impl Followed {
    fn of(rule: Misconception, layer: &Layer) -> Self {
        let channels = layer.geometry().channels();
        let product = |sizes: &mut dyn Iterator<Item = u128>| sizes.fold(1, u128::saturating_mul);
        let kernel = product(&mut layer.settings().iter().map(|axis| axis.kernel as u128));
        let slices = channels.small() as u128 * channels.big_per_group() as u128;
        let most_channels = channels.small().max(channels.big()) as u128;
        let outputs = match rule.rewriting(layer) {
            Some(rewriting) => match rewriting.output_shape(&layer.input_shape(), &layer.weight_shape()) {
                Some(shape) => product(&mut shape[1..].iter().map(|&extent| extent as u128)),
                None => return Self { products: 0, cells: 0, outputs: 0 },
            },
            // The input slid over with whatever stride, or spread by it.
            None => product(&mut layer.settings().iter().map(longest)),
        };
        // Zeros are inserted, one more than the stride in the worst case, and put around.
        let operand = product(&mut layer.settings().iter().map(|axis| longest(axis) + axis.input as u128));
        Self {
            products: outputs.saturating_mul(kernel).saturating_mul(slices),
            cells: outputs.saturating_add(operand.saturating_mul(2)).saturating_mul(most_channels),
            outputs: outputs.saturating_mul(most_channels),
        }
    }
}

/// The longest an axis gets: padded, or spread by its stride and the reach of its kernel.
fn longest(axis: &AxisSettings) -> u128 {
    let around = axis.padding.begin as u128 + axis.padding.end as u128 + axis.output_padding as u128;
    let reach = axis.dilation as u128 * axis.kernel as u128;
    (axis.input as u128 * axis.stride as u128).saturating_add(around).saturating_add(2 * reach)
}
