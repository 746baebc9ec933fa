//! Small integers drawn from a seed: the same everywhere, on every machine.

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

#[cfg(test)]
mod tests {
    use super::*;

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
