//! The four views of one entry of the output.

use super::{Meeting, meetings, place, product};
use crate::doc::math::row;
use crate::doc::subject::{Subject, Written, and_with_numbers, axis_names};
use crate::doc::tensors::Layout;
use crate::doc::{Grid, Inline, Math, Name, Relation, Shown, Step, prose};
use crate::formula::Letter;
use crate::geometry::{Axis, Bias};
use crate::laws::{Law, values};
use crate::places::{Cell, Window, Windows, reach, zero_inserted};
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
        "Flattened, the entry has the number {}. Below stand row {} of {}, the layer's matrix, and under it $x~$, the \
         flattened input: where a weight stands, it meets the input under it.";
        flat, flat, matrix
    ];
    let known = subject.instance.weight.is_some() || subject.instance.input.is_some();
    and_with_numbers(claim, known, |written| vec![grid(written).into()])
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
    let input = subject.notation.input(meeting.input);
    let kernel_cell = place(&meeting.kernel_index);
    let contribution = product(subject, meeting.weight, meeting.input);
    let small = if subject.transposed() { &meeting.input_index } else { at };
    let (start, end) = reach(subject.layer.geometry(), &small[1..]);
    if subject.transposed() {
        prose![
            "The copy of {} reaches from {} to {}; its kernel cell {} lies at {}: {}.";
            input, Math::Tuple(start), Math::Tuple(end), kernel_cell, place(&at[1..]), contribution
        ]
    } else {
        prose![
            "The window reaches from {} to {} and covers {} with kernel cell {}: {}.";
            Math::Tuple(start), Math::Tuple(end), input, kernel_cell, contribution
        ]
    }
}

/// The window of `X'` at the entry, against `W'`, product by product; zeros struck out.
pub(super) fn collection(subject: &Subject<'_>, at: &[usize]) -> Vec<Step> {
    let window = Windows::of(subject.layer).window(at);
    vec![window_step(subject, at, &window), window_sum(subject, at, &window)]
}

/// The window and the kernel over it.
fn window_step(subject: &Subject<'_>, at: &[usize], window: &Window) -> Step {
    let Window { first, shape, cells } = window;
    let dilations = || subject.layer.geometry().axes().iter().map(Axis::dilation);
    let spacing = if dilations().any(|dilation| dilation > 1) {
        format!(", its cells {} apart", crate::doc::subject::shared(dilations()))
    } else {
        String::new()
    };
    let definition = if subject.transposed() {
        " is the input with zeros inserted between neighbours (where the stride passes 1) and put around or cut off, "
    } else {
        " is the input with zeros put around. "
    };
    let letter = if subject.transposed() { Name::Primed('W') } else { Name::Var('W') };
    let mut claim = prose![Name::Primed('X'), definition];
    if subject.transposed() {
        claim.extend(prose![letter, " the flipped kernel. "]);
    }
    claim.extend(prose![
        "Output {} looks at $X'$ from cell {} on{}, through {}:";
        place(&at[usize::from(subject.layer.output_shape()[0] == 1)..]), place(first), spacing, letter
    ]);
    let matrix = |prefix: &[usize], shown: &dyn Fn((usize, Cell)) -> Math| {
        Layout::plain(shape, 1).slice(subject, prefix, |index| shown(cells[ravel(shape, index)]))
    };
    let outer = &shape[..shape.len() - (shape.len() - 1).min(2)];
    let slices: usize = outer.iter().product();
    let shown = subject.extent.slices(slices);
    let displays = shown.iter().map(|slice| match slice {
        Some(slice) => {
            let prefix = unravel(outer, slice);
            let input = |cell: Cell| cell.entry().map_or(Math::Zero, |input| subject.notation.input(input));
            let window = matrix(&prefix, &|(_, cell)| input(cell));
            let kernel = matrix(&prefix, &|(weight, _)| subject.notation.weight(weight));
            let mut pieces = Vec::new();
            if slices > 1 {
                let what = match prefix.len() {
                    1 => "input channel ",
                    _ if shape[0] == 1 => "slice ",
                    _ => "input channel and slice ",
                };
                let prefix = if shape[0] == 1 { prefix[1..].to_vec() } else { prefix };
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
    Step::displayed(claim, displays.collect())
}

/// The sum over the window, zeros struck out.
fn window_sum(subject: &Subject<'_>, at: &[usize], Window { cells, .. }: &Window) -> Step {
    let count = |kind: fn(&Cell) -> bool| cells.iter().filter(|(_, cell)| kind(cell)).count();
    let inputs = count(|cell| cell.entry().is_some());
    let (inserted, padding) = (count(|cell| *cell == Cell::Inserted), count(|cell| *cell == Cell::Padding));
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
    let claim = prose![format!("Of the {} products, {}{rest}", cells.len(), counts.join(", "))];
    let flat = ravel(&subject.layer.output_shape(), at);
    let written_out = cells.len() <= PRODUCTS;
    let term = |&(weight, cell): &(usize, Cell)| match cell {
        Cell::Entry(input) => Some(row![subject.notation.weight(weight), subject.notation.input(input)]),
        _ if written_out => {
            Some(Math::Dropped(Box::new(row![subject.notation.weight(weight), Times, Math::from(0_usize)])))
        }
        _ => None,
    };
    let sum = Math::Sum(cells.iter().filter_map(term).collect());
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
        Step::shown(prose![format!("Of the {} products, {counts}:", cells.len())], Math::Aligned(line))
    }
}

/// On each axis, for every kernel cell, the input it would have to meet.
pub(super) fn index_arithmetic(subject: &Subject<'_>, at: &[usize]) -> Vec<Step> {
    let axes = subject.layer.geometry().axes();
    let (claim, formula) = if subject.transposed() {
        let claim = prose![
            "Input $i$ and kernel cell $t$ meet in output {}. So each kernel cell asks for the input";
            subject.meeting()
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
        let line = if subject.transposed() { transposed_line } else { convolution_line };
        let claim = if axes.len() == 1 {
            prose![format!("For output {output}:")]
        } else {
            prose![format!("Along the {name}, for output {output}:")]
        };
        steps.push(Step::shown(claim, Math::listed(&shown, |ker| line(canonical, output, ker))));
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
    let value = match target % stride {
        0 => (target / stride).into(),
        _ => Math::Quotient(Box::new(target.into()), Box::new(axis.stride().into())),
    };
    right.extend([Equals.into(), value]);
    let verdict = match zero_inserted(axis).beside_first(target.into()) {
        Cell::Padding => format!(", outside 0 to {}: padding", axis.small() - 1),
        Cell::Entry(_) => ", an input".to_owned(),
        Cell::Inserted => ", between two inputs: an inserted zero".to_owned(),
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
