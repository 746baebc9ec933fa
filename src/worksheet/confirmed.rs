//! Keys that two roads agree on: the only exercises that a sheet takes.

use super::answer::{Answer, ChoiceOption, MultipleChoice};
use super::exercise::{Distractor, Exercise};
use crate::algebra::Dice;

/// An exercise whose key a second road confirmed, with its options where the answer is to be picked. [`Confirmed::of`]
/// alone makes one, so that no key is printed that was not confirmed:
///
/// ```compile_fail
/// use convt_matrix::worksheet::{Answer, Confirmed, Exercise};
/// fn forged(exercise: Box<dyn Exercise>, key: Answer) -> Confirmed {
///     Confirmed { exercise, key, choice: None }
/// }
/// ```
#[derive(Debug)]
pub struct Confirmed {
    exercise: Box<dyn Exercise>,
    key: Answer,
    choice: Option<MultipleChoice>,
}

/// A choice has at most so many wrong options, and at least so many.
const WRONG_OPTIONS: std::ops::RangeInclusive<usize> = 2..=4;

impl Confirmed {
    /// The exercise with its key, if the second road leads to the same answer.
    ///
    /// # Errors
    /// When the two roads lead to different answers, or the second one to none.
    pub fn of(exercise: Box<dyn Exercise>) -> Result<Self, Unconfirmed> {
        let key = exercise.answer();
        match exercise.by_another_road() {
            Some(second) if second == key => Ok(Self { exercise, key, choice: None }),
            Some(second) => Err(Unconfirmed { key: format!("{key:?}"), second: format!("{second:?}") }),
            None => Err(Unconfirmed { key: format!("{key:?}"), second: "finds no single answer".to_owned() }),
        }
    }

    /// What was confirmed.
    #[must_use]
    pub fn exercise(&self) -> &dyn Exercise {
        &*self.exercise
    }

    /// The key: what answers the open question.
    #[must_use]
    pub fn key(&self) -> &Answer {
        &self.key
    }

    /// Whether the answer is to be picked.
    #[must_use]
    pub fn is_choice(&self) -> bool {
        self.choice.is_some()
    }

    /// What is to be answered: the key, or the choice made of it.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.choice.clone().map_or_else(|| self.key.clone(), Answer::Choice)
    }

    /// The wrong answers that named misconceptions lead to; each differs from the key and from the others.
    #[must_use]
    pub fn wrong_answers(&self) -> Vec<Distractor> {
        different(&*self.exercise, &self.key)
    }

    /// The same as a multiple choice.
    ///
    /// # Errors
    /// When the options are not such that the one called right shows the key, and no other one does.
    pub fn to_be_picked(self, choice: MultipleChoice) -> Result<Self, Unconfirmed> {
        confirm_options(&choice, &self.exercise.offered(&self.key))?;
        Ok(Self { choice: Some(choice), ..self })
    }
}

/// The wrong answers of an exercise that differ from the key and from each other.
fn different(exercise: &dyn Exercise, key: &Answer) -> Vec<Distractor> {
    let mut known = vec![key.clone()];
    let mut different = exercise.distractors();
    different.retain(|distractor| {
        let is_new = !known.contains(&distractor.answer);
        known.push(distractor.answer.clone());
        is_new
    });
    different
}

/// The key among wrong answers in a drawn order; none where too few misconceptions spoil the exercise.
pub(super) fn offered(exercise: &dyn Exercise, key: &Answer, dice: &mut Dice) -> Option<MultipleChoice> {
    let right = exercise.offered(key);
    let mut known = vec![right.clone()];
    let mut options = Vec::new();
    for Distractor { misconception, answer } in different(exercise, key) {
        let shown = exercise.offered(&answer);
        // A short form may hide where two answers differ.
        if !known.contains(&shown) {
            known.push(shown.clone());
            options.push(ChoiceOption { shown, misconception: Some(misconception) });
        }
    }
    if options.len() < *WRONG_OPTIONS.start() {
        return None;
    }
    dice.shuffle(&mut options);
    options.truncate(*WRONG_OPTIONS.end());
    let place = dice.below(options.len() + 1);
    options.insert(place, ChoiceOption { shown: right, misconception: None });
    Some(MultipleChoice { options, right: place })
}

/// Confirms that of the options the one called right shows the key, and each other one something else, with the name of
/// the wrong rule behind it.
fn confirm_options(choice: &MultipleChoice, key: &Answer) -> Result<(), Unconfirmed> {
    let places = |is_so: &dyn Fn(&ChoiceOption) -> bool| -> Vec<usize> {
        choice.options.iter().enumerate().filter(|(_, option)| is_so(option)).map(|(place, _)| place).collect()
    };
    let showing_the_key = places(&|option| option.shown == *key);
    let without_a_rule = places(&|option| option.misconception.is_none());
    let repeated = places(&|option| choice.options.iter().filter(|other| other.shown == option.shown).count() > 1);
    if showing_the_key == [choice.right] && without_a_rule == [choice.right] && repeated.is_empty() {
        return Ok(());
    }
    Err(Unconfirmed {
        key: format!("that option {} is right", choice.right),
        second: format!(
            "that {showing_the_key:?} show the key, {without_a_rule:?} follow no wrong rule, {repeated:?} show the same"
        ),
    })
}

/// Two roads to an answer that do not meet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key says {key}, the second road {second}")]
pub struct Unconfirmed {
    /// What the key says.
    pub key: String,
    /// What the second road says.
    pub second: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::misconception::{Misconception, NamedRule};

    #[test]
    fn options_are_refused_unless_one_alone_is_right_and_called_so() {
        let shown = Answer::Integer;
        let option =
            |number: i64, misconception: Option<NamedRule>| ChoiceOption { shown: shown(number), misconception };
        let confirmed = |options: &[(i64, Option<NamedRule>)], right: usize| {
            let options = options.iter().map(|&(number, rule)| option(number, rule)).collect();
            confirm_options(&MultipleChoice { options, right }, &shown(7))
        };
        let rule = Some(Misconception::OtherOperation.into());
        assert_eq!(confirmed(&[(5, rule), (7, None), (6, rule)], 1), Ok(()));
        let refused = [
            ("another is called right", confirmed(&[(5, rule), (7, None), (6, rule)], 0)),
            ("none shows the key", confirmed(&[(5, rule), (8, None), (6, rule)], 1)),
            ("two show the key", confirmed(&[(5, rule), (7, None), (7, rule)], 1)),
            ("two wrong ones are the same", confirmed(&[(5, rule), (7, None), (5, rule)], 1)),
            ("the right one has a wrong rule", confirmed(&[(5, rule), (7, rule), (6, rule)], 1)),
            ("a wrong one has none", confirmed(&[(5, None), (7, None), (6, rule)], 1)),
            ("there is no such option", confirmed(&[(5, rule), (7, None), (6, rule)], 3)),
        ];
        for (why, confirmed) in refused {
            assert!(confirmed.is_err(), "{why}");
        }
    }
}
