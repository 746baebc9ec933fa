//! A sheet: exercises drawn from a seed, no two alike, every key confirmed.

use super::confirmed::{Confirmed, Unconfirmed, offered};
use super::exercise::{ExerciseKind, Level, Scope};
use crate::algebra::Dice;
use crate::doc::{Passage, Prose};
use crate::templates::{TemplateError, Templates};
use crate::wording::counted;
use serde::Serialize;
use std::collections::HashSet;

/// What a sheet is drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What stands above it.
    pub title: String,
    /// The kinds, taken in turn.
    pub kinds: Vec<&'static ExerciseKind>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
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
        #[serde(skip_serializing_if = "Option::is_none")]
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
    pub kind: &'static ExerciseKind,
    /// Its level.
    pub level: Level,
    /// Its own seed.
    pub seed: u64,
    /// Its points.
    pub points: u32,
    /// The exercise with its key, confirmed.
    pub exercise: Confirmed,
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
    exercises: Vec<Posed>,
}

impl Sheet {
    /// The exercises in their order; no two of a kind are the same.
    #[must_use]
    pub fn exercises(&self) -> &[Posed] {
        &self.exercises
    }

    /// What holds for every question.
    pub(crate) fn conventions(templates: &Templates) -> Result<Prose, TemplateError> {
        Ok(Passage::named("worksheet").told(templates)?.prose(""))
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
        let exercise = draw(settings, kind, seed, &mut drawn)
            .map_err(|difference| SheetError::Unconfirmed { kind: kind.id, seed, difference })?
            .ok_or(SheetError::NothingNew {
                kind: kind.id,
                found: exercises.iter().filter(|posed| posed.kind == kind).count(),
                attempts: ATTEMPTS,
            })?;
        let points = settings.points.unwrap_or_else(|| exercise.exercise().about().points);
        exercises.push(Posed { number, kind, level: settings.level, seed, points, exercise });
    }
    Ok(Sheet { title: settings.title.clone(), seed, recipient: recipient.clone(), exercises })
}

/// Draws until an exercise is neither degenerate nor known; none if that never happens.
fn draw(
    settings: &Settings,
    kind: &'static ExerciseKind,
    seed: u64,
    drawn: &mut HashSet<(&'static str, String)>,
) -> Result<Option<Confirmed>, Unconfirmed> {
    let scope = Scope { level: settings.level, dimensions: settings.dimensions };
    let mut dice = Dice::new(seed);
    for _ in 0..ATTEMPTS {
        let Some(exercise) = (kind.draw)(&mut dice, scope) else { continue };
        let identity = (kind.id, exercise.about().identity);
        if drawn.contains(&identity) {
            continue;
        }
        let key = exercise.answer();
        if key.is_degenerate() {
            continue;
        }
        let choice = if settings.asking == Asking::Choice && kind.has_choice {
            // An exercise that too few misconceptions spoil is no multiple choice.
            let Some(choice) = offered(&*exercise, &key, &mut dice) else { continue };
            Some(choice)
        } else {
            None
        };
        let exercise = Confirmed::of(exercise)?;
        drawn.insert(identity);
        return match choice {
            Some(choice) => exercise.to_be_picked(choice).map(Some),
            None => Ok(Some(exercise)),
        };
    }
    Ok(None)
}
