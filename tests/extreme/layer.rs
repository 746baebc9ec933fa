//! Layers with something extreme about them, many of them legal.

use super::{Draw, long_number};

/// One spatial axis.
#[derive(Clone, Copy, Debug)]
struct Axis {
    input: u128,
    kernel: u128,
    stride: u128,
    begin: u128,
    end: u128,
    dilation: u128,
    output_padding: u128,
}

impl Axis {
    fn reach(&self) -> u128 {
        self.dilation.saturating_mul(self.kernel.saturating_sub(1))
    }

    fn small(draw: &mut Draw) -> Self {
        Self {
            input: draw.small(),
            kernel: draw.small(),
            stride: if draw.once_in(2) { 1 } else { draw.small() },
            begin: 0,
            end: 0,
            dilation: if draw.once_in(2) { 1 } else { draw.small() },
            output_padding: 0,
        }
    }

    fn transposed(draw: &mut Draw) -> Self {
        let (mut axis, big) = (Self::small(draw), draw.big());
        let side = draw.below(3) as u128;
        let beside = |number: u128| (number + side).saturating_sub(1);
        match draw.below(18) {
            0..=1 => axis.input = big,
            2..=3 => axis.kernel = big,
            4 => axis.stride = big,
            5 => axis.dilation = big,
            6 => axis.pad(draw, big),
            7 => (axis.output_padding, axis.stride) = (big, big + 1),
            8 => (axis.output_padding, axis.dilation) = (draw.small(), big),
            // What the dilation adds, the padding takes away.
            9 => {
                (axis.dilation, axis.kernel) = (big, 1 + draw.small());
                axis.pad(draw, beside(axis.reach()));
            }
            // What the stride adds.
            10 => {
                (axis.stride, axis.input) = (big, 1 + draw.small());
                axis.pad(draw, beside(big * (axis.input - 1)));
            }
            11 => (axis.input, axis.kernel, axis.stride) = (big, 1, draw.big()),
            12 => {
                axis.kernel = big;
                axis.pad(draw, beside(axis.reach()));
            }
            13 => {
                axis.input = big;
                axis.pad(draw, beside((big.saturating_sub(1)) * axis.stride));
            }
            14 => (axis.input, axis.kernel) = (big, beside(big)),
            15 => {
                (axis.stride, axis.dilation) = (big, beside(big));
                axis.output_padding = big.saturating_sub(draw.small());
            }
            16 => axis = Self::middling(draw),
            _ => axis = Self::anything(draw),
        }
        axis
    }

    fn convolution(draw: &mut Draw) -> Self {
        let (mut axis, big) = (Self::small(draw), draw.big());
        axis.input += axis.reach();
        let side = draw.below(3) as u128;
        let beside = |number: u128| (number + side).saturating_sub(1);
        match draw.below(16) {
            0..=1 => axis.input = big,
            2 => (axis.input, axis.kernel, axis.dilation) = (big, beside(big), 1),
            3 => axis.pad(draw, big),
            4 => axis.stride = big,
            // The padding is what the kernel reaches over.
            5 => {
                (axis.dilation, axis.kernel) = (1, 2 * big + axis.input);
                (axis.begin, axis.end) = (big, beside(big));
            }
            6 => (axis.input, axis.stride) = (big, beside(big)),
            // A large remainder behind the last output.
            7 => (axis.input, axis.stride) = (big + axis.reach(), big + draw.small()),
            8 => (axis.input, axis.dilation, axis.kernel) = (beside(big + 1), big, 2),
            9 => {
                (axis.dilation, axis.kernel) = (big, 2);
                axis.pad(draw, beside(big));
            }
            10 => {
                axis.stride = big;
                let sum = big * draw.small();
                axis.pad(draw, sum);
            }
            11 => (axis.input, axis.kernel, axis.stride) = (big, 1, draw.big()),
            12 => (axis.input, axis.kernel, axis.dilation) = (big, big / 2 + 1, 1),
            13 => axis.output_padding = draw.any(),
            14 => axis = Self::middling(draw),
            _ => axis = Self::anything(draw),
        }
        axis
    }

    fn middling(draw: &mut Draw) -> Self {
        let mut number = |most: usize| (1_u128 << draw.below(most)) + draw.below(2) as u128;
        let (input, kernel, stride, dilation) = (number(12), number(10), number(6), number(6));
        let mut axis = Self { input, kernel, stride, dilation, begin: 0, end: 0, output_padding: 0 };
        axis.output_padding = draw.below(stride.max(dilation) as usize) as u128;
        let padding = draw.below(axis.reach() as usize + 1) as u128;
        axis.pad(draw, padding);
        axis
    }

    fn anything(draw: &mut Draw) -> Self {
        let (input, kernel, stride, dilation) = (draw.any(), draw.any(), draw.any(), draw.any());
        Self { input, kernel, stride, dilation, begin: draw.any(), end: draw.any(), output_padding: draw.any() }
    }

    /// Spreads a padding over the ends.
    fn pad(&mut self, draw: &mut Draw, sum: u128) {
        (self.begin, self.end) = match draw.below(4) {
            0 => (0, sum),
            1 => (sum, 0),
            _ => (sum / 2, sum / 2),
        };
    }

    fn output(&self, is_convolution: bool) -> Option<u128> {
        let padding = self.begin.checked_add(self.end)?;
        if is_convolution {
            Some((self.input.checked_add(padding)?.checked_sub(self.reach().checked_add(1)?)? / self.stride.max(1)) + 1)
        } else {
            let grown = self.input.checked_sub(1)?.checked_mul(self.stride)?;
            grown.checked_add(self.reach())?.checked_add(self.output_padding + 1)?.checked_sub(padding)
        }
    }
}

/// A layer as it is going to be spelled; it need not exist.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    is_convolution: bool,
    axes: Vec<Axis>,
    in_channels: u128,
    out_channels: u128,
    groups: u128,
}

impl Layer {
    pub(super) fn draw(draw: &mut Draw) -> Self {
        let is_convolution = draw.once_in(3);
        let dimensions = [1, 1, 1, 2, 2, 3, 3][draw.below(7)];
        // One axis is extreme; the others are seldom so, or they are refused for their product.
        let extreme = draw.below(dimensions);
        let axes = (0..dimensions).map(|axis| {
            if axis != extreme && !draw.once_in(4) {
                let mut small = Axis::small(draw);
                small.input += if is_convolution { small.reach() } else { 0 };
                small
            } else if is_convolution {
                Axis::convolution(draw)
            } else {
                Axis::transposed(draw)
            }
        });
        let axes = axes.collect();
        let big = draw.big();
        let (in_channels, out_channels, groups) = match draw.below(16) {
            0 => (big, 1, 1),
            1 => (1, big, 1),
            2 => (big, big, big),
            3 => (big, 2 * big, big),
            4 => (big, big, 1),
            5 => (draw.any(), draw.any(), draw.any()),
            6 => (4, 6, 2),
            _ => (1, 1, 1),
        };
        let mut layer = Self { is_convolution, axes, in_channels, out_channels, groups };
        if layer.in_channels > 1000 && draw.once_in(2) {
            layer.axes = layer.axes.iter().map(|_| Axis::small(draw)).collect();
        }
        layer
    }

    fn product(&self, size: impl Fn(&Axis) -> u128) -> u128 {
        self.axes.iter().fold(1, |product, axis| product.saturating_mul(size(axis)))
    }

    pub(super) fn weights(&self) -> u128 {
        let channels = self.in_channels.saturating_mul(self.out_channels) / self.groups.max(1);
        self.product(|axis| axis.kernel).saturating_mul(channels)
    }

    pub(super) fn inputs(&self) -> u128 {
        self.product(|axis| axis.input).saturating_mul(self.in_channels)
    }

    pub(super) fn outputs(&self) -> u128 {
        self.product(|axis| axis.output(self.is_convolution).unwrap_or(1)).saturating_mul(self.out_channels)
    }

    pub(super) fn big_channels(&self) -> u128 {
        self.out_channels
    }

    /// The index of an entry of the output: inside, at an end, or outside.
    pub(super) fn place(&self, draw: &mut Draw) -> String {
        let mut index: Vec<String> = Vec::new();
        if self.out_channels > 1 {
            index.push((self.out_channels - 1).to_string());
        }
        for axis in &self.axes {
            let size = axis.output(self.is_convolution).unwrap_or(1);
            index.push(match draw.below(6) {
                0..=1 => "0".into(),
                2 => (size / 2).to_string(),
                3..=4 => size.saturating_sub(1).to_string(),
                _ => draw.word(),
            });
        }
        index.join(draw.pick(&[",", ",", "x", ", "]))
    }

    pub(super) fn spelled(&self, draw: &mut Draw) -> Vec<String> {
        let mut sizes = self.per_axis(draw, |axis| axis.input.to_string());
        if draw.once_in(40) {
            sizes = draw.junk().into();
        }
        let is_even = self.axes.iter().all(|axis| axis.begin == axis.end);
        let mut spelled = if is_even && draw.once_in(3) { self.call(draw) } else { self.flags(draw) };
        if !draw.once_in(60) {
            spelled.extend(["--in".into(), sizes]);
        }
        spelled
    }

    fn flags(&self, draw: &mut Draw) -> Vec<String> {
        let mut flags = Vec::new();
        let mut add = |draw: &mut Draw, flag: &str, value: String, default: &str| {
            if value != default || draw.once_in(8) {
                let value = if draw.once_in(60) { draw.junk().to_owned() } else { value };
                flags.extend([flag.to_owned(), value]);
            }
        };
        let list = self.per_axis(draw, |axis| axis.kernel.to_string());
        add(draw, "--k", list, "");
        let list = self.per_axis(draw, |axis| axis.stride.to_string());
        add(draw, "-s", list, "1");
        let list = self.per_axis(draw, |axis| match axis {
            Axis { begin, end, .. } if begin == end => begin.to_string(),
            Axis { begin, end, .. } => format!("{begin}:{end}"),
        });
        add(draw, "-p", list, "0");
        let list = self.per_axis(draw, |axis| axis.dilation.to_string());
        add(draw, "-d", list, "1");
        if !self.is_convolution && draw.once_in(12) {
            let list = self.per_axis(draw, |axis| axis.output(false).unwrap_or(7).to_string());
            add(draw, "--output-size", list, "");
        } else {
            let list = self.per_axis(draw, |axis| axis.output_padding.to_string());
            add(draw, "--output-padding", list, "0");
        }
        add(draw, "--in-channels", self.in_channels.to_string(), "1");
        add(draw, "--out-channels", self.out_channels.to_string(), "1");
        add(draw, "--groups", self.groups.to_string(), "1");
        if self.is_convolution {
            flags.push("--conv".into());
        }
        flags
    }

    /// The same as a call that is pasted.
    fn call(&self, draw: &mut Draw) -> Vec<String> {
        let tuple = |draw: &mut Draw, size: &dyn Fn(&Axis) -> u128| {
            let sizes: Vec<String> = self.axes.iter().map(|axis| size(axis).to_string()).collect();
            if sizes.iter().all(|other| *other == sizes[0]) && draw.once_in(2) {
                sizes[0].clone()
            } else {
                format!("({},)", sizes.join(", "))
            }
        };
        let name = if self.is_convolution { "Conv" } else { "ConvTranspose" };
        let (kernel, stride) = (tuple(draw, &|axis| axis.kernel), tuple(draw, &|axis| axis.stride));
        let (padding, dilation) = (tuple(draw, &|axis| axis.begin), tuple(draw, &|axis| axis.dilation));
        let spare = tuple(draw, &|axis| axis.output_padding);
        let spare = if self.is_convolution { String::new() } else { format!(", output_padding={spare}") };
        let bias = if draw.once_in(2) { ", bias=False" } else { "" };
        let mut call = format!(
            "nn.{name}{}d({}, {}, {kernel}, stride={stride}, padding={padding}{spare}, dilation={dilation}, groups={}{bias})",
            self.axes.len(),
            self.in_channels,
            self.out_channels,
            self.groups,
        );
        if draw.once_in(15) {
            let mut bytes = call.into_bytes();
            super::files::mutate(draw, &mut bytes);
            call = String::from_utf8_lossy(&bytes).replace('\0', "");
        }
        vec!["--layer".into(), call]
    }

    fn per_axis(&self, draw: &mut Draw, spell: impl Fn(&Axis) -> String) -> String {
        let values: Vec<String> = self.axes.iter().map(spell).collect();
        if values.iter().all(|other| *other == values[0]) && !draw.once_in(4) && values.len() > 1 {
            // As a list where the number of axes comes from, else once for all.
            return values.join("x");
        }
        values.join(draw.pick(&["x", "x", ","]))
    }

    /// A line for `eval`, with tensors of a few numbers whatever the settings are.
    pub(super) fn json(&self, draw: &mut Draw) -> String {
        let short = |size: u128| (size % 5) as usize;
        let channels = |count: u128| if count > 6 { 1 } else { count as usize };
        let groups = if self.groups > 6 { 1 } else { self.groups.max(1) as usize };
        let (inputs, outputs) = (channels(self.in_channels), channels(self.out_channels));
        let (first, second) = if self.is_convolution { (outputs, inputs / groups) } else { (inputs, outputs / groups) };
        let sizes = |size: &dyn Fn(&Axis) -> u128| self.axes.iter().map(|axis| short(size(axis))).collect::<Vec<_>>();
        let input = nested(draw, &[&[inputs][..], &sizes(&|axis| axis.input)].concat());
        let weight = nested(draw, &[&[first, second][..], &sizes(&|axis| axis.kernel)].concat());
        let list = |value: &dyn Fn(&Axis) -> String| {
            format!("[{}]", self.axes.iter().map(value).collect::<Vec<_>>().join(","))
        };
        let op = if self.is_convolution { "conv" } else { "conv_transpose" };
        let mut line = format!(r#"{{"id":1,"op":"{op}","input":{input},"weight":{weight}"#);
        let mut add = |field: &str, value: String| line.push_str(&format!(r#","{field}":{value}"#));
        if draw.once_in(2) {
            add("stride", list(&|axis| axis.stride.to_string()));
        }
        if draw.once_in(2) {
            add("padding", list(&|axis| format!("[{},{}]", axis.begin, axis.end)));
        }
        if draw.once_in(2) {
            add("dilation", list(&|axis| axis.dilation.to_string()));
        }
        if draw.once_in(3) {
            add("output_padding", list(&|axis| axis.output_padding.to_string()));
        }
        if draw.once_in(4) {
            add("groups", self.groups.to_string());
        }
        if draw.once_in(4) {
            add("bias", nested(draw, &[outputs]));
        }
        if draw.once_in(6) {
            let shape = sizes(&|axis| axis.output(self.is_convolution).unwrap_or(1));
            add("grad_output", nested(draw, &[&[outputs][..], &shape].concat()));
        }
        if draw.once_in(12) {
            add("id", draw.pick(&["null", "1e999999", "[[[]]]", "\"\\u0007\"", "{\"a\":1}", "-"]).into());
        }
        line + "}"
    }
}

fn nested(draw: &mut Draw, shape: &[usize]) -> String {
    let Some((&first, rest)) = shape.split_first() else {
        return match draw.below(30) {
            0 => {
                let number = long_number(draw);
                if number.len() > 300 || draw.once_in(2) { format!("\"{number}\"") } else { number }
            }
            1 => "\"1/3\"".into(),
            2 => draw.pick(&["null", "true", "\"\"", "1e400", "[]", "\"NaN\"", "-0.0"]).into(),
            _ => draw.below(10).to_string(),
        };
    };
    let entries: Vec<String> = (0..first).map(|_| nested(draw, rest)).collect();
    format!("[{}]", entries.join(","))
}
