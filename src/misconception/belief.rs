//! What somebody believes who is wrong about whether a statement holds.

use super::wrong_rules;

wrong_rules! {
    /// A wrong belief about layers.
    pub enum Belief {
        ShapesAlwaysReturn = "shapes-always-return",
        AlwaysUpsamples = "transposed-convolution-upsamples",
        AlwaysStrideManyInputs = "always-s-inputs",
        OtherZerosAround = "wrong-zeros-around",
        FlipMakesNoDifference = "flip-makes-no-difference",
        KernelIsTransposed = "kernel-is-transposed",
        OtherOutputPaddingBound = "output-padding-below-another-bound",
        OutputPaddingAppendsZeros = "output-padding-appends-zeros",
        TransposedIsInverse = "transposed-is-inverse",
        DivisibleKernelIsEven = "divisible-kernel-has-no-checkerboard",
        AlwaysTheAdjoint = "always-the-adjoint",
    }
}
