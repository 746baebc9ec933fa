//! The README tells the truth: every command in a `console` block prints what stands below it.

use std::path::Path;
use std::process::Command;

#[test]
fn every_console_block_of_the_readme_prints_what_it_says() {
    let readme = include_str!("../README.md");
    let executable = Path::new(env!("CARGO_BIN_EXE_convt-matrix"));
    let found_first = format!("{}:{}", executable.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut checked = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let (command, expected) = block.split_once('\n').unwrap();
        let command = command.strip_prefix("$ ").expect("a console block starts with a command");
        let output = Command::new("sh").args(["-c", command]).env("PATH", &found_first).output().unwrap();
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(printed.trim_end(), expected.trim_end(), "{command}");
        checked += 1;
    }
    assert!(checked >= 7, "only {checked} blocks were found");
}
