//! Small integers and choices drawn from a seed: the same everywhere, on every machine.

use std::ops::RangeInclusive;

/// An endless stream of integers from -9 to 9, drawn from a seed by SplitMix64 (Steele, Lea, Flood 2014).
///
/// Entries this small keep every sum of products far inside an `i64` and every line of a document short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmallIntegers {
    state: u64,
}

impl SmallIntegers {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// One of many streams of a seed, so that two tensors drawn from one seed do not begin alike.
    #[must_use]
    pub fn stream(seed: u64, number: u64) -> Self {
        let mut numbered = Self::new(seed ^ Self::new(number).word());
        Self::new(numbered.word())
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next integer.
    pub fn draw(&mut self) -> i64 {
        (self.word() % 19) as i64 - 9
    }
}

/// Draws what a worksheet is made of. The sequence of a seed is part of the worksheets' numbered format and never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dice {
    words: SmallIntegers,
}

impl Dice {
    /// The dice of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { words: SmallIntegers::new(seed) }
    }

    /// The seed that belongs to one exercise of one student in one course: FNV-1a over all three, in this order, the
    /// numbers as little-endian bytes and the length of the text before the text.
    #[must_use]
    pub(crate) fn seed_of(course: u64, student: &str, number: u64) -> u64 {
        let fields =
            [&course.to_le_bytes(), &(student.len() as u64).to_le_bytes(), student.as_bytes(), &number.to_le_bytes()];
        let bytes = fields.into_iter().flat_map(|field: &[u8]| field.iter());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }

    /// One of `0..bound`.
    ///
    /// # Panics
    /// When the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "there is nothing to choose from");
        // The high half of the product: the bias is below 2^-50 for the small bounds of a worksheet.
        ((u128::from(self.words.word()) * bound as u128) >> 64) as usize
    }

    /// One of the integers of a range.
    ///
    /// # Panics
    /// When the range is empty.
    pub fn integer(&mut self, range: RangeInclusive<i64>) -> i64 {
        let count = range.end() - range.start() + 1;
        range.start() + self.below(usize::try_from(count).unwrap_or(0)) as i64
    }

    /// One of the sizes of a range.
    ///
    /// # Panics
    /// When the range is empty.
    pub fn size(&mut self, range: RangeInclusive<usize>) -> usize {
        range.start() + self.below((range.end() + 1).saturating_sub(*range.start()))
    }

    /// One of the elements.
    ///
    /// # Panics
    /// When there are none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// True once in so many times.
    ///
    /// # Panics
    /// When that is never.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Brings the elements into an order drawn from all orders (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, elements: &mut [T]) {
        for last in (1..elements.len()).rev() {
            let chosen = self.below(last + 1);
            elements.swap(last, chosen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_fall_on_every_side_and_on_no_other() {
        let mut dice = Dice::new(7);
        let drawn: std::collections::BTreeSet<i64> = (0..1000).map(|_| dice.integer(-2..=3)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), (-2..=3).collect::<Vec<_>>());
    }

    #[test]
    fn what_a_seed_draws_is_the_same_in_every_version_of_the_format() {
        let mut dice = Dice::new(Dice::seed_of(2026, "jane", 3));
        let drawn: Vec<usize> = (0..8).map(|_| dice.below(10)).collect();
        let mut order: Vec<usize> = (0..6).collect();
        dice.shuffle(&mut order);
        assert_eq!((drawn, order), (vec![6, 2, 5, 2, 4, 5, 7, 4], vec![4, 0, 1, 3, 2, 5]));
    }

    #[test]
    fn course_student_and_number_all_count_and_cannot_be_exchanged() {
        let seeds = [(1, "a", 0), (2, "a", 0), (1, "b", 0), (1, "a", 1), (1, "", 0), (0, "", 1), (1, "aa", 0)];
        let distinct: std::collections::BTreeSet<u64> =
            seeds.iter().map(|(c, s, n)| Dice::seed_of(*c, s, *n)).collect();
        assert_eq!(distinct.len(), seeds.len());
        // The published FNV-1a vector of a single byte 'a' differs from ours only in what is hashed.
        assert_ne!(Dice::seed_of(0, "", 0), 0xcbf2_9ce4_8422_2325);
    }

    #[test]
    #[should_panic(expected = "nothing to choose from")]
    fn choosing_from_nothing_is_a_broken_contract() {
        let _ = Dice::new(0).below(0);
    }

    #[test]
    fn the_generator_is_splitmix64() {
        // The published test vector of the seed 1234567.
        let mut generator = SmallIntegers::new(1_234_567);
        assert_eq!(generator.word(), 6_457_827_717_110_365_317);
        assert_eq!(generator.word(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn every_integer_from_minus_nine_to_nine_is_drawn_and_no_other() {
        let mut generator = SmallIntegers::new(0);
        let drawn: std::collections::BTreeSet<i64> = (0..1000).map(|_| generator.draw()).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), (-9..=9).collect::<Vec<_>>());
    }

    #[test]
    fn streams_of_one_seed_differ_and_are_repeatable() {
        let first = |mut generator: SmallIntegers| (0..8).map(|_| generator.draw()).collect::<Vec<_>>();
        assert_eq!(first(SmallIntegers::stream(7, 0)), first(SmallIntegers::stream(7, 0)));
        assert_ne!(first(SmallIntegers::stream(7, 0)), first(SmallIntegers::stream(7, 1)));
        assert_ne!(first(SmallIntegers::stream(7, 0)), first(SmallIntegers::stream(8, 0)));
    }
}
