//! The block structure of the matrix: name its blocks, or read the parameters of the layer off it.

mod naming;
mod reading;

use crate::algebra::Dice;
use crate::worksheet::{Exercise, ExerciseKind, Scope};

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "blocks", has_choice: true, draw };

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    // A line has a single block.
    if scope.dimensions != Some(1) && dice.once_in(2) { naming::draw(dice, scope) } else { reading::draw(dice, scope) }
}
