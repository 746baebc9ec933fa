//! Wrong ways to count the parameters of a layer.

use super::wrong_rules;
use crate::geometry::{Bias, ChannelSettings, Layer};

wrong_rules! {
    /// A wrong rule for how many parameters a layer has.
    pub enum ParameterMisconception {
        BiasNotLeftOut = "bias-not-left-out",
        BiasOfTheInput = "bias-of-the-input",
        GroupsIgnored = "groups-ignored",
        GroupsDivideTwice = "groups-divide-twice",
        OneKernelForAllInputs = "one-kernel-for-all-inputs",
        BiasForEveryPair = "bias-for-every-pair",
        KernelOfOneAxis = "kernel-of-one-axis",
    }
}

impl ParameterMisconception {
    /// How many parameters somebody counts who follows the rule; none where it says nothing about the layer.
    #[must_use]
    pub fn count(self, layer: &Layer, bias: Bias) -> Option<i64> {
        let ChannelSettings { input, output, groups } = layer.channel_settings();
        let (input, output, groups) = (input as i64, output as i64, groups as i64);
        let lengths = || layer.settings().iter().map(|axis| axis.kernel as i64);
        let (cells, has_bias) = (lengths().product::<i64>(), i64::from(bias == Bias::Present));
        let (pairs, biases) = (input * output / groups, has_bias * output);
        match self {
            Self::BiasNotLeftOut => (bias == Bias::Absent).then_some(pairs * cells + output),
            Self::BiasOfTheInput => Some(pairs * cells + has_bias * input),
            Self::GroupsIgnored => Some(input * output * cells + biases),
            Self::GroupsDivideTwice => Some(pairs / groups * cells + biases),
            Self::OneKernelForAllInputs => Some(output * cells + biases),
            Self::BiasForEveryPair => Some(pairs * (cells + has_bias)),
            Self::KernelOfOneAxis => (layer.dimensions() > 1).then(|| pairs * lengths().next().unwrap_or(1) + biases),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, Operation};
    use crate::misconception::WrongRule as _;

    /// Right: 4 * 6 / 2 * 9 + 6 = 114.
    #[test]
    fn each_rule_has_its_own_count() {
        let channels = ChannelSettings { input: 4, output: 6, groups: 2 };
        let layer = Layer::new(Operation::Convolution, vec![AxisSettings::new(5, 3); 2], channels).expect("possible");
        let counts =
            |bias: Bias| -> Vec<_> { ParameterMisconception::all().map(|wrong| wrong.count(&layer, bias)).collect() };
        let expected = [None, Some(112), Some(222), Some(60), Some(60), Some(120), Some(42)];
        assert_eq!(counts(Bias::Present), expected);
        let expected = [Some(114), Some(108), Some(216), Some(54), Some(54), Some(108), Some(36)];
        assert_eq!(counts(Bias::Absent), expected);
    }
}
