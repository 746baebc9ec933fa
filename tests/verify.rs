//! `convt-matrix verify`: what it counts, what it finds, and how it ends.

mod common;

#[cfg(target_os = "linux")]
use common::wait_until_it_listens;
use common::{arguments, command, flow, folder, is_refused, run, says, text};
use convt_matrix::sweep::{Checks, Choice, Coverage, Grid, PaddingValues, Question, Sweep, Values};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

const MISTAKES: [&str; 5] = ["no-flip", "transposed-kernel", "output-padding-both-sides", "off-by-one", "swapped-axes"];

/// The grid of the issue.
const PLANES: &str = "--in 1..5 --k 1..4 --stride 1..3 --padding 0..3 --dilation 1..3 --output-padding 0..2";

/// One that takes minutes, so that it can be interrupted.
const LONG: &str = "--in 1..9 --k 1..5 --stride 1..4 --padding 0..4 --dilation 1..4 --output-padding 0..3 --dims 2..3";

#[track_caller]
fn ends(line: &str, code: i32) -> Output {
    let output = run(&format!("verify {line}"));
    assert_eq!(output.status.code(), Some(code), "{line}: {}", text(&output.stderr));
    output
}

#[track_caller]
fn json(line: &str, code: i32) -> Value {
    serde_json::from_slice(&ends(&format!("{line} --json"), code).stdout).expect("JSON")
}

#[track_caller]
fn shown(line: &str, code: i32) -> String {
    text(&ends(line, code).stdout).to_owned()
}

/// The rows of a sweep, each with its columns by their names.
#[track_caller]
fn rows(line: &str, code: i32) -> Vec<BTreeMap<String, String>> {
    rows_of(&ends(&format!("{line} --csv"), code).stdout)
}

fn rows_of(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().expect("a header").clone();
    let names: BTreeSet<&str> = header.iter().collect();
    assert_eq!(names.len(), header.len(), "every column has a name of its own");
    let row = |record: csv::StringRecord| {
        header.iter().zip(&record).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect()
    };
    reader.records().map(|record| row(record.expect("as long as the header"))).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

/// How many layers each check held and failed for, by its name.
fn checks(report: &Value) -> BTreeMap<String, (u64, u64)> {
    let line = |check: &Value| {
        (check["check"].as_str().expect("a name").to_owned(), (number(&check["held"]), number(&check["failed"])))
    };
    report["checks"].as_array().expect("a list").iter().map(line).collect()
}

fn impossible(report: &Value) -> BTreeMap<String, u64> {
    let line = |reason: &Value| (reason["reason"].as_str().expect("words").to_owned(), number(&reason["combinations"]));
    report["impossible"].as_array().expect("a list").iter().map(line).collect()
}

// What is counted.

#[test]
fn the_grid_of_the_issue_has_10800_combinations_of_which_7042_are_layers() {
    // Counted once more, with nothing of the crate.
    let (mut layers, mut taps, mut uncut, mut outputs, mut too_padded, mut nothing_left) = (0, 0, 0, 0, 0, 0);
    for code in 0..10_800 {
        let digit = |place: i64, radix: i64| code / place % radix;
        let sizes = [digit(1, 5) + 1, digit(5, 5) + 1];
        let (k, s, p, d, o) = (digit(25, 4) + 1, digit(100, 3) + 1, digit(300, 4), digit(1200, 3) + 1, digit(3600, 3));
        let output = sizes.map(|m| (m - 1) * s - 2 * p + d * (k - 1) + o + 1);
        if o >= s.max(d) {
            too_padded += 1;
        } else if output.iter().any(|&n| n < 1) {
            nothing_left += 1;
        } else {
            let on_axis = |axis: usize| {
                let pairs = (0..sizes[axis]).flat_map(|i| (0..k).map(move |t| s * i + d * t - p));
                pairs.filter(|&j| 0 <= j && j < output[axis]).count() as u64
            };
            layers += 1;
            taps += on_axis(0) * on_axis(1);
            uncut += sizes[0] * sizes[1] * k * k;
            outputs += (output[0] * output[1]) as u64;
        }
    }
    // The issue's 563,259 are the products of the scatter loops, before the edges are cut off.
    assert_eq!((layers, uncut), (7042, 563_259));
    let report = json(PLANES, 0);
    for (name, count) in [
        ("combinations", 10_800),
        ("planned", 10_800),
        ("examined", 10_800),
        ("layers", layers),
        ("taps", taps),
        ("outputs", outputs),
        ("failing", 0),
    ] {
        assert_eq!(number(&report[name]), count, "{name}");
    }
    let reasons = impossible(&report);
    assert_eq!(reasons["output padding not smaller than the larger of stride and dilation"], too_padded);
    assert_eq!(reasons["an output size less than 1"], nothing_left);
    assert_eq!((reasons.len(), layers + too_padded + nothing_left), (2, 10_800));
    assert!(checks(&report).values().all(|&verdicts| verdicts == (7042, 0)), "{report}");
    assert_eq!(
        (&report["interrupted"], &report["failure"], &report["planted"]),
        (&Value::Bool(false), &Value::Null, &Value::Null)
    );
}

#[test]
fn every_check_holds_on_the_default_grid_with_numbers_too() {
    let report = json("--numeric", 0);
    let layers = number(&report["layers"]);
    let all = ["adjoint", "im2col", "kronecker", "matrix", "sample", "sizes", "taps", "zero-insertion"];
    assert_eq!(checks(&report).keys().map(String::as_str).collect::<Vec<_>>(), all);
    assert!(checks(&report).values().all(|&verdicts| verdicts == (layers, 0)), "{report}");
    assert_eq!(impossible(&report).values().sum::<u64>() + layers, number(&report["combinations"]));
    let parts: u64 = report["grids"].as_array().expect("a list").iter().map(|grid| number(&grid["combinations"])).sum();
    assert_eq!(parts, number(&report["combinations"]));
}

#[test]
fn the_default_grid_has_layers_for_every_pair_of_parameters_that_are_not_at_their_defaults() {
    let mut met = BTreeSet::new();
    for row in rows("--checks sizes", 0).iter().filter(|row| row["status"] == "holds") {
        let axes = row["in"].split('x').count();
        let mut traits = vec![format!("{axes}-D")];
        for (name, default) in [
            ("kernel_size", "1"),
            ("stride", "1"),
            ("padding", "0"),
            ("dilation", "1"),
            ("output_padding", "0"),
            ("in", "1"),
            ("in_channels", "1"),
            ("out_channels", "1"),
            ("groups", "1"),
        ] {
            let values: Vec<&str> = row[name].split('x').collect();
            if values.iter().any(|value| *value != default) {
                traits.push(name.to_owned());
            }
            if values.iter().any(|value| *value != values[0]) {
                traits.push(format!("unlike {name}"));
            }
        }
        for one in &traits {
            met.extend(traits.iter().map(|other| (row["operation"].clone(), one.clone(), other.clone())));
        }
    }
    let axis = ["kernel_size", "stride", "padding", "dilation", "in"];
    let channels = ["in_channels", "out_channels", "groups"];
    for operation in ["conv", "conv_transpose"] {
        let widths = if operation == "conv" { &[][..] } else { &["output_padding"] };
        let all: Vec<&str> = [&axis[..], widths, &channels].concat();
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (*one, *other))) {
            assert!(met.contains(&(operation.into(), one.into(), other.into())), "{operation}: {one} with {other}");
        }
        for dimensions in ["1-D", "2-D", "3-D"] {
            for one in axis.iter().chain(widths) {
                assert!(
                    met.contains(&(operation.into(), dimensions.into(), (*one).into())),
                    "{operation} {dimensions}: {one}"
                );
            }
        }
        for (one, other) in
            axis.iter().chain(widths).flat_map(|one| axis.iter().chain(widths).map(move |other| (one, other)))
        {
            let pair = (operation.into(), format!("unlike {one}"), format!("unlike {other}"));
            assert!(met.contains(&pair), "{pair:?}");
        }
    }
}

#[test]
fn a_grid_without_any_layer_says_that_nothing_was_shown() {
    for line in [
        "--stride 0",
        "--in 1 --k 1 --padding 5..6",
        "--conv --output-padding 1",
        "--conv --in 1 --k 2..3",
        "--groups 0",
        "--groups 2 --in-channels 3",
    ] {
        let report = flow(&shown(line, 0));
        says(&report, "0 layers with 0 taps and 0 outputs");
        says(&report, "No layer was among them, so nothing was shown.");
        assert_eq!(number(&json(line, 0)["layers"]), 0);
    }
}

#[test]
fn impossible_combinations_do_not_hide_the_possible_ones() {
    let report = json("--conv --k 1..5 --in 1..3 --dims 1", 0);
    assert_eq!((number(&report["layers"]), number(&report["combinations"])), (6, 15));
    assert_eq!(impossible(&report)["the dilated kernel is longer than the padded input"], 9);
}

// Which parameters vary together.

#[test]
fn kernel_parameters_are_shared_by_the_axes_unless_each_has_its_own() {
    let count = |line: &str| number(&json(&format!("{line} --checks taps"), 0)["combinations"]);
    assert_eq!(count("--in 1..3 --k 1..2 --stride 1..2"), 9 * 2 * 2);
    assert_eq!(count("--in 1..3 --k 1..2 --stride 1..2 --anisotropic"), 9 * 4 * 4);
    assert_eq!(count("--in 1..3 --k 1..2x1..3 --stride 1..2"), 9 * 6 * 2);
    assert_eq!(count("--in 3 --k 1,3 --dims 1..3"), 2 + 2 + 2);
    assert_eq!(count("--in 1,4 --k 2 --dims 3"), 8);
    assert_eq!(count("--in 2 --k 2 --padding 0..1,0:1"), 3);
    assert_eq!(count("--in 2x3"), 3, "kernels of 1 to 3");
    assert_eq!(count("--dims 1"), 4 * 3);
    assert_eq!(count("--groups 1..2 --in-channels 2 --out-channels 2,4"), 16 * 3 * 2 * 2);
}

#[test]
fn a_pasted_layer_is_a_sweep_of_one() {
    let report = json(
        "--layer 'ConvTranspose2d(4, 6, (3, 2), stride=2, padding=1, output_padding=1, groups=2)' --in 3x4 --numeric",
        0,
    );
    assert_eq!((number(&report["layers"]), number(&report["combinations"])), (1, 1));
    assert!(checks(&report).values().all(|&verdicts| verdicts == (1, 0)));
    let same = json(
        "--in-channels 4 --out-channels 6 --k 3x2 --stride 2 --padding 1 --output-padding 1 --groups 2 --in 3x4 --numeric",
        0,
    );
    assert_eq!(
        (&report["taps"], &report["outputs"], &report["checks"]),
        (&same["taps"], &same["outputs"], &same["checks"])
    );
}

// Which checks are made.

#[test]
fn only_the_checks_that_are_asked_for_are_made() {
    let made =
        |flags: &str| checks(&json(&format!("--in 2 --k 2 {flags}"), 0)).into_keys().collect::<Vec<_>>().join(" ");
    assert_eq!(made(""), "adjoint im2col kronecker matrix sizes taps zero-insertion");
    assert_eq!(made("--numeric"), "adjoint im2col kronecker matrix sample sizes taps zero-insertion");
    assert_eq!(made("--checks taps"), "taps");
    assert_eq!(made("--checks sample"), "sample");
    assert_eq!(made("--checks taps --numeric"), "sample taps");
    assert_eq!(made("--checks kronecker,taps --checks taps"), "kronecker taps");
    assert_eq!(made("--checks MATRIX"), "matrix");
}

#[test]
fn a_mistake_is_not_planted_where_no_check_looks_at_the_rewriting() {
    for mistake in MISTAKES {
        let blind = "sizes,matrix,im2col,kronecker,adjoint";
        let refusal = is_refused(&format!("verify --in 1..3 --k 1..3 --plant {mistake} --checks {blind}"));
        says(&refusal, "none of the checks that are asked for looks at the rewriting");
        for seeing in ["taps", "zero-insertion", "sample"] {
            let report = shown(
                &format!("--in 1 --k 1 --output-padding 0 --plant {mistake} --checks {seeing}"),
                i32::from(mistake == "off-by-one"),
            );
            says(&flow(&report), "Planted on purpose");
        }
    }
}

// Planted mistakes.

#[test]
fn every_planted_mistake_is_exposed_by_the_default_sweep_with_its_smallest_layer_and_a_command_that_fails_again() {
    for (mistake, found, smallest, counterexample) in [
        (
            "no-flip",
            "--in 1 --k 2 --dims 1",
            "--in 1 --k 2 --dims 1",
            &["the entry at [0, 0] differs", "w[0]*x[0]", "w[1]*x[0]"][..],
        ),
        (
            "transposed-kernel",
            "--in 1 --k 2 --dims 1",
            "--in 1 --k 2 --dims 1",
            &["the entry at [0, 0] differs", "w[0]*x[0]", "w[1]*x[0]"],
        ),
        (
            "output-padding-both-sides",
            "--in 1 --k 1 --dilation 2 --output-padding 1 --dims 1",
            "--in 1 --k 1 --dilation 2 --output-padding 1 --dims 1",
            &["shapes differ: [1, 2] by", "[1, 3] by"],
        ),
        (
            "off-by-one",
            "--in 1 --k 1 --dims 1",
            "--in 1 --k 1 --dims 1",
            &["the entry at [0, 0] differs", "w[0]*x[0]", "\n  0\n"],
        ),
        ("swapped-axes", "--in 1x1 --k 1x2", "--in 1x1 --k 1x2", &["the kernel does not fit"]),
    ] {
        let line = format!("--plant {mistake}");
        let report = json(&line, 1);
        assert_eq!(
            (report["failure"]["found"].as_str(), report["failure"]["smallest"].as_str()),
            (Some(found), Some(smallest)),
            "{mistake}"
        );
        let spoken = report["failure"]["counterexample"].as_str().expect("a counterexample");
        for piece in counterexample {
            says(spoken, piece);
        }
        let checks = checks(&report);
        let failing: Vec<&str> =
            checks.iter().filter(|(_, verdicts)| verdicts.1 > 0).map(|(name, _)| name.as_str()).collect();
        assert_eq!(failing, ["taps", "zero-insertion"], "{mistake}");
        let (exposed, hidden) = (number(&report["planted"]["exposed"]), number(&report["planted"]["hidden"]));
        assert!(exposed > 0 && hidden > 0);
        assert_eq!((exposed + hidden, exposed), (number(&report["layers"]), number(&report["failing"])), "{mistake}");
        for exposures in ["by_kernel_size", "by_output_padding"] {
            let sum = |name: &str| {
                report["planted"][exposures]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|line| number(&line[name]))
                    .sum::<u64>()
            };
            assert_eq!((sum("exposed"), sum("hidden")), (exposed, hidden), "{mistake} {exposures}");
        }
        let again = report["failure"]["command"].as_str().expect("a command");
        let again = again.strip_prefix("convt-matrix verify ").expect("of this program");
        let again_report = json(again, 1);
        assert_eq!((number(&again_report["layers"]), number(&again_report["failing"])), (1, 1), "{again}");
        assert_eq!(again_report["failure"]["counterexample"].as_str(), Some(spoken), "{again}");
        assert_eq!(again_report["failure"]["command"], report["failure"]["command"]);
    }
}

#[test]
fn the_text_of_a_failure_has_the_layer_both_expansions_and_the_command() {
    let output = ends("--in 2..3 --k 1..3 --plant no-flip", 1);
    let report = text(&output.stdout);
    for piece in [
        "the kernel is not flipped",
        "w[0]*x[0]\n    by the textbook scatter loops\n  w[1]*x[0]\n    by the stride-1 convolution over the zero-inserted, padded input\n",
        "\n  convt-matrix verify --in 1 --k 2 --dims 1 --checks taps,zero-insertion --plant no-flip\n",
        "Some check fails.",
    ] {
        says(report, piece);
    }
    let flowing = flow(report);
    says(&flowing, "--in 2x2 --k 2x2 Made smaller, as long as a check fails: --in 1 --k 2 --dims 1 ");
    says(text(&output.stderr), "error: some check fails for 8 layers");
}

#[test]
fn a_missing_flip_of_symmetric_kernels_hides_exactly_behind_kernels_of_one_cell() {
    for row in rows("--in 1..4 --k 1..4 --stride 1..3 --dims 1..2 --plant no-flip", 1) {
        let is_one = row["kernel_size"].split('x').all(|size| size == "1");
        assert_eq!(row["status"], if is_one { "holds" } else { "fails" }, "{row:?}");
    }
    let report = json("--plant no-flip", 1);
    let of_one = &report["planted"]["by_kernel_size"][0];
    assert_eq!((number(&of_one["value"]), number(&of_one["exposed"])), (1, 0));
    assert!(number(&of_one["hidden"]) > 1000);
}

#[test]
fn an_output_padding_on_both_sides_hides_exactly_where_there_is_none() {
    let report = json("--plant output-padding-both-sides", 1);
    let lines = report["planted"]["by_output_padding"].as_array().expect("a list");
    assert!(lines.len() > 3);
    for line in lines {
        let silent = if number(&line["value"]) == 0 { "exposed" } else { "hidden" };
        assert_eq!(number(&line[silent]), 0, "{line}");
    }
}

#[test]
fn a_mistake_that_needs_a_second_axis_or_an_output_padding_does_not_show_without() {
    for line in [
        "--dims 1 --plant swapped-axes",
        "--in 1..3 --k 1..3 --stride 1..2 --plant output-padding-both-sides",
        "--k 1 --plant no-flip",
        "--k 1 --plant transposed-kernel",
    ] {
        says(&flow(&shown(line, 0)), "It shows in 0 layers");
    }
}

// The same bytes.

const FORMATS: [&str; 5] = ["--text", "--json", "--csv", "--latex", "--markdown"];

#[test]
fn the_number_of_threads_changes_no_byte() {
    let grid = "--in 1..3 --k 1..3 --stride 1..2 --padding 0..1 --output-padding 0..1 --numeric --seed 3";
    for (line, code) in [
        (grid.to_owned(), 0),
        (format!("{grid} --plant off-by-one"), 1),
        (format!("{grid} --plant no-flip --sample 150"), 1),
        (format!("{grid} --sample 5"), 0),
    ] {
        for format in FORMATS {
            let expected = ends(&format!("{line} {format} --threads 1"), code).stdout;
            assert!(!expected.is_empty());
            for threads in [2, 3, 7] {
                let found = ends(&format!("{line} {format} --threads {threads}"), code).stdout;
                assert_eq!(text(&found), text(&expected), "{line} {format} --threads {threads}");
            }
        }
    }
}

#[test]
fn a_sample_is_drawn_again_from_its_seed_and_another_from_another() {
    let drawn = |flags: &str| shown(&format!("{LONG} --sample 40 --checks taps --csv {flags}"), 0);
    assert_eq!(drawn("--seed 7"), drawn("--seed 7"));
    assert_eq!(drawn(""), drawn("--seed 0"));
    let seeds: BTreeSet<String> = (0..4).map(|seed| drawn(&format!("--seed {seed}"))).collect();
    assert_eq!(seeds.len(), 4);
    let report = shown(&format!("{LONG} --sample 40 --checks taps --seed 7"), 0);
    says(
        &flow(&report),
        "40 combinations drawn at random (with replacement, seed 7) from 1,296,000: a sample, not all.",
    );
    let report = json(&format!("{LONG} --sample 40 --checks taps --seed 7"), 0);
    assert_eq!(
        (number(&report["sample_seed"]), number(&report["examined"]), number(&report["combinations"])),
        (7, 40, 1_296_000)
    );
    assert_eq!(report["interrupted"], false);
    assert_eq!(json("--in 2 --k 2", 0)["sample_seed"], Value::Null);
}

#[test]
fn a_sample_reaches_every_part_of_a_grid() {
    let mut seen = BTreeSet::new();
    for row in rows("--in 1..3 --k 1..3 --stride 1..2 --dims 1..2 --sample 600 --checks taps", 0) {
        seen.insert((row["in"].clone(), row["kernel_size"].clone(), row["stride"].clone()));
    }
    assert_eq!(seen.len(), 3 * 3 * 2 + 9 * 3 * 2, "600 draws from 72");
}

#[test]
fn an_absurd_grid_can_be_sampled_if_its_layers_are_small() {
    let line = "--in 1..60x1..60 --k 1..4x1..4 --stride 1..60x1..60 --padding 0..60x0..60 --dilation 1..60x1..60 --output-padding 0..60x0..60";
    let report = json(&format!("{line} --sample 20 --checks taps,sizes"), 0);
    assert_eq!(report["combinations"].as_u64(), Some(60_u64.pow(4) * 16 * 60_u64.pow(2) * 61_u64.pow(4)));
    assert_eq!(number(&report["examined"]), 20);
    says(&is_refused(&format!("verify {line}")), "draw some at random: --sample");
}

// Formats.

#[test]
fn rows_report_and_text_have_the_same_numbers() {
    let line = "--in 1..3 --k 0..3 --stride 1..2 --padding 0..2 --output-padding 0..1 --numeric --plant no-flip";
    let (rows, report, shown) = (rows(line, 1), json(line, 1), flow(&shown(line, 1)));
    assert_eq!(rows.len() as u64, number(&report["combinations"]));
    let of = |status: &str| rows.iter().filter(|row| row["status"] == status).count() as u64;
    assert_eq!(of("holds") + of("fails"), number(&report["layers"]));
    assert_eq!(
        (of("fails"), of("holds")),
        (number(&report["planted"]["exposed"]), number(&report["planted"]["hidden"]))
    );
    assert!(of("fails") > 0 && of("holds") > 0 && of("impossible") > 0);
    let sum = |column: &str| {
        rows.iter()
            .filter(|row| !row[column].is_empty())
            .map(|row| row[column].parse::<u64>().expect("a count"))
            .sum::<u64>()
    };
    assert_eq!((sum("taps"), sum("outputs")), (number(&report["taps"]), number(&report["outputs"])));
    for (name, (held, failed)) in checks(&report) {
        let of = |verdict: &str| rows.iter().filter(|row| row[&format!("check_{name}")] == verdict).count() as u64;
        assert_eq!((of("holds"), of("fails")), (held, failed), "{name}");
        says(&shown, &format!("{held} {failed}"));
    }
    for (reason, count) in impossible(&report) {
        assert_eq!(rows.iter().filter(|row| row["reason"] == reason).count() as u64, count, "{reason}");
        says(&shown, &format!("{count} {reason}"));
    }
    assert_eq!(of("impossible"), impossible(&report).values().sum::<u64>());
    for row in &rows {
        assert_eq!(row["status"] == "impossible", !row["reason"].is_empty(), "{row:?}");
        assert_eq!(row["status"] == "impossible", row["taps"].is_empty() && row["check_taps"].is_empty(), "{row:?}");
        let fails = row.iter().any(|(name, verdict)| name.starts_with("check_") && verdict == "fails");
        assert_eq!(row["status"] == "fails", fails, "{row:?}");
    }
}

#[test]
fn there_is_one_row_for_every_configuration_in_order_whatever_the_threads() {
    let output = ends("--in 1..2x1..3 --k 1 --padding 0,1:0 --stride 2 --csv --checks taps,sizes --threads 3", 0);
    let expected = "\
operation,in,kernel_size,stride,padding,dilation,output_padding,in_channels,out_channels,groups,status,reason,taps,outputs,check_taps,check_sizes
conv_transpose,1x1,1x1,2x2,0x0,1x1,0x0,1,1,1,holds,,1,1,holds,holds
conv_transpose,1x2,1x1,2x2,0x0,1x1,0x0,1,1,1,holds,,2,3,holds,holds
conv_transpose,1x3,1x1,2x2,0x0,1x1,0x0,1,1,1,holds,,3,5,holds,holds
conv_transpose,2x1,1x1,2x2,0x0,1x1,0x0,1,1,1,holds,,2,3,holds,holds
conv_transpose,2x2,1x1,2x2,0x0,1x1,0x0,1,1,1,holds,,4,9,holds,holds
conv_transpose,2x3,1x1,2x2,0x0,1x1,0x0,1,1,1,holds,,6,15,holds,holds
conv_transpose,1x1,1x1,2x2,1:0x1:0,1x1,0x0,1,1,1,impossible,an output size less than 1,,,,
conv_transpose,1x2,1x1,2x2,1:0x1:0,1x1,0x0,1,1,1,impossible,an output size less than 1,,,,
conv_transpose,1x3,1x1,2x2,1:0x1:0,1x1,0x0,1,1,1,impossible,an output size less than 1,,,,
conv_transpose,2x1,1x1,2x2,1:0x1:0,1x1,0x0,1,1,1,impossible,an output size less than 1,,,,
conv_transpose,2x2,1x1,2x2,1:0x1:0,1x1,0x0,1,1,1,holds,,1,4,holds,holds
conv_transpose,2x3,1x1,2x2,1:0x1:0,1x1,0x0,1,1,1,holds,,2,8,holds,holds
";
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn a_file_has_what_stdout_would_have_and_its_extension_names_the_format() {
    let folder = folder();
    for (name, flag) in
        [("a.tex", "--latex"), ("a.md", "--markdown"), ("a.txt", "--text"), ("a.json", "--json"), ("a.CSV", "--csv")]
    {
        let file = folder.path().join(name);
        let line = "--in 1..3 --k 1..2";
        let output = ends(&format!("{line} -o {}", file.display()), 0);
        assert_eq!(text(&output.stdout), "", "{name}");
        assert_eq!(fs::read_to_string(&file).expect("a file"), shown(&format!("{line} {flag}"), 0), "{name}");
    }
    // A sweep that fails is complete, too.
    let file = folder.path().join("failing.csv");
    ends(&format!("--in 1..3 --k 1..2 --plant no-flip -o {}", file.display()), 1);
    assert_eq!(fs::read_to_string(&file).expect("a file"), shown("--in 1..3 --k 1..2 --plant no-flip --csv", 1));
}

#[test]
fn the_lines_of_a_report_have_no_blanks_at_their_ends_and_no_letter_of_another_format() {
    for format in ["--text", "--markdown", "--latex"] {
        for (line, code) in [("--in 1..3 --k 1..3", 0), ("--in 1..3 --k 1..3 --plant swapped-axes --anisotropic", 1)] {
            let report = shown(&format!("{line} {format}"), code);
            assert!(report.ends_with('\n') && !report.ends_with("\n\n"), "{report}");
            assert!(report.lines().all(|line| line.trim_end() == line || format == "--latex"), "{report}");
            assert!(!report.contains("\n\n\n"), "{report}");
            assert!(!report.contains("<%") && !report.contains("<<"), "{report}");
        }
    }
}

#[test]
fn a_template_of_ones_own_is_used_for_the_report() {
    let folder = folder();
    fs::create_dir(folder.path().join("page")).expect("a folder");
    fs::write(folder.path().join("page/report.txt"), "<< title >>: << scope >>\n").expect("a file");
    let line = format!("--in 2 --k 2 --templates {}", folder.path().display());
    assert_eq!(shown(&line, 0), "Sweep over layers: 1 layer with 16 taps and 9 outputs; 0 impossible.\n");
    assert_eq!(shown(&format!("{line} --markdown"), 0), shown("--in 2 --k 2 --markdown", 0));
}

// Large layers.

#[test]
fn layers_whose_matrix_has_too_many_cells_for_a_table_are_proved_by_every_check() {
    for (call, sizes, [rows, columns]) in [
        ("ConvTranspose1d(1, 1, 5, stride=2, padding=3, output_padding=1)", "900", [900, 1798]),
        ("ConvTranspose2d(8, 6, 3, stride=2, padding=1, groups=2)", "12x12", [8 * 144, 6 * 529]),
        ("Conv2d(6, 8, 3, stride=2, padding=1, groups=2)", "23x23", [8 * 144, 6 * 529]),
        ("Conv3d(2, 2, 2, dilation=3)", "10x11x12", [2 * 7 * 8 * 9, 2 * 1320]),
    ] {
        assert!(rows * columns > 1 << 20, "{call}");
        let report = json(&format!("--layer '{call}' --in {sizes} --numeric"), 0);
        let outputs = if call.starts_with("ConvT") { columns } else { rows };
        assert_eq!(number(&report["outputs"]), outputs, "{call}");
        assert_eq!(checks(&report).len(), 8);
        assert!(checks(&report).values().all(|&verdicts| verdicts == (1, 0)), "{call}: {report}");
    }
}

#[test]
fn a_mistake_in_a_large_layer_is_found_and_shrunk_to_something_small() {
    let layer = "--layer 'ConvTranspose2d(8, 6, 3, stride=2, padding=1, output_padding=1, groups=2)' --in 12x12";
    for (mistake, smallest) in [
        ("no-flip", "--in 1 --k 2 --dims 1"),
        ("transposed-kernel", "--in 1x1 --k 1x2"),
        ("output-padding-both-sides", "--in 1 --k 1 --stride 2 --output-padding 1 --dims 1"),
        ("off-by-one", "--in 1 --k 1 --dims 1"),
    ] {
        let report = json(&format!("{layer} --plant {mistake}"), 1);
        assert_eq!(report["failure"]["smallest"], smallest, "{mistake}");
        let found = report["failure"]["found"].as_str().expect("a layer");
        assert_eq!(
            found,
            "--in 12x12 --k 3x3 --stride 2x2 --output-padding 1x1 --padding 1x1 --in-channels 8 --out-channels 6 --groups 2"
        );
        assert_eq!(checks(&report)["zero-insertion"], (0, 1));
        assert_eq!(checks(&report)["matrix"], (1, 0));
    }
    // Of equal axes nothing is exchanged.
    says(&flow(&shown(&format!("{layer} --plant swapped-axes"), 0)), "no layer of this sweep shows the mistake");
}

#[test]
fn what_small_layers_take_is_not_worth_a_word() {
    for line in ["--in 1..9 --k 1..3 --threads 8", "--dims 1..3 --in 1..3 --k 1..3 --threads 8"] {
        let output = ends(line, 0);
        assert!(!text(&output.stderr).contains("memory"), "{line}: {}", text(&output.stderr));
    }
}

#[test]
fn what_a_large_layer_takes_is_said_before() {
    let output = ends("--layer 'ConvTranspose1d(1, 1, 3)' --in 300000 --checks taps,im2col", 0);
    let said = text(&output.stderr);
    assert!(said.starts_with("note: this takes up to ") && said.lines().count() == 1, "{said}");
    says(said.lines().next().expect("a line"), " MB of memory");
}

// How it ends.

fn interrupt(child: &Child) {
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

/// What it leaves if it ends soon. Else it is killed, so that it hangs no suite.
fn ends_soon(child: Child) -> Output {
    let id = child.id().to_string();
    let (done, is_done) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let output = child.wait_with_output().expect("it ends");
        let _ = done.send(());
        output
    });
    let is_late = is_done.recv_timeout(Duration::from_secs(30)).is_err();
    if is_late {
        let _ = std::process::Command::new("kill").args(["-KILL", &id]).status();
    }
    let output = reader.join().expect("no panic");
    assert!(!is_late, "it does not end: {}", text(&output.stderr));
    output
}

fn start(line: &str, folder: &Path) -> Child {
    let line = arguments(&format!("verify {line}")).expect("well quoted");
    let mut command = command();
    command.args(line).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the command starts")
}

#[cfg(target_os = "linux")]
fn interrupted(line: &str, folder: &Path) -> Output {
    let child = start(line, folder);
    wait_until_it_listens(&child);
    interrupt(&child);
    ends_soon(child)
}

/// The long grid, as a library sees it.
fn long_sweep() -> Sweep {
    let grid = |dimensions: usize| Grid {
        input: Choice::PerAxis(vec![Values::from(1..=9); dimensions]),
        kernel: Choice::Shared((1..=5).into()),
        stride: Choice::Shared((1..=4).into()),
        padding: Choice::Shared(PaddingValues::from(Values::from(0..=4))),
        dilation: Choice::Shared((1..=4).into()),
        output_padding: Choice::Shared((0..=3).into()),
        ..Grid::small(convt_matrix::geometry::Operation::Transposed, dimensions)
    };
    let question = Question { checks: Checks::NONE, plant: None, seed: 0 };
    Sweep::new(vec![grid(2), grid(3)], Coverage::Exhaustive, question).expect("feasible")
}

#[test]
#[cfg(target_os = "linux")]
fn an_interrupted_sweep_reports_the_combinations_up_to_there() {
    let sweep = long_sweep();
    for threads in [1, 2] {
        let output = interrupted(&format!("{LONG} --json --threads {threads}"), Path::new("."));
        assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
        says(text(&output.stderr), "error: interrupted; the report says what was examined before");
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["interrupted"], true);
        let examined = number(&report["examined"]);
        assert!(examined > 0 && examined < sweep.size(), "{examined} of {}", sweep.size());
        assert_eq!((number(&report["planned"]), number(&report["combinations"])), (sweep.size(), sweep.size()));
        let layers: Vec<_> = (0..examined).filter_map(|number| sweep.configuration(number).layer().ok()).collect();
        assert_eq!(number(&report["layers"]), layers.len() as u64);
        assert_eq!(
            u128::from(number(&report["taps"])),
            layers.iter().map(|layer| layer.geometry().tap_count()).sum::<u128>()
        );
        assert_eq!(impossible(&report).values().sum::<u64>() + layers.len() as u64, examined);
        assert!(checks(&report).values().all(|&verdicts| verdicts == (layers.len() as u64, 0)), "{report}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_interrupted_report_says_so_in_words() {
    let output = interrupted(LONG, Path::new("."));
    assert_eq!(output.status.code(), Some(130));
    let report = text(&output.stdout);
    assert!(report.starts_with("Interrupted: the first "), "{report}");
    says(&flow(report), " of 1,296,000 combinations were examined.");
}

#[test]
#[cfg(target_os = "linux")]
fn an_interrupted_sweep_takes_no_files_place() {
    for name in ["old.json", "new.json", "old.csv", "new.csv", "old.txt"] {
        let folder = folder();
        fs::write(folder.path().join("old.json"), "old").expect("a file");
        fs::write(folder.path().join("old.csv"), "old").expect("a file");
        fs::write(folder.path().join("old.txt"), "old").expect("a file");
        let output = interrupted(&format!("{LONG} -o {name}"), folder.path());
        assert_eq!(output.status.code(), Some(130), "{name}");
        // What has been found is said all the same.
        let report = text(&output.stdout);
        assert!(
            report.contains("Interrupted: the first ") || report.contains("\"interrupted\": true"),
            "{name}: {report}"
        );
        let mut names: Vec<String> = fs::read_dir(folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        names.sort();
        assert_eq!(names, ["old.csv", "old.json", "old.txt"], "{name}");
        for old in names {
            assert_eq!(fs::read_to_string(folder.path().join(old)).expect("it is there"), "old");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn rows_of_an_interrupted_sweep_are_whole_and_in_order() {
    let output = interrupted(&format!("{LONG} --csv --checks taps,sizes"), Path::new("."));
    assert_eq!(output.status.code(), Some(130));
    assert!(output.stdout.ends_with(b"\n"));
    let rows = rows_of(&output.stdout);
    assert!(!rows.is_empty());
    let sweep = long_sweep();
    for (number, row) in (0..).zip(&rows) {
        let configuration = sweep.configuration(number);
        let inputs: Vec<String> = configuration.axes.iter().map(|axis| axis.input.to_string()).collect();
        assert_eq!(row["in"], inputs.join("x"), "row {number}");
        assert_eq!(row["status"] == "holds", configuration.layer().is_ok(), "row {number}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_large_layer_that_is_interrupted_is_not_said_to_hold() {
    let child =
        start("--layer 'ConvTranspose2d(1, 1, 5)' --in 500x500 --checks taps,im2col --threads 1", Path::new("."));
    wait_until_it_listens(&child);
    interrupt(&child);
    let output = ends_soon(child);
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stdout));
    let report = flow(text(&output.stdout));
    says(&report, "Interrupted: the one combination was examined only in part.");
    says(&report, "im2col terms identity 0 0");
    says(&report, "Not every check was made for every layer; every check that was made holds.");
    assert!(!report.contains("Every check holds"), "{report}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_second_ctrl_c_ends_at_once() {
    // One layer, whose matrix takes a while to build.
    let line = "--layer 'ConvTranspose2d(1, 1, 5)' --in 3000x3000 --checks matrix --threads 1";
    let child = start(line, Path::new("."));
    wait_until_it_listens(&child);
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(200));
    interrupt(&child);
    let since = Instant::now();
    let output = ends_soon(child);
    assert_eq!(output.status.code(), Some(130));
    assert!(since.elapsed() < Duration::from_secs(2), "at once, and not after {:?}", since.elapsed());
}

#[test]
fn a_reader_of_rows_who_goes_away_ends_the_sweep_without_a_word() {
    let mut child = start(&format!("{LONG} --csv"), Path::new("."));
    let mut some = [0; 10];
    child.stdout.take().expect("a pipe").read_exact(&mut some).expect("rows");
    let output = ends_soon(child);
    // How long it takes was said before.
    let said: Vec<&str> = text(&output.stderr).lines().filter(|line| !line.starts_with("note: this takes")).collect();
    assert_eq!((output.status.code(), said), (Some(0), vec![]));
}

#[test]
#[cfg(target_os = "linux")]
fn a_report_that_cannot_be_written_is_an_error() {
    for format in FORMATS {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let line = arguments(&format!("verify --in 1..3 --k 1..2 {format}")).expect("well quoted");
        let output = command().args(line).stdout(full).stderr(Stdio::piped()).output().expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{format}");
        says(text(&output.stderr), "error: cannot write to stdout: No space left");
        let file = ends(&format!("--in 1..3 --k 1..2 {format} -o /dev/full"), 2);
        says(text(&file.stderr), "error: cannot write /dev/full: No space left");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn rows_that_can_be_written_no_further_end_the_sweep() {
    // A pipe that is named like a file: that its reader goes away is an error there.
    let mut child = start(&format!("{LONG} --csv -o /dev/stderr"), Path::new("."));
    let mut some = [0; 10];
    child.stderr.take().expect("a pipe").read_exact(&mut some).expect("rows");
    let output = ends_soon(child);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_report_that_could_not_be_kept_is_refused_before_the_sweep() {
    let since = Instant::now();
    for (line, message) in [
        ("-o missing/a.json", "there is no folder missing"),
        ("-o missing/a.csv", "there is no folder missing"),
        ("-o .", "this is a folder"),
        ("-o report", "the extension names no format"),
        ("-o report.pdf", "the extension names no format"),
        ("--templates missing", "cannot read missing"),
    ] {
        says(&is_refused(&format!("verify {LONG} {line}")), message);
    }
    assert!(since.elapsed() < Duration::from_secs(10), "nothing is examined");
}

#[test]
fn absurd_grids_are_refused_at_once_with_their_number() {
    let since = Instant::now();
    for (line, message) in [
        ("--in 1..1000000 --k 1..1000", "1000000000000000 combinations; at most 10000000000 are examined"),
        (
            "--in 1..4611686018427387904 --k 1..4611686018427387904 --stride 1..4611686018427387904",
            "more than 10^38 combinations",
        ),
        (
            "--in 1..4611686018427387904 --k 1..4611686018427387904 --stride 1..4611686018427387904 --sample 10",
            "more than 10^38 combinations",
        ),
        ("--in 1..3 --k 1..9223372036854775807 --sample 5", "the lengths of the largest layer of this grid reach 2^62"),
        ("--in 1..100000 --k 1..100000 --sample 5", "inputs or outputs; at most 4294967294 are worked on"),
        ("--conv --in 200000 --k 100000,200000 --dims 1", "up to 40000000000 products; at most 10000000 are worked on"),
        ("--in 100000x100000 --k 3", "--in 100000: this layer has 10000000000 inputs"),
        ("--in 30000x30000 --k 1", "MB of memory; at most 1000 MB are taken"),
        ("--sample 10000000001", "--sample: at most 10000000000 combinations are examined"),
    ] {
        let refused = is_refused(&format!("verify {line}"));
        says(&refused, message);
        says(&refused, "\n  help: ");
    }
    assert!(since.elapsed() < Duration::from_secs(10), "nothing is examined");
}
