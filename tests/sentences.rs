//! Every sentence of every text, in every language, is printed by some command, and no text asks for what it is not told.

mod common;

use common::{command, folder, text};
use convt_matrix::geometry::{Operation, Parameter};
use convt_matrix::proof::Fault;
use convt_matrix::render::{Format, Language, Templates, ZeroStyle};
use convt_matrix::sweep::report::{Report, Spelling};
use convt_matrix::sweep::{Check, Checks, Configuration, Coverage, Failure, Grid, Question, Sweep, Unwatched};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

/// Commands, one in a line, which `template check` runs, too.
fn specimens() -> Vec<Vec<String>> {
    let lines =
        include_str!("../src/cli/specimens.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(' ').map(|word| word.replace('·', " ")).collect()).collect()
}

/// Where a reader of a text stands: in a formula, in words in a formula, in code.
#[derive(Clone, Copy, Default)]
struct Inside {
    math: bool,
    words: bool,
    code: bool,
}

/// A text with a mark behind the first word of every piece that a template writes in one go; `pieces` gets what each mark
/// stands for, its number being its place.
fn marked(name: &str, source: &str, pieces: &mut Vec<String>) -> String {
    let mut marked = String::new();
    let mut inside = Inside::default();
    let mut rest = source;
    while let Some(start) = ["<<", "<%", "<#"].iter().filter_map(|open| rest.find(open)).min() {
        let close = match &rest[start..start + 2] {
            "<<" => ">>",
            "<%" => "%>",
            _ => "#>",
        };
        let end = start + rest[start..].find(close).expect("a tag is closed") + close.len();
        marked.push_str(&marked_literal(name, &rest[..start], &mut inside, pieces));
        marked.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    marked + &marked_literal(name, rest, &mut inside, pieces)
}

/// Paragraph by paragraph, and item by item: what stands between two tags may hold several.
fn marked_literal(name: &str, literal: &str, inside: &mut Inside, pieces: &mut Vec<String>) -> String {
    let mut ends: Vec<usize> =
        literal.match_indices("\n\n").chain(literal.match_indices("\n- ")).map(|(at, _)| at).collect();
    ends.push(literal.len());
    ends.sort_unstable();
    let mut marked = String::new();
    let mut start = 0;
    for end in ends {
        let piece = &literal[start..end];
        start = end;
        let text = piece.trim_start();
        // A part is found by its heading, the label of an answer by its name, and a table has a rule below its header.
        let is_key = text.starts_with('#') || text.starts_with("|--");
        let from = if text.starts_with("- ") { piece.find(": ").map_or(0, |at| at + 2) } else { 0 };
        match place_of_mark(piece, from, inside).filter(|_| !is_key) {
            Some(at) => {
                pieces.push(format!("{name}: {text}"));
                marked.push_str(&format!("{}⟦{}⟧{}", &piece[..at], pieces.len() - 1, &piece[at..]));
            }
            None => marked.push_str(piece),
        }
    }
    marked
}

/// Behind the first word of two letters, from a place on, that is neither part of a formula nor of code.
fn place_of_mark(text: &str, from: usize, inside: &mut Inside) -> Option<usize> {
    let mut place = None;
    let mut letters = 0;
    for (at, character) in text.char_indices() {
        match character {
            '$' if text[..at].ends_with('$') => {}
            '$' => inside.math = !inside.math,
            '`' => inside.code = !inside.code,
            '"' if inside.math => inside.words = !inside.words,
            _ => {}
        }
        let counts = at >= from && character.is_alphabetic() && !inside.code && (!inside.math || inside.words);
        if !counts && letters >= 2 {
            place = place.or(Some(at));
        }
        letters = if counts { letters + 1 } else { 0 };
    }
    place.or((letters >= 2).then_some(text.len()))
}

fn texts(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    let folder = format!("text/{language}/");
    Templates::sources().filter(move |(name, _)| name.starts_with(&folder))
}

/// Reports that no command is sure to print: of sweeps that were stopped.
fn reports() -> Vec<Report> {
    struct Names;
    impl Spelling for Names {
        type Error = Infallible;

        fn parameter(&self, parameter: Parameter) -> &'static str {
            parameter.name()
        }

        fn layer(&self, layer: &Configuration) -> String {
            format!("{layer:?}")
        }

        fn statement(&self, check: Check) -> Result<String, Infallible> {
            Ok(check.name().to_owned())
        }

        fn rule(&self, fault: Fault) -> Result<String, Infallible> {
            Ok(fault.name().to_owned())
        }

        fn again(&self, _: &Failure, _: Question) -> String {
            String::new()
        }
    }
    let question = Question { checks: Checks::all(), plant: Some(Fault::NoFlip), seed: 0 };
    let grid = Grid::small(Operation::Transposed, 1);
    let sweep = Sweep::new(vec![grid], Coverage::Exhaustive, question).expect("it is small");
    let tally = sweep.run(NonZeroUsize::MIN, &Unwatched);
    let Ok(whole) = Report::new(&sweep, &tally, sweep.failure(&tally).as_ref(), &Names);
    let stopped = |change: &dyn Fn(&mut Report)| {
        let mut report = Report { interrupted: true, ..whole.clone() };
        change(&mut report);
        report
    };
    vec![
        stopped(&|_| {}),
        stopped(&|report| (report.examined, report.layers) = (0, 0)),
        stopped(&|report| (report.planned, report.examined, report.layers) = (1, 0, 0)),
        stopped(&|report| (report.planned, report.examined, report.layers) = (1, 1, 0)),
        stopped(&|report| (report.examined, report.layers) = (1, 1)),
        stopped(&|report| {
            (report.examined, report.layers) = (1, 1);
            report.checks.iter_mut().for_each(|check| (check.held, check.failed) = (0, 0));
        }),
        stopped(&|report| report.sample_seed = Some(1)),
        stopped(&|report| {
            (report.planned, report.examined, report.layers) = (1, 1, 1);
            report.checks.iter_mut().for_each(|check| (check.held, check.failed) = (0, 0));
        }),
        stopped(&|report| report.failing = 0),
        stopped(&|report| {
            report.failing = 0;
            report.checks.iter_mut().for_each(|check| (check.held, check.failed) = (0, 0));
        }),
        stopped(&|report| report.failure.iter_mut().for_each(|failure| failure.is_shrunk = false)),
    ]
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
        for report in reports() {
            let templates =
                Templates::with_overrides(&home.path().join("mine")).expect("templates").in_language(language);
            let page = Format::Text.writer(ZeroStyle::Digit, &templates).report(&report).expect("they work");
            printed.push_str(&page.replace([' ', '\n'], ""));
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

/// What stands in the tags of a template: statements and values, without their strings.
fn tags(source: &str) -> impl Iterator<Item = String> {
    let starts = source.split("<<").skip(1).map(|rest| rest.split(">>").next());
    let statements = source.split("<%").skip(1).map(|rest| rest.split("%>").next());
    starts.chain(statements).flatten().map(|tag| tag.split('"').step_by(2).collect::<String>())
}

#[test]
fn no_text_calculates_and_none_negates_twice() {
    let mut looked_at = 0;
    for (name, source) in Language::all().flat_map(texts) {
        for tag in tags(source) {
            let words: Vec<&str> = tag.trim_matches(['-', ' ']).split_whitespace().collect();
            assert!(!words.iter().any(|word| ["+", "-", "*", "/", "%"].contains(word)), "{name}: {tag}");
            assert!(words.iter().filter(|word| **word == "not").count() < 2, "{name}: {tag}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 500, "{looked_at}");
}
