//! Why an entry of the output is what it is, in four views; and the output as a whole.

mod buffers;
mod views;

pub use buffers::buffers;

use super::math::row;
use super::subject::{Subject, Written, by, factor};
use super::tensors::tensor_displays;
use super::{Document, Math, Name, Relation, Section, Step, prose};
use crate::tensor::{ravel, unravel};
use crate::wording::counted;

/// Explains one entry of the output: which inputs and kernel cells meet there, seen from the matrix, from the inputs
/// (distribution), from the output (collection), and by index arithmetic.
///
/// `at` is the index of the entry, channel first.
///
/// # Panics
/// When the index does not lie in the output.
#[must_use]
pub fn explain_entry(subject: &Subject<'_>, at: &[usize]) -> Document {
    let shape = subject.layer.output_shape();
    assert!(at.len() == shape.len() && at.iter().zip(&shape).all(|(i, n)| i < n), "{at:?} lies in {shape:?}");
    let flat = ravel(&shape, at);
    let entry = subject.notation.output(flat);
    let links = subject.output_taps.row(flat);
    let mut claim = prose![
        entry.clone(),
        " is the sum of ",
        counted(links.len(), "product", "products"),
        ": so many pairs of a kernel cell and an input meet there."
    ];
    if links.len() == 1 {
        claim = prose![entry.clone(), " is a single product: just one pair of a kernel cell and an input meets there."];
    }
    if links.is_empty() {
        claim = prose!["No kernel cell brings an input to ", entry.clone(), "."];
    }
    let equation = Math::Aligned(vec![(entry, subject.entry(flat))]);
    let place = at[usize::from(shape[0] == 1)..].iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    Document {
        title: format!("The entry of the output at ({place})"),
        introduction: vec![subject.parameters()],
        sections: vec![
            section("answer", "The entry", vec![Step::shown(claim, equation)]),
            section("row", "View 1: a row of the matrix", views::matrix_row(subject, flat)),
            section("distribution", "View 2: distribution", views::distribution(subject, at)),
            section("collection", "View 3: collection", views::collection(subject, at)),
            section("indices", "View 4: index arithmetic", views::index_arithmetic(subject, at)),
        ],
    }
}

/// Explains the output as a whole: how many products each entry is the sum of, and every entry.
#[must_use]
pub fn explain_output(subject: &Subject<'_>) -> Document {
    let shape = subject.layer.output_shape();
    let counts = |flat: usize| subject.output_taps.row_length(flat);
    let displays = tensor_displays(subject, Name::Var('N'), &shape, 1, |flat| counts(flat).into());
    let all = || (0..subject.output_taps.rows()).map(counts);
    let (least, most) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
    let range = if least == most {
        format!("Every entry of the output is the sum of {}", counted(most, "product", "products"))
    } else {
        format!("The entries of the output are sums of {least} to {}", counted(most, "product", "products"))
    };
    let mut steps = vec![Step {
        claim: prose![range, ", one for each pair of a kernel cell and an input that meet there:"],
        displays,
        reason: None,
    }];
    steps.push(Step::text(prose![format!(
        "Together they are the {} of the layer. An input and a kernel of ones give exactly these numbers; where they \
         differ away from the border, the output has a checkerboard.",
        counted(subject.output_taps.count(), "product", "products")
    )]));
    let mut sections = vec![section("counts", "How many products each entry has", steps)];
    if subject.instance.output.is_some() {
        let displays =
            tensor_displays(subject, Name::Var('Y'), &shape, 1, |flat| subject.output(flat, Written::Numbers));
        sections.push(section(
            "output",
            "The output",
            vec![Step { claim: prose!["With the numbers that were given:"], displays, reason: None }],
        ));
    }
    let (title, steps) = subject.entries();
    sections.push(section("entries", title, steps));
    Document {
        title: format!("The output, of size {}", by(shape[1..].iter().copied())),
        introduction: vec![subject.parameters()],
        sections,
    }
}

fn section(id: &'static str, title: &str, steps: Vec<Step>) -> Section {
    Section { id, title: title.into(), steps }
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
            row![symbols, Relation::Equals, numbers, Relation::Equals, value]
        }
        _ => symbols,
    }
}
