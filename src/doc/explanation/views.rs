//! The four views of one entry of the output.

use super::{Meeting, meetings, place, product};
use crate::doc::math::row;
use crate::doc::subject::{Subject, Written, axis_names, shared};
use crate::doc::tensors::Layout;
use crate::doc::{Fact, Facts, Grid, Math, Name, Relation, Shown, facts};
use crate::formula::Letter;
use crate::geometry::{Axis, Bias};
use crate::laws::{Law, values};
use crate::places::{Cell, Window, Windows, reach, zero_inserted};
use crate::tensor::{ravel, unravel};
use Relation::{Equals, Plus, Times};

/// At most so many inputs are spoken of one by one.
const SPOKEN_OF: usize = 16;
/// Windows of at most so many cells are written out product by product.
const PRODUCTS: usize = 81;

/// The entry's row of the matrix, and the input below it.
pub(super) fn matrix_row(subject: &Subject<'_>, at: &[usize]) -> Facts {
    let flat = ravel(&subject.layer.output_shape(), at);
    let links = subject.output_taps.row(flat);
    let total = subject.output_taps.columns();
    let shown = if total <= 28 {
        Shown::all(total)
    } else {
        let around = links.iter().take(SPOKEN_OF).map(|link| link.column as usize..link.column as usize + 1);
        Shown::of_runs(total, std::iter::once(0..1).chain(around))
    };
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
    let has_numbers = subject.instance.weight.is_some() || subject.instance.input.is_some();
    subject.facts().and(facts! {
        /// The number of the entry in the flattened output, which is that of the row.
        number: flat,
        /// The layer's matrix.
        matrix: if subject.transposed() { Name::TildeTransposed('W') } else { Name::Tilde('W') },
        /// The row, and the flattened input under it; the same with what was given in numbers, where anything was.
        row_over_input: Math::from(grid(Written::Symbols)),
        numbers: has_numbers.then(|| Math::from(grid(Written::Numbers))),
    })
}

/// Every input that reaches the entry, and with which cell of its copy of the kernel.
pub(super) fn distribution(subject: &Subject<'_>, at: &[usize]) -> Facts {
    let meetings = meetings(subject, ravel(&subject.layer.output_shape(), at));
    let told = |meeting: &Meeting| {
        let small = if subject.transposed() { &meeting.input_index } else { at };
        let (start, end) = reach(subject.layer.geometry(), &small[1..]);
        facts! {
            /// The input, and the kernel cell that brings it here.
            input: subject.notation.input(meeting.input),
            kernel_cell: place(&meeting.kernel_index),
            /// The first and the last place of the copy of the kernel, or of the window.
            start: Math::Tuple(start),
            end: Math::Tuple(end),
            /// The product, with its value where it is known.
            product: product(subject, meeting.weight, meeting.input),
        }
    };
    subject.facts().and(facts! {
        /// Where the copy of input i begins, or the window of output i.
        copy_start: subject.law(Law::Window),
        /// The place of the entry, without its channel.
        place: place(&at[1..]),
        /// How many inputs reach it, and the first of them.
        count: meetings.len(),
        told: meetings.iter().take(SPOKEN_OF).map(told).collect::<Fact>(),
        /// Whether these are not all.
        are_more: meetings.len() > SPOKEN_OF,
    })
}

/// The window of `X'` at the entry, against `W'`, product by product; zeros struck out.
pub(super) fn collection(subject: &Subject<'_>, at: &[usize]) -> Facts {
    let window = Windows::of(subject.layer).window(at);
    subject.facts().and(shown(subject, at, &window)).and(sum(subject, at, &window))
}

/// The window and the kernel over it.
fn shown(subject: &Subject<'_>, at: &[usize], Window { first, shape, cells }: &Window) -> Facts {
    let dilations = || subject.layer.geometry().axes().iter().map(Axis::dilation);
    let kernel = if subject.transposed() { Name::Primed('W') } else { Name::Var('W') };
    let matrix = |prefix: &[usize], shown: &dyn Fn((usize, Cell)) -> Math| {
        Layout::plain(shape, 1).slice(subject, prefix, |index| shown(cells[ravel(shape, index)]))
    };
    let outer = &shape[..shape.len() - (shape.len() - 1).min(2)];
    let slices: usize = outer.iter().product();
    let slice = |slice: Option<usize>| {
        let prefix = slice.map(|slice| unravel(outer, slice));
        let window_and_kernel = prefix.as_deref().map(|prefix| {
            let input = |cell: Cell| cell.entry().map_or(Math::Zero, |input| subject.notation.input(input));
            let window = matrix(prefix, &|(_, cell)| input(cell));
            let weights = matrix(prefix, &|(weight, _)| subject.notation.weight(weight));
            row![Name::Primed('X'), Equals, window, Math::Space, kernel, Equals, weights]
        });
        facts! {
            /// The input channel where there are several, and the outermost index where there are three; nothing where
            /// slices are left out.
            place: prefix.map(|prefix| place(&prefix[usize::from(shape[0] == 1 && outer.len() > 1)..])),
            /// The window, and beside it the kernel.
            window_and_kernel: window_and_kernel,
        }
    };
    facts! {
        /// The kernel that lies over the window.
        kernel: kernel,
        /// How far apart the cells of the window are, where it is not 1 everywhere.
        spacing: dilations().any(|dilation| dilation > 1).then(|| shared(dilations())),
        /// The place of the entry, with its channel where there are several.
        place: place(&at[usize::from(subject.layer.output_shape()[0] == 1)..]),
        /// The first cell of the window.
        first: place(first),
        /// Whether the window is shown in several slices: by channel, by the outermost of three indices, or by both.
        is_sliced: slices > 1,
        by_channel: shape[0] > 1,
        by_depth: outer.len() > 1,
        /// What is shown of them.
        slices: subject.extent.slices(slices).iter().map(slice).collect::<Fact>(),
        /// Dots in place of those left out.
        dots: Math::Dots,
    }
}

/// The sum over the window, zeros struck out.
fn sum(subject: &Subject<'_>, at: &[usize], Window { cells, .. }: &Window) -> Facts {
    let count = |kind: fn(&Cell) -> bool| cells.iter().filter(|(_, cell)| kind(cell)).count();
    let inputs = count(|cell| cell.entry().is_some());
    let (inserted, padding) = (count(|cell| *cell == Cell::Inserted), count(|cell| *cell == Cell::Padding));
    let factors = [("input", inputs), ("inserted", inserted), ("padding", padding)];
    let flat = ravel(&subject.layer.output_shape(), at);
    let is_written_out = cells.len() <= PRODUCTS;
    let term = |&(weight, cell): &(usize, Cell)| match cell {
        Cell::Entry(input) => Some(row![subject.notation.weight(weight), subject.notation.input(input)]),
        _ if is_written_out => {
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
    facts! {
        /// How many products there are.
        products: cells.len(),
        /// What their second factors are, as far as there are such: `input`, `inserted` or `padding`, and how many.
        factors: factors
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| facts! {
                /// What it is.
                kind: kind,
                /// How often.
                count: count,
            })
            .collect::<Fact>(),
        /// Whether products with zeros are written, struck out; and how many there are.
        strikes_out: is_written_out && inputs < cells.len(),
        zeros: cells.len() - inputs,
        /// The entry as their sum.
        equation: Math::Aligned(vec![(subject.notation.output(flat), Math::Row(right))]),
    }
}

/// On each axis, for every kernel cell, the input it would have to meet.
pub(super) fn index_arithmetic(subject: &Subject<'_>, at: &[usize]) -> Facts {
    let axes = subject.layer.geometry().axes();
    let read = if subject.transposed() { asked } else { reading };
    let along = |((name, axis), &output): ((&&'static str, &Axis), &usize)| {
        let shown =
            if axis.kernel() <= SPOKEN_OF { Shown::all(axis.kernel()) } else { Shown::ends(axis.kernel(), 12, 2) };
        facts! {
            /// What the axis is called, as `words.md` has it.
            name: *name,
            /// The place of the entry on it.
            place: output,
            /// The last input.
            last: if subject.transposed() { axis.small() - 1 } else { axis.big() - 1 },
            /// For every kernel cell that is shown, the input that it asks for.
            cells: shown.iter().map(|ker| read(axis, output, ker)).collect::<Fact>(),
        }
    };
    subject.facts().and(facts! {
        /// The input that kernel cell t asks for in output j of a transposed convolution.
        asked: row!['i', Equals, subject.law(Law::Asked)],
        /// What is asked for along every axis.
        axes: axis_names(axes.len()).iter().zip(axes).zip(&at[1..]).map(along).collect::<Fact>(),
        /// Dots in place of what is left out.
        dots: Math::Dots,
    })
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

/// The input that a kernel cell asks for in an output of a transposed convolution; nothing for what is left out.
fn asked(axis: &Axis, output: usize, ker: Option<usize>) -> Facts {
    told(ker, |ker| {
        // All below `Layer::SIZE_LIMIT`: the sum of the first two fits, and then no difference is far from it.
        let target = output as i64 + axis.crop_begin() - (axis.dilation() * ker) as i64;
        let stride = axis.stride() as i64;
        let asked = Law::Asked.formula().with(&met(axis, ('j', output), ker));
        let quotient = Math::from(if stride == 1 { asked.dividend() } else { &asked });
        let value = match target % stride {
            0 => (target / stride).into(),
            _ => Math::Quotient(Box::new(target.into()), Box::new(axis.stride().into())),
        };
        (row!['i', Equals, quotient, Equals, value], zero_inserted(axis).beside_first(target.into()))
    })
}

/// The input that a kernel cell reads for an output of a convolution; nothing for what is left out.
fn reading(axis: &Axis, output: usize, ker: Option<usize>) -> Facts {
    told(ker, |ker| {
        let position = axis.position(output, ker);
        let arithmetic = Law::Meeting.formula().with(&met(axis, ('i', output), ker));
        let lies = axis.cell(output, ker).map_or(Cell::Padding, Cell::Entry);
        (row!['j', Equals, arithmetic, Equals, position], lies)
    })
}

/// What a kernel cell asks for, and what lies there.
fn told(ker: Option<usize>, found: impl Fn(usize) -> (Math, Cell)) -> Facts {
    let (arithmetic, lies) = ker.map(found).unzip();
    facts! {
        /// The kernel cell; nothing for what is left out.
        cell: ker.map(|ker| row!['t', Equals, ker]),
        /// The index that it asks for, with the numbers.
        arithmetic: arithmetic,
        /// What lies there: `input`, `inserted` or `padding`.
        lies: lies.map(|cell| match cell {
            Cell::Entry(_) => "input",
            Cell::Inserted => "inserted",
            Cell::Padding => "padding",
        }),
    }
}
