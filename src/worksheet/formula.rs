//! The formulas that questions, hints and solutions share.

use crate::doc::{Math, Prose, Relation, factor, prose, row};
use Relation::{Equals, Minus, Plus, Times};

/// `(a - 1)`
pub(super) fn less_one(math: impl Into<Math>) -> Math {
    Math::Parenthesised(Box::new(row![math.into(), Minus, 1_usize]))
}

/// `d(k - 1)`: how far a dilated kernel reaches beyond its first cell.
pub(super) fn reach() -> Math {
    row!['d', less_one('k')]
}

/// `d(k - 1) + 1`: how many cells a dilated kernel covers.
pub(super) fn covered() -> Math {
    row![reach(), Plus, 1_usize]
}

/// `s i + d t - p`: where a cell of the small side and a kernel cell meet on the big side.
pub(super) fn meeting() -> Math {
    row!['s', 'i', Plus, 'd', 't', Minus, 'p']
}

/// Where a transposed convolution writes, in a sentence.
pub(super) fn where_cells_meet() -> Prose {
    let (input, cell) = (Math::from('i'), Math::from('t'));
    prose!["Input ", input, " and kernel cell ", cell, " meet in output ", meeting(), " on every axis."]
}

/// What a convolution reads, in a sentence.
pub(super) fn what_is_read() -> Prose {
    let (output, cell) = (Math::from('i'), Math::from('t'));
    prose!["Output ", output, " reads with kernel cell ", cell, " the input ", meeting(), " on every axis."]
}

/// `n = (m - 1)s - 2p + d(k - 1) + o + 1`
pub(super) fn transposed_size() -> Math {
    row!['n', Equals, less_one('m'), 's', Minus, 2_usize, 'p', Plus, reach(), Plus, 'o', Plus, 1_usize]
}

/// `m = floor((n + 2p - d(k - 1) - 1) / s) + 1`
pub(super) fn convolution_size() -> Math {
    let room = row!['n', Plus, 2_usize, 'p', Minus, reach(), Minus, 1_usize];
    row!['m', Equals, Math::FloorQuotient(Box::new(room), Box::new('s'.into())), Plus, 1_usize]
}

/// `2 * 3 + 1 * (-1) = 5`, without the left side.
pub(super) fn sum_of_products(products: &[(i64, i64)]) -> Math {
    let term = |&(left, right): &(i64, i64)| row![factor(left.into()), Times, factor(right.into())];
    let value: i64 = products.iter().map(|(left, right)| left * right).sum();
    match products {
        [] => row![Equals, 0_usize],
        _ => row![Equals, Math::Sum(products.iter().map(term).collect()), Equals, value],
    }
}
