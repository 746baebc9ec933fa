//! Tensors of symbols as matrices: slice by slice where there are channels or three dimensions.

use super::subject::Subject;
use crate::doc::math::row;
use crate::doc::{Entry, Grid, Index, IndexStyle, Math, Name, Relation, Shown};
use crate::tensor::{ravel, unravel};

/// Grids that share a display have at most this many columns together.
const COLUMNS_PER_DISPLAY: usize = 18;

/// How a tensor is laid out in matrices: channels first (`leading` of them), then one to three spatial extents.
pub(super) struct Layout<'a> {
    pub(super) shape: &'a [usize],
    pub(super) leading: usize,
    /// Rows above which, and columns before which, a line is drawn in every matrix.
    pub(super) lines: (Vec<usize>, Vec<usize>),
    /// The sign between the name and the matrix.
    pub(super) sign: Math,
}

impl<'a> Layout<'a> {
    pub(super) fn plain(shape: &'a [usize], leading: usize) -> Self {
        Self { shape, leading, lines: (Vec::new(), Vec::new()), sign: Relation::Equals.into() }
    }

    /// The extents that number the slices, and the rows and columns of a slice.
    fn parts(&self) -> (&'a [usize], usize, usize) {
        let spatial = self.shape.len() - self.leading;
        let (outer, matrix) = self.shape.split_at(self.shape.len() - spatial.min(2));
        match matrix {
            [width] => (outer, 1, *width),
            _ => (outer, matrix[0], matrix[1]),
        }
    }

    /// The matrix of one slice, given by its leading indices; `cell` is asked for the entry with an index along every
    /// extent: a tensor of which a corner is shown may have more entries than can be numbered.
    pub(super) fn slice(&self, subject: &Subject<'_>, prefix: &[usize], cell: impl Fn(&[usize]) -> Math) -> Grid {
        let (_, height, width) = self.parts();
        let (rows, columns) = subject.extent.matrix(height, width);
        let mut index = self.shape.to_vec();
        index[..prefix.len()].copy_from_slice(prefix);
        let grid = Grid::from_fn(rows, columns, |i, j| {
            // In one dimension there is no extent for the only row.
            let inner = [i, j];
            let matrix = &mut index[prefix.len()..];
            matrix.copy_from_slice(&inner[2 - matrix.len()..]);
            cell(&index)
        });
        grid.with_lines(self.lines.0.clone(), self.lines.1.clone())
    }
}

/// Shows a tensor as `name = matrix`, one matrix for each channel and each slice, several to a line where they fit;
/// `cell` is asked for the entry with a flat index.
pub(super) fn tensor_displays(
    subject: &Subject<'_>,
    name: Name,
    shape: &[usize],
    leading: usize,
    cell: impl Fn(usize) -> Math,
) -> Vec<Math> {
    layout_displays(subject, &name.into(), &Layout::plain(shape, leading), |index| cell(ravel(shape, index)))
}

/// The same for numbers that were computed: floats are rounded.
pub(super) fn value_displays(
    subject: &Subject<'_>,
    name: Name,
    shape: &[usize],
    leading: usize,
    value: impl Fn(usize) -> Math,
) -> Vec<Math> {
    let layout = Layout { sign: subject.equals_value(), ..Layout::plain(shape, leading) };
    layout_displays(subject, &name.into(), &layout, |index| value(ravel(shape, index)))
}

/// The same with lines in the matrices, and entries asked for by their index along every extent.
pub(super) fn layout_displays(
    subject: &Subject<'_>,
    name: &Math,
    layout: &Layout<'_>,
    cell: impl Fn(&[usize]) -> Math,
) -> Vec<Math> {
    let (outer, _, width) = layout.parts();
    let leading = layout.leading;
    let slices = outer.iter().fold(1, |slices: usize, &extent| slices.saturating_mul(extent));
    let with_channels = layout.shape[..leading].iter().any(|&extent| extent > 1);
    let columns = subject.extent.columns(width);
    let matrix = |slice: usize| {
        let prefix = unravel(outer, slice);
        let label = slice_label(name, &prefix, layout, with_channels);
        row![label, layout.sign.clone(), layout.slice(subject, &prefix, &cell)]
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

/// `X`, `X^{(0)}`, or `X_{1,:,:}` for a slice of a three-dimensional tensor; what has indices already, with those of the
/// slice beside it.
fn slice_label(name: &Math, prefix: &[usize], layout: &Layout<'_>, with_channels: bool) -> Math {
    let leading = layout.leading;
    let spatial = layout.shape.len() - leading;
    let channels: Vec<Index> =
        if with_channels { prefix[..leading].iter().copied().map(Index::Number).collect() } else { Vec::new() };
    let mut place: Vec<Index> = prefix[leading..].iter().copied().map(Index::Number).collect();
    if channels.is_empty() && place.is_empty() {
        return name.clone();
    }
    let Math::Name(of) = *name else {
        let numbers = prefix[if with_channels { 0 } else { leading }..].iter().map(usize::to_string);
        let indices: Vec<String> = numbers.chain(vec![":".to_owned(); spatial.min(2)]).collect();
        return row![name.clone(), Math::Words(indices.join(", ")).parenthesised()];
    };
    if !place.is_empty() {
        place.extend([Index::Letter(':'); 2]);
    }
    Math::Entry(Entry { of, channels, place, style: IndexStyle::Commas })
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
