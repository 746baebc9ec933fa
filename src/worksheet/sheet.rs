//! A sheet: exercises drawn from a seed, no two alike, every key confirmed.

use super::answer::{Answer, Choice, ChoiceOption};
use super::exercise::{Distractor, Exercise, Kind, Level, Scope, Unconfirmed};
use crate::algebra::Dice;
use crate::doc::{Prose, Step, prose};
use crate::wording::counted;
use std::collections::HashSet;

/// What a sheet is drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What stands above it.
    pub title: String,
    /// The kinds, taken in turn.
    pub kinds: Vec<&'static Kind>,
    /// How many exercises.
    pub count: usize,
    /// The level of all of them.
    pub level: Level,
    /// The dimensions of their layers, 1 or 2; drawn where it is left open.
    pub dimensions: Option<usize>,
    /// The points of each; by kind where it is left open.
    pub points: Option<u32>,
    /// Whether the answer is to be chosen, for the kinds that have wrong answers to offer.
    pub asking: Asking,
}

impl Settings {
    /// The most exercises of a sheet.
    pub const MOST_EXERCISES: usize = 200;
    /// The most points of an exercise.
    pub const MOST_POINTS: u32 = 1000;
}

/// How an answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asking {
    /// It is written down.
    Open,
    /// It is picked from several.
    Choice,
}

/// Who a sheet is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Whoever takes it.
    Anybody,
    /// Whoever gets the variant of this number.
    Variant(u32),
    /// One student.
    Student {
        /// What tells students apart, and what the sheet is drawn from.
        id: String,
        /// The name, only printed.
        name: Option<String>,
    },
}

impl Recipient {
    /// What a sheet is drawn from besides the seed of the course.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Anybody => String::new(),
            Self::Variant(number) => format!("variant {number}"),
            Self::Student { id, .. } => id.clone(),
        }
    }
}

/// An exercise in its place on a sheet.
#[derive(Debug)]
pub struct Posed {
    /// Its number, from 1.
    pub number: usize,
    /// Its kind.
    pub kind: &'static Kind,
    /// Its level.
    pub level: Level,
    /// Its own seed.
    pub seed: u64,
    /// Its points.
    pub points: u32,
    /// The exercise.
    pub exercise: Box<dyn Exercise>,
    /// The options, if the answer is to be picked.
    pub choice: Option<Choice>,
}

impl Posed {
    /// What is asked.
    #[must_use]
    pub fn question(&self) -> Vec<Step> {
        match self.choice {
            Some(_) => self.exercise.question_of_choice(),
            None => self.exercise.question(),
        }
    }

    /// The wrong answers that named misconceptions lead to; each differs from the key and from the others.
    #[must_use]
    pub(crate) fn wrong_answers(&self) -> Vec<Distractor> {
        different(&*self.exercise, self.exercise.answer())
    }

    /// What is to be answered: the exercise's own answer, or the choice made of it.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match &self.choice {
            Some(choice) => Answer::Choice(choice.clone()),
            None => self.exercise.answer(),
        }
    }
}

/// A sheet whose keys are confirmed.
#[derive(Debug)]
pub struct Sheet {
    /// What stands above it.
    pub title: String,
    /// The seed of the course.
    pub seed: u64,
    /// Who it is for.
    pub recipient: Recipient,
    /// The exercises.
    pub exercises: Vec<Posed>,
}

impl Sheet {
    /// What holds for every question.
    #[must_use]
    pub(crate) fn conventions() -> Prose {
        prose![
            "Convolution means cross-correlation, as in PyTorch: the kernel is not flipped. Layers are written as calls \
             in PyTorch; what a call does not name has its default: stride 1, padding 0, output padding 0, dilation 1. \
             Shapes begin with the channels. Indices count from 0, the row before the column, and tensors are \
             flattened row by row."
        ]
    }
}

/// Why there is no sheet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// Nothing new was drawn in so many attempts.
    #[error(
        "{kind}: {} found with these settings; {attempts} further draws brought no other",
        counted(*found, "different exercise was", "different exercises were")
    )]
    NothingNew {
        /// The kind.
        kind: &'static str,
        /// How many different ones of the kind the sheet has.
        found: usize,
        /// The attempts.
        attempts: usize,
    },
    /// Two roads lead to different answers.
    #[error("the key of an exercise ({kind}, seed {seed:016x}) is not confirmed: {difference}")]
    Unconfirmed {
        /// The kind.
        kind: &'static str,
        /// The seed of the exercise.
        seed: u64,
        /// The two answers.
        #[source]
        difference: Unconfirmed,
    },
}

/// So many draws in a row may be degenerate or on the sheet already.
const ATTEMPTS: usize = 2000;
/// A choice has at most so many wrong options, and at least so many.
const WRONG_OPTIONS: std::ops::RangeInclusive<usize> = 2..=4;

/// Draws the sheet of a recipient in a course.
///
/// # Errors
/// When the settings ask for more different exercises than there are, or when a key is not confirmed.
pub fn sheet(settings: &Settings, seed: u64, recipient: &Recipient) -> Result<Sheet, SheetError> {
    let key = recipient.key();
    let mut drawn = HashSet::new();
    let mut exercises: Vec<Posed> = Vec::with_capacity(settings.count);
    for (place, &kind) in settings.kinds.iter().cycle().take(settings.count).enumerate() {
        let number = place + 1;
        let seed = Dice::seed_of(seed, &key, number as u64);
        let (exercise, choice) = draw(settings, kind, seed, &mut drawn).ok_or(SheetError::NothingNew {
            kind: kind.id,
            found: exercises.iter().filter(|posed| posed.kind == kind).count(),
            attempts: ATTEMPTS,
        })?;
        exercise.confirm().map_err(|difference| SheetError::Unconfirmed { kind: kind.id, seed, difference })?;
        let points = settings.points.unwrap_or_else(|| exercise.points());
        exercises.push(Posed { number, kind, level: settings.level, seed, points, exercise, choice });
    }
    Ok(Sheet { title: settings.title.clone(), seed, recipient: recipient.clone(), exercises })
}

/// Draws until an exercise is neither degenerate nor known.
fn draw(
    settings: &Settings,
    kind: &'static Kind,
    seed: u64,
    drawn: &mut HashSet<(&'static str, String)>,
) -> Option<(Box<dyn Exercise>, Option<Choice>)> {
    let scope = Scope { level: settings.level, dimensions: settings.dimensions };
    let mut dice = Dice::new(seed);
    for _ in 0..ATTEMPTS {
        let Some(exercise) = (kind.draw)(&mut dice, scope) else { continue };
        let answer = exercise.answer();
        if answer.is_degenerate() || drawn.contains(&(kind.id, exercise.identity())) {
            continue;
        }
        let choice = if settings.asking == Asking::Choice && kind.has_choice {
            // An exercise that too few misconceptions spoil is no multiple choice.
            let Some(choice) = offered(&*exercise, answer, &mut dice) else { continue };
            Some(choice)
        } else {
            None
        };
        drawn.insert((kind.id, exercise.identity()));
        return Some((exercise, choice));
    }
    None
}

/// The wrong answers that differ from the key and from each other.
fn different(exercise: &dyn Exercise, key: Answer) -> Vec<Distractor> {
    let mut known = vec![key];
    let mut different = exercise.distractors();
    different.retain(|distractor| {
        let is_new = !known.contains(&distractor.answer);
        known.push(distractor.answer.clone());
        is_new
    });
    different
}

/// The key among the wrong answers that differ from it and from each other, in a drawn order.
fn offered(exercise: &dyn Exercise, key: Answer, dice: &mut Dice) -> Option<Choice> {
    let right = exercise.option(&key);
    let mut known = vec![right.clone()];
    let mut wrong = Vec::new();
    for distractor in different(exercise, key) {
        let shown = exercise.option(&distractor.answer);
        // A short form may hide where two answers differ.
        if !known.contains(&shown) {
            known.push(shown.clone());
            let misconception = Some(distractor.misconception.to_owned());
            wrong.push(ChoiceOption { shown, misconception, feedback: distractor.feedback });
        }
    }
    if wrong.len() < *WRONG_OPTIONS.start() {
        return None;
    }
    dice.shuffle(&mut wrong);
    wrong.truncate(*WRONG_OPTIONS.end());
    let place = dice.below(wrong.len() + 1);
    wrong.insert(place, ChoiceOption { shown: right, misconception: None, feedback: prose!["Right."] });
    Some(Choice { options: wrong, right: place })
}
