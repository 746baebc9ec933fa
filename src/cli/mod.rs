//! The command: what people type and see. No mathematics here.

mod amounts;
mod args;
mod derive;
mod diagnose;
mod document;
mod error;
mod eval;
mod explain;
mod export;
mod format;
mod gradients;
mod grid_values;
mod infer;
mod interrupt;
mod layer;
mod limits;
mod literals;
mod notes;
mod numbers;
mod output;
mod progress;
mod scratch;
mod spelling;
mod template;
mod texts;
mod values;
mod verify;
mod worksheet;

use args::{Cli, Command};
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, Parser as _};
use convt_matrix::eval::Arithmetic;
use convt_matrix::wording::{printable, printable_lines};
use error::CliError;
use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

/// Runs the command with the process' arguments.
#[must_use]
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return tell(&without_control_characters(error)),
    };
    let ended = dispatch(cli);
    if !ended.as_ref().is_err_and(CliError::is_refusal) {
        notes::say_all();
    }
    exit_code(ended)
}

/// Says what went wrong, if anything did.
fn exit_code(ended: Result<(), CliError>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            CliError::say(format_args!("error: {error}"));
            error.exit_code()
        }
    }
}

/// Help and version go to stdout with success, mistakes to stderr with code 2; a closed pipe is no error.
fn tell(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        // A stderr that takes nothing is not worth a word.
        let _ = error.print();
        return ExitCode::from(2);
    }
    exit_code(output::check_stdout().and_then(|()| match error.print().and_then(|()| std::io::stdout().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::output("to stdout", &error)),
        _ => Ok(()),
    }))
}

/// What was typed is quoted by the message, and must not command the terminal.
fn without_control_characters(mut error: clap::Error) -> clap::Error {
    let escaped: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(printable_lines(&printable(text))))),
            ContextValue::Strings(texts) => Some((
                kind,
                ContextValue::Strings(texts.iter().map(|text| printable_lines(&printable(text))).collect()),
            )),
            _ => None,
        })
        .collect();
    for (kind, value) in escaped {
        error.insert(kind, value);
    }
    error
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
        Some(Command::Eval { float, limits }) => {
            eval::run(if float { Arithmetic::Float } else { Arithmetic::Exact }, limits.budget())
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
        Some(Command::Template(args)) => template::run(&args),
    }
}
