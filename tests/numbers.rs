//! The main command with numbers: exact or float, drawn or given, in the right shape or refused.

mod common;

use common::{command, does_not_say, flow, flowing, is_refused, run, says, text};
use std::process::Output;

/// Runs a layer that is given in double quotes, for layers with single quotes in them.
fn run_layer(layer: &str) -> Output {
    let size = if layer.contains("1d") { "9" } else { "9x9" };
    command().args(["--layer", layer, "--in", size]).output().expect("a command")
}

// What is shown.

#[test]
fn numbers_stand_beside_the_symbols_in_every_part() {
    let text = flowing("--in 2 --k 2 --weight '3 -1' --input '2 5'");
    says(&text, "With the numbers that were given: X = [ 2 5 ] W = [ 3 −1 ]");
    says(&text, "With the numbers: W̃ = ⎡ 3 −1 0 ⎤ ⎣ 0 3 −1 ⎦");
    says(&text, "In its own shape: Y = [ 6 13 −5 ]");
    says(&text, "y₁ = w₁x₀ + w₀x₁ = (−1)·2 + 3·5 = 13");
    says(&text, "The numbers are exact: ");
}

#[test]
fn a_bias_is_shown_and_added_to_every_entry_of_its_channel() {
    let text = flowing("--in 1 --k 2 --out-channels 2 --weight '1 2 3 4' --input 10 --bias '-1/2 7'");
    says(&text, "y⁽⁰⁾₀ = w⁽⁰⁰⁾₀x₀ + b₀ = 1·10 + (−1/2) = 19/2");
    says(&text, "y⁽¹⁾₁ = w⁽⁰¹⁾₁x₀ + b₁ = 4·10 + 7 = 47");
    does_not_say(&flowing("--in 1 --k 2 --weight '1 2' --input 10"), "bias");
}

#[test]
fn an_entry_that_is_only_the_bias_does_not_say_its_value_twice() {
    let text = flowing("--in 2 --k 2 -s 3 --weight '1 2' --input '1 2' --bias 2 --only entries");
    says(&text, "y₂ = b = 2 ");
    does_not_say(&text, "= 2 = 2");
}

#[test]
fn a_bias_of_the_layer_that_was_not_given_is_taken_as_0_with_a_note() {
    let line = "--layer 'ConvTranspose1d(1, 1, 2)' --in 2 --weight '1 2' --input '1 2' --only entries";
    let output = run(line);
    assert!(output.status.success());
    let note = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(note, "note: the layer has a bias and none was given; it is taken as 0 (see --bias)\n");
    says(&flow(text(&output.stdout)), "y₁ = w₁x₀ + w₀x₁ + b = 2·1 + 1·2 + 0 = 4");
    // Where no output is calculated, nothing is assumed.
    does_not_say(&flowing("--layer 'ConvTranspose1d(1, 1, 2)' --in 2 --weight '1 2' --only entries"), "0 =");
}

#[test]
fn a_bias_for_a_layer_without_one_is_refused() {
    let message = is_refused("--layer 'Conv1d(1, 1, 2, bias=False)' --in 3 --bias 1");
    assert_eq!(message, "error: --bias: the pasted layer says bias=False\n  help: leave one of them out\n");
}

#[test]
fn where_only_the_weight_is_given_the_matrix_has_numbers_and_the_entries_have_none() {
    let text = flowing("--in 2 --k 2 --weight '1/3 2'");
    says(&text, "With the numbers: W̃ = ⎡ 1/3 2 0 ⎤ ⎣ 0 1/3 2 ⎦");
    says(&text, "y₀ = w₀x₀ y₁ = w₁x₀ + w₀x₁ y₂ = w₁x₁");
    does_not_say(&text, "In its own shape");
}

#[test]
fn where_only_the_input_is_given_the_matrix_stays_symbolic() {
    let text = flowing("--in 2 --k 2 --input '7 8'");
    says(&text, "X = [ 7 8 ] W = [ w₀ w₁ ]");
    says(&text, "W̃ = ⎡ w₀ w₁ 0 ⎤ ⎣ 0 w₀ w₁ ⎦ 4 of ");
    does_not_say(&text, "In its own shape");
}

#[test]
fn a_convolution_is_calculated_too() {
    let text = flowing("--conv --in 3x3 --k 2 --weight '1 2; 3 4' --input 1..9 --only entries");
    // 1 + 2·2 + 3·4 + 4·5 = 37.
    says(&text, "y₀₀ = w₀₀x₀₀ + w₀₁x₀₁ + w₁₀x₁₀ + w₁₁x₁₁ = 1·1 + 2·2 + 3·4 + 4·5 = 37");
    says(&text, " = 1·5 + 2·6 + 3·8 + 4·9 = 77");
}

// Exact and float.

#[test]
fn decimals_and_fractions_are_exact() {
    let text = flowing("--in 2 --k 2 --weight '1 2' --input '0.1 -1/3' --only entries");
    assert_eq!(
        text,
        "y₀ = w₀x₀ = 1·1/10 = 1/10 y₁ = w₁x₀ + w₀x₁ = 2·1/10 + 1·(−1/3) = −2/15 y₂ = w₁x₁ = 2·(−1/3) = −2/3"
    );
    // 0.1 + 0.2 is 0.3 here.
    says(&flowing("--in 2 --k 2 --weight '1 1' --input '0.1 0.2' --only entries"), "= 1·1/10 + 1·1/5 = 3/10");
}

#[test]
fn integers_do_not_overflow() {
    let text = flowing("--in 1 --k 1 --weight 4611686018427387904 --input 4 --only entries");
    assert_eq!(text, "y₀ = w₀x₀ = 4611686018427387904·4 = 18446744073709551616");
}

#[test]
fn floats_are_used_on_demand_and_named() {
    let line = "--in 2 --k 2 --weight '1 1' --input '0.1 0.2'";
    let text = flowing(&format!("{line} --float"));
    says(&text, "= 1·0.1 + 1·0.2 ");
    says(&text, " 0.30000000000000004");
    says(&text, "The numbers are double-precision floats: the output was computed by the textbook loops, and rounded.");
    does_not_say(&text, "The numbers are exact");
    does_not_say(&flowing(line), "float");
}

#[test]
fn a_number_beyond_doubles_is_refused_with_float() {
    for line in [
        "--in 1 --k 1 --weight 1e400 --input 1",
        "--in 1 --k 1 --weight 1e200 --input 1e200",
        "gradients --in 1 --k 1 --weight 1 --input 1 --grad-output 1e400",
    ] {
        says(&is_refused(&format!("{line} --float")), "range of double-precision floats");
        does_not_say(&flowing(line), "inf");
    }
}

#[test]
fn an_explanation_says_that_its_numbers_are_floats() {
    for question in ["--at 1", "", "--buffers"] {
        says(&flowing(&format!("explain --in 2 --k 2 --weight '1 1' --input '0.1 0.2' --float {question}")), "float");
    }
}

#[test]
fn a_fraction_before_a_product_sign_stands_in_parentheses() {
    says(&flowing("--in 1 --k 1 --weight 1/2 --input 3 --only entries"), "= (1/2)·3 = 3/2");
}

// Rules and drawing.

#[test]
fn a_seed_draws_the_same_numbers_again() {
    let line = "--in 3x3 --k 2 --weight random --input random";
    let first = flowing(&format!("{line} --seed 7"));
    assert_eq!(first, flowing(&format!("{line} --seed 7")));
    assert_ne!(first, flowing(&format!("{line} --seed 8")));
    assert_eq!(flowing(line), flowing(&format!("{line} --seed 0")), "without a seed it is 0");
    is_refused(&format!("{line} --seed -1"));
    is_refused(&format!("{line} --seed x"));
}

#[test]
fn the_seed_of_numbers_that_were_drawn_is_printed() {
    let said = |line: &str| text(&run(line).stderr).to_owned();
    assert_eq!(said("--in 2 --k 2 --weight random --only sizes"), "note: random numbers from --seed 0\n");
    assert_eq!(said("--in 2 --k 2 --weight random --seed 7 --only sizes"), "note: random numbers from --seed 7\n");
    assert_eq!(said("--in 2 --k 2 --weight iota --seed 7 --only sizes"), "");
}

#[test]
fn weight_and_input_are_not_drawn_alike() {
    let text = flowing("--in 4 --k 4 --weight random --input random --only symbols,sizes");
    let list = |name: &str| {
        let rows = text.split(&format!("{name} = [ ")).nth(2).expect("the numbers come second");
        rows.split(" ]").next().expect("a bracket").to_owned()
    };
    assert_ne!(list("X"), list("W"));
}

#[test]
fn rules_fill_the_shape() {
    let rows = |rule: &str| flowing(&format!("--in 2x2 --k 1 --input {rule} --only symbols,sizes"));
    says(&rows("iota"), "X = ⎡ 1 2 ⎤ W = [ w₀₀ ] ⎣ 3 4 ⎦");
    says(&rows("1..4"), "X = ⎡ 1 2 ⎤ W = [ w₀₀ ] ⎣ 3 4 ⎦");
    says(&rows("ones"), "X = ⎡ 1 1 ⎤ W = [ w₀₀ ] ⎣ 1 1 ⎦");
    says(&rows("[[5,6],[7,\"1/8\"]]"), "X = ⎡ 5 6   ⎤".replace("   ", " ").as_str());
    says(&is_refused("--in 2x2 --k 1 --input 1..5"), "got 1..5, 5 values");
    is_refused("--in 2x2 --k 1 --input twos");
}

// Shapes and numbers that are refused.

#[test]
fn a_wrong_shape_says_what_was_expected_and_what_came() {
    for (line, piece) in [
        (
            "--in 2x2 --k 2 --weight '1 2 3; 4 5 6'",
            "--weight: expected shape (1, 1, 2, 2), or (2, 2), 4 values; got (2, 3), 6 values",
        ),
        ("--in 2x2 --k 2 --input 1..3", "--input: expected shape (1, 2, 2), or (2, 2), 4 values; got 1..3, 3 values"),
        ("--in 2 --k 2 --out-channels 2 --bias 1", "--bias: expected shape (2,), 2 values; got (1,), 1 value"),
        (
            "--in 2 --k 2 --in-channels 2 --out-channels 3 --weight '[[[1,2],[3,4]],[[5,6],[7,8]],[[9,10],[11,12]]]'",
            "--weight: expected shape (2, 3, 2), 12 values; got (3, 2, 2), 12 values",
        ),
        (
            "--conv --in 3 --k 2 --in-channels 2 --out-channels 3 --weight '[[[1,2],[3,4],[5,6]],[[7,8],[9,10],[11,12]]]'",
            "--weight: expected shape (3, 2, 2), 12 values; got (2, 3, 2), 12 values",
        ),
    ] {
        let message = is_refused(line);
        says(&message, piece);
        says(&message, "\n  help: ");
    }
}

#[test]
fn what_is_no_number_is_refused_with_its_place() {
    for (given, piece) in [("'1 NaN'", "entry (1,): NaN"), ("'inf 1'", "entry (0,): inf"), ("'1 1/0'", "divides by 0")]
    {
        says(&is_refused(&format!("--in 2 --k 2 --weight {given}")), piece);
    }
    for given in ["'1 x'", "'[1,2'", "'[[1],[2,3]]'", "''", "missing.npy"] {
        says(&is_refused(&format!("--in 2 --k 2 --weight {given}")), "error: --weight: ");
    }
}

#[test]
fn a_page_proved_by_the_taps_alone_does_not_deny_that_its_numbers_were_computed() {
    let line = "--in 40x40 --k 3 --weight iota --input iota --only proof --max-work";
    let by_taps = flow(text(&run(&format!("{line} 500k")).stdout));
    says(&by_taps, "it rests on the taps identity alone");
    says(&by_taps, "the output was computed from them in three ways (textbook scatter loops;");
    let by_roads = flow(text(&run(&format!("{line} 4G")).stdout));
    says(&by_roads, "the output was computed from them in the same ways");
    assert!(!by_roads.contains("alone"), "{by_roads}");
}

#[test]
fn numbers_for_a_layer_on_which_they_would_take_long_are_refused() {
    let message = is_refused("--in 500x500 --k 20 -s 20 --weight ones --input ones");
    says(&message, "showing these numbers and what they lead to takes up to 12821 MB of memory");
    says(&message, "help: use a smaller layer");
}

// Pasted layers that cannot be honoured.

#[test]
fn everything_in_a_pasted_layer_that_cannot_be_honoured_is_an_error_that_names_it() {
    for (layer, named) in [
        ("Conv2d(1, 1, 3, padding_mode='circular')", "padding_mode='circular'"),
        ("ConvTranspose2d(1, 1, 3, padding_mode='reflect')", "padding_mode='reflect'"),
        ("Conv2d(1, 1, 3, foo=3)", "'foo'"),
        ("Conv2d(1, 1, 3, output_padding=1)", "'output_padding'"),
        ("ConvTranspose2d(1, 1, 3, padding='same')", "padding='same'"),
        ("Conv2d(1, 1, 3, padding='same', stride=2)", "padding='same'"),
        ("Conv2d(1, 1, 3, device='cuda')", "device='cuda'"),
        ("Conv2d(1, 1, 3, dtype=torch.float16)", "dtype=torch.float16"),
        ("Conv2d(1, 1)", "kernel_size"),
        ("Conv2d(1, 1, 3, stride=1, stride=2)", "stride"),
        ("Conv2d(1, 1, 3, 1, stride=2)", "stride"),
        ("Conv2d(1, 1, (3, 3, 3))", "kernel_size=(3, 3, 3)"),
        ("Conv2d(1, 1, 3.0)", "kernel_size=3.0"),
        ("Conv2d(1, 1, -3)", "kernel_size=-3"),
        ("Conv2d(1, 1, 3, bias=5)", "bias=5"),
        ("Conv2d(3, 4, 3, groups=2)", "groups=2"),
        ("Conv2d(1, 1, 3, dilation=0)", "dilation=0"),
        ("ConvTranspose2d(1, 1, 3, stride=2, output_padding=2)", "output_padding=2"),
        ("ConvTranspose1d(1, 1, 3, 2, output_size=(99,))", "output_size 99"),
        ("LazyConv2d(1, 3)", "'LazyConv2d'"),
        ("F.conv_transpose2d(x, w)", "'F.conv_transpose2d'"),
        ("Conv2d(1, 1, 3); rm", "'; rm'"),
        ("Conv2d(n, 1, 3)", "in_channels=n"),
        ("Conv2d(1, 1, 3, **options)", "**options"),
        ("Conv2d(1, 1, 3, 1, 0, 1, 1, True, 'zeros', None, None, 5)", "5"),
    ] {
        let output = run_layer(layer);
        let message = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{layer}: {message}");
        assert!(output.stdout.is_empty(), "{layer}");
        assert!(message.starts_with("error: --layer: ") && message.contains("\n  help: "), "{layer}: {message}");
        says(&message, named);
    }
}

#[test]
fn every_spelling_of_a_layer_is_the_same_layer() {
    let wanted = run_layer("ConvTranspose2d(2, 4, (3, 2), (2, 1), (1, 0), (1, 0), 2, False, 2)");
    assert!(wanted.status.success(), "{}", String::from_utf8_lossy(&wanted.stderr));
    assert_ne!(wanted.stdout, run_layer("ConvTranspose2d(2, 4, (3, 2), (2, 1), (1, 0), (1, 0), 2, True, 2)").stdout);
    for layer in [
        "nn.ConvTranspose2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 0), output_padding=(1, 0), groups=2, bias=False, dilation=2)",
        "torch.nn.ConvTranspose2d(in_channels=2, out_channels=4, kernel_size=[3, 2], bias=False, dilation=(2, 2), \
         groups=2, output_padding=(1, 0), padding=(1, 0), stride=(2, 1))",
        "up = nn.ConvTranspose2d(2,4,(3,2),(2,1),(1,0),(1,0),2,False,2,padding_mode='zeros',)",
        "nn.ConvTranspose2d(2, 4, (3, 2), (2, 1), (1, 0), groups=2, bias=False, dilation=2, output_size=(20, 11))",
    ] {
        let output = run_layer(layer);
        assert!(output.status.success(), "{layer}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout == wanted.stdout, "{layer}: another layer");
    }
}

// ---- numbers that would take long ----

/// A file with a number a line, and the folder it lies in.
fn column(numbers: impl Iterator<Item = String>) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers.csv");
    std::fs::write(&path, numbers.collect::<Vec<_>>().join("\n")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn decimals_of_very_different_sizes_are_calculated_with_over_one_denominator() {
    let (_folder, path) = column((0..200).map(|places| format!("1e-{places}")));
    let asked = std::time::Instant::now();
    let output = run(&format!("explain --weight {path} --input {path} --at 0"));
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).contains("y₀ = w₀x₀ = 1·1 = 1"), "{}", text(&output.stdout));
    // As reduced fractions the sums took minutes where nothing is optimised.
    assert!(asked.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn fractions_without_a_common_denominator_of_sensible_length_are_refused_at_once() {
    let digits = |place: usize| format!("1{}{place}7", "3".repeat(990));
    let (_folder, path) = column((0..30).map(|place| format!("{}/{}", digits(place), digits(place + 30))));
    for command in ["", "explain", "pytorch", "diagnose --answer 1"] {
        let output = run(&format!("{command} --weight {path} --input {path}"));
        assert_eq!(output.status.code(), Some(2), "{command}: {output:?}");
        let said = text(&output.stderr);
        let is_said = said.contains("steps of work") || said.contains("the common denominator of the");
        assert!(is_said && said.contains("help: use"), "{command}: {said}");
    }
}

#[test]
fn a_rule_for_sixteen_million_numbers_is_refused_before_it_is_filled_in() {
    for line in [
        "--in 16000000 --k 1 --input iota --weight 2",
        "diagnose --in 2 --k 3 --input '1 2' --weight '1 2 3' --answer 1..16000000",
        "matrix --in 1 --k 16000000 --weight iota",
    ] {
        let output = run(line);
        assert_eq!(output.status.code(), Some(2), "{line}: {output:?}");
        assert!(text(&output.stderr).contains("MB of memory, and at most 1000 MB are used"), "{line}: {output:?}");
    }
}
