//! A layer as the call that makes it in PyTorch.

use super::{AxisSettings, Bias, Layer, Operation};

impl Layer {
    /// The call that makes the layer in PyTorch, such as `ConvTranspose2d(1, 1, 3, stride=2, bias=False)`; arguments
    /// with their default values are left out. None if the padding differs at the two ends, which PyTorch has not.
    #[must_use]
    pub fn pytorch_call(&self, bias: Bias) -> Option<String> {
        if self.settings().iter().any(|axis| axis.padding.begin != axis.padding.end) {
            return None;
        }
        let name = match self.operation() {
            Operation::Transposed => "ConvTranspose",
            Operation::Convolution => "Conv",
        };
        let value = |value: fn(&AxisSettings) -> usize| -> String {
            let values: Vec<usize> = self.settings().iter().map(value).collect();
            if values.iter().all(|other| *other == values[0]) {
                return values[0].to_string();
            }
            format!("({})", values.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
        };
        let mut call = format!(
            "{name}{}d({}, {}, {}",
            self.dimensions(),
            self.input_shape()[0],
            self.output_shape()[0],
            value(|axis| axis.kernel)
        );
        let groups = self.geometry().channels().groups().to_string();
        for (keyword, value, default) in [
            ("stride", value(|axis| axis.stride), "1"),
            ("padding", value(|axis| axis.padding.begin), "0"),
            ("output_padding", value(|axis| axis.output_padding), "0"),
            ("dilation", value(|axis| axis.dilation), "1"),
            ("groups", groups, "1"),
        ] {
            if value != default {
                call.push_str(&format!(", {keyword}={value}"));
            }
        }
        if bias == Bias::Absent {
            call.push_str(", bias=False");
        }
        call.push(')');
        Some(call)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ChannelSettings, Padding};
    use super::*;

    fn call(operation: Operation, axes: Vec<AxisSettings>, channels: ChannelSettings) -> Option<String> {
        Layer::new(operation, axes, channels).expect("possible").pytorch_call(Bias::Absent)
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
