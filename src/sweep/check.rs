//! What can be checked of a configuration.

use crate::proof::Grade;

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The taps of the layer are those of its stride-1 rewriting.
    Taps,
    /// The sizes that are computed are those that the roads produce, and the way back is as it should be.
    Sizes,
    /// The textbook loops give the polynomials of the matrix product.
    Matrix,
    /// The stride-1 convolution over the rewritten operands gives them.
    ZeroInsertion,
    /// im2col and a product, or a product and col2im, give them.
    Im2col,
    /// W~ is the sum of the Kronecker products of shift matrices.
    Kronecker,
    /// `<W~ x, y> = <x, W~^T y>`, both by textbook loops; and W~^T, built directly, has the entries of W~.
    Adjoint,
    /// One instance of integers, on every road.
    Sample,
}

impl Check {
    /// Every check, in the order in which they are made.
    pub const ALL: [Self; 8] = [
        Self::Taps,
        Self::Sizes,
        Self::Matrix,
        Self::ZeroInsertion,
        Self::Im2col,
        Self::Kronecker,
        Self::Adjoint,
        Self::Sample,
    ];

    /// The name it is asked for by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Taps => "taps",
            Self::Sizes => "sizes",
            Self::Matrix => "matrix",
            Self::ZeroInsertion => "zero-insertion",
            Self::Im2col => "im2col",
            Self::Kronecker => "kronecker",
            Self::Adjoint => "adjoint",
            Self::Sample => "sample",
        }
    }

    /// How strong the evidence is; sizes are counted.
    #[must_use]
    pub(crate) fn grade(self) -> Option<Grade> {
        match self {
            Self::Sizes => None,
            Self::Taps => Some(Grade::TapsIdentity),
            Self::Sample => Some(Grade::ExactSample),
            _ => Some(Grade::SymbolicIdentity),
        }
    }

    /// What holds where the check holds.
    #[must_use]
    pub(crate) fn statement(self) -> &'static str {
        match self {
            Self::Taps => "the taps of the layer are those of its stride-1 rewriting",
            Self::Sizes => "computed sizes are those the loops produce, and lead back as they should",
            Self::Matrix => "textbook loops = matrix times vector",
            Self::ZeroInsertion => "stride-1 convolution over the rewritten operands = matrix times vector",
            Self::Im2col => "im2col and a product (a product and col2im) = matrix times vector",
            Self::Kronecker => "sum of Kronecker products of shift matrices = the matrix",
            Self::Adjoint => "<Ax, y> = <x, A'y>: the loops of both operations, matrix and transpose",
            Self::Sample => "one instance of small integers: the same on every road",
        }
    }

    /// How many roads it compares with the entries of W~, term by term, on a large layer.
    pub(super) fn roads(self) -> u128 {
        match self {
            Self::Taps | Self::Sizes | Self::Sample => 0,
            Self::ZeroInsertion | Self::Im2col | Self::Kronecker => 1,
            Self::Matrix => 2,
            Self::Adjoint => 3,
        }
    }
}

/// A set of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checks(u8);

impl Checks {
    /// No check.
    pub const NONE: Self = Self(0);

    /// All of them.
    #[must_use]
    pub fn all() -> Self {
        Check::ALL.into_iter().collect()
    }

    /// Adds a check.
    pub fn insert(&mut self, check: Check) {
        self.0 |= 1 << check as u8;
    }

    /// Takes a check out.
    pub fn remove(&mut self, check: Check) {
        self.0 &= !(1 << check as u8);
    }

    /// Whether the check is in it.
    #[must_use]
    pub fn contains(self, check: Check) -> bool {
        self.0 & (1 << check as u8) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The checks in it, in their order.
    pub fn iter(self) -> impl Iterator<Item = Check> {
        Check::ALL.into_iter().filter(move |&check| self.contains(check))
    }
}

impl FromIterator<Check> for Checks {
    fn from_iter<I: IntoIterator<Item = Check>>(checks: I) -> Self {
        let mut set = Self::NONE;
        checks.into_iter().for_each(|check| set.insert(check));
        set
    }
}
