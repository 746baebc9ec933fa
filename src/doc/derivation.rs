//! The derivation of one layer: from the symbols to the proof.

mod blocks;
mod conv_form;
mod sizes;
mod tensors;

use super::math::row;
use super::{Document, Grid, Inline, Math, Name, Notation, Part, Prose, Relation, Section, Shown, Step, prose};
use crate::geometry::{AxisSettings, Layer, Operation};
use crate::matrix::weight_matrix;
use crate::proof::{Grade, Proof};
use crate::roads::Road;
use crate::taps::{Factor, Link, Taps};
use crate::tensor::ravel;
use tensors::{flattened, side_by_side, tensor_displays};

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
    fn matrix(self, rows: usize, columns: usize) -> (Shown, Shown) {
        if self == Self::Full || (rows <= READABLE_ROWS && columns <= READABLE_COLUMNS) {
            return (Shown::all(rows), Shown::all(columns));
        }
        (if rows <= 16 { Shown::all(rows) } else { Shown::ends(rows, 12, 3) }, self.columns(columns))
    }

    /// The columns shown of a matrix (the entries of a vector it is multiplied with).
    fn columns(self, columns: usize) -> Shown {
        if self == Self::Full || columns <= 18 { Shown::all(columns) } else { Shown::ends(columns, 13, 3) }
    }

    /// The slices shown of a tensor.
    fn slices(self, total: usize) -> Shown {
        if self == Self::Full || total <= 12 { Shown::all(total) } else { Shown::ends(total, 3, 1) }
    }

    /// The equations shown of a list of one for each entry of a tensor: the first, some in the middle, the last.
    fn equations(self, shape: &[usize], products: usize) -> Shown {
        let total = shape.iter().product();
        if self == Self::Full || (total <= READABLE_EQUATIONS && products <= READABLE_PRODUCTS) || total <= 12 {
            return Shown::all(total);
        }
        let middle: Vec<usize> = shape.iter().map(|extent| extent / 2).collect();
        let middle = ravel(shape, &middle);
        Shown::of_runs(total, [0..4, middle..middle + 6, total - 2..total])
    }
}

/// Matrices of at most so many rows and columns are shown whole.
const READABLE_ROWS: usize = 64;
const READABLE_COLUMNS: usize = 28;
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

/// Derives the layer's output: the given parts of everything there is to print about it, in order.
///
/// `proof` is what [`prove`](crate::proof::prove) returned for the same layer; nothing is derived unproved.
#[must_use]
pub fn derive(
    layer: &Layer,
    taps: &Taps,
    proof: &Proof,
    parts: &[Part],
    extent: Extent,
    lines: BlockLines,
) -> Document {
    let derivation = Derivation {
        layer,
        taps,
        // The rows of the output: what the product and the entries are read from.
        output_taps: match layer.operation() {
            Operation::Convolution => taps.clone(),
            Operation::Transposed => taps.transposed(),
        },
        notation: Notation::of(layer),
        extent,
        lines,
    };
    Document {
        title: derivation.title(),
        introduction: derivation.introduction(),
        sections: Part::ALL
            .into_iter()
            .filter(|part| parts.contains(part))
            .map(|part| match part {
                Part::Symbols => derivation.symbols(),
                Part::Sizes => sizes::section(&derivation),
                Part::Matrix => derivation.matrix(),
                Part::Transpose => derivation.transpose(),
                Part::Product => derivation.product(),
                Part::ConvForm => conv_form::section(&derivation),
                Part::Entries => derivation.entries(),
                Part::Proof => derivation.proof(proof),
            })
            .collect(),
    }
}

/// The layer and how it is written, shared by every section.
struct Derivation<'a> {
    layer: &'a Layer,
    taps: &'a Taps,
    output_taps: Taps,
    notation: Notation,
    extent: Extent,
    lines: BlockLines,
}

/// `3 x 3`, as text.
fn by(sizes: impl IntoIterator<Item = usize>) -> String {
    sizes.into_iter().map(|size| size.to_string()).collect::<Vec<_>>().join(" × ")
}

/// One number if all axes share it, else all of them.
fn shared<T: PartialEq + ToString>(values: impl Iterator<Item = T>) -> String {
    let values: Vec<T> = values.collect();
    if values.iter().all(|value| *value == values[0]) {
        values[0].to_string()
    } else {
        format!("({})", values.iter().map(T::to_string).collect::<Vec<_>>().join(", "))
    }
}

/// What the axes of a layer are called, outermost first.
fn axis_names(dimensions: usize) -> &'static [&'static str] {
    match dimensions {
        1 => &["length"],
        2 => &["height", "width"],
        _ => &["depth", "height", "width"],
    }
}

/// `count things`, with the singular where it belongs.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

impl Derivation<'_> {
    fn transposed(&self) -> bool {
        self.layer.operation() == Operation::Transposed
    }

    fn title(&self) -> String {
        let sizes = |size: fn(&AxisSettings) -> usize| by(self.layer.settings().iter().map(size));
        let operation = if self.transposed() { "Transposed convolution" } else { "Convolution" };
        format!("{operation}: kernel {}, input {}", sizes(|axis| axis.kernel), sizes(|axis| axis.input))
    }

    fn introduction(&self) -> Vec<Prose> {
        let axes = self.layer.settings();
        let mut parameters = prose![
            "Stride ",
            shared(axes.iter().map(|axis| axis.stride)),
            ", padding ",
            shared(axes.iter().map(|axis| axis.padding)),
            ", dilation ",
            shared(axes.iter().map(|axis| axis.dilation)),
        ];
        if self.transposed() {
            parameters.extend(prose![", output padding ", shared(axes.iter().map(|axis| axis.output_padding))]);
        }
        let (input, output) = (self.layer.input_shape()[0], self.layer.output_shape()[0]);
        if self.notation.has_channels() {
            let groups = self.layer.geometry().channels().groups();
            parameters.push(
                format!(
                    "; {}, {}, {}",
                    counted(input, "input channel", "input channels"),
                    counted(output, "output channel", "output channels"),
                    counted(groups, "group", "groups")
                )
                .into(),
            );
        }
        parameters.push(
            ". The operation is cross-correlation, as in every machine-learning framework: the kernel slides over the \
             input as it is (mathematicians flip it first). Indices count from 0, and tensors are flattened row by \
             row, the last index fastest."
                .into(),
        );
        vec![parameters]
    }

    fn section(&self, part: Part, title: &str, steps: Vec<Step>) -> Section {
        Section { part, title: title.into(), steps }
    }

    fn symbols(&self) -> Section {
        let mut displays =
            tensor_displays(self, Name::Var('X'), &self.layer.input_shape(), 1, |flat| self.notation.input(flat));
        displays.extend(tensor_displays(self, Name::Var('W'), &self.layer.weight_shape(), 2, |flat| {
            self.notation.weight(flat)
        }));
        let claim = prose!["The input ", Name::Var('X'), " and the kernel ", Name::Var('W'), ":"];
        let mut steps = vec![Step { claim, displays: side_by_side(displays), reason: None }];
        if self.notation.has_channels() {
            let layout = if self.transposed() {
                "the input channel and the output channel within its group"
            } else {
                "the output channel and the input channel within its group"
            };
            steps.push(Step::text(prose![
                "Channels are written above, in parentheses. Those of a weight are the first two indices of the \
                 weight tensor in PyTorch's layout: ",
                layout,
                "."
            ]));
        }
        self.section(Part::Symbols, "Input and kernel", steps)
    }

    fn matrix(&self) -> Section {
        let (rows, columns) = (self.taps.rows(), self.taps.columns());
        let mut claim = if self.transposed() {
            prose!["The convolution that reads what this layer writes is a "]
        } else {
            prose!["The convolution is a "]
        };
        claim.extend(prose![
            by([rows, columns]),
            " matrix ",
            Name::Tilde('W'),
            ": one row for each of its outputs, one column for each of its inputs; a weight stands where its kernel \
             cell meets the input when the kernel lies at that output."
        ]);
        if !self.layer.is_adjoint_of_its_convolution() {
            claim.push(" (Only the outputs this layer reads: see the caution about the output padding.)".into());
        }
        let mut steps = vec![self.shown_matrix(claim, Name::Tilde('W'), self.taps)];
        steps.push(Step::text(prose![format!(
            "{} of the {} entries are not structurally zero: one for each pair of an output and a kernel cell that \
             meet inside the input.",
            self.taps.count(),
            rows as u128 * columns as u128
        )]));
        if self.is_elided(self.taps) {
            steps.extend(blocks::steps(self, self.taps, Name::Tilde('W')));
        }
        self.section(Part::Matrix, "The convolution matrix", steps)
    }

    fn transpose(&self) -> Section {
        let transposed = self.taps.transposed();
        let claim = prose![
            "Rows and columns exchanged, a ",
            by([transposed.rows(), transposed.columns()]),
            if self.transposed() {
                " matrix. It is what the transposed convolution multiplies with."
            } else {
                " matrix. It carries gradients back through the convolution, and is the matrix of its transposed \
                 convolution."
            }
        ];
        let mut steps = vec![self.shown_matrix(claim, Name::TildeTransposed('W'), &transposed)];
        if self.is_elided(&transposed) {
            steps.extend(blocks::steps(self, &transposed, Name::TildeTransposed('W')));
        }
        steps.push(Step::text(prose![
            "It is the adjoint of the convolution, not its inverse: shapes return, values in general do not."
        ]));
        self.section(Part::Transpose, "Its transpose", steps)
    }

    /// A step that shows the matrix as far as its visible part says something.
    fn shown_matrix(&self, claim: Prose, name: Name, taps: &Taps) -> Step {
        let displays = match self.weight_grid(taps) {
            Some(grid) => vec![row![name, Relation::Equals, grid]],
            None => Vec::new(),
        };
        Step { claim, displays, reason: None }
    }

    fn product(&self) -> Section {
        let matrix = if self.transposed() { Name::TildeTransposed('W') } else { Name::Tilde('W') };
        let mut equation =
            vec![Name::Tilde('y').into(), Relation::Equals.into(), matrix.into(), Name::Tilde('x').into()];
        if let Some(grid) = self.weight_grid(&self.output_taps) {
            let (_, columns) = self.extent.matrix(self.output_taps.rows(), self.output_taps.columns());
            equation.extend([
                Relation::Equals.into(),
                grid,
                flattened(columns, |flat| self.notation.input(flat)).into(),
            ]);
        }
        let output = self.layer.output_shape();
        let claim = prose![
            "With ",
            Name::Tilde('x'),
            " the input flattened into a column, the output is ",
            Name::Var('Y'),
            ", of size ",
            by(output[1..].iter().copied()),
            if output[0] > 1 { format!(" with {} channels", output[0]) } else { String::new() },
            ", whose flattened form is"
        ];
        let title = if self.transposed() { "Transposed convolution as a product" } else { "Convolution as a product" };
        self.section(Part::Product, title, vec![Step::shown(claim, Math::Row(equation))])
    }

    fn entries(&self) -> Section {
        let shown = self.extent.equations(&self.layer.output_shape(), self.output_taps.count());
        let equations = shown.iter().map(|place| match place {
            Some(flat) => (self.notation.output(flat), row![Relation::Equals, self.sum(&self.output_taps.row(flat))]),
            None => (Math::Dots, Math::Row(Vec::new())),
        });
        let claim = prose![
            "Each entry of ",
            Name::Var('Y'),
            " is its row of the matrix times ",
            Name::Tilde('x'),
            ": the sum over all pairs of a kernel cell and an input that meet there."
        ];
        let mut steps = vec![Step::shown(claim, Math::Aligned(equations.collect()))];
        let reached = |factor: &Factor| (0..factor.rows()).filter(|&row| !factor.row(row).is_empty()).count();
        let empty = self.output_taps.rows() - self.output_taps.factors().iter().map(reached).product::<usize>();
        if empty > 0 {
            steps.push(Step::text(prose![format!(
                "{} no input reaches: {} 0 whatever the weights are.",
                counted(empty, "entry of the output", "entries of the output"),
                if empty == 1 { "it is" } else { "they are" }
            )]));
        }
        self.section(Part::Entries, "Every entry of the output", steps)
    }

    /// The terms of one entry of the output, in the order of its row of the matrix.
    fn sum(&self, links: &[Link]) -> Math {
        let term =
            |link: &Link| row![self.notation.weight(link.weight as usize), self.notation.input(link.column as usize)];
        Math::Sum(links.iter().map(term).collect())
    }

    fn proof(&self, proof: &Proof) -> Section {
        let operation = self.layer.operation();
        let mut steps = vec![Step::text(if self.transposed() {
            prose![
                "Proved before this page was printed: ",
                row![
                    Name::TildeTransposed('W'),
                    Name::Tilde('x'),
                    Relation::Equals,
                    Name::Primed('X'),
                    Relation::Star,
                    Name::Primed('W')
                ],
                " up to reshaping, and both are the transposed convolution by its definition, the sum of the kernel's \
                 copies scaled by the inputs."
            ]
        } else {
            prose![
                "Proved before this page was printed: ",
                row![Name::Tilde('W'), Name::Tilde('x')],
                " is, up to reshaping, the convolution by its definition."
            ]
        })];
        for grade in &proof.grades {
            steps.push(Step::text(match grade {
                Grade::TapsIdentity => self.taps_identity(),
                Grade::SymbolicIdentity => prose![
                    Inline::Emphasis("Symbolic identity.".into()),
                    format!(
                        " The output was computed in three ways ({}) with the symbols in place of numbers. {}",
                        Road::ALL.map(|road| road.name(operation)).join("; "),
                        if proof.outputs == 1 {
                            "Its only entry came out as the same polynomial each time: the sum above.".to_owned()
                        } else {
                            format!(
                                "Each of its {} entries came out as the same polynomial each time; together they are \
                                 the sums above, of {} in all.",
                                proof.outputs,
                                counted(proof.taps as usize, "product", "products")
                            )
                        }
                    ),
                ],
                Grade::ExactSample => prose![
                    Inline::Emphasis("Exact sample.".into()),
                    format!(
                        " The layer has {} products, too many to write out as polynomials, so the output was computed in \
                         three ways ({}) from one instance of integers (seed 0); all {} agree exactly. That is \
                         evidence about the programs; the proof is the taps identity.",
                        proof.taps,
                        Road::ALL.map(|road| road.name(operation)).join("; "),
                        counted(proof.outputs, "entry", "entries")
                    ),
                ],
            }));
        }
        self.section(Part::Proof, "What has been proved", steps)
    }

    fn taps_identity(&self) -> Prose {
        let mut identity = prose![
            Inline::Emphasis("Taps identity.".into()),
            " On every axis, input ",
            'i'.into_math(),
            ", kernel cell ",
            't'.into_math(),
            " and output ",
            'j'.into_math(),
        ];
        if self.transposed() {
            identity.extend(prose![
                " meet in the transposed convolution exactly when output ",
                'j'.into_math(),
                ", kernel cell ",
                row!['k', Relation::Minus, 1_usize, Relation::Minus, 't'],
                " of the flipped kernel and cell ",
                row!['s', 'i'],
                " of the zero-inserted input meet in the stride-1 convolution. The two sets of triples were compared, \
                 axis by axis and for the channels, and are equal; so the equality holds for this layer with all weights and all inputs, \
                 over every commutative ring."
            ]);
        } else {
            identity = prose![
                Inline::Emphasis("Taps identity.".into()),
                " On every axis, output ",
                'i'.into_math(),
                ", kernel cell ",
                't'.into_math(),
                " and input ",
                'j'.into_math(),
                " meet exactly when output ",
                row!['s', 'i'],
                ", kernel cell ",
                row!['d', 't'],
                " and input ",
                'j'.into_math(),
                " meet in the stride-1 convolution with the zero-filled kernel. The two sets of triples were \
                 compared, axis by axis, and are equal; so the equality holds for this layer with all weights and all \
                 inputs, over every commutative ring."
            ];
        }
        identity
    }

    /// W~ or W~^T, with the block lines: complete, or its first and last rows and columns.
    /// Nothing when the visible corner of an elided matrix has only zeros and the block form shows more.
    fn weight_grid(&self, taps: &Taps) -> Option<Math> {
        let (rows, columns) = self.extent.matrix(taps.rows(), taps.columns());
        let is_elided = !(rows.is_all() && columns.is_all());
        // A large complete matrix stays sparse; what is small or elided is written cell by cell.
        let is_large = taps.rows() as u128 * taps.columns() as u128 > 4096;
        let grid = if !is_elided && is_large {
            Grid::of_weights(weight_matrix(taps), self.notation.weights())
        } else {
            self.grid_of_shown(taps, rows, columns)
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

    fn grid_of_shown(&self, taps: &Taps, rows: Shown, columns: Shown) -> Grid {
        let mut links = (usize::MAX, Vec::new());
        Grid::from_fn(rows, columns, |row, column| {
            if links.0 != row {
                links = (row, taps.row(row));
            }
            match links.1.binary_search_by_key(&(column as u32), |link| link.column) {
                Ok(place) => self.notation.weight(links.1[place].weight as usize),
                Err(_) => Math::Zero,
            }
        })
    }

    fn is_elided(&self, taps: &Taps) -> bool {
        let (rows, columns) = self.extent.matrix(taps.rows(), taps.columns());
        !(rows.is_all() && columns.is_all())
    }
}

/// A letter as a formula.
trait IntoMath {
    fn into_math(self) -> Math;
}

impl IntoMath for char {
    fn into_math(self) -> Math {
        self.into()
    }
}
