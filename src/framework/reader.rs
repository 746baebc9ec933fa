//! Layers as people paste them: `ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)`.

mod syntax;

use super::{CallError, Remedy};
use crate::geometry::{Bias, ChannelSettings, Operation, Padding, Window};
use crate::wording::excerpt;
use syntax::{Argument, Kind, Value};

/// The parameters of a convolution in PyTorch's order.
const CONV: &str = "in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, \
                    device, dtype";

/// The parameters of a transposed convolution in PyTorch's order, which is another one.
const CONV_TRANSPOSE: &str = "in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, bias, \
                              dilation, padding_mode, device, dtype";

/// A layer but for the size of its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerCall {
    /// Its name, such as `ConvTranspose2d`.
    pub name: &'static str,
    /// Which operation it is.
    pub operation: Operation,
    /// One per dimension.
    pub windows: Vec<Window>,
    /// Its channels and groups.
    pub channels: ChannelSettings,
    /// Whether it has a bias.
    pub bias: Bias,
    /// The size of the output, its last numbers those of the axes: an argument of the layer's call in PyTorch, accepted
    /// where the layer is made.
    pub output_size: Option<Vec<usize>>,
}

/// The layers that are known, with their dimensions.
const LAYERS: [(&str, Operation, usize); 6] = [
    ("Conv1d", Operation::Convolution, 1),
    ("Conv2d", Operation::Convolution, 2),
    ("Conv3d", Operation::Convolution, 3),
    ("ConvTranspose1d", Operation::Transposed, 1),
    ("ConvTranspose2d", Operation::Transposed, 2),
    ("ConvTranspose3d", Operation::Transposed, 3),
];

impl LayerCall {
    /// The layer that a pasted call makes.
    ///
    /// # Errors
    /// When it is no call of a layer that is known, or an argument cannot be honoured.
    pub fn parse(text: &str) -> Result<Self, CallError> {
        let call = syntax::parse(text)?;
        let (name, operation, dimensions) = known_layer(call.function)?;
        let arguments = Arguments::bind(name, operation, dimensions, call.arguments)?;
        arguments.check_what_cannot_be_honoured()?;
        let kernels = arguments.required_sizes("kernel_size")?;
        let strides = arguments.sizes("stride", 1)?;
        let dilations = arguments.sizes("dilation", 1)?;
        let output_paddings = arguments.sizes("output_padding", 0)?;
        let paddings = arguments.paddings(&kernels, &strides, &dilations)?;
        let windows = (0..dimensions).map(|axis| Window {
            kernel: kernels[axis],
            stride: strides[axis],
            padding: paddings[axis],
            dilation: dilations[axis],
            output_padding: output_paddings[axis],
        });
        Ok(Self {
            name,
            operation,
            windows: windows.collect(),
            channels: ChannelSettings {
                input: arguments.required_number("in_channels")?,
                output: arguments.required_number("out_channels")?,
                groups: arguments.number("groups", 1)?,
            },
            bias: arguments.bias()?,
            output_size: arguments.output_size()?,
        })
    }
}

fn known_layer(function: &str) -> Result<(&'static str, Operation, usize), CallError> {
    let (prefix, name) = function.rsplit_once('.').unwrap_or(("", function));
    let known = LAYERS.iter().find(|(layer, ..)| *layer == name);
    if let Some(&layer) = known.filter(|_| matches!(prefix, "" | "nn" | "torch.nn")) {
        return Ok(layer);
    }
    let remedy = match known.or_else(|| LAYERS.iter().find(|(layer, ..)| layer.eq_ignore_ascii_case(name))) {
        Some((layer, ..)) => format!("write {layer}, nn.{layer} or torch.nn.{layer}"),
        None if name.starts_with("conv") => {
            "a function says nothing of its kernel's size; write the layer, such as ConvTranspose2d(1, 1, 4, stride=2)"
                .into()
        }
        None => "these are known: Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d".into(),
    };
    Err(CallError::new(format!("the layer '{}' is unknown", excerpt(function)), remedy))
}

/// The arguments of a call by their parameters.
struct Arguments<'a> {
    layer: &'static str,
    dimensions: usize,
    bound: Vec<(&'static str, Value<'a>)>,
}

impl<'a> Arguments<'a> {
    fn bind(
        layer: &'static str,
        operation: Operation,
        dimensions: usize,
        arguments: Vec<Argument<'a>>,
    ) -> Result<Self, CallError> {
        let listed = match operation {
            Operation::Convolution => CONV,
            Operation::Transposed => CONV_TRANSPOSE,
        };
        let parameters: Vec<&'static str> = listed.split(", ").collect();
        let mut bound: Vec<(&'static str, Value<'a>)> = Vec::new();
        let mut last_keyword = None;
        for (place, Argument { keyword, value }) in arguments.into_iter().enumerate() {
            let shown = excerpt(value.text);
            let parameter = match (keyword, last_keyword) {
                (None, Some(keyword)) => {
                    return Err(CallError::new(
                        format!("the argument {shown} stands after {keyword}= and has no keyword"),
                        "give it its keyword, or put it before the others",
                    ));
                }
                (None, None) => *parameters.get(place).ok_or_else(|| {
                    let most = parameters.len();
                    let problem = format!("the argument {shown} is number {}, {layer} has {most}", place + 1);
                    CallError::new(problem, format!("its parameters are {listed}"))
                })?,
                (Some(keyword), _) => {
                    let parameter = parameter_called(keyword, layer, operation, &parameters)?;
                    last_keyword = Some(parameter);
                    parameter
                }
            };
            if let Some((_, before)) = bound.iter().find(|(name, _)| *name == parameter) {
                let problem = format!("{parameter} is given twice, as {} and as {shown}", excerpt(before.text));
                return Err(CallError::new(problem, "leave one of them out"));
            }
            bound.push((parameter, value));
        }
        Ok(Self { layer, dimensions, bound })
    }

    fn get(&self, parameter: &str) -> Option<&Value<'a>> {
        self.bound.iter().find(|(name, _)| *name == parameter).map(|(_, value)| value)
    }

    fn required(&self, parameter: &str) -> Result<&Value<'a>, CallError> {
        self.get(parameter).ok_or_else(|| {
            let layer = self.layer;
            CallError::new(
                format!("{layer} lacks {parameter}"),
                format!("give in_channels, out_channels and kernel_size, such as {layer}(1, 1, 4)"),
            )
        })
    }

    fn number(&self, parameter: &str, default: usize) -> Result<usize, CallError> {
        self.get(parameter).map_or(Ok(default), |value| whole(parameter, value, value))
    }

    fn required_number(&self, parameter: &str) -> Result<usize, CallError> {
        let value = self.required(parameter)?;
        whole(parameter, value, value)
    }

    fn sizes(&self, parameter: &str, default: usize) -> Result<Vec<usize>, CallError> {
        match self.get(parameter) {
            None => Ok(vec![default; self.dimensions]),
            Some(value) => self.spread(parameter, value),
        }
    }

    fn required_sizes(&self, parameter: &str) -> Result<Vec<usize>, CallError> {
        self.spread(parameter, self.required(parameter)?)
    }

    /// One number for every axis, or one for each.
    fn spread(&self, parameter: &str, value: &Value<'a>) -> Result<Vec<usize>, CallError> {
        let Kind::Sequence(values) = &value.kind else {
            return Ok(vec![whole(parameter, value, value)?; self.dimensions]);
        };
        let sizes = values.iter().map(|one| whole(parameter, value, one)).collect::<Result<Vec<_>, _>>()?;
        if sizes.len() != self.dimensions {
            let remedy = match self.dimensions {
                1 => "give one number".into(),
                dimensions => format!("give one number for all axes, or {dimensions}"),
            };
            let (count, layer, dimensions) = (sizes.len(), self.layer, self.dimensions);
            return Err(bad(
                parameter,
                value,
                format!("{layer} has {dimensions} dimensions, these are {count} numbers"),
                remedy,
            ));
        }
        Ok(sizes)
    }

    /// The padding of every axis; `'same'` is PyTorch's: as much as the kernel takes away, the odd cell at the end.
    fn paddings(&self, kernels: &[usize], strides: &[usize], dilations: &[usize]) -> Result<Vec<Padding>, CallError> {
        let Some((value, name)) = self.get("padding").and_then(|value| Some((value, value.name()?))) else {
            return Ok(self.sizes("padding", 0)?.into_iter().map(Padding::both).collect());
        };
        let transposed = self.layer.starts_with("ConvTranspose");
        match name {
            "same" | "valid" if transposed => Err(bad(
                "padding",
                value,
                format!("{} knows numbers only", self.layer),
                "write the number of cells that are cut at each end",
            )),
            "valid" => Ok(vec![Padding::both(0); self.dimensions]),
            "same" => {
                if let Some(axis) = strides.iter().position(|&stride| stride > 1) {
                    let problem = format!("it needs stride 1, and the stride is {} (axis {axis})", strides[axis]);
                    return Err(bad("padding", value, problem, "write the padding as a number"));
                }
                let same = |(&kernel, &dilation): (&usize, &usize)| {
                    let total = dilation.checked_mul(kernel.saturating_sub(1)).ok_or_else(|| {
                        let problem = format!("{dilation}*({kernel}-1) cells are more than can be padded");
                        bad("padding", value, problem, "use a smaller kernel or less dilation")
                    })?;
                    Ok(Padding { begin: total / 2, end: total - total / 2 })
                };
                kernels.iter().zip(dilations).map(same).collect()
            }
            // Says what is wrong with it as a number.
            _ => self.spread("padding", value).map(|widths| widths.into_iter().map(Padding::both).collect()),
        }
    }

    fn bias(&self) -> Result<Bias, CallError> {
        let Some(value) = self.get("bias") else { return Ok(Bias::Present) };
        match value.kind {
            Kind::Word("True") => Ok(Bias::Present),
            Kind::Word("False") => Ok(Bias::Absent),
            _ => Err(bad("bias", value, "it is neither True nor False", Remedy::BiasApart)),
        }
    }

    fn output_size(&self) -> Result<Option<Vec<usize>>, CallError> {
        let Some(value) = self.get("output_size") else { return Ok(None) };
        let Kind::Sequence(values) = &value.kind else {
            let example = vec!["8"; self.dimensions.max(2)].join(", ");
            return Err(bad(
                "output_size",
                value,
                "it is no tuple of sizes",
                format!("write it as output_size=({example})"),
            ));
        };
        let sizes = values.iter().map(|one| whole("output_size", value, one)).collect::<Result<_, _>>()?;
        Ok(Some(sizes))
    }

    fn check_what_cannot_be_honoured(&self) -> Result<(), CallError> {
        if let Some(value) = self.get("padding_mode")
            && value.name() != Some("zeros")
        {
            return Err(bad(
                "padding_mode",
                value,
                "only zeros are padded with",
                "use padding_mode='zeros', or leave it out",
            ));
        }
        for (parameter, reason) in
            [("device", "nothing runs on a device here"), ("dtype", "numbers are exact here, so none can be honoured")]
        {
            if let Some(value) = self.get(parameter)
                && value.kind != Kind::Word("None")
            {
                return Err(bad(parameter, value, reason, "leave it out"));
            }
        }
        Ok(())
    }
}

impl Value<'_> {
    /// The name it spells, in quotes or (as PyTorch prints it) without.
    fn name(&self) -> Option<&str> {
        match self.kind {
            Kind::Text(name) | Kind::Word(name) => Some(name),
            _ => None,
        }
    }
}

fn parameter_called(
    keyword: &str,
    layer: &str,
    operation: Operation,
    parameters: &[&'static str],
) -> Result<&'static str, CallError> {
    if let Some(parameter) = parameters.iter().find(|parameter| **parameter == keyword) {
        return Ok(parameter);
    }
    let remedy = match (keyword, operation) {
        ("output_size", Operation::Transposed) => return Ok("output_size"),
        ("output_size" | "output_padding", Operation::Convolution) => {
            "only a transposed convolution can choose among sizes; leave it out".into()
        }
        _ => format!("leave it out; {layer} has {}", parameters.join(", ")),
    };
    Err(CallError::new(format!("{layer} has no argument '{}'", excerpt(keyword)), remedy))
}

/// The error for an argument with a value that cannot be.
fn bad(parameter: &str, value: &Value<'_>, problem: impl std::fmt::Display, remedy: impl Into<Remedy>) -> CallError {
    CallError::new(format!("{parameter}={}: {problem}", excerpt(value.text)), remedy)
}

/// A whole number from 0; `one` is the value itself or one of its parts.
fn whole(parameter: &str, value: &Value<'_>, one: &Value<'_>) -> Result<usize, CallError> {
    let shown = excerpt(one.text);
    let (problem, remedy) = match &one.kind {
        // One bit is kept free so that differences of sizes fit as well.
        Kind::Integer(number) => match i64::try_from(*number) {
            Ok(number) if number >= 0 => return Ok(number as usize),
            Ok(_) => (format!("{shown} is negative"), "give 0 or more"),
            Err(_) if *number < 0 => (format!("{shown} is negative"), "give 0 or more"),
            Err(_) => (format!("{shown} is too large"), "the largest number is 2^63 - 1"),
        },
        Kind::Float => (format!("{shown} is not a whole number"), "write it without a point"),
        Kind::Text(_) => (format!("{shown} is a text"), "write a whole number"),
        Kind::Word("True" | "False") => (format!("{shown} is a truth value"), "write a whole number"),
        Kind::Word("None") => ("None is no number".into(), "write a whole number, or leave the argument out"),
        Kind::Sequence(_) => ("it is one number, not several".into(), "write one whole number"),
        Kind::Word(_) | Kind::Expression => {
            (format!("the value of '{shown}' is not known here"), "write the number itself")
        }
    };
    Err(bad(parameter, value, problem, remedy))
}

#[cfg(test)]
mod tests;
