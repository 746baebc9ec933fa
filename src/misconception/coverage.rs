//! Wrong rules for which layers leave no checkerboard.

use super::wrong_rules;
use crate::geometry::{AxisSettings, greatest_common_divisor};

wrong_rules! {
    /// A wrong rule for when the coverage away from the borders is uniform.
    pub enum CoverageMisconception {
        AsLargeAsTheStride = "coverage-as-large-as-the-stride",
        JustTheStride = "coverage-just-the-stride",
        NeverDilated = "coverage-never-dilated",
        NoCommonFactor = "coverage-no-common-factor",
    }
}

impl CoverageMisconception {
    /// Whether somebody who follows the rule expects a uniform coverage.
    #[must_use]
    pub(crate) fn is_uniform(self, axis: &AxisSettings) -> bool {
        let AxisSettings { kernel, stride, dilation, .. } = *axis;
        match self {
            Self::AsLargeAsTheStride => kernel >= stride,
            Self::JustTheStride => kernel == stride,
            Self::NeverDilated => kernel.is_multiple_of(stride) && dilation == 1,
            Self::NoCommonFactor => greatest_common_divisor(kernel, stride) == 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::misconception::WrongRule as _;

    /// Right: those that 2 divides, as 3 and 2 have no common factor.
    #[test]
    fn each_rule_has_its_own_kernel_sizes() {
        let kernels = |wrong: CoverageMisconception, dilation: usize| -> Vec<usize> {
            let axis = |kernel: usize| AxisSettings { stride: 2, dilation, ..AxisSettings::new(4, kernel) };
            (1..=5).filter(|&kernel| wrong.is_uniform(&axis(kernel))).collect()
        };
        let found: Vec<_> = CoverageMisconception::all().map(|wrong| kernels(wrong, 3)).collect();
        assert_eq!(found, [vec![2, 3, 4, 5], vec![2], vec![], vec![1, 3, 5]]);
    }
}
