//! `convt-matrix eval`: lines in, answers out, whatever the lines are.

mod common;

use common::{command, piped, run_with_input};
use convt_matrix::eval::{Arithmetic, json as eval_json};
use convt_matrix::limits::Budget;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::ExitStatus;
use std::sync::mpsc;
use std::time::{Duration, Instant};

struct Answered {
    lines: Vec<String>,
    stderr: String,
    status: ExitStatus,
}

fn run(arguments: &[&str], input: impl Into<Vec<u8>>) -> Answered {
    let output = run_with_input(&[&["eval"], arguments].concat(), input);
    Answered {
        lines: String::from_utf8(output.stdout).unwrap().lines().map(ToOwned::to_owned).collect(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        status: output.status,
    }
}

/// The answer to one line that has one.
fn answer(line: &str) -> String {
    let mut answered = run(&[], line);
    assert_eq!((answered.lines.len(), answered.status.code()), (1, Some(0)), "{line}: {:?}", answered.lines);
    answered.lines.remove(0)
}

fn entries(line: &str) -> Value {
    serde_json::from_str::<Value>(&answer(line)).unwrap()["output"].take()
}

/// The id and the message of one line that fails.
fn refusal(line: &[u8]) -> (Value, String) {
    let answered = run(&[], line);
    assert_eq!((answered.lines.len(), answered.status.code()), (1, Some(1)), "{:?}", answered.lines);
    let mut json: Value = serde_json::from_str(&answered.lines[0]).unwrap();
    assert_eq!(json.as_object().unwrap().len(), 2, "{json}");
    let message = json["error"].as_str().unwrap().to_owned();
    assert!(message.len() < 500, "a message stays readable: {message}");
    (json["id"].take(), message)
}

/// A transposed layer of kernel `[1, 2, 3]` on `[1, 2]`, with more fields.
fn with(fields: &str) -> String {
    format!(r#"{{"id":7,"op":"conv_transpose","input":[[1,2]],"weight":[[[1,2,3]]]{fields}}}"#)
}

fn refused(line: &str, message: &str) {
    let (_, found) = refusal(line.as_bytes());
    assert!(found.contains(message), "{:.200}\n  says: {found}\n  not:  {message}", line);
}

// ---- answers ----

#[test]
fn a_case_is_answered_in_the_form_the_issue_gives() {
    assert_eq!(answer(&with("")), r#"{"id":7,"shape":[1,4],"output":[[1,4,7,6]],"agree":true}"#);
    let line = with(r#","stride":2,"padding":1,"output_padding":1,"bias":[100],"grad_output":[[1,3,5,7]]"#);
    assert_eq!(
        answer(&line),
        r#"{"id":7,"shape":[1,4],"output":[[102,105,104,106]],"agree":true,"grad_input":[[11,34]],"grad_weight":[[[6,11,17]]],"grad_bias":[16]}"#
    );
}

#[test]
fn a_convolution_is_a_correlation() {
    let line = r#"{"op":"conv","input":[[1,2,3,4]],"weight":[[[1,10]]],"grad_output":[[1,0,2]]}"#;
    assert_eq!(
        answer(line),
        r#"{"id":null,"shape":[1,3],"output":[[21,32,43]],"agree":true,"grad_input":[[1,10,2,20]],"grad_weight":[[[7,10]]],"grad_bias":[3]}"#
    );
}

#[test]
fn the_batch_dimension_is_kept_as_it_was_given() {
    let of = |input: &str, g: &str| {
        let line = format!(r#"{{"op":"conv","input":{input},"weight":[[[1,1]]],"grad_output":{g}}}"#);
        serde_json::from_str::<Value>(&answer(&line)).unwrap()
    };
    assert_eq!(of("[[1,2]]", "[[5]]")["output"], json!([[3]]));
    assert_eq!(of("[[[1,2]]]", "[[[5]]]")["output"], json!([[[3]]]));
    let two = of("[[[1,2]],[[3,4]]]", "[[[5]],[[10]]]");
    assert_eq!(two["shape"], json!([2, 1, 1]));
    assert_eq!(two["output"], json!([[[3]], [[7]]]));
    assert_eq!(two["grad_input"], json!([[[5, 5]], [[10, 10]]]));
    assert_eq!(two["grad_weight"], json!([[[5 + 30, 10 + 40]]]), "summed over the batch");
    assert_eq!(two["grad_bias"], json!([15]));
}

#[test]
fn settings_are_numbers_or_lists_and_paddings_pairs() {
    let plane = |fields: &str| {
        let line = format!(r#"{{"op":"conv_transpose","input":[[[1,2],[3,4]]],"weight":[[[[1]]]]{fields}}}"#);
        serde_json::from_str::<Value>(&answer(&line)).unwrap()["shape"].take()
    };
    assert_eq!(plane(""), json!([1, 2, 2]));
    assert_eq!(plane(r#","stride":3"#), json!([1, 4, 4]));
    assert_eq!(plane(r#","stride":[3]"#), json!([1, 4, 4]));
    assert_eq!(plane(r#","stride":[3,2],"output_padding":[1,0]"#), json!([1, 5, 3]));
    assert_eq!(plane(r#","stride":3,"padding":[1,0]"#), json!([1, 2, 4]));
    assert_eq!(plane(r#","stride":3,"padding":[[1,0],[0,2]]"#), json!([1, 3, 2]));
    assert_eq!(plane(r#","stride":3,"padding":[[1,2]]"#), json!([1, 1, 1]));
    assert_eq!(plane(r#","stride":null,"bias":null,"grad_output":null,"groups":1,"dilation":[1,2]"#), json!([1, 2, 2]));
}

#[test]
fn integers_of_any_length_stay_integers() {
    let line = r#"{"op":"conv_transpose","input":[[4611686018427387904]],"weight":[[[4]]]}"#;
    assert!(answer(line).contains(r#""output":[[18446744073709551616]]"#), "2^62 times 4 is 2^64");
    let line = r#"{"op":"conv","input":[[9223372036854775807,9223372036854775807]],"weight":[[[1,1]]],"bias":[-9223372036854775808]}"#;
    assert!(answer(line).contains(r#""output":[[9223372036854775806]]"#), "only the sum on the way is too long");
    let long = "9".repeat(5_000);
    let line = format!(r#"{{"op":"conv","input":[[{long},-1]],"weight":[[[1,1]]]}}"#);
    assert!(answer(&line).contains(&format!("[[{}8]]", "9".repeat(4_999))));
}

#[test]
fn sums_at_the_very_edge_of_64_bits_are_right() {
    let most = i64::MAX / 4;
    for (weights, bias) in [("1,1,1,1", 3), ("1,1,1,1", 4), ("-1,-1,-1,-1", -4), ("-1,-1,-1,-1", -5)] {
        let line = format!(
            r#"{{"op":"conv","input":[[{most},{most},{most},{most}]],"weight":[[[{weights}]]],"bias":[{bias}],"grad_output":[[{most}]]}}"#
        );
        let sign = if bias < 0 { -1 } else { 1 };
        let expected = i128::from(most) * 4 * sign + i128::from(bias);
        assert!(answer(&line).contains(&format!(r#""output":[[{expected}]]"#)), "{line}");
    }
}

#[test]
fn fractions_and_decimals_are_exact() {
    let line = r#"{"op":"conv","input":[["1/3",0.1]],"weight":[[[3,"-1/7"]]],"bias":["1/2"],"grad_output":[[1e-2]]}"#;
    assert_eq!(
        answer(line),
        r#"{"id":null,"shape":[1,1],"output":[["52/35"]],"agree":true,"grad_input":[["3/100","-1/700"]],"grad_weight":[[["1/300","1/1000"]]],"grad_bias":["1/100"]}"#
    );
    // What comes out whole is written whole.
    let line = r#"{"op":"conv","input":[["1/3",0.5]],"weight":[[[3,2]]]}"#;
    assert!(answer(line).contains(r#""output":[[2]]"#));
    let line = r#"{"op":"conv","input":[[1.0,2e0]],"weight":[[["6/3",1]]]}"#;
    assert!(answer(line).contains(r#""output":[[4]]"#));
}

#[test]
fn floats_are_computed_as_floats_and_written_as_decimals() {
    let float = |line: &str| run(&["--float"], line).lines.remove(0);
    let line = r#"{"op":"conv","input":[[0.1,0.2]],"weight":[[[1,1]]],"grad_output":[["1/3"]]}"#;
    assert_eq!(
        float(line),
        r#"{"id":null,"shape":[1,1],"output":[[0.30000000000000004]],"agree":true,"grad_input":[[0.3333333333333333,0.3333333333333333]],"grad_weight":[[[0.03333333333333333,0.06666666666666667]]],"grad_bias":[0.3333333333333333]}"#
    );
    assert!(float(&with("")).contains(r#""output":[[1.0,4.0,7.0,6.0]]"#));
    // Cancellation makes the roads differ in their rounding, and that is no disagreement.
    let line = r#"{"op":"conv_transpose","input":[[1e16,1,-1e16,0.1,1e16]],"weight":[[[0.1,0.3,-0.7]]]}"#;
    assert!(float(line).contains(r#""agree":true"#));
    assert!(
        answer(r#"{"op":"conv","input":[[0.1,0.2]],"weight":[[[1,1]]]}"#).contains(r#"[["3/10"]]"#),
        "exact without the flag"
    );
}

#[test]
fn the_id_comes_back_as_it_was_written() {
    for id in [
        "1",
        "-1.50",
        "123456789012345678901234567890",
        "\"a \\u00e9 \\\"b\\\"\"",
        "true",
        "null",
        "[1, {\"a\":2}]",
        "{\"x\":[]}",
    ] {
        let line = format!(r#"{{"op":"conv","input":[[1]],"weight":[[[1]]],"id":{id}}}"#);
        assert!(answer(&line).starts_with(&format!(r#"{{"id":{id},"shape""#)), "{id}: {}", answer(&line));
    }
}

#[test]
fn empty_lines_are_skipped_and_line_ends_may_be_those_of_windows() {
    let input = format!("\u{feff}\n\r\n  \n{}\r\n\n{}", with(""), with(""));
    let answered = run(&[], input);
    assert_eq!(answered.lines.len(), 2);
    assert!(answered.status.success());
    let nothing = run(&[], "");
    assert_eq!((nothing.lines.len(), nothing.status.code(), nothing.stderr.as_str()), (0, Some(0), ""));
}

#[test]
fn answers_come_in_the_order_of_the_lines_although_some_take_longer() {
    let case = |id: usize| {
        let size = if id.is_multiple_of(40) { 4_000 } else { 3 };
        format!("{{\"id\":{id},\"op\":\"conv\",\"input\":[{:?}],\"weight\":[[[1,2,3]]]}}\n", vec![1; size])
    };
    let answered = run(&[], (0..2_000).map(case).collect::<String>());
    assert_eq!(answered.lines.len(), 2_000);
    for (id, line) in answered.lines.iter().enumerate() {
        assert!(line.starts_with(&format!("{{\"id\":{id},\"shape\"")), "{line}");
    }
}

#[test]
fn a_line_is_answered_before_the_next_one_comes() {
    let mut child = piped(&["eval"]);
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (sender, answers) = mpsc::channel();
    std::thread::spawn(move || BufReader::new(stdout).lines().try_for_each(|line| sender.send(line.unwrap())));
    let next = || answers.recv_timeout(Duration::from_secs(20)).expect("an answer while stdin is still open");
    for id in 0..5 {
        writeln!(stdin, r#"{{"id":{id},"op":"conv","input":[[1]],"weight":[[[{id}]]]}}"#).unwrap();
        assert!(next().contains(&format!("[[{id}]]")));
    }
    // Two lines and the beginning of a third: the two are answered.
    write!(stdin, "{}\n{}\n{}", with(""), with(""), &with("")[..20]).unwrap();
    assert!(next().contains("agree") && next().contains("agree"));
    assert!(answers.recv_timeout(Duration::from_millis(50)).is_err());
    writeln!(stdin, "{}", &with("")[20..]).unwrap();
    assert!(next().contains("agree"));
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_answer_does_not_wait_for_the_heavy_line_behind_it() {
    let heavy = {
        // Few characters and long products: all three lines arrive as one run.
        let many = vec!["1e2000"; 60].join(",");
        format!(r#"{{"id":"heavy","op":"conv","input":[[{many}]],"weight":[[[{many}]]],"padding":59}}"#)
    };
    let mut child = piped(&["eval"]);
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    // Stdin stays open.
    let lines = format!("{}\n{}\n{heavy}\n", with(""), with(""));
    std::thread::scope(|scope| {
        scope.spawn(|| stdin.write_all(lines.as_bytes()).unwrap());
        let mut stdout = stdout;
        // What is read at once has been written at once.
        let mut first = vec![0; 1 << 16];
        let length = std::io::Read::read(&mut stdout, &mut first).unwrap();
        let first = String::from_utf8(first[..length].to_vec()).unwrap();
        assert_eq!(first.matches("agree").count(), 2, "the two light answers");
        assert!(!first.contains("heavy"), "they came before the heavy one");
        let mut rest = BufReader::new(stdout).lines();
        assert!(rest.next().unwrap().unwrap().starts_with(r#"{"id":"heavy","shape":[1,119]"#));
    });
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_ends_the_command_without_an_error() {
    let mut child = piped(&["eval"]);
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    writeln!(stdin, "{}", with("")).unwrap();
    let mut first = String::new();
    let mut stdout = BufReader::new(stdout);
    stdout.read_line(&mut first).unwrap();
    drop(stdout);
    // Stdin stays open: the command has to notice by itself.
    writeln!(stdin, "{}", with("")).unwrap();
    let asked = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if asked.elapsed() > Duration::from_secs(20) => panic!("it still runs"),
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    assert!(status.success());
    let mut stderr = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
    assert_eq!(stderr, "");
}

#[test]
fn a_case_of_some_size_is_evaluated() {
    // 8 channels of 40x40 with a 3x3 kernel: about a million multiply-adds on every road.
    let line = format!(
        r#"{{"op":"conv","padding":1,"input":{:?},"weight":{:?}}}"#,
        vec![vec![vec![1; 40]; 40]; 8],
        vec![vec![vec![vec![1; 3]; 3]; 8]; 8]
    );
    let output = entries(&line);
    assert_eq!((&output[0][0][0], &output[7][20][20]), (&json!(8 * 4), &json!(8 * 9)));
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_number_of_lines() {
    let mut child = piped(&["eval"]);
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let status = format!("/proc/{}/status", child.id());
    let peak = || -> usize {
        let status = std::fs::read_to_string(&status).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let mut answers = BufReader::new(stdout).lines();
    let mut feed = |lines: usize| {
        let text = format!("{}\n", with(r#","grad_output":[[1,2,3,4]]"#)).repeat(1_000);
        for _ in 0..lines / 1_000 {
            std::thread::scope(|scope| {
                scope.spawn(|| stdin.write_all(text.as_bytes()).unwrap());
                assert_eq!(answers.by_ref().take(1_000).count(), 1_000);
            });
        }
    };
    feed(2_000);
    let early = peak();
    feed(20_000);
    let late = peak();
    assert!(late < early + 4_096, "{early} KiB after 2 000 lines, {late} KiB after 22 000");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

// ---- bad lines ----

#[test]
fn a_bad_line_fails_alone_and_the_exit_code_says_so() {
    let answered = run(&[], format!("{}\nnonsense\n{}\n{}\n", with(""), with(",\"stride\":0"), with("")));
    let failed: Vec<bool> = answered.lines.iter().map(|line| line.contains("\"error\"")).collect();
    assert_eq!(failed, [false, true, true, false]);
    assert_eq!(answered.status.code(), Some(1));
    assert_eq!(answered.stderr, "error: 2 of 4 lines failed; each answer says why\n");
}

#[test]
fn what_is_not_json_is_refused_with_the_column() {
    for (line, message) in [
        ("nonsense", "not JSON"),
        ("{", "EOF while parsing an object at column 1"),
        (r#"{"id":1,}"#, "trailing comma at column 9"),
        (r#"{"id":1} {"id":2}"#, "trailing characters at column 10"),
        (r#"{"id":01}"#, "invalid number"),
        (r#"{'id':1}"#, "key must be a string"),
        (r#"{"op":"conv","input":[[1,]]}"#, "expected value at column 26"),
        (r#"{"op":"conv","input":[[1 2]]}"#, "expected `,` or `]`"),
        ("[]", "not a case: invalid type: sequence, expected one JSON object on each line"),
        ("7", "not a case"),
        ("null", "not a case"),
        ("\0", "not JSON"),
    ] {
        refused(line, message);
    }
}

#[test]
fn a_number_json_has_no_word_for_is_named() {
    for (word, named) in [("NaN", "NaN"), ("Infinity", "Infinity"), ("-Infinity", "Infinity"), ("nan", "nan")] {
        let line = format!(r#"{{"id":1,"op":"conv","input":[[1,{word}]],"weight":[[[1]]]}}"#);
        let (id, message) = refusal(line.as_bytes());
        assert_eq!(id, 1);
        assert!(message.contains(&format!("{named} is no number that can be calculated with")), "{message}");
    }
    refused(r#"{"op":"conv","input":[[1,"NaN"]],"weight":[[[1]]]}"#, "input[0][1]: NaN is no number");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let (id, message) = refusal(b"{\"id\":9,\"op\":\"\xff\"}");
    assert_eq!(id, 9);
    assert!(message.contains("not UTF-8: byte 15 is 0xff"), "{message}");
}

#[test]
fn the_id_is_known_as_far_as_it_could_be_read() {
    for (line, id) in [
        (r#"{"id":"x","op":"conv","input":[[1,2"#, json!("x")),
        (r#"{"op":"conv","id":5}"#, json!(5)),
        (r#"{"id":5,"id":6}"#, json!(5)),
        (r#"{"oops":1,"id":[5]}"#, json!([5])),
        (r#"{"op":"conv","#, Value::Null),
        (r#"{"op":"conv"}"#, Value::Null),
        (r#"{"id":x}"#, Value::Null),
    ] {
        assert_eq!(refusal(line.as_bytes()).0, id, "{line}");
    }
}

#[test]
fn fields_that_are_missing_unknown_or_given_twice_are_named() {
    refused("{}", "op: it is missing; write \"conv\" or \"conv_transpose\"");
    refused(r#"{"op":"conv","weight":[[[1]]]}"#, "input: it is missing");
    refused(r#"{"op":"conv","input":[[1]],"weight":null}"#, "weight: it is missing");
    refused(&with(r#","strides":2"#), "strides: this field is unknown; known are id, op, input");
    refused(&with(r#","padding_mode":"circular""#), "padding_mode: this field is unknown");
    refused(&with(r#","stride":1,"stride":2"#), "stride: it is given twice");
    refused(&with(r#","expected":{}"#), "expected: this field is unknown");
}

#[test]
fn fields_of_the_wrong_type_are_named() {
    refused(r#"{"op":"convolution"}"#, "op: \"convolution\" is neither");
    refused(r#"{"op":3}"#, "op: 3 is neither");
    for (fields, message) in [
        (r#","stride":"2""#, "stride: \"2\" is a string"),
        (r#","stride":1.5"#, "stride: it is not a whole number"),
        (r#","stride":-1"#, "stride: -1 is negative"),
        (r#","stride":true"#, "stride: true is not a number"),
        (r#","stride":[[1]]"#, "stride: it is a list of lists"),
        (r#","stride":{"h":1}"#, "stride: it is an object"),
        (r#","stride":[]"#, "stride: this list is empty"),
        (r#","stride":[1,1]"#, "stride: it has 2 items, but the weight's kernel has 1 axis"),
        (r#","stride":99999999999999999999"#, "stride: it is larger than any size"),
        (r#","dilation":[null]"#, "dilation[0]: null is not a number"),
        (r#","padding":"same""#, "padding: \"same\" is a string; write a number, a list"),
        (r#","padding":[[1,2,3]]"#, "padding: its shape is [1, 3]"),
        (r#","padding":[[0,-1]]"#, "padding[0][1]: -1 is negative"),
        (r#","padding":[1,[1,1]]"#, "padding[1]: it is a list where a number"),
        (r#","groups":[1]"#, "groups: it is a list; write one number"),
        (r#","bias":3"#, "bias: its shape is []"),
        (r#","bias":[["1"]]"#, "bias: its shape is [1, 1]"),
        (r#","bias":["one"]"#, "bias[0]: \"one\" is not a number; write 3, -0.25 or \"1/3\""),
        (r#","bias":["1/0"]"#, "bias[0]: the denominator is 0"),
        (r#","grad_output":"ones""#, "\"ones\" is not a number"),
    ] {
        refused(&with(fields), message);
    }
}

#[test]
fn ragged_and_empty_lists_are_named_by_their_place() {
    let of = |input: &str| format!(r#"{{"op":"conv","input":{input},"weight":[[[[1]]]]}}"#);
    refused(&of("[[[1,2],[3]]]"), "input[0][1]: ragged: this list has 1 item, the ones before it at this depth have 2");
    refused(&of("[[[1,2],3]]"), "input[0][1]: it is a number where a list is expected");
    refused(&of("[[[1,[2]]]]"), "input[0][0][1]: it is a list where a number is expected");
    refused(&of("[[[]]]"), "input[0][0]: this list is empty");
    refused(&of("[]"), "input: this list is empty");
    refused(&of("[[[1,null]]]"), "input[0][0][1]: null is not a number");
    refused(r#"{"op":"conv","input":[[1]],"weight":[[[1],[2,3]]]}"#, "weight[0][1]: ragged");
}

#[test]
fn shapes_that_do_not_belong_together_are_refused_with_both() {
    let of = |op: &str, input: &str, weight: &str| format!(r#"{{"op":"{op}","input":{input},"weight":{weight}}}"#);
    refused(&of("conv", "[[1]]", "[[1]]"), "weight: its shape is [1, 1]; a weight has two channel dimensions");
    refused(
        &of("conv", "[1]", "[[[1]]]"),
        "input: its shape is [1]; with a weight of shape [1, 1, 1] it has 2 dimensions",
    );
    refused(&of("conv", "[[[[1]]]]", "[[[1]]]"), "input: its shape is [1, 1, 1, 1]");
    refused(
        &of("conv", "[[1],[2]]", "[[[1]]]"),
        "input: it has 2 channels; a weight of shape [1, 1, 1], which is [out, in / groups, ...], with groups 1 takes 1",
    );
    refused(&of("conv_transpose", "[[1],[2]]", "[[[1]]]"), "which is [in, out / groups, ...]");
    refused(&with(r#","bias":[1,2]"#), "bias: its shape is [2], the output channels of the weight make it [1]");
    refused(&with(r#","grad_output":[[1,2]]"#), "grad_output: its shape is [1, 2], the output has [1, 4]");
    refused(&with(r#","grad_output":[[[1,2,3,4]]]"#), "grad_output: its shape is [1, 1, 4], the output has [1, 4]");
    refused(&with(r#","groups":2"#), "groups 2: groups must divide both channel counts");
    refused(
        &with(r#","groups":9223372036854775807"#),
        "groups must divide both channel counts, 1 and 9223372036854775807",
    );
}

#[test]
fn what_pytorch_refuses_is_refused_in_the_fields_words() {
    refused(
        &with(r#","output_padding":1"#),
        "output_padding 1 (axis 0): it must be smaller than the larger of stride 1",
    );
    refused(&with(r#","stride":0"#), "stride 0 (axis 0): it must be at least 1");
    refused(&with(r#","dilation":0"#), "dilation 0 (axis 0)");
    refused(&with(r#","groups":0"#), "groups 0: it must be at least 1");
    refused(&with(r#","padding":-1"#), "padding: -1 is negative");
    refused(&with(r#","padding":2"#), "padding 2 (axis 0): the output size is");
    refused(&with(r#","padding":[[1,4]]"#), "padding [1, 4] (axis 0)");
    let conv = |fields: &str| format!(r#"{{"op":"conv","input":[[1,2]],"weight":[[[1,2,3]]]{fields}}}"#);
    refused(&conv(""), "weight: kernel size 3 (axis 0): the kernel covers");
    refused(
        &conv(r#","padding":1,"output_padding":1"#),
        "output_padding 1 (axis 0): a convolution has no output padding",
    );
}

#[test]
fn what_would_fill_time_or_memory_is_refused_with_the_numbers() {
    refused(&with(r#","stride":100000000"#), "too large: evaluating this case takes up to ");
    refused(&with(r#","stride":4611686018427387904"#), "must be less than 2^62 = 4611686018427387904");
    refused(&with(r#","dilation":9223372036854775807"#), "must be less than 2^62 = 4611686018427387904");
    refused(
        &with(r#","stride":9223372036854775807,"dilation":9223372036854775807,"padding":9223372036854775807"#),
        "must be less than 2^62 = 4611686018427387904",
    );
    let line = format!(r#"{{"op":"conv","input":[{0:?}],"weight":[[{0:?}]],"padding":80000}}"#, vec![1; 80_000]);
    refused(&line, "steps of work, and at most 4000000000 are made");
    let line =
        format!(r#"{{"op":"conv_transpose","input":[{0:?}],"weight":[[{0:?}]],"padding":79999}}"#, vec![1; 80_000]);
    refused(&line, "steps of work");
    refused(
        r#"{"op":"conv","input":[[1e1000000000]],"weight":[[[1]]]}"#,
        "input[0][0]: 1e1000000000 is too far from 1",
    );
    refused(
        r#"{"op":"conv","input":[["1e-1000000000"]],"weight":[[[1]]]}"#,
        "input[0][0]: 1e-1000000000 is too far from 1",
    );
    let long = "7".repeat(200_000);
    refused(
        &format!(r#"{{"op":"conv","input":[[{long}]],"weight":[[[1]]]}}"#),
        "200000 characters long; at most 100000",
    );
    let many = vec![&long[..30_000]; 100].join(",");
    refused(&format!(r#"{{"op":"conv","input":[[{many}]],"weight":[[[{many}]]],"padding":99}}"#), "steps of work");
    let primes = (0..400).map(|n| format!("\"1/{}{n}7\"", &long[..990])).collect::<Vec<_>>().join(",");
    refused(&format!(r#"{{"op":"conv","input":[[{primes}]],"weight":[[[1]]]}}"#), "too large");
}

#[test]
fn no_road_goes_over_the_millions_of_cells_that_a_rewritten_convolution_would_have() {
    let axis = r#""op":"conv","stride":100000,"dilation":1000000"#;
    for line in [
        format!(r#"{{{axis},"padding":[[2099990,0]],"input":[[1,2,3,4,5,6,7,8,9,10]],"weight":[[[1,1,1]]]}}"#),
        format!(r#"{{{axis},"padding":[[0,0],[2099990,0]],"input":[[[1,2,3,4]]],"weight":[[[[1,1,1]]]]}}"#),
        r#"{"op":"conv","stride":[1,1,100000],"dilation":[1,1,1000000],"padding":[[0,0],[0,0],[2099990,0]],"input":[[[[1,2]]]],"weight":[[[[[1,1,1]]]]]}"#.to_owned(),
        format!(r#"{{{axis},"groups":2,"padding":[[2099990,0]],"input":[[1,2],[1,2]],"weight":[[[1,1,1]],[[1,1,1]]]}}"#),
        format!(r#"{{{axis},"padding":[[2099998,0]],"input":[[1,2]],"weight":[[[1,1,1]]],"grad_output":[[1]]}}"#),
        format!(r#"{{{axis},"padding":[[2099998,0]],"input":[[[1,2]],[[3,4]]],"weight":[[[1,1,1]]]}}"#),
    ] {
        let asked = Instant::now();
        assert!(answer(&line).contains(r#""agree":true"#), "{line}");
        assert!(asked.elapsed() < Duration::from_secs(5), "{line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn no_line_takes_more_memory_than_its_bound() {
    let many = |number: &str, count: usize| vec![number; count].join(",");
    let conv =
        |input: String, weight: String| format!(r#"{{"op":"conv","input":[[{input}]],"weight":[[[{weight}]]]}}"#);
    let lines = [
        // Weights of 4 kB at a hundred thousand places of the matrix.
        format!(r#"{{"op":"conv_transpose","input":[[{}]],"weight":[[[{}]]]}}"#, many("1", 400), many("1e9999", 200)),
        // Few characters, many digits.
        conv(many("1e99999", 11_000), "1".into()),
        conv(many("1e-99999", 500), "1".into()),
        // As many taps on one axis as a line of its length can have.
        format!(r#"{{"op":"conv","padding":9999,"input":[[{0}]],"weight":[[[{0}]]]}}"#, many("3", 10_000)),
        // A long output of few numbers.
        r#"{"op":"conv_transpose","stride":100000000,"input":[[1,2]],"weight":[[[1]]]}"#.into(),
        format!(r#"{{"op":"conv","input":[{}],"weight":[[[1]]]}}"#, many("[[1]]", 20_000)),
    ];
    for line in lines {
        let mut child = piped(&["eval"]);
        let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut answers = BufReader::new(stdout).lines();
        let peak = std::thread::scope(|scope| {
            scope.spawn(|| writeln!(stdin, "{line}").unwrap());
            answers.next().unwrap().unwrap();
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
            let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
            peak.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
        });
        assert!(peak < 200_000, "{peak} KiB for {:.80}", line);
        drop(stdin);
        child.wait().unwrap();
    }
}

#[test]
fn deep_nesting_is_refused_and_overflows_nothing() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    refused(&deep(100_000), "not a case");
    refused(&format!(r#"{{"op":{}}}"#, deep(100_000)), "is neither");
    refused(
        &format!(r#"{{"op":"conv","weight":[[[1]]],"input":{}}}"#, deep(100_000)),
        "lists are nested more than 5 deep",
    );
    refused(&"{\"a\":".repeat(100_000), "not JSON");
}

#[test]
fn a_line_longer_than_64_mebibytes_is_passed_over() {
    let mut input = br#"{"id":1,"op":""#.to_vec();
    input.resize(input.len() + (64 << 20), b'x');
    input.extend(format!("\"}}\n{}\n", with("")).bytes());
    let answered = run(&[], input);
    assert_eq!(
        answered.lines[0],
        r#"{"id":1,"error":"too large: this line has 67108880 bytes; at most 67108864 are read"}"#
    );
    assert!(answered.lines[1].contains(r#""agree":true"#));
    assert_eq!(answered.status.code(), Some(1));
}

#[test]
fn floats_that_overflow_are_refused_with_their_place() {
    let refused = |line: &str, message: &str| {
        let answered = run(&["--float"], line);
        assert_eq!(answered.status.code(), Some(1));
        assert!(answered.lines[0].contains(message), "{}", answered.lines[0]);
    };
    refused(r#"{"op":"conv","input":[[1,1e400]],"weight":[[[1]]]}"#, "input[0][1]: it is beyond the largest float");
    refused(
        r#"{"op":"conv","input":[[1,1e300]],"weight":[[[1e300]]]}"#,
        "the entry at [0, 1] of the output is beyond the largest float",
    );
    refused(
        r#"{"op":"conv","input":[[1e300]],"weight":[[[1]]],"grad_output":[[1e300]]}"#,
        "of the weight gradient is beyond the largest float",
    );
    let small = run(&["--float"], r#"{"op":"conv","input":[[1e-300]],"weight":[[[1e-300]]]}"#);
    assert!(small.lines[0].contains(r#""output":[[0.0]]"#), "what is too small is 0");
}

#[test]
fn eval_takes_no_other_arguments() {
    let answered = run(&["cases.jsonl"], "");
    assert_eq!((answered.lines.len(), answered.status.code()), (0, Some(2)));
    let answered = run(&["--exact"], "");
    assert_eq!(answered.status.code(), Some(2));
}

#[test]
fn a_folder_as_input_is_an_error_and_no_crash() {
    let folder = std::fs::File::open(env!("CARGO_MANIFEST_DIR")).unwrap();
    let output = command().arg("eval").stdin(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot read from stdin"));
}

/// Lines that are almost right: pieces of a case, put together anyhow.
fn scrambled() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        " ",
        "null",
        "true",
        "0",
        "1",
        "-1",
        "2.5",
        "1e3",
        "1e-400",
        "\"1/3\"",
        "\"1/0\"",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "\"id\":",
        "\"op\":",
        "\"conv\"",
        "\"conv_transpose\"",
        "\"input\":",
        "\"weight\":",
        "\"stride\":",
        "\"padding\":",
        "\"dilation\":",
        "\"output_padding\":",
        "\"groups\":",
        "\"grad_output\":",
        "\"bias\":",
        "[[1,2]]",
        "[[[1,2]]]",
        "[[[[1]]]]",
        "é",
        "\u{0}",
    ]);
    let pieces = proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    let base = with(
        r#","stride":2,"padding":[[1,0]],"dilation":1,"output_padding":1,"groups":1,"bias":[5],"grad_output":[[1,2,3,4,5]]"#,
    );
    (pieces, 0..=base.len(), 0..12_usize)
        .prop_map(move |(pieces, at, cut)| format!("{}{pieces}{}", &base[..at], &base[(at + cut).min(base.len())..]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn whatever_the_line_is_there_is_one_answer_and_it_is_json(line in scrambled()) {
        for arithmetic in [Arithmetic::Exact, Arithmetic::Float] {
            let answer = eval_json::answer(&line, arithmetic, &Budget::DEFAULT);
            prop_assert!(!answer.contains('\n'));
            // Raw: an id is echoed as it was written, also a number that fits no type of this program.
            let answer: HashMap<String, Box<RawValue>> = serde_json::from_str(&answer).unwrap();
            prop_assert!(answer.contains_key("id"));
            prop_assert!(answer.contains_key("error") != answer.contains_key("output"));
            prop_assert!(answer.get("agree").is_none_or(|agree| agree.get() == "true"));
        }
    }
}

/// A padding that is within the budget, but not within what a shell allows the process.
#[cfg(target_os = "linux")]
#[test]
fn memory_that_the_system_does_not_give_is_a_refusal_and_ends_nothing() {
    let wide = r#"{"id":1,"op":"conv","input":[[0]],"weight":[[[8,1]]],"padding":[[50000000,50000000]],"dilation":[100000000]}"#;
    let small = r#"{"id":2,"op":"conv","input":[[3]],"weight":[[[8]]]}"#;
    let folder = common::folder();
    let cases = folder.path().join("cases.jsonl");
    std::fs::write(&cases, format!("{wide}\n{small}\n")).expect("the folder takes files");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -v 700000 && exec \"$0\" eval < \"$1\"", common::EXECUTABLE]).arg(&cases);
    let output = shell.output().expect("there is a shell");
    let answers = common::text(&output.stdout);
    assert!(answers.contains("more than the system gives"), "{answers}{}", common::text(&output.stderr));
    assert!(answers.contains("\"id\":2") && output.status.code() == Some(1), "{answers}");
}
