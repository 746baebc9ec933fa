//! What a text is told: facts by their names, each with its meaning.

use super::{Passage, Shown};
use crate::doc::{Block, Inline, Math, Name, Prose, Step};
use crate::formula::Formula;
use crate::laws::Law;
use crate::templates::{TemplateError, Templates, placeholder};
use serde_json::json;
use tera::Value;
use tera::value::Map;

/// Facts with their names and meanings.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Facts(Vec<Named>);

#[derive(Clone, Debug, PartialEq)]
struct Named {
    name: &'static str,
    meaning: &'static str,
    fact: Fact,
}

/// Something a text may say, or may depend on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    /// Nothing, which counts as false.
    Nothing,
    /// Whether something is so.
    Flag(bool),
    /// A whole number.
    Number(i128),
    /// A word that a template asks for (`transposed`), or a text that is printed as it stands.
    Word(String),
    /// What is to be typed or read literally.
    Code(String),
    /// Running text with formulas.
    Prose(Prose),
    /// A formula: displayed where it stands alone, else in the line.
    Formula(Math),
    /// What is displayed, one below the other.
    Blocks(Vec<Block>),
    /// Whole steps.
    Steps(Vec<Step>),
    /// What another text says.
    Passage(Passage),
    /// What another text claims first, in the line, and the reason that it gives.
    Claim(Passage),
    Reason(Passage),
    /// Several, in order.
    List(Vec<Fact>),
    /// Facts of their own.
    Record(Facts),
}

impl Fact {
    /// What is to be typed or read literally.
    pub(crate) fn code(text: impl Into<String>) -> Self {
        Self::Code(text.into())
    }

    /// Formulas displayed below each other.
    pub(crate) fn displays(formulas: Vec<Math>) -> Self {
        Self::Blocks(formulas.into_iter().map(Block::Formula).collect())
    }

    /// One of these for each.
    pub(crate) fn list<T: Into<Self>>(facts: impl IntoIterator<Item = T>) -> Self {
        Self::List(facts.into_iter().map(Into::into).collect())
    }

    /// The value a template sees; what is no text is put aside, and a placeholder stands for it.
    fn value(self, templates: &Templates, shown: &mut Vec<Shown>) -> Result<Value, TemplateError> {
        let aside = match self {
            Self::Nothing => return Ok(Value::none()),
            Self::Flag(flag) => return Ok(Value::from(flag)),
            Self::Number(number) => return Ok(Value::from(number)),
            Self::Word(word) => return Ok(Value::normal_string(&word)),
            Self::List(facts) => {
                let values = facts.into_iter().map(|fact| fact.value(templates, shown));
                return Ok(Value::from(values.collect::<Result<Vec<_>, _>>()?));
            }
            Self::Record(facts) => {
                let values = facts.values(templates, shown)?;
                return Ok(Value::from(values.into_iter().map(|(name, value)| (name.into(), value)).collect::<Map>()));
            }
            Self::Code(text) => Shown::Prose(vec![Inline::Code(text)]),
            Self::Prose(prose) => Shown::Prose(prose),
            Self::Formula(math) => Shown::Formula(math),
            Self::Blocks(blocks) => Shown::Blocks(blocks),
            Self::Steps(steps) => Shown::Steps(steps),
            Self::Passage(passage) => Shown::Steps(passage.steps(templates)?),
            Self::Claim(passage) => Shown::Prose(passage.first_step(templates)?.claim),
            Self::Reason(passage) => Shown::Prose(passage.first_step(templates)?.reason.unwrap_or_default()),
        };
        shown.push(aside);
        Ok(Value::safe_string(&placeholder(shown.len() - 1)))
    }

    /// As JSON, with formulas as `math` writes them; other texts are not told.
    fn json(&self, math: &dyn Fn(&Math) -> String) -> serde_json::Value {
        let prose = |prose: &Prose| -> String {
            let piece = |piece: &Inline| match piece {
                Inline::Text(text) | Inline::Emphasis(text) | Inline::Code(text) => text.clone(),
                Inline::Math(formula) => math(formula),
            };
            prose.iter().map(piece).collect()
        };
        match self {
            Self::Nothing => serde_json::Value::Null,
            Self::Flag(flag) => json!(flag),
            Self::Number(number) => {
                i64::try_from(*number).map_or_else(|_| json!(number.to_string()), |number| json!(number))
            }
            Self::Word(text) | Self::Code(text) => json!(text),
            Self::Prose(text) => json!(prose(text)),
            Self::Formula(formula) => json!(math(formula)),
            Self::Blocks(blocks) => json!(
                blocks
                    .iter()
                    .map(|block| match block {
                        Block::Formula(formula) => math(formula),
                        Block::Table(_) => "a table".to_owned(),
                        Block::List(list) => list.items.iter().map(prose).collect::<Vec<_>>().join("; "),
                    })
                    .collect::<Vec<_>>()
            ),
            Self::Steps(steps) => json!(steps.iter().map(|step| prose(&step.claim)).collect::<Vec<_>>()),
            Self::Passage(passage) | Self::Claim(passage) | Self::Reason(passage) => {
                json!({ "text": passage.name, "facts": passage.facts.json(math) })
            }
            Self::List(facts) => facts.iter().map(|fact| fact.json(math)).collect(),
            Self::Record(facts) => facts.json(math),
        }
    }
}

impl Facts {
    /// Facts with their names and meanings, as [`facts`] lists them.
    pub(crate) fn new(facts: impl IntoIterator<Item = (&'static str, &'static str, Fact)>) -> Self {
        Self(facts.into_iter().map(|(name, meaning, fact)| Named { name, meaning: meaning.trim(), fact }).collect())
    }

    /// These and others; of two with one name the later counts.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Their names and meanings.
    pub(crate) fn meanings(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.iter().map(|named| (named.name, named.meaning))
    }

    /// The values a template sees.
    pub(super) fn values(
        self,
        templates: &Templates,
        shown: &mut Vec<Shown>,
    ) -> Result<Vec<(&'static str, Value)>, TemplateError> {
        self.0.into_iter().map(|Named { name, fact, .. }| Ok((name, fact.value(templates, shown)?))).collect()
    }

    /// As JSON, with formulas as `math` writes them.
    pub(crate) fn json(&self, math: &dyn Fn(&Math) -> String) -> serde_json::Value {
        self.0.iter().map(|Named { name, fact, .. }| ((*name).to_owned(), fact.json(math))).collect()
    }
}

/// Lists facts, each with its name and its value, behind its meaning or one that it shares with those above it:
///
/// ```ignore
/// facts! {
///     /// The length of the output.
///     n: layer.output_length(),
/// }
/// ```
macro_rules! facts {
    ($($(#[doc = $meaning:literal])+ $($name:ident: $fact:expr,)+)*) => {{
        let mut facts = Vec::new();
        $(
            let meaning = concat!($($meaning),+);
            $(facts.push((stringify!($name), meaning, $crate::doc::Fact::from($fact)));)+
        )*
        $crate::doc::Facts::new(facts)
    }};
}
pub(crate) use facts;

/// Conversions from what a fact can be made of.
macro_rules! facts_from {
    ($($of:ty: |$given:ident| $as:expr;)*) => {
        $(impl From<$of> for Fact {
            fn from($given: $of) -> Self {
                $as
            }
        })*
    };
}

facts_from! {
    bool: |flag| Self::Flag(flag);
    usize: |number| Self::Number(number as i128);
    i64: |number| Self::Number(number.into());
    u64: |number| Self::Number(number.into());
    i128: |number| Self::Number(number);
    &str: |word| Self::Word(word.to_owned());
    String: |word| Self::Word(word);
    Prose: |prose| Self::Prose(prose);
    Math: |math| Self::Formula(math);
    Name: |name| Self::Formula(name.into());
    Law: |law| Self::Formula(law.into());
    Formula: |formula| Self::Formula(formula.into());
    &Formula: |formula| Self::Formula(formula.into());
    Block: |block| Self::Blocks(vec![block]);
    Step: |step| Self::Steps(vec![step]);
    Vec<Step>: |steps| Self::Steps(steps);
    Passage: |passage| Self::Passage(passage);
    Facts: |facts| Self::Record(facts);
}

impl<T: Into<Fact>> From<Option<T>> for Fact {
    fn from(fact: Option<T>) -> Self {
        fact.map_or(Self::Nothing, Into::into)
    }
}

impl FromIterator<Facts> for Fact {
    fn from_iter<I: IntoIterator<Item = Facts>>(facts: I) -> Self {
        Self::list(facts)
    }
}
