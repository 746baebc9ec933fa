//! The backward pass: the gradients with respect to input, weight and bias, derived from the taps.

use super::math::row;
use super::subject::{Subject, Written, and_with_numbers, factor, times};
use super::tensors::{flattened, tensor_displays};
use super::{DocumentKind, Math, Name, NumbersShown, Passage, Prose, Relation, SectionKind, Shown, Step, prose};
use crate::algebra::Number;
use crate::geometry::Bias;
use crate::tensor::Tensor;
use crate::wording::counted;
use Relation::Equals;

pub use crate::proof::GradientEvidence;

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
    opening: |subject, _| Passage::new("gradients/opening", subject.parameters()),
    sections: &[
        SectionKind::new("upstream", |_, _| "The chain rule", |subject, _| upstream(subject))
            .of_volume(|outline| outline.upstream())
            .showing(NumbersShown::Given),
        SectionKind::new("input", |_, _| "With respect to the input", |subject, _| input(subject))
            .of_volume(|outline| outline.input_gradient()),
        SectionKind::new("weight", |_, _| "With respect to the weight", |subject, _| weight(subject))
            .of_volume(|outline| outline.weight_gradient()),
        SectionKind::new("bias", |_, _| "With respect to the bias", |subject, _| bias(subject))
            .of_volume(|outline| outline.bias_gradient()),
        SectionKind::new(
            "proof",
            |_, evidence| evidence.title(),
            |subject, evidence| vec![Step::text(proof(subject, *evidence))],
        ),
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
        "A loss $L$ is computed from the output $Y$; its gradient with respect to every entry of $Y$ is known, and written \
         $G$:"
    ];
    let mut steps = and_with_numbers(claim, subject.instance.output_gradient.is_some(), displays);
    steps.push(chain_rule(subject));
    steps
}

/// Why every gradient is a sum of products.
pub fn chain_rule(subject: &Subject<'_>) -> Step {
    Step::text(prose![
        if subject.bias == Bias::Present { "Apart from the bias, every " } else { "Every " },
        "entry of the output is a sum of products of one weight and one input each. So the chain rule gives each gradient by \
         the same products: wherever $w x$ is part of an entry of the output whose gradient is $g$, the input gets $w g$ \
         and the weight gets $x g$."
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
        "With $g~$ for $G$ flattened, from {}{} follows a product with the transposed matrix, {}$G$ with the same \
         kernel, stride, padding and dilation{}";
        row![Name::Tilde('y'), Equals, forward, Name::Tilde('x')],
        if subject.bias == Bias::Present { " (plus a bias, which does not depend on the input)" } else { "" },
        operation,
        subject.returning_output_padding().map_or_else(String::new, |padding| {
            format!(" with output padding {padding}, the remainder of the division")
        })
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
            let upstream = subject.output_gradient(link.column as usize, written);
            times(subject.weight(link.weight as usize, written), upstream, written)
        };
        subject.extent.sum(backward_taps.row_length(flat), |place| term(&backward_taps.link(flat, place)))
    };
    let numbers = subject.instance.gradients.as_ref().map(|gradients| &gradients.input);
    let claim = prose![format!("Entry by entry, {}:", counted(rows, "sum", "sums"))];
    let left = |flat: usize| subject.notation.input(flat);
    steps.push(Step::shown(claim, equations(subject, &shown, left, terms, numbers)));
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
        "Group the products by kernel cell: cell $t$ is used by every {} $i$ and {} $j$ with {} on every axis. {}:";
        first, second, subject.meeting(), counted(total, "sum", "sums")
    ];
    let left = |flat: usize| subject.notation.weight(flat);
    let mut steps = vec![Step::shown(claim, equations(subject, &shown, left, terms, numbers))];
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
            prose!["The bias of a channel is added once to each of its entries, so it gets the sum of their gradients:"]
        }
        Bias::Absent => prose![
            "This layer has no bias. One would be added once to each entry of its channel, and so would get the sum of \
             their gradients:"
        ],
    };
    let terms = |channel: usize, written: Written| {
        let term = |place: usize| factor(subject.output_gradient(channel * positions + place, written));
        subject.extent.sum(positions, term)
    };
    let numbers = subject.instance.gradients.as_ref().map(|gradients| &gradients.bias);
    let shown = subject.extent.slices(shape[0]);
    let left = |channel: usize| subject.notation.bias(channel);
    vec![Step::shown(claim, equations(subject, &shown, left, terms, numbers))]
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
            "*Symbolic identity.* {} Independently, the output was computed as polynomials by the textbook loops, the \
             polynomial sum of g y was differentiated with respect to every input, weight and bias, and every derivative \
             is the same polynomial as the sum above it. So the gradients hold for all numbers.{}";
            sums,
            match (&subject.instance.gradients, subject.instance.is_float()) {
                (None, _) => "",
                (Some(_), true) =>
                    " The numbers are double-precision floats, computed by the textbook loops, and rounded.",
                (Some(_), false) =>
                    " The numbers were computed from the taps and by the textbook loops, with equal results.",
            }
        ],
        GradientEvidence::Sampled => prose![
            "*Exact sample.* {} The layer is too large to differentiate polynomials; the gradients of one instance were \
             computed from the taps and by the textbook loops, with equal results. That is evidence, not a proof.";
            sums
        ],
        GradientEvidence::Derived => prose![
            "{} The layer is too large to compute its gradients in a second way; they stand on the chain rule alone.";
            sums
        ],
    }
}
