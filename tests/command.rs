//! The command as people use it: golden cases in `tests/cases`, files, pipes, templates, help, and huge numbers.
//!
//! A golden case is one file `NAME.case`:
//!
//! ```text
//! $ convt-matrix ARGUMENTS            separated by spaces; 'single quotes' keep spaces or nothing together
//! exit CODE
//! --- stdout
//! TEXT
//! --- stderr
//! TEXT
//! ```
//!
//! It runs in a fresh folder (see [`furnished_folder`]) and is compared byte for byte. `UPDATE_CASES=1 cargo test
//! --test command` rewrites the files instead; a new case needs its first line only. Read the difference before
//! committing it.

mod common;

use common::{EXECUTABLE, arguments, folder, listing, refusal_of, says, stdout_of, text};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The command, to be run in a folder.
fn command(folder: &Path) -> Command {
    let mut command = common::command();
    command.current_dir(folder);
    command
}

/// A new folder with what cases may name: `empty/`, `folder/`, `broken/` (a template that does not parse), `mine/`
/// (a template of one's own) and `file.txt`.
fn furnished_folder() -> TempDir {
    let folder = folder();
    for name in ["empty/page", "folder", "broken/page", "mine/page"] {
        fs::create_dir_all(folder.path().join(name)).expect("a new folder");
    }
    fs::write(folder.path().join("broken/page/derivation.txt"), "<< title >>\n<% if title %>\n").expect("a file");
    fs::write(folder.path().join("mine/page/derivation.txt"), "My own: << title >>.\n").expect("a file");
    fs::write(folder.path().join("file.txt"), "old\n").expect("a file");
    folder
}

fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    command(folder).args(arguments).output().expect("the command starts")
}

fn run(line: &str) -> Output {
    run_in(
        furnished_folder().path(),
        &arguments(line).expect("well quoted").iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

#[track_caller]
fn succeeds(line: &str) -> String {
    text(&stdout_of(line, run(line))).to_owned()
}

/// The message of bad input: exit code 2, nothing on stdout.
#[track_caller]
fn is_refused(line: &str) -> String {
    refusal_of(line, run(line))
}

#[track_caller]
fn names(message: &str, pieces: &[&str]) {
    for piece in pieces {
        says(message, piece);
    }
}

// Golden cases.

/// One golden case as its file tells it.
#[derive(Debug, PartialEq, Eq)]
struct Case {
    line: String,
    code: i32,
    stdout: String,
    stderr: String,
}

impl Case {
    fn parse(text: &str) -> Result<Self, String> {
        let (line, rest) = text.split_once('\n').ok_or("the first line is missing")?;
        let line = Self::command_line(line)?;
        let (code, rest) = rest.split_once('\n').ok_or("the line `exit CODE` is missing")?;
        let code = code.strip_prefix("exit ").ok_or("the second line is not `exit CODE`")?;
        let code = code.parse().map_err(|_| format!("{code:?} is not an exit code"))?;
        let rest = rest.strip_prefix("--- stdout\n").ok_or("the third line is not `--- stdout`")?;
        // The line before the section, if there is one, keeps its end.
        let (stdout, stderr) = match rest.strip_prefix("--- stderr\n") {
            Some(stderr) => (String::new(), stderr),
            None => {
                let (stdout, stderr) = rest.split_once("\n--- stderr\n").ok_or("`--- stderr` is missing")?;
                (format!("{stdout}\n"), stderr)
            }
        };
        Ok(Self { line, code, stdout, stderr: stderr.to_owned() })
    }

    fn command_line(line: &str) -> Result<String, String> {
        let line = line.strip_prefix("$ convt-matrix").ok_or("the first line does not start with `$ convt-matrix`")?;
        arguments(line)?;
        Ok(line.trim().to_owned())
    }

    fn run(line: &str) -> Result<Self, String> {
        let output = run(line);
        let text = |name: &str, bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8"))?;
            if text.is_empty() || text.ends_with('\n') { Ok(text) } else { Err(format!("{name} ends within a line")) }
        };
        let code = output.status.code().ok_or("the command was killed")?;
        let (stdout, stderr) = (text("stdout", output.stdout)?, text("stderr", output.stderr)?);
        Ok(Self { line: line.to_owned(), code, stdout, stderr })
    }

    fn write(&self) -> String {
        let Self { line, code, stdout, stderr } = self;
        let space = if line.is_empty() { "" } else { " " };
        format!("$ convt-matrix{space}{line}\nexit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }

    /// How another run of the same case differs, in its first differing line.
    fn difference(&self, found: &Self) -> Option<String> {
        let (expected, found) = (self.write(), found.write());
        if expected == found {
            return None;
        }
        let (mut left, mut right) = (expected.lines(), found.lines());
        for number in 1.. {
            let (left, right) = (left.next(), right.next());
            if left != right || left.is_none() {
                return Some(format!("line {number}:\n    expected {left:?}\n    found    {right:?}"));
            }
        }
        None
    }
}

fn case_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the folder of cases").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// Runs every case of a folder, or rewrites it; `rule` is what every case there must keep.
fn check_cases(folder: &str, at_least: usize, rule: fn(&Case) -> Result<(), String>) {
    check_cases_as(folder, at_least, Case::run, rule);
}

/// The same, run in another way.
fn check_cases_as(
    folder: &str,
    at_least: usize,
    run: fn(&str) -> Result<Case, String>,
    rule: fn(&Case) -> Result<(), String>,
) {
    let update = std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1");
    let files = case_files(folder);
    let check = |file: &Path| -> Result<(), String> {
        if file.extension().is_none_or(|extension| extension != "case") {
            return Err("only .case files belong here".into());
        }
        let written = fs::read_to_string(file).map_err(|error| error.to_string())?;
        if update {
            let found = run(&Case::command_line(written.lines().next().unwrap_or(""))?)?;
            rule(&found)?;
            return fs::write(file, found.write()).map_err(|error| error.to_string());
        }
        let expected = Case::parse(&written)?;
        rule(&expected)?;
        expected.difference(&run(&expected.line)?).map_or(Ok(()), Err)
    };
    let failed: Vec<String> = files
        .iter()
        .filter_map(|file| check(file).err().map(|problem| format!("{}: {problem}", file.display())))
        .collect();
    assert!(failed.is_empty(), "{} of {} cases fail:\n{}", failed.len(), files.len(), failed.join("\n"));
    assert!(files.len() >= at_least, "only {} cases in {folder}", files.len());
}

#[test]
fn every_good_case_prints_what_its_file_says() {
    check_cases("ok", 15, |case| {
        if case.code != 0 || !case.stderr.is_empty() || case.stdout.is_empty() {
            return Err("a good case exits with 0, prints something, and has no messages".into());
        }
        if case.stdout.lines().any(|line| line.ends_with(' ')) {
            return Err("a line ends with a space".into());
        }
        Ok(())
    });
}

/// Indented JSON in fewer lines: what has nothing indented in it stands on one line, or fills lines if it is a list.
fn folded(json: &str) -> String {
    const WIDTH: usize = 120;
    let mut lines: Vec<String> = Vec::new();
    // The line that opens each list and object, and whether lines in it belong together.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for line in json.lines() {
        let closes = line.trim_start().starts_with([']', '}']);
        if let Some((start, has_inner)) = if closes { open.pop() } else { None } {
            let members: Vec<String> = lines[start + 1..].iter().map(|member| member.trim().to_owned()).collect();
            let whole = format!("{}{}{}", lines[start], members.join(" "), line.trim());
            if !has_inner && whole.len() <= WIDTH {
                lines.truncate(start);
                lines.push(whole);
                continue;
            }
            if !has_inner && line.trim_start().starts_with(']') {
                let indent = " ".repeat(lines[start].len() - lines[start].trim_start().len() + 2);
                lines.truncate(start + 1);
                for member in members {
                    match lines.last_mut().filter(|last| last.starts_with(&indent) && !last.ends_with('[')) {
                        Some(last) if last.len() + member.len() < WIDTH => *last += &format!(" {member}"),
                        _ => lines.push(format!("{indent}{member}")),
                    }
                }
            }
            open.iter_mut().for_each(|(_, has_inner)| *has_inner = true);
        } else if line.ends_with(['[', '{']) {
            open.push((lines.len(), false));
        }
        lines.push(line.to_owned());
    }
    lines.join("\n") + "\n"
}

#[test]
fn every_kind_of_exercise_is_told_to_other_programs_as_its_file_says() {
    let run = |line: &str| Case::run(line).map(|case| Case { stdout: folded(&case.stdout), ..case });
    check_cases_as("worksheet-json", convt_matrix::worksheet::kinds::ALL.len(), run, |case| {
        let is_compact = case.stdout.lines().count() <= 200;
        if case.code == 0 && is_compact { Ok(()) } else { Err("one small exercise of a kind as JSON".into()) }
    });
}

#[test]
fn json_is_folded_without_losing_anything_but_white_space() {
    let json = "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": [\n    {\n      \"c\": []\n    }\n  ]\n}\n";
    assert_eq!(folded(json), "{\"a\": [1, 2], \"b\": [{\"c\": []}]}\n");
    let long = format!("[\n{}  \"end\"\n]\n", "  \"0123456789\",\n".repeat(20));
    let without_space = |text: &str| text.replace(char::is_whitespace, "");
    assert_eq!(folded(&long).lines().count(), 5);
    assert_eq!(without_space(&folded(&long)), without_space(&long));
}

#[test]
fn every_case_of_a_wrong_answer_says_what_its_file_says() {
    check_cases("wrong-answer", 10, |case| {
        if case.code != 1 || case.stdout.is_empty() || !case.stderr.ends_with("error: the answer is wrong\n") {
            return Err("a wrong answer exits with 1, and is diagnosed".into());
        }
        Ok(())
    });
}

#[test]
fn every_case_of_bad_input_says_what_its_file_says() {
    check_cases("bad-input", 95, |case| {
        if case.code != 2 || !case.stdout.is_empty() {
            return Err("bad input exits with 2 and prints nothing to stdout".into());
        }
        if !case.stderr.starts_with("error: ") && !case.line.is_empty() {
            return Err("the message does not begin with `error: `".into());
        }
        let way_out = ["help: ", "tip: ", "[possible values: ", "Usage: ", " try '--help'"];
        if !way_out.iter().any(|sign| case.stderr.contains(sign)) {
            return Err("the message shows no way out".into());
        }
        Ok(())
    });
}

#[test]
fn a_case_is_read_as_it_was_written() {
    let case = |stdout: &str, stderr: &str| Case {
        line: "--in 'a b' --k ''".into(),
        code: 2,
        stdout: stdout.into(),
        stderr: stderr.into(),
    };
    for case in [case("", ""), case("out\n", ""), case("", "error: no\n  help: yes\n"), case("\n\n1\n", "\n")] {
        assert_eq!(Case::parse(&case.write()), Ok(case));
    }
    assert_eq!(arguments("--in 'a b'  --k ''"), Ok(["--in", "a b", "--k", ""].map(String::from).to_vec()));
}

#[test]
fn a_malformed_case_is_an_error() {
    let malformed = [
        "",
        "\n",
        "$ convt-matrix --k 3",
        "$ other --k 3\nexit 0\n--- stdout\n--- stderr\n",
        "--k 3\nexit 0\n--- stdout\n--- stderr\n",
        "$ convt-matrix --k '3\nexit 0\n--- stdout\n--- stderr\n",
        "$ convt-matrix --k 3\nexit two\n--- stdout\n--- stderr\n",
        "$ convt-matrix --k 3\n--- stdout\n--- stderr\n",
        "$ convt-matrix --k 3\nexit 0\n--- stderr\n",
        "$ convt-matrix --k 3\nexit 0\n--- stdout\ntext\n",
        "$ convt-matrix --k 3\nexit 0\n--- stdout\ntext--- stderr\n",
    ];
    for text in malformed {
        assert!(Case::parse(text).is_err(), "{text:?} was read as {:?}", Case::parse(text));
    }
}

#[test]
fn a_case_that_differs_in_one_character_is_told_by_its_line() {
    let case = Case { line: "--k 3".into(), code: 0, stdout: "a\nb\n".into(), stderr: String::new() };
    let other = Case { stdout: "a\nc\n".into(), ..Case::parse(&case.write()).expect("well formed") };
    assert_eq!(case.difference(&other).as_deref(), Some("line 5:\n    expected Some(\"b\")\n    found    Some(\"c\")"));
    assert_eq!(case.difference(&case), None);
}

// What holds for every run.

#[test]
fn the_same_command_prints_the_same_bytes() {
    for line in [
        "--k 3 --in 2x2 --latex",
        "--k 2 --in 3 --in-channels 4 --out-channels 2 --groups 2 --markdown",
        "--k 5 --in 10x5 -s 5 -p 4 -d 3 --output-padding 2",
        "--k 3 --in 20x20 --only matrix --latex --full",
    ] {
        assert_eq!(run(line).stdout, run(line).stdout, "{line}");
    }
}

#[test]
fn each_way_to_write_a_flag_means_the_same() {
    let expected = succeeds("--kernel-size 3x3 --in 4x4 --stride 2x2 --padding 1x1 --dilation 1x1 --text");
    for line in [
        "-k 3 --in 4x4 -s 2 -p 1",
        "--k 3 --in 4x4 -s 2 -p 1",
        "--kernel 3 --in=4x4 -s2 -p1",
        "--k 3,3 --in 4,4 -s 2,2 -p 1:1,1 -d 1",
        "--k=3x3 --in 4X4 -s 2 -p 1:1 --in-channels 1 --out-channels 1 --groups 1 --output-padding 0",
        "--in 4×4 --k 3×3 -s 2 -p 1 --zeros 0 --lines blocks -o -",
    ] {
        assert_eq!(succeeds(line), expected, "{line}");
    }
}

#[test]
fn parts_come_in_the_order_of_the_derivation_whatever_the_order_they_are_asked_in() {
    let expected = succeeds("--k 2 --in 2 --only sizes,matrix,entries");
    for line in
        ["--only entries,matrix,sizes", "--only entries --only sizes,matrix", "--only sizes,sizes,matrix,entries"]
    {
        assert_eq!(succeeds(&format!("--k 2 --in 2 {line}")), expected, "{line}");
    }
}

#[test]
fn all_parts_together_are_the_whole_derivation_without_its_title() {
    let whole = succeeds("--k 2 --in 2");
    let parts = succeeds("--k 2 --in 2 --only symbols,sizes,matrix,transpose,product,conv-form,entries,proof");
    let (_, sections) = whole.split_once("── ").expect("the whole has headings");
    assert_eq!(parts, format!("── {sections}"));
}

#[test]
fn a_single_part_is_bare_formulas() {
    for part in ["symbols", "sizes", "matrix", "transpose", "product", "conv-form", "entries"] {
        let shown = succeeds(&format!("--k 2 --in 3 -s 2 --only {part}"));
        assert!(
            !shown.contains("── ") && shown.lines().all(|line| line.is_empty() || line.starts_with("  ")),
            "{shown}"
        );
    }
}

#[test]
fn the_proof_on_its_own_does_not_point_at_sums_that_are_not_there() {
    let proof = succeeds("--k 2 --in 2 --only proof");
    assert!(!proof.contains("above"), "nothing stands above:\n{proof}");
}

#[test]
fn the_proof_does_not_claim_that_all_sums_stand_above_where_most_are_left_out() {
    let elided = succeeds("--k 3 --in 32x32 --only entries,proof");
    assert!(!elided.contains("they are the sums above"), "ten of the 1156 sums are shown:\n{elided}");
}

#[test]
fn a_part_does_not_point_at_a_caution_in_a_part_that_was_not_asked_for() {
    let two = succeeds("--k 2 --in 3 -d 4 --output-padding 2 --only symbols,matrix");
    assert!(!two.contains("see the caution"), "{two}");
}

#[test]
fn a_layer_with_few_products_is_not_said_to_have_too_many() {
    // Two inputs far apart: 4 products, but millions of outputs.
    let proof = succeeds("--k 2 --in 2 -s 2200000 --only proof");
    assert!(!proof.contains("has 4 products, too many"), "{proof}");
}

#[test]
fn a_standalone_document_begins_with_its_class() {
    let page = succeeds("--k 2 --in 2 --standalone");
    assert!(page.starts_with("\\documentclass"), "{page:.60}");
}

// Pipes.

#[test]
fn a_reader_that_goes_away_is_not_an_error() {
    let folder = furnished_folder();
    let mut child = command(folder.path())
        .args(["--k", "3", "--in", "20x20", "--latex", "--full", "--only", "matrix,transpose"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut some = [0; 10];
    child.stdout.take().expect("a pipe").read_exact(&mut some).expect("it prints more than ten bytes");
    // The pipe is closed here, long before the output (more than a pipe holds) is written.
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    let whole = run("--k 3 --in 20x20 --latex --full --only matrix,transpose");
    assert!(whole.stdout.len() > 1 << 20, "the output is larger than a pipe");
}

#[test]
fn a_reader_that_goes_away_before_the_help_is_not_an_error_either() {
    for line in ["--help", "man", "completions zsh", "template standalone.tex"] {
        let mut child = command(Path::new("."))
            .args(arguments(line).expect("well quoted"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_stdout_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = command(Path::new("."))
        .args(["--k", "3", "--in", "2x2"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("the command starts");
    assert_eq!(output.status.code(), Some(2));
    names(text(&output.stderr), &["stdout", "No space left"]);
}

// Files.

#[test]
fn a_file_has_the_whole_result_and_nothing_else_is_left_in_the_folder() {
    let folder = folder();
    for (name, flag) in
        [("a.txt", "--text"), ("a.tex", "--latex"), ("a.md", "--markdown"), ("a.markdown", "--markdown")]
    {
        let output = run_in(folder.path(), &["--k", "3", "--in", "2x2", "-o", name]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!((text(&output.stdout), text(&output.stderr)), ("", ""), "{name}");
        let written = fs::read_to_string(folder.path().join(name)).expect("the file is there");
        assert_eq!(written, succeeds(&format!("--k 3 --in 2x2 {flag}")), "the format follows the extension of {name}");
    }
    assert_eq!(listing(folder.path()), ["a.markdown", "a.md", "a.tex", "a.txt"]);
}

#[test]
fn a_flag_sets_the_format_whatever_the_extension_says() {
    let folder = folder();
    for (name, flag) in [("a.txt", "--latex"), ("a.tex", "--standalone"), ("a", "--markdown"), ("a.pdf", "--text")] {
        let output = run_in(folder.path(), &["--k", "3", "--in", "2x2", flag, "--output", name]);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        let written = fs::read_to_string(folder.path().join(name)).expect("the file is there");
        assert_eq!(written, succeeds(&format!("--k 3 --in 2x2 {flag}")), "{name} {flag}");
    }
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let folder = furnished_folder();
    let file = folder.path().join("file.txt");
    fs::write(&file, "long ".repeat(100_000)).expect("a file");
    assert!(run_in(folder.path(), &["--k", "2", "--in", "2", "-o", "file.txt"]).status.success());
    assert_eq!(fs::read_to_string(&file).expect("the file is there"), succeeds("--k 2 --in 2"));
}

#[test]
fn a_file_in_another_folder_is_written_there() {
    let folder = furnished_folder();
    let file = folder.path().join("folder").join("a.md");
    let output = run_in(Path::new("/"), &["--k", "2", "--in", "2", "-o", file.to_str().expect("a plain path")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(file).expect("the file is there"), succeeds("--k 2 --in 2 --markdown"));
    assert_eq!(listing(&folder.path().join("folder")), ["a.md"]);
}

#[test]
fn a_failure_leaves_the_old_file_as_it_was() {
    let folder = furnished_folder();
    let before = listing(folder.path());
    for line in [
        "--k 0 --in 2 -o file.txt",
        "--k 3 --in 2 -s 0 -o file.txt",
        "--k 3 --in 100000x100000 -o file.txt",
        "--k 3 --in 300x300 --full -o file.txt",
        "--k 3 --in 2 --templates broken -o file.txt",
        "--k 3 --in 2 --templates empty -o file.txt",
        "--k 3 --in 2 --only nothing -o file.txt",
    ] {
        let arguments = arguments(line).expect("well quoted");
        let output = command(folder.path()).args(arguments).output().expect("the command starts");
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert_eq!(fs::read_to_string(folder.path().join("file.txt")).expect("still there"), "old\n", "{line}");
        assert_eq!(listing(folder.path()), before, "{line} leaves nothing behind");
    }
}

#[test]
fn a_missing_folder_is_named_together_with_the_flag_and_without_the_scratch_file() {
    let message = is_refused("--k 3 --in 2x2 -o missing/a.tex");
    names(&message, &["--output", "missing/a.tex", "help: "]);
    assert!(!message.contains(".convt-matrix-"), "the name of the scratch file helps nobody:\n{message}");
    assert_eq!(message, is_refused("--k 3 --in 2x2 -o missing/a.tex"), "and it differs every time");
}

#[test]
fn a_folder_in_place_of_a_file_is_called_a_folder() {
    for name in ["folder", "folder/", "."] {
        for flag in ["", " --latex"] {
            let message = is_refused(&format!("--k 3 --in 2x2 -o {name}{flag}"));
            names(&message, &["--output", name, "folder"]);
            assert!(message.contains("this is a folder"), "{name}{flag}:\n{message}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_link_is_written_through_and_not_replaced() {
    let folder = furnished_folder();
    let link = folder.path().join("link.txt");
    std::os::unix::fs::symlink("file.txt", &link).expect("a link");
    assert!(run_in(folder.path(), &["--k", "2", "--in", "2", "-o", "link.txt"]).status.success());
    assert!(link.symlink_metadata().expect("the link is there").is_symlink(), "the link was replaced by a file");
    assert_eq!(fs::read_to_string(folder.path().join("file.txt")).expect("its target"), succeeds("--k 2 --in 2"));
}

#[test]
#[cfg(unix)]
fn what_is_no_regular_file_is_never_replaced_by_one() {
    use std::os::unix::fs::FileTypeExt as _;
    // A named pipe stands for /dev/null and its like, which a privileged user would otherwise destroy. It is opened
    // for reading and writing first, so that a command which writes into it does not wait for a reader.
    let folder = furnished_folder();
    let pipe = folder.path().join("pipe.txt");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there").success());
    let reader = fs::OpenOptions::new().read(true).write(true).open(&pipe).expect("a pipe");
    let _ = run_in(folder.path(), &["--k", "2", "--in", "2", "-o", "pipe.txt"]);
    drop(reader);
    assert!(pipe.symlink_metadata().expect("it is there").file_type().is_fifo(), "the pipe was replaced by a file");
}

// Templates.

#[test]
fn a_replaced_template_is_used_and_the_others_stay() {
    assert_eq!(
        succeeds("--k 3 --in 2x2 --templates mine"),
        "My own: Transposed convolution: kernel 3 × 3, input 2 × 2.\n"
    );
    assert_eq!(succeeds("--k 3 --in 2x2 --templates mine --latex"), succeeds("--k 3 --in 2x2 --latex"));
}

#[test]
fn the_standalone_document_is_made_from_a_replaced_fragment() {
    let folder = furnished_folder();
    fs::write(folder.path().join("mine/page/derivation.tex"), "Only << title >>.\n").expect("a file");
    let output = run_in(folder.path(), &["--k", "3", "--in", "2x2", "--standalone", "--templates", "mine"]);
    names(
        text(&output.stdout),
        &["\\documentclass", "Only Transposed convolution: kernel 3 $\\times$ 3", "\\end{document}"],
    );
}

/// It includes another that asks for an axis, which only a loop of its own has.
#[test]
fn a_text_replaced_by_itself_says_the_same() {
    let folder = furnished_folder();
    let name = "text/en/derivation/sizes.md";
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(name);
    let place = folder.path().join("empty").join(name);
    fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    fs::copy(source, place).expect("a file");
    let output = run_in(folder.path(), &["--k", "3", "--in", "2x2", "--templates", "empty"]);
    assert_eq!(text(&output.stdout), succeeds("--k 3 --in 2x2"));
}

#[test]
fn the_printed_templates_are_the_ones_in_use() {
    let folder = furnished_folder();
    for (name, flag) in [
        ("derivation.tex", "--latex"),
        ("standalone.tex", "--standalone"),
        ("derivation.md", "--markdown"),
        ("derivation.txt", "--text"),
    ] {
        let source = succeeds(&format!("template {name}"));
        fs::write(folder.path().join("empty/page").join(name), &source).expect("a file");
        let output = run_in(folder.path(), &["--k", "3", "--in", "2x2", flag, "--templates", "empty"]);
        assert_eq!(text(&output.stdout), succeeds(&format!("--k 3 --in 2x2 {flag}")), "{name}");
        assert_eq!(
            source,
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/page").join(name))
                .expect("it is there")
        );
    }
}

#[test]
fn a_broken_template_is_named_with_its_place() {
    let message = is_refused("--k 3 --in 2x2 --templates broken");
    names(&message, &["derivation.txt", "3:1"]);
    // The delimiters here are <% and %>; a message about others would send the reader astray.
    assert!(!message.contains("%}") && !message.contains("{%"), "{message}");
}

#[test]
fn a_problem_with_the_templates_names_the_flag() {
    for folder in ["missing", "empty", "file.txt", "broken"] {
        names(&is_refused(&format!("--k 3 --in 2x2 --templates {folder}")), &["--templates", folder]);
    }
}

// Around it.

#[test]
fn the_help_fits_80_columns_and_begins_with_examples() {
    for line in ["--help", "-h", "help"] {
        let help = succeeds(line);
        let widest = help.lines().max_by_key(|line| line.chars().count()).expect("it has lines");
        assert!(widest.chars().count() <= 80, "{line}: {widest}");
        let examples = help.lines().position(|line| line.starts_with("Examples")).expect("examples");
        assert!(examples <= 3, "{line}: examples begin in line {}", examples + 1);
        let usage = help.lines().position(|line| line.starts_with("Usage")).expect("usage");
        assert!(examples < usage);
    }
    for line in ["completions --help", "man --help", "template --help"] {
        assert!(succeeds(line).lines().all(|line| line.chars().count() <= 80), "{line}");
    }
}

#[test]
fn the_examples_of_the_help_work() {
    let help = succeeds("--help");
    let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  convt-matrix ")).collect();
    assert!(examples.len() >= 4, "{examples:?}");
    // An example that reads a file of the user's is not run.
    for example in examples.into_iter().filter(|example| !example.contains('<')) {
        // The command ends where two spaces begin its explanation (or at `then:`).
        let line = example.split("  ").next().and_then(|line| line.split(" then:").next()).expect("a command");
        let output = run(line);
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let expected = format!("convt-matrix {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((succeeds("--version"), succeeds("-V")), (expected.clone(), expected));
}

#[test]
fn nothing_typed_shows_the_help_as_a_mistake() {
    let message = is_refused("");
    names(&message, &["Examples:", "Usage:"]);
}

#[test]
fn every_shell_gets_a_completion_script_with_the_flags_and_the_parts() {
    for shell in ["bash", "zsh", "fish"] {
        let script = succeeds(&format!("completions {shell}"));
        names(&script, &["kernel-size", "output-padding", "conv-form"]);
    }
    for shell in ["elvish", "powershell"] {
        names(&succeeds(&format!("completions {shell}")), &["kernel-size", "output-padding"]);
    }
    let script = succeeds("completions bash");
    let folder = folder();
    let file = folder.path().join("script");
    fs::write(&file, script).expect("a file");
    assert!(Command::new("bash").arg("-n").arg(file).status().expect("bash is there").success(), "bash reads it");
}

#[test]
fn the_manual_page_is_roff_and_has_every_flag_of_the_help() {
    let page = succeeds("man");
    names(&page, &[".TH convt-matrix 1", ".SH NAME", ".SH OPTIONS"]);
    let help = succeeds("--help");
    let flags = help.split(|c: char| c.is_whitespace() || c == ',').filter(|word| word.starts_with("--"));
    let flags: Vec<String> = flags.map(|flag| flag.replace('-', "\\-")).collect();
    assert!(flags.len() > 20);
    for flag in flags {
        // Aliases stand in brackets in the help and are left out of the page.
        assert!(page.contains(&flag) || ["\\-\\-k", "\\-\\-kernel]"].contains(&flag.as_str()), "{flag} is missing");
    }
}

#[test]
fn only_the_names_of_built_in_templates_are_templates() {
    for name in ["derivation", "derivation.html", "../Cargo.toml", "check.md", "text/xx/words.md"] {
        names(&is_refused(&format!("template '{name}'")), &[name, "'convt-matrix template' lists them"]);
    }
    names(
        &is_refused("template opening.md"),
        &["text/en/derivation/opening.md", "text/en/gradients/opening.md", "folder"],
    );
}

// Messages: each names the flag, the value and the way out.

#[test]
fn every_zero_is_refused_with_its_flag() {
    for flag in ["--in", "--kernel-size", "--stride", "--dilation", "--in-channels", "--out-channels", "--groups"] {
        let defaults = [("--in", "2x2"), ("--kernel-size", "3")];
        let rest: Vec<String> = defaults
            .iter()
            .filter(|(other, _)| *other != flag)
            .map(|(other, value)| format!("{other} {value}"))
            .collect();
        let message = is_refused(&format!("{} {flag} 0", rest.join(" ")));
        names(&message, &[&format!("{flag} 0"), "at least 1", "help: "]);
    }
}

#[test]
fn a_negative_number_is_called_negative_for_every_flag_and_every_axis() {
    for (flag, value) in [
        ("--in", "-2"),
        ("--in", "-2x2"),
        ("--in", "2x-2"),
        ("--kernel-size", "-3"),
        ("--kernel-size", "-3x3"),
        ("--stride", "-1"),
        ("--stride", "-1x1"),
        ("--padding", "-1"),
        ("--padding", "-1:0"),
        ("--padding", "1:-1"),
        ("--dilation", "-1"),
        ("--output-padding", "-1"),
        ("--in-channels", "-1"),
        ("--out-channels", "-1"),
        ("--groups", "-1"),
    ] {
        let defaults = [("--in", "2x2"), ("--kernel-size", "3")];
        let rest: Vec<String> = defaults
            .iter()
            .filter(|(other, _)| *other != flag)
            .map(|(other, value)| format!("{other} {value}"))
            .collect();
        names(&is_refused(&format!("{} {flag} {value}", rest.join(" "))), &[flag, value, "negative"]);
    }
}

#[test]
fn what_is_too_large_is_blamed_on_the_flag_that_makes_it_so() {
    let blamed = [
        ("--k 3 --in 100000x100000", "--in"),
        ("--k 1 --in 1 --in-channels 1000000000", "--in-channels"),
        ("--k 1 --in 1 --out-channels 1000000000", "--out-channels"),
        ("--k 2 --in 2 -s 1000000000", "--stride"),
        ("--k 2 --in 2 -d 1000000000", "--dilation"),
        ("--conv --k 3 --in 4 -p 9223372036854775807", "--padding"),
    ];
    let astray: Vec<String> = blamed
        .iter()
        .map(|(line, flag)| (flag, is_refused(line)))
        .filter(|(flag, message)| !message.contains(&format!("{flag} ")))
        .map(|(flag, message)| format!("{flag} is not named: {message}"))
        .collect();
    assert!(astray.is_empty(), "{}", astray.join("\n"));
}

#[test]
fn what_does_not_fit_into_63_bits_is_named_with_its_value() {
    for line in ["--k 3 --in 9223372036854775807", "--k 3 --in 2 -s 9223372036854775807"] {
        names(&is_refused(line), &["9223372036854775807"]);
    }
}

// Huge numbers.

/// Runs the command where it gets 400 MB of address space and 5 seconds of the processor; the time it took.
#[cfg(target_os = "linux")]
fn run_in_little_memory(line: &str) -> (Output, Duration) {
    let started = Instant::now();
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 400000 && ulimit -t 5 && exec \"$0\" \"$@\"", EXECUTABLE])
        .args(arguments(line).expect("well quoted"))
        .env_remove("COLUMNS")
        .output()
        .expect("sh is there");
    (output, started.elapsed())
}

#[cfg(target_os = "linux")]
#[track_caller]
fn is_refused_in_little_memory(line: &str) -> (Output, Duration) {
    let (output, took) = run_in_little_memory(line);
    assert_eq!(output.status.code(), Some(2), "{line}: {} {}", output.status, text(&output.stderr));
    assert_eq!(text(&output.stdout), "", "{line}");
    (output, took)
}

#[cfg(target_os = "linux")]
#[track_caller]
fn is_refused_at_once(line: &str) {
    let (output, took) = is_refused_in_little_memory(line);
    assert_eq!(text(&output.stderr), is_refused(line), "{line}: the message is the same with all the memory there is");
    assert!(took < Duration::from_secs(3), "{line} took {took:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn huge_numbers_are_refused_at_once_and_in_little_memory() {
    for line in [
        "--k 3 --in 100000x100000",
        "--k 3 --in 18446744073709551616",
        "--k 3 --in 9223372036854775808",
        "--k 3 --in 9223372036854775807",
        "--k 3 --in 9223372036854775807 -s 9223372036854775807",
        "--k 2 --in 2 -s 9223372036854775807 -d 9223372036854775807",
        "--k 3 --in 2x2 -s 4294967296",
        "--k 4294967297 --in 4294967297",
        "--k 3 --in 1000000x1000000x1000000",
        "--k 3 --in 2x2 -d 1000000000000",
        "--k 3 --in 4x4 -p 9223372036854775807",
        "--k 1 --in 1 --in-channels 9223372036854775807 --out-channels 9223372036854775807",
        "--k 1 --in 1 --groups 1000000000 --in-channels 1000000000 --out-channels 1000000000",
        "--conv --k 3 --in 9223372036854775807",
        "--conv --k 9223372036854775807 --in 9223372036854775807",
        "--k 3 --in 300x300 --full",
        "--k 3 --in 4000x4000 --full --latex",
    ] {
        is_refused_at_once(line);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_convolution_with_huge_padding_is_answered_in_little_memory() {
    // Few taps, one output, and a padded input that would fill the memory.
    for line in [
        "--conv --in 1 --k 1 -s 2000000000000 -p 0:1000000000000",
        "--conv --in 1 --k 1 -s 4000000000 -p 1000000000",
        "--conv --in 1x1 --k 1 -s 200000 -p 50000",
    ] {
        let (output, took) = run_in_little_memory(line);
        assert!(matches!(output.status.code(), Some(0 | 2)), "{line}: {:?} {}", output.status, text(&output.stderr));
        assert!(took < Duration::from_secs(10), "{line} took {took:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_huge_padded_input_is_not_written_out_in_full() {
    is_refused_in_little_memory("--conv --in 1 --k 1 -s 2000000000000 -p 0:1000000000000 --full");
    is_refused_in_little_memory("--conv --in 1 --k 1 -s 4000000000 -p 1000000000 --full --only conv-form --latex");
}

#[test]
fn a_long_wrong_value_is_not_repeated_in_full_by_the_reason() {
    let message = is_refused(&format!("--k 3 --in {}", "9".repeat(1000)));
    names(&message, &["too large", "999..."]);
}
