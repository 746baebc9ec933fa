//! Exercises whose answers are proved, and sheets of them.
//!
//! An [`Exercise`] is one value; question, answer, worked solution, hints and wrong answers all come from it, so none
//! can drift from the others. It knows the type of its [`Answer`] and no output format. A kind of exercise is one file
//! in [`kinds`] and one line in its registry. A [`Sheet`] is drawn from a seed: the same on every machine and in every
//! later version of the numbered [`FORMAT`]. It takes [`Confirmed`] exercises only, whose key a second road agrees with.

mod answer;
mod confirmed;
mod drawn;
mod exercise;
pub mod kinds;
mod sheet;
mod text;
mod weight_places;
mod windows;

pub use answer::{
    Answer, AnswerCell, AnswerPart, CellGrid, CellValue, ChoiceOption, Expression, Filling, MultipleChoice,
};
pub use confirmed::{Confirmed, Unconfirmed};
pub use drawn::Drawn;
pub use exercise::{About, Datum, Distractor, Exercise, ExerciseKind, Level, Scope};
pub use sheet::{Asking, Posed, Recipient, Settings, Sheet, SheetError, sheet};
pub use text::{ExerciseText, ToldSheet};

/// The number of the way in which sheets are drawn from seeds. A seed stands for one sheet in each format; whatever
/// changes what is drawn takes the next number.
pub const FORMAT: u32 = 1;
