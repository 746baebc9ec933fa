//! Tensors of symbols as matrices: slice by slice where there are channels or three dimensions.

use super::Derivation;
use crate::doc::math::row;
use crate::doc::{Grid, Index, IndexStyle, Math, Name, Relation, Shown};
use crate::doc::math::Entry;
use crate::tensor::{ravel, unravel};

/// Grids that share a display have at most this many columns together.
const COLUMNS_PER_DISPLAY: usize = 18;

/// Shows a tensor as `name = matrix`, one matrix for each channel and each slice, several to a line where they fit.
///
/// `shape` is channels first (`leading` of them), then one to three spatial extents; `cell` is asked for the entry
/// with a flat index.
pub(super) fn tensor_displays(
    derivation: &Derivation<'_>,
    name: Name,
    shape: &[usize],
    leading: usize,
    cell: impl Fn(usize) -> Math,
) -> Vec<Math> {
    let spatial = &shape[leading..];
    let (height, width) = if spatial.len() == 1 { (1, spatial[0]) } else { (spatial[spatial.len() - 2], spatial[spatial.len() - 1]) };
    let outer: Vec<usize> = shape[..shape.len() - spatial.len().min(2)].to_vec();
    let slices: usize = outer.iter().product();
    let with_channels = shape[..leading].iter().any(|&extent| extent > 1);
    let matrix = |slice: usize| {
        let prefix = unravel(&outer, slice);
        let grid = Grid::from_fn(derivation.extent.rows(height), derivation.extent.columns(width), |i, j| {
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
    let columns = derivation.extent.columns(width).places();
    let per_line = (COLUMNS_PER_DISPLAY / (columns + 2)).max(1);
    for place in derivation.extent.slices(slices).iter() {
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
