//! The statements: each with numbers drawn, and decided by two computations that know nothing of each other.

mod kernels;
mod outputs;
mod sizes;

use crate::algebra::Dice;
use crate::doc::Facts;
use crate::geometry::{AxisSettings, Bias, Layer, Operation, Padding};
use crate::misconception::NamedRule;
use crate::worksheet::drawn::{self, uniform_layer as layer};
use crate::worksheet::{Level, Scope};

/// A statement with its numbers.
#[derive(Debug)]
pub(super) struct Statement {
    /// The layer it is about, as a call in PyTorch.
    pub(super) layer: String,
    /// Its text, a file in `exercise/true-false/`, and what that is told.
    pub(super) text: &'static str,
    pub(super) facts: Facts,
    /// Whether it holds, by one computation and by another.
    pub(super) holds: bool,
    pub(super) holds_again: bool,
    /// What somebody believes who is wrong about it.
    pub(super) belief: NamedRule,
    /// Whether it is about many cases, so that one of them may refute it.
    pub(super) is_general: bool,
    pub(super) identity: String,
}

/// Draws the numbers of one statement; none if there is no such statement of this level and dimension.
type Draw = fn(&mut Dice, Scope) -> Option<Statement>;

/// Every statement.
pub(super) const STATEMENTS: &[Draw] = &[
    sizes::shape_returns,
    sizes::grows,
    sizes::shared_inputs,
    kernels::zeros_around,
    kernels::own_flip,
    kernels::transposed_kernel,
    sizes::output_padding_is_allowed,
    outputs::output_padding_is_zero,
    kernels::inverse,
    outputs::even_coverage,
    outputs::every_sth_row,
    sizes::adjoint,
];

fn call(layer: &Layer) -> String {
    drawn::call(layer, Bias::Absent)
}

/// The output's extent on the first axis, by the textbook loops.
fn measured(layer: &Layer) -> usize {
    drawn::measured_shape(layer)[1]
}

/// Numbers for an axis of the level, all of the kind a statement about sizes can use.
fn axis(dice: &mut Dice, level: Level, operation: Operation) -> AxisSettings {
    // A kernel of one cell adds nothing, and there are too few of them: exercises would repeat.
    let kernel = dice.size(match level {
        Level::One => 2..=7,
        Level::Two => 2..=5,
        Level::Three => 2..=4,
    });
    let stride = dice.size(2..=4);
    AxisSettings {
        stride,
        padding: Padding::both(if level == Level::One { 0 } else { dice.size(0..=kernel - 1) }),
        dilation: if level == Level::Three { dice.size(1..=3) } else { 1 },
        output_padding: if operation == Operation::Transposed && level != Level::One { dice.below(stride) } else { 0 },
        ..AxisSettings::new(dice.size(2..=9), kernel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_can_be_true_and_can_be_false_and_is_decided_alike_in_both_ways() {
        for (place, draw) in STATEMENTS.iter().enumerate() {
            let mut decided = [0, 0];
            for (level, dimensions) in Level::ALL.into_iter().flat_map(|level| [(level, 1), (level, 2)]) {
                for seed in 0..150 {
                    let scope = Scope { level, dimensions: Some(dimensions) };
                    let Some(statement) = draw(&mut Dice::new(seed), scope) else { continue };
                    assert_eq!(statement.holds, statement.holds_again, "{}", statement.identity);
                    assert!(statement.layer.contains(&format!("{dimensions}d(")), "{}", statement.layer);
                    decided[usize::from(statement.holds)] += 1;
                }
            }
            assert!(decided[0] >= 5 && decided[1] >= 5, "statement {place}: {decided:?}");
        }
    }
}
