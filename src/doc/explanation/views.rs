//! The four views of one entry of the output.

use super::{Meeting, meetings, place, product};
use crate::doc::math::row;
use crate::doc::subject::{Subject, Written, axis_names};
use crate::doc::tensors::Layout;
use crate::doc::{Grid, Inline, Math, Name, Relation, Shown, Step, prose};
use crate::formula::Letter;
use crate::geometry::{Axis, Bias};
use crate::laws::{Law, values};
use crate::roads::rewriting;
use crate::roads::rewritten::{Source, StrideOne};
use crate::tensor::{ravel, unravel};
use crate::wording::counted;
use Relation::{Equals, Plus, Times};

/// At most so many inputs are spoken of one by one.
const SPOKEN_OF: usize = 16;
/// Windows of at most so many cells are written out product by product.
const PRODUCTS: usize = 81;

/// The entry's row of the matrix, and the input below it.
pub(super) fn matrix_row(subject: &Subject<'_>, flat: usize) -> Vec<Step> {
    let links = subject.output_taps.row(flat);
    let total = subject.output_taps.columns();
    let shown = if total <= 28 {
        Shown::all(total)
    } else {
        let around = links.iter().take(SPOKEN_OF).map(|link| link.column as usize..link.column as usize + 1);
        Shown::of_runs(total, std::iter::once(0..1).chain(around))
    };
    let matrix = if subject.transposed() { Name::TildeTransposed('W') } else { Name::Tilde('W') };
    let grid = |written: Written| {
        let entry = |row: usize, column: usize| match row {
            0 => match links.binary_search_by_key(&(column as u32), |link| link.column) {
                Ok(at) => subject.weight(links[at].weight as usize, written),
                Err(_) => Math::Zero,
            },
            _ => subject.input(column, written),
        };
        Grid::from_fn(Shown::all(2), shown.clone(), entry).with_lines(vec![1], Vec::new())
    };
    let claim = prose![
        format!("Flattened, the entry has the number {flat}. Below stand row {flat} of "),
        matrix,
        ", the layer's matrix, and under it ",
        Name::Tilde('x'),
        ", the flattened input: where a weight stands, it meets the input under it."
    ];
    let mut steps = vec![Step::shown(claim, grid(Written::Symbols))];
    if subject.instance.weight.is_some() || subject.instance.input.is_some() {
        steps.push(Step::shown(prose!["With the numbers:"], grid(Written::Numbers)));
    }
    steps
}

/// Every input that reaches the entry, and with which cell of its copy of the kernel.
pub(super) fn distribution(subject: &Subject<'_>, at: &[usize]) -> Vec<Step> {
    let output = place(&at[1..]);
    let meetings = meetings(subject, ravel(&subject.layer.output_shape(), at));
    let mut steps = vec![Step::text(if subject.transposed() {
        prose![
            "Every input lays a copy of the kernel, scaled by itself, into the output: input $i$ from position ",
            subject.law(Law::Window),
            " on, its cells $d$ apart. The copies overlap and are summed."
        ]
    } else {
        prose!["Every input sends itself, times a kernel cell, to each output whose window covers it."]
    })];
    if meetings.is_empty() {
        steps.push(Step::text(prose!["No copy has a cell at ", output, "."]));
    }
    for meeting in meetings.iter().take(SPOKEN_OF) {
        steps.push(Step::text(spoken(subject, meeting, at)));
    }
    if meetings.len() > SPOKEN_OF {
        steps
            .push(Step::text(prose![format!("And so on, for {} in all.", counted(meetings.len(), "input", "inputs"))]));
    }
    steps
}

fn spoken(subject: &Subject<'_>, meeting: &Meeting, at: &[usize]) -> Vec<Inline> {
    let axes = subject.layer.geometry().axes();
    let input = subject.notation.input(meeting.input);
    let kernel_cell = place(&meeting.kernel_index);
    let contribution = product(subject, meeting.weight, meeting.input);
    // Where the kernel's first cell lies, in the coordinates of the big side.
    let (start, end): (Vec<i64>, Vec<i64>) = axes
        .iter()
        .enumerate()
        .map(|(axis, canonical)| {
            let small = if subject.transposed() { meeting.input_index[axis + 1] } else { at[axis + 1] };
            (canonical.position(small, 0), canonical.position(small, canonical.kernel() - 1))
        })
        .unzip();
    if subject.transposed() {
        prose![
            "The copy of ",
            input,
            " reaches from ",
            Math::Tuple(start),
            " to ",
            Math::Tuple(end),
            "; its kernel cell ",
            kernel_cell,
            " lies at ",
            place(&at[1..]),
            ": ",
            contribution,
            "."
        ]
    } else {
        prose![
            "The window reaches from ",
            Math::Tuple(start),
            " to ",
            Math::Tuple(end),
            " and covers ",
            input,
            " with kernel cell ",
            kernel_cell,
            ": ",
            contribution,
            "."
        ]
    }
}

/// The window of `X'` at the entry, against `W'`, product by product; zeros struck out.
pub(super) fn collection(subject: &Subject<'_>, at: &[usize]) -> Vec<Step> {
    let weight = subject.layer.weight_shape();
    let begins = |padding: &[(i64, i64)]| padding.iter().map(|&(begin, _)| begin).collect();
    let collected = match rewriting(subject.layer) {
        StrideOne::ZeroInsertion(rewriting) => {
            let frame =
                Frame { first: at[1..].to_vec(), begins: begins(&rewriting.padding), steps: rewriting.strides.clone() };
            let shape = rewriting.kernel_shape(&weight);
            Collected::new(subject, at[0], frame, &shape, |flat| rewriting.kernel_source(&weight, flat))
        }
        StrideOne::Thinned(rewriting) => {
            let frame = Frame {
                first: at[1..].iter().zip(&rewriting.strides).map(|(i, s)| i * s).collect(),
                begins: begins(&rewriting.padding),
                steps: vec![1; rewriting.strides.len()],
            };
            Collected::new(subject, at[0], frame, &weight, |flat| flat)
        }
    };
    collected.steps(subject, at)
}

/// Where a window lies in `X'`, and how `X'` is made: on each axis the window's first cell, the zeros before the inputs,
/// and the distance between inputs.
struct Frame {
    first: Vec<usize>,
    begins: Vec<i64>,
    steps: Vec<usize>,
}

/// The cells of the window, in the order of the kernel's cells: `[in / groups, k...]`.
struct Collected {
    shape: Vec<usize>,
    /// The weight that meets each cell.
    weights: Vec<usize>,
    /// What lies in each cell of the window.
    cells: Vec<Cell>,
    first: Vec<usize>,
    dilations: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Input(usize),
    Inserted,
    Padding,
}

impl Collected {
    /// `kernel_shape` is that of `W'`, `weight` tells which weight stands at a flat index of it.
    fn new(
        subject: &Subject<'_>,
        channel: usize,
        frame: Frame,
        kernel_shape: &[usize],
        weight: impl Fn(usize) -> usize,
    ) -> Self {
        let Frame { first: window, begins, steps } = frame;
        let dilations: Vec<usize> = subject.layer.geometry().axes().iter().map(Axis::dilation).collect();
        let input = subject.layer.input_shape();
        let shape = kernel_shape[1..].to_vec();
        let in_group = shape[0];
        let out_in_group = kernel_shape[0] / subject.layer.geometry().channels().groups();
        let first_channel = channel / out_in_group * in_group;
        let size: usize = shape.iter().product();
        let cell = |offset: usize| {
            let index = unravel(&shape, offset);
            let along = |axis: usize| {
                let position = window[axis] + dilations[axis] * index[axis + 1];
                Source::of(position, begins[axis], steps[axis], input[axis + 1])
            };
            // What lies beside the input on one axis is padding, whatever it is on the others.
            let sources: Vec<Source> = (0..window.len()).map(along).collect();
            if sources.contains(&Source::Padding) {
                return Cell::Padding;
            }
            let mut source = vec![first_channel + index[0]];
            for along in sources {
                match along {
                    Source::Input(place) => source.push(place),
                    Source::Inserted | Source::Padding => return Cell::Inserted,
                }
            }
            Cell::Input(ravel(&input, &source))
        };
        Self {
            weights: (channel * size..(channel + 1) * size).map(weight).collect(),
            cells: (0..size).map(cell).collect(),
            first: window,
            dilations,
            shape,
        }
    }

    fn count(&self, kind: fn(&Cell) -> bool) -> usize {
        self.cells.iter().filter(|cell| kind(cell)).count()
    }

    fn steps(&self, subject: &Subject<'_>, at: &[usize]) -> Vec<Step> {
        let spacing = if self.dilations.iter().any(|&dilation| dilation > 1) {
            format!(", its cells {} apart", crate::doc::subject::shared(self.dilations.iter().copied()))
        } else {
            String::new()
        };
        let definition = if subject.transposed() {
            " is the input with zeros inserted between neighbours (where the stride passes 1) and put around or cut off, "
        } else {
            " is the input with zeros put around. "
        };
        let mut claim = prose![Name::Primed('X'), definition];
        if subject.transposed() {
            claim.extend(prose![Name::Primed('W'), " the flipped kernel. "]);
        }
        claim.extend(prose![
            "Output ",
            place(&at[usize::from(subject.layer.output_shape()[0] == 1)..]),
            " looks at ",
            Name::Primed('X'),
            " from cell ",
            place(&self.first),
            format!(" on{spacing}, through "),
            if subject.transposed() { Name::Primed('W') } else { Name::Var('W') },
            ":"
        ]);
        let letter = if subject.transposed() { Name::Primed('W') } else { Name::Var('W') };
        let window = |prefix: &[usize]| {
            Layout::plain(&self.shape, 1).slice(subject, prefix, |index| match self.cells[ravel(&self.shape, index)] {
                Cell::Input(input) => subject.notation.input(input),
                Cell::Inserted | Cell::Padding => Math::Zero,
            })
        };
        let kernel = |prefix: &[usize]| {
            Layout::plain(&self.shape, 1)
                .slice(subject, prefix, |index| subject.notation.weight(self.weights[ravel(&self.shape, index)]))
        };
        let outer = &self.shape[..self.shape.len() - (self.shape.len() - 1).min(2)];
        let slices: usize = outer.iter().product();
        let shown = subject.extent.slices(slices);
        let displays = shown.iter().map(|slice| match slice {
            Some(slice) => {
                let prefix = unravel(outer, slice);
                let (window, kernel) = (window(&prefix), kernel(&prefix));
                let mut pieces = Vec::new();
                if slices > 1 {
                    let what = match prefix.len() {
                        1 => "input channel ",
                        _ if self.shape[0] == 1 => "slice ",
                        _ => "input channel and slice ",
                    };
                    let prefix = if self.shape[0] == 1 { prefix[1..].to_vec() } else { prefix };
                    pieces.extend([Math::Words(what.into()), place(&prefix), Math::Words(": ".into())]);
                }
                pieces.extend([
                    Math::Words("window of ".into()),
                    Name::Primed('X').into(),
                    Equals.into(),
                    window.into(),
                    Math::Space,
                    letter.into(),
                    Equals.into(),
                    kernel.into(),
                ]);
                Math::Row(pieces)
            }
            None => Math::Dots,
        });
        let mut steps = vec![Step::displayed(claim, displays.collect())];
        steps.push(self.sum(subject, at));
        steps
    }

    /// The sum over the window, zeros struck out.
    fn sum(&self, subject: &Subject<'_>, at: &[usize]) -> Step {
        let (inputs, inserted, padding) = (
            self.count(|cell| matches!(cell, Cell::Input(_))),
            self.count(|cell| *cell == Cell::Inserted),
            self.count(|cell| *cell == Cell::Padding),
        );
        let kinds = [(inputs, "an input"), (inserted, "an inserted zero"), (padding, "a padding zero")];
        let counts: Vec<String> = kinds
            .iter()
            .filter(|(count, _)| *count > 0)
            .enumerate()
            .map(|(place, (count, kind))| match (place, count) {
                (0, 1) => format!("1 has {kind} as a factor"),
                (0, _) => format!("{count} have {kind} as a factor"),
                _ => format!("{count} {kind}"),
            })
            .collect();
        let rest = if inserted + padding == 0 { ":" } else { ". Struck out are the products with zeros:" };
        let claim = prose![format!("Of the {} products, {}{rest}", self.cells.len(), counts.join(", "))];
        let flat = ravel(&subject.layer.output_shape(), at);
        let written_out = self.cells.len() <= PRODUCTS;
        let term = |(cell, &weight): (&Cell, &usize)| match cell {
            Cell::Input(input) => Some(row![subject.notation.weight(weight), subject.notation.input(*input)]),
            _ if written_out => {
                Some(Math::Dropped(Box::new(row![subject.notation.weight(weight), Times, Math::from(0_usize)])))
            }
            _ => None,
        };
        let sum = Math::Sum(self.cells.iter().zip(&self.weights).filter_map(term).collect());
        let mut right = vec![Equals.into(), sum];
        if subject.bias == Bias::Present {
            right.extend([Plus.into(), subject.bias_entry(at[0], Written::Symbols)]);
        }
        if subject.instance.output.is_some() && inputs > 0 {
            right.extend([Equals.into(), subject.sum(flat, Written::Numbers), subject.equals_value()]);
            right.push(subject.output(flat, Written::Numbers));
        }
        let line = vec![(subject.notation.output(flat), Math::Row(right))];
        if written_out {
            Step::shown(claim, Math::Aligned(line))
        } else {
            let counts = counts.join(", ");
            Step::shown(prose![format!("Of the {} products, {counts}:", self.cells.len())], Math::Aligned(line))
        }
    }
}

/// On each axis, for every kernel cell, the input it would have to meet.
pub(super) fn index_arithmetic(subject: &Subject<'_>, at: &[usize]) -> Vec<Step> {
    let axes = subject.layer.geometry().axes();
    let (claim, formula) = if subject.transposed() {
        let claim = prose![
            "Input $i$ and kernel cell $t$ meet in output ",
            subject.meeting(),
            ". So each kernel cell asks for the input"
        ];
        (claim, row!['i', Equals, subject.law(Law::Asked)])
    } else {
        (prose!["Output $i$ reads with kernel cell $t$ the input"], subject.meeting())
    };
    let mut steps = vec![Step::shown(claim, formula)];
    for (axis, canonical) in axes.iter().enumerate() {
        let name = axis_names(axes.len())[axis];
        let output = at[axis + 1];
        let shown = if canonical.kernel() <= SPOKEN_OF {
            Shown::all(canonical.kernel())
        } else {
            Shown::ends(canonical.kernel(), 12, 2)
        };
        let lines = shown.iter().map(|ker| match ker {
            Some(ker) if subject.transposed() => transposed_line(canonical, output, ker),
            Some(ker) => convolution_line(canonical, output, ker),
            None => (Math::Dots, Math::Row(Vec::new())),
        });
        let claim = if axes.len() == 1 {
            prose![format!("For output {output}:")]
        } else {
            prose![format!("Along the {name}, for output {output}:")]
        };
        steps.push(Step::shown(claim, Math::Aligned(lines.collect())));
    }
    if axes.len() > 1 {
        steps.push(Step::text(prose![
            "An input and a kernel cell meet in this entry when they do so along every axis."
        ]));
    }
    steps
}

/// The numbers of an axis, of a kernel cell, and of an output, which is called `i` or `j`.
fn met(axis: &Axis, (letter, output): (char, usize), ker: usize) -> impl Fn(Letter) -> Option<i128> {
    values([
        ('s', axis.stride() as i128),
        ('d', axis.dilation() as i128),
        ('p', i128::from(axis.crop_begin())),
        ('t', ker as i128),
        (letter, output as i128),
    ])
}

fn transposed_line(axis: &Axis, output: usize, ker: usize) -> (Math, Math) {
    // All below `Layer::SIZE_LIMIT`: the sum of the first two fits, and then no difference is far from it.
    let target = output as i64 + axis.crop_begin() - (axis.dilation() * ker) as i64;
    let stride = axis.stride() as i64;
    let asked = Law::Asked.formula().with(&met(axis, ('j', output), ker));
    let quotient = Math::from(if stride == 1 { asked.dividend() } else { &asked });
    let mut right = vec![Math::Words(": ".into()), 'i'.into(), Equals.into(), quotient];
    let whole = target % stride == 0;
    let value = if whole {
        (target / stride).into()
    } else {
        Math::Quotient(Box::new(target.into()), Box::new(axis.stride().into()))
    };
    right.extend([Equals.into(), value]);
    let last = axis.small() as i64 - 1;
    let verdict = if target < 0 || target > stride * last {
        format!(", outside 0 to {last}: padding")
    } else if whole {
        ", an input".to_owned()
    } else {
        ", between two inputs: an inserted zero".to_owned()
    };
    right.push(Math::Words(verdict));
    (row!['t', Equals, ker], Math::Row(right))
}

fn convolution_line(axis: &Axis, output: usize, ker: usize) -> (Math, Math) {
    let position = axis.position(output, ker);
    let arithmetic = Law::Meeting.formula().with(&met(axis, ('i', output), ker));
    let verdict = if axis.cell(output, ker).is_some() {
        ", an input".to_owned()
    } else {
        format!(", outside 0 to {}: padding", axis.big() - 1)
    };
    let right = row![Math::Words(": ".into()), 'j', Equals, arithmetic, Equals, position, Math::Words(verdict)];
    (row!['t', Equals, ker], right)
}
