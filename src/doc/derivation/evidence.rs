//! What was proved about the layer, with the grade of the evidence.

use crate::doc::subject::Subject;
use crate::doc::{Fact, Facts, facts};
use crate::laws::Law;
use crate::proof::{Grade, roads_of};

pub(super) fn facts(subject: &Subject<'_>) -> Facts {
    let operation = subject.layer.operation();
    let has = |grade: Grade| subject.proved.grades().contains(&grade);
    subject.facts().and(facts! {
        /// Whether the stride is above 1 on some axis, and whether the dilation is.
        is_strided: subject.layer.settings().iter().any(|axis| axis.stride > 1),
        is_dilated: subject.layer.settings().iter().any(|axis| axis.dilation > 1),
        /// Whether the layer's taps were compared with those of the stride-1 convolution.
        by_taps: has(Grade::TapsIdentity),
        /// Whether the output was computed over polynomials.
        by_symbols: has(Grade::SymbolicIdentity),
        /// Whether the output was computed on one instance of integers.
        by_sample: has(Grade::ExactSample),
        /// Whether nothing but the taps was compared.
        by_taps_alone: subject.proved.grades() == [Grade::TapsIdentity],
        /// The ways in which outputs were computed, as `words.md` names them.
        ways: Fact::list(roads_of(operation).map(|road| road.name(operation))),
        /// How many entries were compared.
        outputs: subject.proved.outputs(),
        /// How many products all entries have together.
        products: subject.taps.count(),
        /// The cell of the flipped kernel.
        flipped: Law::Flipped,
        /// Whether the output is known in numbers.
        has_numbers: subject.instance.output.is_some(),
    })
}
