//! A spy plot in text: where the matrix has entries, as braille dots.

use crate::taps::Taps;

/// A picture is at most this wide and high, in characters; a character has 2 dots across and 4 down.
const WIDTH: usize = 76;
const HEIGHT: usize = 60;

/// The pattern of the matrix; large matrices are shrunk, a dot then stands for a rectangle that is not empty.
pub(super) fn picture(taps: &Taps) -> String {
    let (rows, columns) = (taps.rows(), taps.columns());
    let shrink = columns.div_ceil(2 * WIDTH).max(rows.div_ceil(4 * HEIGHT)).max(1);
    let (high, wide) = (rows.div_ceil(4 * shrink), columns.div_ceil(2 * shrink));
    let mut cells = vec![0_u8; high * wide];
    for row in 0..rows {
        let down = row / shrink;
        for link in taps.row(row) {
            let across = link.column as usize / shrink;
            cells[down / 4 * wide + across / 2] |= dot(down % 4, across % 2);
        }
    }
    let mut out = format!("{rows} x {columns}, {} entries", taps.count());
    if shrink > 1 {
        out.push_str(&format!("; a dot is {shrink} x {shrink} places, filled if one of them is"));
    }
    out.push_str(&format!("\n┌{}┐\n", "─".repeat(wide)));
    for line in cells.chunks(wide) {
        out.push('│');
        out.extend(line.iter().map(|&dots| char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' ')));
        out.push_str("│\n");
    }
    out.push_str(&format!("└{}┘\n", "─".repeat(wide)));
    out
}

/// The bit of a dot in a braille character (Unicode's order: down the left column, then the right, last row apart).
fn dot(down: usize, across: usize) -> u8 {
    const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    BITS[down][across]
}
