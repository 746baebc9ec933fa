//! Wrong ways to read off a matrix which call in PyTorch makes its layer.

use super::{Misconception, wrong_rules};
use crate::geometry::{AxisSettings, Layer, Operation, Padding};

wrong_rules! {
    /// A wrong rule for which call has a matrix; some [rules for the output](Misconception::call) are others.
    pub enum CallMisconception {
        OutputPaddingForgotten = "output-padding-forgotten": "output padding does not change the matrix" =>
            "Without output padding the matrix ends earlier.",
        DilationForStride = "dilation-for-stride":
            "the stride sets the cells of the kernel apart, the dilation its copies" =>
            "The dilation sets the cells of the kernel apart, the stride its copies.",
        PaddingOneMore = "padding-one-more": "the padding is one more than the cells that lie before the edge" =>
            "One more cell of padding shifts everything by one cell.",
        StrideOneMore = "stride-one-more": "the stride is one more than the cells by which the kernel moves on" =>
            "The copies of the kernel would lie one cell further apart.",
        OutputPaddingForPadding = "output-padding-for-padding":
            "output padding acts at both ends, padding at the end only" =>
            "Output padding adds rows at the end only; padding acts at both ends.",
        DilationOneMore = "dilation-one-more":
            "the dilation is one more than the distance of neighbouring kernel cells" =>
            "The cells of the kernel would lie further apart.",
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
    /// The layer that somebody calls for who follows the rule and sees a layer's matrix, and what is said about it; none
    /// where the rule is not about calls, or there is no such layer.
    #[must_use]
    pub fn call(self, layer: &Layer) -> Option<(Layer, &'static str)> {
        let operation = layer.operation();
        let same = |change: fn(&mut AxisSettings)| with_axes(layer, operation, change);
        let (called, feedback) = match (self, operation) {
            (Self::OtherOperation, _) => (
                with_axes(layer, operation.adjoint(), |axis| axis.output_padding = 0),
                match operation {
                    Operation::Transposed => {
                        "This is the convolution: its matrix has a row for each output, with the kernel in it as it is."
                    }
                    Operation::Convolution => {
                        "This is the transposed convolution: its matrix has the kernel in its columns."
                    }
                },
            ),
            (Self::StrideIgnored, _) => (
                same(|axis| (axis.stride, axis.output_padding) = (1, 0)),
                "With stride 1 the copies of the kernel lie one cell apart.",
            ),
            (Self::PaddingIgnored, _) => (
                same(|axis| axis.padding = Padding::default()),
                "Without padding nothing is cut off the kernel's copies.",
            ),
            (Self::DilationIgnored, _) => (
                same(|axis| (axis.dilation, axis.output_padding) = (1, axis.output_padding.min(axis.stride - 1))),
                "Without dilation the cells of the kernel are neighbours.",
            ),
            _ => return None,
        };
        Some((called?, feedback))
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
        let output: Vec<_> =
            Misconception::all().filter_map(|wrong| call(wrong.call(&layer).map(|(layer, _)| layer))).collect();
        let expected = [
            "ConvTranspose1d(1, 1, 3, stride=3, output_padding=2, dilation=2)",
            "ConvTranspose1d(1, 1, 3, padding=1, dilation=2)",
            "ConvTranspose1d(1, 1, 3, stride=3, padding=1, output_padding=2)",
            "Conv1d(1, 1, 3, stride=3, padding=1, dilation=2)",
        ];
        assert_eq!(output, expected, "padding, stride, dilation, operation");
    }
}
