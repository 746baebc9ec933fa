//! The backward pass: the gradients with respect to input, weight and bias, derived from the taps.

use super::math::row;
use super::subject::{Subject, Written, factor, times};
use super::tensors::{flattened, tensor_displays, value_displays};
use super::{DocumentKind, Fact, Facts, Math, Name, NumbersShown, Passage, Relation, SectionKind, Shown, facts};
use crate::algebra::Number;
use crate::taps::Link;
use crate::tensor::Tensor;
use Relation::Equals;

pub use crate::proof::GradientEvidence;

/// The gradients of a loss `L`, given `G`, its gradient with respect to the output.
pub const GRADIENTS: DocumentKind<GradientEvidence> = DocumentKind {
    opening: |subject, _| Passage::new("gradients/opening", subject.parameters()),
    sections: &[
        SectionKind::of("upstream", "gradients/upstream", |subject, _| of_output(subject))
            .of_volume(|outline| outline.upstream())
            .showing(NumbersShown::Given),
        SectionKind::of("input", "gradients/input", |subject, _| of_input(subject))
            .of_volume(|outline| outline.input_gradient()),
        SectionKind::of("weight", "gradients/weight", |subject, _| of_weight(subject))
            .of_volume(|outline| outline.weight_gradient()),
        SectionKind::of("bias", "gradients/bias", |subject, _| of_bias(subject))
            .of_volume(|outline| outline.bias_gradient()),
        SectionKind::of("proof", "gradients/proof", |subject, evidence| proof(subject, *evidence)),
    ],
};

/// Why every gradient is a sum of products.
pub(crate) fn chain_rule(subject: &Subject<'_>) -> Passage {
    Passage::new("gradients/chain-rule", subject.facts())
}

/// The gradient with respect to the input: a product with the transposed matrix, and its sums.
pub(crate) fn input(subject: &Subject<'_>) -> Passage {
    Passage::new("gradients/input", of_input(subject))
}

/// The gradient with respect to the weight: its sums.
pub(crate) fn weight(subject: &Subject<'_>) -> Passage {
    Passage::new("gradients/weight", of_weight(subject))
}

/// The gradient with respect to the bias: its sums.
pub(crate) fn bias(subject: &Subject<'_>) -> Passage {
    Passage::new("gradients/bias", of_bias(subject))
}

fn partial(of: Math) -> Math {
    Math::Partial(Box::new(of))
}

fn of_output(subject: &Subject<'_>) -> Facts {
    let shape = subject.layer.output_shape();
    let displays = |written: Written| {
        Fact::displays(tensor_displays(subject, Name::Var('G'), &shape, 1, |flat| {
            subject.output_gradient(flat, written)
        }))
    };
    subject.facts().and(facts! {
        /// The gradient with respect to the output in symbols; and in numbers, where it was given.
        upstream: displays(Written::Symbols),
        numbers: subject.instance.output_gradient.is_some().then(|| displays(Written::Numbers)),
    })
}

fn of_input(subject: &Subject<'_>) -> Facts {
    let forward = if subject.transposed() { Name::TildeTransposed('W') } else { Name::Tilde('W') };
    let backward = if subject.transposed() { Name::Tilde('W') } else { Name::TildeTransposed('W') };
    let backward_taps = subject.output_taps.transposed();
    let mut equation = vec![partial(Name::Tilde('x').into()), Equals.into(), backward.into(), Name::Tilde('g').into()];
    if let Some(grid) = subject.weight_grid(&backward_taps, Written::Symbols) {
        let (_, columns) = subject.extent.matrix(backward_taps.rows(), backward_taps.columns());
        let g = flattened(columns, |flat| subject.output_gradient(flat, Written::Symbols));
        equation.extend([Equals.into(), grid, g.into()]);
    }
    let shown = subject.extent.equations(&subject.layer.input_shape(), subject.taps.count());
    let terms = |flat: usize, written: Written| {
        let term = |link: &Link| {
            let upstream = subject.output_gradient(link.column as usize, written);
            times(subject.weight(link.weight as usize, written), upstream, written)
        };
        subject.extent.sum(backward_taps.row_length(flat), |place| term(&backward_taps.link(flat, place)))
    };
    let numbers = subject.instance.gradients.as_ref().map(|gradients| &gradients.input);
    let left = |flat: usize| subject.notation.input(flat);
    subject.facts().and(facts! {
        /// How the layer multiplies with its matrix: `y~ = W~^T x~`, or `y~ = W~ x~` for a convolution.
        forward: row![Name::Tilde('y'), Equals, forward, Name::Tilde('x')],
        /// For a convolution, the output padding of the transposed convolution that leads back, where it is not 0.
        returning_output_padding: subject.returning_output_padding(),
        /// The product that the gradient is, with the matrix and the vector where they are shown.
        equation: Math::Row(equation),
        /// One equation for each entry that is shown, and how many entries there are.
        equations: equations(subject, &shown, left, terms, numbers),
        sums: backward_taps.rows(),
        /// The gradient in numbers, where it is known.
        gradient: in_shape(subject, 'X', &subject.layer.input_shape(), 1, numbers),
    })
}

fn of_weight(subject: &Subject<'_>) -> Facts {
    let shape = subject.layer.weight_shape();
    let shown = subject.extent.equations(&shape, subject.taps.count());
    let by_weight = pairs_by_weight(subject, &shown);
    let terms = |flat: usize, written: Written| {
        let term = |&(input, output): &(usize, usize)| {
            times(subject.input(input, written), subject.output_gradient(output, written), written)
        };
        let pairs = by_weight.iter().find(|(weight, _)| *weight == flat).map_or(&[][..], |(_, pairs)| pairs);
        subject.extent.sum(pairs.len(), |place| term(&pairs[place]))
    };
    let numbers = subject.instance.gradients.as_ref().map(|gradients| &gradients.weight);
    let left = |flat: usize| subject.notation.weight(flat);
    subject.facts().and(facts! {
        /// One equation for each weight that is shown, and how many weights there are.
        equations: equations(subject, &shown, left, terms, numbers),
        sums: shape.iter().product::<usize>(),
        /// The gradient in numbers, where it is known.
        gradient: in_shape(subject, 'W', &shape, 2, numbers),
    })
}

/// For the weights shown, the pairs of an input and an output that use them, in the order of the output.
fn pairs_by_weight(subject: &Subject<'_>, shown: &Shown) -> Vec<(usize, Vec<(usize, usize)>)> {
    let mut groups: Vec<(usize, Vec<(usize, usize)>)> = shown.iter().flatten().map(|flat| (flat, Vec::new())).collect();
    for tap in subject.output_taps.iter() {
        if let Ok(at) = groups.binary_search_by_key(&(tap.weight as usize), |(weight, _)| *weight) {
            groups[at].1.push((tap.column as usize, tap.row as usize));
        }
    }
    groups
}

fn of_bias(subject: &Subject<'_>) -> Facts {
    let shape = subject.layer.output_shape();
    let positions: usize = shape[1..].iter().product();
    let terms = |channel: usize, written: Written| {
        let term = |place: usize| factor(subject.output_gradient(channel * positions + place, written));
        subject.extent.sum(positions, term)
    };
    let numbers = subject.instance.gradients.as_ref().map(|gradients| &gradients.bias);
    let shown = subject.extent.slices(shape[0]);
    let left = |channel: usize| subject.notation.bias(channel);
    subject.facts().and(facts! {
        /// One equation for each channel that is shown.
        equations: equations(subject, &shown, left, terms, numbers),
    })
}

/// One equation for each index shown: its derivative, its sum, and where the value is known the sum of numbers and the
/// value.
fn equations(
    subject: &Subject<'_>,
    shown: &Shown,
    of: impl Fn(usize) -> Math,
    terms: impl Fn(usize, Written) -> Math,
    numbers: Option<&Tensor<Number>>,
) -> Math {
    Math::listed(shown, |flat| {
        let value = numbers.map(|numbers| numbers.entries()[flat].clone().into());
        (partial(of(flat)), subject.evaluated(|written| terms(flat, written), value))
    })
}

/// The gradient in the shape of its tensor, where it is known.
fn in_shape(
    subject: &Subject<'_>,
    letter: char,
    shape: &[usize],
    leading: usize,
    numbers: Option<&Tensor<Number>>,
) -> Option<Fact> {
    let numbers = numbers?;
    let mut displays =
        value_displays(subject, Name::Var(letter), shape, leading, |flat| numbers.entries()[flat].clone().into());
    for display in &mut displays {
        mark_as_gradient(display);
    }
    Some(Fact::displays(displays))
}

/// Turns the names on the left of equals signs into derivatives.
fn mark_as_gradient(math: &mut Math) {
    if let Math::Row(pieces) = math {
        for at in 0..pieces.len() {
            if matches!(pieces.get(at + 1), Some(Math::Relation(Equals | Relation::Approximately))) {
                let name = std::mem::replace(&mut pieces[at], Math::Space);
                pieces[at] = partial(name);
            } else {
                mark_as_gradient(&mut pieces[at]);
            }
        }
    }
}

fn proof(subject: &Subject<'_>, evidence: GradientEvidence) -> Facts {
    subject.facts().and(facts! {
        /// Whether the output was differentiated over polynomials; whether the gradients of one instance were computed in
        /// two ways; if neither, they stand on the chain rule alone.
        by_symbols: evidence == GradientEvidence::Differentiated,
        by_sample: evidence == GradientEvidence::Sampled,
        /// Whether the gradients are known in numbers.
        has_numbers: subject.instance.gradients.is_some(),
    })
}
