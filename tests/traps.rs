//! The traps of public material (CONVENTIONS.md, E1 to E18): the right numbers, the wrong ones, and what the text says.

mod common;

use common::{flow, says};
use convt_matrix::geometry::{AxisSettings, ChannelSettings, GeometryError, Layer, Operation, Padding};
use convt_matrix::matrix::weight_matrix;
use convt_matrix::proof::Fault;
use convt_matrix::roads::{by_matrix, by_rewriting, by_textbook};
use convt_matrix::taps::Taps;
use convt_matrix::tensor::Tensor;

/// Input size and kernel size; the rest is set where it matters.
fn axis(input: usize, kernel: usize) -> AxisSettings {
    AxisSettings::new(input, kernel)
}

fn build(operation: Operation, axes: Vec<AxisSettings>) -> Result<Layer, GeometryError> {
    Layer::new(operation, axes, ChannelSettings::default())
}

fn transposed(axes: &[AxisSettings]) -> Layer {
    build(Operation::Transposed, axes.to_vec()).expect("PyTorch accepts it")
}

fn convolution(axes: &[AxisSettings]) -> Layer {
    build(Operation::Convolution, axes.to_vec()).expect("PyTorch accepts it")
}

fn refused(axes: &[AxisSettings]) -> String {
    build(Operation::Transposed, axes.to_vec()).expect_err("PyTorch refuses it").to_string()
}

/// The layer's output for these numbers, by all three roads.
fn output(layer: &Layer, x: &[i64], w: &[i64]) -> Vec<i64> {
    let x = Tensor::new(layer.input_shape(), x.to_vec());
    let w = Tensor::new(layer.weight_shape(), w.to_vec());
    let taps = Taps::of(layer.geometry()).expect("a small layer");
    let by_loops = by_textbook(layer, &x, &w);
    assert_eq!(by_matrix(layer, &weight_matrix(&taps), &x, &w), by_loops);
    assert_eq!(by_rewriting(layer, &x, &w), by_loops);
    by_loops.into_entries()
}

/// What the wrong rule gives for these numbers.
fn spoilt(fault: Fault, layer: &Layer, x: &[i64], w: &[i64]) -> Vec<i64> {
    let x = Tensor::new(layer.input_shape(), x.to_vec());
    let w = Tensor::new(layer.weight_shape(), w.to_vec());
    fault.planted(layer).run(&x, &w).into_entries()
}

/// What the command prints about the layer as Unicode text, every run of white space a single space; `parts` are the
/// parts asked for (two or more, so that they come with their explanations), none for all.
fn text_of(layer: &Layer, parts: &str) -> String {
    let per_axis =
        |value: fn(&AxisSettings) -> String| layer.settings().iter().map(value).collect::<Vec<_>>().join("x");
    let mut command = common::command();
    command
        .args(["--in", &per_axis(|axis| axis.input.to_string())])
        .args(["--kernel-size", &per_axis(|axis| axis.kernel.to_string())])
        .args(["--stride", &per_axis(|axis| axis.stride.to_string())])
        .args(["--padding", &per_axis(|axis| format!("{}:{}", axis.padding.begin, axis.padding.end))])
        .args(["--dilation", &per_axis(|axis| axis.dilation.to_string())]);
    match layer.operation() {
        Operation::Convolution => command.arg("--conv"),
        Operation::Transposed => command.args(["--output-padding", &per_axis(|axis| axis.output_padding.to_string())]),
    };
    if !parts.is_empty() {
        command.args(["--only", parts]);
    }
    let output = command.output().expect("the command starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    flow(common::text(&output.stdout))
}

fn text(layer: &Layer) -> String {
    text_of(layer, "")
}

/// In capitals or not.
#[track_caller]
fn does_not_say(text: &str, piece: &str) {
    let sentence = text.split(". ").find(|sentence| sentence.to_lowercase().contains(&piece.to_lowercase()));
    assert_eq!(sentence, None, "the text must not say {piece:?}");
}

const POWERS: [i64; 3] = [1, 10, 100];

// E1: "pad the outer edges with d(k-1)-p+o zeros".

fn e1_layer() -> Layer {
    transposed(&[AxisSettings { stride: 2, padding: Padding::both(1), output_padding: 1, ..axis(3, 3) }])
}

#[test]
fn output_padding_counts_at_the_end_only() {
    // E1
    assert_eq!(output(&e1_layer(), &[1, 2, 3], &POWERS), [10, 102, 20, 203, 30, 300]);
    let both_sides = spoilt(Fault::OutputPaddingBothSides, &e1_layer(), &[1, 2, 3], &POWERS);
    assert_eq!(both_sides, [1, 10, 102, 20, 203, 30, 300], "the rule of the trap gives one value too many");
}

#[test]
fn the_text_pads_by_the_output_padding_after_the_input_and_not_before_it() {
    // E1
    let text = text(&e1_layer());
    says(&text, "before = d(k − 1) − p = 1·(3 − 1) − 1 = 1");
    says(&text, "after = d(k − 1) − p + o = 1·(3 − 1) − 1 + 1 = 2");
    says(&text, "X′ = [ 0 x₀ 0 x₁ 0 x₂ 0 0 ]");
    says(&text, "the output padding counts at the end only");
}

// E2: the equivalent convolution without the flip.

#[test]
fn the_equivalent_convolution_needs_the_flipped_kernel() {
    // E2
    let layer = transposed(&[axis(2, 3)]);
    assert_eq!(output(&layer, &[1, 2], &[1, 2, 3]), [1, 4, 7, 6]);
    assert_eq!(spoilt(Fault::NoFlip, &layer, &[1, 2], &[1, 2, 3]), [3, 8, 5, 2], "without the flip");
    says(&text(&layer), "W′ = [ w₂ w₁ w₀ ]");
}

// E3: "p' = k-p-1" without p <= k-1.

#[test]
fn padding_beyond_the_kernel_cuts_the_input() {
    // E3: p = 3 is one more than k - 1 = 2, so the first and the last of the zero-inserted input are cut off.
    let layer = transposed(&[AxisSettings { stride: 2, padding: Padding::both(3), ..axis(4, 3) }]);
    let uncut = output(&transposed(&[AxisSettings { stride: 2, ..axis(4, 3) }]), &[1, 2, 3, 4], &POWERS);
    assert_eq!(uncut, [1, 10, 102, 20, 203, 30, 304, 40, 400]);
    assert_eq!(output(&layer, &[1, 2, 3, 4], &POWERS), uncut[3..6], "the same with three cut at both ends");
    let text = text(&layer);
    says(&text, "before = d(k − 1) − p = 1·(3 − 1) − 3 = −1");
    says(&text, "a negative number means that so many cells are cut off instead");
    says(&text, "X′ = [ 0 x₁ 0 x₂ 0 ]");
}

#[test]
fn where_nothing_is_cut_the_text_does_not_speak_of_cutting_the_input() {
    // E3, the other side: p = k - 1 is the last padding that does not cut.
    let layer = transposed(&[AxisSettings { stride: 2, padding: Padding::both(2), ..axis(4, 3) }]);
    let text = text_of(&layer, "symbols,conv-form");
    says(&text, "= 1·(3 − 1) − 2 = 0");
    does_not_say(&text, "negative");
}

// E4: "output padding adds zeros", "output padding never adds zeros".

#[test]
fn output_padding_appends_what_the_cut_would_have_taken_which_may_be_zero_or_not() {
    // E4
    let run = |p, o| {
        let axis = AxisSettings { stride: 3, padding: Padding::both(p), output_padding: o, ..axis(2, 3) };
        output(&transposed(&[axis]), &[1, 2], &POWERS)
    };
    assert_eq!(run(0, 0), [1, 10, 100, 2, 20, 200]);
    assert_eq!(run(0, 1), [1, 10, 100, 2, 20, 200, 0], "appends 0");
    assert_eq!(run(1, 0), [10, 100, 2, 20]);
    assert_eq!(run(1, 1), [10, 100, 2, 20, 200], "appends 200");
    assert_eq!(run(1, 2), [10, 100, 2, 20, 200, 0], "appends 200, 0");
}

#[test]
fn the_text_says_neither_that_output_padding_adds_zeros_nor_that_it_never_does() {
    // E4
    for (p, o) in [(0, 1), (1, 1), (1, 2)] {
        let axis = AxisSettings { stride: 3, padding: Padding::both(p), output_padding: o, ..axis(2, 3) };
        let text = text(&transposed(&[axis]));
        says(&text, "p − o at the end; where that is negative, cells are added instead, which no copy reaches");
        for half_truth in ["adds zeros", "adds a zero", "appends zeros", "never adds", "zeros to the output"] {
            does_not_say(&text, half_truth);
        }
    }
}

// E5: o >= s.

fn e5_layer() -> Layer {
    transposed(&[AxisSettings { dilation: 4, output_padding: 2, ..axis(3, 2) }])
}

#[test]
fn an_output_padding_of_at_least_the_stride_is_legal_but_not_the_adjoint() {
    // E5: s=1, d=4, k=2, o=2, m=3.
    let layer = e5_layer();
    assert_eq!(layer.output_shape(), [1, 9]);
    assert!(!layer.is_adjoint_of_its_convolution());
    let back = convolution(&[AxisSettings { dilation: 4, ..axis(9, 2) }]);
    assert_eq!(back.output_shape(), [1, 5], "the convolution of 9 does not give 3 back");
    assert_eq!(output(&layer, &[1, 2, 3], &[1, 10]), [1, 2, 3, 0, 10, 20, 30, 0, 0]);
}

#[test]
fn an_output_padding_that_reaches_the_stride_is_padding_taken_off_at_the_end() {
    // E5: the convolution with padding p before and p - o behind leads back; with padding p at both ends it does not.
    let text = text(&e5_layer());
    says(&text, "with padding p before and p − o behind, maps length 9 back to 3");
    says(&text, "If the output padding were not taken off there, it would write 5 cells.");
    says(&text, "with padding p before and p − o behind (where that is negative, cells are cut off), is a matrix");
    does_not_say(&text, "caution");
    let back = convolution(&[AxisSettings { dilation: 4, padding: Padding { begin: 0, end: 0 }, ..axis(9 - 2, 2) }]);
    assert_eq!(back.output_shape(), [1, 3], "without the two cells at the end");
    // One below the stride, the convolution with the padding at both ends leads back, too.
    let tame = transposed(&[AxisSettings { stride: 3, output_padding: 2, dilation: 4, ..axis(3, 2) }]);
    does_not_say(&text_of(&tame, "symbols,sizes"), "taken off");
}

#[test]
fn what_the_output_padding_takes_off_is_said_of_its_axis() {
    // E5
    let bad = AxisSettings { dilation: 4, output_padding: 2, ..axis(3, 2) };
    let text = text_of(&transposed(&[axis(2, 2), bad]), "symbols,sizes");
    says(&text, "maps length 9 back to 3 along the width. If the output padding were not taken off");
    does_not_say(&text, "along the height. If");
}

// E6: "S input sizes always share an output size".

#[test]
fn not_always_s_input_sizes_share_an_output_size() {
    // E6: k=1, s=3, p=1, m=1 has only n=1.
    let lengths: Vec<usize> = lengths_with_output(axis(1, 1), 3, 1);
    assert_eq!(lengths, [1]);
    let layer = transposed(&[AxisSettings { stride: 3, padding: Padding::both(1), output_padding: 2, ..axis(1, 1) }]);
    let text = text_of(&layer, "symbols,sizes");
    says(&text, "maps length 1, and no other length, back to 1");
    does_not_say(&text, "every length");
}

/// The lengths that a convolution with these parameters maps to the axis' input size, found by trying.
fn lengths_with_output(axis: AxisSettings, stride: usize, padding: usize) -> Vec<usize> {
    let settings = |input| AxisSettings { input, stride, padding: Padding::both(padding), output_padding: 0, ..axis };
    let maps = |n: &usize| {
        build(Operation::Convolution, vec![settings(*n)]).is_ok_and(|layer| layer.output_shape() == [1, axis.input])
    };
    (1..60).filter(maps).collect()
}

#[test]
fn the_lengths_the_text_names_are_exactly_those_that_share_the_output_size() {
    // E6, over a box: the sentence is compared with the lengths found by trying.
    let mut layers = 0;
    for (m, k, s) in (1..=3).flat_map(|m| (1..=3).flat_map(move |k| (1..=4).map(move |s| (m, k, s)))) {
        for (p, d, o) in (0..=2).flat_map(|p| (1..=2).flat_map(move |d| (0..s).map(move |o| (p, d, o)))) {
            let axis = AxisSettings { dilation: d, output_padding: o, ..axis(m, k) };
            let settings = AxisSettings { stride: s, padding: Padding::both(p), ..axis };
            let Ok(layer) = build(Operation::Transposed, vec![settings]) else { continue };
            let (n, lengths) = (layer.output_shape()[1], lengths_with_output(axis, s, p));
            assert!(lengths.contains(&n), "{settings:?}: {n} is not among {lengths:?}");
            assert!(lengths.len() <= s);
            let sentence = match lengths[..] {
                [only] => format!("maps length {only}, and no other length, back to {m}."),
                _ => format!(
                    "maps every length from {} to {} onto {m}; the output padding o = {o} says that {n} is meant.",
                    lengths[0],
                    lengths[lengths.len() - 1]
                ),
            };
            says(&text_of(&layer, "symbols,sizes"), &sentence);
            layers += 1;
        }
    }
    assert_eq!(layers, 462, "the box is as large as it was");
}

// E7: "s=2, p=2, k=2 on a 2x2 input gives 2x2".

#[test]
fn padding_2_leaves_nothing_of_a_2x2_input_with_kernel_2_and_stride_2() {
    // E7
    let square = |p| [AxisSettings { stride: 2, padding: Padding::both(p), ..axis(2, 2) }; 2];
    let refusal = refused(&square(2));
    says(&refusal, "(2-1)*2 - 2 - 2 + 1*(2-1) + 0 + 1 = 0, which is less than 1");
    assert_eq!(transposed(&square(1)).output_shape(), [1, 2, 2], "padding 1 gives 2x2");
}

// E8: "transposed convolution upsamples".

#[test]
fn a_transposed_convolution_may_shrink_its_input_and_the_text_does_not_say_that_it_upsamples() {
    // E8: m=5, k=3, p=2 shrinks 5 to 3.
    let layer = transposed(&[AxisSettings { padding: Padding::both(2), ..axis(5, 3) }]);
    assert_eq!(layer.output_shape(), [1, 3]);
    assert_eq!(output(&layer, &[1, 2, 3, 4, 5], &POWERS), [123, 234, 345]);
    for layer in [layer, transposed(&[axis(2, 3); 2])] {
        let text = text(&layer);
        for word in ["upsampl", "enlarge", "deconvolution", "undoes", "inverts"] {
            does_not_say(&text, word);
        }
    }
}

// E13: rotating the kernel by 180 degrees is not transposing it.

#[test]
fn rotating_the_kernel_is_not_transposing_it() {
    // E13
    let impulse = transposed(&[axis(1, 2); 2]);
    assert_eq!(output(&impulse, &[1], &[1, 2, 3, 4]), [1, 2, 3, 4]);
    assert_eq!(spoilt(Fault::TransposedKernel, &impulse, &[1], &[1, 2, 3, 4]), [4, 2, 3, 1]);
}

#[test]
fn the_text_says_that_the_flipped_kernel_is_not_the_matrix_transpose() {
    // E13
    let text = text(&transposed(&[axis(1, 2); 2]));
    says(&text, "W′ is W rotated by 180 degrees (not its matrix transpose)");
    says(&text, "W′ = ⎡ w₁₁ w₁₀ ⎤");
    does_not_say(&text, "transposed kernel");
}

// E14: a strided matrix is the stride-1 matrix with whole rows kept, by both indices.

/// W~ as rows of `(column, weight)`.
fn rows_of(layer: &Layer) -> Vec<Vec<(usize, u32)>> {
    let matrix = weight_matrix(&Taps::of(layer.geometry()).expect("a small layer"));
    matrix.outer_iterator().map(|row| row.iter().map(|(column, ix)| (column, ix.0)).collect()).collect()
}

#[test]
fn a_strided_matrix_keeps_whole_rows_by_both_indices_and_not_every_s_th_row() {
    // E14
    let all = rows_of(&convolution(&[axis(6, 3); 2]));
    let kept = rows_of(&convolution(&[AxisSettings { stride: 2, ..axis(6, 3) }; 2]));
    let by_indices: Vec<_> =
        (0..16).filter(|row| row / 4 % 2 == 0 && row % 4 % 2 == 0).map(|row| all[row].clone()).collect();
    assert_eq!(kept, by_indices);
    let every_second: Vec<_> = all.iter().step_by(2).cloned().collect();
    assert_ne!(kept, every_second, "that is the rule of the trap");
}

#[test]
fn the_text_keeps_whole_rows_by_both_indices() {
    // E14
    let text = text(&convolution(&[AxisSettings { stride: 2, ..axis(6, 3) }; 2]));
    says(&text, "In the matrix these are whole rows, chosen by both indices of the output");
    says(&text, "not every s-th row of the flattened stride-1 matrix");
}

#[test]
fn along_a_single_axis_the_strided_matrix_is_every_s_th_row_and_the_text_does_not_deny_it() {
    // E14, the other side: with one index there is nothing to flatten.
    let strided = convolution(&[AxisSettings { stride: 2, ..axis(7, 3) }]);
    let all = rows_of(&convolution(&[axis(7, 3)]));
    assert_eq!(rows_of(&strided), all.iter().step_by(2).cloned().collect::<Vec<_>>());
    let text = text(&strided);
    does_not_say(&text, "not every s-th row");
    does_not_say(&text, "both indices");
}

#[test]
fn three_axes_have_more_than_both_indices() {
    // E14
    does_not_say(&text(&convolution(&[AxisSettings { stride: 2, ..axis(3, 1) }; 3])), "both indices");
}

// E17: "o must be smaller than both stride and dilation".

#[test]
fn output_padding_only_has_to_be_smaller_than_the_larger_of_stride_and_dilation() {
    // E17: s=2, d=1, o=1 is legal.
    let with = |stride, dilation, output_padding| AxisSettings { stride, dilation, output_padding, ..axis(3, 3) };
    let layer = transposed(&[with(2, 1, 1)]);
    assert_eq!(output(&layer, &[1, 2, 3], &POWERS), [1, 10, 102, 20, 203, 30, 300, 0]);
    assert_eq!(transposed(&[with(1, 2, 1)]).output_shape(), [1, 8], "and the other way round");
    for (stride, dilation) in [(2, 1), (1, 2), (2, 2)] {
        let refusal = refused(&[with(stride, dilation, 2)]);
        says(&refusal, &format!("smaller than the larger of stride {stride} and dilation {dilation}"));
        says(&refusal, "the largest allowed here is 1");
        does_not_say(&refusal, "both");
    }
}

// E18: dilation 1 is "no dilation"; dilation 0 does not exist.

#[test]
fn dilation_1_is_the_ordinary_kernel_and_dilation_0_does_not_exist() {
    // E18
    let refusal = refused(&[AxisSettings { dilation: 0, ..axis(3, 3) }]);
    says(&refusal, "dilation 0");
    says(&refusal, "dilation 1 is the ordinary");
    let zero = AxisSettings { dilation: 0, ..axis(3, 3) };
    assert!(build(Operation::Convolution, vec![zero]).is_err());
    assert_eq!(output(&transposed(&[axis(2, 2)]), &[1, 2], &[1, 10]), [1, 12, 20]);
    let dilated = transposed(&[AxisSettings { dilation: 2, ..axis(2, 2) }]);
    assert_eq!(output(&dilated, &[1, 2], &[1, 10]), [1, 2, 10, 20]);
}

#[test]
fn the_text_speaks_of_gaps_in_the_kernel_only_where_the_dilation_is_larger_than_1() {
    // E18
    let strided = AxisSettings { stride: 2, ..axis(7, 3) };
    does_not_say(&text_of(&convolution(&[strided]), "symbols,conv-form"), "gaps");
    says(&text_of(&convolution(&[AxisSettings { dilation: 2, ..strided }]), "symbols,conv-form"), "gaps");
    does_not_say(&text_of(&transposed(&[axis(2, 2)]), "symbols,conv-form"), "and dilation");
}
