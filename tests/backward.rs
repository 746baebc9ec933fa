//! `gradients`: symbols and numbers of the backward pass, against plain loops written here.

mod common;

use common::{does_not_say, flow, says, succeeds};
use convt_matrix::doc::backward::{GRADIENTS, GradientEvidence};
use convt_matrix::doc::{BlockLines, Extent, Subject};
use convt_matrix::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::instance::Instance;
use convt_matrix::proof::Model;
use convt_matrix::render::{Format, Templates, TextShown, ZeroStyle, render};

/// What `gradients` prints, every run of white space a single space.
#[track_caller]
fn flowing(line: &str) -> String {
    common::flowing(&format!("gradients {line}"))
}

#[track_caller]
fn is_refused(line: &str) -> String {
    common::is_refused(&format!("gradients {line}"))
}

/// A layer of one or two axes, as numbers; nothing of the library's.
#[derive(Clone, Copy)]
struct Case {
    conv: bool,
    input: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [[usize; 2]; 2],
    dilation: [usize; 2],
    spared: [usize; 2],
    /// In, out, groups.
    channels: [usize; 3],
}

const PLAIN: Case = Case {
    conv: false,
    input: [1, 1],
    kernel: [1, 1],
    stride: [1, 1],
    padding: [[0, 0], [0, 0]],
    dilation: [1, 1],
    spared: [0, 0],
    channels: [1, 1, 1],
};

/// The gradients as flat lists.
#[derive(Debug, PartialEq)]
struct Gradients {
    input: Vec<i64>,
    weight: Vec<i64>,
    bias: Vec<i64>,
}

impl Case {
    fn output(&self) -> [usize; 2] {
        std::array::from_fn(|axis| {
            let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            let padding = self.padding[axis][0] + self.padding[axis][1];
            if self.conv {
                (self.input[axis] + padding - reach) / self.stride[axis] + 1
            } else {
                (self.input[axis] - 1) * self.stride[axis] + reach + self.spared[axis] - padding
            }
        })
    }

    /// From the definition: wherever output, weight and input meet, both gradients get their product.
    fn gradients(&self, x: &[i64], w: &[i64], g: &[i64]) -> Gradients {
        let [ins, outs, groups] = self.channels;
        let (big, small) = if self.conv { (self.input, self.output()) } else { (self.output(), self.input) };
        let mut found = Gradients { input: vec![0; x.len()], weight: vec![0; w.len()], bias: vec![0; outs] };
        let area = self.output()[0] * self.output()[1];
        for (place, g) in g.iter().enumerate() {
            found.bias[place / area] += g;
        }
        // The small channels are the weight's first axis, the big ones of the group its second.
        let (smalls, bigs) = if self.conv { (outs, ins) } else { (ins, outs) };
        for small_channel in 0..smalls {
            let group = small_channel / (smalls / groups);
            for of_group in 0..bigs / groups {
                let big_channel = group * (bigs / groups) + of_group;
                for (i, j) in (0..small[0]).flat_map(|i| (0..small[1]).map(move |j| (i, j))) {
                    for (a, b) in (0..self.kernel[0]).flat_map(|a| (0..self.kernel[1]).map(move |b| (a, b))) {
                        let row = (i * self.stride[0] + a * self.dilation[0]).wrapping_sub(self.padding[0][0]);
                        let column = (j * self.stride[1] + b * self.dilation[1]).wrapping_sub(self.padding[1][0]);
                        if row >= big[0] || column >= big[1] {
                            continue;
                        }
                        let weight =
                            ((small_channel * (bigs / groups) + of_group) * self.kernel[0] + a) * self.kernel[1] + b;
                        let at_small = (small_channel * small[0] + i) * small[1] + j;
                        let at_big = (big_channel * big[0] + row) * big[1] + column;
                        let (input, output) = if self.conv { (at_big, at_small) } else { (at_small, at_big) };
                        found.input[input] += w[weight] * g[output];
                        found.weight[weight] += x[input] * g[output];
                    }
                }
            }
        }
        found
    }

    /// As flags of the command.
    fn flags(&self) -> String {
        let pair = |[a, b]: [usize; 2]| format!("{a}x{b}");
        let [ins, outs, groups] = self.channels;
        let [[top, bottom], [left, right]] = self.padding;
        let kind = if self.conv { "--conv".to_owned() } else { format!("--output-padding {}", pair(self.spared)) };
        format!(
            "{kind} --in {} --k {} -s {} -p {top}:{bottom}x{left}:{right} -d {} --in-channels {ins} --out-channels {outs} \
             --groups {groups}",
            pair(self.input),
            pair(self.kernel),
            pair(self.stride),
            pair(self.dilation),
        )
    }

    /// Some numbers, all different, of both signs.
    fn numbers(&self) -> [Vec<i64>; 3] {
        let [ins, outs, groups] = self.channels;
        let weights = ins * outs / groups * self.kernel[0] * self.kernel[1];
        let outputs = outs * self.output()[0] * self.output()[1];
        let list = |count: usize, first: i64, step: i64| (0..count as i64).map(|i| first + step * i).collect();
        [list(ins * self.input[0] * self.input[1], -3, 2), list(weights, 5, -3), list(outputs, 1, 4)]
    }
}

fn listed(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")
}

/// The numbers behind `∂L/∂X = ` or `∂L/∂W = `, or its slices, in order.
fn shown(text: &str, name: &str) -> Vec<i64> {
    let label = format!("∂L/∂{name}");
    let mut numbers = Vec::new();
    let mut lines = text.lines().peekable();
    let parse = |piece: &str| piece.replace('−', "-").parse::<i64>().expect("a number");
    while let Some(line) = lines.next() {
        let begins = |line: &str, of: &str| line.trim_start().starts_with(of);
        // One matrix to a display, so that its lines are read from top to bottom.
        if begins(line, &label) && line.contains('[') {
            let inside = line.split(['[', ']']).nth(if line.contains("[:") { 3 } else { 1 }).expect("brackets");
            numbers.extend(inside.split_whitespace().map(parse));
        } else if line.contains('⎡') {
            let mut block = vec![line];
            while let Some(line) = lines.next_if(|line| line.contains(['⎢', '⎣'])) {
                block.push(line);
            }
            if block.iter().any(|line| begins(line, &label)) {
                let inside =
                    |line: &str| line.split(['⎡', '⎢', '⎣', '⎤', '⎥', '⎦']).nth(1).expect("brackets").to_owned();
                numbers.extend(
                    block
                        .iter()
                        .flat_map(|line| inside(line).split_whitespace().map(str::to_owned).collect::<Vec<_>>())
                        .map(|piece| parse(&piece)),
                );
            }
        }
    }
    numbers
}

/// The values of the lines `∂L/∂… = symbols = numbers = value` of a section; the sum of numbers must have that value.
fn values(text: &str, section: &str) -> Vec<i64> {
    let part = text.split("\n── ").find(|part| part.starts_with(section)).expect("the section");
    let flowing = flow(part);
    let number = |piece: &str| piece.trim_matches(['(', ')']).replace('−', "-").parse::<i64>().ok();
    let product = |term: &str| term.split('·').map(number).product::<Option<i64>>();
    let value = |equation: &str| {
        // Behind the last equation of a list stands the text that follows it.
        let sides: Vec<&str> = equation.split(" = ").collect();
        let value = number(sides.last()?.split_whitespace().next()?)?;
        if let [_, _, numbers, _] = sides[..] {
            let sum: Option<i64> = numbers.split(" + ").map(product).sum();
            assert_eq!(sum, Some(value), "{equation}");
        }
        Some(value)
    };
    flowing.split("∂L/∂").skip(1).filter(|equation| equation.matches(" = ").count() > 1).filter_map(value).collect()
}

#[track_caller]
fn agrees(case: &Case) {
    let [x, w, g] = case.numbers();
    let wanted = case.gradients(&x, &w, &g);
    let (x, w, g) = (listed(&x), listed(&w), listed(&g));
    let bias = listed(&vec![7; case.channels[1]]);
    let line = format!("{} --full --weight '{w}' --input '{x}' --grad-output '{g}' --bias '{bias}'", case.flags());
    let text = succeeds(&format!("gradients {line}"));
    assert_eq!(values(&text, "With respect to the bias"), wanted.bias, "{line}\n{text}");
    let weights = values(&text, "With respect to the weight");
    let inputs = values(&text, "With respect to the input");
    // An entry that nothing reaches is 0 without a sum, and so has no value behind a second equals sign.
    let not_zero = |numbers: &[i64]| numbers.iter().copied().filter(|&n| n != 0).collect::<Vec<_>>();
    assert_eq!(not_zero(&weights), not_zero(&wanted.weight), "{line}\n{text}");
    assert_eq!(not_zero(&inputs), not_zero(&wanted.input), "{line}\n{text}");
    if case.channels == [1, 1, 1] {
        assert_eq!(shown(&text, "X"), wanted.input, "{line}\n{text}");
        assert_eq!(shown(&text, "W"), wanted.weight, "{line}\n{text}");
    }
}

const SAME_PADDING: [[usize; 2]; 2] = [[1, 1], [1, 1]];

#[test]
fn a_layer_of_two_input_channels_and_stride_2_has_the_gradients_of_the_loops() {
    let layer = Case { input: [3, 3], kernel: [3, 3], stride: [2, 2], padding: SAME_PADDING, ..PLAIN };
    agrees(&Case { channels: [2, 1, 1], ..layer });
    agrees(&layer);
    agrees(&Case { conv: true, channels: [2, 1, 1], ..layer });
    agrees(&Case { conv: true, ..layer });
}

#[test]
fn anisotropic_dilated_grouped_and_lopsided_layers_have_the_gradients_of_the_loops() {
    let odd = Case {
        input: [2, 3],
        kernel: [3, 2],
        stride: [2, 1],
        padding: [[1, 0], [0, 2]],
        dilation: [1, 3],
        spared: [1, 2],
        ..PLAIN
    };
    let conv = Case { conv: true, input: [5, 6], ..odd };
    for channels in [[1, 1, 1], [2, 2, 2], [4, 2, 2], [1, 3, 1]] {
        agrees(&Case { channels, ..odd });
        agrees(&Case { channels, ..conv });
    }
}

#[test]
fn an_output_padding_of_at_least_the_stride_has_the_gradients_of_the_loops() {
    // E5: the outputs beyond the buffer give gradient to the bias only.
    agrees(&Case { input: [1, 3], kernel: [1, 2], dilation: [1, 4], spared: [0, 2], ..PLAIN });
    agrees(&Case { input: [2, 3], kernel: [2, 2], dilation: [2, 4], spared: [1, 3], padding: SAME_PADDING, ..PLAIN });
}

#[test]
fn where_the_output_padding_reaches_the_stride_the_text_restricts_the_plain_convolution() {
    let text = flowing("--in 3 --k 2 -d 4 --output-padding 2");
    says(&text, "of which the first outputs are kept, because the output padding reaches the stride");
    does_not_say(&flowing("--in 3 --k 2 -d 4 -s 3 --output-padding 2"), "of which the first outputs are kept");
}

#[test]
fn without_numbers_every_gradient_is_a_sum_of_symbols() {
    // By hand: output j = 2i + t - 1, so x0 meets g0 by w1 and g1 by w2; x1 meets g1 by w0 and g2 by w1.
    let text = flowing("--in 2 --k 3 -s 2 -p 1");
    says(&text, "∂L/∂x₀ = w₁g₀ + w₂g₁ ∂L/∂x₁ = w₀g₁ + w₁g₂");
    says(&text, "∂L/∂w₀ = x₁g₁ ∂L/∂w₁ = x₀g₀ + x₁g₂ ∂L/∂w₂ = x₀g₁");
    says(&text, "∂L/∂b = g₀ + g₁ + g₂");
    says(&text, "G = [ g₀ g₁ g₂ ]");
    does_not_say(&text, "With the numbers");
    does_not_say(&text, "In the shape of the tensor");
}

#[test]
fn with_two_channels_the_symbols_carry_their_channels() {
    let text = flowing("--in 3x3 --k 3 -s 2 -p 1 --in-channels 2");
    says(&text, "∂L/∂x⁽¹⁾₀₀ = w⁽¹⁰⁾₁₁g₀₀ + w⁽¹⁰⁾₁₂g₀₁ + w⁽¹⁰⁾₂₁g₁₀ + w⁽¹⁰⁾₂₂g₁₁");
    says(&text, "∂L/∂w⁽¹⁰⁾₀₀ = x⁽¹⁾₁₁g₁₁ + x⁽¹⁾₁₂g₁₃ + x⁽¹⁾₂₁g₃₁ + x⁽¹⁾₂₂g₃₃");
}

#[test]
fn the_gradient_of_the_input_is_the_product_with_the_other_matrix() {
    let text = flowing("--in 2 --k 2");
    says(&text, "∂L/∂x̃ = W̃g̃ = ⎡ w₀ w₁ 0 ⎤");
    says(&text, "a plain convolution of G with the same kernel, stride, padding and dilation");
    let text = flowing("--conv --in 3 --k 2");
    says(&text, "W̃ᵀg̃ =");
    says(&text, "the transposed convolution of G with the same kernel, stride, padding and dilation");
}

#[test]
fn a_strided_convolution_that_drops_a_rest_has_a_backward_pass_with_an_output_padding() {
    // 6 cells, kernel 3, stride 2: the last cell is never read. Without output padding, the transposed convolution of
    // G has 5 entries, not 6.
    let text = flowing("--conv --in 6 --k 3 -s 2");
    says(&text, "output padding");
}

#[test]
fn cells_that_nothing_reads_have_the_gradient_0() {
    let text = flowing("--conv --in 4 --k 1 -s 2 --weight 5 --input 1..4 --grad-output '1 2'");
    says(&text, "∂L/∂X = [ 5 0 10 0 ]");
    says(&text, "∂L/∂x₁ = 0");
    does_not_say(&text, "= 0 = 0");
}

#[test]
fn the_bias_gets_the_sum_of_its_channel_whether_there_is_one_or_not() {
    let line = "--in 2 --k 2 --out-channels 2 --grad-output '1 10 100; 2 20 200'";
    let text = flowing(line);
    says(&text, "This layer has no bias. One would be added once to each entry of its channel");
    says(&flowing(&format!("{line} --bias '1 2'")), "The bias of a channel is added once to each of its entries");
}

#[test]
fn fractions_stay_fractions() {
    let text = flowing("--in 1 --k 2 --weight '1/3 0.1' --input 1/7 --grad-output '1/2 -2'");
    // 1/6 - 1/5 and 1/14, -2/7.
    says(&text, "∂L/∂X = [ −1/30 ]");
    says(&text, "∂L/∂W = [ 1/14 −2/7 ]");
}

#[test]
fn floats_are_called_rounded() {
    let line = "--in 1 --k 2 --weight '1/3 0.1' --input 1/7 --grad-output '1/2 -2'";
    let text = flowing(&format!("{line} --float"));
    says(&text, "double-precision floats");
    does_not_say(&text, "with equal results");
    does_not_say(&flowing(line), "double-precision");
}

#[test]
fn only_an_upstream_gradient_is_put_in_where_it_is_known() {
    let text = flowing("--in 1 --k 2 --grad-output '3 4'");
    says(&text, "G = [ 3 4 ]");
    does_not_say(&text, "In the shape of the tensor");
}

#[test]
fn an_upstream_gradient_of_another_shape_is_refused_with_both_shapes() {
    let message = is_refused("--in 2 --k 2 --grad-output '1 2'");
    says(&message, "--grad-output: expected shape (1, 3), or (3,), 3 values; got (2,), 2 values");
    says(&is_refused("--in 2 --k 2 --grad-output nothing"), "--grad-output");
    says(&is_refused("--in 2 --k 2 --grad-output NaN"), "--grad-output");
    says(&is_refused("--in 2 --k 2 --at 0"), "--at");
}

#[test]
fn the_proof_says_which_grade_was_reached() {
    let layer = Layer::new(Operation::Transposed, vec![AxisSettings::new(2, 2)], ChannelSettings::default()).unwrap();
    let proved = Model::of(layer).unwrap().prove().unwrap();
    let instance = Instance::symbolic();
    let subject = Subject::new(&proved, Bias::Absent, &instance, Extent::Readable, BlockLines::Drawn);
    let proof = |evidence| {
        let templates = Templates::built_in();
        let document = GRADIENTS.whole().document(&subject, &evidence, &templates).unwrap();
        let text = render(&document, Format::Text, ZeroStyle::Digit, TextShown::All, &templates).unwrap();
        text.rsplit("\n── ")
            .next()
            .unwrap()
            .split_once('\n')
            .unwrap()
            .1
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert!(proof(GradientEvidence::Differentiated).starts_with("Symbolic identity."));
    let sampled = proof(GradientEvidence::Sampled);
    assert!(sampled.starts_with("Exact sample.") && sampled.contains("not a proof"), "{sampled}");
    assert!(proof(GradientEvidence::Derived).contains("they stand on the chain rule alone"));
}

#[test]
fn a_layer_too_large_to_differentiate_does_not_claim_a_symbolic_identity() {
    let text = flowing("--in 40x40 --k 3");
    does_not_say(&text, "Symbolic identity");
    says(&text, "they stand on the chain rule alone");
    says(&flowing("--in 40x40 --k 3 --weight random --input random --grad-output random"), "Exact sample.");
}

#[test]
fn asymmetric_padding_of_the_library_and_of_the_flags_is_the_same() {
    let axis = AxisSettings { padding: Padding { begin: 0, end: 1 }, ..AxisSettings::new(2, 2) };
    let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).unwrap();
    assert_eq!(layer.output_shape(), [1, 2]);
    says(&flowing("--in 2 --k 2 -p 0:1"), "∂L/∂x₁ = w₀g₁");
}
