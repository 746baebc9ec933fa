//! What was proved about the layer, in words, with the grade of the evidence.

use super::Content;
use crate::doc::math::row;
use crate::doc::subject::Subject;
use crate::doc::{Inline, Math, Name, Prose, Relation, Step, prose};
use crate::geometry::Bias;
use crate::proof::{Grade, Proof};
use crate::roads::Road;
use crate::wording::counted;

pub(super) fn section(subject: &Subject<'_>, proof: &Proof) -> Content {
    let operation = subject.layer.operation();
    let mut steps = vec![Step::text(if subject.transposed() {
        prose![
            "Proved before this page was printed: ",
            row![
                Name::TildeTransposed('W'),
                Name::Tilde('x'),
                Relation::Equals,
                Name::Primed('X'),
                Relation::Star,
                Name::Primed('W')
            ],
            " up to reshaping, and both are the transposed convolution by its definition, the sum of the kernel's \
                 copies scaled by the inputs."
        ]
    } else {
        prose![
            "Proved before this page was printed: ",
            row![Name::Tilde('W'), Name::Tilde('x')],
            " is, up to reshaping, the convolution by its definition."
        ]
    })];
    if subject.bias == Bias::Present {
        steps.push(Step::text(prose!["The bias is added to every entry of its channel afterwards."]));
    }
    for grade in &proof.grades {
        steps.push(Step::text(match grade {
            Grade::TapsIdentity => taps_identity(subject),
            Grade::SymbolicIdentity => prose![
                Inline::Emphasis("Symbolic identity.".into()),
                format!(
                    " The output was computed in three ways ({}) with the symbols in place of numbers. {}",
                    Road::ALL.map(|road| road.name(operation)).join("; "),
                    if proof.outputs == 1 {
                        "Its only entry came out as the same polynomial each time.".to_owned()
                    } else {
                        format!(
                            "Each of its {} entries came out as the same polynomial each time, with {} in all.",
                            proof.outputs,
                            counted(proof.taps as usize, "product", "products")
                        )
                    }
                ),
            ],
            Grade::ExactSample => prose![
                Inline::Emphasis("Exact sample.".into()),
                format!(
                    " The three ways to compute the output ({}) take too many steps here, zeros included, to be gone \
                     with polynomials. They were gone with one instance of integers (seed 0), and {} exactly. That is \
                     evidence about the programs; the proof is the taps identity.",
                    Road::ALL.map(|road| road.name(operation)).join("; "),
                    if proof.outputs == 1 {
                        "the only entry agrees".to_owned()
                    } else {
                        format!("all {} entries agree", proof.outputs)
                    }
                ),
            ],
        }));
    }
    if subject.instance.output.is_some() {
        steps.push(Step::text(if subject.instance.is_float() {
            prose![
                "The numbers are double-precision floats: the output was computed by the textbook loops, and rounded."
            ]
        } else {
            prose![
                "The numbers are exact: the output was computed from them in the same three ways, with equal results."
            ]
        }));
    }
    ("What has been proved", steps)
}

fn taps_identity(subject: &Subject<'_>) -> Prose {
    let mut identity = prose![
        Inline::Emphasis("Taps identity.".into()),
        " On every axis, input ",
        Math::from('i'),
        ", kernel cell ",
        Math::from('t'),
        " and output ",
        Math::from('j'),
    ];
    if subject.transposed() {
        identity.extend(prose![
                " meet in the transposed convolution exactly when output ",
                Math::from('j'),
                ", kernel cell ",
                row!['k', Relation::Minus, 1_usize, Relation::Minus, 't'],
                " of the flipped kernel and cell ",
                row!['s', 'i'],
                " of the zero-inserted input meet in the stride-1 convolution. The two sets of triples were compared, \
                 axis by axis and for the channels, and are equal; so the equality holds for this layer with all weights and all inputs, \
                 over every commutative ring."
            ]);
    } else {
        identity = prose![
            Inline::Emphasis("Taps identity.".into()),
            " On every axis, output ",
            Math::from('i'),
            ", kernel cell ",
            Math::from('t'),
            " and input ",
            Math::from('j'),
            " meet exactly when output ",
            row!['s', 'i'],
            ", kernel cell ",
            row!['d', 't'],
            " and input ",
            Math::from('j'),
            " meet in the stride-1 convolution with the zero-filled kernel. The two sets of triples were \
                 compared, axis by axis, and are equal; so the equality holds for this layer with all weights and all \
                 inputs, over every commutative ring."
        ];
    }
    identity
}
