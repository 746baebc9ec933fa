//! Wrong rules for gradients.

use super::{Misconception, wrong_rules};
use crate::algebra::Ring;
use crate::geometry::Layer;
use crate::roads::gradient::{Gradients, by_taps};
use crate::taps::Taps;
use crate::tensor::Tensor;

wrong_rules! {
    /// A wrong rule for the gradients of a layer.
    pub enum GradientMisconception {
        RotatedOnTheWayBack = "gradient-rotated",
        UpstreamForgotten = "gradient-without-upstream",
        PaddingIgnored = "gradient-padding-ignored",
        StrideIgnored = "gradient-stride-ignored",
        DilationIgnored = "gradient-dilation-ignored",
    }
}

impl GradientMisconception {
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
    use crate::geometry::Operation;
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
