//! The layer and its numbers, as every command but `verify`, `worksheet` and `eval` takes them.

use crate::cli::values::{PaddingWidth, PerAxis, Size};
use clap::Args;

/// What a command is about.
#[derive(Args, Debug)]
pub(in crate::cli) struct SubjectArgs {
    #[command(flatten)]
    pub(in crate::cli) layer: LayerArgs,
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
}

/// The layer, in PyTorch's terms.
#[derive(Args, Debug)]
#[command(next_help_heading = "Layer (3 means 3 on every axis, 3x5 or 3,5 is per axis)")]
pub(in crate::cli) struct LayerArgs {
    /// Size of the input; its length sets the number of dimensions. Taken from
    /// the numbers of the input where it is not given
    #[arg(id = "in", long = "in", value_name = "SIZES", allow_hyphen_values = true)]
    pub(in crate::cli) input: Option<PerAxis<Size>>,
    /// A layer pasted from PyTorch, such as
    /// 'ConvTranspose2d(1, 1, 4, stride=2, padding=1)'
    #[arg(
        long, value_name = "CALL",
        conflicts_with_all = [
            "kernel_size", "stride", "padding", "dilation", "output_padding",
            "in_channels", "out_channels", "groups", "conv",
        ]
    )]
    pub(in crate::cli) layer: Option<String>,
    /// Kernel size
    #[arg(short, long, visible_aliases = ["k", "kernel"], value_name = "SIZES", allow_hyphen_values = true)]
    pub(in crate::cli) kernel_size: Option<PerAxis<Size>>,
    /// Stride
    #[arg(short, long, value_name = "STEPS", default_value = "1", allow_hyphen_values = true)]
    pub(in crate::cli) stride: PerAxis<Size>,
    /// Padding; begin:end where the ends differ
    #[arg(short, long, value_name = "WIDTHS", default_value = "0", allow_hyphen_values = true)]
    pub(in crate::cli) padding: PerAxis<PaddingWidth>,
    /// Dilation; 1 is the ordinary kernel
    #[arg(short, long, value_name = "STEPS", default_value = "1", allow_hyphen_values = true)]
    pub(in crate::cli) dilation: PerAxis<Size>,
    /// Output padding: cells spared from the cut at the end
    #[arg(long, value_name = "WIDTHS", default_value = "0", allow_hyphen_values = true)]
    pub(in crate::cli) output_padding: PerAxis<Size>,
    /// Size of the output instead of output padding, by PyTorch's rule
    #[arg(long, value_name = "SIZES", allow_hyphen_values = true, conflicts_with_all = ["output_padding", "conv"])]
    pub(in crate::cli) output_size: Option<PerAxis<Size>>,
    /// Channels of the input
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub(in crate::cli) in_channels: Size,
    /// Channels of the output
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub(in crate::cli) out_channels: Size,
    /// Groups; must divide both channel counts
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub(in crate::cli) groups: Size,
    /// Describe the plain convolution instead of the transposed one
    #[arg(long)]
    pub(in crate::cli) conv: bool,
}

/// The numbers of the layer, in PyTorch's layouts.
#[derive(Args, Debug)]
#[command(next_help_heading = "Numbers ('3 1; 1 5', [[3,1],[1,5]], iota, 1..16, ones, random, w.npy, ...)")]
pub(in crate::cli) struct DataArgs {
    /// Weight: in, out / groups, sizes of the kernel (with --conv: out,
    /// in / groups, sizes). As of every tensor, leading axes of extent 1 may
    /// be left out, and a flat list that fills the shape will do. Files end
    /// in .json, .csv, .npy or .npz (then :name may follow)
    #[arg(long, value_name = "DATA", allow_hyphen_values = true)]
    pub(in crate::cli) weight: Option<String>,
    /// Input: channels, sizes
    #[arg(long, value_name = "DATA", allow_hyphen_values = true)]
    pub(in crate::cli) input: Option<String>,
    /// Bias: one number per output channel
    #[arg(long, value_name = "DATA", allow_hyphen_values = true)]
    pub(in crate::cli) bias: Option<String>,
    /// Gradient with respect to the output, of the output's shape
    #[arg(long, value_name = "DATA", allow_hyphen_values = true)]
    pub(in crate::cli) grad_output: Option<String>,
    /// Seed of random numbers
    #[arg(long, value_name = "N", default_value = "0")]
    pub(in crate::cli) seed: u64,
    /// Calculate with 64-bit floats instead of exact fractions
    #[arg(long)]
    pub(in crate::cli) float: bool,
}
