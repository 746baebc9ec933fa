//! What pdflatex says of a document.

use super::folder;
use std::fs;
use std::process::Command;

/// Runs pdflatex on a document in a folder of its own; the lines of its log.
pub(crate) fn log_of(document: &str) -> Vec<String> {
    log_of_run(document, 1)
}

/// The log of the last of several runs, as a document needs them whose labels are known only after the first.
pub(crate) fn log_of_run(document: &str, runs: usize) -> Vec<String> {
    let folder = folder();
    fs::write(folder.path().join("page.tex"), document).expect("a file");
    let run = || {
        Command::new("pdflatex")
            .args(["-interaction=nonstopmode", "-no-shell-escape", "page.tex"])
            .current_dir(folder.path())
            // Lines of the log are not broken, so that a word is found whole.
            .env("max_print_line", "10000")
            .output()
            .expect("pdflatex is installed")
    };
    let mut ran = run();
    for _ in 1..runs {
        ran = run();
    }
    let log = fs::read(folder.path().join("page.log")).expect("pdflatex writes a log");
    let mut lines: Vec<String> = String::from_utf8_lossy(&log).lines().map(str::to_owned).collect();
    if !ran.status.success() {
        lines.push(format!("! pdflatex ends with {}", ran.status));
    }
    if !folder.path().join("page.pdf").exists() {
        lines.push("! there is no page.pdf".to_owned());
    }
    lines
}

/// The lines that begin an error.
pub(crate) fn errors(log: &[String]) -> Vec<String> {
    let is_error = |line: &String| line.starts_with('!') || line.contains(":fatal:");
    log.iter().filter(|line| is_error(line)).cloned().collect()
}

pub(crate) fn overfull(log: &[String]) -> Vec<String> {
    log.iter().filter(|line| line.contains("Overfull")).cloned().collect()
}

pub(crate) fn warnings(log: &[String]) -> Vec<String> {
    log.iter().filter(|line| line.contains("Warning")).cloned().collect()
}

/// The errors, overfull boxes and warnings.
pub(crate) fn complaints(log: &[String]) -> Vec<String> {
    [errors(log), overfull(log), warnings(log)].concat()
}
