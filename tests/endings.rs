//! How commands end when they are interrupted, and where a result must not be lost: nothing is left behind, and nothing
//! is said to be done that is not.

#![cfg(target_os = "linux")]

mod common;

use common::{arguments, command, flow, folder, listing, says, text, wait_until_it_listens};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A grid that takes minutes.
const LONG: &str = "--in 1..9 --k 1..5 --stride 1..4 --padding 0..4 --dilation 1..4 --output-padding 0..3 --dims 2..3";

/// However busy the machine is.
const AT_LAST: Duration = Duration::from_secs(60);

fn start(line: &str, folder: &Path) -> Child {
    let mut command = command();
    command.args(arguments(line).expect("well quoted")).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts")
}

fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
    assert!(sent.expect("kill is there").success(), "{signal}");
}

/// What it leaves if it ends at last. Else it is killed, so that it hangs no suite.
#[track_caller]
fn ended(mut child: Child, line: &str) -> Output {
    let until = Instant::now() + AT_LAST;
    // What it prints after a signal fits into a pipe.
    while child.try_wait().expect("it is ours").is_none() {
        if Instant::now() > until {
            child.kill().expect("it is ours");
            panic!("{line}: it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("it has ended")
}

fn has_scratch(folder: &Path) -> bool {
    listing(folder).iter().any(|name| name.starts_with(".convt-matrix-"))
}

/// The command, stopped at a moment at which its scratch file is there.
#[track_caller]
fn stopped_with_scratch(line: &str, folder: &Path) -> Child {
    for _ in 0..20 {
        let mut child = start(line, folder);
        let until = Instant::now() + AT_LAST;
        while !has_scratch(folder) && child.try_wait().expect("it is ours").is_none() {
            assert!(Instant::now() < until, "{line}: there is no scratch file");
            std::thread::yield_now();
        }
        signal(&child, "STOP");
        let status = format!("/proc/{}/stat", child.id());
        // Stopped, or a zombie if it was faster than the signal.
        while !fs::read_to_string(&status)
            .is_ok_and(|status| [") T ", ") Z "].iter().any(|state| status.contains(state)))
        {
            std::thread::yield_now();
        }
        if has_scratch(folder) {
            return child;
        }
        // It was faster, and is done.
        signal(&child, "CONT");
        ended(child, line);
        let _ = fs::remove_dir_all(folder.join("sheets"));
    }
    panic!("{line}: it is always faster");
}

#[test]
fn a_signal_removes_the_scratch_file_of_every_command_and_leaves_the_old_file() {
    let signals = ["INT", "TERM", "HUP"];
    let lines = [
        "matrix --k 3 --in 600x600 -o old.csv --format mtx",
        "matrix --k 3 --in 600x600 -o new.mtx",
        "pytorch --k 5 --in 60x60 -o new.py",
        "--k 3 --in 40x40 --full -o new.tex",
        "explain --k 5 --in 60x60 -o new.txt",
        "gradients --k 3 --in 40x40 -o new.md",
        "diagnose --k 3 --in 50x50 --weight iota --input iota --answer 1..100 -o new.txt",
        "worksheet --seed 1 --count 200 -o new.tex",
        "worksheet --seed 1 --variants 200 -o sheets",
    ];
    for (number, line) in lines.into_iter().enumerate() {
        let folder = folder();
        fs::write(folder.path().join("old.csv"), "old").expect("a file");
        let child = stopped_with_scratch(line, folder.path());
        signal(&child, signals[number % 3]);
        signal(&child, "CONT");
        let output = ended(child, line);
        let said = text(&output.stderr).lines().last().unwrap_or_default().to_owned();
        if output.status.code() == Some(130) {
            assert_eq!(said, "error: interrupted; nothing was written", "{line}");
            assert_eq!(listing(folder.path()), ["old.csv"], "{line}");
            assert_eq!(fs::read_to_string(folder.path().join("old.csv")).expect("it is there"), "old");
        } else {
            // It had come to its end; then everything is there.
            assert!(!has_scratch(folder.path()), "{line}: {:?} {said}", output.status);
            assert!(matches!(output.status.code(), Some(0 | 1)), "{line}: {:?} {said}", output.status);
        }
        assert_eq!(text(&output.stdout), "", "{line}");
    }
}

#[test]
fn a_second_signal_removes_the_scratch_file_too_and_does_not_wait() {
    // The sweep alone would end by itself at the first.
    for name in ["new.csv", "new.json", "old.txt"] {
        let folder = folder();
        fs::write(folder.path().join("old.txt"), "old").expect("a file");
        let line = format!("verify {LONG} -o {name}");
        let child = stopped_with_scratch(&line, folder.path());
        // Two of one kind would be one while it is stopped.
        signal(&child, "INT");
        signal(&child, "TERM");
        signal(&child, "CONT");
        let output = ended(child, &line);
        assert_eq!(output.status.code(), Some(130), "{line}: {}", text(&output.stderr));
        assert_eq!(listing(folder.path()), ["old.txt"], "{line}");
        says(text(&output.stderr), "error: interrupted; ");
    }
}

#[test]
fn one_signal_ends_a_sweep_wherever_it_is_and_the_last_line_says_so() {
    // Each takes minutes, most of them without a term to compare.
    for line in [
        "--layer 'ConvTranspose1d(1, 1, 3)' --in 5000000 --checks taps,matrix",
        "--layer 'ConvTranspose2d(1, 1, 3, stride=200)' --in 60x60 --checks zero-insertion",
        "--layer 'ConvTranspose2d(8, 8, 5)' --in 200x200 --checks sample",
        "--layer 'Conv2d(64, 64, 5)' --in 60x60 --checks im2col",
        "--layer 'ConvTranspose2d(1, 1, 700, padding=600)' --in 600x600 --checks kronecker",
        "--in 40..60 --k 6..9 --dims 3 --in-channels 3 --out-channels 3 --checks sample,matrix",
    ] {
        let child = start(&format!("verify {line} --threads 2 --max-memory 4G"), Path::new("."));
        wait_until_it_listens(&child);
        signal(&child, "INT");
        let output = ended(child, line);
        assert_eq!(output.status.code(), Some(130), "{line}: {}", text(&output.stderr));
        says(text(&output.stderr), "error: interrupted; the report says what was examined before");
        let report = text(&output.stdout);
        let last = report.lines().last().expect("a report");
        assert!(last.starts_with("Interrupted: this covers "), "{line}: {last}");
        assert!(!flow(report).contains("Every check holds for every layer."), "{line}: {report}");
        assert!(!flow(report).contains("Every check holds for the layer."), "{line}: {report}");
    }
}

#[test]
fn a_partial_result_says_at_its_end_that_it_is_partial_in_every_format() {
    let folder = folder();
    for (flags, last, piece) in [
        ("", 1, "Interrupted: this covers "),
        ("--markdown", 1, "*Interrupted:* this covers "),
        ("--latex", 2, "\\emph{Interrupted:} this covers "),
        ("--csv -o rows.csv", 1, "Interrupted: this covers "),
        ("--plant no-flip", 1, "Interrupted: this covers "),
    ] {
        let child = start(&format!("verify {LONG} {flags}"), folder.path());
        wait_until_it_listens(&child);
        signal(&child, "INT");
        let output = ended(child, flags);
        let report = text(&output.stdout);
        let line = report.lines().rev().nth(last - 1).expect("a report");
        assert!(line.starts_with(piece) && line.ends_with(" of 1,296,000 combinations."), "{flags}: {line}");
        assert!(!flow(report).contains("holds for every layer"), "{flags}: {report}");
        let said = text(&output.stderr).lines().last().expect("a message").to_owned();
        says(&said, "interrupted");
        // A failure that was found is one, whatever was not examined.
        let code = if report.contains("Some check fails") { 1 } else { 130 };
        assert_eq!(output.status.code(), Some(code), "{flags}");
        assert_eq!(listing(folder.path()), Vec::<String>::new(), "{flags}");
    }
}

#[test]
fn an_interrupted_batch_has_whole_answers_and_ends() {
    let mut child = start("eval", Path::new("."));
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"{\"id\": 1, \"op\": \"conv\", \"input\": [[1, 2]], \"weight\": [[[1, 2]]]}\n").expect("it reads");
    let mut answers = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut answer = String::new();
    answers.read_line(&mut answer).expect("an answer");
    assert!(answer.starts_with("{\"id\":") && answer.ends_with("}\n"), "{answer}");
    // Its stdin is still open: it waits for the next line.
    signal(&child, "TERM");
    let output = ended(child, "eval");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(text(&output.stderr), "error: interrupted; 1 line is answered\n");
}

// Where a result would be lost.

/// Runs the command by a shell, which can do to its files what it likes.
fn by_shell(redirections: &str, line: &str, folder: &Path) -> Output {
    let script = format!("exec \"$0\" \"$@\" {redirections}");
    let mut command = Command::new("sh");
    command.args(["-c", &script, common::EXECUTABLE]).args(arguments(line).expect("well quoted"));
    command.current_dir(folder).stdin(Stdio::null()).output().expect("sh is there")
}

#[test]
fn a_result_that_nobody_can_get_is_an_error_and_one_that_nobody_wants_is_none() {
    let folder = folder();
    for line in ["--k 2 --in 2", "verify --in 1 --k 1", "worksheet --seed 1 --kinds size", "--help", "man", "eval"] {
        for (redirections, problem) in [
            (">&-", "error: stdout is closed: the result would be lost"),
            ("1</dev/null", "error: stdout is open for reading only: the result would be lost"),
        ] {
            let output = by_shell(redirections, line, folder.path());
            assert_eq!(output.status.code(), Some(2), "{line} {redirections}");
            says(text(&output.stderr), problem);
        }
        let output = by_shell(">/dev/null", line, folder.path());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{line}");
        if line != "eval" {
            let output = by_shell(">/dev/full", line, folder.path());
            assert_eq!(output.status.code(), Some(2), "{line}");
            says(text(&output.stderr), "error: cannot write to stdout: No space left");
        }
    }
    // What goes to a file needs no stdout.
    assert_eq!(by_shell(">&-", "--k 2 --in 2 -o a.txt", folder.path()).status.code(), Some(0));
    assert_eq!(fs::read(folder.path().join("a.txt")).expect("a file"), common::bytes("--k 2 --in 2"));
}

#[test]
fn a_write_protected_file_is_not_replaced() {
    let folder = folder();
    let protect = |name: &str| {
        let path = folder.path().join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o444)).expect("it is ours");
    };
    fs::write(folder.path().join("a.txt"), "old").expect("a file");
    protect("a.txt");
    for line in ["--k 2 --in 2 -o a.txt", "matrix --k 2 --in 2 -o a.txt", "verify --in 1 --k 1 -o a.txt"] {
        let output = by_shell("", line, folder.path());
        assert_eq!(output.status.code(), Some(2), "{line}");
        says(text(&output.stderr), "error: --output a.txt: the file is write-protected\n  help: name another file");
        assert_eq!(fs::read_to_string(folder.path().join("a.txt")).expect("it is there"), "old");
    }
    let sheets = "worksheet --seed 1 --kinds size --variants 2 --text -o sheets";
    assert_eq!(by_shell("", sheets, folder.path()).status.code(), Some(0));
    protect("sheets/key-002.txt");
    let before = fs::read(folder.path().join("sheets/sheet-001.txt")).expect("a sheet");
    let output = by_shell("", &sheets.replace("--seed 1", "--seed 2"), folder.path());
    assert_eq!(output.status.code(), Some(2));
    says(text(&output.stderr), "error: --output sheets/key-002.txt: the file is write-protected");
    assert_eq!(fs::read(folder.path().join("sheets/sheet-001.txt")).expect("a sheet"), before);
}

// What is quoted.

#[test]
fn nothing_that_is_quoted_commands_the_terminal() {
    let folder = folder();
    let escape = "\u{1b}]0;owned\u{7}\u{9b}2J";
    let shown = "\\u{1b}]0;owned\\u{7}\\u{9b}2J";
    let path = folder.path();
    fs::write(path.join("id.csv"), format!("ann{escape}\n")).expect("a file");
    fs::create_dir_all(path.join("mine/page")).expect("a folder");
    fs::write(path.join("mine/page/derivation.txt"), format!("<% {escape} %>")).expect("a file");
    fs::create_dir(path.join(format!("no{escape}"))).expect("a folder");
    for arguments in [
        vec!["--k", "2", "--in", escape],
        vec!["--k", "2", "--in", "2", "-o", escape],
        vec!["--k", "2", "--in", "2", "--templates", escape],
        vec!["--k", "2", "--in", "2", "--weight", escape],
        vec!["--in", "2", "--layer", escape],
        vec![escape],
        vec!["worksheet", "--title", escape],
        vec!["worksheet", "--kinds", escape],
        vec!["worksheet", "--roster", escape, "-o", "s"],
        vec!["worksheet", "--roster", "id.csv", "-o", "s"],
        vec!["worksheet", "--from-manifest", escape, "-o", "s"],
        vec!["verify", "--in", "1", "--k", "1", "-o", escape],
        vec!["template", escape],
        vec!["--k", "2", "--in", "2", "--templates", "mine"],
    ] {
        let output = command().args(&arguments).current_dir(path).output().expect("the command starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = text(&output.stderr);
        let controls: Vec<char> = said.chars().filter(|c| c.is_control() && *c != '\n').collect();
        assert!(controls.is_empty() && output.stdout.is_empty(), "{arguments:?}: {said}");
        let is_quoted = said.contains(&shown[..8]);
        assert!(is_quoted || said.contains("control character"), "{arguments:?}: {said}");
    }
}
