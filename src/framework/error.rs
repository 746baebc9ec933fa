//! Why a text is not the call of a layer.

use std::fmt;

/// What is wrong with a pasted call, and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {remedy}")]
pub struct CallError {
    problem: String,
    remedy: Remedy,
}

/// The way out of a call that makes no layer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Give the call of the layer and nothing else.
    LayerAlone,
    /// Give the numbers of the bias somewhere else.
    BiasApart,
    /// What to write instead.
    Write(String),
}

impl CallError {
    pub(super) fn new(problem: impl fmt::Display, remedy: impl Into<Remedy>) -> Self {
        Self { problem: problem.to_string(), remedy: remedy.into() }
    }

    /// What is wrong, with the argument and its value.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The way out.
    #[must_use]
    pub fn remedy(&self) -> &Remedy {
        &self.remedy
    }
}

impl<T: Into<String>> From<T> for Remedy {
    fn from(text: T) -> Self {
        Self::Write(text.into())
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LayerAlone => write!(f, "paste the layer alone, such as {}", super::EXAMPLE),
            Self::BiasApart => f.write_str("give the numbers of the bias apart from the call"),
            Self::Write(text) => f.write_str(text),
        }
    }
}
