//! The command: what people type and see. No mathematics here.

mod args;
mod derive;
mod diagnose;
mod document;
mod error;
mod eval;
mod explain;
mod export;
mod gradients;
mod grid_values;
mod infer;
mod layer;
mod literals;
mod numbers;
mod output;
mod output_size;
mod progress;
mod pytorch_call;
mod values;
mod verify;
mod window;
mod worksheet;

use crate::eval::Arithmetic;
use crate::limits::Budget;
use args::{Cli, Command};
use clap::{CommandFactory as _, Parser as _};
use error::CliError;
use std::io::ErrorKind;
use std::process::ExitCode;

/// Runs the command with the process' arguments.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout with success, mistakes to stderr with code 2; a closed pipe is no error.
            let printed = error.print();
            let is_lost = printed.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe);
            return ExitCode::from(if error.use_stderr() || is_lost { 2 } else { 0 });
        }
    };
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            CliError::say(format_args!("error: {error}"));
            error.exit_code()
        }
    }
}

fn dispatch(cli: Cli) -> Result<(), CliError> {
    match cli.command {
        None => derive::run(&cli.derive),
        Some(Command::Explain(args)) => explain::run(&args),
        Some(Command::Diagnose(args)) => diagnose::run(&args),
        Some(Command::Gradients(args)) => gradients::run(&args),
        Some(Command::Matrix(args)) => export::matrix(&args),
        Some(Command::Pytorch(args)) => export::pytorch(&args),
        Some(Command::Verify(args)) => verify::run(&args),
        Some(Command::Worksheet(args)) => worksheet::run(&args),
        Some(Command::Eval { float }) => {
            eval::run(if float { Arithmetic::Float } else { Arithmetic::Exact }, Budget::DEFAULT)
        }
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
            output::to_stdout(&script)
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command().after_long_help(args::EXAMPLES))
                .render(&mut page)
                .map_err(|error| CliError::output("man page", &error))?;
            output::to_stdout(&page)
        }
        Some(Command::Template { name }) => output::to_stdout(args::template_source(name).as_bytes()),
    }
}
