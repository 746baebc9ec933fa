//! The block structure of the matrix: name its blocks, or read the parameters of the layer off it.

mod naming;
mod reading;

use crate::algebra::Dice;
use crate::geometry::Layer;
use crate::roads::by_textbook;
use crate::tensor::Tensor;
use crate::worksheet::{Exercise, Kind, Scope};

/// The kind.
pub(super) const KIND: Kind = Kind { id: "blocks", title: "The structure of the matrix", has_choice: true, draw };

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    // A line has a single block.
    if scope.dimensions != Some(1) && dice.once_in(2) { naming::draw(dice, scope) } else { reading::draw(dice, scope) }
}

/// The matrix that multiplies the flattened input, `outputs x inputs`: what the textbook loops make of each unit input.
fn matrix_by_textbook(layer: &Layer, w: &Tensor<i64>) -> Vec<Vec<i64>> {
    let shape = layer.input_shape();
    let inputs: usize = shape.iter().product();
    let columns: Vec<Tensor<i64>> = (0..inputs)
        .map(|unit| by_textbook(layer, &Tensor::from_fn(&shape, |flat| i64::from(flat == unit)), w))
        .collect();
    let outputs = columns[0].entries().len();
    (0..outputs).map(|row| columns.iter().map(|column| column.entries()[row]).collect()).collect()
}
