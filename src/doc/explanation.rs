//! Why an entry of the output is what it is, in four views; and the output as a whole.

mod buffers;
mod evenness;
mod views;

pub use buffers::BUFFERS;
pub(crate) use buffers::distribution;

use super::math::row;
use super::subject::{Subject, Written, factor};
use super::tensors::tensor_displays;
use super::{DocumentKind, Fact, Facts, Math, Name, NumbersShown, Passage, Relation, SectionKind, facts};
use crate::tensor::{ravel, unravel};

/// The explanation of one entry of the output: which inputs and kernel cells meet there, seen from the matrix, from the
/// inputs (distribution), from the output (collection), and by index arithmetic.
///
/// The question is the index of the entry, channel first.
///
/// # Panics
/// When the index does not lie in the output.
pub const ENTRY: DocumentKind<[usize]> = DocumentKind {
    opening: |subject, at| {
        let shape = subject.layer.output_shape();
        assert!(at.len() == shape.len() && at.iter().zip(&shape).all(|(i, n)| i < n), "{at:?} lies in {shape:?}");
        let place = at[usize::from(shape[0] == 1)..].iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let facts = subject.parameters().and(facts! {
            /// The index of the entry, such as `0, 1`; with the channel first where there are several.
            place: place,
        });
        Passage::new("explanation/entry-opening", facts)
    },
    sections: &[
        SectionKind::of("answer", "explanation/answer", answer),
        SectionKind::of("row", "explanation/row", views::matrix_row).showing(NumbersShown::Given),
        SectionKind::of("distribution", "explanation/distribution", views::distribution).showing(NumbersShown::Given),
        SectionKind::of("collection", "explanation/collection", views::collection),
        SectionKind::of("indices", "explanation/indices", views::index_arithmetic)
            .showing(NumbersShown::None)
            .without_products(),
    ],
};

/// The entry's sum.
fn answer(subject: &Subject<'_>, at: &[usize]) -> Facts {
    let flat = ravel(&subject.layer.output_shape(), at);
    let entry = subject.notation.output(flat);
    subject.facts().and(facts! {
        /// The entry, and its sum with the value where it is known.
        entry: entry.clone(),
        equation: Math::Aligned(vec![(entry, subject.entry(flat))]),
        /// How many products it is the sum of.
        products: subject.output_taps.row_length(flat),
    })
}

/// One way to look at an entry of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum View {
    /// A row of the matrix times the input.
    Row,
    /// Every input lays a copy of the kernel into the output; what do the copies bring here?
    Distribution,
    /// The kernel lies over the zero-inserted, padded input; what does it collect?
    Collection,
    /// Which input does each kernel cell ask for?
    Indices,
}

/// What explains one entry of the output in one view; `at` is its index, channel first.
///
/// # Panics
/// When the index does not lie in the output.
pub(crate) fn explain_entry_by(subject: &Subject<'_>, at: &[usize], view: View) -> Passage {
    match view {
        View::Row => Passage::new("explanation/row", views::matrix_row(subject, at)),
        View::Distribution => Passage::new("explanation/distribution", views::distribution(subject, at)),
        View::Collection => Passage::new("explanation/collection", views::collection(subject, at)),
        View::Indices => Passage::new("explanation/indices", views::index_arithmetic(subject, at)),
    }
}

/// The explanation of the output as a whole: how many products each entry is the sum of, and every entry.
pub const OUTPUT: DocumentKind = DocumentKind {
    opening: |subject, ()| Passage::new("explanation/output-opening", subject.parameters()),
    sections: &[
        SectionKind::of("counts", "explanation/counts", |subject, ()| counts(subject))
            .of_volume(|outline| outline.counts())
            .showing(NumbersShown::Weight),
        SectionKind::of("output", "explanation/output", |subject, ()| output(subject))
            .if_so(|subject, ()| subject.instance.output.is_some())
            .of_volume(|outline| outline.output()),
        SectionKind::of("entries", "explanation/entries", |subject, ()| subject.entries())
            .of_volume(|outline| outline.entries()),
    ],
};

fn counts(subject: &Subject<'_>) -> Facts {
    let counts = |flat: usize| subject.output_taps.row_length(flat);
    let displays =
        tensor_displays(subject, Name::Var('N'), &subject.layer.output_shape(), 1, |flat| counts(flat).into());
    let all = || (0..subject.output_taps.rows()).map(counts);
    let (least, most) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
    subject.facts().and(evenness::facts(subject)).and(facts! {
        /// For every entry of the output, how many products it is the sum of.
        counts: Fact::displays(displays),
        /// The least and the greatest of these numbers, and whether they are one.
        least: least,
        most: most,
        are_equal: least == most,
        /// How many products there are in all.
        products: subject.output_taps.count(),
    })
}

fn output(subject: &Subject<'_>) -> Facts {
    subject.facts().and(facts! {
        /// The output in numbers.
        output: Fact::displays(subject.output_displays()),
    })
}

/// The input (and its channel) that a link of the output's row comes from, and the kernel cell, by axis.
struct Meeting {
    weight: usize,
    input: usize,
    /// Channel first.
    input_index: Vec<usize>,
    /// Without the channels.
    kernel_index: Vec<usize>,
}

fn meetings(subject: &Subject<'_>, flat: usize) -> Vec<Meeting> {
    let (input_shape, weight_shape) = (subject.layer.input_shape(), subject.layer.weight_shape());
    let meeting = |link: crate::taps::Link| Meeting {
        weight: link.weight as usize,
        input: link.column as usize,
        input_index: unravel(&input_shape, link.column as usize),
        kernel_index: unravel(&weight_shape, link.weight as usize).split_off(2),
    };
    subject.output_taps.row(flat).into_iter().map(meeting).collect()
}

/// `(0, 1)`; a single index stands alone.
fn place(index: &[usize]) -> Math {
    Math::Tuple(index.iter().map(|&i| i as i64).collect())
}

/// `w x`, and with numbers what it comes to.
fn product(subject: &Subject<'_>, weight: usize, input: usize) -> Math {
    let symbols = row![subject.notation.weight(weight), subject.notation.input(input)];
    match (subject.weight(weight, Written::Numbers), subject.input(input, Written::Numbers)) {
        (Math::Number(w), Math::Number(x)) => {
            let value = w.times(&x);
            let numbers = row![factor(w.into()), Relation::Times, factor(x.into())];
            row![symbols, Relation::Equals, numbers, subject.equals_value(), value]
        }
        _ => symbols,
    }
}
