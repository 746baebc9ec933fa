//! The values a parameter takes in a grid: ranges and lists, shared by all axes or chosen for each.

use crate::geometry::Padding;
use std::fmt;
use std::ops::RangeInclusive;

/// The values a number takes: ranges, one after the other. Not empty; a range of a billion costs two numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values(Vec<RangeInclusive<usize>>);

impl Values {
    /// The ranges, each with its ends.
    ///
    /// # Panics
    /// When there is none, or one is empty.
    #[must_use]
    pub fn new(ranges: Vec<RangeInclusive<usize>>) -> Self {
        assert!(!ranges.is_empty() && ranges.iter().all(|range| !range.is_empty()), "a parameter has a value");
        Self(ranges)
    }

    /// One value.
    #[must_use]
    pub fn one(value: usize) -> Self {
        Self(vec![value..=value])
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u128 {
        self.0.iter().map(|range| (range.end() - range.start()) as u128 + 1).sum()
    }

    /// The smallest.
    #[must_use]
    pub fn smallest(&self) -> usize {
        self.0.iter().map(|range| *range.start()).min().unwrap_or(0)
    }

    /// The largest.
    #[must_use]
    pub fn largest(&self) -> usize {
        self.0.iter().map(|range| *range.end()).max().unwrap_or(0)
    }

    /// Whether the value is one of them.
    #[must_use]
    pub fn contains(&self, value: usize) -> bool {
        self.0.iter().any(|range| range.contains(&value))
    }

    pub(super) fn get(&self, mut index: usize) -> usize {
        for range in &self.0 {
            let within = range.end() - range.start();
            if index <= within {
                return range.start() + index;
            }
            index -= within + 1;
        }
        unreachable!("an index below the number of values")
    }
}

impl From<RangeInclusive<usize>> for Values {
    fn from(range: RangeInclusive<usize>) -> Self {
        Self::new(vec![range])
    }
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, range) in self.0.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { "," })?;
            if range.start() == range.end() {
                write!(f, "{}", range.start())?;
            } else {
                write!(f, "{}..{}", range.start(), range.end())?;
            }
        }
        Ok(())
    }
}

/// The values of the padding: widths for both ends, and pairs of widths where the ends differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaddingValues {
    /// The same at both ends.
    pub both: Option<Values>,
    /// Different at the ends.
    pub pairs: Vec<Padding>,
}

impl PaddingValues {
    fn symmetric(&self) -> u128 {
        self.both.as_ref().map_or(0, Values::count)
    }

    pub(super) fn count(&self) -> u128 {
        self.symmetric() + self.pairs.len() as u128
    }

    pub(super) fn get(&self, index: usize) -> Padding {
        match &self.both {
            Some(widths) if (index as u128) < widths.count() => Padding::both(widths.get(index)),
            _ => self.pairs[index - self.symmetric() as usize],
        }
    }

    pub(super) fn largest(&self) -> usize {
        let pairs = self.pairs.iter().map(|pair| pair.begin.max(pair.end));
        pairs.chain(self.both.iter().map(Values::largest)).max().unwrap_or(0)
    }

    pub(super) fn smallest(&self) -> usize {
        let pairs = self.pairs.iter().map(|pair| pair.begin.min(pair.end));
        pairs.chain(self.both.iter().map(Values::smallest)).min().unwrap_or(0)
    }
}

impl From<Values> for PaddingValues {
    fn from(values: Values) -> Self {
        Self { both: Some(values), pairs: Vec::new() }
    }
}

impl fmt::Display for PaddingValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let both = self.both.iter().map(ToString::to_string);
        let all: Vec<String> = both.chain(self.pairs.iter().map(ToString::to_string)).collect();
        f.write_str(&all.join(","))
    }
}

/// How a parameter varies over the axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice<V> {
    /// All axes have the same value.
    Shared(V),
    /// Each axis has a value of its own: the full product.
    PerAxis(Vec<V>),
}

impl<V> Choice<V> {
    /// The values of each independent choice: one list for all axes, or one for each.
    #[must_use]
    pub fn lists(&self) -> &[V] {
        match self {
            Self::Shared(values) => std::slice::from_ref(values),
            Self::PerAxis(values) => values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_they_are_typed() {
        assert_eq!(Values::new(vec![1..=3, 7..=7]).to_string(), "1..3,7");
        let paddings = PaddingValues { both: Some((0..=1).into()), pairs: vec![Padding { begin: 0, end: 1 }] };
        assert_eq!(paddings.to_string(), "0..1,0:1");
    }

    #[test]
    #[should_panic(expected = "has a value")]
    fn a_parameter_without_values_is_a_broken_contract() {
        let _ = Values::new(Vec::new());
    }
}
