//! Values as they are typed: sizes, per-axis lists, paddings.

use convt_matrix::geometry::Padding;
use convt_matrix::wording::excerpt;
use std::str::FromStr;

/// A number of cells, channels or steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size(pub(super) usize);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("a number is missing; write 3 for every axis or 3x5 per axis".into());
        }
        if text.starts_with("--") {
            return Err(format!("a number is missing; the flag {} stands in its place", excerpt(text)));
        }
        if let Some(digits) = text.strip_prefix('-')
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(format!("{} is negative, and a size cannot be", excerpt(text)));
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("'{}' is not a whole number", excerpt(text)));
        }
        // One bit is kept free so that differences of sizes fit as well.
        match text.parse::<i64>() {
            Ok(number) => Ok(Self(number as usize)),
            Err(_) => Err(format!("{} is too large; the largest number is 2^63 - 1", excerpt(text))),
        }
    }
}

/// One padding, or one for each end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PaddingWidth(pub(super) Padding);

impl FromStr for PaddingWidth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let width = |text: &str| text.parse().map(|Size(width)| width);
        match text.split_once(':') {
            None => width(text).map(|both| Self(Padding::both(both))),
            Some((begin, end)) if !begin.trim().is_empty() && !end.trim().is_empty() && !end.contains(':') => {
                Ok(Self(Padding { begin: width(begin)?, end: width(end)? }))
            }
            Some(_) => Err(format!("'{}' is no pair of paddings; write 0:1 for begin and end", excerpt(text))),
        }
    }
}

/// The index of an entry, one number for each axis: `0,1`, `0x1`, `(0, 1)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place(pub(super) Vec<usize>);

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bare = text.trim().trim_start_matches(['(', '[']).trim_end_matches([')', ']']).trim();
        let pieces = bare.split(['x', 'X', '×', ',', ' ']).map(str::trim);
        let index = pieces.filter(|piece| !(piece.is_empty() && bare.contains(", "))).map(|piece| piece.parse());
        index
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(|_| format!("'{}' is no index; write one number for each axis, such as 0,1", excerpt(text)))
    }
}

/// One value for every axis, or one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PerAxis<T>(pub(super) Vec<T>);

impl<T: FromStr<Err = String>> FromStr for PerAxis<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // As Python prints a tuple, too.
        let bare = match text.trim().strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
            Some(inner) => inner.trim().trim_end_matches(','),
            None => text,
        };
        bare.split(['x', 'X', '×', ',']).map(T::from_str).collect::<Result<_, _>>().map(Self)
    }
}

impl<T: Copy> PerAxis<T> {
    /// The value for each of so many axes, if there is one value or one for each.
    pub(super) fn spread(&self, dimensions: usize) -> Option<Vec<T>> {
        match self.0.len() {
            1 => Some(vec![self.0[0]; dimensions]),
            count if count == dimensions => Some(self.0.clone()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(text: &str) -> Result<Vec<usize>, String> {
        text.parse::<PerAxis<Size>>().map(|list| list.0.into_iter().map(|Size(size)| size).collect())
    }

    #[test]
    fn sizes_are_separated_by_x_or_comma() {
        assert_eq!(sizes("3"), Ok(vec![3]));
        assert_eq!(sizes("3x5"), Ok(vec![3, 5]));
        assert_eq!(sizes("3,5"), Ok(vec![3, 5]));
        assert_eq!(sizes("3×5X7"), Ok(vec![3, 5, 7]));
    }

    #[test]
    fn what_is_not_a_size_says_why() {
        assert!(sizes("2x").unwrap_err().contains("missing"));
        assert!(sizes("").unwrap_err().contains("missing"));
        assert!(sizes("-1").unwrap_err().contains("negative"));
        assert!(sizes("two").unwrap_err().contains("not a whole number"));
        assert!(sizes("1.5").unwrap_err().contains("not a whole number"));
        assert!(sizes("18446744073709551616").unwrap_err().contains("too large"));
        assert!(sizes(&"9".repeat(10_000)).unwrap_err().len() < 120);
    }

    #[test]
    fn padding_may_differ_at_the_ends() {
        let padding: PerAxis<PaddingWidth> = "1:2x0".parse().unwrap();
        assert_eq!(padding.0[0].0, Padding { begin: 1, end: 2 });
        assert_eq!(padding.0[1].0, Padding::both(0));
        assert!("1:".parse::<PerAxis<PaddingWidth>>().is_err());
        assert!("1:2:3".parse::<PerAxis<PaddingWidth>>().is_err());
    }
}
