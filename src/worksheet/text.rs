//! What is printed about an exercise, in one language.

use super::answer::{Answer, AnswerPart, ChoiceOption};
use super::confirmed::Confirmed;
use super::sheet::{Posed, Sheet};
use crate::doc::rules::{RuleText, Setting};
use crate::doc::text::Told;
use crate::doc::{Inline, Prose, Step};
use crate::misconception::NamedRule;
use crate::templates::{TemplateError, Templates};
use std::collections::BTreeMap;

/// The text of an exercise.
#[derive(Clone, Debug, PartialEq)]
pub struct ExerciseText {
    /// What stands above it.
    pub title: String,
    /// What is asked.
    pub question: Vec<Step>,
    /// Hints, the most general first.
    pub hints: Vec<Prose>,
    /// The worked solution, in the view that the question asks for.
    pub solution: Vec<Step>,
    pub(crate) labels: Labels,
    /// What is said to somebody who picks the right option.
    right: String,
    setting: Setting,
    told: Told,
}

/// A sheet with the texts of its exercises: told once, written in every edition.
#[derive(Debug)]
pub struct ToldSheet<'a> {
    pub(crate) sheet: &'a Sheet,
    /// In the order of the exercises.
    pub(crate) texts: Vec<ExerciseText>,
}

impl Sheet {
    /// The sheet with its texts.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub fn told(&self, templates: &Templates) -> Result<ToldSheet<'_>, TemplateError> {
        let texts = self.exercises().iter().map(|posed| posed.exercise.text(templates));
        Ok(ToldSheet { sheet: self, texts: texts.collect::<Result<_, _>>()? })
    }
}

impl ToldSheet<'_> {
    /// Each exercise with its text.
    pub(crate) fn exercises(&self) -> impl Iterator<Item = (&Posed, &ExerciseText)> {
        self.sheet.exercises().iter().zip(&self.texts)
    }
}

/// What the parts of an answer are called.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Labels(BTreeMap<String, Prose>);

impl Labels {
    /// The items `name: label` of a list.
    fn read(items: Vec<Prose>) -> Self {
        let item = |mut item: Prose| {
            let Some(Inline::Text(text)) = item.first_mut() else { return None };
            let (name, rest) = text.split_once(':')?;
            let name = name.to_owned();
            *text = rest.trim_start().to_owned();
            item.retain(|piece| !matches!(piece, Inline::Text(text) if text.is_empty()));
            Some((name, item))
        };
        Self(items.into_iter().filter_map(item).collect())
    }

    /// What a part is called; its name in the program where the text has no label for it.
    pub(crate) fn of(&self, part: &AnswerPart) -> Prose {
        self.0.get(part.name).cloned().unwrap_or_else(|| vec![Inline::Text(part.name.to_owned())])
    }
}

impl Confirmed {
    /// The text of the exercise.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub fn text(&self, templates: &Templates) -> Result<ExerciseText, TemplateError> {
        let told = self.exercise().passage().told(templates)?;
        let steps = |heading: &str| told.part(heading).unwrap_or_default().to_vec();
        let choice = told.part("choice").filter(|_| self.is_choice());
        Ok(ExerciseText {
            title: told.parts.first().map_or_else(String::new, |part| part.heading.clone()),
            question: choice.map_or_else(|| steps("question"), <[Step]>::to_vec),
            hints: told.items("hints"),
            solution: steps("solution"),
            labels: Labels::read(told.items("labels")),
            right: templates.word("right option")?,
            setting: self.exercise().setting(),
            told,
        })
    }
}

impl ExerciseText {
    /// An answer, right or wrong, as a step of a document.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub fn answer(&self, answer: &Answer, templates: &Templates) -> Result<Step, TemplateError> {
        answer.step(&self.labels, templates)
    }

    /// A wrong rule as somebody may say it, without a full stop.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub fn rule(&self, rule: NamedRule, templates: &Templates) -> Result<Prose, TemplateError> {
        Ok(RuleText::of(rule, self.setting, templates)?.rule)
    }

    /// What is said to somebody who follows a wrong rule: by the text of the exercise, or by that of the rule.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub fn feedback(&self, rule: NamedRule, templates: &Templates) -> Result<Prose, TemplateError> {
        let own = self.told.prose(&format!("feedback {}", rule.name()));
        Ok(if own.is_empty() { RuleText::of(rule, self.setting, templates)?.feedback } else { own })
    }

    /// What is said to somebody who picks an option, right or wrong.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub fn feedback_on(&self, option: &ChoiceOption, templates: &Templates) -> Result<Prose, TemplateError> {
        match option.misconception {
            None => Ok(vec![Inline::Text(self.right.clone())]),
            Some(rule) => self.feedback(rule, templates),
        }
    }
}
