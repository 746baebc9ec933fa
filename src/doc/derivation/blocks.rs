//! The block form of W~: one level for the channels and one for each axis, each block a smaller convolution matrix.

use crate::doc::math::row;
use crate::doc::subject::{Subject, axis_names};
use crate::doc::{Fact, Facts, Grid, Index, Math, Name, Relation, facts};
use crate::taps::{Factor, Taps};

/// Letters for kernel indices that run over a whole axis.
const KERNEL_LETTERS: [char; 3] = ['u', 'v', 't'];

/// W~ (or W~^T) level by level, from the outermost block matrix to the innermost, which has the weights themselves.
pub(super) fn facts(subject: &Subject<'_>, taps: &Taps, whole: Name) -> Facts {
    let factors = taps.factors();
    let (channels, axes) = factors.split_first().expect("a layer has channels");
    let mut levels = Vec::new();
    let names = axis_names(axes.len());
    let level = |kind: &'static str, axis: Option<usize>, left: Math, block: Option<Math>, grid: Grid| {
        facts! {
            /// `channels`; `only`, `outermost`, `between` or `innermost` of the axes.
            kind: kind,
            /// What the axis is called, as `words.md` has it; nothing for the channels.
            axis: axis.map(|axis| names[axis]),
            /// What is taken apart, in letters.
            whole: left.clone(),
            /// Its blocks, in letters; nothing where it consists of weights.
            block: block,
            /// The letter of the kernel index that numbers them along the axis.
            index: axis.map(|axis| Name::Var(KERNEL_LETTERS[axis])),
            /// It, and the matrix that it is.
            equation: row![left, Relation::Equals, grid],
        }
    };
    let mut block = Block { subject, channels: Vec::new(), place: Vec::new() };
    if subject.notation.has_channels() {
        let within = subject.layer.geometry().channels().big_per_group();
        let grid = block.grid(channels, |weight| {
            let channels = vec![Index::Number(weight / within), Index::Number(weight % within)];
            subject.notation.named(whole, channels, Vec::new())
        });
        block.channels = vec![Index::Letter('c'), Index::Letter('e')];
        levels.push(level("channels", None, whole.into(), Some(block.named(whole, None)), grid));
    }
    // A single axis without channels is its own only block; nothing to add to the elided matrix.
    let is_whole = axes.len() == 1 && !subject.notation.has_channels();
    for (place, axis) in axes.iter().enumerate().filter(|_| !is_whole) {
        let innermost = place + 1 == axes.len();
        let left = block.named(whole, None);
        let of = if innermost { Name::Var('w') } else { whole };
        let grid = block.grid(axis, |weight| block.named(of, Some(Index::Number(weight))));
        let kind = match (place, innermost) {
            (0, true) => "only",
            (0, false) => "outermost",
            (_, false) => "between",
            (_, true) => "innermost",
        };
        block.place.push(Index::Letter(KERNEL_LETTERS[place]));
        levels.push(level(kind, Some(place), left, (!innermost).then(|| block.named(whole, None)), grid));
    }
    subject.facts().and(facts! {
        /// From the outermost level to the innermost.
        levels: Fact::list(levels),
    })
}

/// The block that is being taken apart.
struct Block<'a> {
    subject: &'a Subject<'a>,
    channels: Vec<Index>,
    place: Vec<Index>,
}

impl Block<'_> {
    /// The block (or weight) with one more kernel index.
    fn named(&self, of: Name, index: Option<Index>) -> Math {
        if self.channels.is_empty() && self.place.is_empty() && index.is_none() {
            return of.into();
        }
        let place = self.place.iter().copied().chain(index).collect();
        self.subject.notation.named(of, self.channels.clone(), place)
    }

    /// The matrix of one factor, with `cell` for each weight index of the factor.
    fn grid(&self, factor: &Factor, cell: impl Fn(usize) -> Math) -> Grid {
        let (rows, columns) = self.subject.extent.matrix(factor.rows(), factor.columns());
        Grid::from_fn(rows, columns, |row, column| {
            let links = factor.row(row);
            match links.binary_search_by_key(&(column as u32), |link| link.column) {
                Ok(place) => cell(links[place].weight as usize),
                Err(_) => Math::Zero,
            }
        })
    }
}
