//! A layer as the call that makes it in PyTorch.

use crate::geometry::{AxisSettings, Bias, Layer, Operation};
use std::fmt;

/// A call that makes a layer, argument by argument; a value may be a letter that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    module: String,
    arguments: Vec<String>,
}

impl Call {
    /// The call without its arguments, such as `ConvTranspose2d()`.
    #[must_use]
    pub fn of(operation: Operation, dimensions: usize) -> Self {
        let name = match operation {
            Operation::Transposed => "ConvTranspose",
            Operation::Convolution => "Conv",
        };
        Self { module: format!("{name}{dimensions}d"), arguments: Vec::new() }
    }

    /// With one more argument, told by its place.
    #[must_use]
    pub fn with(mut self, value: impl ToString) -> Self {
        self.arguments.push(value.to_string());
        self
    }

    /// With one more argument, told by its keyword.
    #[must_use]
    pub(crate) fn keyword(self, keyword: &str, value: impl fmt::Display) -> Self {
        self.with(format_args!("{keyword}={value}"))
    }

    /// The same, unless the value is the argument's default.
    #[must_use]
    pub(crate) fn keyword_unless<T: PartialEq + fmt::Display>(self, default: T, keyword: &str, value: T) -> Self {
        if value == default { self } else { self.keyword(keyword, value) }
    }

    /// The name of the layer, such as `ConvTranspose2d`.
    #[must_use]
    pub fn module(&self) -> &str {
        &self.module
    }

    /// What stands between the parentheses.
    #[must_use]
    pub fn arguments(&self) -> String {
        self.arguments.join(", ")
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.module, self.arguments())
    }
}

/// The call that makes the layer in PyTorch, such as `ConvTranspose2d(1, 1, 3, stride=2, bias=False)`; arguments with their
/// default values are left out. None if the padding differs at the two ends, which PyTorch has not.
#[must_use]
pub fn pytorch_call(layer: &Layer, bias: Bias) -> Option<Call> {
    if layer.settings().iter().any(|axis| axis.padding.begin != axis.padding.end) {
        return None;
    }
    let value = |value: fn(&AxisSettings) -> usize| -> String {
        let values: Vec<usize> = layer.settings().iter().map(value).collect();
        if values.iter().all(|other| *other == values[0]) {
            return values[0].to_string();
        }
        format!("({})", values.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
    };
    let one = || "1".to_owned();
    let zero = || "0".to_owned();
    let call = Call::of(layer.operation(), layer.dimensions())
        .with(layer.input_shape()[0])
        .with(layer.output_shape()[0])
        .with(value(|axis| axis.kernel))
        .keyword_unless(one(), "stride", value(|axis| axis.stride))
        .keyword_unless(zero(), "padding", value(|axis| axis.padding.begin))
        .keyword_unless(zero(), "output_padding", value(|axis| axis.output_padding))
        .keyword_unless(one(), "dilation", value(|axis| axis.dilation))
        .keyword_unless(1, "groups", layer.geometry().channels().groups());
    Some(if bias == Bias::Absent { call.keyword("bias", "False") } else { call })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{ChannelSettings, Padding};

    fn call(operation: Operation, axes: Vec<AxisSettings>, channels: ChannelSettings) -> Option<String> {
        let layer = Layer::new(operation, axes, channels).expect("possible");
        pytorch_call(&layer, Bias::Absent).map(|call| call.to_string())
    }

    #[test]
    fn defaults_are_left_out_and_axes_that_agree_share_a_number() {
        let axis = AxisSettings { stride: 2, padding: Padding::both(1), output_padding: 1, ..AxisSettings::new(3, 3) };
        let channels = ChannelSettings { input: 4, output: 2, groups: 2 };
        assert_eq!(
            call(Operation::Transposed, vec![axis; 2], channels).as_deref(),
            Some("ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False)")
        );
        let axes = vec![AxisSettings { dilation: 2, ..AxisSettings::new(5, 2) }, AxisSettings::new(5, 3)];
        assert_eq!(
            call(Operation::Convolution, axes, ChannelSettings::default()).as_deref(),
            Some("Conv2d(1, 1, (2, 3), dilation=(2, 1), bias=False)")
        );
    }

    #[test]
    fn padding_that_differs_at_the_ends_has_no_call() {
        let axis = AxisSettings { padding: Padding { begin: 0, end: 1 }, ..AxisSettings::new(5, 3) };
        assert_eq!(call(Operation::Convolution, vec![axis], ChannelSettings::default()), None);
    }
}
