//! Nothing brings the command down: command lines from the ends of every range, each a process of its own with a
//! gigabyte and ten seconds.
//!
//! `CONVT_EXTREMES=200000` runs as many lines, `CONVT_EXTREMES=3600s` as long; `CONVT_EXTREMES_FROM=5000` starts there.

// The limits are those of a Linux shell; what they show does not depend on the system.
#![cfg(target_os = "linux")]

mod common;
mod extreme;

use common::limited::{MEMORY, OUT_OF_TIME, SECONDS, limited, limits, misspoken};
use common::{arguments, says};
use extreme::Line;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What the lines are drawn from.
const SEED: u64 = 0x5eed;

/// Lines of a run that nobody said anything about: about a minute on two processors.
const LINES: u64 = 3000;

/// More are not listed, nor looked for.
const MOST_LISTED: usize = 50;

/// Of the clock, for a process that waits for something.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sweep may be long, but ends when it is told to.
const SWEEP: Duration = Duration::from_secs(3);

#[test]
fn no_extreme_command_line_brings_the_command_down() {
    let first = number("CONVT_EXTREMES_FROM").unwrap_or(0);
    let wanted = std::env::var("CONVT_EXTREMES").ok();
    let seconds = wanted.as_deref().and_then(|wanted| wanted.strip_suffix('s')).map(|seconds| {
        Duration::from_secs(seconds.parse().expect("CONVT_EXTREMES is a count, or seconds such as 3600s"))
    });
    let lines = if seconds.is_some() { u64::MAX } else { number("CONVT_EXTREMES").unwrap_or(LINES) };
    let (start, next) = (Instant::now(), AtomicU64::new(first));
    // Whoever asks for a longer run wants to see all of it.
    let enough = if wanted.is_some() { usize::MAX } else { MOST_LISTED };
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let is_late = seconds.is_some_and(|seconds| start.elapsed() >= seconds);
                    let is_enough = failures.lock().expect("no panic").len() >= enough;
                    if number - first >= lines || is_late || is_enough {
                        break;
                    }
                    let line = extreme::line(SEED, number);
                    let answer = Answer::of(&line);
                    let faults = answer.faults(&line);
                    if !faults.is_empty() {
                        let report = answer.report(number, &line);
                        failures.lock().expect("no panic").push(Failure { fault: faults.join("; "), report });
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no panic");
    let tried = next.into_inner() - first;
    assert!(failures.is_empty(), "{} of about {tried} lines fail\n\n{}", failures.len(), told(failures));
}

/// A line whose answer is not as it should be.
struct Failure {
    fault: String,
    report: String,
}

/// What is wrong how often, then lines of every kind, the shortest first.
fn told(failures: Vec<Failure>) -> String {
    let mut kinds = BTreeMap::<String, Vec<String>>::new();
    for Failure { fault, report } in failures {
        kinds.entry(fault).or_default().push(report);
    }
    let mut told: String = kinds.iter().map(|(fault, reports)| format!("{:6} × {fault}\n", reports.len())).collect();
    let each = (MOST_LISTED / kinds.len().max(1)).max(1);
    for (fault, mut reports) in kinds.into_iter().take(MOST_LISTED) {
        reports.sort_by_key(String::len);
        told += &format!("\n── {fault}\n\n{}\n", reports[..each.min(reports.len())].join("\n\n"));
    }
    told
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// What came of a line.
struct Answer {
    status: ExitStatus,
    stdout: u64,
    stderr: String,
    /// Why what it said is no text, if it is none.
    is_text: bool,
    seconds: Duration,
    /// Told to end, because it is a sweep and took its time.
    was_interrupted: bool,
    /// Killed, because it neither worked nor ended.
    was_killed: bool,
    /// In its folder, beside what was there.
    left: BTreeSet<String>,
}

impl Answer {
    fn of(line: &Line) -> Self {
        let folder = tempfile::Builder::new().prefix("extreme").tempdir().expect("a folder");
        for (name, bytes) in &line.files {
            std::fs::write(folder.path().join(name), bytes).expect("a file");
        }
        let mut command = limited(folder.path());
        command.args(&line.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a shell");
        let (mut stdin, input) = (child.stdin.take().expect("a pipe"), line.stdin.clone());
        // The command need not read what it is given.
        let writer = thread::spawn(move || drop(stdin.write_all(&input)));
        let mut stdout = child.stdout.take().expect("a pipe");
        let counter = thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()).expect("it can be read"));
        let stderr = child.stderr.take().expect("a pipe");
        let listener = thread::spawn(move || {
            let mut said = Vec::new();
            stderr.take(1 << 20).read_to_end(&mut said).expect("it can be read");
            said
        });
        let start = Instant::now();
        let is_sweep = line.arguments.first().is_some_and(|command| command == "verify");
        let (mut was_interrupted, mut was_killed) = (false, false);
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status;
            }
            let elapsed = start.elapsed();
            if is_sweep && !was_interrupted && elapsed > SWEEP {
                let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
                was_interrupted = told.expect("kill starts").success();
            }
            if elapsed > PATIENCE && !was_killed {
                was_killed = child.kill().is_ok();
            }
            thread::sleep(Duration::from_millis(if elapsed.as_millis() < 50 { 1 } else { 10 }));
        };
        let seconds = start.elapsed();
        writer.join().expect("no panic");
        let stdout = counter.join().expect("no panic");
        let said = listener.join().expect("no panic");
        let entries = std::fs::read_dir(folder.path()).expect("a folder");
        let mut left: BTreeSet<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        for (name, _) in &line.files {
            left.remove(name);
        }
        let stderr = String::from_utf8_lossy(&said).into_owned();
        let is_text = stderr.as_bytes() == said;
        Self { status, stdout, stderr, is_text, seconds, was_interrupted, was_killed, left }
    }

    /// To read, and to paste.
    fn report(&self, number: u64, line: &Line) -> String {
        let said = self.stderr.lines().take(3).map(|said| said.escape_debug().take(300).collect::<String>());
        let said: String = said.map(|said| format!("\n    {said}")).collect();
        let Self { status, seconds, .. } = self;
        format!("{number}: {}\n    {status} after {:.1} s{said}", line.pasteable(), seconds.as_secs_f64())
    }

    /// What is wrong with it; nothing, if it is as it should be.
    fn faults(&self, line: &Line) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |is_fault: bool, what: &str| {
            if is_fault {
                faults.push(what.to_owned());
            }
        };
        let command = line.arguments.first().and_then(|command| command.to_str()).unwrap_or_default();
        let code = self.status.code();
        let may_be_1 = matches!(command, "diagnose" | "eval") || (command == "verify" && line.has("--plant"));
        match (code, self.status.signal()) {
            _ if self.was_killed => fault(true, "hangs"),
            (None, Some(OUT_OF_TIME)) => fault(true, &format!("takes more than {SECONDS} s")),
            (None, signal) => fault(true, &format!("ended by signal {signal:?}")),
            (Some(0 | 2), _) => {}
            (Some(1), _) => fault(!may_be_1, "exit code 1 where nothing can be wrong"),
            (Some(130), _) => fault(!self.was_interrupted, "exit code 130 without an interrupt"),
            (Some(code), _) => fault(true, &format!("exit code {code}")),
        }
        let (is_success, is_refusal) = (code == Some(0), code == Some(2));
        let stderr = self.stderr.as_str();
        let talk =
            |said: &str| said.is_empty() || ["note: ", "warning: ", "  "].iter().any(|kind| said.starts_with(kind));
        let expects_output = line.output.is_none() && !(command == "eval" && line.stdin.trim_ascii().is_empty());
        if is_success {
            fault(self.stdout == 0 && expects_output, "success without output");
            fault(self.stdout > 0 && line.output.is_some(), "output to stdout beside a file");
            fault(!stderr.lines().all(talk), "success, and stderr that is no note");
        }
        // Who says nothing is shown the help.
        let is_help = line.arguments.iter().all(|argument| argument == "--");
        if is_refusal && !is_help {
            fault(self.stdout > 0, "a refusal with output");
            fault(!stderr.starts_with("error: "), "a refusal that does not begin with error:");
            fault(!shows_a_way_out(stderr) && !is_of_files(stderr), "a refusal without a help: line");
            fault(stderr.lines().filter(|said| said.starts_with("error: ")).count() > 1, "more than one error");
        }
        if code == Some(1) {
            fault(self.stdout == 0 && expects_output, "a verdict without output");
            fault(!stderr.lines().any(|said| said.starts_with("error: ")), "a verdict without error:");
        }
        fault(!self.is_text, "stderr is no UTF-8");
        let output = line.output.as_deref().map(|name| name.trim_end_matches('/'));
        let is_written = output.is_some_and(|name| self.left.contains(name));
        let scraps: Vec<&String> = self.left.iter().filter(|name| Some(name.as_str()) != output).collect();
        fault(!scraps.is_empty(), &format!("leaves {scraps:?}"));
        fault(is_refusal && is_written, "a refusal that writes its file");
        fault(is_success && output.is_some() && !is_written, "success without its file");
        faults.extend(if is_help { Vec::new() } else { misspoken(stderr) });
        faults
    }
}

/// The second is said by the parser of the command line.
fn shows_a_way_out(stderr: &str) -> bool {
    stderr.contains("\n  help: ") || stderr.ends_with("\nFor more information, try '--help'.\n")
}

/// The reason why a file cannot be read or written is the system's, and so is the way out.
fn is_of_files(stderr: &str) -> bool {
    ["error: cannot read", "error: cannot write", "error: the system starts no thread"]
        .iter()
        .any(|begin| stderr.starts_with(begin))
}

/// The smallest line of every kind that was found.
const FOUND: [&str; 35] = [
    // Numbers that do not fit.
    "--k 1 --in 1 -s 9223372036854775807",
    "--conv --k 1 --in 1 -s 36028797018963968 -p 36028797018963968 --in-channels 1000",
    "diagnose --conv --k 1 --in 3 -s 9223372036854775807 --weight 1 --input ones --answer 1",
    "verify --in 1..300x1 --k 1 --threads 9223372036854775807",
    // A vector as long as a stride or a padding.
    "--k 1 --in 1 -s 1000000000000",
    "--k 1 --in 2 -s 1000000000000 -p 1000000000000:0",
    "--k 2,3 --in 3x2 -s 1,2147483649 -p 0x0:2147483650 -o d.md",
    "--k 3x1 --in 1x1 -s 1x1000000000000 --only sizes",
    "diagnose --conv --k 1 --in 1000 -s 10000000000000 --weight 1 --input zeros --answer 1",
    "diagnose --conv --k 1 --in 10000000 --weight 1 --input ones --answer ones",
    // Within the limits on sizes, and more than a gigabyte.
    "--k 1 --in 4000000",
    "--k 2 --in 3 --conv --in-channels 524288 --out-channels 1048576 --groups 524288",
    "--k 1 --in 1 --conv -p 524288 --in-channels 100",
    "explain --k 1 --in 4000000",
    "explain --k 1 --in 4000000 --buffers",
    "gradients --k 1 --in 1000000 --full",
    "gradients --k 3 --in 16383 --conv --latex --full",
    "matrix --k 1 --in 1 --in-channels 2000000",
    "matrix --k 1 --in 4000000 --format json",
    "verify --in 4000000 --k 4 --dims 1",
    "--k 1 --in 4095 --only transpose --full",
    "gradients --k 1 --in 65536 --full",
    "pytorch --conv --k 2097153x1 --in 4194304x1 --in-channels 4 --out-channels 6 --groups 2 --input iota",
    // Results that nobody had counted, and stacks of threads that do nothing.
    "--in 1000000 --k 1 --out-channels 20 --weight ones --input ones --only product",
    "explain --in 1000000 --k 1 --out-channels 20 --weight ones --input ones --at 0,0",
    "--in 3000x3000 --k 1 --weight ones --input ones --only proof --float",
    "verify -k 1..4 -d 1..4 --checks sizes --sample 100000 --threads 1000",
    // More than ten seconds.
    "gradients --k 2 --in 2 -d 262143 --full",
    "gradients --k 1000 --in 1000",
    "gradients --conv --k 1 --in 3 -s 2 --in-channels 1024 --out-channels 1024 --full",
    "gradients --conv --k 3 --in 5 -s 3 -p 2097151:0 --full",
    // Messages.
    "matrix --k 1 --in 1 --weight random --input ones",
    "--k 1 --in 1 --templates \u{1b}[31m",
    "--k 1 --in '\t'",
    "worksheet --seed 1 --kinds size --latex --title \u{7}",
];

#[test]
fn no_line_that_once_brought_it_down_does_so_again() {
    let long = "9".repeat(4999);
    let long = [
        format!("--k 3 --in 1000 -s 3 --weight '{long} {long} {long}' --input ones"),
        format!("diagnose --conv --k 300 --in 300 --weight '{}' --input ones --answer 1", "1e-1000 ".repeat(300)),
    ];
    let failures = FOUND.into_iter().chain(long.iter().map(String::as_str)).filter_map(|text| {
        let mut line = Line::of(&[]);
        line.arguments = arguments(text).expect("well quoted").into_iter().map(Into::into).collect();
        line.output = line.has("-o").then(|| "d.md".to_owned());
        let answer = Answer::of(&line);
        let faults = answer.faults(&line);
        (!faults.is_empty()).then(|| format!("{}: {}", faults.join("; "), answer.report(0, &line)))
    });
    let failures: Vec<String> = failures.collect();
    assert!(failures.is_empty(), "{} of {}:\n\n{}\n", failures.len(), FOUND.len() + long.len(), failures.join("\n\n"));
}

#[test]
fn every_kind_of_fault_is_found() {
    let line = Line::of(&["--k", "1", "--in", "1"]);
    let right = || Answer {
        status: ExitStatus::from_raw(2 << 8),
        stdout: 0,
        stderr: "error: --in 1: no\n  help: yes\n".into(),
        is_text: true,
        seconds: Duration::ZERO,
        was_interrupted: false,
        was_killed: false,
        left: BTreeSet::new(),
    };
    assert_eq!(right().faults(&line), Vec::<String>::new());
    let finds = |change: &dyn Fn(&mut Answer), fault: &str| {
        let mut wrong = right();
        change(&mut wrong);
        says(&wrong.faults(&line).join("; "), fault);
    };
    finds(&|answer| answer.status = ExitStatus::from_raw(6), "signal Some(6)");
    finds(&|answer| answer.status = ExitStatus::from_raw(24), "more than 10 s");
    finds(&|answer| answer.status = ExitStatus::from_raw(101 << 8), "exit code 101");
    finds(&|answer| answer.status = ExitStatus::from_raw(1 << 8), "where nothing can be wrong");
    finds(&|answer| answer.status = ExitStatus::from_raw(130 << 8), "without an interrupt");
    finds(&|answer| answer.status = ExitStatus::from_raw(0), "success without output");
    finds(&|answer| answer.status = ExitStatus::from_raw(0), "stderr that is no note");
    finds(&|answer| answer.was_killed = true, "hangs");
    finds(&|answer| answer.stdout = 1, "a refusal with output");
    finds(&|answer| answer.stderr.insert(0, '\n'), "does not begin with error:");
    finds(&|answer| answer.stderr.truncate(18), "without a help: line");
    finds(&|answer| answer.stderr.push('\u{1b}'), "control characters");
    finds(&|answer| answer.stderr.push_str("attempt to add with overflow"), "overflow");
    finds(&|answer| answer.is_text = false, "no UTF-8");
    finds(&|answer| answer.left.extend([".tmp123".into()]), "leaves");
}

#[test]
fn a_process_has_no_more_than_a_gigabyte_and_ten_seconds() {
    let shell = |script: &str| {
        let script = format!("{} && ulimit -v && ulimit -t && {script}", limits());
        let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
        String::from_utf8(output.stdout).expect("numbers")
    };
    assert_eq!(shell("true"), format!("{MEMORY}\n{SECONDS}\n"));
}
