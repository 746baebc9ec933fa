//! Wrong ways to read the parameters of a convolution off its matrix.

use super::wrong_rules;

/// What is read off a matrix: the parameters of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MatrixReading {
    /// Kernel size.
    pub kernel: usize,
    /// Stride.
    pub stride: usize,
    /// Dilation.
    pub dilation: usize,
    /// Padding at either end.
    pub padding: usize,
}

wrong_rules! {
    /// A wrong way to read a matrix.
    pub enum ReadingMisconception {
        GapsCounted = "reading-gaps-counted",
        CutKernelRead = "reading-cut-kernel",
        StepCountedAsZeros = "reading-step-as-zeros",
        KernelForStride = "reading-kernel-for-stride",
        StrideForDilation = "reading-stride-for-dilation",
        PaddingOverlooked = "reading-padding-overlooked",
    }
}

impl ReadingMisconception {
    /// What somebody reads who follows the rule, from the matrix of a convolution whose input has a length; none where
    /// that is no layer.
    #[must_use]
    pub fn read(self, right: MatrixReading, length: usize) -> Option<MatrixReading> {
        let MatrixReading { kernel, stride, dilation, padding } = right;
        let wrong = match self {
            Self::GapsCounted => {
                let covered = dilation.checked_mul(kernel.checked_sub(1)?)?.checked_add(1)?;
                MatrixReading { kernel: covered, dilation: 1, ..right }
            }
            Self::CutKernelRead => {
                // Cells of the kernel that lie before a place of the padded input.
                let before = |place: u128| place.div_ceil(dilation.max(1) as u128).min(kernel as u128);
                let shown = before(padding as u128 + length as u128) - before(padding as u128);
                MatrixReading { kernel: usize::try_from(shown).ok()?, ..right }
            }
            Self::StepCountedAsZeros => MatrixReading { stride: stride.checked_sub(1)?, ..right },
            Self::KernelForStride => MatrixReading { kernel: stride, stride: kernel, ..right },
            Self::StrideForDilation => MatrixReading { stride: dilation, dilation: stride, ..right },
            Self::PaddingOverlooked => MatrixReading { padding: 0, ..right },
        };
        (wrong.kernel > 0 && wrong.stride > 0).then_some(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::misconception::WrongRule as _;
    use ReadingMisconception as Wrong;

    #[test]
    fn each_wrong_way_reads_its_own_parameters() {
        let right = MatrixReading { kernel: 3, stride: 4, dilation: 2, padding: 1 };
        let read = |wrong: Wrong| {
            wrong.read(right, 9).map(|found| (found.kernel, found.stride, found.dilation, found.padding))
        };
        let expected = [(5, 4, 1, 1), (2, 4, 2, 1), (3, 3, 2, 1), (4, 3, 2, 1), (3, 2, 4, 1), (3, 4, 2, 0)];
        for (wrong, expected) in Wrong::all().zip(expected) {
            assert_eq!(read(wrong), Some(expected), "{wrong:?}");
        }
    }

    #[test]
    fn a_stride_of_zero_is_not_read() {
        let right = MatrixReading { kernel: 3, stride: 1, dilation: 1, padding: 0 };
        assert_eq!(Wrong::StepCountedAsZeros.read(right, 5), None);
    }
}
