//! From the typed layer to a checked one.

use super::args::LayerArgs;
use super::error::CliError;
use super::values::{PaddingWidth, PerAxis, Size};
use crate::geometry::{AxisSettings, ChannelSettings, Layer, Operation};
use crate::taps::Taps;

/// The layer that the flags describe.
pub(super) fn parse(args: &LayerArgs) -> Result<Layer, CliError> {
    let (Some(input), Some(kernel)) = (&args.input, &args.kernel_size) else {
        unreachable!("clap requires both where no subcommand is given")
    };
    let dimensions = input.0.len();
    if dimensions > 3 {
        return Err(CliError::usage(
            format!("--in has {dimensions} sizes, a layer has 1, 2 or 3 dimensions"),
            "give one, two or three sizes, such as 5, 4x4 or 2x2x2",
        ));
    }
    let sizes = |flag: &str, values: &PerAxis<Size>| spread(flag, values, dimensions);
    let (inputs, kernels) = (sizes("--in", input)?, sizes("--kernel-size", kernel)?);
    let (strides, dilations) = (sizes("--stride", &args.stride)?, sizes("--dilation", &args.dilation)?);
    let output_paddings = sizes("--output-padding", &args.output_padding)?;
    let paddings: Vec<PaddingWidth> = spread("--padding", &args.padding, dimensions)?;
    let settings = (0..dimensions).map(|axis| AxisSettings {
        input: inputs[axis].0,
        kernel: kernels[axis].0,
        stride: strides[axis].0,
        padding: paddings[axis].0,
        dilation: dilations[axis].0,
        output_padding: output_paddings[axis].0,
    });
    let operation = if args.conv { Operation::Convolution } else { Operation::Transposed };
    let channels = ChannelSettings { input: args.in_channels.0, output: args.out_channels.0, groups: args.groups.0 };
    Ok(Layer::new(operation, settings.collect(), channels)?)
}

/// The taps of the layer, if they can be listed.
pub(super) fn taps(layer: &Layer) -> Result<Taps, CliError> {
    /// The most inputs, outputs, weights or taps a command works on.
    const LISTED: u32 = 1 << 22;
    Taps::within(layer.geometry(), LISTED).map_err(|error| CliError::too_large(&error, layer))
}

fn spread<T: Copy>(flag: &str, values: &PerAxis<T>, dimensions: usize) -> Result<Vec<T>, CliError> {
    values.spread(dimensions).ok_or_else(|| {
        let remedy = match dimensions {
            1 => "give one".to_owned(),
            _ => format!("give one for all axes, or {dimensions}"),
        };
        CliError::usage(
            format!(
                "{flag} has {} values, but --in has {dimensions} size{}",
                values.0.len(),
                if dimensions == 1 { "" } else { "s" }
            ),
            remedy,
        )
    })
}
