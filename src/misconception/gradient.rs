//! Wrong rules for gradients.

use super::{Misconception, WrongRule as _, wrong_rules};
use crate::algebra::Ring;
use crate::geometry::{Layer, Operation};
use crate::roads::gradient::{Gradients, by_taps};
use crate::taps::Taps;
use crate::tensor::Tensor;

wrong_rules! {
    /// A wrong rule for the gradients of a layer.
    pub enum GradientMisconception {
        RotatedOnTheWayBack = "gradient-rotated":
            "on the way back the kernel has to be rotated by 180 degrees once more" =>
            "Here the kernel, or its gradient, is rotated by 180 degrees once more. The way back uses the very \
             products of the way there, so nothing is left to be turned.",
        UpstreamForgotten = "gradient-without-upstream": "the gradient is the derivative of the output" =>
            "Here G was left out, as if all of its entries were 1. The chain rule multiplies by the gradient of every \
             output.",
        PaddingIgnored = "gradient-padding-ignored": "padding does not change the gradients" =>
            "Here the padding was left out. It shifts every index, on the way back, too.",
        StrideIgnored = "gradient-stride-ignored": "the stride does not change the gradients" =>
            "Here the stride was taken as 1: on the way back, too, neighbouring cells of the small side lie s cells \
             apart on the big one.",
        DilationIgnored = "gradient-dilation-ignored": "the dilation does not change the gradients" =>
            "Here the dilation was taken as 1: the cells of the kernel lie d apart.",
    }
}

impl GradientMisconception {
    /// What is said to somebody who follows the rule for the gradient of a layer's input: where something is turned
    /// depends on the operation.
    #[must_use]
    pub(crate) fn feedback_about_input(self, operation: Operation) -> &'static str {
        match (self, operation) {
            (Self::RotatedOnTheWayBack, Operation::Convolution) => {
                "Here the kernel was rotated by 180 degrees before the transposed matrix was built of it. The \
                 transposed matrix turns the kernel by itself."
            }
            (Self::RotatedOnTheWayBack, Operation::Transposed) => {
                "Here the kernel was rotated by 180 degrees. The gradient of the input of a transposed convolution is \
                 a plain convolution: the kernel slides over G as it is, nothing is turned."
            }
            _ => self.feedback(),
        }
    }

    /// The same for the gradient of the kernel, in which no kernel appears that could be turned.
    #[must_use]
    pub(crate) fn feedback_about_weight(self) -> &'static str {
        match self {
            Self::RotatedOnTheWayBack => {
                "Here the gradient of the kernel is reversed, as if G or the result had to be rotated by 180 degrees. \
                 Every kernel cell collects the products x g of the places where it was used, and keeps its own place."
            }
            _ => self.feedback(),
        }
    }

    /// The gradients somebody computes who follows the rule; none where the rule says nothing about the layer.
    ///
    /// # Panics
    /// When a shape is not the layer's.
    #[must_use]
    pub fn gradients<T: Ring>(
        self,
        layer: &Layer,
        x: &Tensor<T>,
        w: &Tensor<T>,
        g: &Tensor<T>,
    ) -> Option<Gradients<T>> {
        let taps = Taps::of(layer.geometry()).ok()?;
        match self {
            Self::RotatedOnTheWayBack => {
                let right = by_taps(layer, &taps, x, &rotated(w), g);
                Some(Gradients { weight: rotated(&right.weight), ..right })
            }
            Self::UpstreamForgotten => Some(by_taps(layer, &taps, x, w, &g.map(|_| T::one()))),
            Self::PaddingIgnored => by_other_axes(layer, x, w, g, Misconception::PaddingIgnored),
            Self::StrideIgnored => by_other_axes(layer, x, w, g, Misconception::StrideIgnored),
            Self::DilationIgnored => by_other_axes(layer, x, w, g, Misconception::DilationIgnored),
        }
    }
}

/// Every kernel of a weight, rotated by 180 degrees.
fn rotated<T: Clone>(w: &Tensor<T>) -> Tensor<T> {
    let cells: usize = w.shape()[2..].iter().product();
    Tensor::from_fn(w.shape(), |flat| w.entries()[flat / cells * cells + cells - 1 - flat % cells].clone())
}

/// The gradients where cells meet as a wrong rule has it.
fn by_other_axes<T: Ring>(
    layer: &Layer,
    x: &Tensor<T>,
    w: &Tensor<T>,
    g: &Tensor<T>,
    rule: Misconception,
) -> Option<Gradients<T>> {
    Some(by_taps(layer, &rule.taps(layer)?, x, w, g))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Padding};
    use GradientMisconception as Wrong;

    #[test]
    fn each_wrong_rule_leads_to_its_own_gradients() {
        let axis = AxisSettings { stride: 2, padding: Padding::both(1), dilation: 2, ..AxisSettings::new(3, 2) };
        let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).expect("possible");
        let x = Tensor::new(vec![1, 3], vec![1_i64, 2, 3]);
        let w = Tensor::new(vec![1, 1, 2], vec![1, 10]);
        let g = Tensor::new(vec![1, 5], vec![1, 2, 3, 4, 5]);
        // Input i and kernel cell t meet in output 2 i + 2 t - 1: outputs -1, 1, 3 of cell 0 and 1, 3, 5 of cell 1.
        let right = by_taps(&layer, &Taps::of(layer.geometry()).expect("small"), &x, &w, &g);
        assert_eq!(
            (right.input.entries(), right.weight.entries()),
            (&[20, 42, 4][..], &[2 * 2 + 3 * 4, 2 + 2 * 4][..])
        );
        let wrong = |wrong: Wrong| {
            let found = wrong.gradients(&layer, &x, &w, &g).expect("it speaks");
            (found.input.into_entries(), found.weight.into_entries())
        };
        assert_eq!(wrong(Wrong::RotatedOnTheWayBack), (vec![2, 24, 40], vec![10, 16]));
        assert_eq!(wrong(Wrong::UpstreamForgotten), (vec![10, 11, 1], vec![5, 3]));
        // 2 i + 2 t
        assert_eq!(wrong(Wrong::PaddingIgnored), (vec![31, 53, 5], vec![1 + 6 + 15, 3 + 10]));
        // i + 2 t - 1
        assert_eq!(wrong(Wrong::StrideIgnored), (vec![20, 31, 42], vec![2 + 6, 2 + 6 + 12]));
        // 2 i + t - 1
        assert_eq!(wrong(Wrong::DilationIgnored), (vec![10, 32, 54], vec![4 + 12, 1 + 6 + 15]));
    }
}
