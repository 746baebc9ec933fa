//! `template`: names, facts, and folders that are checked.

mod common;

use common::{command, folder, is_refused, says, succeeds, text};
use std::fs;
use std::path::Path;

/// A folder with these files.
fn with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = folder();
    for (name, source) in files {
        let path = folder.path().join("mine").join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        fs::write(path, source).expect("a file");
    }
    folder
}

/// What the check says about a folder of these files, and its exit code.
fn checked(files: &[(&str, &str)]) -> (String, i32) {
    let folder = with(files);
    let output = command().current_dir(folder.path()).args(["template", "check", "mine"]).output().expect("it starts");
    (text(&output.stdout).to_owned() + text(&output.stderr), output.status.code().expect("no signal"))
}

#[test]
fn a_template_is_found_by_its_name_or_by_the_end_of_it() {
    let source =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/text/en/derivation/sizes.md"));
    let source = source.expect("it is there");
    for name in ["text/en/derivation/sizes.md", "derivation/sizes.md", "sizes.md"] {
        assert_eq!(succeeds(&format!("template {name}")), source);
    }
    let names = succeeds("template");
    says(&names, "page/derivation.tex\n");
    says(&names, "text/en/misconceptions.md\n");
    assert!(!names.contains("text/de/"), "another language is asked for");
    says(&is_refused("template opening.md"), "there are several");
    says(&is_refused("template nothing.md"), "there is no such template");
    says(&is_refused("template sizes.md --k 3"), "--context");
}

#[test]
fn the_facts_of_a_text_are_those_of_the_command_that_prints_it() {
    let facts = |line: &str| -> serde_json::Value { serde_json::from_str(&succeeds(line)).expect("JSON") };
    let sizes = facts("template sizes.md --context --k 3 --in 5 -s 2");
    assert_eq!((&sizes["transposed"], &sizes["dimensions"]), (&true.into(), &1.into()));
    assert_eq!(sizes["size_axes"][0]["value"], 11);
    assert_eq!(facts("template sizes.md --context --conv --k 3 --in 5 -s 2")["size_axes"][0]["value"], 2);
    // A part is told what the text is told that includes it.
    assert_eq!(facts("template along.md --context --k 3 --in 5x6")["dimensions"], 2);
    assert!(facts("template exercise/size.md --context").is_object(), "a command is found for it");
    says(&is_refused("template sizes.md --context explain --k 2 --in 2 --at 0"), "does not tell it");
    says(&is_refused("template derivation.tex --context"), "it is a page");
    says(&is_refused("template sizes.md --context --k 0 --in 2"), "0");
}

#[test]
fn a_folder_whose_templates_work_passes() {
    let sizes = succeeds("template sizes.md");
    let (said, code) =
        checked(&[("text/en/derivation/sizes.md", &sizes), ("page/step.md", &succeeds("template step.md"))]);
    assert_eq!((said.as_str(), code), ("2 templates checked; all work\n", 0));
}

/// What a derivation says with a folder of one file, which does not work.
#[track_caller]
fn refused_with(name: &str, source: &str) -> String {
    let folder = with(&[(name, source)]);
    let mut command = command();
    command.current_dir(folder.path()).args("--k 3 --in 2x2 --templates mine".split(' '));
    let output = command.output().expect("it starts");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{source}");
    text(&output.stderr).to_owned()
}

#[test]
fn what_does_not_work_is_named_with_its_file_and_place() {
    for (name, source, problem) in [
        ("text/en/derivation/sizes.md", "## Sizes\n\n<< nothing >>\n", "`nothing`"),
        ("text/en/derivation/sizes.md", "## Sizes\n\n<% if nothing %>a<% endif %>\n", "asks for `nothing`"),
        ("text/en/derivation/sizes.md", "## Sizes\n\n<< size_axes[0].nothing >>\n", "3:"),
        ("text/en/derivation/sizes.md", "## Sizes\n\n<% if transposed %>\n", "sizes.md"),
        ("text/en/derivation/sizes.md", "## Sizes\n\n$x^2$\n", "'^' stands in no formula"),
        ("text/en/derivation/sizes.md", "## Sizes\n\n<b>bold</b>\n", "HTML"),
        ("text/en/derivation/sizes.md", "## Sizes\n\n<% include \"nothing.md\" %>\n", "nothing.md"),
        ("text/en/words.md", "- thousands: \",\"\n", "words.md has no"),
        ("page/derivation.txt", "<< nothing >>", "nothing"),
    ] {
        let said = refused_with(name, source);
        assert!(said.contains(problem) && said.contains(name.rsplit('/').next().expect("a name")), "{source}: {said}");
    }
}

#[test]
fn the_check_of_a_folder_says_what_does_not_work_and_what_there_is() {
    let (said, code) = checked(&[
        ("text/en/derivation/sizes.md", "## Sizes\n\n<< nothing >>\n"),
        ("text/en/derivation/size.txt", "x"),
    ]);
    assert_eq!(code, 1, "{said}");
    says(&said, "text/en/derivation/size.txt: it takes the place of no template");
    says(&said, "text/en/derivation/sizes.md:3 asks for `nothing`, which is not known there");
    says(&said, "size_formula: The formula in letters.");
    says(&said, "error: 2 problems");
    says(&is_refused("template check nowhere"), "cannot read nowhere");
}

#[test]
fn a_text_of_ones_own_may_say_what_it_likes() {
    let own = "## Length\n\nAbout << output_size >> of *filters*: $k - 1$.\n\n<< size_formula >>\n\n> Because.\n\n1. a\n2. b\n\n| n | m |\n|---|---|\n| x | 1200 |\n";
    let folder = with(&[("text/en/derivation/sizes.md", own)]);
    let run = |flag: &str| {
        let mut command = command();
        command
            .current_dir(folder.path())
            .args("--k 3 --in 2x2 --only symbols,sizes --templates mine".split(' '))
            .arg(flag);
        let output = command.output().expect("it starts");
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let plain = run("--text");
    for piece in [
        "── Length\n\nAbout 4 × 4 of filters: k − 1.\n",
        "Why: Because.",
        "  1. a\n  2. b\n",
        "  n      m\n  x  1,200\n",
    ] {
        assert!(plain.contains(piece), "{piece}: {plain}");
    }
    let latex = run("--latex");
    for piece in [
        "\\subsection*{Length}",
        "\\emph{filters}: $k - 1$.",
        "\\begin{enumerate}\n\\item a\n\\item b\n\\end{enumerate}",
        "x & 1,200",
    ] {
        assert!(latex.contains(piece), "{piece}: {latex}");
    }
    let markdown = run("--markdown");
    for piece in ["## Length", "*filters*: $`k - 1`$.", "*Why:* Because.", "1. a\n2. b\n", "| x | 1,200 |"] {
        assert!(markdown.contains(piece), "{piece}: {markdown}");
    }
}
