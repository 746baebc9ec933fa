//! What a user gave for a tensor, and how it fills a shape.

use super::content::Content;
use super::error::DataError;
use super::exact::ExactNumber;
use super::{MOST_VALUES, file, json, text, too_large};
use crate::algebra::SmallIntegers;
use crate::tensor::{Tensor, count_of};
use crate::wording::{counted, tuple};

/// What a user gave for a tensor, before its shape is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The file it came from, for messages.
    source: Option<String>,
    content: Content,
}

impl Literal {
    /// Reads what was given for a tensor:
    ///
    /// * numbers: `'3 1; 1 5'` (spaces or commas between numbers, `;` between rows), `[[3, 1], [1, 5]]` (JSON, where a
    ///   string such as `"1/3"` is a number, too), `5`, `1/3`, `0.1`;
    /// * a rule that fills a shape: `iota` (1, 2, 3, ...), `1..16` (both included, and it must fill the shape exactly),
    ///   `ones`, `zeros`, `random` (integers from -9 to 9, taken from `random`);
    /// * a file ending in `.json`, `.csv`, `.npy` or `.npz` (`file.npz:name` where it has several arrays).
    ///
    /// One row of numbers, and a CSV file of one column, is a flat list: its shape is `[count]`.
    ///
    /// # Errors
    /// When the text is none of these, a file cannot be read or is malformed, or a number is NaN or infinite
    /// in JSON, CSV or text (in a NumPy file this is found by [`Literal::fill`]).
    ///
    /// ```
    /// use convt_matrix::{algebra::SmallIntegers, data::Literal};
    /// let kernel = Literal::parse("3 1; 1 5", SmallIntegers::new(0))?;
    /// assert_eq!(kernel.shape(), Some([2, 2].as_slice()));
    /// assert_eq!(kernel.fill(&[1, 1, 2, 2], "weight")?.shape(), [1, 1, 2, 2]);
    /// # Ok::<(), convt_matrix::data::DataError>(())
    /// ```
    pub fn parse(given: &str, random: SmallIntegers) -> Result<Self, DataError> {
        let given = given.trim();
        if let Some(file) = file::named(given) {
            let source = file.to_string();
            let content = file.read().map_err(|error| error.about(source.clone()))?;
            return Ok(Self { source: Some(source), content });
        }
        Ok(Self { source: None, content: text::parse(given, random)? })
    }

    /// Reads nested JSON arrays of numbers (and of strings such as `"1/3"`), exactly.
    ///
    /// # Errors
    /// When the text is not JSON, the arrays are ragged, empty or nested deeper than 8, or an entry is no number.
    pub fn from_json(text: &str) -> Result<Self, DataError> {
        Ok(Self { source: None, content: json::parse(text)? })
    }

    /// Its shape; none for a rule that fills any shape, and none for a range.
    #[must_use]
    pub fn shape(&self) -> Option<&[usize]> {
        match &self.content {
            Content::Numbers { shape, .. } => Some(shape),
            Content::Array(array) => Some(array.shape()),
            Content::Iota | Content::Range { .. } | Content::Constant(_) | Content::Random(_) => None,
        }
    }

    /// How many numbers there are; none for a rule that fills any shape.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        match &self.content {
            Content::Range { count, .. } => Some(*count),
            _ => self.shape().and_then(count_of),
        }
    }

    /// The tensor of the expected shape. Leading axes of extent 1 may be missing or too many, and a flat list may fill
    /// any shape of as many entries; nothing else is rearranged. `what` names the tensor in messages.
    ///
    /// # Errors
    /// When the shapes do not agree, when the shape has more than [`MOST_VALUES`] entries, or when an entry is NaN
    /// or infinite.
    pub fn fill(&self, expected: &[usize], what: &str) -> Result<Tensor<ExactNumber>, DataError> {
        self.filled(expected).map_err(|error| {
            let error = self.source.iter().fold(error, |error, source| error.about(source));
            error.about(what)
        })
    }

    /// The tensor in the shape it came in, whatever that is; what fills any shape fills the given one. `what` names the
    /// tensor in messages.
    ///
    /// # Errors
    /// When there are more than [`MOST_VALUES`] entries, or an entry is NaN or infinite.
    pub fn as_it_is(&self, otherwise: &[usize], what: &str) -> Result<Tensor<ExactNumber>, DataError> {
        match &self.content {
            Content::Range { count, .. } => self.fill(&[*count], what),
            _ => self.fill(self.shape().unwrap_or(otherwise), what),
        }
    }

    fn filled(&self, expected: &[usize]) -> Result<Tensor<ExactNumber>, DataError> {
        let count = count_of(expected).filter(|&count| count <= MOST_VALUES).ok_or_else(|| too_large(expected))?;
        let integer = |integer: i64| ExactNumber::from(integer);
        let tensor = |entry: &mut dyn FnMut(usize) -> ExactNumber| Ok(Tensor::from_fn(expected, entry));
        match &self.content {
            Content::Iota => tensor(&mut |index| integer(index as i64 + 1)),
            Content::Constant(constant) => tensor(&mut |_| integer(*constant)),
            Content::Random(random) => {
                let mut random = random.clone();
                tensor(&mut |_| integer(random.draw()))
            }
            Content::Range { first, count: given } if *given == count => {
                tensor(&mut |index| integer(first + index as i64))
            }
            Content::Range { first, count: given } => {
                let last = first + (*given as i64 - 1);
                Err(mismatch(expected, &format!("{first}..{last}, {}", counted(*given, "value", "values")), None))
            }
            Content::Numbers { shape, numbers } => {
                check_shape(shape, expected)?;
                tensor(&mut |index| numbers[index].clone())
            }
            Content::Array(array) => {
                check_shape(array.shape(), expected)?;
                let entries = (0..count).map(|index| array.entry(index)).collect::<Result<_, _>>()?;
                Ok(Tensor::new(expected.to_vec(), entries))
            }
        }
    }
}

/// The shape without its leading axes of extent 1.
pub(crate) fn essential(shape: &[usize]) -> &[usize] {
    let ones = shape.iter().take_while(|&&extent| extent == 1).count();
    &shape[ones..]
}

fn check_shape(given: &[usize], expected: &[usize]) -> Result<(), DataError> {
    let flat_and_full = matches!(given, [count] if Some(*count) == count_of(expected));
    if flat_and_full || essential(given) == essential(expected) {
        return Ok(());
    }
    let count = count_of(given).unwrap_or(usize::MAX);
    Err(mismatch(expected, &format!("{}, {}", tuple(given), counted(count, "value", "values")), Some(given)))
}

fn mismatch(expected: &[usize], got: &str, given: Option<&[usize]>) -> DataError {
    let count = count_of(expected).unwrap_or(usize::MAX);
    let short = essential(expected);
    let or_short = if short.is_empty() || short.len() == expected.len() {
        String::new()
    } else {
        format!(", or {},", tuple(short))
    };
    let comma = if or_short.is_empty() { "," } else { "" };
    let problem =
        format!("expected shape {}{or_short}{comma} {}; got {got}", tuple(expected), counted(count, "value", "values"));
    let remedy = match given {
        Some([samples, sample @ ..]) if *samples > 1 && !sample.is_empty() && essential(sample) == short => {
            format!("this is a batch of {samples}; give one sample of it")
        }
        Some(given) if count_of(given) == Some(count) => {
            format!("the count is right; reshape it to {}, or give it as a flat list", tuple(expected))
        }
        _ => format!("give {}, or change the layer", counted(count, "number", "numbers")),
    };
    DataError::new(problem, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Literal {
        Literal::parse(text, SmallIntegers::new(0)).unwrap()
    }

    fn filled(text: &str, expected: &[usize]) -> String {
        let tensor = literal(text).fill(expected, "--weight").unwrap();
        assert_eq!(tensor.shape(), expected);
        tensor.entries().iter().map(|entry| entry.to_rational().to_string()).collect::<Vec<_>>().join(" ")
    }

    fn refused(text: &str, expected: &[usize]) -> String {
        literal(text).fill(expected, "--weight").unwrap_err().to_string()
    }

    #[test]
    fn the_exact_shape_and_leading_ones_missing_or_too_many_are_accepted() {
        for text in ["[[[[1,2],[3,4]]]]", "[[[[[[1,2],[3,4]]]]]]", "1 2; 3 4", "1, 2; 3, 4", "1 2 3 4", "[1,2,3,4]"] {
            assert_eq!(filled(text, &[1, 1, 2, 2]), "1 2 3 4", "{text}");
        }
        assert_eq!(filled("5", &[1, 1, 1, 1]), "5");
        assert_eq!(filled("[[[5]]]", &[1]), "5");
        assert_eq!(filled("1 2 3 4 5 6", &[3, 1, 2]), "1 2 3 4 5 6");
    }

    #[test]
    fn a_rule_fills_any_shape() {
        assert_eq!(filled("iota", &[1, 2, 2]), "1 2 3 4");
        assert_eq!(filled("ones", &[3]), "1 1 1");
        assert_eq!(filled("zeros", &[2]), "0 0");
        assert_eq!(filled("1..4", &[2, 2]), "1 2 3 4");
        assert_eq!(filled("-1..1", &[3]), "-1 0 1");
        assert_eq!(filled("random", &[4]), filled("random", &[2, 2]), "a seed says it all");
        assert_eq!(literal("iota").shape(), None);
        assert_eq!(literal("1..4").shape(), None);
    }

    #[test]
    fn a_wrong_shape_says_what_was_expected_and_what_came() {
        assert_eq!(
            refused("1 2 3 4; 5 6 7 8; 9 10 11 12", &[1, 1, 4, 4]),
            "--weight: expected shape (1, 1, 4, 4), or (4, 4), 16 values; got (3, 4), 12 values; \
             give 16 numbers, or change the layer"
        );
        assert_eq!(
            refused("1..5", &[2, 3]),
            "--weight: expected shape (2, 3), 6 values; got 1..5, 5 values; give 6 numbers, or change the layer"
        );
        assert!(refused("5", &[2]).contains("expected shape (2,), 2 values; got (1,), 1 value;"));
    }

    #[test]
    fn the_right_count_in_another_arrangement_is_refused_with_the_remedy() {
        for text in ["1 2; 3 4; 5 6", "[[[1,2,3]],[[4,5,6]]]"] {
            assert!(refused(text, &[2, 3]).ends_with("reshape it to (2, 3), or give it as a flat list"), "{text}");
        }
    }

    #[test]
    fn what_has_a_shape_can_keep_it_and_a_rule_takes_the_one_it_is_given() {
        let shape = |text: &str| literal(text).as_it_is(&[2, 2], "--answer").unwrap().shape().to_vec();
        assert_eq!(
            [shape("1 2 3"), shape("1 2 3; 4 5 6"), shape("1..7"), shape("ones")],
            [vec![3], vec![2, 3], vec![7], vec![2, 2]]
        );
    }

    #[test]
    fn a_batch_is_refused_as_a_batch() {
        assert!(refused("[[[1,2]],[[3,4]]]", &[1, 2]).ends_with("this is a batch of 2; give one sample of it"));
    }

    #[test]
    fn axes_of_extent_one_are_not_dropped_in_the_middle_or_at_the_end() {
        assert!(refused("1 2; 3 4; 5 6", &[3, 1, 2]).contains("got (3, 2), 6 values"));
        assert!(refused("[[1],[2]]", &[1, 2]).contains("got (2, 1), 2 values"));
    }

    #[test]
    fn a_shape_that_fills_the_memory_is_refused_before_memory_is_taken() {
        for rule in ["iota", "ones", "random", "1..4"] {
            assert!(refused(rule, &[1 << 40, 1 << 40]).contains("more values than the 16777216"), "{rule}");
            assert!(refused(rule, &[MOST_VALUES, 2]).contains("more values than the 16777216"), "{rule}");
        }
    }
}
