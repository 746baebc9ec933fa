//! The kinds of exercises. A new one is a file here, its `mod` line, and its place in [`ALL`].
//!
//! Such a file has a `KIND`, the drawn data as a type, `draw`, and the type's [`Exercise`](super::Exercise). `draw` takes
//! from the dice and gives up (`None`) on what is degenerate or trivial; it is called again with the same dice. Most kinds
//! draw a [`Drawn`](super::Drawn), which has the layer with its numbers, the roads, what a text may be told about it
//! (`facts`), and a [`Subject`](crate::doc::Subject) for the formulas of a solution ([`told`](super::Drawn::told)). `answer`
//! goes one road, `by_another_road` another one, and [`Confirmed`](super::Confirmed) compares them; `passage` names the
//! text, a file in `templates/text/en/exercise`, and tells it the facts.

mod adjoint;
mod blocks;
mod conv_form;
mod coverage;
mod entry;
mod fill;
mod framework;
mod gradients;
mod inverse;
mod mistake;
mod output;
mod size;
mod true_false;

/// What nearly every kind is made of.
mod prelude {
    pub(super) use crate::algebra::Dice;
    pub(super) use crate::doc::Relation::{Equals, Times};
    pub(super) use crate::doc::rules::Setting;
    pub(super) use crate::doc::{Fact, Facts, Math, Name, Passage, facts, row};
    pub(super) use crate::geometry::{AxisSettings, Bias, Layer, Operation, Padding};
    pub(super) use crate::laws::Law;
    pub(super) use crate::misconception::{Misconception, WrongRule};
    pub(super) use crate::tensor::Tensor;
    pub(super) use crate::worksheet::{
        About, Answer, AnswerPart, CellGrid, Datum, Distractor, Drawn, Exercise, ExerciseKind, Filling, Level, Scope,
    };
}

use super::exercise::ExerciseKind;

/// Every kind, in the order of a course. A sheet that names no kinds takes them in this order, so a kind that is put
/// between them changes what seeds stand for: see [`FORMAT`](super::FORMAT).
pub static ALL: &[&ExerciseKind] = &[
    &size::KIND,
    &inverse::KIND,
    &fill::KIND,
    &entry::KIND,
    &output::KIND,
    &conv_form::KIND,
    &gradients::KIND,
    &blocks::KIND,
    &adjoint::KIND,
    &mistake::KIND,
    &true_false::KIND,
    &coverage::KIND,
    &framework::KIND,
];

/// The kind of this name.
#[must_use]
pub fn named(id: &str) -> Option<&'static ExerciseKind> {
    ALL.iter().copied().find(|kind| kind.id == id)
}
