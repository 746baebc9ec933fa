//! The backward pass: the gradients with respect to input, weight and bias, derived from the taps.

use super::math::row;
use super::subject::{Subject, Written, factor};
use super::tensors::{flattened, tensor_displays};
use super::{DocumentKind, Inline, Math, Name, NumbersShown, Prose, Relation, SectionKind, Shown, Step, prose};
use crate::algebra::Number;
use crate::geometry::Bias;
use crate::tensor::Tensor;
use crate::wording::counted;
use Relation::{Equals, Minus, Plus, Times};

/// How the gradients were confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GradientEvidence {
    /// The output polynomials were differentiated and gave the same gradients.
    Differentiated,
    /// Two roads gave the same gradients for one exact instance.
    Sampled,
    /// The layer is too large for either; the derivation stands on the taps alone.
    Derived,
}

impl GradientEvidence {
    fn title(self) -> &'static str {
        match self {
            Self::Differentiated => "What has been proved",
            Self::Sampled | Self::Derived => "How far this was checked",
        }
    }
}

/// The gradients of a loss `L`, given `G`, its gradient with respect to the output.
pub const GRADIENTS: DocumentKind<GradientEvidence> = DocumentKind {
    title: |subject, _| format!("{}: the gradients", subject.title()),
    sections: &[
        SectionKind {
            id: "upstream",
            title: |_, _| "The chain rule",
            steps: |subject, _| upstream(subject),
            volume: |outline| outline.upstream(),
            numbers: NumbersShown::Given,
            ..SectionKind::PLAIN
        },
        SectionKind {
            id: "input",
            title: |_, _| "With respect to the input",
            steps: |subject, _| input(subject),
            volume: |outline| outline.input_gradient(),
            ..SectionKind::PLAIN
        },
        SectionKind {
            id: "weight",
            title: |_, _| "With respect to the weight",
            steps: |subject, _| weight(subject),
            volume: |outline| outline.weight_gradient(),
            ..SectionKind::PLAIN
        },
        SectionKind {
            id: "bias",
            title: |_, _| "With respect to the bias",
            steps: |subject, _| bias(subject),
            volume: |outline| outline.bias_gradient(),
            ..SectionKind::PLAIN
        },
        SectionKind {
            id: "proof",
            title: |_, evidence| evidence.title(),
            steps: |subject, evidence| vec![Step::text(proof(subject, *evidence))],
            ..SectionKind::PLAIN
        },
    ],
};

fn partial(of: Math) -> Math {
    Math::Partial(Box::new(of))
}

fn upstream(subject: &Subject<'_>) -> Vec<Step> {
    let shape = subject.layer.output_shape();
    let displays = |written: Written| {
        tensor_displays(subject, Name::Var('G'), &shape, 1, |flat| subject.output_gradient(flat, written))
    };
    let claim = prose![
        "A loss ",
        Math::from('L'),
        " is computed from the output ",
        Name::Var('Y'),
        "; its gradient with respect to every entry of ",
        Name::Var('Y'),
        " is known, and written ",
        Name::Var('G'),
        ":"
    ];
    let mut steps = vec![Step::displayed(claim, displays(Written::Symbols))];
    if subject.instance.output_gradient.is_some() {
        steps.push(Step::displayed(prose!["With the numbers:"], displays(Written::Numbers)));
    }
    steps.push(chain_rule(subject));
    steps
}

/// Why every gradient is a sum of products.
#[must_use]
pub fn chain_rule(subject: &Subject<'_>) -> Step {
    Step::text(prose![
        if subject.bias == Bias::Present { "Apart from the bias, every " } else { "Every " },
        "entry of the output is a sum of products of one weight and one input each. So the chain rule gives each gradient by \
         the same products: wherever ",
        row!['w', 'x'],
        " is part of an entry of the output whose gradient is ",
        Math::from('g'),
        ", the input gets ",
        row!['w', 'g'],
        " and the weight gets ",
        row!['x', 'g'],
        "."
    ])
}

/// The gradient with respect to the input: a product with the transposed matrix, and its sums.
#[must_use]
pub fn input(subject: &Subject<'_>) -> Vec<Step> {
    let forward = if subject.transposed() { Name::TildeTransposed('W') } else { Name::Tilde('W') };
    let backward = if subject.transposed() { Name::Tilde('W') } else { Name::TildeTransposed('W') };
    let gradient = partial(Name::Tilde('x').into());
    let backward_taps = subject.output_taps.transposed();
    let equation = |written: Written| {
        let mut pieces = vec![gradient.clone(), Equals.into(), backward.into(), Name::Tilde('g').into()];
        if let Some(grid) = subject.weight_grid(&backward_taps, written) {
            let (_, columns) = subject.extent.matrix(backward_taps.rows(), backward_taps.columns());
            let g = flattened(columns, |flat| subject.output_gradient(flat, written));
            pieces.extend([Equals.into(), grid, g.into()]);
        }
        Math::Row(pieces)
    };
    let operation = if subject.transposed() { "a plain convolution of " } else { "the transposed convolution of " };
    let mut claim = prose![
        "With ",
        Name::Tilde('g'),
        " for ",
        Name::Var('G'),
        " flattened, from ",
        row![Name::Tilde('y'), Equals, forward, Name::Tilde('x')],
        if subject.bias == Bias::Present { " (plus a bias, which does not depend on the input)" } else { "" },
        " follows a product with the transposed matrix, ",
        operation,
        Name::Var('G'),
        " with the same kernel, stride, padding and dilation",
        if subject.transposed() { String::new() } else { subject.returning_output_padding() },
    ];
    if !subject.layer.is_adjoint_of_its_convolution() {
        claim.push(" (of which the first outputs are kept, because the output padding reaches the stride)".into());
    }
    claim.push(":".into());
    let mut steps = vec![Step::shown(claim, equation(Written::Symbols))];
    let rows = backward_taps.rows();
    let shown = subject.extent.equations(&subject.layer.input_shape(), subject.taps.count());
    let terms = |flat: usize, written: Written| {
        let term = |link: &crate::taps::Link| {
            let (weight, upstream) =
                (subject.weight(link.weight as usize, written), subject.output_gradient(link.column as usize, written));
            times(weight, upstream, written)
        };
        subject.extent.sum(backward_taps.row_length(flat), |place| term(&backward_taps.link(flat, place)))
    };
    let numbers = subject.instance.gradients.as_ref().map(|gradients| &gradients.input);
    steps.push(Step::shown(
        prose![format!("Entry by entry, {}:", counted(rows, "sum", "sums"))],
        equations(&shown, |flat| partial(subject.notation.input(flat)), terms, numbers, &subject.equals_value()),
    ));
    steps.extend(result(subject, 'X', &subject.layer.input_shape(), 1, numbers));
    steps
}

/// The gradient with respect to the weight: its sums.
#[must_use]
pub fn weight(subject: &Subject<'_>) -> Vec<Step> {
    let shape = subject.layer.weight_shape();
    let total: usize = shape.iter().product();
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
    // As everywhere: i counts along the small side, j along the big one.
    let (first, second) = if subject.transposed() { ("input", "output") } else { ("output", "input") };
    let claim = prose![
        "Group the products by kernel cell: cell ",
        Math::from('t'),
        format!(" is used by every {first} "),
        Math::from('i'),
        format!(" and {second} "),
        Math::from('j'),
        " with ",
        row!['j', Equals, 's', 'i', Plus, 'd', 't', Minus, subject.lead()],
        " on every axis. ",
        counted(total, "sum", "sums"),
        ":"
    ];
    let mut steps = vec![Step::shown(
        claim,
        equations(&shown, |flat| partial(subject.notation.weight(flat)), terms, numbers, &subject.equals_value()),
    )];
    steps.extend(result(subject, 'W', &shape, 2, numbers));
    steps
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

/// The gradient with respect to the bias: its sums.
#[must_use]
pub fn bias(subject: &Subject<'_>) -> Vec<Step> {
    let shape = subject.layer.output_shape();
    let positions: usize = shape[1..].iter().product();
    let claim = match subject.bias {
        Bias::Present => {
            "The bias of a channel is added once to each of its entries, so it gets the sum of their gradients:"
        }
        Bias::Absent => {
            "This layer has no bias. One would be added once to each entry of its channel, and so would get the \
                         sum of their gradients:"
        }
    };
    let terms = |channel: usize, written: Written| {
        let term = |place: usize| factor(subject.output_gradient(channel * positions + place, written));
        subject.extent.sum(positions, term)
    };
    let numbers = subject.instance.gradients.as_ref().map(|gradients| &gradients.bias);
    let shown = subject.extent.slices(shape[0]);
    vec![Step::shown(
        prose![claim],
        equations(&shown, |channel| partial(subject.notation.bias(channel)), terms, numbers, &subject.equals_value()),
    )]
}

/// A product of symbols, or of numbers with a sign between.
fn times(left: Math, right: Math, written: Written) -> Math {
    match written {
        Written::Symbols => row![left, right],
        Written::Numbers => row![factor(left), Times, factor(right)],
    }
}

/// One equation for each index shown: its sum, and where the value is known the sum of numbers and the value.
fn equations(
    shown: &Shown,
    left: impl Fn(usize) -> Math,
    terms: impl Fn(usize, Written) -> Math,
    numbers: Option<&Tensor<Number>>,
    sign: &Math,
) -> Math {
    let line = |place: Option<usize>| match place {
        Some(flat) => {
            let mut right = vec![Equals.into(), terms(flat, Written::Symbols)];
            if let Some(numbers) = numbers {
                let value = numbers.entries()[flat].clone();
                let numbers = terms(flat, Written::Numbers);
                match &numbers {
                    Math::Sum(terms) if terms.is_empty() => {}
                    // A sum that is one number needs no value beside it.
                    Math::Sum(terms) if matches!(terms[..], [Math::Number(_)]) => {
                        right.extend([Equals.into(), numbers]);
                    }
                    _ => right.extend([Equals.into(), numbers, sign.clone(), value.into()]),
                }
            }
            (left(flat), Math::Row(right))
        }
        None => (Math::Dots, Math::Row(Vec::new())),
    };
    Math::Aligned(shown.iter().map(line).collect())
}

/// The gradient in the shape of its tensor, where it is known.
fn result(
    subject: &Subject<'_>,
    letter: char,
    shape: &[usize],
    leading: usize,
    numbers: Option<&Tensor<Number>>,
) -> Option<Step> {
    let numbers = numbers?;
    let mut displays =
        tensor_displays(subject, Name::Var(letter), shape, leading, |flat| numbers.entries()[flat].clone().into());
    for display in &mut displays {
        mark_as_gradient(display);
    }
    Some(Step::displayed(prose!["In the shape of the tensor:"], displays))
}

/// Turns the names on the left of equals signs into derivatives.
fn mark_as_gradient(math: &mut Math) {
    if let Math::Row(pieces) = math {
        for at in 0..pieces.len() {
            if pieces.get(at + 1) == Some(&Equals.into()) {
                let name = std::mem::replace(&mut pieces[at], Math::Space);
                pieces[at] = partial(name);
            } else {
                mark_as_gradient(&mut pieces[at]);
            }
        }
    }
}

fn proof(subject: &Subject<'_>, evidence: GradientEvidence) -> Prose {
    let sums = "The sums above read the layer's taps by input, by kernel cell and by channel.";
    match evidence {
        GradientEvidence::Differentiated => prose![
            Inline::Emphasis("Symbolic identity.".into()),
            format!(
                " {sums} Independently, the output was computed as polynomials by the textbook loops, the polynomial \
                 sum of g y was differentiated with respect to every input, weight and bias, and every derivative is \
                 the same polynomial as the sum above it. So the gradients hold for all numbers.{}",
                if subject.instance.gradients.is_some() && subject.instance.is_float() {
                    " The numbers are double-precision floats, computed by the textbook loops, and rounded."
                } else if subject.instance.gradients.is_some() {
                    " The numbers were computed from the taps and by the textbook loops, with equal results."
                } else {
                    ""
                }
            )
        ],
        GradientEvidence::Sampled => prose![
            Inline::Emphasis("Exact sample.".into()),
            format!(
                " {sums} The layer is too large to differentiate polynomials; the gradients of one instance were \
                 computed from the taps and by the textbook loops, with equal results. That is evidence, not a proof."
            )
        ],
        GradientEvidence::Derived => prose![format!(
            "{sums} The layer is too large to compute its gradients in a second way; they stand on the chain rule alone."
        )],
    }
}
