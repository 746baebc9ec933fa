//! Values of a grid as they are typed: numbers, lists and inclusive ranges, for all axes or for each.

use super::values::{PaddingWidth, Size};
use convt_matrix::sweep::{PaddingValues, Values};
use convt_matrix::wording::excerpt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// What can be typed as a list.
pub(super) trait Listed: Sized + Clone {
    /// Makes one of the pieces between the commas.
    fn of_pieces<'a>(pieces: impl Iterator<Item = &'a str>) -> Result<Self, String>;
}

/// A list for all axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TypedValues<V>(pub(super) V);

impl<V: Listed> FromStr for TypedValues<V> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        V::of_pieces(text.split(',').map(str::trim)).map(Self)
    }
}

/// A list for all axes, or one for each, with an `x` between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AxisValues<V>(pub(super) Vec<V>);

impl<V: Listed> FromStr for AxisValues<V> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let axes = text.split(['x', 'X', '×']).map(|axis| axis.parse().map(|TypedValues(values)| values));
        axes.collect::<Result<_, _>>().map(Self)
    }
}

impl Listed for Values {
    fn of_pieces<'a>(pieces: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        pieces.map(range).collect::<Result<_, _>>().map(Self::new)
    }
}

impl Listed for PaddingValues {
    fn of_pieces<'a>(pieces: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let (pairs, widths): (Vec<&str>, Vec<&str>) = pieces.partition(|piece| piece.contains(':'));
        let pairs = pairs.into_iter().map(|pair| pair.parse().map(|PaddingWidth(padding)| padding));
        let pairs = pairs.collect::<Result<_, _>>()?;
        let both = if widths.is_empty() { None } else { Some(Values::of_pieces(widths.into_iter())?) };
        Ok(Self { both, pairs })
    }
}

fn range(text: &str) -> Result<RangeInclusive<usize>, String> {
    let number = |text: &str| text.parse().map(|Size(number)| number);
    let Some((first, last)) = text.split_once("..") else { return number(text).map(|one| one..=one) };
    let last = last.strip_prefix('=').unwrap_or(last);
    if first.trim().is_empty() || last.trim().is_empty() {
        return Err(format!("'{}' has an end missing; write 1..5 for 1 to 5", excerpt(text)));
    }
    let (first, last) = (number(first)?, number(last)?);
    if first > last {
        return Err(format!("'{}' is empty; ranges go from the smaller number to the larger", excerpt(text)));
    }
    Ok(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use convt_matrix::geometry::Padding;

    fn shown(text: &str) -> Result<Vec<String>, String> {
        text.parse::<AxisValues<Values>>().map(|axes| axes.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn numbers_lists_and_inclusive_ranges_are_read_for_all_axes_or_each() {
        assert_eq!(shown("3").unwrap(), ["3"]);
        assert_eq!(shown("1,2, 4").unwrap(), ["1,2,4"]);
        assert_eq!(shown("1..5").unwrap(), ["1..5"]);
        assert_eq!(shown("1..=5,9").unwrap(), ["1..5,9"]);
        assert_eq!(shown("1..3x2,7").unwrap(), ["1..3", "2,7"]);
    }

    #[test]
    fn paddings_may_differ_at_the_ends() {
        let AxisValues(axes) = "0..2,0:1x3".parse::<AxisValues<PaddingValues>>().unwrap();
        assert_eq!(axes[0].pairs, [Padding { begin: 0, end: 1 }]);
        assert_eq!(axes[0].to_string(), "0..2,0:1");
        assert_eq!(axes[1].to_string(), "3");
        assert_eq!("1:2".parse::<AxisValues<PaddingValues>>().unwrap().0[0].both, None);
    }

    #[test]
    fn what_is_no_list_of_values_says_why() {
        for (text, reason) in [
            ("", "a number is missing"),
            ("1,", "a number is missing"),
            ("x3", "a number is missing"),
            ("1..", "an end missing"),
            ("..3", "an end missing"),
            ("5..1", "is empty"),
            ("-1..3", "negative"),
            ("1..2..3", "not a whole number"),
            ("a", "not a whole number"),
            ("1..99999999999999999999", "too large"),
        ] {
            let message = shown(text).unwrap_err();
            assert!(message.contains(reason), "{text}: {message}");
        }
        assert!("0:".parse::<AxisValues<PaddingValues>>().is_err());
    }
}
