//! Tensors of symbols as matrices: slice by slice where there are channels or three dimensions.

use super::subject::Subject;
use crate::doc::math::row;
use crate::doc::{Entry, Grid, Index, IndexStyle, Math, Name, Relation, Shown};
use crate::tensor::{ravel, unravel};

/// Grids that share a display have at most this many columns together.
const COLUMNS_PER_DISPLAY: usize = 18;

/// Shows a tensor as `name = matrix`, one matrix for each channel and each slice, several to a line where they fit.
///
/// `shape` is channels first (`leading` of them), then one to three spatial extents; `cell` is asked for the entry
/// with a flat index.
pub(super) fn tensor_displays(
    subject: &Subject<'_>,
    name: Name,
    shape: &[usize],
    leading: usize,
    cell: impl Fn(usize) -> Math,
) -> Vec<Math> {
    let spatial = &shape[leading..];
    let (height, width) =
        if spatial.len() == 1 { (1, spatial[0]) } else { (spatial[spatial.len() - 2], spatial[spatial.len() - 1]) };
    let outer: Vec<usize> = shape[..shape.len() - spatial.len().min(2)].to_vec();
    let slices: usize = outer.iter().product();
    let with_channels = shape[..leading].iter().any(|&extent| extent > 1);
    let (rows, columns) = subject.extent.matrix(height, width);
    let matrix = |slice: usize| {
        let prefix = unravel(&outer, slice);
        let grid = Grid::from_fn(rows.clone(), columns.clone(), |i, j| {
            let mut index = prefix.clone();
            if spatial.len() > 1 {
                index.push(i);
            }
            index.push(j);
            cell(ravel(shape, &index))
        });
        let label = slice_label(name, &prefix, leading, with_channels);
        row![label, Relation::Equals, grid]
    };
    let mut displays = Vec::new();
    let mut line: Vec<Math> = Vec::new();
    // Entries with channel indices are about twice as wide.
    let wide = if with_channels { 2 } else { 1 };
    let per_line = (COLUMNS_PER_DISPLAY / (wide * columns.places() + 2)).max(1);
    for place in subject.extent.slices(slices).iter() {
        if line.len() == 2 * per_line {
            displays.push(Math::Row(std::mem::take(&mut line)));
        }
        line.push(place.map_or(Math::Dots, matrix));
        line.push(Math::Space);
    }
    displays.push(Math::Row(line));
    for display in &mut displays {
        if let Math::Row(pieces) = display {
            pieces.pop();
        }
    }
    displays
}

/// `X`, `X^{(0)}`, or `X_{1,:,:}` for a slice of a three-dimensional tensor.
fn slice_label(name: Name, prefix: &[usize], leading: usize, with_channels: bool) -> Math {
    let channels: Vec<Index> =
        if with_channels { prefix[..leading].iter().copied().map(Index::Number).collect() } else { Vec::new() };
    let mut place: Vec<Index> = prefix[leading..].iter().copied().map(Index::Number).collect();
    if !place.is_empty() {
        place.extend([Index::Letter(':'); 2]);
    }
    if channels.is_empty() && place.is_empty() {
        return name.into();
    }
    Math::Entry(Entry { of: name, channels, place, style: IndexStyle::Commas })
}

/// A tensor flattened into a column.
pub(super) fn flattened(rows: Shown, cell: impl Fn(usize) -> Math) -> Grid {
    Grid::from_fn(rows, Shown::all(1), |flat, _| cell(flat))
}

/// Two short displays share a line.
pub(super) fn side_by_side(displays: Vec<Math>) -> Vec<Math> {
    match <[Math; 2]>::try_from(displays) {
        Ok([x, w]) if columns(&x) + columns(&w) <= COLUMNS_PER_DISPLAY => vec![row![x, Math::Space, w]],
        Ok([x, w]) => vec![x, w],
        Err(displays) => displays,
    }
}

fn columns(math: &Math) -> usize {
    match math {
        // A slice's name says that there are more of them: they keep their own line.
        Math::Entry(_) => COLUMNS_PER_DISPLAY,
        Math::Row(pieces) => pieces.iter().map(columns).sum(),
        Math::Grid(grid) => grid.columns.places() + 1,
        _ => 0,
    }
}
