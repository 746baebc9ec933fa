//! What was proved about the layer, in words, with the grade of the evidence.

use crate::doc::subject::Subject;
use crate::doc::{Prose, Step, prose};
use crate::geometry::Bias;
use crate::laws::Law;
use crate::proof::{Grade, roads_of};
use crate::wording::counted;

pub(super) fn steps(subject: &Subject<'_>) -> Vec<Step> {
    let ways = ways(subject);
    let mut steps = vec![Step::text(if subject.transposed() {
        prose![
            "Proved before this page was printed: $W~^T x~ = X' * W'$ up to reshaping, and both are the transposed \
             convolution by its definition, the sum of the kernel's copies scaled by the inputs."
        ]
    } else {
        prose![
            "Proved before this page was printed: $W~ x~$ is, up to reshaping, $X' * W'$ thinned out by the stride, and \
             both are the convolution by its definition."
        ]
    })];
    if subject.bias == Bias::Present {
        steps.push(Step::text(prose!["The bias is added to every entry of its channel afterwards."]));
    }
    for grade in subject.proved.grades() {
        steps.push(Step::text(match grade {
            Grade::TapsIdentity => taps_identity(subject),
            Grade::TermsIdentity => unreachable!("a layer is proved over polynomials or integers"),
            Grade::SymbolicIdentity => prose![
                "*Symbolic identity.* The output was computed in {} with the symbols in place of numbers. {}";
                ways.clone(),
                match subject.proved.outputs() {
                    1 => "Its only entry came out as the same polynomial each time.".to_owned(),
                    outputs => format!(
                        "Each of its {outputs} entries came out as the same polynomial each time, with {} in all.",
                        counted(subject.taps.count(), "product", "products")
                    ),
                }
            ],
            Grade::ExactSample => prose![
                "*Exact sample.* The computation takes too many steps here, zeros included, to be run with polynomials. \
                 It was run on one instance of integers (seed 0) in {}, and {} exactly. That is evidence about the \
                 programs; the proof is the taps identity.";
                ways.clone(),
                match subject.proved.outputs() {
                    1 => "the only entry agrees".to_owned(),
                    outputs => format!("all {outputs} entries agree"),
                }
            ],
        }));
    }
    let is_by_taps_alone = subject.proved.grades() == [Grade::TapsIdentity];
    if is_by_taps_alone {
        steps.push(Step::text(prose![
            "The computation takes too many steps here, zeros included, to be run for a proof as well: it rests on the \
             taps identity alone."
        ]));
    }
    if subject.instance.output.is_some() {
        steps.push(Step::text(if subject.instance.is_float() {
            prose![
                "The numbers are double-precision floats: the output was computed by the textbook loops, and rounded."
            ]
        } else if is_by_taps_alone {
            prose![format!("The numbers are exact: the output was computed from them in {ways}, with equal results.")]
        } else {
            prose!["The numbers are exact: the output was computed from them in the same ways, with equal results."]
        }));
    }
    steps
}

fn taps_identity(subject: &Subject<'_>) -> Prose {
    // As everywhere: i counts along the small side, j along the big one.
    let (first, second) = if subject.transposed() { ("input", "output") } else { ("output", "input") };
    let meet = if subject.transposed() {
        prose![
            "meet in the transposed convolution exactly when output $j$, kernel cell ",
            Law::Flipped,
            " of the flipped kernel and cell $s i$ of the zero-inserted input meet in the stride-1 convolution."
        ]
    } else {
        prose![
            "meet exactly when output $s i$, kernel cell $d t$ and input $j$ meet in the stride-1 convolution with the \
             zero-filled kernel."
        ]
    };
    let compared = if subject.transposed() {
        "axis by axis and for the channels, and are equal; the layer is the product of these sets"
    } else {
        "axis by axis, and are equal"
    };
    prose![
        "*Taps identity.* On every axis, {} $i$, kernel cell $t$ and {} $j$ {} The two sets of triples were compared, \
         {}; so the equality holds for this layer with all weights and all inputs, over every commutative ring.";
        first, second, meet, compared
    ]
}

/// The roads that were walked, in words.
fn ways(subject: &Subject<'_>) -> String {
    let operation = subject.layer.operation();
    format!("three ways ({})", roads_of(operation).map(|road| road.name(operation)).join("; "))
}
