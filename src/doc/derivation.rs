//! The derivation of one layer: from the symbols to the proof.

mod blocks;
mod conv_form;
mod evidence;
mod sizes;

pub use conv_form::steps as conv_form;
pub(super) use sizes::size_lines;
pub use sizes::steps as sizes;

use super::math::row;
use super::subject::{Subject, Written, and_with_numbers, by, shared, stated};
use super::tensors::{flattened, side_by_side, tensor_displays};
use super::{
    BlockLines, Document, DocumentKind, Extent, Grid, Index, Math, Name, NumbersShown, Prose, Relation, SectionKind,
    Shown, Step, UnknownSection, prose,
};
use crate::geometry::{Axis, AxisSettings, Bias};
use crate::instance::Instance;
use crate::laws::Ends;
use crate::proof::Proved;
use crate::taps::{Factor, Taps};
use crate::wording::counted;

/// The derivation of a layer's output: everything there is to print about it.
pub const DERIVATION: DocumentKind = DocumentKind {
    title: |subject, ()| subject.title(),
    sections: &[
        SectionKind::new("symbols", |_, ()| "Input and kernel", |subject, ()| subject.symbols())
            .of_volume(|outline| outline.operands())
            .showing(NumbersShown::Given)
            .without_products(),
        SectionKind::new("sizes", |_, ()| "Output size", |subject, ()| sizes(subject))
            .showing(NumbersShown::None)
            .without_products(),
        SectionKind::new("matrix", |_, ()| "The convolution matrix", |subject, ()| subject.matrix())
            .of_volume(|outline| outline.matrix())
            .showing(NumbersShown::Weight),
        SectionKind::new("transpose", |_, ()| "Its transpose", |subject, ()| subject.transpose())
            .of_volume(|outline| outline.matrix())
            .showing(NumbersShown::Weight),
        SectionKind::new(
            "product",
            |subject, ()| match subject.transposed() {
                true => "Transposed convolution as a product",
                false => "Convolution as a product",
            },
            |subject, ()| subject.product(),
        )
        .of_volume(|outline| outline.product()),
        SectionKind::new(
            "conv-form",
            |subject, ()| match subject.transposed() {
                true => "The same as a convolution",
                false => "The same with stride 1",
            },
            |subject, ()| conv_form(subject),
        )
        .of_volume(|outline| outline.conv_form())
        .showing(NumbersShown::None),
        ENTRIES,
        SectionKind::new("proof", |_, ()| "What has been proved", |subject, ()| evidence::steps(subject)),
    ],
};

/// Every entry of the output as a sum of products.
pub(super) const ENTRIES: SectionKind =
    SectionKind::new("entries", |_, ()| "Every entry of the output", |subject, ()| subject.entries())
        .of_volume(|outline| outline.entries());

impl Proved {
    /// The derivation of the layer in symbols, with the sections of these names; large matrices are elided.
    ///
    /// # Errors
    /// When there is no section of a name.
    pub fn derivation(&self, sections: &[&str]) -> Result<Document, UnknownSection> {
        let instance = Instance::symbolic();
        let subject = Subject::new(self, Bias::Absent, &instance, Extent::Readable, BlockLines::Drawn);
        Ok(DERIVATION.only(sections)?.document(&subject, &()))
    }
}

impl Subject<'_> {
    pub(super) fn title(&self) -> String {
        let sizes = |size: fn(&AxisSettings) -> usize| by(self.layer.settings().iter().map(size));
        let operation = if self.transposed() { "Transposed convolution" } else { "Convolution" };
        format!("{operation}: kernel {}, input {}", sizes(|axis| axis.kernel), sizes(|axis| axis.input))
    }

    /// The parameters, and the conventions, in a sentence each.
    pub(super) fn parameters(&self) -> Prose {
        let axes = self.layer.settings();
        let letter = if self.transposed() { 'm' } else { 'n' };
        let mut parameters = prose![
            "Input size {}, kernel size {}, stride {}, padding {}{}, dilation {}";
            stated(letter, axes.iter().map(|axis| axis.input)), stated('k', axes.iter().map(|axis| axis.kernel)),
            stated('s', axes.iter().map(|axis| axis.stride)), stated('p', axes.iter().map(|axis| axis.padding)),
            if self.ends() == Ends::Alike { "" } else { " (begin:end)" },
            stated('d', axes.iter().map(|axis| axis.dilation))
        ];
        if self.transposed() {
            let output_padding = stated('o', axes.iter().map(|axis| axis.output_padding));
            parameters.extend(prose![", output padding ", output_padding]);
        }
        let (input, output) = (self.layer.input_shape()[0], self.layer.output_shape()[0]);
        if self.notation.has_channels() {
            let groups = self.layer.geometry().channels().groups();
            parameters.extend(prose![
                "; {}, {}, {}";
                counted(input, "input channel", "input channels"),
                counted(output, "output channel", "output channels"), counted(groups, "group", "groups")
            ]);
        }
        parameters.push(
            ". Convolution means cross-correlation here, as in every machine-learning framework: the kernel slides over \
             the input as it is (mathematicians flip it first)."
                .into(),
        );
        if self.transposed() {
            parameters.push(" A transposed convolution is the transpose of such a convolution.".into());
        }
        parameters.push(" Indices count from 0, and tensors are flattened row by row, the last index fastest.".into());
        parameters
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
        tensor_displays(self, Name::Var('Y'), &self.layer.output_shape(), 1, |flat| self.output(flat, Written::Numbers))
    }

    fn symbols(&self) -> Vec<Step> {
        let claim = prose!["The input $X$ and the kernel $W$:"];
        let mut steps = vec![Step::displayed(claim, self.operands(Written::Symbols))];
        if self.bias == Bias::Present {
            steps.push(Step::text(if self.layer.output_shape()[0] == 1 {
                prose!["A bias $b$ is added to every entry of the output."]
            } else {
                let of_channel = self.notation.named(Name::Var('b'), Vec::new(), vec![Index::Letter('c')]);
                prose!["A bias ", of_channel, " is added to every entry of output channel $c$."]
            }));
        }
        if !self.instance.is_symbolic() {
            let claim = prose!["With the numbers that were given", self.rounding_note(), ":"];
            let has_tensors = self.instance.input.is_some() || self.instance.weight.is_some();
            let mut displays = if has_tensors { self.operands(Written::Numbers) } else { Vec::new() };
            if self.instance.bias.is_some() {
                let channels = self.extent.columns(self.layer.output_shape()[0]);
                let value = match channels.total() {
                    1 => self.bias_entry(0, Written::Numbers),
                    _ => {
                        Grid::from_fn(Shown::all(1), channels, |_, channel| self.bias_entry(channel, Written::Numbers))
                            .into()
                    }
                };
                displays.push(row![Name::Var('b'), Relation::Equals, value]);
            }
            steps.push(Step::displayed(claim, displays));
        }
        if self.notation.has_channels() {
            let layout = if self.transposed() {
                "the input channel and the output channel within its group"
            } else {
                "the output channel and the input channel within its group"
            };
            steps.push(Step::text(prose![
                "Channels are written above, in parentheses. Those of a weight are the first two indices of the \
                 weight tensor in PyTorch's layout: {}.";
                layout
            ]));
        }
        steps
    }

    fn matrix(&self) -> Vec<Step> {
        let (rows, columns) = (self.taps.rows(), self.taps.columns());
        let mut claim = if self.transposed() {
            prose!["The convolution that reads what this layer writes is a matrix "]
        } else {
            prose!["The convolution is a matrix "]
        };
        claim.extend(prose![
            "$W~$ of size {}: one row for each of its outputs, one column for each of its inputs; a weight stands \
             where its kernel cell meets the input when the kernel lies at that output.";
            by([rows, columns])
        ]);
        if !self.layer.is_adjoint_of_its_convolution() {
            claim.push(" (Of its outputs only those this layer reads: the output padding reaches the stride.)".into());
        }
        let mut steps = self.shown_matrix(claim, Name::Tilde('W'), self.taps);
        steps.push(Step::text(prose![format!(
            "{} of its {} can differ from zero.",
            self.taps.count(),
            counted(rows * columns, "entry", "entries")
        )]));
        if self.is_elided(self.taps) {
            steps.extend(blocks::steps(self, self.taps, Name::Tilde('W')));
        }
        steps
    }

    fn transpose(&self) -> Vec<Step> {
        let transposed = self.taps.transposed();
        let claim = prose![
            "Rows and columns exchanged, a matrix of size ",
            by([transposed.rows(), transposed.columns()]),
            if self.transposed() {
                ". It is what the transposed convolution multiplies with."
            } else {
                ". It carries gradients back through the convolution, and is the matrix of its transposed convolution"
            },
            if self.transposed() { String::new() } else { format!("{}.", self.returning_output_padding()) }
        ];
        let mut steps = self.shown_matrix(claim, Name::TildeTransposed('W'), &transposed);
        if self.is_elided(&transposed) {
            steps.extend(blocks::steps(self, &transposed, Name::TildeTransposed('W')));
        }
        steps.push(Step::text(if self.layer.is_adjoint_of_its_convolution() {
            prose![
                "It is the adjoint of the convolution. In general it is not an inverse: shapes return, values do not."
            ]
        } else {
            prose![
                "It is the adjoint of $W~$, which holds only the first outputs of the convolution. In general it is not \
                 an inverse: values do not return."
            ]
        }));
        steps
    }

    /// Shows the matrix as far as its visible part says something; then with the weights that were given.
    fn shown_matrix(&self, claim: Prose, name: Name, taps: &Taps) -> Vec<Step> {
        let displays = |written: Written| match self.weight_grid(taps, written) {
            Some(grid) => vec![row![name, Relation::Equals, grid]],
            None => Vec::new(),
        };
        let mut steps = and_with_numbers(claim, self.instance.weight.is_some(), displays);
        if steps[0].blocks.is_empty() {
            steps.truncate(1);
        }
        steps
    }

    fn product(&self) -> Vec<Step> {
        let matrix = if self.transposed() { Name::TildeTransposed('W') } else { Name::Tilde('W') };
        let equation = |written: Written| {
            let mut equation = vec![Name::Tilde('y').into(), Relation::Equals.into(), matrix.into()];
            equation.push(Name::Tilde('x').into());
            if let Some(grid) = self.weight_grid(&self.output_taps, written) {
                let (rows, columns) = self.extent.matrix(self.output_taps.rows(), self.output_taps.columns());
                let x = flattened(columns, |flat| self.input(flat, written));
                let has_bias = self.bias == Bias::Present;
                if has_bias {
                    equation.extend([Relation::Plus.into(), Name::Tilde('b').into()]);
                }
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
            vec![Math::Row(equation)]
        };
        let output = self.layer.output_shape();
        let mut claim = prose![
            "With $x~$ the input flattened into a column{}, the output is $Y$, of size {}";
            if self.bias == Bias::Present { " and the bias of its channel added to every entry" } else { "" },
            by(output[1..].iter().copied())
        ];
        if output[0] > 1 {
            claim.push(format!(" with {} channels", output[0]).into());
        }
        claim.push(", whose flattened form is".into());
        let mut steps = and_with_numbers(claim, !self.instance.is_symbolic(), equation);
        if self.instance.output.is_some() {
            steps.push(Step::displayed(prose!["In its own shape:"], self.output_displays()));
        }
        steps
    }

    /// For a convolution whose division leaves a remainder: the output padding that brings the size back.
    pub(super) fn returning_output_padding(&self) -> String {
        let remainder = |(axis, canonical): (&AxisSettings, &Axis)| {
            let padded = axis.input + axis.padding.begin + axis.padding.end;
            (padded - canonical.effective_kernel()) % axis.stride
        };
        let remainders: Vec<usize> =
            self.layer.settings().iter().zip(self.layer.geometry().axes()).map(remainder).collect();
        if remainders.iter().all(|&remainder| remainder == 0) {
            String::new()
        } else {
            format!(" with output padding {}, the remainder of the division", shared(remainders.into_iter()))
        }
    }

    /// Says that floats are not exact.
    fn rounding_note(&self) -> &'static str {
        if self.instance.is_float() { ", as double-precision floats, so that sums are rounded" } else { "" }
    }

    pub(super) fn entries(&self) -> Vec<Step> {
        let shown = self.extent.equations(&self.layer.output_shape(), self.output_taps.count());
        let claim = prose![
            "Each entry of $Y$ is its row of the matrix times $x~$: the sum over all pairs of a kernel cell and an input \
             that meet there",
            if self.bias == Bias::Present { ", and the bias." } else { "." }
        ];
        let mut steps =
            vec![Step::shown(claim, Math::listed(&shown, |flat| (self.notation.output(flat), self.entry(flat))))];
        let reached = |factor: &Factor| (0..factor.rows()).filter(|&row| !factor.row(row).is_empty()).count();
        let empty = self.output_taps.rows()
            - self.output_taps.factors().iter().map(|factor| reached(factor)).product::<usize>();
        if empty > 0 {
            steps.push(Step::text(prose![format!(
                "{} reached by no input and {} {} whatever the weights are.",
                counted(empty, "entry of the output is", "entries of the output are"),
                if empty == 1 { "is" } else { "are" },
                match (self.bias, self.layer.output_shape()[0]) {
                    (Bias::Absent, _) => "0",
                    (Bias::Present, 1) => "the bias",
                    (Bias::Present, _) => "the bias of the channel",
                }
            )]));
        }
        steps
    }

    /// The right side of one entry's equation: its sum, and with numbers their sum and the value.
    pub(super) fn entry(&self, flat: usize) -> Math {
        let value = self.instance.output.is_some().then(|| self.output(flat, Written::Numbers));
        self.evaluated(|written| self.sum(flat, written), value)
    }
}
