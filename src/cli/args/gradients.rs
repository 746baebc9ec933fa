//! The arguments of `gradients`.

use super::{DataArgs, LayerArgs, OutputArgs};
use crate::cli::limits::LimitArgs;
use clap::Args;

/// The backward pass.
#[derive(Args, Debug)]
pub(in crate::cli) struct GradientsArgs {
    #[command(flatten)]
    pub(in crate::cli) layer: LayerArgs,
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,
    #[command(flatten)]
    pub(in crate::cli) limits: LimitArgs,
}
