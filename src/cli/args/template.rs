//! The arguments of `template`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// A template to print, or a folder of them to check.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct TemplateArgs {
    #[command(subcommand)]
    pub(in crate::cli) action: Option<TemplateAction>,
    /// Its name, or the end of it; without one, all names are listed
    pub(in crate::cli) name: Option<String>,
    /// The language of the texts
    #[arg(long, value_name = "LANGUAGE", default_value = "en", value_parser = super::languages())]
    pub(in crate::cli) lang: String,
    /// Print the facts that the text is told, as JSON, instead; behind it may
    /// stand the command whose text it is, such as --k 3 --in 2x2
    #[arg(long, requires = "name")]
    pub(in crate::cli) context: bool,
    /// What else was typed
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub(in crate::cli) command: Vec<String>,
}

#[derive(Subcommand, Debug)]
pub(in crate::cli) enum TemplateAction {
    /// Render every template of a folder over a set of layers
    ///
    /// Exit code: 0 if all work, 1 if one does not.
    Check {
        /// The folder, as it is given to --templates
        folder: PathBuf,
    },
}
