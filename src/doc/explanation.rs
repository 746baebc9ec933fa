//! Why an entry of the output is what it is, in four views; and the output as a whole.

mod buffers;
mod views;

pub use buffers::{BUFFERS, distribution};

use super::derivation::ENTRIES;
use super::math::row;
use super::subject::{Subject, Written, factor};
use super::tensors::tensor_displays;
use super::{DocumentKind, Math, Name, NumbersShown, Passage, Relation, SectionKind, Step, facts, prose};
use crate::geometry::{AxisSettings, Bias, greatest_common_divisor};
use crate::tensor::{ravel, unravel};
use crate::wording::counted;

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
        SectionKind::new("answer", |_, _| "The entry", answer),
        SectionKind::new(
            "row",
            |_, _| "View 1: a row of the matrix",
            |subject, at| explain_entry_by(subject, at, View::Row),
        )
        .showing(NumbersShown::Given),
        SectionKind::new("distribution", |_, _| "View 2: distribution", views::distribution)
            .showing(NumbersShown::Given),
        SectionKind::new("collection", |_, _| "View 3: collection", views::collection),
        SectionKind::new("indices", |_, _| "View 4: index arithmetic", views::index_arithmetic)
            .showing(NumbersShown::None)
            .without_products(),
    ],
};

/// The entry's sum.
fn answer(subject: &Subject<'_>, at: &[usize]) -> Vec<Step> {
    let flat = ravel(&subject.layer.output_shape(), at);
    let entry = subject.notation.output(flat);
    let products = subject.output_taps.row_length(flat);
    let has_bias = subject.bias == Bias::Present;
    let claim = match products {
        0 => prose![
            "No kernel cell brings an input to {}{}";
            entry.clone(), if has_bias { ", so only the bias is left." } else { "." }
        ],
        1 => prose![
            "{}{}: just one pair of a kernel cell and an input meets there.";
            entry.clone(), if has_bias { " is a single product and the bias" } else { " is a single product" }
        ],
        _ => prose![
            entry.clone(),
            format!(" is the sum of {products} products, as many as pairs of a kernel cell and an input meet there"),
            if has_bias { ", and the bias." } else { "." }
        ],
    };
    let equation = Math::Aligned(vec![(entry, subject.entry(flat))]);
    std::iter::once(Step::shown(claim, equation)).chain(rounded(subject)).collect()
}

/// One way to look at an entry of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// A row of the matrix times the input.
    Row,
    /// Every input lays a copy of the kernel into the output; what do the copies bring here?
    Distribution,
    /// The kernel lies over the zero-inserted, padded input; what does it collect?
    Collection,
    /// Which input does each kernel cell ask for?
    Indices,
}

/// Explains one entry of the output in one view; `at` is its index, channel first.
///
/// # Panics
/// When the index does not lie in the output.
#[must_use]
pub fn explain_entry_by(subject: &Subject<'_>, at: &[usize], view: View) -> Vec<Step> {
    match view {
        View::Row => views::matrix_row(subject, ravel(&subject.layer.output_shape(), at)),
        View::Distribution => views::distribution(subject, at),
        View::Collection => views::collection(subject, at),
        View::Indices => views::index_arithmetic(subject, at),
    }
}

/// The explanation of the output as a whole: how many products each entry is the sum of, and every entry.
pub const OUTPUT: DocumentKind = DocumentKind {
    opening: |subject, ()| Passage::new("explanation/output-opening", subject.parameters()),
    sections: &[
        SectionKind::new("counts", |_, ()| "How many products each entry has", |subject, ()| counts(subject))
            .of_volume(|outline| outline.counts())
            .showing(NumbersShown::None),
        SectionKind::new("output", |_, ()| "The output", |subject, ()| output(subject))
            .if_so(|subject, ()| subject.instance.output.is_some())
            .of_volume(|outline| outline.output()),
        ENTRIES,
    ],
};

fn counts(subject: &Subject<'_>) -> Vec<Step> {
    let counts = |flat: usize| subject.output_taps.row_length(flat);
    let displays =
        tensor_displays(subject, Name::Var('N'), &subject.layer.output_shape(), 1, |flat| counts(flat).into());
    let all = || (0..subject.output_taps.rows()).map(counts);
    let (least, most) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
    let range = if least == most {
        format!("Every entry of the output is the sum of {}", counted(most, "product", "products"))
    } else {
        format!("The entries of the output are sums of {least} to {}", counted(most, "product", "products"))
    };
    let claim = prose![range, ", one for each pair of a kernel cell and an input that meet there:"];
    let total = Step::text(prose![format!(
        "Together they are the {} of the layer. An input and a kernel of ones give exactly these numbers{}.",
        counted(subject.output_taps.count(), "product", "products"),
        if subject.bias == Bias::Present { ", before the bias is added" } else { "" }
    )]);
    [Step::displayed(claim, displays), total].into_iter().chain(overlap(subject)).collect()
}

fn output(subject: &Subject<'_>) -> Vec<Step> {
    let claim = prose!["With the numbers that were given:"];
    std::iter::once(Step::displayed(claim, subject.output_displays())).chain(rounded(subject)).collect()
}

/// Says that floats are not exact.
fn rounded(subject: &Subject<'_>) -> Option<Step> {
    let said = "The numbers are double-precision floats, so that sums are rounded.";
    subject.instance.is_float().then(|| Step::text(prose![said]))
}

/// Whether the overlap of the kernel's copies is even inside a large output: exactly when the stride divides the kernel
/// size and has no common factor with the dilation.
fn overlap(subject: &Subject<'_>) -> Option<Step> {
    let strided = || subject.layer.settings().iter().filter(|axis| axis.stride > 1);
    if !subject.transposed() || strided().next().is_none() {
        return None;
    }
    let uneven = |&AxisSettings { kernel, stride, dilation, .. }: &AxisSettings| {
        if greatest_common_divisor(stride, dilation) > 1 {
            Some(format!("the stride {stride} and the dilation {dilation} have a common factor"))
        } else if kernel.is_multiple_of(stride) {
            None
        } else {
            Some(format!("the stride {stride} does not divide the kernel size {kernel}"))
        }
    };
    let reasons: Vec<String> = strided().filter_map(uneven).collect();
    Some(Step::text(prose![match reasons.first() {
        Some(reason) => format!(
            "Away from the borders of a large output the numbers repeat with the stride and differ, because {reason}: a \
             kernel of ones leaves {}.",
            if reasons.len() == 1 { "stripes" } else { "a checkerboard" }
        ),
        None =>
            "Away from the borders of a large output the numbers are all equal, because the stride divides the kernel \
                 size and has no common factor with the dilation: no checkerboard."
                .to_owned(),
    }]))
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
