//! The `convt-matrix` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    convt_matrix::cli::run()
}
