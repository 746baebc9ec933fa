//! Why data cannot be used: in what, where, and the way out.

use crate::wording::tuple;
use std::error::Error;
use std::fmt;

/// Where in the data something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The entry with this index along every axis, counted from 0.
    Entry(Vec<usize>),
    /// A line and a column of a text, counted from 1.
    Line {
        /// The line.
        line: u64,
        /// The column.
        column: u64,
    },
    /// A byte of a file, counted from 0.
    Byte(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(index) => write!(f, "entry {}", tuple(index)),
            Self::Line { line, column } => write!(f, "line {line}, column {column}"),
            Self::Byte(byte) => write!(f, "byte {byte}"),
        }
    }
}

/// Data that cannot be used: what it was given for, where it is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}; {remedy}", self.problem())]
pub struct DataError {
    /// Outermost first: the flag, the file, the array in it.
    subjects: Vec<String>,
    place: Option<Place>,
    problem: String,
    remedy: String,
    /// What the system or a reader of the format said.
    #[source]
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl DataError {
    pub(crate) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { subjects: Vec::new(), place: None, problem: problem.into(), remedy: remedy.into(), cause: None }
    }

    /// The same error, with the one that it came from.
    pub(crate) fn because(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// The same error at a place, unless it already has one.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }

    /// The same error, said of a flag, a file or an array.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subjects.insert(0, subject.into());
        self
    }

    /// Where in the data it is, if it is anywhere in particular.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// What is wrong: its subjects, the place, and the numbers.
    #[must_use]
    pub fn problem(&self) -> String {
        let place = self.place.as_ref().map(ToString::to_string);
        let parts: Vec<&str> = self.subjects.iter().map(String::as_str).chain(place.as_deref()).collect();
        parts.into_iter().chain([self.problem.as_str()]).collect::<Vec<_>>().join(": ")
    }

    /// The way out.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_why_in_this_order() {
        let error = DataError::new("NaN is not a number", "replace it").at(Place::Entry(vec![1, 0]));
        let error = error.about("w.npy").about("--weight");
        assert_eq!(error.to_string(), "--weight: w.npy: entry (1, 0): NaN is not a number; replace it");
        assert_eq!(error.place(), Some(&Place::Entry(vec![1, 0])));
        assert!(error.source().is_none(), "it came from nothing else");
    }

    #[test]
    fn an_error_keeps_what_the_system_said() {
        let error = crate::data::Literal::parse("no-such-file.npy", crate::algebra::SmallIntegers::stream(0, 0));
        let error = error.unwrap_err().about("--weight");
        let cause =
            error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>()).expect("an error of a file");
        assert_eq!(cause.kind(), std::io::ErrorKind::NotFound);
    }
}
