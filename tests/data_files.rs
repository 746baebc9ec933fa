//! Data from files: what NumPy and others write is read exactly, and no hostile file does harm.

use convt_matrix::algebra::SmallIntegers;
use convt_matrix::data::{Literal, Place};
use proptest::prelude::*;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn read(path: &Path) -> Result<Literal, String> {
    named(path.to_str().unwrap())
}

fn named(given: &str) -> Result<Literal, String> {
    Literal::parse(given, SmallIntegers::new(0)).map_err(|error| error.to_string())
}

fn entries(literal: &Literal, shape: &[usize]) -> Vec<String> {
    literal.fill(shape, "--weight").unwrap().entries().iter().map(|entry| entry.to_rational().to_string()).collect()
}

fn npy(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    // As NumPy does it: the data begin at a multiple of 64.
    let header = format!("{header:width$}\n", width = (header.len() + 11).next_multiple_of(64) - 11);
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
}

fn npz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn floats(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[test]
fn the_same_numbers_come_out_of_every_kind_of_file() {
    let folder = Folder::new();
    let array = npy("<f8", "False", "(1, 1, 2, 2)", &floats(&[3.0, 1.0, 0.5, -5.0]));
    let columns = npy("<f8", "True", "(2, 2)", &floats(&[3.0, 0.5, 1.0, -5.0]));
    for path in [
        folder.file("w.json", "[[3, 1], [\"1/2\", -5.0]]\n"),
        folder.file("w.csv", "\u{feff}3,1\r\n0.5,-5e0\r\n"),
        folder.file("w.npy", &array),
        folder.file("columns.npy", columns),
        folder.file("w.NPZ", npz(&[("weight.npy", &array)])),
    ] {
        let literal = read(&path).unwrap();
        assert_eq!(entries(&literal, &[1, 1, 2, 2]), ["3", "1", "1/2", "-5"], "{}", path.display());
        assert!(literal.shape().unwrap().ends_with(&[2, 2]));
    }
}

#[test]
fn an_array_of_an_archive_is_picked_by_its_name() {
    let folder = Folder::new();
    let (weight, bias) = (npy("|i1", "False", "(1,)", &[7]), npy("|i1", "False", "(2,)", &[8, 9]));
    let path = folder.file("layer.npz", npz(&[("conv.weight.npy", &weight), ("conv.bias.npy", &bias)]));
    let path = path.to_str().unwrap();
    assert_eq!(entries(&named(&format!("{path}:conv.bias")).unwrap(), &[2]), ["8", "9"]);
    let message = named(path).unwrap_err();
    assert!(message.contains("2 arrays: conv.weight, conv.bias; name one after a colon"), "{message}");
    assert!(named(&format!("{path}:bias")).unwrap_err().contains("no array 'bias'; it has conv.weight, conv.bias"));
    assert!(named(&format!("{path}:")).unwrap_err().contains("no array ''"));
}

#[test]
fn floats_are_taken_at_their_exact_value_and_integers_beyond_them_too() {
    let folder = Folder::new();
    let tenth = read(&folder.file("x.npy", npy("<f8", "False", "(1,)", &floats(&[0.1])))).unwrap();
    assert_eq!(entries(&tenth, &[1]), ["3602879701896397/36028797018963968"]);
    let decimal = read(&folder.file("x.json", "[0.1]")).unwrap();
    assert_eq!(entries(&decimal, &[1]), ["1/10"]);
    let large = read(&folder.file("y.json", "[18446744073709551616000000000000000001]")).unwrap();
    assert_eq!(entries(&large, &[1]), ["18446744073709551616000000000000000001"]);
}

#[test]
fn nan_and_infinity_are_refused_with_file_and_position() {
    let folder = Folder::new();
    let array = npy("<f8", "False", "(1, 2, 2)", &floats(&[1.0, 2.0, f64::NAN, 4.0]));
    let literal = read(&folder.file("x.npy", array)).unwrap();
    let error = literal.fill(&[1, 2, 2], "--input").unwrap_err();
    assert_eq!(error.place(), Some(&Place::Entry(vec![0, 1, 0])));
    let message = error.to_string();
    assert!(message.starts_with("--input: ") && message.contains("x.npy: entry (0, 1, 0): NaN cannot"), "{message}");
    assert!(read(&folder.file("x.json", "[1,\n2,NaN]")).unwrap_err().contains("line 2, column 3: NaN cannot"));
    assert!(read(&folder.file("x.csv", "1,2\n3,-inf\n")).unwrap_err().contains("line 2, column 2: -inf cannot"));
}

#[test]
fn a_file_of_the_wrong_shape_says_which_file_and_which_shapes() {
    let folder = Folder::new();
    let literal = read(&folder.file("x.csv", "1,2,3\n4,5,6\n")).unwrap();
    let message = literal.fill(&[1, 3, 3], "--input").unwrap_err().to_string();
    assert!(
        message.contains("x.csv: expected shape (1, 3, 3), or (3, 3), 9 values; got (2, 3), 6 values"),
        "{message}"
    );
}

#[test]
fn a_file_that_is_not_there_or_not_what_its_name_says_is_refused() {
    let folder = Folder::new();
    assert!(named("no/such/file.npy").unwrap_err().contains("no/such/file.npy: cannot be read"));
    for name in ["folder.npy", "folder.npz", "folder.csv", "folder.json"] {
        let path = folder.0.path().join(name);
        std::fs::create_dir(&path).unwrap();
        assert!(read(&path).unwrap_err().contains("cannot be read"), "{name}");
    }
    for name in ["empty.npy", "empty.npz", "empty.csv", "empty.json"] {
        assert!(read(&folder.file(name, "")).is_err(), "{name}");
    }
    let array = npy("|i1", "False", "(1,)", &[7]);
    assert!(read(&folder.file("array.npz", &array)).is_err());
    assert!(read(&folder.file("array.json", &array)).unwrap_err().contains("byte 0: this is no text"));
    assert!(read(&folder.file("archive.npy", npz(&[("w.npy", &array)]))).unwrap_err().contains("this is no .npy file"));
}

#[test]
fn every_beginning_of_a_file_is_refused() {
    let folder = Folder::new();
    let array = npy("<f4", "False", "(3,)", &[0x3f; 12]);
    let archive = npz(&[("w.npy", &array)]);
    for length in 0..array.len() {
        assert!(read(&folder.file("cut.npy", &array[..length])).is_err(), "{length} bytes of .npy");
    }
    for length in 0..archive.len() {
        assert!(read(&folder.file("cut.npz", &archive[..length])).is_err(), "{length} bytes of .npz");
    }
}

#[test]
fn a_zip_bomb_is_not_unpacked() {
    let folder = Folder::new();
    // 8 MB of zeros behind an array of four, and an array that announces a terabyte.
    let mut long = npy("|u1", "False", "(4,)", &[0; 4]);
    long.resize(8 << 20, 0);
    let path = folder.file("long.npz", npz(&[("w.npy", &long)]));
    assert!(std::fs::metadata(&path).unwrap().len() < 1 << 14);
    assert!(read(&path).unwrap_err().contains("more bytes after the 4"));
    let absurd = npy("<f8", "False", "(1099511627776,)", &[0; 64]);
    assert!(
        read(&folder.file("absurd.npz", npz(&[("w.npy", &absurd)])))
            .unwrap_err()
            .contains("more values than the 16777216")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_in_any_kind_of_file_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = Folder::new();
        for name in ["x.npy", "x.npz", "x.json", "x.csv"] {
            if let Ok(literal) = read(&folder.file(name, &bytes)) {
                let _ = literal.fill(&[2, 2], "--input");
            }
        }
    }
}
