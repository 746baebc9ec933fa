//! What a document is about: a layer with its numbers, and how its objects are written.

use super::math::row;
use super::{Grid, Math, Notation, Relation, Shown};
use crate::algebra::{Family, Monomial, Number, Polynomial, Symbol};
use crate::formula::Formula;
use crate::geometry::{Bias, Layer, Operation};
use crate::instance::Instance;
use crate::laws::{Ends, Law};
use crate::matrix::weight_matrix;
use crate::proof::Proved;
use crate::taps::{Link, Taps};
use crate::tensor::{Tensor, ravel};

/// How much of a large object is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// What can be read: beyond it, dots and the block form.
    Readable,
    /// Everything.
    Full,
}

impl Extent {
    /// The rows and columns shown of a matrix: all, or a corner of it, so that dots stand in both directions.
    pub(super) fn matrix(self, rows: usize, columns: usize) -> (Shown, Shown) {
        if self == Self::Full || (rows <= READABLE && columns <= READABLE) {
            return (Shown::all(rows), Shown::all(columns));
        }
        (if rows <= 16 { Shown::all(rows) } else { Shown::ends(rows, 12, 3) }, self.columns(columns))
    }

    /// The columns shown of a matrix (the entries of a vector it is multiplied with).
    pub(super) fn columns(self, columns: usize) -> Shown {
        if self == Self::Full || columns <= 18 { Shown::all(columns) } else { Shown::ends(columns, 13, 3) }
    }

    /// The slices shown of a tensor.
    pub(super) fn slices(self, total: usize) -> Shown {
        if self == Self::Full || total <= 12 { Shown::all(total) } else { Shown::ends(total, 3, 1) }
    }

    /// The terms shown of a sum.
    pub(super) fn terms(self, total: usize) -> Shown {
        if self == Self::Full || total <= 40 { Shown::all(total) } else { Shown::ends(total, 8, 2) }
    }

    /// A sum of so many terms; of a long one only the first and the last are asked for.
    pub(super) fn sum(self, total: usize, term: impl Fn(usize) -> Math) -> Math {
        let shown = self.terms(total);
        Math::Sum(shown.iter().map(|place| place.map_or(Math::Ellipsis, &term)).collect())
    }

    /// The equations shown of a list of one for each entry of a tensor: the first, some in the middle, the last.
    pub(super) fn equations(self, shape: &[usize], products: usize) -> Shown {
        let total = shape.iter().product();
        if self == Self::Full || (total <= READABLE_EQUATIONS && products <= READABLE_PRODUCTS) || total <= 12 {
            return Shown::all(total);
        }
        let middle: Vec<usize> = shape.iter().map(|extent| extent / 2).collect();
        let middle = ravel(shape, &middle);
        Shown::of_runs(total, [0..4, middle..middle + 6, total - 2..total])
    }
}

/// Matrices of at most so many rows and columns are shown whole, and so are their transposes.
const READABLE: usize = 28;
/// Lists of at most so many equations with so many products in all are shown whole.
const READABLE_EQUATIONS: usize = 64;
const READABLE_PRODUCTS: usize = 400;

/// Whether lines are drawn between the blocks of W~.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockLines {
    /// Along the sizes of the innermost axis.
    Drawn,
    /// None.
    None,
}

/// How an entry is written: by its name or by its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Written {
    /// As a symbol.
    Symbols,
    /// As the number that was given, or as the symbol where none was.
    Numbers,
}

/// A layer with its numbers, and how they are written.
#[derive(Debug)]
#[must_use]
pub struct Subject<'a> {
    pub(super) proved: &'a Proved,
    pub(super) layer: &'a Layer,
    pub(super) bias: Bias,
    pub(super) taps: &'a Taps,
    /// Rows are the entries of the output, columns those of the input.
    pub(super) output_taps: Taps,
    pub(super) instance: &'a Instance,
    pub(super) notation: Notation,
    pub(super) extent: Extent,
    pub(super) lines: BlockLines,
}

impl<'a> Subject<'a> {
    /// Joins a layer, of which something is proved, its numbers and the manner of writing.
    pub fn new(proved: &'a Proved, bias: Bias, instance: &'a Instance, extent: Extent, lines: BlockLines) -> Self {
        let (layer, taps) = (proved.layer(), proved.taps());
        let output_taps = match layer.operation() {
            Operation::Convolution => taps.clone(),
            Operation::Transposed => taps.transposed(),
        };
        Self { proved, layer, bias, taps, output_taps, instance, notation: Notation::of(layer), extent, lines }
    }

    /// How the entries of the layer's tensors are written.
    pub(crate) fn notation(&self) -> &Notation {
        &self.notation
    }

    pub(super) fn transposed(&self) -> bool {
        self.layer.operation() == Operation::Transposed
    }

    /// The length of the output along an axis.
    pub(super) fn output_length(&self, axis: usize) -> i64 {
        self.layer.output_shape()[axis + 1] as i64
    }

    /// Whether padding is the same at both ends of every axis.
    pub(super) fn ends(&self) -> Ends {
        let differ = self.layer.settings().iter().any(|axis| Ends::of(axis) == Ends::Differ);
        if differ { Ends::Differ } else { Ends::Alike }
    }

    /// A law with the padding of this layer: `p`, or `p_begin` and `p_end` where they differ.
    pub(super) fn law(&self, law: Law) -> Formula {
        law.with_ends(self.ends())
    }

    /// The padding at the start.
    pub(super) fn lead(&self) -> Formula {
        self.ends().set(&Formula::of("p"))
    }

    /// `j = s i + d t - p`: where two cells meet.
    pub(super) fn meeting(&self) -> Math {
        row!['j', Relation::Equals, self.law(Law::Meeting)]
    }

    /// The sign before a value that was computed: floats are rounded.
    pub(super) fn equals_value(&self) -> Math {
        if self.instance.is_float() { Relation::Approximately } else { Relation::Equals }.into()
    }

    /// A weight, by flat index.
    pub(crate) fn weight(&self, flat: usize, written: Written) -> Math {
        valued(&self.instance.weight, flat, written).unwrap_or_else(|| self.notation.weight(flat))
    }

    /// An entry of the input, by flat index.
    pub(crate) fn input(&self, flat: usize, written: Written) -> Math {
        valued(&self.instance.input, flat, written).unwrap_or_else(|| self.notation.input(flat))
    }

    /// An entry of the output, by flat index.
    pub(crate) fn output(&self, flat: usize, written: Written) -> Math {
        valued(&self.instance.output, flat, written).unwrap_or_else(|| self.notation.output(flat))
    }

    /// The gradient with respect to an entry of the output, by flat index.
    pub(super) fn output_gradient(&self, flat: usize, written: Written) -> Math {
        valued(&self.instance.output_gradient, flat, written).unwrap_or_else(|| self.notation.output_gradient(flat))
    }

    /// The bias of a channel of the output.
    pub(super) fn bias_entry(&self, channel: usize, written: Written) -> Math {
        valued(&self.instance.bias, channel, written).unwrap_or_else(|| self.notation.bias(channel))
    }

    /// The terms of one entry of the output, in the order of its row of the matrix, and its bias.
    ///
    /// # Panics
    /// When the flat index is not one of the output.
    pub fn sum(&self, flat: usize, written: Written) -> Math {
        let term = |link: &Link| {
            let (weight, input) =
                (self.weight(link.weight as usize, written), self.input(link.column as usize, written));
            times(weight, input, written)
        };
        let length = self.output_taps.row_length(flat);
        let mut sum = self.extent.sum(length, |place| term(&self.output_taps.link(flat, place)));
        if let (Bias::Present, Math::Sum(terms)) = (self.bias, &mut sum) {
            let per_channel = self.output_taps.rows() / self.layer.output_shape()[0];
            terms.push(factor(self.bias_entry(flat / per_channel, written)));
        }
        sum
    }

    /// `= w x + ...`, and with the value `= 2·3 + ... = 6`: the right side of an equation.
    pub(super) fn evaluated(&self, sum: impl Fn(Written) -> Math, value: Option<Math>) -> Math {
        let mut pieces = vec![Relation::Equals.into(), sum(Written::Symbols)];
        if let Some(value) = value {
            let numbers = sum(Written::Numbers);
            // An empty sum is 0 already; one that is a number needs no value beside it.
            let (is_empty, is_value) = match &numbers {
                Math::Sum(terms) => (terms.is_empty(), matches!(terms[..], [Math::Number(_)])),
                _ => (false, false),
            };
            if !is_empty {
                pieces.extend([Relation::Equals.into(), numbers]);
                pieces.extend((!is_value).then(|| [self.equals_value(), value]).into_iter().flatten());
            }
        }
        Math::Row(pieces)
    }

    /// A polynomial in input, weight and bias, such as a sum that a wrong rule makes.
    pub fn polynomial(&self, polynomial: &Polynomial, written: Written) -> Math {
        let symbol = |symbol: &Symbol| {
            let flat = symbol.index as usize;
            match symbol.family {
                Family::Weight => self.weight(flat, written),
                Family::Input => self.input(flat, written),
                Family::Bias => self.bias_entry(flat, written),
                Family::OutputGradient => self.output_gradient(flat, written),
            }
        };
        let term = |(monomial, coefficient): &(Monomial, i64)| {
            let count = (*coefficient != 1 || monomial.symbols().is_empty()).then(|| Math::from(*coefficient));
            let factors = count.into_iter().chain(monomial.symbols().iter().map(symbol));
            let mut pieces = Vec::new();
            for piece in factors {
                if written == Written::Numbers && !pieces.is_empty() {
                    pieces.push(Relation::Times.into());
                }
                pieces.push(if written == Written::Numbers { factor(piece) } else { piece });
            }
            Math::Row(pieces)
        };
        // In the order of a row of the matrix: by input; what has none, such as a bias, comes last.
        let index = |(monomial, _): &&(Monomial, i64), family: Family| {
            let of_family = monomial.symbols().iter().find(|symbol| symbol.family == family);
            of_family.map_or(usize::MAX, |symbol| symbol.index as usize)
        };
        let mut terms: Vec<_> = polynomial.terms().iter().collect();
        terms.sort_by_key(|term| (index(term, Family::Input), index(term, Family::Weight)));
        self.extent.sum(terms.len(), |place| term(terms[place]))
    }

    /// W~ or W~^T, with the block lines: complete, or its first and last rows and columns.
    /// Nothing when the visible corner of an elided matrix has only zeros and the block form shows more.
    pub(super) fn weight_grid(&self, taps: &Taps, written: Written) -> Option<Math> {
        let (rows, columns) = self.extent.matrix(taps.rows(), taps.columns());
        let is_elided = !(rows.is_all() && columns.is_all());
        // A large complete matrix stays sparse; what is small or elided is written cell by cell.
        let is_large = taps.rows() as u128 * taps.columns() as u128 > 4096;
        let grid = if !is_elided && is_large {
            let labels = (0..taps.weights()).map(|flat| self.weight(flat, written)).collect();
            Grid::of_weights(weight_matrix(taps), labels)
        } else {
            Grid::from_fn(rows, columns, |row, column| {
                taps.weight_at(row, column).map_or(Math::Zero, |weight| self.weight(weight as usize, written))
            })
        };
        if is_elided && self.has_blocks(taps) && grid.is_mostly_zero() {
            return None;
        }
        let (_, inner) = taps.split();
        let lined = self.lines == BlockLines::Drawn && self.has_blocks(taps);
        Some(if lined { grid.with_blocks(inner.rows(), inner.columns()) } else { grid }.into())
    }

    /// Whether the matrix consists of more than one block of its innermost axis.
    fn has_blocks(&self, taps: &Taps) -> bool {
        let (_, inner) = taps.split();
        taps.rows() > inner.rows() || taps.columns() > inner.columns()
    }

    pub(super) fn is_elided(&self, taps: &Taps) -> bool {
        let (rows, columns) = self.extent.matrix(taps.rows(), taps.columns());
        !(rows.is_all() && columns.is_all())
    }
}

/// A product of symbols, or of numbers with a sign between.
pub(super) fn times(left: Math, right: Math, written: Written) -> Math {
    match written {
        Written::Symbols => row![left, right],
        Written::Numbers => row![factor(left), Relation::Times, factor(right)],
    }
}

fn valued(tensor: &Option<Tensor<Number>>, flat: usize, written: Written) -> Option<Math> {
    match (written, tensor) {
        (Written::Numbers, Some(tensor)) => Some(tensor.entries()[flat].clone().into()),
        _ => None,
    }
}

/// A factor of a product or a term of a sum: negative numbers in parentheses.
pub(crate) fn factor(math: Math) -> Math {
    match math {
        Math::Number(number) if number.is_negative() => Math::from(number).parenthesised(),
        other => other,
    }
}

/// `3 x 3`, as text.
pub(super) fn by(sizes: impl IntoIterator<Item = usize>) -> String {
    sizes.into_iter().map(|size| size.to_string()).collect::<Vec<_>>().join(" × ")
}

/// One number if all axes share it, else all of them.
pub(super) fn shared<T: PartialEq + ToString>(values: impl Iterator<Item = T>) -> String {
    let values: Vec<T> = values.collect();
    if values.iter().all(|value| *value == values[0]) {
        values[0].to_string()
    } else {
        format!("({})", values.iter().map(T::to_string).collect::<Vec<_>>().join(", "))
    }
}

/// `k = 3`, or `k = (3, 5)` where the axes differ; what is no number, such as `0:1`, is set as words.
pub(super) fn stated<T: PartialEq + ToString>(letter: char, values: impl Iterator<Item = T>) -> Math {
    let values: Vec<T> = values.collect();
    let numbers: Option<Vec<i64>> = values.iter().map(|value| value.to_string().parse().ok()).collect();
    let value = match numbers {
        Some(numbers) if numbers.iter().all(|number| *number == numbers[0]) => numbers[0].into(),
        Some(numbers) => Math::Tuple(numbers),
        None => Math::Words(shared(values.into_iter())),
    };
    row![letter, Relation::Equals, value]
}

/// What the axes of a layer are called, outermost first.
pub(super) fn axis_names(dimensions: usize) -> &'static [&'static str] {
    match dimensions {
        1 => &["length"],
        2 => &["height", "width"],
        _ => &["depth", "height", "width"],
    }
}
