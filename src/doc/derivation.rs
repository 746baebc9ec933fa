//! The derivation of one layer: from the symbols to the proof.

mod blocks;
mod conv_form;
mod evidence;
mod sizes;

pub(crate) use conv_form::facts as conv_form;
pub(crate) use sizes::facts as sizes;
pub(super) use sizes::size_lines;

use super::math::row;
use super::subject::{Subject, Written, by, shared, stated};
use super::tensors::{flattened, side_by_side, tensor_displays, value_displays};
use super::{
    BlockLines, Document, DocumentKind, Extent, Fact, Facts, Grid, Index, Math, Name, NumbersShown, Passage, Relation,
    SectionKind, Shown, UnknownSection, facts,
};
use crate::geometry::{Axis, AxisSettings, Bias, Padding};
use crate::instance::Instance;
use crate::laws::{Ends, Law};
use crate::proof::Proved;
use crate::taps::{Factor, Taps};
use crate::templates::Templates;

/// The derivation of a layer's output: everything there is to print about it.
pub const DERIVATION: DocumentKind = DocumentKind {
    opening: |subject, ()| Passage::new("derivation/opening", subject.parameters()),
    sections: &[
        SectionKind::of("symbols", "derivation/symbols", |subject, ()| subject.symbols())
            .of_volume(|outline| outline.operands())
            .showing(NumbersShown::Given)
            .without_products(),
        SectionKind::of("sizes", "derivation/sizes", |subject, ()| sizes(subject))
            .showing(NumbersShown::None)
            .without_products(),
        SectionKind::of("matrix", "derivation/matrix", |subject, ()| subject.matrix())
            .of_volume(|outline| outline.matrix())
            .showing(NumbersShown::Weight),
        SectionKind::of("transpose", "derivation/transpose", |subject, ()| subject.transpose())
            .of_volume(|outline| outline.matrix())
            .showing(NumbersShown::Weight),
        SectionKind::of("product", "derivation/product", |subject, ()| subject.product())
            .of_volume(|outline| outline.product()),
        SectionKind::of("conv-form", "derivation/conv-form", |subject, ()| conv_form(subject))
            .of_volume(|outline| outline.conv_form())
            .showing(NumbersShown::None),
        ENTRIES,
        SectionKind::of("proof", "derivation/proof", |subject, ()| evidence::facts(subject)),
    ],
};

/// Up to so many inputs that are never read are told by name, where there are no more inputs than this.
const TOLD_BY_NAME: usize = 6;
const SEARCHED: usize = 10_000;

/// How many rows have no tap.
fn unreached(taps: &Taps) -> usize {
    let reached = |factor: &Factor| (0..factor.rows()).filter(|&row| !factor.row(row).is_empty()).count();
    taps.rows() - taps.factors().iter().map(|factor| reached(factor)).product::<usize>()
}

/// Every entry of the output as a sum of products.
const ENTRIES: SectionKind = SectionKind::of("entries", "derivation/entries", |subject, ()| subject.entries())
    .of_volume(|outline| outline.entries());

impl Proved {
    /// The derivation of the layer in symbols, in English, with the sections of these names; large matrices are elided.
    ///
    /// # Errors
    /// When there is no section of a name.
    ///
    /// # Panics
    /// Never: the built-in templates work.
    pub fn derivation(&self, sections: &[&str]) -> Result<Document, UnknownSection> {
        let instance = Instance::symbolic();
        let subject = Subject::new(self, Bias::Absent, &instance, Extent::Readable, BlockLines::Drawn);
        let document = DERIVATION.only(sections)?.document(&subject, &(), &Templates::built_in());
        Ok(document.expect("the built-in templates work"))
    }
}

/// The values, unless all of them are the usual one.
fn unless<T: PartialEq + ToString>(usual: T, values: impl Iterator<Item = T> + Clone) -> Option<String> {
    values.clone().any(|value| value != usual).then(|| shared(values))
}

/// Whether the outputs along an axis of a transposed convolution are all sums of `w_t x_i` with `i + t = j`.
fn is_full(axis: &AxisSettings) -> bool {
    axis.stride == 1 && axis.dilation == 1 && axis.padding == Padding::default() && axis.output_padding == 0
}

impl Subject<'_> {
    /// What every text about a layer may ask for.
    pub(super) fn facts(&self) -> Facts {
        facts! {
            /// Whether the layer is a transposed convolution.
            transposed: self.transposed(),
            /// The spatial dimensions, 1 to 3.
            dimensions: self.layer.dimensions(),
            /// Whether there is a bias.
            has_bias: self.bias == Bias::Present,
            /// Whether there are several channels on either side, so that entries have channel indices.
            has_channels: self.notation.has_channels(),
            /// The channels on both sides, and the groups.
            input_channels: self.layer.input_shape()[0],
            output_channels: self.layer.output_shape()[0],
            groups: self.layer.geometry().channels().groups(),
            /// Whether the numbers are double-precision floats.
            is_float: self.instance.is_float(),
            /// The spatial size of the output, such as `3 × 3`.
            output_size: by(self.layer.output_shape()[1..].iter().copied()),
            /// Whether the layer is the adjoint of the convolution with its parameters: its output padding is smaller than
            /// its stride.
            is_adjoint: self.layer.is_adjoint_of_its_convolution(),
            /// Where cell i of the small side and cell j of the big one meet by kernel cell t: `j = s i + d t - p`.
            meeting: self.meeting(),
            /// The weight in kernel cell t: `w_t`.
            cell_weight: self.cell_weight(),
            /// What stands in W~ where they meet: `W~_ij = w_t`.
            matrix_entry: row![
                self.notation.named(Name::Tilde('W'), Vec::new(), vec![Index::Letter('i'), Index::Letter('j')]),
                Relation::Equals,
                self.cell_weight()
            ],
        }
    }

    /// `w_t`
    fn cell_weight(&self) -> Math {
        self.notation.named(Name::Var('w'), Vec::new(), vec![Index::Letter('t')])
    }

    /// The parameters, which stand above every document.
    pub(super) fn parameters(&self) -> Facts {
        let axes = self.layer.settings();
        let letter = if self.transposed() { 'm' } else { 'n' };
        self.facts().and(facts! {
            /// The spatial size of the kernel, such as `3 × 3`.
            kernel_extents: by(axes.iter().map(|axis| axis.kernel)),
            /// The spatial size of the input.
            input_extents: by(axes.iter().map(|axis| axis.input)),
            /// `m = 2`, or `n = 2` for a convolution; a tuple where axes differ.
            input_size: stated(letter, axes.iter().map(|axis| axis.input)),
            /// `k = 3`.
            kernel_size: stated('k', axes.iter().map(|axis| axis.kernel)),
            /// `s = 2`.
            stride: stated('s', axes.iter().map(|axis| axis.stride)),
            /// `p = 1`, or `p = 0:1` where the ends differ.
            padding: stated('p', axes.iter().map(|axis| axis.padding)),
            /// `d = 1`.
            dilation: stated('d', axes.iter().map(|axis| axis.dilation)),
            /// `o = 1`.
            output_padding: stated('o', axes.iter().map(|axis| axis.output_padding)),
            /// Stride, padding, dilation and output padding, such as `2` or `(2, 1)`, where they are not 1, 0, 1 and 0 on
            /// every axis.
            title_stride: unless(1, axes.iter().map(|axis| axis.stride)),
            title_padding: unless(Padding::default(), axes.iter().map(|axis| axis.padding)),
            title_dilation: unless(1, axes.iter().map(|axis| axis.dilation)),
            title_output_padding: unless(0, axes.iter().map(|axis| axis.output_padding)),
            /// Whether padding differs at the two ends of an axis.
            ends_differ: self.ends() == Ends::Differ,
            /// Whether the layer is a transposed convolution that is the full convolution of mathematics: stride 1 and no
            /// padding of either kind.
            is_full_convolution: self.transposed() && axes.iter().all(is_full),
        })
    }

    /// The input `X` and the kernel `W`, side by side where they fit.
    #[must_use]
    pub fn operands(&self, written: Written) -> Vec<Math> {
        let mut displays =
            tensor_displays(self, Name::Var('X'), &self.layer.input_shape(), 1, |flat| self.input(flat, written));
        displays.extend(tensor_displays(self, Name::Var('W'), &self.layer.weight_shape(), 2, |flat| {
            self.weight(flat, written)
        }));
        side_by_side(displays)
    }

    /// The output in numbers, in its own shape.
    pub(super) fn output_displays(&self) -> Vec<Math> {
        value_displays(self, Name::Var('Y'), &self.layer.output_shape(), 1, |flat| self.output(flat, Written::Numbers))
    }

    fn symbols(&self) -> Facts {
        self.facts().and(facts! {
            /// The input and the kernel in symbols.
            operands: Fact::displays(self.operands(Written::Symbols)),
            /// The bias of output channel c.
            bias_of_channel: self.notation.named(Name::Var('b'), Vec::new(), vec![Index::Letter('c')]),
            /// What was given in numbers; nothing where nothing was.
            numbers: (!self.instance.is_symbolic()).then(|| Fact::displays(self.given_numbers())),
        })
    }

    /// The input and the kernel where any of them is given, and the bias where it is.
    fn given_numbers(&self) -> Vec<Math> {
        let has_tensors = self.instance.input.is_some() || self.instance.weight.is_some();
        let mut displays = if has_tensors { self.operands(Written::Numbers) } else { Vec::new() };
        if self.instance.bias.is_some() {
            let channels = self.extent.columns(self.layer.output_shape()[0]);
            let bias = |channel: usize| self.bias_entry(channel, Written::Numbers);
            let value = match channels.total() {
                1 => bias(0),
                _ => Grid::from_fn(Shown::all(1), channels, |_, channel| bias(channel)).into(),
            };
            displays.push(row![Name::Var('b'), Relation::Equals, value]);
        }
        displays
    }

    fn matrix(&self) -> Facts {
        let (rows, columns) = (self.taps.rows(), self.taps.columns());
        let pads_output = self.layer.settings().iter().any(|axis| axis.output_padding > 0);
        self.facts().and(self.shown_matrix(Name::Tilde('W'), self.taps)).and(facts! {
            /// Rows and columns, such as `4 × 16`.
            size: by([rows, columns]),
            /// The padding of the convolution whose transpose the layer is, before the first cell; and behind the last,
            /// where it is another because of the output padding.
            padding_before: self.lead(),
            padding_behind: pads_output.then(|| self.law(Law::CutAtEnd)),
            /// How many entries have a weight.
            taps: self.taps.count(),
            /// Rows times columns.
            entries: rows * columns,
        })
    }

    fn transpose(&self) -> Facts {
        let transposed = self.taps.transposed();
        let name = Name::TildeTransposed('W');
        let of = |matrix: Name, vector: char| row![matrix, vector];
        let inner = |left: Math, right: Math| Math::InnerProduct(Box::new(left), Box::new(right));
        self.facts().and(self.shown_matrix(name, &transposed)).and(facts! {
            /// Rows and columns, such as `16 × 4`.
            size: by([transposed.rows(), transposed.columns()]),
            /// `<W~ u, v> = <u, W~^T v>`.
            adjoint: row![inner(of(Name::Tilde('W'), 'u'), 'v'.into()), Relation::Equals, inner('u'.into(), of(name, 'v'))],
            /// The output padding that brings the size of a convolution's input back, where it is not 0.
            returning_output_padding: self.returning_output_padding(),
        })
    }

    /// The matrix as far as its visible part says something; the same with the weights that were given.
    fn shown_matrix(&self, name: Name, taps: &Taps) -> Facts {
        let display = |written: Written| self.weight_grid(taps, written).map(|grid| row![name, Relation::Equals, grid]);
        facts! {
            /// The matrix, or a corner of it; nothing where the corner has only zeros and the blocks show more.
            matrix: display(Written::Symbols),
            /// The same in numbers, where weights were given.
            numbers: self.instance.weight.is_some().then(|| display(Written::Numbers)).flatten(),
            /// The matrix as blocks, where it is not shown whole.
            blocks: self.is_elided(taps).then(|| Passage::new("derivation/blocks", blocks::facts(self, taps, name))),
        }
    }

    fn product(&self) -> Facts {
        let matrix = if self.transposed() { Name::TildeTransposed('W') } else { Name::Tilde('W') };
        let has_bias = self.bias == Bias::Present;
        let mut short: Vec<Math> =
            vec![Name::Tilde('y').into(), Relation::Equals.into(), matrix.into(), Name::Tilde('x').into()];
        if has_bias {
            short.extend([Relation::Plus.into(), Name::Tilde('b').into()]);
        }
        let equation = |written: Written| {
            let mut equation = short.clone();
            if let Some(grid) = self.weight_grid(&self.output_taps, written) {
                let (rows, columns) = self.extent.matrix(self.output_taps.rows(), self.output_taps.columns());
                let x = flattened(columns, |flat| self.input(flat, written));
                equation.extend([Relation::Equals.into(), grid, x.into()]);
                if has_bias {
                    let per_channel = self.output_taps.rows() / self.layer.output_shape()[0];
                    let b = flattened(rows.clone(), |flat| self.bias_entry(flat / per_channel, written));
                    equation.extend([Relation::Plus.into(), b.into()]);
                }
                if written == Written::Numbers && self.instance.output.is_some() {
                    let y = flattened(rows, |flat| self.output(flat, written));
                    equation.extend([self.equals_value(), y.into()]);
                }
            }
            Math::Row(equation)
        };
        self.facts().and(facts! {
            /// `y~ = W~^T x~` (`W~ x~` for a convolution), alone, and with the matrix and the vectors where they are shown.
            short_equation: Math::Row(short.clone()),
            equation: equation(Written::Symbols),
            /// The same with what was given in numbers; nothing where nothing was.
            numbers: (!self.instance.is_symbolic()).then(|| equation(Written::Numbers)),
            /// The output in its own shape, where it is known.
            output: self.instance.output.is_some().then(|| Fact::displays(self.output_displays())),
        })
    }

    /// For a convolution whose division leaves a remainder: the output padding that brings the size back.
    pub(super) fn returning_output_padding(&self) -> Option<String> {
        if self.transposed() {
            return None;
        }
        let remainder = |(axis, canonical): (&AxisSettings, &Axis)| {
            let padded = axis.input + axis.padding.begin + axis.padding.end;
            (padded - canonical.effective_kernel()) % axis.stride
        };
        let remainders: Vec<usize> =
            self.layer.settings().iter().zip(self.layer.geometry().axes()).map(remainder).collect();
        let leaves_any = remainders.iter().any(|&remainder| remainder > 0);
        leaves_any.then(|| shared(remainders.into_iter()))
    }

    pub(super) fn entries(&self) -> Facts {
        let shown = self.extent.equations(&self.layer.output_shape(), self.output_taps.count());
        let inputs = self.output_taps.transposed();
        let unread = unreached(&inputs);
        // Few are told by name; among many inputs, looking for them takes long.
        let is_told = (1..=TOLD_BY_NAME).contains(&unread) && inputs.rows() <= SEARCHED;
        let searched = if is_told { inputs.rows() } else { 0 };
        let told = (0..searched).filter(|&input| inputs.row_length(input) == 0);
        self.facts().and(facts! {
            /// One equation for each entry that is shown: its sum, and with numbers their sum and the value.
            equations: Math::listed(&shown, |flat| (self.notation.output(flat), self.entry(flat))),
            /// How many entries are reached by no input.
            unreached: unreached(&self.output_taps),
            /// How many entries of the input reach no output; and which, where these are few.
            unread: unread,
            unread_inputs: Fact::list(told.map(|input| self.notation.input(input))),
        })
    }

    /// The right side of one entry's equation: its sum, and with numbers their sum and the value.
    pub(super) fn entry(&self, flat: usize) -> Math {
        let value = self.instance.output.is_some().then(|| self.output(flat, Written::Numbers));
        self.evaluated(|written| self.sum(flat, written), value)
    }
}
