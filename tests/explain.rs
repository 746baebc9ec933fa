//! `explain`: the answers to a question about one entry, the four views against each other, and what is refused.

mod common;

use common::pdflatex::{complaints, errors, log_of};
use common::{does_not_say, flow, flowing, folder, is_refused, run, says, succeeds, text};
use convt_matrix::doc::explanation::ENTRY;
use convt_matrix::doc::{BlockLines, Extent, Inline, Math, Section, Subject};
use convt_matrix::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::instance::Instance;
use convt_matrix::proof::Model;
use convt_matrix::render::Templates;
use convt_matrix::taps::Taps;
use convt_matrix::tensor::unravel;
use std::fs;

/// The numbers (or symbols) in the brackets behind the first `name =`, row by row, without lines and strokes.
fn grid(text: &str, name: &str) -> Vec<Vec<String>> {
    grids(text, name).into_iter().next().unwrap_or_else(|| panic!("there is no {name} in:\n{text}"))
}

/// All grids whose name begins with `name`, in order; the first of every display.
fn grids(text: &str, name: &str) -> Vec<Vec<Vec<String>>> {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |line: &str| line.contains('⎡');
    let named = lines.iter().enumerate().filter(|(_, line)| {
        let label = line.trim_start().split(" = ").next().expect("a piece");
        label.starts_with(name) && !label.contains(' ') && line.contains(" = ")
    });
    let grid_at = |(at, line): (usize, &&str)| {
        let block = if line.contains('[') {
            at..at + 1
        } else {
            let first = (0..=at).rev().find(|&line| opens(lines[line])).expect("a bracket opens");
            let last = (at..lines.len()).find(|&line| lines[line].contains('⎣')).expect("a bracket closes");
            first..last + 1
        };
        lines[block]
            .iter()
            .filter(|line| !line.contains('─'))
            .map(|line| {
                let inside = line.split(['[', '⎡', '⎢', '⎣']).nth(1).expect("a bracket");
                let inside =
                    inside.split([']', '⎤', '⎥', '⎦']).next().expect("a bracket").replace(['\u{336}', '│'], "");
                inside.split_whitespace().map(str::to_owned).collect()
            })
            .collect()
    };
    named.map(grid_at).collect()
}

#[track_caller]
fn is_grid<const COLUMNS: usize>(text: &str, name: &str, rows: &[[i64; COLUMNS]]) {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(i64::to_string).collect()).collect();
    assert_eq!(grid(text, name), rows, "{name} in:\n{text}");
}

// The question: the 8x8 output of ones and 1..16.

const PASTED: &str =
    "--layer 'ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)' --in 4x4 --weight 1..16 --input ones";

const DOCUMENT: [[i64; 8]; 8] = [
    [6, 12, 14, 12, 14, 12, 14, 7],
    [12, 24, 28, 24, 28, 24, 28, 14],
    [20, 40, 44, 40, 44, 40, 44, 22],
    [12, 24, 28, 24, 28, 24, 28, 14],
    [20, 40, 44, 40, 44, 40, 44, 22],
    [12, 24, 28, 24, 28, 24, 28, 14],
    [20, 40, 44, 40, 44, 40, 44, 22],
    [10, 20, 22, 20, 22, 20, 22, 11],
];

#[test]
fn the_8x8_array_of_the_question_comes_out() {
    is_grid(&succeeds(&format!("explain {PASTED}")), "Y", &DOCUMENT);
    let derived = succeeds(PASTED);
    let written = grids(&derived, "Y");
    let wanted: Vec<Vec<String>> = DOCUMENT.iter().map(|row| row.iter().map(i64::to_string).collect()).collect();
    assert!(written.contains(&wanted), "the main command shows it too:\n{derived}");
}

#[test]
fn the_8x8_array_of_the_question_comes_with_the_number_of_products_of_every_entry() {
    let text = succeeds(&format!("explain {PASTED}"));
    let along = |at: usize| if at == 0 || at == 7 { 1 } else { 2 };
    let counts: [[i64; 8]; 8] = std::array::from_fn(|i| std::array::from_fn(|j| along(i) * along(j)));
    is_grid(&text, "N", &counts);
    let products: i64 = counts.iter().flatten().sum();
    says(&text, &format!("Together they are the {products} products of the layer."));
    says(&text, "The entries of the output are sums of 1 to 4 products, one for each pair");
}

#[test]
fn the_6_at_the_first_entry_is_one_product() {
    let text = flowing(&format!("explain {PASTED} --at 0,0"));
    says(&text, "The entry of the output at (0, 0)");
    says(&text, "y₀₀ is a single product");
    says(&text, "y₀₀ = w₁₁x₀₀ = 6·1 = 6");
    says(
        &text,
        "The copy of x₀₀ reaches from (−1, −1) to (2, 2); its kernel cell (1, 1) lies at (0, 0): w₁₁x₀₀ = 6·1 = 6.",
    );
    says(&text, "Of the 16 products, 1 ");
    says(&text, "⎡ 6 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ⎤");
}

#[test]
fn the_12_beside_it_is_two_products() {
    let text = flowing(&format!("explain {PASTED} --at 0,1"));
    says(&text, "y₀₁ is the sum of 2 products");
    says(&text, "y₀₁ = w₁₂x₀₀ + w₁₀x₀₁ = 7·1 + 5·1 = 12");
    says(&text, "kernel cell (1, 2) lies at (0, 1): w₁₂x₀₀ = 7·1 = 7.");
    says(&text, "kernel cell (1, 0) lies at (0, 1): w₁₀x₀₁ = 5·1 = 5.");
    says(&text, "Of the 16 products, 2 ");
}

#[test]
fn every_entry_of_the_question_is_explained_with_its_number() {
    // The corners, an edge, and the two kinds of places inside.
    for (i, j) in [(0, 0), (0, 7), (7, 0), (7, 7), (0, 2), (3, 7), (3, 4), (4, 4), (2, 1)] {
        let text = flowing(&format!("explain {PASTED} --at {i},{j}"));
        let entry = text.split("── ").find(|part| part.starts_with("The entry y")).expect("the first section");
        let (equation, _) = entry.split_once("Why: ").expect("a reason");
        assert!(equation.trim_end().ends_with(&format!(" = {}", DOCUMENT[i][j])), "{entry}");
    }
}

#[test]
fn a_cell_beside_the_input_is_a_padding_zero_even_in_a_row_of_inserted_zeros() {
    // X' at (0, 0): rows and columns are padding, padding, input, inserted. So 1 input, 3 inserted, 12 padding.
    let text = flowing(&format!("explain {PASTED} --at 0,0"));
    assert_eq!(KINDS.map(|kind| said_of(&text, kind)), [1, 3, 12], "{text}");
}

// The buffers of [[2, 4], [0, 1]] and [[3, 1], [1, 5]].

fn buffers(stride: usize, padding: usize) -> String {
    format!(
        "explain --buffers --layer 'ConvTranspose2d(1, 1, 2, {stride}, {padding}, bias=False)' --weight '3 1; 1 5' \
         --input '2 4; 0 1'"
    )
}

/// The four copies and their sum, then the output.
#[track_caller]
fn shows_buffers<const SIZE: usize, const LEFT: usize>(
    stride: usize,
    padding: usize,
    wanted: [[[i64; SIZE]; SIZE]; 5],
    output: [[i64; LEFT]; LEFT],
) {
    let line = format!("{} --in 2x2", buffers(stride, padding));
    let text = succeeds(&line);
    let found = grids(&text, "B");
    let strings =
        |rows: &[[i64; SIZE]; SIZE]| rows.iter().map(|row| row.iter().map(i64::to_string).collect()).collect();
    let wanted: Vec<Vec<Vec<String>>> = wanted.iter().map(strings).collect();
    assert_eq!(found, wanted, "{line}");
    is_grid(&text, "Y", &output);
    // What is struck out is what the padding takes: all cells but those of the output.
    let sum = text.split("── Their sum").nth(1).expect("the section of the sum");
    let struck = sum.split_whitespace().filter(|cell| cell.contains('\u{336}')).count();
    assert_eq!(struck, SIZE * SIZE - LEFT * LEFT, "{text}");
}

const STRIDE_1: [[[i64; 3]; 3]; 5] = [
    [[6, 2, 0], [2, 10, 0], [0, 0, 0]],
    [[0, 12, 4], [0, 4, 20], [0, 0, 0]],
    [[0, 0, 0], [0, 0, 0], [0, 0, 0]],
    [[0, 0, 0], [0, 3, 1], [0, 1, 5]],
    [[6, 14, 4], [2, 17, 21], [0, 1, 5]],
];

const STRIDE_2: [[[i64; 4]; 4]; 5] = [
    [[6, 2, 0, 0], [2, 10, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
    [[0, 0, 12, 4], [0, 0, 4, 20], [0, 0, 0, 0], [0, 0, 0, 0]],
    [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
    [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 3, 1], [0, 0, 1, 5]],
    [[6, 2, 12, 4], [2, 10, 4, 20], [0, 0, 3, 1], [0, 0, 1, 5]],
];

#[test]
fn the_buffers_of_stride_1_without_padding() {
    shows_buffers(1, 0, STRIDE_1, [[6, 14, 4], [2, 17, 21], [0, 1, 5]]);
}

#[test]
fn the_buffers_of_stride_1_and_padding_1() {
    shows_buffers(1, 1, STRIDE_1, [[17]]);
}

#[test]
fn the_buffers_of_stride_2_without_padding() {
    shows_buffers(2, 0, STRIDE_2, STRIDE_2[4]);
}

#[test]
fn the_buffers_of_stride_2_and_padding_1_which_the_document_calls_padding_2() {
    shows_buffers(2, 1, STRIDE_2, [[10, 4], [0, 3]]);
    // E7: the document says s=2, p=2.
    let message = is_refused(&format!("{} --in 2x2", buffers(2, 2)));
    says(
        &message,
        "padding=2 (axis 0): the output size is (2-1)*2 - 2 - 2 + 1*(2-1) + 0 + 1 = 0, which is less than 1",
    );
}

#[test]
fn the_blue_buffer_is_the_input_2_times_every_cell_of_the_kernel() {
    let text = succeeds(&format!("{} --in 2x2", buffers(1, 0)));
    says(&text, "The copy of x₀₀ = 2, from cell (0, 0):");
    says(&text, "The copy of x₁₁ = 1, from cell (1, 1):");
    assert_eq!(grids(&text, "B")[0][0], [(2 * 3).to_string(), 2.to_string(), 0.to_string()]);
}

#[test]
fn buffers_of_symbols_are_products_and_their_sum_is_struck_out_at_the_border() {
    let text = succeeds("explain --buffers --k 3 --in 2 -s 2 -p 1");
    assert_eq!(grids(&text, "B")[0], [["w₀x₀", "w₁x₀", "w₂x₀", "0", "0"]]);
    assert_eq!(grids(&text, "B")[1], [["0", "0", "w₀x₁", "w₁x₁", "w₂x₁"]]);
    says(&text, "B = [ w̶₀̶x̶₀̶ │ w₁x₀ w₂x₀ + w₀x₁ w₁x₁ │ w̶₂̶x̶₁̶ ]");
    says(&text, "y₁ = w₂x₀ + w₀x₁");
}

#[test]
fn output_padding_spares_real_values_or_reaches_beyond_the_last_copy() {
    // E4: w=[1,10,100], s=3, x=[1,2].
    let run = |p, o| {
        let line = "explain --buffers --in 2 --k 3 -s 3 --weight '1 10 100' --input '1 2'";
        let text = flowing(&format!("{line} -p {p} --output-padding {o}"));
        let output = text.rsplit("Y = ").next().expect("the output").to_owned();
        (text, output)
    };
    for (p, o, wanted, reaches) in [
        (0, 0, "[ 1 10 100 2 20 200 ]", false),
        (0, 1, "[ 1 10 100 2 20 200 0 ]", true),
        (1, 0, "[ 10 100 2 20 ]", false),
        (1, 1, "[ 10 100 2 20 200 ]", false),
        (1, 2, "[ 10 100 2 20 200 0 ]", true),
    ] {
        let (text, output) = run(p, o);
        assert_eq!(output, wanted);
        assert_eq!(text.contains("no copy") || text.contains("beyond the last copy"), reaches, "p={p}, o={o}: {text}");
    }
}

#[test]
fn buffers_keep_groups_apart_and_lay_every_channel() {
    let text = flowing(
        "explain --buffers --in 2 --k 2 --in-channels 2 --out-channels 2 --groups 2 --weight '1 10 100 1000' \
         --input '1 2; 3 4'",
    );
    // The copy of an input of the second group leaves the first output channel empty.
    let copy = text.split("The copy of x⁽¹⁾₀ = 3, from cell 0:").nth(1).expect("the first input of the second group");
    let grids: Vec<&str> = copy.split(" = [ ").skip(1).take(2).map(|piece| piece.split(" ]").next().unwrap()).collect();
    assert_eq!(grids, ["0 0 0", "300 3000 0"]);
    says(&text, "Y⁽⁰⁾ = [ 1 12 20 ] Y⁽¹⁾ = [ 300 3400 4000 ]");
}

#[test]
fn buffers_of_three_dimensions_come_slice_by_slice() {
    let text = flowing("explain --buffers --in 1x1x2 --k 2x1x2 --weight '1 10 100 1000' --input '1 2'");
    says(&text, "Y[0,:,:] = [ 1 12 20 ] Y[1,:,:] = [ 100 1200 2000 ]");
}

#[test]
fn the_bias_is_added_behind_the_buffers() {
    let text = flowing("explain --buffers --in 2 --k 2 --weight '1 10' --input '1 2' --bias 5");
    says(&text, "B = [ 1 12 20 ]");
    says(&text, "What is left, plus the bias, is the output: Y = [ 6 17 25 ]");
}

#[test]
fn where_nothing_is_cut_off_the_text_does_not_promise_lines() {
    does_not_say(&flowing(&format!("{} --in 2x2", buffers(1, 0))), "The lines mark");
}

#[test]
fn buffers_are_for_transposed_convolutions_and_for_the_whole_output() {
    for line in ["explain --buffers --conv --k 2 --in 4", "explain --buffers --layer 'Conv1d(1, 1, 2)' --in 4"] {
        let message = is_refused(line);
        says(&message, "a plain convolution lays no copies of its kernel into a buffer\n  help: ");
    }
    says(&is_refused("explain --buffers --k 2 --in 4 --at 0"), "cannot be used with");
}

#[test]
fn buffers_of_a_pasted_convolution_are_refused_without_naming_a_flag_that_was_not_typed() {
    does_not_say(&is_refused("explain --buffers --layer 'Conv1d(1, 1, 2)' --in 4"), "--conv");
}

// Counts of contributions.

#[test]
fn the_counts_of_kernel_4_stride_2_padding_1_are_1_2_2_and_so_on_to_1() {
    let text = succeeds("explain --in 4 --k 4 -s 2 -p 1");
    is_grid(&text, "N", &[[1, 2, 2, 2, 2, 2, 2, 1]]);
    does_not_say(&text, "With the numbers");
}

#[test]
fn the_counts_are_the_output_of_ones() {
    for line in ["--in 5 --k 3 -s 2 -p 1", "--in 3x2 --k 2x3 -s 2x1 -d 1x2", "--conv --in 6 --k 3 -p 2"] {
        let text = succeeds(&format!("explain {line} --weight ones --input ones"));
        assert_eq!(grid(&text, "N"), grid(&text, "Y"), "{line}");
    }
}

#[test]
fn counts_that_are_all_the_same_are_said_as_one_number() {
    says(
        &flowing("explain --in 3 --k 2 -s 2"),
        "Every entry of the output is a single product, of the one kernel cell",
    );
    says(&flowing("explain --conv --in 5 --k 3"), "Every entry of the output is the sum of 3 products");
}

#[test]
fn entries_that_no_input_reaches_have_count_0() {
    // E11's kind: every odd output is 0 for k=4, s=2, d=2.
    is_grid(&succeeds("explain --in 2 --k 4 -s 2 -d 2"), "N", &[[1, 0, 2, 0, 2, 0, 2, 0, 1]]);
    let text = flowing("explain --in 2 --k 4 -s 2 -d 2 --at 1");
    says(&text, "No kernel cell brings an input to y₁. y₁ = 0");
    says(&text, "No copy has a cell at 1.");
}

#[test]
fn what_is_said_of_the_checkerboard_is_true_of_the_counts() {
    // E11 and E12, over a box: inside a long output the counts are all equal, or they are not.
    for (kernel, stride, dilation) in (1..=4).flat_map(|k| (2..=4).flat_map(move |s| (1..=3).map(move |d| (k, s, d)))) {
        let line = format!("explain --in 14 --k {kernel} -s {stride} -d {dilation}");
        let text = succeeds(&line);
        let axis = AxisSettings { stride, dilation, ..AxisSettings::new(14, kernel) };
        let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).expect("a layer");
        let taps = Taps::of(layer.geometry()).expect("a small layer").transposed();
        let counts: Vec<usize> = (0..taps.rows()).map(|row| taps.row_length(row)).collect();
        let reach = dilation * (kernel - 1);
        let inside = &counts[reach..counts.len() - reach];
        let (most, least) = (inside.iter().max(), inside.iter().min());
        assert!(inside.len() >= stride, "{line}: every remainder occurs");
        let flowing = flow(&text);
        assert_eq!(flowing.contains("equally many products"), most == least, "{line}: {inside:?}\n{text}");
        assert_eq!(flowing.contains("repeat with the stride and differ"), most != least, "{line}: {inside:?}\n{text}");
    }
}

#[test]
fn what_the_weights_leave_of_a_constant_input_is_said_of_those_that_were_given() {
    let line = |weight: &str| flowing(&format!("explain --in 4x4 --k 3x3 -s 2 --weight '{weight}'"));
    // Linear interpolation, though the stride does not divide the kernel size.
    says(&line("1 2 1; 2 4 2; 1 2 1"), "added up exactly, they are equal: a constant input leaves no checkerboard.");
    says(&line("1 2 1; 1 2 1; 1 2 1"), "they are not equal: a constant input leaves stripes.");
    says(&line("ones"), "they are not equal: a constant input leaves a checkerboard.");
    says(
        &flowing("explain --in 4 --k 3 -s 2"),
        "For a kernel of ones they are the numbers of products: it leaves a ripple.",
    );
    says(&flowing("explain --in 4 --k 2 -s 2"), "it leaves no ripple, but other kernels may.");
    // Every output channel has its own sums, and adds those of all input channels.
    let channels = "explain --in 4 --k 2 -s 2 --in-channels 2 --out-channels 2";
    says(&flowing(&format!("{channels} --weight 1,2,5,5,2,1,0,0")), "they are equal");
    says(&flowing(&format!("{channels} --weight 1,2,5,5,2,1,0,1")), "they are not equal");
}

#[test]
fn inputs_that_nothing_reads_are_named() {
    let line = "--conv --k 1 --in 4 -s 3";
    for text in [flowing(&format!("explain {line}")), flowing(line)] {
        says(&text, "2 entries of the input are never read: x₁, x₂. The output does not depend on them.");
    }
    let text = flowing("explain --k 1 --in 3 -p 1");
    says(&text, "2 entries of the input reach no entry of the output: x₀, x₂.");
    does_not_say(&flowing("explain --k 2 --in 3 -s 2"), "depend on");
}

#[test]
fn floats_have_one_sign_in_lines_and_in_tensors() {
    let line = "--k 2 --in 2 --float --weight '0.5 1' --input '1 2'";
    let text = flowing(&format!("explain {line}"));
    says(&text, "Y ≈ [ 0.5 2 2 ]");
    says(&text, "y₁ = w₁x₀ + w₀x₁ = 1·1 + 0.5·2 ≈ 2");
    let text = flowing(&format!("explain {line} --buffers"));
    says(&text, "B₀ ≈ [ 0.5 1 0 ]");
    says(&text, "B ≈ [ 0.5 2 2 ]");
    says(&flowing(&format!("gradients {line} --grad-output '1 2 3'")), "∂L/∂X ≈ [ 2.5 4 ]");
}

// The question: --at.

#[test]
fn the_channel_comes_first_where_there_are_several() {
    let line = "explain --in 2 --k 2 --in-channels 2 --out-channels 2 --weight iota --input '1 2; 3 4'";
    // w[c][o][t] = 1 + 4c + 2o + t.
    says(&flowing(&format!("{line} --at 1,1")), "= 4·1 + 3·2 + 8·3 + 7·4 = 62");
    says(&flowing(&format!("{line} --at 0,1")), "= 2·1 + 1·2 + 6·3 + 5·4 = 42");
}

#[test]
fn a_single_channel_may_be_left_out_or_named() {
    let short = succeeds("explain --in 2 --k 2 --at 1");
    let long = succeeds("explain --in 2 --k 2 --at 0,1");
    assert_eq!(short, long);
}

#[test]
fn groups_meet_only_their_own_inputs() {
    let text = flowing("explain --in 2 --k 2 --in-channels 4 --out-channels 2 --groups 2 --at 1,1");
    says(&text, "y⁽¹⁾₁ is the sum of 4 products");
    says(&text, "y⁽¹⁾₁ = w⁽²⁰⁾₁x⁽²⁾₀ + w⁽²⁰⁾₀x⁽²⁾₁ + w⁽³⁰⁾₁x⁽³⁾₀ + w⁽³⁰⁾₀x⁽³⁾₁");
}

#[test]
fn a_volume_is_explained_too() {
    let text = flowing("explain --in 1x2x2 --k 2 -s 1x1x2 --weight iota --input iota --at 1,1,2");
    says(&text, "= 7·2 + 5·4 = 34");
    says(&text, "Along the depth, for output 1:");
}

#[test]
fn an_entry_outside_the_output_is_refused_with_what_there_is() {
    let line = "explain --in 4x4 --k 4 -s 2 -p 1 --at";
    let message = is_refused(&format!("{line} 8,0"));
    assert_eq!(message, "error: --at 8,0: 8 is outside; the output has 8 cells on axis 0\n  help: give 0 to 7 there\n");
    says(&is_refused(&format!("{line} 0,99")), "99 is outside; the output has 8 cells on axis 1");
    says(&is_refused(&format!("{line} 1,0,0")), "1 is outside; the output has 1 channel");
    says(&is_refused(&format!("{line} 99999999999999999999,0")), "error: ");
}

#[test]
fn one_is_not_spoken_of_in_the_plural() {
    let message = is_refused("explain --in 4x4 --k 4 --at 0");
    does_not_say(&message, "1 numbers");
    does_not_say(&is_refused("explain --in 4 --k 4 --at 0,0,0"), "give 1 numbers");
    does_not_say(&is_refused("explain --in 4x4 --k 4 --at 1,0,0"), "1 channels");
}

#[test]
fn an_entry_of_the_wrong_number_of_indices_is_refused_with_the_right_number() {
    says(&is_refused("explain --in 4x4 --k 4 --at 0"), "help: give 2 numbers, one for each axis");
    says(&is_refused("explain --in 4x4 --k 4 --at 0,0,0,0"), "it has 4 numbers\n  help: give 2 numbers");
    says(&is_refused("explain --in 4 --k 4 --out-channels 2 --at 0"), "help: give 2 numbers, the channel first");
}

#[test]
fn an_entry_that_is_no_index_is_refused() {
    for at in ["-1,0", "a", "0,,0", "1.5,0", "''", "0,-1"] {
        says(&is_refused(&format!("explain --in 4x4 --k 4 --at {at}")), "--at");
    }
}

#[test]
fn a_convolution_is_explained_by_its_window() {
    let text = flowing("explain --conv --in 5 --k 3 -s 2 -p 1 --weight 1..3 --input iota --at 0");
    says(&text, "y₀ = w₁x₀ + w₂x₁ = 2·1 + 3·2 = 8");
    says(&text, "The window reaches from −1 to 1 and covers x₁ with kernel cell 2: w₂x₁ = 3·2 = 6.");
    assert_eq!(KINDS.map(|kind| said_of(&text, kind)), [2, 0, 1], "{text}");
    says(&text, "t = 0: j = 2·0 + 1·0 − 1 = −1, outside 0 to 4: padding");
    says(&text, "ow 0 of W̃ and");
    for piece in ["W̃ᵀ", "inserted", "copy", "the flipped"] {
        does_not_say(&text, piece);
    }
}

#[test]
fn only_the_numbers_that_are_known_are_put_in() {
    let text = flowing("explain --in 2 --k 2 --weight '3 7' --at 1");
    says(&text, "⎡ 7 3 ⎤ ⎢ ───── ⎥ ⎣ x₀ x₁ ⎦");
    does_not_say(&text, "= 7");
}

// The views against each other and against the definition, on a box of layers.

/// The text of a section's claims, formulas left out.
fn words(section: &Section) -> String {
    let word = |inline: &Inline| match inline {
        Inline::Text(text) | Inline::Emphasis(text) | Inline::Code(text) => text.clone(),
        Inline::Math(_) => "#".to_owned(),
    };
    section.steps.iter().flat_map(|step| step.claim.iter().map(word)).collect()
}

/// How often a test holds in a formula and its parts.
fn count(math: &Math, test: &dyn Fn(&Math) -> bool) -> usize {
    let inner: usize = match math {
        Math::Row(pieces) | Math::Sum(pieces) => pieces.iter().map(|piece| count(piece, test)).sum(),
        Math::Aligned(lines) => lines.iter().map(|(left, right)| count(left, test) + count(right, test)).sum(),
        _ => 0,
    };
    inner + usize::from(test(math))
}

/// What a product of the window has as a factor.
const KINDS: [&str; 3] = [" an input", " an inserted zero", " a padding zero"];

/// What is said of the products of the window, from their number on.
fn about_window(text: &str) -> String {
    let text = text.replace("The only product has", "Of the 1 products, 1 has");
    text.split("Of the ").nth(1).expect("the sentence about the window").to_owned()
}

/// The number said of a kind in the sentence `Of the ... products, ...`: the first in its clause; 0 if it has none.
fn said_of(text: &str, kind: &str) -> usize {
    let sentence = about_window(text);
    let sentence = sentence.split(['.', ':']).next();
    let mut clauses = sentence.expect("a sentence").split(", ");
    let clause = clauses.find(|clause| clause.contains(kind));
    let number = |clause: &str| clause.split_whitespace().find_map(|word| word.parse().ok());
    clause.map_or(0, |clause| number(clause).expect("a number"))
}

/// What an output cell meets: inputs, inserted zeros, padding zeros, by the definition of `X'`.
fn met(layer: &Layer, at: &[usize]) -> [usize; 3] {
    let mut found = [0; 3];
    let kernel = &layer.weight_shape()[2..];
    for flat in 0..kernel.iter().product() {
        let cell = unravel(kernel, flat);
        let (mut padding, mut inserted) = (false, false);
        for (axis, settings) in layer.settings().iter().enumerate() {
            let (t, j) = (cell[axis] as i64, at[axis + 1] as i64);
            let (s, d, p) = (settings.stride as i64, settings.dilation as i64, settings.padding.begin as i64);
            let last = settings.input as i64 - 1;
            match layer.operation() {
                Operation::Transposed => {
                    let spread = j + p - d * t;
                    padding |= spread < 0 || spread > s * last;
                    inserted |= spread.rem_euclid(s) != 0;
                }
                Operation::Convolution => padding |= !(0..=last).contains(&(s * j + d * t - p)),
            }
        }
        found[if padding { 2 } else { usize::from(inserted) }] += 1;
    }
    let channels = layer.input_shape()[0] / layer.geometry().channels().groups();
    found.map(|count| count * channels)
}

/// Checks the four views of every entry of the output; the number of entries.
#[track_caller]
fn views_agree(layer: &Layer) -> usize {
    let proved = Model::of(layer.clone()).expect("a small layer").prove_by_taps().expect("it holds");
    let taps = proved.taps();
    let output_taps = if layer.operation() == Operation::Transposed { taps.transposed() } else { taps.clone() };
    let instance = Instance::symbolic();
    let subject = Subject::new(&proved, Bias::Absent, &instance, Extent::Readable, BlockLines::Drawn);
    let shape = layer.output_shape();
    let channels = layer.input_shape()[0] / layer.geometry().channels().groups();
    for flat in 0..output_taps.rows() {
        let at = unravel(&shape, flat);
        let document = ENTRY.whole().document(&subject, &at, &Templates::built_in()).unwrap();
        let [answer, row, distribution, collection, indices] = &document.sections[..] else {
            panic!("an answer and four views")
        };
        let about = format!("{:?} at {at:?}", layer.settings());
        let products = output_taps.row_length(flat);
        let [inputs, inserted, padding] = met(layer, &at);
        assert_eq!(products, inputs, "{about}: the taps against the definition");
        // The entry itself.
        let said = words(answer);
        match products {
            0 => assert_eq!(said, "No kernel cell brings an input to #.", "{about}"),
            1 => assert!(said.starts_with("# is a single product"), "{about}: {said}"),
            _ => assert!(said.starts_with(&format!("# is the sum of {products} products,")), "{about}: {said}"),
        }
        assert!(words(row).to_lowercase().contains(&format!("row {flat} of #")), "{about}");
        // Distribution: one sentence for each product.
        let sentences = words(distribution).matches(" kernel cell #").count();
        assert_eq!(sentences, products.min(16), "{about}: {}", words(distribution));
        // Collection: what the window meets, counted and struck out.
        let said = words(collection);
        let sentence = about_window(&said);
        assert!(sentence.starts_with(&format!("{} products", inputs + inserted + padding)), "{about}: {sentence}");
        assert_eq!(KINDS.map(|kind| said_of(&said, kind)), [inputs, inserted, padding], "{about}: {sentence}");
        let struck = |math: &Math| matches!(math, Math::Dropped(_));
        let crossed: usize = collection.steps.iter().flat_map(|step| step.formulas()).map(|m| count(m, &struck)).sum();
        assert_eq!(crossed, inserted + padding, "{about}");
        // Index arithmetic: the product over the axes of the cells that find an input.
        let input = |math: &Math| matches!(math, Math::Words(words) if words == ", an input");
        let found = |step: &convt_matrix::doc::Step| step.formulas().map(|math| count(math, &input)).sum::<usize>();
        let by_axes: usize = indices.steps[1..=layer.dimensions()].iter().map(found).product();
        assert_eq!(by_axes * channels, products, "{about}");
    }
    output_taps.rows()
}

#[test]
fn on_every_small_axis_the_four_views_agree_with_each_other_and_with_the_definition() {
    let mut entries = 0;
    for code in 0..3 * 3_usize.pow(3) * 4 {
        let (input, kernel, stride, dilation) = (code % 3 + 1, code / 3 % 3 + 1, code / 9 % 3 + 1, code / 27 % 3 + 1);
        let padding = [Padding::both(0), Padding::both(1), Padding { begin: 2, end: 0 }, Padding { begin: 0, end: 3 }];
        let padding = padding[code / 81];
        for (operation, output_padding, longer) in
            [(Operation::Transposed, 0, 0), (Operation::Transposed, 1, 0), (Operation::Convolution, 0, 3)]
        {
            let axis = AxisSettings { input: input + longer, kernel, stride, padding, dilation, output_padding };
            let Ok(layer) = Layer::new(operation, vec![axis], ChannelSettings::default()) else { continue };
            entries += views_agree(&layer);
        }
    }
    assert!(entries > 2_500, "only {entries} entries");
}

#[test]
fn planes_volumes_and_groups_have_views_that_agree_too() {
    let tall = AxisSettings { stride: 2, padding: Padding::both(1), ..AxisSettings::new(2, 3) };
    let wide = AxisSettings { dilation: 3, output_padding: 2, ..AxisSettings::new(3, 2) };
    let deep = AxisSettings { padding: Padding { begin: 2, end: 0 }, ..AxisSettings::new(2, 2) };
    let grouped = ChannelSettings { input: 4, output: 2, groups: 2 };
    for axes in [vec![tall, wide], vec![wide, tall], vec![tall, tall], vec![deep, tall, tall]] {
        for channels in [ChannelSettings::default(), grouped] {
            views_agree(&Layer::new(Operation::Transposed, axes.clone(), channels).expect("PyTorch accepts it"));
            let plain = |axis: &AxisSettings| AxisSettings { input: axis.input + 2, output_padding: 0, ..*axis };
            let axes = axes.iter().map(plain).collect();
            views_agree(&Layer::new(Operation::Convolution, axes, channels).expect("PyTorch accepts it"));
        }
    }
}

// Formats.

#[test]
fn every_question_is_answered_in_every_format() {
    for question in ["--at 0,1", "", "--buffers"] {
        let line = format!("explain {PASTED} {question}");
        let (latex, markdown, text) =
            (succeeds(&format!("{line} --latex")), succeeds(&format!("{line} --markdown")), succeeds(&line));
        assert!(latex.is_ascii(), "{question}: LaTeX is ASCII");
        says(&latex, "\\begin{");
        says(&markdown, "```math\n");
        assert_eq!(markdown.matches("```").count() % 2, 0, "{question}: every fence is closed");
        assert_eq!(text, succeeds(&format!("{line} --text")), "{question}: text is the default");
        // A macro of LaTeX's own preamble does not exist on GitHub.
        does_not_say(&markdown, "\\struck");
    }
}

#[test]
fn struck_out_products_are_struck_out_in_every_format() {
    let line = "explain --in 2 --k 2 --at 0";
    says(&succeeds(&format!("{line} --latex")), "\\struck{w_{1} \\cdot 0}");
    says(&succeeds(&format!("{line} --latex")), "\\providecommand{\\struck}");
    says(&succeeds(&format!("{line} --markdown")), "\\cancel{w_{1} \\cdot 0}");
    says(&succeeds(line), "w̶₁̶·̶0̶");
}

#[test]
fn the_macro_for_striking_out_is_defined_only_where_it_is_used() {
    does_not_say(&succeeds("--in 2 --k 2 --latex"), "\\struck");
    does_not_say(&succeeds("explain --in 2 --k 2 --latex"), "\\struck");
}

#[test]
fn an_explanation_goes_into_a_file_whole_or_not_at_all() {
    let folder = folder();
    let path = folder.path().join("page.md");
    succeeds(&format!("explain --in 2 --k 2 --at 0 -o {}", path.display()));
    assert_eq!(fs::read_to_string(&path).expect("a file"), succeeds("explain --in 2 --k 2 --at 0 --markdown"));
    let missing = folder.path().join("page.tex");
    is_refused(&format!("explain --in 2 --k 2 --at 9 -o {}", missing.display()));
    assert!(!missing.exists());
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn the_standalone_documents_with_numbers_compile_without_an_overfull_box_or_a_warning() {
    let wide = "--in 3x3 --k 3 -s 2 -p 1 --in-channels 2 --out-channels 2 --weight random --input random";
    let fractions = "--in 3 --k 3 --weight '-1/3 22/7 0.125' --input '1/9 -2 12345678901234567890'";
    let lines = [
        format!("explain {PASTED} --at 0,1"),
        format!("explain {PASTED} --at 3,3"),
        format!("explain {PASTED}"),
        format!("explain {PASTED} --buffers"),
        format!("explain {} --in 2x2", &buffers(2, 1)["explain ".len()..]),
        "explain --buffers --in 3 --k 3 -s 2 -p 1".to_owned(),
        format!("explain {wide} --at 1,2,2"),
        format!("explain {wide} --buffers"),
        "explain --conv --in 5x5 --k 3 -s 2 -p 1 --at 1,1".to_owned(),
        format!("gradients {PASTED}"),
        format!("gradients {wide} --grad-output random"),
        "gradients --conv --in 5x5 --k 3 -s 2 -p 1".to_owned(),
        PASTED.to_owned(),
        format!("{wide} --bias '1 -1/2'"),
        format!("{fractions} --bias 1/7"),
        format!("{fractions} --float"),
        format!("explain {fractions} --at 2"),
    ];
    let mut problems = Vec::new();
    for line in lines {
        let output = run(&format!("{line} --standalone"));
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        let found = complaints(&log_of(text(&output.stdout)));
        problems.extend(found.into_iter().map(|problem| format!("{line}: {problem}")));
    }
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn two_fragments_with_struck_out_products_compile_in_one_document() {
    // Each fragment brings the macro along; a document that pastes two must not stumble over the second definition.
    let fragment = succeeds("explain --in 2 --k 2 --at 0 --latex");
    let document = format!(
        "\\documentclass{{article}}\n\\usepackage{{amsmath}}\n\\begin{{document}}\n{fragment}\n{fragment}\\end{{document}}\n"
    );
    assert_eq!(errors(&log_of(&document)), Vec::<String>::new());
}
