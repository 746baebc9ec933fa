//! Files as nobody should write them.

use super::{Draw, long_number};
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A file for a tensor; its name says what it pretends to be.
pub(super) fn tensor(draw: &mut Draw, name: &str, count: usize) -> Vec<u8> {
    let mut bytes = match name.rsplit('.').next() {
        Some("npy") => npy(draw, count),
        Some("npz") => npz(draw, count),
        Some("csv") => table(draw, count),
        _ => json(draw, count),
    };
    if draw.once_in(2) {
        mutate(draw, &mut bytes);
    }
    bytes
}

/// Some bytes flipped, cut, repeated, spliced, or replaced by what readers stumble over.
pub(super) fn mutate(draw: &mut Draw, bytes: &mut Vec<u8>) {
    for _ in 0..1 + draw.below(4) {
        let place = draw.below(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
        if bytes.is_empty() {
            return;
        }
        match draw.below(8) {
            0 => bytes[place] ^= 1 << draw.below(8),
            1 => bytes.truncate(place),
            2 => drop(bytes.remove(place)),
            3 => {
                let piece = bytes[place..(place + 1 + draw.below(9)).min(bytes.len())].to_vec();
                bytes.splice(place..place, piece.repeat(1 + draw.below(200)));
            }
            4 => bytes[place] = [0, 7, 0x1b, 0x80, 0xff, b'\n', b'"', b'['][draw.below(8)],
            5 => {
                bytes.splice(place..place, long_number(draw).into_bytes());
            }
            6 => {
                let open: &[u8] = draw.pick(&[&b"["[..], b"{\"a\":", b"(", b"\"", b"\xf0\x9f", b"\\u0000"]);
                bytes.splice(place..place, open.repeat(1 + draw.below(2000)));
            }
            _ => bytes.rotate_left(place),
        }
    }
}

fn npy(draw: &mut Draw, count: usize) -> Vec<u8> {
    let descr =
        draw.pick(&["<f8", "<f8", "<f8", "<i8", ">f4", "|b1", "<f2", "<c16", "|O", "<U9999999999", "f8", "<f16"]);
    let order = draw.pick(&["False", "False", "True", "None"]);
    let shape = match draw.below(8) {
        0..=3 => format!("({count},)"),
        4 => format!("({},)", draw.big()),
        5 => format!("({}, {})", draw.any(), draw.any()),
        6 => format!("({})", "1, ".repeat(draw.below(100))),
        _ => format!("(0, {})", draw.big()),
    };
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let claimed = match draw.below(8) {
        0 => draw.below(1 << 16),
        _ => header.len(),
    };
    let mut bytes = b"\x93NUMPY".to_vec();
    match draw.below(8) {
        0 => {
            bytes.extend([2, 0]);
            bytes.extend(if draw.once_in(2) { u32::MAX } else { claimed as u32 }.to_le_bytes());
        }
        1 => bytes.extend([9, 9, 9, 9]),
        _ => {
            bytes.extend([1, 0]);
            bytes.extend((claimed as u16).to_le_bytes());
        }
    }
    bytes.extend(header.as_bytes());
    for place in 0..count.min(300) {
        let number = match draw.below(10) {
            0 => [f64::NAN, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE, 5e-324, -0.0][draw.below(6)],
            _ => place as f64,
        };
        bytes.extend(number.to_le_bytes());
    }
    bytes
}

fn npz(draw: &mut Draw, count: usize) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..draw.below(4) {
        let name = [["a.npy", "b.npy", "c.npy"][place], draw.pick(&["../a.npy", "a\u{7}.npy", "x", "d.npy"])];
        let array = npy(draw, count);
        let started = writer.start_file(name[usize::from(draw.once_in(6))], SimpleFileOptions::default());
        if started.is_ok() {
            writer.write_all(&array).expect("memory takes it");
        }
    }
    writer.finish().expect("memory takes it").into_inner()
}

fn table(draw: &mut Draw, count: usize) -> Vec<u8> {
    let separator = draw.pick(&[",", ";", "\t", "\n", " ", ",,"]);
    let cells = (0..count).map(|place| match draw.below(20) {
        0 => long_number(draw),
        1 => draw.junk().into(),
        _ => place.to_string(),
    });
    cells.collect::<Vec<_>>().join(separator).into_bytes()
}

fn json(draw: &mut Draw, count: usize) -> Vec<u8> {
    let cells = (0..count).map(|place| if draw.once_in(20) { long_number(draw) } else { place.to_string() });
    format!("[{}]", cells.collect::<Vec<_>>().join(",")).into_bytes()
}

pub(super) fn roster(draw: &mut Draw) -> Vec<u8> {
    let separator = draw.pick(&[",", ";", "\t"]);
    let mut bytes = draw.pick(&["id,name\n", "Name;Matrikel\n", "", "\u{feff}id\n"]).as_bytes().to_vec();
    for student in 0..draw.below(5) {
        let name =
            draw.pick(&["Ada", "Émilie", "\"a\nb\"", "..", "../..", "a/b", "con", "\u{7}", "\u{202e}x", "李", ""]);
        let id = if draw.once_in(4) { draw.junk().to_owned() } else { student.to_string() };
        bytes.extend(format!("{id}{separator}{name}\n").bytes());
    }
    if draw.once_in(2) {
        mutate(draw, &mut bytes);
    }
    bytes
}

pub(super) fn manifest(draw: &mut Draw) -> Vec<u8> {
    let number = |draw: &mut Draw, usual: u128| if draw.once_in(5) { draw.any() } else { usual };
    let file = draw.pick(&["001", "001", "001", "..", "../../x", "/", "", "\\u0007", "a/b"]);
    let mut bytes = format!(
        r#"{{"format":{},"version":"0.1.0","seed":{},"title":"{}","kinds":["{}"],"count":{},"level":{},"dims":{},"points":{},"choice":{},"sheets":[{{"file":"{file}","variant":{}}},{{"file":"002","student":"{}"}}]}}"#,
        number(draw, 1),
        draw.any(),
        draw.pick(&["T", "", "\\u001b[2J", "\\\\end{document}"]),
        draw.pick(&["size", "size", "entry", "nothing", "\\u0007"]),
        number(draw, 1),
        number(draw, 1),
        draw.pick(&["null", "1", "2", "3", "255", "-1"]),
        draw.pick(&["null", "1", "4294967295", "0"]),
        draw.pick(&["true", "false"]),
        draw.any(),
        draw.pick(&["7", "", "..", "\\u0007", "\\u202e"]),
    )
    .into_bytes();
    if draw.once_in(3) {
        mutate(draw, &mut bytes);
    }
    bytes
}
