//! When two entries count as equal, and how one is written in a counterexample.

use crate::algebra::Approximate;

/// Compares entries computed by two roads.
pub trait Judge<T> {
    /// Whether the two may be the results of one computation by two roads.
    fn same(&self, left: &T, right: &T) -> bool;

    /// How an entry is written.
    fn spell(&self, entry: &T) -> String;
}

/// Equal means equal; the function writes an entry.
#[derive(Clone, Copy, Debug)]
pub struct Exactly<S>(pub S);

impl<T: PartialEq, S: Fn(&T) -> String> Judge<T> for Exactly<S> {
    fn same(&self, left: &T, right: &T) -> bool {
        left == right
    }

    fn spell(&self, entry: &T) -> String {
        (self.0)(entry)
    }
}

/// Floats are equal when sums of so many terms may differ by it.
#[derive(Clone, Copy, Debug)]
pub struct WithinRounding {
    /// The most products any entry is the sum of.
    pub terms: u64,
}

impl Judge<Approximate> for WithinRounding {
    fn same(&self, left: &Approximate, right: &Approximate) -> bool {
        left.within_rounding(*right, self.terms)
    }

    fn spell(&self, entry: &Approximate) -> String {
        entry.value.to_string()
    }
}
