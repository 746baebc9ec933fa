//! Why a configuration is impossible, with the numbers and the way out.

use super::Layer;
use std::fmt::Display;

/// A parameter of a layer, so that a message can name the flag or argument it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// Spatial size of the input.
    Input,
    /// Kernel size.
    Kernel,
    /// Stride.
    Stride,
    /// Padding.
    Padding,
    /// Dilation.
    Dilation,
    /// Output padding.
    OutputPadding,
    /// Channels of the input.
    InChannels,
    /// Channels of the output.
    OutChannels,
    /// Groups.
    Groups,
}

impl Parameter {
    /// PyTorch's name of the parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input size",
            Self::Kernel => "kernel_size",
            Self::Stride => "stride",
            Self::Padding => "padding",
            Self::Dilation => "dilation",
            Self::OutputPadding => "output_padding",
            Self::InChannels => "in_channels",
            Self::OutChannels => "out_channels",
            Self::Groups => "groups",
        }
    }
}

/// The rules a configuration can break, in the order in which they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// One to three spatial dimensions.
    Dimensions,
    /// Sizes, strides, dilations, channels and groups are at least 1.
    AtLeastOne,
    /// Groups divide both channel counts.
    GroupsDivide,
    /// A convolution has no output padding.
    NoOutputPadding,
    /// Output padding is smaller than the larger of stride and dilation.
    OutputPaddingBound,
    /// The dilated kernel fits into the padded input.
    KernelFits,
    /// The output has at least one cell.
    OutputSize,
    /// Sizes and positions stay below [`Layer::SIZE_LIMIT`](super::Layer::SIZE_LIMIT), counts of channels fit together.
    IndexFits,
}

impl Rule {
    /// Every rule, in the order in which they are checked.
    pub const ALL: [Self; 8] = [
        Self::Dimensions,
        Self::AtLeastOne,
        Self::GroupsDivide,
        Self::NoOutputPadding,
        Self::OutputPaddingBound,
        Self::KernelFits,
        Self::OutputSize,
        Self::IndexFits,
    ];

    /// What a configuration that breaks the rule has done, for a list of reasons.
    #[must_use]
    pub fn broken(self) -> &'static str {
        match self {
            Self::Dimensions => "not 1, 2 or 3 spatial dimensions",
            Self::AtLeastOne => "a size, stride, dilation, channel count or group count of 0",
            Self::GroupsDivide => "groups do not divide both channel counts",
            Self::NoOutputPadding => "output padding of a plain convolution",
            Self::OutputPaddingBound => "output padding not smaller than the larger of stride and dilation",
            Self::KernelFits => "the dilated kernel is longer than the padded input",
            Self::OutputSize => "an output size less than 1",
            Self::IndexFits => "a size or position that is too large to calculate with",
        }
    }
}

/// An impossible configuration: which parameter, its value, what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}; {remedy}", self.problem_with(format_args!("{} {value}", parameter.name())))]
pub struct GeometryError {
    rule: Rule,
    parameter: Parameter,
    value: String,
    axis: Option<usize>,
    problem: String,
    remedy: String,
}

impl GeometryError {
    pub(crate) fn new(
        rule: Rule,
        parameter: Parameter,
        value: impl ToString,
        axis: Option<usize>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { rule, parameter, value: value.to_string(), axis, problem: problem.into(), remedy: remedy.into() }
    }

    pub(crate) fn zero(parameter: Parameter, axis: Option<usize>) -> Self {
        let remedy = match parameter {
            Parameter::Dilation => "dilation 1 is the ordinary, undilated kernel",
            Parameter::Stride => "stride 1 moves the kernel one cell at a time",
            Parameter::Groups => "1 group connects every channel with every other",
            _ => "give 1 or more",
        };
        Self::new(Rule::AtLeastOne, parameter, 0, axis, "it must be at least 1", remedy)
    }

    pub(crate) fn overflow(parameter: Parameter, value: usize, axis: Option<usize>) -> Self {
        Self::new(
            Rule::IndexFits,
            parameter,
            value,
            axis,
            "an index of this layer does not fit into 63 bits",
            "use smaller numbers; nothing of this size can be written out",
        )
    }

    /// A length that reaches [`Layer::SIZE_LIMIT`](super::Layer::SIZE_LIMIT); `length` says which one.
    pub(super) fn too_long(parameter: Parameter, value: usize, axis: usize, length: &str) -> Self {
        Self::new(
            Rule::IndexFits,
            parameter,
            value,
            Some(axis),
            format!("{length} must be less than 2^{} = {}", Layer::SIZE_LIMIT.ilog2(), Layer::SIZE_LIMIT),
            "use smaller numbers; nothing of this size can be written out",
        )
    }

    pub(crate) fn dimensions(count: usize) -> Self {
        Self::new(
            Rule::Dimensions,
            Parameter::Input,
            count,
            None,
            format!("a layer has 1, 2 or 3 spatial dimensions, not {count}"),
            "give one, two or three sizes, such as 5, 4x4 or 2x2x2",
        )
    }

    pub(crate) fn groups(groups: usize, input: usize, output: usize) -> Self {
        Self::new(
            Rule::GroupsDivide,
            Parameter::Groups,
            groups,
            None,
            format!("groups must divide both channel counts, {input} and {output}"),
            match greatest_common_divisor(input, output) {
                1 => "only 1 divides both".to_owned(),
                divisor => format!("use a divisor of {divisor}, their greatest common divisor"),
            },
        )
    }

    /// The rule that is broken.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The parameter at fault.
    #[must_use]
    pub fn parameter(&self) -> Parameter {
        self.parameter
    }

    /// Its value, as text.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The spatial axis it concerns, counted from 0, if it concerns one.
    #[must_use]
    pub fn axis(&self) -> Option<usize> {
        self.axis
    }

    /// What is wrong, with the numbers.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The same said of the parameter as somebody else names it, with its value and its axis: `stride=0 (axis 1): it
    /// must be at least 1`.
    #[must_use]
    pub fn problem_with(&self, parameter: impl Display) -> String {
        let place = self.axis.map_or(String::new(), |axis| format!(" (axis {axis})"));
        format!("{parameter}{place}: {}", self.problem)
    }

    /// The way out.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

/// The greatest common divisor; 0 only of 0 and 0.
#[must_use]
pub fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
