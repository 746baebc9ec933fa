//! What most test files need: the command run with a line of arguments, and what it says checked.

#![allow(dead_code, reason = "every test file uses its own part of this")]

pub(crate) mod counting;
#[cfg(target_os = "linux")]
pub(crate) mod limited;
pub(crate) mod pdflatex;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const EXECUTABLE: &str = env!("CARGO_BIN_EXE_convt-matrix");

/// The command, with nothing on stdin and nothing in the environment that could change what it prints.
pub(crate) fn command() -> Command {
    let mut command = Command::new(EXECUTABLE);
    command.stdin(Stdio::null());
    for variable in ["COLUMNS", "LINES", "RUST_BACKTRACE", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

/// Splits a command line at white space; single quotes keep together what they enclose.
pub(crate) fn arguments(line: &str) -> Result<Vec<String>, String> {
    let (mut arguments, mut current, mut quoted) = (Vec::new(), None::<String>, false);
    for character in line.chars() {
        match character {
            '\'' => {
                quoted = !quoted;
                current.get_or_insert_default();
            }
            _ if character.is_whitespace() && !quoted => arguments.extend(current.take()),
            _ => current.get_or_insert_default().push(character),
        }
    }
    if quoted {
        return Err("a quote is not closed".into());
    }
    arguments.extend(current);
    Ok(arguments)
}

/// Runs the command with the arguments in a line.
#[track_caller]
pub(crate) fn run(line: &str) -> Output {
    command().args(arguments(line).expect("well quoted")).output().expect("the command starts")
}

/// Starts the command with a pipe at stdin, stdout and stderr.
pub(crate) fn piped(arguments: &[&str]) -> Child {
    let mut command = command();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the command starts")
}

/// Runs the command with this on stdin, all of which it reads.
pub(crate) fn run_with_input(arguments: &[&str], input: impl Into<Vec<u8>>) -> Output {
    let mut child = piped(arguments);
    let (mut stdin, input) = (child.stdin.take().expect("a pipe"), input.into());
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("the command reads everything");
    output
}

#[track_caller]
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the command prints UTF-8")
}

/// The stdout of a run that succeeded and said nothing on stderr but the seed of numbers that were drawn.
#[track_caller]
pub(crate) fn stdout_of(line: &str, output: Output) -> Vec<u8> {
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    let is_seed = |said: &&str| line.contains("random") && said.starts_with("note: random numbers from --seed ");
    let said: Vec<&str> = text(&output.stderr).lines().filter(|said| !is_seed(said)).collect();
    assert_eq!(said, Vec::<&str>::new(), "{line}");
    output.stdout
}

/// The message of a run that refused its input: exit code 2, nothing on stdout.
#[track_caller]
pub(crate) fn refusal_of(line: &str, output: Output) -> String {
    assert_eq!(text(&output.stdout), "", "{line}: nothing goes to stdout");
    assert_eq!(output.status.code(), Some(2), "{line}: {}", text(&output.stderr));
    text(&output.stderr).to_owned()
}

/// What is printed; nothing is said on stderr.
#[track_caller]
pub(crate) fn bytes(line: &str) -> Vec<u8> {
    stdout_of(line, run(line))
}

/// The same, as text.
#[track_caller]
pub(crate) fn succeeds(line: &str) -> String {
    text(&bytes(line)).to_owned()
}

/// The same, with every run of white space a single space.
#[track_caller]
pub(crate) fn flowing(line: &str) -> String {
    flow(&succeeds(line))
}

/// The message of bad input: exit code 2, nothing on stdout.
#[track_caller]
pub(crate) fn is_refused(line: &str) -> String {
    refusal_of(line, run(line))
}

/// The text with every run of white space a single space.
pub(crate) fn flow(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
pub(crate) fn says(text: &str, piece: &str) {
    assert!(text.contains(piece), "{piece:?} is missing in:\n{text}");
}

#[track_caller]
pub(crate) fn does_not_say(text: &str, piece: &str) {
    assert!(!text.contains(piece), "{piece:?} stands in:\n{text}");
}

pub(crate) fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

/// The names in a folder, sorted.
pub(crate) fn listing(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name")).collect();
    names.sort();
    names
}

/// Waits until the process catches Ctrl-C, then lets it work a little.
#[cfg(target_os = "linux")]
pub(crate) fn wait_until_it_listens(child: &Child) {
    let until = Instant::now() + Duration::from_secs(60);
    let status = format!("/proc/{}/status", child.id());
    loop {
        let status = fs::read_to_string(&status).expect("it runs");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask");
        if u64::from_str_radix(caught.trim(), 16).expect("a number") & 2 != 0 {
            break;
        }
        assert!(Instant::now() < until, "it does not listen to Ctrl-C");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(600));
}
