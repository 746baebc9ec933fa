//! What can be checked of a configuration.

use crate::geometry::Operation;
use crate::proof::Grade;

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The taps of the layer are those of its stride-1 rewriting.
    Taps,
    /// The sizes that are computed are those that the roads produce, and the way back is as it should be.
    Sizes,
    /// The textbook loops give the polynomials of the matrix product; W~ and W~^T have the same entries.
    Matrix,
    /// The stride-1 convolution over the rewritten operands gives them.
    ZeroInsertion,
    /// im2col and a product, or a product and col2im, give them.
    Im2col,
    /// W~ is the sum of the Kronecker products of shift matrices.
    Kronecker,
    /// `<W~ x, y> = <x, W~^T y>`, both by textbook loops.
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

    /// How strong the evidence is.
    #[must_use]
    pub fn grade(self) -> Grade {
        match self {
            Self::Taps | Self::Sizes => Grade::TapsIdentity,
            Self::Sample => Grade::ExactSample,
            _ => Grade::SymbolicIdentity,
        }
    }

    /// What holds where the check holds.
    #[must_use]
    pub fn statement(self, operation: Operation) -> &'static str {
        match (self, operation) {
            (Self::Taps, Operation::Transposed) => "the taps are those of the zero-inserted stride-1 convolution",
            (Self::Taps, Operation::Convolution) => "the taps are those of the thinned-out stride-1 convolution",
            (Self::Sizes, _) => "computed sizes are those the roads produce; the output padding that returns",
            (Self::Matrix, Operation::Transposed) => "textbook scatter loops = transposed matrix times vector",
            (Self::Matrix, Operation::Convolution) => "textbook convolution loops = matrix times vector",
            (Self::ZeroInsertion, Operation::Transposed) => {
                "flipped kernel over the zero-inserted, padded input = the same"
            }
            (Self::ZeroInsertion, Operation::Convolution) => "zero-filled kernel at stride 1, thinned out = the same",
            (Self::Im2col, Operation::Transposed) => "matrix product, then col2im = the same",
            (Self::Im2col, Operation::Convolution) => "im2col, then matrix product = the same",
            (Self::Kronecker, _) => "sum of Kronecker products of shift matrices = the matrix",
            (Self::Adjoint, _) => "<Wx, y> = <x, W'y> by the loops of both operations",
            (Self::Sample, _) => "one instance of integers: every road gives the same",
        }
    }

    /// Whether it compares with the entries of W~.
    pub(super) fn reads_the_matrix(self) -> bool {
        !matches!(self, Self::Taps | Self::Sizes | Self::Sample)
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
