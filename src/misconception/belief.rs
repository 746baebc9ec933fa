//! What somebody believes who is wrong about whether a statement holds.

use super::wrong_rules;

wrong_rules! {
    /// A wrong belief about layers.
    pub enum Belief {
        ShapesAlwaysReturn = "shapes-always-return":
            "a transposed convolution gives back the size that a convolution with its parameters has read" =>
            "The size of a convolution is rounded down; the output padding says which of several inputs is meant.",
        AlwaysUpsamples = "transposed-convolution-upsamples":
            "the output of a transposed convolution is larger than its input" =>
            "The padding is cut off, and may take away more than stride and kernel add.",
        AlwaysStrideManyInputs = "always-s-inputs":
            "s input sizes of a convolution with stride s share each output size" =>
            "Where the padding is wide, some of these sizes would be less than one cell.",
        OtherZerosAround = "wrong-zeros-around":
            "the zeros around the input of the equivalent convolution are as many as some other number says" =>
            "d(k − 1) − p zeros go before the zero-inserted input; after it, output padding adds o to them.",
        FlipMakesNoDifference = "flip-makes-no-difference":
            "the outcome is the same whether the kernel is flipped or not" =>
            "Only with a kernel that equals its own flip it is.",
        KernelIsTransposed = "kernel-is-transposed":
            "the kernel of the equivalent convolution is the transpose of the kernel" =>
            "The kernel is rotated by 180 degrees. What is transposed is the matrix of the layer.",
        OtherOutputPaddingBound = "output-padding-below-another-bound":
            "the output padding has to be below something else than the larger of stride and dilation" =>
            "PyTorch asks for an output padding below the larger of stride and dilation.",
        OutputPaddingAppendsZeros = "output-padding-appends-zeros": "the outputs that the output padding adds are 0" =>
            "Output padding spares cells at the end from being cut off; copies of the kernel may reach them.",
        TransposedIsInverse = "transposed-is-inverse": "a transposed convolution undoes the convolution" =>
            "It is the adjoint of the convolution: shapes return; values do only for special kernels.",
        DivisibleKernelIsEven = "divisible-kernel-has-no-checkerboard":
            "there is no checkerboard if the stride divides the kernel size" =>
            "The dilation counts as well: it must have no factor in common with the stride.",
        AlwaysTheAdjoint = "always-the-adjoint":
            "a transposed convolution is always the adjoint of the convolution with its parameters" =>
            "Where the output padding is not below the stride, that convolution does not lead back to its size.",
    }
}
