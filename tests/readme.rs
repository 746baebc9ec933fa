//! README and book tell the truth: every command in a `console` block prints what stands below it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The README and the pages of the book.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let book = std::fs::read_dir(root.join("docs/src")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = book.chain([root.join("README.md"), root.join("templates/README.md")]).collect();
    pages.sort();
    pages
}

#[test]
fn every_console_block_of_the_readme_and_the_book_prints_what_it_says() {
    let executable = Path::new(env!("CARGO_BIN_EXE_convt-matrix"));
    let found_first = format!("{}:{}", executable.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut checked = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for block in text.split("```console\n").skip(1) {
            let block = block.split("```").next().unwrap();
            let (command, expected) = block.split_once('\n').unwrap();
            let command = command.strip_prefix("$ ").expect("a console block starts with a command");
            let output = Command::new("sh").args(["-c", command]).env("PATH", &found_first).output().unwrap();
            let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(printed.trim_end(), expected.trim_end(), "{}: {command}", page.display());
            checked += 1;
        }
    }
    assert!(checked >= 14, "only {checked} blocks were found");
}

#[test]
fn every_page_of_the_book_is_in_its_contents_and_every_link_leads_to_a_file() {
    let contents = include_str!("../docs/src/SUMMARY.md");
    for page in pages() {
        let name = page.file_name().unwrap().to_str().unwrap();
        let is_listed = contents.contains(&format!("({name})"));
        assert!(is_listed || ["README.md", "SUMMARY.md"].contains(&name), "{name} is not in SUMMARY.md");
        let text = std::fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
            let is_elsewhere = target.is_empty() || target.starts_with("http");
            assert!(is_elsewhere || page.parent().unwrap().join(target).exists(), "{name}: no file {target}");
        }
    }
}
