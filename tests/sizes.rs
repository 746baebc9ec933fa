//! Sizes at the ends of the machine's numbers: what is accepted is right, what is refused says so, and nothing takes
//! longer because a stride, a padding or a dilation is large.

use convt_matrix::geometry::*;
use convt_matrix::misconception::{Misconception, SizeMisconception, WrongRule as _};
use convt_matrix::proof::{Fault, taps_identity, taps_identity_of};
use convt_matrix::roads::rewritten::StrideOne;
use convt_matrix::roads::{rewriting, textbook_shape};
use convt_matrix::taps::Taps;
use num_bigint::BigInt;
use proptest::prelude::*;

mod common;
use common::{EXECUTABLE, arguments, flow, run_with_input, stdout_of, text};
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::tempfile;

/// 0, 1, the powers of two and their neighbours, the largest numbers, and those around the limit and its half.
fn extreme() -> impl Strategy<Value = usize> {
    let power = (0..usize::BITS, -1_isize..=1).prop_map(|(power, by)| (1_usize << power).wrapping_add_signed(by));
    let limit =
        (0..=1_u32, -6_isize..=1).prop_map(|(halved, by)| (Layer::SIZE_LIMIT >> halved).wrapping_add_signed(by));
    prop_oneof![4 => 0..4_usize, 4 => power, 8 => limit, 1 => Just(i64::MAX as usize), 1 => Just(usize::MAX)]
}

fn small_or_extreme() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 1..4_usize, 1 => extreme()]
}

fn axis() -> impl Strategy<Value = AxisSettings> {
    (small_or_extreme(), small_or_extreme(), extreme(), extreme(), extreme(), extreme(), extreme(), 0..4_usize)
        .prop_map(|(input, kernel, stride, begin, end, dilation, output_padding, shift)| {
            let mut axis =
                AxisSettings { input, kernel, stride, padding: Padding { begin, end }, dilation, output_padding };
            // Drawn alone they hardly ever fit together: o below max(s, d), and p so that few cells are left.
            let bound = stride.max(dilation);
            if bound > 0 {
                axis.output_padding %= bound;
            }
            if shift > 0 {
                let uncut = big(input).map(|m| m * stride).unwrap_or_default()
                    + big(kernel).map(|k| k * dilation).unwrap_or_default()
                    + axis.output_padding;
                let kept = BigInt::from(begin % 7);
                let cut = usize::try_from(uncut - kept).unwrap_or(0);
                axis.padding = match shift {
                    1 => Padding { begin: cut, end: 0 },
                    2 => Padding { begin: 0, end: cut },
                    _ => Padding { begin: cut / 2, end: cut - cut / 2 },
                };
            }
            axis
        })
}

fn int(number: impl Into<BigInt>) -> BigInt {
    number.into()
}

/// One less, if it is not 0.
fn big(count: usize) -> Option<BigInt> {
    count.checked_sub(1).map(BigInt::from)
}

/// What the layer must have, by the formulas, in numbers of any length: the output, or the rule that is broken.
fn by_formula(operation: Operation, axis: &AxisSettings) -> Result<BigInt, Rule> {
    let AxisSettings { input, kernel, stride, padding, dilation, output_padding } = *axis;
    if [input, kernel, stride, dilation].contains(&0) {
        return Err(Rule::AtLeastOne);
    }
    let (paddings, reach): (BigInt, BigInt) = (int(padding.begin) + padding.end, (int(kernel) - 1) * dilation);
    let limit = int(Layer::SIZE_LIMIT);
    let is_long = [input, kernel, stride, padding.begin, padding.end, dilation, output_padding]
        .into_iter()
        .any(|number| int(number) >= limit);
    let (size, longest) = match operation {
        Operation::Convolution => {
            if output_padding > 0 {
                return Err(Rule::NoOutputPadding);
            }
            let room: BigInt = int(input) + paddings.clone() - reach - 1;
            if room < int(0) {
                return Err(Rule::KernelFits);
            }
            (room / stride + 1, int(input) + paddings)
        }
        Operation::Transposed => {
            if output_padding >= stride.max(dilation) {
                return Err(Rule::OutputPaddingBound);
            }
            let uncut: BigInt = (int(input) - 1) * stride + reach + output_padding + 1;
            let size: BigInt = uncut.clone() - paddings;
            if size < int(1) {
                return Err(Rule::OutputSize);
            }
            (size, uncut)
        }
    };
    if is_long || longest >= limit { Err(Rule::IndexFits) } else { Ok(size) }
}

fn check_axis(axis: &Axis) {
    let (m, n, k, s, d) = (axis.small(), axis.big(), axis.kernel(), axis.stride(), axis.dilation());
    let reach: BigInt = (int(k) - 1) * d;
    let buffer: BigInt = (int(m) - 1) * s + reach.clone() + 1;
    assert_eq!(int(axis.buffer()), buffer.clone());
    assert_eq!(int(axis.effective_kernel()), reach.clone() + 1);
    assert_eq!(int(axis.crop_end()), buffer - axis.crop_begin() - n);
    for (small, ker) in [(0, 0), (m - 1, 0), (0, k - 1), (m - 1, k - 1), (m / 2, k / 2)] {
        let position: BigInt = int(s) * small + int(d) * ker - axis.crop_begin();
        assert_eq!(int(axis.position(small, ker)), position);
        let is_inside = position >= int(0) && position < int(n);
        assert_eq!(axis.cell(small, ker).map(BigInt::from), is_inside.then_some(position));
    }
    if m <= 64 && k <= 64 {
        let pairs = || (0..m).flat_map(|small| (0..k).map(move |ker| (small, ker)));
        let met: Vec<_> = pairs().filter_map(|(small, ker)| Some((axis.cell(small, ker)?, small, ker))).collect();
        let alone = Geometry::new(vec![*axis], Channels::SINGLE).expect("one axis");
        assert_eq!(alone.tap_count(), met.len() as u128);
        for (cell, small, ker) in met {
            assert!(axis.meeting(cell).any(|pair| pair == (small, ker)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50_000))]

    #[test]
    fn a_layer_of_extreme_numbers_is_refused_by_the_right_rule_or_everything_about_it_is_right(
        axis in axis(),
        is_transposed: bool,
        is_pair: bool,
    ) {
        let operation = if is_transposed { Operation::Transposed } else { Operation::Convolution };
        let axis = if is_transposed { axis } else { AxisSettings { output_padding: 0, ..axis } };
        let axes = if is_pair { vec![AxisSettings::new(2, 2), axis] } else { vec![axis] };
        let expected = by_formula(operation, &axis);
        let layer = match Layer::new(operation, axes, ChannelSettings::default()) {
            Err(error) => {
                prop_assert_eq!(Err(error.rule()), expected, "{}", error);
                return Ok(());
            }
            Ok(layer) => layer,
        };
        let output = layer.output_shape();
        prop_assert_eq!(Ok(BigInt::from(output[output.len() - 1])), expected);
        for axis in layer.geometry().axes() {
            check_axis(axis);
            check_axis(&axis.equivalent_convolution());
        }
        prop_assert_eq!(textbook_shape(&layer), output.clone());
        let (x, w) = (layer.input_shape(), layer.weight_shape());
        prop_assert_eq!(rewriting(&layer).output_shape(&x, &w), Some(output));
        for wrong in SizeMisconception::all() {
            let _ = wrong.size(&layer);
        }
        for wrong in Misconception::all() {
            let _ = wrong.shape(&layer);
        }
        let few = Taps::check_within(layer.geometry(), 1 << 16, 1 << 12).is_ok();
        if few {
            prop_assert_eq!(taps_identity(&layer), Ok(()));
            if is_transposed {
                for fault in Fault::ALL {
                    let _ = taps_identity_of(&layer, &StrideOne::ZeroInsertion(fault.planted(&layer)));
                }
            }
        }
    }
}

#[test]
fn the_longest_layers_that_are_accepted_have_the_taps_of_their_rewriting() {
    let most = Layer::SIZE_LIMIT;
    let axis = |input, kernel, stride, dilation, begin, end| AxisSettings {
        stride,
        dilation,
        padding: Padding { begin, end },
        ..AxisSettings::new(input, kernel)
    };
    for (operation, axis) in [
        // Of 2^62 - 1 cells, 5 are left at the start, the end, or in the midst.
        (Operation::Transposed, axis(1, 2, 1, most - 2, 0, most - 6)),
        (Operation::Transposed, axis(1, 2, 1, most - 2, most - 6, 0)),
        (Operation::Transposed, axis(1, 3, 1, most / 2 - 1, most / 2 - 3, most / 2 - 3)),
        (Operation::Transposed, axis(2, 1, most - 2, 1, 0, most - 6)),
        (Operation::Transposed, axis(2, 2, most / 2 - 1, most / 2 - 1, most / 2 - 3, most / 2 - 3)),
        (Operation::Convolution, axis(4, 2, 1, most - 6, 0, most - 5)),
        (Operation::Convolution, axis(4, 2, 1, most - 6, most - 5, 0)),
        (Operation::Convolution, axis(1, 1, most / 2 - 1, 1, most / 2 - 1, most / 2 - 1)),
    ] {
        for axes in [vec![axis], vec![axis, AxisSettings::new(2, 2)], vec![AxisSettings::new(2, 1), axis, axis]] {
            let layer = Layer::new(operation, axes, ChannelSettings::default()).expect("below the limit");
            assert_eq!(taps_identity(&layer), Ok(()), "{layer:?}");
        }
        let longer = AxisSettings { padding: Padding { begin: axis.padding.begin, end: most }, ..axis };
        assert!(Layer::new(operation, vec![longer], ChannelSettings::default()).is_err());
    }
}

/// Runs the command with at most 2 GB of memory and for at most a minute, which is far more than any of these need.
fn run_bounded(line: &str) -> Output {
    let mut bounded = Command::new("sh");
    bounded.args(["-c", "ulimit -v 2000000; exec \"$0\" \"$@\"", EXECUTABLE]);
    bounded.args(arguments(line).expect("well quoted")).stdin(Stdio::null());
    // Files, because nobody reads from a pipe until it has ended.
    let (mut stdout, mut stderr) = (tempfile().expect("a file"), tempfile().expect("a file"));
    bounded.stdout(stdout.try_clone().expect("a file")).stderr(stderr.try_clone().expect("a file"));
    let mut child = bounded.spawn().expect("a shell");
    let end = Instant::now() + Duration::from_secs(60);
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if Instant::now() > end {
            child.kill().expect("it still runs");
            panic!("{line}: not done in a minute");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Output { status, stdout: written(&mut stdout), stderr: written(&mut stderr) }
}

fn written(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().expect("a file");
    file.read_to_end(&mut bytes).expect("a file");
    bytes
}

#[track_caller]
fn bounded(line: &str) -> String {
    flow(text(&stdout_of(line, run_bounded(line))))
}

#[test]
fn a_large_stride_padding_dilation_or_output_padding_costs_nothing_where_few_cells_are_left() {
    let settings = [
        "--in 1 --k 1 -s 1000000000",
        "--in 1 --k 1 -s 4611686018427387903",
        "--in 1 --k 1 -d 4611686018427387903",
        "--in 1 --k 1 -s 1000000000000 -p 0:999999999998 --output-padding 999999999999",
        "--in 1 --k 1 -d 1000000000000 -p 0:999999999999 --output-padding 999999999999",
        "--in 1x1 --k 1x1 -s 1000000000x3 -p 0:2x0:1 --output-padding 2",
        "--in 1x1x1 --k 1x1x1 -s 4611686018427387903",
        "--in 1x1 --k 1 -s 1000000000 --in-channels 2 --out-channels 4 --groups 2",
        "--conv --in 1 --k 1 -s 4611686018427387903",
        "--conv --in 2 --k 1 -s 1000000000000",
        "--conv --in 3x3 --k 1 -s 1000000000",
        "--layer 'nn.ConvTranspose1d(1, 1, 1, stride=1000000000000, bias=False)' --in 1",
    ];
    for layer in settings {
        bounded(layer);
        bounded(&format!("{layer} --latex"));
        bounded(&format!("gradients {layer}"));
        bounded(&format!("matrix {layer}"));
        bounded(&format!("verify {layer}"));
        bounded(&format!("explain {layer}"));
        if !layer.contains("--conv") {
            bounded(&format!("explain --buffers {layer}"));
        }
    }
}

#[test]
fn a_corner_is_shown_of_an_operand_or_a_buffer_that_has_more_cells_than_a_flat_index_can_number() {
    for layer in [
        "--in 1x1 --k 2x2 -d 1000000000000 -p 1000000000000:0",
        "--in 1x1x1 --k 2x2x2 -d 1000000000000000000 -p 0:1000000000000000000",
        "--in 2x2 --k 1 -s 1000000000000 -p 1000000000000:0",
        "--in 2x2x2 --k 1 -s 1000000000000000000 -p 0:1000000000000000000 --in-channels 2 --out-channels 2",
        "--conv --in 1x1 --k 2x2 -d 1000000000000 -p 1000000000000:0",
    ] {
        assert!(bounded(layer).contains("0 0"), "{layer}");
        bounded(&format!("{layer} --latex --only conv-form"));
        bounded(&format!("explain {layer}"));
        bounded(&format!("gradients {layer}"));
        let origin =
            if layer.contains("channels") { "0,0,0,0" } else { ["0,0", "0,0,0"][layer.matches("1x1x").count()] };
        bounded(&format!("explain {layer} --at {origin}"));
        if !layer.contains("--conv") {
            bounded(&format!("explain --buffers {layer}"));
        }
    }
}

#[test]
fn a_wrong_rule_that_makes_a_long_operand_or_a_long_output_is_looked_for_all_the_same() {
    for (layer, answer, verdict) in [
        // Rounded up, the kernel is placed a stride further, over a billion padded zeros.
        ("--conv --in 2 --k 1 -s 1000000000", "1,0", "rounded-up"),
        ("--conv --in 2x2 --k 1 -s 1000000000", "1,0,0,0", "rounded-up"),
        // The other operation makes an output of a billion.
        ("--conv --in 2 --k 1 -s 1000000000", "5", "The only entry is wrong"),
        ("--in 1 --k 1 -s 1000000000 -p 0:999999999 --output-padding 999999999", "4", "The only entry is wrong"),
        (
            "--in 1 --k 1 -d 1000000000000 -p 0:999999999999 --output-padding 999999999999",
            "4",
            "The only entry is wrong",
        ),
    ] {
        let line = format!("diagnose {layer} --weight ones --input iota --answer {answer}");
        let output = run_bounded(&line);
        assert_eq!(output.status.code(), Some(1), "{line}: {}", text(&output.stderr));
        assert!(flow(text(&output.stdout)).contains(verdict), "{line}: {}", text(&output.stdout));
    }
}

#[test]
fn a_configuration_is_known_to_be_impossible_before_another_axis_or_its_channels_are_listed() {
    for line in [
        "verify --in 100000000x1 --k 1 -p 0x1",
        "verify --in 1x100000000 --k 1 -p 1x0",
        "verify --in 100000000x100000000x1 --k 1 -p 0x0x1",
        "verify --conv --in 1x100000000 --k 2x1",
        "verify --in 1 --dims 1 --k 1 -p 1 --in-channels 100000000",
    ] {
        let said = bounded(line);
        assert!(said.contains("0 layers with 0 taps and 0 outputs; 1 impossible."), "{line}: {said}");
    }
}

#[test]
fn a_planted_mistake_that_lengthens_the_operand_or_can_only_be_made_smaller_together_is_reported() {
    let line = "verify --plant output-padding-both-sides --in 1 --dims 1 --k 1 -d 1000000000000 \
                -p 0:999999999999 --output-padding 999999999999 --numeric";
    let output = run_bounded(line);
    let said = flow(text(&output.stdout));
    assert!(said.contains("shapes differ: [1, 2] by the textbook scatter loops, [1, 3] by the"), "{said}");
    assert!(said.contains("--in 1 --k 1 --dilation 2 --output-padding 1 --dims 1 shapes"), "{said}");
}

#[test]
fn a_list_of_thousands_of_values_is_shown_by_its_ends_in_a_report_and_whole_in_json() {
    let list: Vec<String> = (1..=14_000).map(|value| value.to_string()).collect();
    let line = format!("verify --in {} --dims 1 --k 1 --checks sizes", list.join(","));
    for format in ["", " --latex", " --markdown"] {
        let said = bounded(&format!("{line}{format}"));
        assert!(said.contains("14000 values") && said.len() < 3000, "{said}");
    }
    assert!(bounded(&format!("{line} --json")).contains(&format!("\"{}\"", list.join(","))));
    let pairs: Vec<String> = (1..=200).map(|end| format!("0:{end}")).collect();
    let said = bounded(&format!("verify --conv --in 2 --dims 1 --k 1 --padding {} --checks sizes", pairs.join(",")));
    assert!(said.contains("0:200 (200 values)"), "{said}");
    let channels =
        bounded(&format!("verify --in 1 --dims 1 --k 1 --in-channels {} --checks sizes", list[..99].join(",")));
    assert!(channels.contains("in channels 1,2,3,4,5,6,…,99 (99 values)"), "{channels}");
}

#[test]
fn lines_of_eval_with_sizes_at_the_limit_are_answered_or_refused() {
    let line = |numbers: &str| format!(r#"{{"op":"conv_transpose","input":[[1]],"weight":[[[2]]],{numbers}}}"#);
    for (numbers, answer) in [
        (r#""stride":4611686018427387903"#, r#""output":[[2]]"#),
        (r#""dilation":4611686018427387903"#, r#""output":[[2]]"#),
        (r#""stride":4611686018427387904"#, "must be less than 2^62"),
    ] {
        let output = run_with_input(&["eval"], line(numbers));
        assert!(text(&output.stdout).contains(answer), "{numbers}: {}", text(&output.stdout));
    }
}
