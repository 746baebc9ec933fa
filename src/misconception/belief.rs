//! What somebody believes who is wrong about whether a statement holds.

use super::{Said, WrongRule};

/// A wrong belief about layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Belief {
    /// The way there and back always leads to the same size.
    ShapesAlwaysReturn,
    /// A transposed convolution always enlarges.
    AlwaysUpsamples,
    /// Every output size belongs to as many input sizes as the stride says.
    AlwaysStrideManyInputs,
    /// Other numbers of zeros go around the input of the equivalent convolution.
    OtherZerosAround,
    /// It makes no difference whether the kernel is flipped.
    FlipMakesNoDifference,
    /// The kernel is transposed.
    KernelIsTransposed,
    /// Output padding has another bound.
    OtherOutputPaddingBound,
    /// Output padding appends zeros.
    OutputPaddingAppendsZeros,
    /// A transposed convolution is the inverse.
    TransposedIsInverse,
    /// A kernel size that the stride divides leaves no checkerboard.
    DivisibleKernelIsEven,
    /// A transposed convolution is always the adjoint.
    AlwaysTheAdjoint,
}

impl WrongRule for Belief {
    const ALL: &'static [Self] = &[
        Self::ShapesAlwaysReturn,
        Self::AlwaysUpsamples,
        Self::AlwaysStrideManyInputs,
        Self::OtherZerosAround,
        Self::FlipMakesNoDifference,
        Self::KernelIsTransposed,
        Self::OtherOutputPaddingBound,
        Self::OutputPaddingAppendsZeros,
        Self::TransposedIsInverse,
        Self::DivisibleKernelIsEven,
        Self::AlwaysTheAdjoint,
    ];

    fn said(self) -> Said {
        let (name, rule, feedback) = match self {
            Self::ShapesAlwaysReturn => (
                "shapes-always-return",
                "a transposed convolution gives back the size that a convolution with its parameters has read",
                "The size of a convolution is rounded down; the output padding says which of several inputs is meant.",
            ),
            Self::AlwaysUpsamples => (
                "transposed-convolution-upsamples",
                "the output of a transposed convolution is larger than its input",
                "The padding is cut off, and may take away more than stride and kernel add.",
            ),
            Self::AlwaysStrideManyInputs => (
                "always-s-inputs",
                "s input sizes of a convolution with stride s share each output size",
                "Where the padding is wide, some of these sizes would be less than one cell.",
            ),
            Self::OtherZerosAround => (
                "wrong-zeros-around",
                "the zeros around the input of the equivalent convolution are as many as some other number says",
                "d(k − 1) − p zeros go before the zero-inserted input; after it, output padding adds o to them.",
            ),
            Self::FlipMakesNoDifference => (
                "flip-makes-no-difference",
                "the outcome is the same whether the kernel is flipped or not",
                "Only with a kernel that equals its own flip it is.",
            ),
            Self::KernelIsTransposed => (
                "kernel-is-transposed",
                "the kernel of the equivalent convolution is the transpose of the kernel",
                "The kernel is rotated by 180 degrees. What is transposed is the matrix of the layer.",
            ),
            Self::OtherOutputPaddingBound => (
                "output-padding-below-another-bound",
                "the output padding has to be below something else than the larger of stride and dilation",
                "PyTorch asks for an output padding below the larger of stride and dilation.",
            ),
            Self::OutputPaddingAppendsZeros => (
                "output-padding-appends-zeros",
                "the outputs that the output padding adds are 0",
                "Output padding spares cells at the end from being cut off; copies of the kernel may reach them.",
            ),
            Self::TransposedIsInverse => (
                "transposed-is-inverse",
                "a transposed convolution undoes the convolution",
                "It is the adjoint of the convolution: shapes return; values do only for special kernels.",
            ),
            Self::DivisibleKernelIsEven => (
                "divisible-kernel-has-no-checkerboard",
                "there is no checkerboard if the stride divides the kernel size",
                "The dilation counts as well: it must have no factor in common with the stride.",
            ),
            Self::AlwaysTheAdjoint => (
                "always-the-adjoint",
                "a transposed convolution is always the adjoint of the convolution with its parameters",
                "Where the output padding is not below the stride, that convolution does not lead back to its size.",
            ),
        };
        Said { name, rule, feedback }
    }
}
