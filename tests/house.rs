//! The house rules that a compiler does not know: which room may say what.

use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The lines of a file that are neither comments nor tests, with their numbers.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    (1..).zip(lines).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Where a flag such as `--in` is spelled in a line.
fn spells_a_flag(line: &str) -> bool {
    line.match_indices("--").any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + 2..].chars().next();
        before != Some('-') && after.is_some_and(|letter| letter.is_ascii_lowercase())
    })
}

#[test]
fn no_room_below_cli_spells_a_flag_or_a_command() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut looked_at = 0;
    for path in sources(&src) {
        if path.starts_with(src.join("cli")) || path == src.join("main.rs") || path.ends_with("tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in code(&text) {
            assert!(
                !spells_a_flag(line) && !line.contains("convt-matrix "),
                "{}:{number} names a flag or a command; give the data and let cli spell it: {line}",
                path.display()
            );
            looked_at += 1;
        }
    }
    assert!(looked_at > 10_000, "the sources are there: {looked_at} lines");
}

#[test]
fn a_flag_is_told_from_a_dash_and_a_rule() {
    assert!(spells_a_flag("\"leave --float out\"") && spells_a_flag("\"--in\""));
    assert!(!spells_a_flag("\"---:\"") && !spells_a_flag("\"--1\"") && !spells_a_flag("a -- b"));
}
