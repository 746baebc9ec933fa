//! Wrong ways to read off a matrix which call in PyTorch makes its layer.

use super::{Misconception, wrong_rules};
use crate::geometry::{AxisSettings, Layer, Operation, Padding};

wrong_rules! {
    /// A wrong rule for which call has a matrix; some [rules for the output](Misconception::call) are others.
    pub enum CallMisconception {
        OutputPaddingForgotten = "output-padding-forgotten",
        DilationForStride = "dilation-for-stride",
        PaddingOneMore = "padding-one-more",
        StrideOneMore = "stride-one-more",
        OutputPaddingForPadding = "output-padding-for-padding",
        DilationOneMore = "dilation-one-more",
    }
}

impl CallMisconception {
    /// The layer that somebody calls for who follows the rule; none where there is no such layer.
    #[must_use]
    pub fn call(self, layer: &Layer) -> Option<Layer> {
        let is_transposed = layer.operation() == Operation::Transposed;
        with_axes(layer, layer.operation(), |axis| match self {
            Self::OutputPaddingForgotten => axis.output_padding = 0,
            Self::DilationForStride => (axis.stride, axis.dilation) = (axis.dilation, axis.stride),
            Self::PaddingOneMore => axis.padding = Padding::both(axis.padding.begin + 1),
            Self::StrideOneMore => axis.stride += 1,
            Self::OutputPaddingForPadding if is_transposed => {
                let most = axis.stride.max(axis.dilation) - 1;
                (axis.padding, axis.output_padding) =
                    (Padding::both(axis.output_padding), axis.padding.begin.min(most));
            }
            Self::OutputPaddingForPadding => {}
            Self::DilationOneMore => axis.dilation += 1,
        })
    }
}

impl Misconception {
    /// The layer that somebody calls for who follows the rule and sees a layer's matrix; none where the rule is not about
    /// calls, or there is no such layer.
    #[must_use]
    pub fn call(self, layer: &Layer) -> Option<Layer> {
        let operation = layer.operation();
        let same = |change: fn(&mut AxisSettings)| with_axes(layer, operation, change);
        match self {
            Self::OtherOperation => with_axes(layer, operation.adjoint(), |axis| axis.output_padding = 0),
            Self::StrideIgnored => same(|axis| (axis.stride, axis.output_padding) = (1, 0)),
            Self::PaddingIgnored => same(|axis| axis.padding = Padding::default()),
            Self::DilationIgnored => {
                same(|axis| (axis.dilation, axis.output_padding) = (1, axis.output_padding.min(axis.stride - 1)))
            }
            _ => None,
        }
    }
}

/// A layer with every axis changed.
fn with_axes(layer: &Layer, operation: Operation, change: impl Fn(&mut AxisSettings)) -> Option<Layer> {
    let mut axes = layer.settings().to_vec();
    axes.iter_mut().for_each(change);
    Layer::new(operation, axes, layer.channel_settings()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::pytorch_call;
    use crate::geometry::{Bias, ChannelSettings};
    use crate::misconception::WrongRule as _;

    #[test]
    fn each_wrong_rule_makes_its_own_call() {
        let axis = AxisSettings {
            stride: 3,
            padding: Padding::both(1),
            dilation: 2,
            output_padding: 2,
            ..AxisSettings::new(4, 3)
        };
        let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).expect("possible");
        let call = |layer: Option<Layer>| {
            layer.and_then(|layer| pytorch_call(&layer, Bias::Present).map(|call| call.to_string()))
        };
        let calls: Vec<_> = CallMisconception::all().map(|wrong| call(wrong.call(&layer))).collect();
        let expected = [
            "ConvTranspose1d(1, 1, 3, stride=3, padding=1, dilation=2)",
            "ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=2, dilation=3)",
            "ConvTranspose1d(1, 1, 3, stride=3, padding=2, output_padding=2, dilation=2)",
            "ConvTranspose1d(1, 1, 3, stride=4, padding=1, output_padding=2, dilation=2)",
            "ConvTranspose1d(1, 1, 3, stride=3, padding=2, output_padding=1, dilation=2)",
            "ConvTranspose1d(1, 1, 3, stride=3, padding=1, output_padding=2, dilation=3)",
        ];
        assert_eq!(calls, expected.map(|call| Some(call.to_owned())));
        let output: Vec<_> = Misconception::all().filter_map(|wrong| call(wrong.call(&layer))).collect();
        let expected = [
            "ConvTranspose1d(1, 1, 3, stride=3, output_padding=2, dilation=2)",
            "ConvTranspose1d(1, 1, 3, padding=1, dilation=2)",
            "ConvTranspose1d(1, 1, 3, stride=3, padding=1, output_padding=2)",
            "Conv1d(1, 1, 3, stride=3, padding=1, dilation=2)",
        ];
        assert_eq!(output, expected, "padding, stride, dilation, operation");
    }
}
