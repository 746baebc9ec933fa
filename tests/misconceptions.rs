//! The one list of wrong rules holds whatever is used, and whatever it holds is used.

use convt_matrix::algebra::Dice;
use convt_matrix::doc::rules::{RuleText, Setting, plain};
use convt_matrix::misconception::NamedRule;
use convt_matrix::render::{Language, Templates};
use convt_matrix::worksheet::{Answer, Confirmed, Level, Scope, kinds};
use std::collections::HashSet;

/// The rules behind the options that are part of an answer.
fn of_options(answer: &Answer) -> Vec<NamedRule> {
    match answer {
        Answer::Choice(choice) => choice.options.iter().filter_map(|option| option.misconception).collect(),
        Answer::Parts(parts) => parts.iter().flat_map(|part| of_options(&part.answer)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_wrong_rule_is_used_by_some_exercise_and_every_rule_that_is_used_is_in_the_list() {
    let (mut used, mut offered) = (HashSet::new(), HashSet::new());
    for kind in kinds::ALL {
        for (level, seed) in Level::ALL.into_iter().flat_map(|level| (0..400).map(move |seed| (level, seed))) {
            let Some(exercise) = (kind.draw)(&mut Dice::new(seed), Scope { level, dimensions: None }) else { continue };
            let exercise = Confirmed::of(exercise).expect("two roads agree");
            used.extend(exercise.exercise().distractors().into_iter().map(|wrong| wrong.misconception));
            offered.extend(exercise.wrong_answers().into_iter().map(|wrong| wrong.misconception));
            offered.extend(of_options(exercise.key()));
        }
    }
    used.extend(&offered);
    let listed: HashSet<NamedRule> = NamedRule::all().collect();
    assert_eq!(used, listed, "{:?}", used.symmetric_difference(&listed));
    let never_offered: Vec<&str> =
        NamedRule::all().filter(|rule| !offered.contains(rule)).map(NamedRule::name).collect();
    assert!(never_offered.is_empty(), "{never_offered:?}");
}

#[test]
fn every_rule_has_words_in_every_language() {
    for language in Language::all() {
        let templates = Templates::built_in().in_language(language);
        for rule in NamedRule::all() {
            let text = RuleText::of(rule, Setting::default(), &templates).unwrap();
            let (spoken, feedback) = (plain(&text.rule), plain(&text.feedback));
            assert!(spoken.len() > 10 && !spoken.ends_with('.'), "{language}, {}: {spoken}", rule.name());
            // Where there is none, the exercise has something of its own to say.
            assert!(feedback.is_empty() || feedback.ends_with(['.', ')']), "{language}, {}: {feedback}", rule.name());
        }
    }
}
