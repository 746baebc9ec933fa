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

    /// Each range as it is typed.
    fn pieces(&self) -> Vec<String> {
        let piece = |range: &RangeInclusive<usize>| match (range.start(), range.end()) {
            (start, end) if start == end => start.to_string(),
            (start, end) => format!("{start}..{end}"),
        };
        self.0.iter().map(piece).collect()
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

/// As they are typed; with `{:#}`, of a long list only the first and the last, and how many values there are.
impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_listed(f, &self.pieces(), self.count())
    }
}

/// Writes the pieces of a list that stand for so many values.
fn write_listed(f: &mut fmt::Formatter<'_>, pieces: &[String], values: u128) -> fmt::Result {
    /// Longer lists are shortened to so many pieces at the start and one at the end.
    const LISTED: usize = 32;
    const FIRST: usize = 6;
    match pieces {
        [first @ .., last] if f.alternate() && pieces.len() > LISTED => {
            write!(f, "{},…,{last} ({values} values)", first[..FIRST].join(","))
        }
        _ => f.write_str(&pieces.join(",")),
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

/// As they are typed; with `{:#}`, of a long list only the first and the last, and how many values there are.
impl fmt::Display for PaddingValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let both = self.both.iter().flat_map(Values::pieces);
        let all: Vec<String> = both.chain(self.pairs.iter().map(ToString::to_string)).collect();
        write_listed(f, &all, self.count())
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

    /// The same chosen for each of so many axes alone.
    #[must_use]
    pub fn per_axis(self, dimensions: usize) -> Self
    where
        V: Clone,
    {
        match self {
            Self::Shared(values) => Self::PerAxis(vec![values; dimensions]),
            per_axis => per_axis,
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
    fn a_long_list_is_shown_by_its_ends_and_its_length() {
        let listed = |count: usize| Values::new((1..=count).map(|value| 2 * value..=2 * value).collect());
        assert_eq!(format!("{:#}", listed(32)), listed(32).to_string());
        assert_eq!(format!("{:#}", listed(14_000)), "2,4,6,8,10,12,…,28000 (14000 values)");
        assert!(listed(14_000).to_string().ends_with(",27998,28000"));
        let pairs = (0..50).map(|end| Padding { begin: 0, end: end + 1 }).collect();
        let paddings = PaddingValues { both: Some((7..=9).into()), pairs };
        assert_eq!(format!("{paddings:#}"), "7..9,0:1,0:2,0:3,0:4,0:5,…,0:50 (53 values)");
    }

    #[test]
    #[should_panic(expected = "has a value")]
    fn a_parameter_without_values_is_a_broken_contract() {
        let _ = Values::new(Vec::new());
    }
}
