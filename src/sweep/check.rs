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
    /// The textbook loops name the terms of the matrix product.
    Matrix,
    /// The stride-1 convolution over the rewritten operands names them.
    ZeroInsertion,
    /// im2col and a product, or a product and col2im, name them.
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
            _ => Some(Grade::TermsIdentity),
        }
    }

    /// The lists of terms that it holds against the entries of W~, one after the other.
    pub(super) fn lists(self) -> &'static [List] {
        match self {
            Self::Taps | Self::Sizes | Self::Sample => &[],
            Self::Matrix => &[List::Slabs, List::Textbook],
            Self::ZeroInsertion => &[List::Rewritten],
            Self::Im2col => &[List::Unrolled],
            Self::Kronecker => &[List::Kronecker],
            Self::Adjoint => &[List::Transpose, List::Textbook, List::Adjoint],
        }
    }
}

/// Who lists the terms of a layer's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum List {
    /// W~ itself, built slab by slab; a small one is the yardstick.
    Slabs,
    /// W~^T, built from exchanged taps.
    Transpose,
    /// The textbook loops.
    Textbook,
    /// The textbook loops of the adjoint operation.
    Adjoint,
    /// The stride-1 convolution over the rewritten operands.
    Rewritten,
    /// The dense products of unrolled columns.
    Unrolled,
    /// The Kronecker products.
    Kronecker,
}

impl List {
    /// The operation whose output it computes from its input: whether its outputs are the rows of W~ or the columns.
    pub(super) fn operation(self, of_layer: Operation) -> Operation {
        match self {
            Self::Slabs | Self::Kronecker => Operation::Convolution,
            Self::Transpose => Operation::Transposed,
            Self::Textbook | Self::Rewritten | Self::Unrolled => of_layer,
            Self::Adjoint => of_layer.adjoint(),
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
