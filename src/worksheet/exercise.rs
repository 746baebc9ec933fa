//! What an exercise is, and what a kind of exercise is.

use super::answer::Answer;
use crate::algebra::Dice;
use crate::doc::Passage;
use crate::doc::rules::Setting;
use crate::geometry::Layer;
use crate::misconception::{NamedRule, WrongRule};
use crate::tensor::Tensor;
use std::fmt;

/// One exercise: drawn data, from which everything that is printed about it comes.
pub trait Exercise: fmt::Debug + Send + Sync {
    /// What it is about, and what it is worth.
    fn about(&self) -> About;

    /// Its text, a file in `exercise/`, and what it is told. Under `question` (`choice`, where the answer is to be picked
    /// and that is asked for otherwise) stands what is clear together with the conventions of every sheet, under `hints`
    /// a list with the most general first, under `solution` the worked solution, under `labels` the parts of the answer
    /// by their names, under `feedback` with the name of a wrong rule what is said here to somebody who follows it.
    fn passage(&self) -> Passage;

    /// The answer, by one road.
    fn answer(&self) -> Answer;

    /// The answer once more, by a road that shares no computation with the first and never asks it; none where that road
    /// leads to no answer, or to several. Only [`Confirmed`](super::Confirmed) compares the two.
    fn by_another_road(&self) -> Option<Answer>;

    /// What an option shows of an answer, right or wrong: less where the whole of it would not fit.
    fn offered(&self, answer: &Answer) -> Answer {
        answer.clone()
    }

    /// What wrong rules are spoken of in, where the words depend on the layer.
    fn setting(&self) -> Setting {
        Setting::default()
    }

    /// Wrong answers that named misconceptions lead to; those that equal the key or each other are dropped later.
    fn distractors(&self) -> Vec<Distractor> {
        Vec::new()
    }
}

/// What an exercise is about, and what it is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The layer, as a call in PyTorch.
    pub layer: String,
    /// What makes two exercises of a kind the same exercise.
    pub identity: String,
    /// Points, unless the sheet says otherwise.
    pub points: u32,
    /// The numbers it is about, by name, such as `input` and `weight`, for programs that ask it in their own way.
    pub data: Vec<(&'static str, Datum)>,
}

/// Something an exercise is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// Numbers in their shape.
    Tensor(Tensor<i64>),
    /// Numbers in order: a shape, or the index of an entry, channel first.
    Tuple(Vec<i64>),
}

impl Datum {
    /// A shape or an index.
    #[must_use]
    pub fn tuple(numbers: &[usize]) -> Self {
        Self::Tuple(numbers.iter().map(|&number| number as i64).collect())
    }

    /// The shapes of a layer's input and output.
    #[must_use]
    pub fn shapes(layer: &Layer) -> Vec<(&'static str, Self)> {
        vec![("input_shape", Self::tuple(&layer.input_shape())), ("output_shape", Self::tuple(&layer.output_shape()))]
    }
}

/// A wrong answer and why somebody may give it.
#[derive(Clone, Debug, PartialEq)]
pub struct Distractor {
    /// The wrong rule that leads to it.
    pub misconception: NamedRule,
    /// What it leads to; of the key's type.
    pub answer: Answer,
}

impl Distractor {
    /// What a wrong rule leads to.
    #[must_use]
    pub fn of(rule: impl WrongRule, answer: Answer) -> Self {
        Self { misconception: rule.into(), answer }
    }

    /// What the rules about something lead to; a rule that leads to no answer is left out.
    pub(super) fn all<R: WrongRule>(answer: impl Fn(R) -> Option<Answer>) -> Vec<Self> {
        R::all().filter_map(|rule| Some(Self::of(rule, answer(rule)?))).collect()
    }
}

/// How much varies, and how large it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Lengths, kernel size and stride vary; no padding, no dilation, one channel. The stride is 1 or 2, except where a
    /// kind is about strides and would have too little to ask.
    One,
    /// Padding and output padding vary, too.
    Two,
    /// Dilation, two channels, or axes that differ in more than their length.
    Three,
}

impl Level {
    /// Every level.
    pub const ALL: [Self; 3] = [Self::One, Self::Two, Self::Three];

    /// Its number, from 1.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8 + 1
    }
}

/// What an exercise may be drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The level.
    pub level: Level,
    /// The spatial dimensions, 1 or 2; drawn where it is left open.
    pub dimensions: Option<usize>,
}

impl Scope {
    /// The number of dimensions of the next layer.
    pub fn dimensions(self, dice: &mut Dice) -> usize {
        self.dimensions.unwrap_or_else(|| dice.size(1..=2))
    }
}

/// A kind of exercise: one file in [`kinds`](super::kinds).
#[derive(Debug)]
pub struct ExerciseKind {
    /// The name it is asked for by.
    pub id: &'static str,
    /// Whether it has wrong answers to offer, so that it can be a multiple choice.
    pub has_choice: bool,
    /// Draws one; none if what was drawn is degenerate or trivial, so that the next draw has to do.
    pub draw: fn(&mut Dice, Scope) -> Option<Box<dyn Exercise>>,
}

impl PartialEq for ExerciseKind {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
