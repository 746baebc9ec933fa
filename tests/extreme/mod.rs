//! Command lines drawn on purpose from the ends of every range, the same for the same number.

mod files;
mod layer;

use layer::Layer;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

/// What one process is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pub(crate) arguments: Vec<OsString>,
    pub(crate) stdin: Vec<u8>,
    /// The files in the folder it works in, by name.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// The file or folder that it is told to write.
    pub(crate) output: Option<String>,
}

impl Line {
    pub(crate) fn of(arguments: &[&str]) -> Self {
        Self { arguments: arguments.iter().map(Into::into).collect(), ..Self::default() }
    }

    fn add(&mut self, arguments: &[&str]) {
        self.arguments.extend(arguments.iter().map(OsString::from));
    }

    pub(crate) fn has(&self, argument: &str) -> bool {
        self.arguments.iter().any(|given| given == argument)
    }

    /// As a shell takes it, with the files and what goes into stdin.
    pub(crate) fn pasteable(&self) -> String {
        let files = self.files.iter().map(|(name, bytes)| format!("{} > {name}; ", printf(bytes)));
        let stdin = if self.stdin.is_empty() { String::new() } else { format!("{} | ", printf(&self.stdin)) };
        let arguments = self.arguments.iter().map(|argument| format!(" {}", quoted(&argument.clone().into_vec())));
        format!("{}{stdin}convt-matrix{}", files.collect::<String>(), arguments.collect::<String>())
    }
}

fn printf(bytes: &[u8]) -> String {
    format!("printf {}", octal(bytes))
}

fn octal(bytes: &[u8]) -> String {
    let spelled = bytes.iter().map(|&byte| match byte {
        b'%' => "%%".to_owned(),
        b'\'' | b'\\' => format!("\\{byte:03o}"),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    });
    format!("'{}'", spelled.collect::<String>())
}

fn quoted(bytes: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.,:=/+".contains(byte);
    if !bytes.is_empty() && bytes.iter().all(is_plain) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) && !text.contains('\'') => format!("'{text}'"),
        _ => format!("\"$({})\"", printf(bytes)),
    }
}

/// SplitMix64, here once more: what is drawn must not follow a change of the program's own dice.
pub(crate) struct Draw(u64);

impl Draw {
    /// The dice of the line with this number.
    pub(crate) fn of(seed: u64, number: u64) -> Self {
        let mut draw = Self(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        draw.0 = draw.next();
        draw
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn small(&mut self) -> u128 {
        1 + self.below(3) as u128
    }

    /// A number at or beside a power of 2 or 10; most are between a thousand and 10^10, where work is possible.
    fn big(&mut self) -> u128 {
        let near = |number: u128, side: usize| (number + side as u128).saturating_sub(1);
        match self.below(12) {
            0..=3 => near(1 << (8 + self.below(14)), self.below(3)),
            4..=5 => near(1 << (20 + self.below(16)), self.below(3)),
            6..=7 => near(1 << self.below(66), self.below(3)),
            8..=9 => 10_u128.pow(2 + self.below(7) as u32),
            10 => 10_u128.pow(self.below(21) as u32),
            _ => near(if self.once_in(2) { 1 << 63 } else { 1 << 64 }, self.below(3)),
        }
    }

    fn any(&mut self) -> u128 {
        match self.below(3) {
            0 => self.below(4) as u128,
            1 => self.small(),
            _ => self.big(),
        }
    }

    /// What stands where a number should: mostly one.
    fn word(&mut self) -> String {
        if self.once_in(4) { self.junk().to_owned() } else { self.any().to_string() }
    }

    fn junk(&mut self) -> &'static str {
        self.pick(&[
            "",
            " ",
            "-1",
            "-0",
            "-9223372036854775809",
            "+3",
            "1.5",
            "1e3",
            "0x10",
            "x",
            "3x",
            "x3",
            "1,,2",
            "1:2:3",
            ":",
            "1:",
            "1..",
            "..",
            "5..1",
            "()",
            "(1,)",
            "(1, 2",
            "٣",
            "３",
            "∞",
            "NaN",
            "\u{1b}[31m3",
            "3\n4",
            "\t",
            "\u{0}7".trim_start_matches('\u{0}'),
            "\u{85}",
            "--",
            "-",
            "3×3",
            "1x1x1x1",
            "1,1,1,1,1,1,1,1,1",
            "\u{202e}3",
            "'",
            "\"",
            "99999999999999999999999999999999999999999999999999999999999999999999999999",
        ])
    }
}

/// The line with this number.
pub(crate) fn line(seed: u64, number: u64) -> Line {
    let draw = &mut Draw::of(seed, number);
    let mut line = match draw.below(40) {
        0..=10 => derive(draw),
        11..=16 => explain(draw),
        17..=19 => diagnose(draw),
        20..=23 => gradients(draw),
        24..=27 => matrix(draw),
        28..=30 => pytorch(draw),
        31..=33 => verify(draw),
        34..=36 => eval(draw),
        37..=38 => worksheet(draw),
        _ => other(draw),
    };
    if draw.once_in(80) {
        spoil(draw, &mut line);
    }
    line
}

/// One argument is lost, doubled, or something else.
fn spoil(draw: &mut Draw, line: &mut Line) {
    let place = draw.below(line.arguments.len().max(1));
    if line.arguments.is_empty() {
        return;
    }
    match draw.below(5) {
        0 => drop(line.arguments.remove(place)),
        1 => line.arguments.insert(place, line.arguments[place].clone()),
        2 => line.arguments[place] = OsString::from_vec(vec![b'-', b'-', 0xff, 0xfe]),
        3 => line.arguments[place] = draw.junk().into(),
        _ => line.arguments.truncate(place),
    }
    let named = line.arguments.iter().position(|argument| argument == "-o").and_then(|at| line.arguments.get(at + 1));
    line.output = named.and_then(|name| name.to_str()).map(ToOwned::to_owned);
}

fn derive(draw: &mut Draw) -> Line {
    let (mut line, layer) = with_layer(draw, &[]);
    numbers(draw, &mut line, &layer, 3);
    if draw.once_in(2) {
        let parts = ["symbols", "sizes", "matrix", "transpose", "product", "conv-form", "entries", "proof"];
        let mut only = draw.pick(&parts).to_owned();
        if draw.once_in(4) {
            only = format!("{only},{}", draw.pick(&parts));
        }
        line.add(&["--only", &only]);
    }
    document(draw, &mut line);
    line
}

fn explain(draw: &mut Draw) -> Line {
    let (mut line, layer) = with_layer(draw, &["explain"]);
    numbers(draw, &mut line, &layer, 4);
    match draw.below(4) {
        0 => line.add(&["--buffers"]),
        1..=2 => {
            let place = layer.place(draw);
            line.add(&["--at", &place]);
        }
        _ => {}
    }
    document(draw, &mut line);
    line
}

fn diagnose(draw: &mut Draw) -> Line {
    let (mut line, layer) = with_layer(draw, &["diagnose"]);
    for (flag, count) in [("--weight", layer.weights()), ("--input", layer.inputs()), ("--answer", layer.outputs())] {
        if !draw.once_in(12) {
            let data = data(draw, &mut line, count);
            line.add(&[flag, &data]);
        }
    }
    if draw.once_in(4) {
        line.add(&["--json"]);
    } else {
        document(draw, &mut line);
    }
    line
}

fn gradients(draw: &mut Draw) -> Line {
    let (mut line, layer) = with_layer(draw, &["gradients"]);
    numbers(draw, &mut line, &layer, 3);
    if draw.once_in(3) {
        let data = data(draw, &mut line, layer.outputs());
        line.add(&["--grad-output", &data]);
    }
    document(draw, &mut line);
    line
}

fn matrix(draw: &mut Draw) -> Line {
    let (mut line, layer) = with_layer(draw, &["matrix"]);
    numbers(draw, &mut line, &layer, 3);
    let format = draw.pick(&["mtx", "csv", "npz", "npy", "json", "spy", "spy"]);
    match draw.below(4) {
        0 => written(draw, &mut line, &["m.mtx", "m.csv", "m.npz", "m.npy", "m.json", "m.txt", "m"]),
        1 => {}
        _ => line.add(&["--format", format]),
    }
    if draw.once_in(3) {
        line.add(&["--transpose"]);
    }
    line
}

fn pytorch(draw: &mut Draw) -> Line {
    let (mut line, layer) = with_layer(draw, &["pytorch"]);
    numbers(draw, &mut line, &layer, 3);
    if draw.once_in(2) {
        line.add(&["--scipy"]);
    }
    if draw.once_in(8) {
        written(draw, &mut line, &["check.py", "check"]);
    }
    line
}

fn with_layer(draw: &mut Draw, command: &[&str]) -> (Line, Layer) {
    let layer = Layer::draw(draw);
    let mut line = Line::of(command);
    line.arguments.extend(layer.spelled(draw).into_iter().map(Into::into));
    (line, layer)
}

/// Weight, input and bias, each now and then.
fn numbers(draw: &mut Draw, line: &mut Line, layer: &Layer, times: usize) {
    if !draw.once_in(times) {
        return;
    }
    let tensors = [("--weight", layer.weights()), ("--input", layer.inputs()), ("--bias", layer.big_channels())];
    for (flag, count) in tensors {
        if !draw.once_in(3) {
            let data = data(draw, line, count);
            line.add(&[flag, &data]);
        }
    }
    if draw.once_in(5) {
        line.add(&["--float"]);
    }
    if draw.once_in(5) {
        let seed = draw.word();
        line.add(&["--seed", &seed]);
    }
}

fn document(draw: &mut Draw, line: &mut Line) {
    match draw.below(10) {
        0..=1 => line.add(&["--latex"]),
        2 => line.add(&["--standalone"]),
        3..=4 => line.add(&["--markdown"]),
        5 => written(draw, line, &["d.tex", "d.md", "d.txt", "d", "d.pdf"]),
        _ => {}
    }
    if draw.once_in(5) {
        line.add(&["--full"]);
    }
    if draw.once_in(10) {
        line.add(&["--zeros", "dots", "--lines", "none"]);
    }
}

fn written(draw: &mut Draw, line: &mut Line, names: &[&str]) {
    let name = draw.pick(names);
    line.add(&["-o", name]);
    line.output = Some(name.to_owned());
}

/// What is given for a tensor of so many numbers.
fn data(draw: &mut Draw, line: &mut Line, count: u128) -> String {
    let listed = (count <= 300).then_some(count as usize);
    let list = |entry: &dyn Fn(usize) -> String, count: usize| (0..count).map(entry).collect::<Vec<_>>().join(" ");
    match draw.below(20) {
        0..=2 => "iota".into(),
        3..=4 => "ones".into(),
        5 => "zeros".into(),
        6..=7 => "random".into(),
        8 => format!("1..{count}"),
        9 => format!("{}..{}", draw.word(), draw.word()),
        10..=12 => match listed {
            Some(count) => list(&|place| (place as i64 * 7 % 19 - 9).to_string(), count),
            None => "iota".into(),
        },
        13 => list(&|place| place.to_string(), draw.below(9)),
        14 | 15 => {
            let number = long_number(draw);
            list(&|_| number.clone(), listed.unwrap_or(3).min(if number.len() > 100 { 20 } else { 300 }))
        }
        16 => {
            let depth = 1 + draw.below(3000);
            format!("{}1{}", "[".repeat(depth), "]".repeat(depth - usize::from(draw.once_in(4))))
        }
        17 => draw.junk().into(),
        _ => {
            let name = format!("t{}.{}", line.files.len(), draw.pick(&["npy", "npy", "npz", "csv", "json", "txt"]));
            if draw.once_in(12) {
                return name;
            }
            let bytes = files::tensor(draw, &name, listed.unwrap_or(4));
            line.files.push((name.clone(), bytes));
            if draw.once_in(8) { format!("{name}:{}", draw.pick(&["a", "", "b", "../a", "\u{7}"])) } else { name }
        }
    }
}

fn long_number(draw: &mut Draw) -> String {
    match draw.below(12) {
        0 => "1e-699".into(),
        1 => "1e-1000".into(),
        2 => "-1e1000".into(),
        3 => "1e999999".into(),
        4 => "1e-99999999999999999999".into(),
        5 => format!("0.{}1", "0".repeat(1000)),
        6 => format!("1/{}", "9".repeat(1000)),
        7 => format!("{}/{}", "7".repeat(1000), "3".repeat(999)),
        8 => "9".repeat(1 + draw.below(5000)),
        9 => format!("{}/{}", i64::MIN, u64::MAX),
        10 => draw.pick(&["1/0", "0/0", "-0", "1e", "e5", ".", "1/2/3", "1e400", "4.9e-324", "-1/3"]).into(),
        _ => draw.big().to_string(),
    }
}

fn verify(draw: &mut Draw) -> Line {
    let mut line = Line::of(&["verify"]);
    let is_wild = draw.once_in(3);
    for flag in ["--in", "--k", "--stride", "--padding", "--dilation", "--output-padding"] {
        if flag == "--in" || flag == "--k" || draw.once_in(3) {
            let values = grid_values(draw, is_wild);
            line.add(&[flag, &values]);
        }
    }
    for flag in ["--in-channels", "--out-channels", "--groups"] {
        if draw.once_in(6) {
            let values = if is_wild { draw.word() } else { draw.small().to_string() };
            line.add(&[flag, &values]);
        }
    }
    if draw.once_in(3) {
        let dims = draw.pick(&["1", "2", "3", "1..3", "0", "4", "18446744073709551615", "1,1"]);
        line.add(&["--dims", dims]);
    }
    for flag in ["--anisotropic", "--numeric", "--conv"] {
        if draw.once_in(6) {
            line.add(&[flag]);
        }
    }
    if draw.once_in(4) {
        let fault = draw.pick(&[
            "no-flip",
            "transposed-kernel",
            "output-padding-both-sides",
            "off-by-one",
            "swapped-axes",
            "padding-as-it-is",
            "stride-many-zeros",
            "undilated-padding",
            "output-padding-at-start",
        ]);
        line.add(&["--plant", fault]);
    }
    if draw.once_in(3) {
        let checks =
            draw.pick(&["taps", "sizes", "matrix", "zero-insertion", "im2col", "kronecker", "adjoint", "sample"]);
        line.add(&["--checks", checks]);
    }
    if draw.once_in(3) {
        let count = if draw.once_in(3) { draw.word() } else { (1 + draw.below(300)).to_string() };
        line.add(&["--sample", &count]);
    }
    if draw.once_in(6) {
        let threads = draw.word();
        line.add(&["--threads", &threads]);
    }
    let format = draw.pick(&["--text", "--latex", "--markdown", "--json", "--csv"]);
    line.add(&[format]);
    line
}

fn grid_values(draw: &mut Draw, is_wild: bool) -> String {
    if !is_wild {
        return draw.pick(&["1", "2", "3", "1..2", "1..3", "0,1", "2x1", "1..2x3", "0:1", "1,3"]).into();
    }
    let one = |draw: &mut Draw| match draw.below(5) {
        0 => draw.word(),
        1 => format!("{}..{}", draw.any(), draw.any()),
        2 => format!("{},{}", draw.any(), draw.any()),
        3 => draw.small().to_string(),
        _ => {
            let big = draw.big();
            format!("{big}..{}", big + draw.small())
        }
    };
    match draw.below(4) {
        0 => format!("{}x{}", one(draw), one(draw)),
        1 => format!("{}:{}", draw.any(), draw.any()),
        _ => one(draw),
    }
}

fn eval(draw: &mut Draw) -> Line {
    let mut line = Line::of(&["eval"]);
    if draw.once_in(4) {
        line.add(&["--float"]);
    }
    for _ in 0..1 + draw.below(4) {
        let layer = Layer::draw(draw);
        let mut text = layer.json(draw).into_bytes();
        if draw.once_in(4) {
            files::mutate(draw, &mut text);
        }
        line.stdin.extend(text);
        line.stdin.push(b'\n');
    }
    if draw.once_in(10) {
        line.stdin.pop();
    }
    line
}

fn worksheet(draw: &mut Draw) -> Line {
    let mut line = Line::of(&["worksheet"]);
    match draw.below(8) {
        0 => {
            line.files.push(("m.json".into(), files::manifest(draw)));
            line.add(&["--from-manifest", "m.json"]);
            written(draw, &mut line, &["again", "again/"]);
            return line;
        }
        1 => {
            line.files.push(("r.csv".into(), files::roster(draw)));
            line.add(&["--roster", "r.csv", "--count", "1"]);
            written(draw, &mut line, &["sheets", "sheets/", "s.tex"]);
        }
        2 => {
            let count = if draw.once_in(2) { draw.word() } else { "3".into() };
            // Ten thousand sheets are a task of minutes and meant.
            let count = if count.len() > 2 && count.parse().is_ok_and(|count: u32| count <= 10_000) {
                "10001".into()
            } else {
                count
            };
            line.add(&["--variants", &count, "--count", "1"]);
            written(draw, &mut line, &["sheets", "sheets/", "s.tex"]);
        }
        _ => {
            if draw.once_in(2) {
                let count = if draw.once_in(2) { draw.word() } else { (1 + draw.below(30)).to_string() };
                line.add(&["--count", &count]);
            }
        }
    }
    if draw.once_in(2) {
        let kinds = draw.pick(&[
            "size",
            "inverse",
            "fill",
            "entry",
            "output",
            "conv-form",
            "gradients",
            "blocks",
            "adjoint",
            "mistake",
            "true-false",
            "coverage",
            "framework",
            "size,size",
            "nothing",
        ]);
        line.add(&["--kinds", kinds]);
    }
    for flag in ["--seed", "--points"] {
        if draw.once_in(2) {
            let word = draw.word();
            line.add(&[flag, &word]);
        }
    }
    if draw.once_in(2) {
        let level = draw.pick(&["1", "2", "3", "0", "4"]);
        line.add(&["--level", level]);
    }
    if draw.once_in(4) {
        let dims = draw.pick(&["1", "2", "3"]);
        line.add(&["--dims", dims]);
    }
    for flag in ["--choice", "--hints"] {
        if draw.once_in(4) {
            line.add(&[flag]);
        }
    }
    if draw.once_in(4) {
        let title = draw.junk();
        line.add(&["--title", title]);
    }
    if draw.once_in(3) {
        let extent = draw.pick(&["--key", "--solutions"]);
        line.add(&[extent]);
    }
    if draw.once_in(2) {
        let format = draw.pick(&["--latex", "--article", "--markdown", "--text", "--json"]);
        line.add(&[format]);
    }
    line
}

fn other(draw: &mut Draw) -> Line {
    match draw.below(6) {
        0 => Line::of(&["completions", draw.pick(&["bash", "elvish", "fish", "powershell", "zsh", "", "tcsh"])]),
        1 => Line::of(&["man"]),
        2 => {
            Line::of(&["template", draw.pick(&["derivation.tex", "worksheet.md", "pytorch.py", "", "../x", "\u{1b}"])])
        }
        3 => Line::of(&[draw.pick(&["--help", "--version", "-V", "help", "", "-", "--", "nothing", "\u{1b}[2J"])]),
        4 => Line::of(&[draw.pick(&["explain", "verify", "matrix"]), draw.junk()]),
        _ => {
            let mut line = Line::of(&["--k", "2", "--in", "2", "--templates"]);
            line.add(&[draw.pick(&[".", "missing", "", "/dev/null", "\u{7}"])]);
            line
        }
    }
}
