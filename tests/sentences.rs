//! Every sentence of every text, in every language, is printed by some command, and no text asks for what it is not told.

mod common;

use common::{command, folder, text};
use convt_matrix::render::{Language, Templates};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Commands, one in a line, which `template check` runs, too.
fn specimens() -> Vec<Vec<String>> {
    let lines =
        include_str!("../src/cli/specimens.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(' ').map(|word| word.replace('·', " ")).collect()).collect()
}

/// A text with a mark behind the first word of every piece that a template writes in one go; `pieces` gets what each mark
/// stands for, its number being its place.
fn marked(name: &str, source: &str, pieces: &mut Vec<String>) -> String {
    let mut marked = String::new();
    let mut rest = source;
    while let Some(start) = ["<<", "<%", "<#"].iter().filter_map(|open| rest.find(open)).min() {
        let close = match &rest[start..start + 2] {
            "<<" => ">>",
            "<%" => "%>",
            _ => "#>",
        };
        let end = start + rest[start..].find(close).expect("a tag is closed") + close.len();
        marked.push_str(&marked_literal(name, &rest[..start], pieces));
        marked.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    marked + &marked_literal(name, rest, pieces)
}

/// Paragraph by paragraph: what stands between two tags may hold several.
fn marked_literal(name: &str, literal: &str, pieces: &mut Vec<String>) -> String {
    let paragraph = |paragraph: &str| {
        let text = paragraph.trim_start();
        // A part is found by its heading, the label of an answer by its name, and a table has a rule below its header.
        let is_key = text.starts_with('#') || text.starts_with("|--");
        let start = if text.starts_with("- ") { paragraph.find(": ").map_or(0, |at| at + 2) } else { 0 };
        let Some(at) = place_of_mark(paragraph, start).filter(|_| !is_key) else { return paragraph.to_owned() };
        pieces.push(format!("{name}: {}", paragraph.trim()));
        format!("{}⟦{}⟧{}", &paragraph[..at], pieces.len() - 1, &paragraph[at..])
    };
    literal.split("\n\n").map(paragraph).collect::<Vec<_>>().join("\n\n")
}

/// Behind the first word of two letters that is neither part of a formula nor of code.
fn place_of_mark(text: &str, start: usize) -> Option<usize> {
    let (mut in_math, mut in_code, mut in_words) = (false, false, false);
    let mut letters = 0;
    for (at, character) in text.char_indices() {
        if at < start {
            continue;
        }
        match character {
            '$' => in_math = !in_math,
            '`' => in_code = !in_code,
            '"' if in_math => in_words = !in_words,
            _ => {}
        }
        let counts = character.is_alphabetic() && !in_code && (!in_math || in_words);
        if !counts && letters >= 2 {
            return Some(at);
        }
        letters = if counts { letters + 1 } else { 0 };
    }
    (letters >= 2).then_some(text.len())
}

fn texts(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    let folder = format!("text/{language}/");
    Templates::sources().filter(move |(name, _)| name.starts_with(&folder))
}

#[test]
fn every_sentence_of_every_language_is_printed() {
    for language in Language::all() {
        let home = folder();
        let mut pieces = Vec::new();
        for (name, source) in texts(language).filter(|(name, _)| !name.ends_with("/words.md")) {
            let path = home.path().join("mine").join(name);
            fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
            fs::write(path, marked(name, source, &mut pieces)).expect("a file");
        }
        let mut printed = String::new();
        for line in specimens() {
            let mut command = command();
            command.current_dir(home.path()).args(&line).args(["--templates", "mine", "--lang", language.name()]);
            let output = command.output().expect("the command starts");
            let message = text(&output.stderr);
            assert!(!message.contains("--templates mine:"), "{}: {message}", line.join(" "));
            printed.push_str(&text(&output.stdout).replace([' ', '\n'], ""));
        }
        let is_missing = |(number, _): &(usize, &String)| !printed.contains(&format!("⟦{number}⟧"));
        let missing: Vec<&str> = pieces.iter().enumerate().filter(is_missing).map(|(_, piece)| &**piece).collect();
        let (count, all) = (missing.len(), pieces.len());
        assert!(missing.is_empty(), "{language}: {count} of {all} pieces are not printed:\n* {}", missing.join("\n* "));
    }
}

#[test]
fn every_language_has_every_text() {
    let names = |language: Language| -> BTreeSet<&str> {
        let folder = format!("text/{language}/");
        texts(language).filter_map(|(name, _)| name.strip_prefix(&folder)).collect()
    };
    let english = names(Language::ENGLISH);
    for language in Language::all() {
        let has = names(language);
        let lacks: Vec<_> = english.difference(&has).collect();
        let more: Vec<_> = has.difference(&english).collect();
        assert!(
            lacks.is_empty() && more.is_empty(),
            "{language} lacks {lacks:?}, and has {more:?} that English has not"
        );
    }
}

#[test]
fn every_language_has_every_word() {
    let words = |language: Language| -> BTreeSet<&str> {
        let (_, source) = texts(language).find(|(name, _)| name.ends_with("/words.md")).expect("it has words");
        source.lines().filter_map(|line| Some(line.strip_prefix("- ")?.split_once(": ")?.0)).collect()
    };
    for language in Language::all() {
        assert_eq!(words(language), words(Language::ENGLISH), "{language}");
    }
}

#[test]
fn the_folder_has_no_template_that_nobody_reads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let known: BTreeSet<&str> = Templates::sources().map(|(name, _)| name).collect();
    assert!(known.len() > 20);
    for name in known {
        assert!(root.join(name).is_file(), "{name}");
    }
}
