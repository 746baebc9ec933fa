//! The command as a process that has a gigabyte and ten seconds, and what it must not say.

use super::EXECUTABLE;
use std::path::Path;
use std::process::Command;

/// Address space, in KiB.
pub(crate) const MEMORY: u32 = 1 << 20;

/// Of the processor: how long the clock runs depends on what else the machine does.
pub(crate) const SECONDS: u32 = 10;

/// The signal of a process that has used up its time.
pub(crate) const OUT_OF_TIME: i32 = 24;

/// What no message says.
const UNSPEAKABLE: [&str; 10] = [
    "panicked",
    "overflow",
    "the roads disagree",
    "unreachable",
    "RUST_BACKTRACE",
    "please report",
    ".tmp",
    ".convt-matrix-",
    "src/",
    "Error {",
];

/// Sets the limits in a shell. The soft limit on time is the one whose signal says what it is.
pub(crate) fn limits() -> String {
    format!("ulimit -c 0 && ulimit -v {MEMORY} && ulimit -S -t {SECONDS}")
}

/// The command under its limits, at work in this folder.
pub(crate) fn limited(folder: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{} && exec \"$0\" \"$@\"", limits()), EXECUTABLE]);
    command.current_dir(folder).env("TMPDIR", folder);
    for variable in ["COLUMNS", "LINES", "RUST_BACKTRACE", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

/// What is wrong with a message, whatever it is about.
pub(crate) fn misspoken(message: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if message.chars().any(|said| said.is_control() && said != '\n') {
        faults.push("control characters in a message".into());
    }
    if message.len() > 4000 {
        faults.push("a message of more than 4000 bytes".into());
    }
    faults.extend(UNSPEAKABLE.iter().filter(|word| message.contains(**word)).map(|word| format!("it says {word:?}")));
    faults
}
