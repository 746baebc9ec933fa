//! What a task takes beside the roads: going through a layer, looking at one entry, diagnosing, writing a script.

use super::{Cost, Effort};
use crate::geometry::Layer;

/// What it takes to go through every input, output and product of the layer.
#[must_use]
pub fn walk(layer: &Layer) -> Cost {
    /// Steps for each.
    const STEPS: u128 = 100;
    let cells = |shape: Vec<usize>| shape.iter().fold(1_u128, |count, &extent| count.saturating_mul(extent as u128));
    let sides = cells(layer.output_shape()).saturating_add(cells(layer.input_shape()));
    Cost { work: sides.saturating_add(layer.geometry().tap_count()).saturating_mul(STEPS), memory: 0 }
}

/// What it takes to list the cells of an entry's window and the products in it.
#[must_use]
pub fn window(layer: &Layer) -> Cost {
    let channels = layer.geometry().channels();
    let most = channels.small_per_group().max(channels.big_per_group()) as u128;
    let cells = layer.settings().iter().fold(most, |cells, axis| cells.saturating_mul(axis.kernel as u128));
    each(cells, Cost { work: 200, memory: 300 })
}

/// What diagnosing an answer takes: polynomials of every wrong rule.
#[must_use]
pub fn diagnosis(layer: &Layer) -> Cost {
    each(Effort::of(layer).most(), Cost { work: 3800, memory: 900 })
}

/// What a script takes: every number is spelled in it, and Python goes over all of them.
#[must_use]
pub fn script(layer: &Layer) -> Cost {
    each(Effort::of(layer).most(), Cost { work: 15_000, memory: 3600 })
}

fn each(count: u128, one: Cost) -> Cost {
    Cost { work: count.saturating_mul(one.work), memory: count.saturating_mul(one.memory) }
}
