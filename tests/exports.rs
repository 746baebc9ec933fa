//! `matrix` and `pytorch`: every file is read back and compared with the matrix of the library; the scripts are run by
//! Python where it has their libraries.
//!
//! The ignored tests need Python with NumPy and SciPy, or PyTorch. `CONVT_PYTHON` names the interpreter (else
//! `python3`); where it cannot import a library, the test says so and is skipped.

mod common;

use common::{bytes, folder, is_refused, run, says, succeeds};
use convt_matrix::algebra::{Rational, SmallIntegers};
use convt_matrix::data::{ExactNumber, Literal};
use convt_matrix::geometry::{AxisSettings, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::matrix::{weight_matrix, written_out};
use convt_matrix::taps::Taps;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn fraction(text: &str) -> Rational {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is a number"))
}

// The matrices wanted.

type Dense = Vec<Vec<Rational>>;

/// A layer as flags and as the library's, with its weights.
struct Case {
    flags: &'static str,
    layer: Layer,
    weights: Vec<Rational>,
}

impl Case {
    fn new(
        flags: &'static str,
        operation: Operation,
        axes: Vec<AxisSettings>,
        channels: [usize; 3],
        weights: &str,
    ) -> Self {
        let [input, output, groups] = channels;
        let layer = Layer::new(operation, axes, ChannelSettings { input, output, groups }).expect("PyTorch accepts it");
        let weights: Vec<Rational> = weights.split(' ').map(fraction).collect();
        assert_eq!(weights.len(), layer.weight_shape().iter().product::<usize>(), "{flags}");
        Self { flags, layer, weights }
    }

    fn matrix(&self, transposed: bool) -> Dense {
        let taps = Taps::of(self.layer.geometry()).expect("a small layer");
        let dense = written_out(&weight_matrix(&taps), &self.weights, &fraction("0"));
        let dense = if transposed { dense.transpose() } else { dense };
        dense.row_iter().map(|row| row.iter().cloned().collect()).collect()
    }

    /// The command line of an export; the weights between the quotes are spelled as the library spells them.
    fn line(&self, options: &str) -> String {
        let weights = self.weights.iter().map(Rational::to_string).collect::<Vec<_>>().join(" ");
        format!("matrix {} --weight '{weights}' {options}", self.flags)
    }
}

fn cases() -> Vec<Case> {
    use Operation::{Convolution, Transposed};
    let axis = AxisSettings::new;
    let strided = AxisSettings { stride: 2, padding: Padding::both(1), ..axis(3, 3) };
    let dilated = AxisSettings { dilation: 3, output_padding: 2, ..axis(2, 2) };
    let lopsided = AxisSettings { padding: Padding { begin: 2, end: 0 }, ..axis(4, 2) };
    vec![
        Case::new("--in 2 --k 3", Transposed, vec![axis(2, 3)], [1, 1, 1], "1 -2 3"),
        Case::new("--in 3 --k 3 -s 2 -p 1", Transposed, vec![strided], [1, 1, 1], "1/3 -22/7 0"),
        Case::new(
            "--in 2x3 --k 2x3 -s 1x2 -d 3x1 -p 0x1 --output-padding 2x0",
            Transposed,
            vec![dilated, strided],
            [1, 1, 1],
            "1 2 3 4 5 6",
        ),
        Case::new(
            "--in 2 --k 2 --in-channels 4 --out-channels 2 --groups 2",
            Transposed,
            vec![axis(2, 2)],
            [4, 2, 2],
            "1 2 3 4 5 6 7 8",
        ),
        Case::new(
            "--conv --in 4 --k 2 -p 2:0 --in-channels 1 --out-channels 2",
            Convolution,
            vec![lopsided],
            [1, 2, 1],
            "1 2 3 4",
        ),
        Case::new("--in 1x1x2 --k 2x1x2", Transposed, vec![axis(1, 2), axis(1, 1), axis(2, 2)], [1, 1, 1], "4 3 2 1"),
    ]
}

/// Cases whose weights are integers or halves: doubles hold them exactly.
fn cases_of_doubles() -> Vec<Case> {
    let mut cases = cases();
    cases[1].weights = ["1/2", "-13/4", "0"].map(fraction).to_vec();
    cases
}

// Matrix Market.

/// A small reader of the coordinate format.
fn market(file: &str) -> (String, Dense) {
    let mut lines = file.lines();
    let header = lines.next().expect("a header");
    let field = header.strip_prefix("%%MatrixMarket matrix coordinate ").and_then(|rest| rest.strip_suffix(" general"));
    let field = field.unwrap_or_else(|| panic!("{header}")).to_owned();
    let numbers = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let size: Vec<usize> =
        numbers(lines.next().expect("sizes")).iter().map(|size| size.parse().expect("a size")).collect();
    let [rows, columns, count] = size[..] else { panic!("three sizes") };
    let mut dense = vec![vec![fraction("0"); columns]; rows];
    let mut places = Vec::new();
    for line in lines {
        let pieces = numbers(line);
        let place: (usize, usize) = (pieces[0].parse().expect("a row"), pieces[1].parse().expect("a column"));
        let value = pieces.get(2).map_or("1", String::as_str);
        let literal = Literal::parse(value, SmallIntegers::new(0)).expect("a number");
        // Indices count from 1.
        dense[place.0 - 1][place.1 - 1] = literal.fill(&[1], "value").expect("a number").entries()[0].to_rational();
        places.push(place);
    }
    assert_eq!(places.len(), count, "as many entries as the header says");
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "in order, and none twice");
    (field, dense)
}

#[test]
fn matrix_market_holds_the_matrix() {
    for case in cases_of_doubles() {
        for (option, transposed) in [("", false), ("--transpose", true)] {
            let (field, dense) = market(&succeeds(&case.line(&format!("--format mtx {option}"))));
            assert_eq!(dense, case.matrix(transposed), "{}", case.flags);
            let integers = case.weights.iter().all(Rational::is_integer);
            assert_eq!(field, if integers { "integer" } else { "real" }, "{}", case.flags);
        }
    }
}

#[test]
fn matrix_market_without_weights_is_a_pattern() {
    let (field, dense) = market(&succeeds("matrix --in 2 --k 3 --format mtx"));
    assert_eq!(field, "pattern");
    let ones = Case::new("--in 2 --k 3", Operation::Transposed, vec![AxisSettings::new(2, 3)], [1, 1, 1], "1 1 1");
    assert_eq!(dense, ones.matrix(false));
}

#[test]
fn a_weight_of_zero_is_an_entry_all_the_same() {
    assert_eq!(succeeds("matrix --in 1 --k 2 --weight '0 5' --format mtx").lines().nth(1), Some("1 2 2"));
}

// CSV.

#[test]
fn csv_holds_the_matrix_with_exact_fractions() {
    for case in cases() {
        for (option, transposed) in [("", false), ("--transpose", true)] {
            let file = succeeds(&case.line(&format!("--format csv {option}")));
            let dense: Dense = file.lines().map(|line| line.split(',').map(fraction).collect()).collect();
            assert_eq!(dense, case.matrix(transposed), "{}", case.flags);
        }
    }
}

#[test]
fn csv_without_weights_holds_symbols() {
    assert_eq!(succeeds("matrix --in 2 --k 2 --format csv"), "w_0,w_1,0\n0,w_0,w_1\n");
    let grouped = "matrix --in 1 --k 1x2 --in-channels 2 --out-channels 2 --format csv";
    assert_eq!(
        succeeds(&grouped.replace("--in 1 ", "--in 1x1 ")),
        "w_0_0_0_0,w_0_0_0_1,w_0_1_0_0,w_0_1_0_1\nw_1_0_0_0,w_1_0_0_1,w_1_1_0_0,w_1_1_0_1\n"
    );
}

#[test]
fn csv_written_here_can_be_given_as_data_again() {
    let folder = folder();
    let path = folder.path().join("w.csv");
    bytes(&format!("matrix --in 2 --k 2 --weight '1/3 2' -o {}", path.display()));
    let again = Literal::parse(path.to_str().expect("a path"), SmallIntegers::new(0)).expect("our own file");
    let entries = again.fill(&[2, 3], "matrix").expect("the shape").map(ExactNumber::to_rational).into_entries();
    assert_eq!(entries, ["1/3", "2", "0", "0", "1/3", "2"].map(fraction));
}

// JSON.

#[test]
fn json_says_for_every_entry_which_weight_and_kernel_cell_it_is() {
    for case in cases() {
        for (option, transposed) in [("", false), ("--transpose", true)] {
            let file: Value =
                serde_json::from_str(&succeeds(&case.line(&format!("--format json {option}")))).expect("JSON");
            let size = |value: &Value| usize::try_from(value.as_u64().expect("a number")).expect("small");
            let list = |value: &Value| value.as_array().expect("a list").iter().map(size).collect::<Vec<_>>();
            let shape = case.layer.weight_shape();
            assert_eq!(list(&file["weight_shape"]), shape, "{}", case.flags);
            let mut dense = vec![vec![fraction("0"); size(&file["columns"])]; size(&file["rows"])];
            for entry in file["entries"].as_array().expect("a list") {
                let index = list(&entry["weight"]);
                assert_eq!(list(&entry["kernel_cell"]), index[2..], "{entry}");
                let flat = index.iter().zip(&shape).fold(0, |flat, (i, extent)| flat * extent + i);
                let value = match &entry["value"] {
                    Value::String(value) => fraction(value),
                    value => fraction(&value.to_string()),
                };
                assert_eq!(value, case.weights[flat], "{entry}");
                dense[size(&entry["row"])][size(&entry["column"])] = value;
            }
            assert_eq!(dense, case.matrix(transposed), "{}", case.flags);
        }
    }
}

#[test]
fn json_without_weights_has_no_values() {
    let file = succeeds("matrix --in 2 --k 2 --format json");
    assert!(serde_json::from_str::<Value>(&file).is_ok(), "{file}");
    assert!(!file.contains("value"), "{file}");
    says(&file, "{\"row\":1,\"column\":2,\"weight\":[0,0,1],\"kernel_cell\":[1]}");
}

// NumPy.

/// The file's array in a shape, through the reader of the library.
fn read(path: &Path, member: &str, shape: &[usize]) -> Vec<Rational> {
    let named = format!("{}{member}", path.display());
    let literal = Literal::parse(&named, SmallIntegers::new(0)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(literal.shape(), Some(shape), "{named}");
    literal.fill(shape, "array").unwrap_or_else(|error| panic!("{error}")).map(ExactNumber::to_rational).into_entries()
}

#[test]
fn npy_holds_the_dense_matrix() {
    let folder = folder();
    let path = folder.path().join("w.npy");
    for case in cases_of_doubles() {
        for (option, transposed) in [("", false), ("--transpose", true)] {
            bytes(&case.line(&format!("{option} -o {}", path.display())));
            let wanted = case.matrix(transposed);
            let entries = read(&path, "", &[wanted.len(), wanted[0].len()]);
            assert_eq!(entries, wanted.concat(), "{}", case.flags);
        }
    }
}

#[test]
fn npz_holds_compressed_rows() {
    let folder = folder();
    let path = folder.path().join("w.npz");
    let small = |number: &Rational| usize::try_from(number.to_integer()).expect("an index");
    for case in cases_of_doubles() {
        for (option, transposed) in [("", false), ("--transpose", true)] {
            bytes(&case.line(&format!("{option} -o {}", path.display())));
            let wanted = case.matrix(transposed);
            let shape: Vec<usize> = read(&path, ":shape", &[2]).iter().map(small).collect();
            assert_eq!(shape, [wanted.len(), wanted[0].len()], "{}", case.flags);
            let starts: Vec<usize> = read(&path, ":indptr", &[wanted.len() + 1]).iter().map(small).collect();
            let count = *starts.last().expect("the end of the last row");
            let (columns, data) = (read(&path, ":indices", &[count]), read(&path, ":data", &[count]));
            let mut dense = vec![vec![fraction("0"); shape[1]]; shape[0]];
            for (row, ends) in starts.windows(2).enumerate() {
                for at in ends[0]..ends[1] {
                    dense[row][small(&columns[at])] = data[at].clone();
                }
            }
            assert_eq!(dense, wanted, "{}", case.flags);
        }
    }
}

#[test]
fn integers_are_64_bit_and_others_doubles() {
    let header = |weights: &str| {
        let file = bytes(&format!("matrix --in 1 --k 2 --weight '{weights}' --format npy"));
        assert_eq!(file.len() % 64, 16, "the header fills 64 bytes, two numbers 16");
        String::from_utf8_lossy(&file[10..128]).into_owned()
    };
    says(&header("1 -9223372036854775808"), "'descr': '<i8'");
    says(&header("1 9223372036854775808"), "'descr': '<f8'");
    says(&header("1 0.5"), "'fortran_order': False, 'shape': (1,2,), }");
}

#[test]
fn the_largest_64_bit_integers_come_back_exactly() {
    let folder = folder();
    let path = folder.path().join("w.npy");
    bytes(&format!("matrix --in 1 --k 2 --weight '9223372036854775807 -9223372036854775808' -o {}", path.display()));
    assert_eq!(read(&path, "", &[1, 2]), ["9223372036854775807", "-9223372036854775808"].map(fraction));
}

// Picture.

#[test]
fn the_picture_has_a_dot_for_every_entry() {
    let picture = succeeds("matrix --in 2 --k 3");
    // Row 0 has columns 0 to 2, row 1 has 1 to 3: dots 1, 4 | 1 and 5 | 2, 5 of two characters.
    assert_eq!(picture, "2 x 4, 6 entries\n┌──┐\n│⠙⠓│\n└──┘\n");
    let transposed = succeeds("matrix --in 2 --k 3 --transpose");
    assert!(transposed.starts_with("4 x 2, 6 entries\n"), "{transposed}");
}

#[test]
fn a_small_picture_has_as_many_dots_as_the_matrix_has_entries() {
    for case in cases() {
        let picture = succeeds(&format!("matrix {}", case.flags));
        let braille = picture.chars().filter(|c| ('\u{2800}'..='\u{28ff}').contains(c));
        let dots: u32 = braille.map(|c| (c as u32 - 0x2800).count_ones()).sum();
        says(&picture, &format!(", {dots} entries\n"));
    }
}

#[test]
fn a_large_picture_is_shrunk_and_says_so() {
    let picture = succeeds("matrix --in 40x40 --k 3");
    says(&picture, "1600 x 1764, 14400 entries; a dot is 12 x 12 places");
    assert!(picture.lines().skip(1).all(|line| line.chars().count() <= 78), "{picture}");
    assert!(picture.lines().count() <= 63, "{picture}");
}

// What is refused, and where files go.

#[test]
fn formats_of_numbers_need_weights() {
    for format in ["npy", "npz"] {
        says(&is_refused(&format!("matrix --in 2 --k 3 --format {format}")), "help: give --weight");
    }
}

#[test]
fn formats_are_named_as_they_are_typed() {
    let message = is_refused("matrix --in 2 --k 3 --format npz");
    assert!(!message.contains("Npz"), "{message}");
}

#[test]
fn an_extension_that_names_no_format_is_refused() {
    let folder = folder();
    let path = folder.path().join("w.xlsx");
    let message = is_refused(&format!("matrix --in 2 --k 3 -o {}", path.display()));
    says(&message, "the extension names no format\n  help: use .mtx, .csv, .npz, .npy, .json or .txt, or say --format");
    assert!(!path.exists());
    bytes(&format!("matrix --in 2 --k 3 --format mtx -o {}", path.display()));
    assert!(path.exists(), "with --format any name will do");
    says(&is_refused("matrix --in 2 --k 3 --format xlsx"), "--format");
}

#[test]
fn a_written_out_matrix_that_is_too_large_is_refused_and_leaves_no_file() {
    let folder = folder();
    for format in ["csv", "npy"] {
        let path = folder.path().join(format!("w.{format}"));
        let message = is_refused(&format!("matrix --in 80x80 --k 3 --weight ones -o {}", path.display()));
        says(&message, "use a sparse format: --format mtx, npz or json");
        assert!(!path.exists());
    }
}

#[test]
fn a_weight_beyond_doubles_is_refused_where_only_doubles_are_held() {
    for format in ["npy", "npz"] {
        let message = is_refused(&format!("matrix --in 1 --k 2 --weight '1e400 1' --format {format}"));
        says(&message, "is beyond the range of a double\n  help: use --format csv or json, which hold every digit");
        is_refused(&format!("matrix --in 1 --k 2 --weight '1e-400 1' --format {format}"));
    }
    is_refused("matrix --in 1 --k 2 --weight '1e400 1/2' --format mtx");
    assert_eq!(succeeds("matrix --in 1 --k 2 --weight '1e30 1' --format csv"), format!("1{},1\n", "0".repeat(30)));
    assert_eq!(succeeds("matrix --in 1 --k 2 --weight '1e-3 1' --format csv"), "1/1000,1\n");
}

#[test]
fn a_huge_weight_is_not_printed_whole_in_a_message() {
    let message = is_refused("matrix --in 1 --k 2 --weight '1e400 1' --format npy");
    assert!(message.len() < 300, "{message}");
}

#[test]
fn data_of_the_wrong_shape_is_refused_before_a_file_appears() {
    let folder = folder();
    let path = folder.path().join("w.mtx");
    let message = is_refused(&format!("matrix --in 2 --k 3 --weight '1 2' -o {}", path.display()));
    says(&message, "--weight: expected shape (1, 1, 3), or (3,), 3 values; got (2,), 2 values");
    assert!(!path.exists());
}

#[test]
fn the_same_command_writes_the_same_bytes() {
    for format in ["mtx", "csv", "json", "npy", "npz", "spy"] {
        let line = format!("matrix --in 3x3 --k 2 --weight random --seed 5 --format {format}");
        let first = bytes(&line);
        // A time stamp in an archive has a resolution of two seconds.
        if format == "npz" {
            std::thread::sleep(std::time::Duration::from_millis(2_100));
        }
        assert_eq!(bytes(&line), first, "{format}");
    }
    let script = "pytorch --in 2 --k 2 --input random --weight random --grad-output random --seed 3";
    assert_eq!(bytes(script), bytes(script));
    assert_ne!(bytes(script), bytes(&script.replace("--seed 3", "--seed 4")));
}

#[test]
fn the_extension_is_the_format_and_stdout_takes_the_same_bytes() {
    let folder = folder();
    for (extension, format) in
        [("mtx", "mtx"), ("csv", "csv"), ("json", "json"), ("npy", "npy"), ("npz", "npz"), ("txt", "spy")]
    {
        let path = folder.path().join(format!("w.{extension}"));
        let line = "matrix --in 2x2 --k 2 --weight iota";
        assert_eq!(bytes(&format!("{line} -o {}", path.display())), b"", "nothing goes to stdout");
        assert_eq!(fs::read(&path).expect("a file"), bytes(&format!("{line} --format {format}")), "{format}");
    }
}

// Scripts, as text.

#[test]
fn a_script_says_what_was_not_given_and_needs_no_numbers() {
    let output = run("pytorch --in 2 --k 2");
    assert!(output.status.success());
    let notes = String::from_utf8(output.stderr).expect("UTF-8");
    for flag in ["--input", "--weight", "--grad-output"] {
        says(&notes, &format!("note: {flag} was not given; it counts up from 1\n"));
    }
    let script = String::from_utf8(output.stdout).expect("UTF-8");
    says(&script, "x = tensor([[1, 2]])");
    says(&script, "\"output\": (y[0], tensor([[1, 4, 4]]))");
}

#[test]
fn a_script_has_no_tolerance_exactly_where_its_numbers_are_small_integers() {
    let script =
        |weights: &str| succeeds(&format!("pytorch --in 1 --k 1 --input 1 --grad-output 1 --weight {weights}"));
    for (weights, exact) in [("3", true), ("9007199254740992", true), ("9007199254740993", false), ("1/2", false)] {
        let script = script(weights);
        assert_eq!(script.contains("rtol=0, atol=0,"), exact, "{script}");
        assert_eq!(script.contains("No tolerance") || script.contains("no tolerance"), exact, "{script}");
    }
}

#[test]
fn a_script_that_cannot_be_made_is_refused() {
    is_refused("pytorch --in 2 --k 2 --weight '1 2 3'");
    is_refused("pytorch --in 2");
    says(&is_refused("pytorch --in 50x50 --k 20 -s 20"), "making a script takes up to 6000000000000 steps of work");
    is_refused("pytorch --in 2 --k 2 --templates /nowhere");
}

#[test]
fn a_template_of_ones_own_replaces_the_script() {
    let folder = folder();
    fs::create_dir(folder.path().join("page")).expect("a folder");
    fs::write(folder.path().join("page/pytorch.py"), "# << module >> << y >>\n").expect("a file");
    let line = "pytorch --in 1 --k 1 --input 2 --weight 3 --grad-output 1 --templates";
    assert_eq!(succeeds(&format!("{line} {}", folder.path().display())), "# ConvTranspose1d [[6]]\n");
    says(&succeeds("template pytorch.py"), "torch.testing.assert_close");
    says(&succeeds("template scipy.py"), "assert_array_equal");
}

// Python.

/// The interpreter, if it can import the library; else the reason goes to stderr.
fn python_with(library: &str) -> Option<PathBuf> {
    let python = std::env::var_os("CONVT_PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
    match Command::new(&python).args(["-c", &format!("import {library}")]).output() {
        Ok(output) if output.status.success() => Some(python),
        Ok(_) => {
            eprintln!("skipped: {} cannot import {library} (CONVT_PYTHON names another Python)", python.display());
            None
        }
        Err(error) => {
            eprintln!("skipped: {} does not start: {error}", python.display());
            None
        }
    }
}

fn run_script(python: &Path, script: &str) -> Output {
    let folder = folder();
    let path = folder.path().join("check.py");
    fs::write(&path, script).expect("a file");
    // One thread: the tests run beside each other.
    Command::new(python).arg(&path).env("OMP_NUM_THREADS", "1").output().expect("Python started before")
}

/// One layer of every kind. In PyTorch and in SciPy.
const KINDS: [&str; 22] = [
    "--layer 'ConvTranspose1d(1, 1, 3, stride=2, padding=1)' --in 4 --bias 5",
    "--layer 'ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)' --in 4x4 --weight 1..16 --input ones",
    "--layer 'ConvTranspose3d(2, 1, 2, stride=2)' --in 2x1x2 --bias -3",
    "--layer 'Conv1d(1, 2, 3, stride=2, padding=1)' --in 7 --bias '1 2'",
    "--layer 'Conv2d(2, 3, (2, 3), padding=1, bias=False)' --in 4x5",
    "--layer 'Conv3d(1, 2, 2, stride=(1, 2, 1))' --in 3x4x3 --bias '-1 1'",
    "--layer 'ConvTranspose2d(4, 6, 2, groups=2)' --in 2x3 --bias 1..6",
    "--layer 'Conv2d(4, 6, 2, groups=2)' --in 3x3 --bias 1..6",
    "--layer 'ConvTranspose2d(2, 2, 3, dilation=(2, 3), bias=False)' --in 2x2",
    "--layer 'Conv1d(1, 1, 3, dilation=3, bias=False)' --in 9",
    "--layer 'ConvTranspose1d(1, 1, 3, stride=3, padding=1, output_padding=2, bias=False)' --in 2 --weight '1 10 100'",
    "--in 3 --k 2 -d 4 --output-padding 2 --bias 7",
    "--in 2x3 --k 2 -s 1x2 -d 3 --output-padding 2x1",
    "--in 4 --k 3 -s 2 -p 3",
    "--in 4 --k 3 -s 2 -p 0:1",
    "--in 3x4 --k 3x2 -s 2x1 -p 1:0x0:2 --in-channels 2 --out-channels 2 --bias '3 4'",
    "--in 2 --k 2 -s 2 -p 1:0 -d 3 --output-padding 2",
    "--conv --in 5 --k 3 -p 2:0 --bias 9",
    "--conv --in 5x4 --k 3x2 -s 2x1 -p 1:0x0:2 --in-channels 2 --out-channels 2 --groups 2",
    "--in 2x2 --k 2 --weight '1/3 -22/7 0.1 1e-3' --input '1/9 2 3 4' --bias 1/7",
    "--conv --in 3x3x3 --k 2x1x3 -p 1:0x0x0:1 --weight '1/3 -22/7 0.1 1e-3 5 6'",
    "--in 2x3x4 --k 1x2x3 -s 1x2x3 -p 0x0x1 --output-padding 0x1x2",
];

/// The script of a layer; what is not given is drawn.
fn script(kind: &str, scipy: bool) -> String {
    let mut line = format!("pytorch {kind}");
    for flag in ["--weight", "--input", "--grad-output"] {
        if !kind.contains(flag) {
            line.push_str(&format!(" {flag} random"));
        }
    }
    if scipy {
        line.push_str(" --scipy");
    }
    succeeds(&line)
}

/// Runs all scripts; those that fail, with what they say.
fn failures(python: &Path, scipy: bool) -> Vec<String> {
    let failure = |kind: &&str| {
        let output = run_script(python, &script(kind, scipy));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let agrees = output.status.success() && said.contains(" agree");
        (!agrees).then(|| format!("{kind}: {said}{}", String::from_utf8_lossy(&output.stderr)))
    };
    KINDS.iter().filter_map(failure).collect()
}

/// The script with one expected number spoilt: the first digit behind `marker` becomes another.
fn spoilt(script: &str, marker: &str) -> String {
    let start = script.find(marker).unwrap_or_else(|| panic!("{marker:?} in\n{script}")) + marker.len();
    let digit = start + script[start..].find(|c: char| c.is_ascii_digit()).expect("a number");
    let other = if &script[digit..=digit] == "7" { "8" } else { "7" };
    format!("{}{other}{}", &script[..digit], &script[digit + 1..])
}

#[test]
#[ignore = "needs Python with PyTorch (CONVT_PYTHON)"]
fn pytorch_agrees_with_the_script_of_every_kind_of_layer() {
    let Some(python) = python_with("torch") else { return };
    assert_eq!(failures(&python, false), Vec::<String>::new());
}

#[test]
#[ignore = "needs Python with SciPy (CONVT_PYTHON)"]
fn scipy_agrees_with_the_script_of_every_kind_of_layer() {
    let Some(python) = python_with("scipy.sparse") else { return };
    assert_eq!(failures(&python, true), Vec::<String>::new());
}

#[test]
#[ignore = "needs Python with PyTorch (CONVT_PYTHON)"]
fn pytorch_finds_a_wrong_number_wherever_it_stands() {
    let Some(python) = python_with("torch") else { return };
    for kind in ["--layer 'ConvTranspose1d(1, 1, 3, stride=2, padding=1)' --in 4 --bias 5", KINDS[19]] {
        let script = script(kind, false);
        for tensor in ["output", "gradient of the input", "gradient of the weight", "gradient of the bias"] {
            let row = script.find(&format!("\"{tensor}\": (")).expect("a row of the expected numbers");
            let marker: String = script[row..].split_inclusive("tensor(").next().expect("a tensor").to_owned();
            let output = run_script(&python, &spoilt(&script, &marker));
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{kind}: a wrong {tensor} passes");
            says(&said, &format!("AssertionError: {tensor}: "));
        }
    }
}

#[test]
#[ignore = "needs Python with SciPy (CONVT_PYTHON)"]
fn scipy_finds_a_wrong_number() {
    let Some(python) = python_with("scipy.sparse") else { return };
    for kind in [KINDS[0], KINDS[3], KINDS[19]] {
        let script = script(kind, true);
        for marker in ["\ny = ", "\nw = ", "assert len(values) == "] {
            let output = run_script(&python, &spoilt(&script, marker));
            assert!(!output.status.success(), "{kind}: a wrong number behind {marker:?} passes");
            says(&String::from_utf8_lossy(&output.stderr), "AssertionError");
        }
    }
}

#[test]
#[ignore = "needs Python with PyTorch (CONVT_PYTHON)"]
fn numbers_that_cancel_do_not_make_a_script_fail() {
    let Some(python) = python_with("torch") else { return };
    let kind = "--in 2 --k 2 -p 1 --weight '9007199254740991 9007199254740990' --input '3 -3' --grad-output 1";
    let output = run_script(&python, &script(kind, false));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn numbers_beyond_doubles_are_refused_when_the_script_is_written() {
    for (option, weight) in [("", "1e400"), ("--scipy", "1e400")] {
        let line = format!("pytorch --in 1 --k 1 --weight {weight} --input 1 --grad-output 1 {option}");
        says(&is_refused(&line), "double");
    }
}

#[test]
#[ignore = "needs Python with SciPy (CONVT_PYTHON)"]
fn scipy_and_numpy_read_the_files() {
    let Some(python) = python_with("scipy.io, scipy.sparse") else { return };
    let folder = folder();
    let program = "\
import sys
import numpy as np
from scipy.io import mmread
from scipy.sparse import issparse, load_npz
folder = sys.argv[1]
dense = np.load(folder + '/w.npy')
sparse = load_npz(folder + '/w.npz')
market = mmread(folder + '/w.mtx')
assert issparse(sparse) and sparse.format == 'csr', sparse
assert sparse.dtype == dense.dtype, (sparse.dtype, dense.dtype)
assert sparse.nnz == market.nnz and sparse.has_canonical_format
np.testing.assert_array_equal(sparse.toarray(), dense)
np.testing.assert_array_equal(market.toarray(), dense)
print(' '.join(map(repr, dense.ravel().tolist())))
";
    for case in cases_of_doubles() {
        for (option, transposed) in [("", false), ("--transpose", true)] {
            for extension in ["npy", "npz", "mtx"] {
                bytes(&case.line(&format!("{option} -o {}/w.{extension}", folder.path().display())));
            }
            let output = Command::new(&python).args(["-c", program]).arg(folder.path()).output().expect("Python");
            assert!(output.status.success(), "{}: {}", case.flags, String::from_utf8_lossy(&output.stderr));
            let said = String::from_utf8(output.stdout).expect("UTF-8");
            let value = |number: &str| {
                let literal = Literal::parse(number, SmallIntegers::new(0)).expect("a number");
                literal.fill(&[1], "number").expect("a number").entries()[0].to_rational()
            };
            let entries: Vec<Rational> = said.split_whitespace().map(value).collect();
            assert_eq!(entries, case.matrix(transposed).concat(), "{}", case.flags);
        }
    }
}
