//! The distribution view as pictures: every input's scaled kernel at its place in the buffer, and their sum.

use super::{place, rounded};
use crate::algebra::Number;
use crate::doc::math::row;
use crate::doc::subject::{Subject, Written, by};
use crate::doc::tensors::{Layout, layout_displays};
use crate::doc::{DocumentKind, Math, Name, Passage, Relation, SectionKind, Step, prose};
use crate::geometry::Bias;
use crate::places::Buffer;
use crate::tensor::{count_of, unravel};
use crate::wording::counted;
use Relation::Equals;
use std::ops::Range;

/// For a transposed convolution, the copy of the kernel that each input lays into the buffer, then the sum of the copies
/// with the cropped border struck out, then the output.
///
/// # Panics
/// When the layer is a plain convolution, which has no buffers.
pub const BUFFERS: DocumentKind = DocumentKind {
    opening: |subject, ()| Passage::new("explanation/buffers-opening", subject.parameters()),
    sections: &[
        SectionKind::new(
            "copies",
            |_, ()| "One copy of the kernel for each input",
            |subject, ()| Buffers::of(subject).copies(subject),
        )
        .of_volume(|outline| outline.copies()),
        SectionKind::new(
            "sum",
            |_, ()| "Their sum, and what is cut off",
            |subject, ()| Buffers::of(subject).sum(subject),
        )
        .of_volume(|outline| outline.sum_of_copies()),
    ],
};

/// All that the distribution view shows.
///
/// # Panics
/// When the layer is a plain convolution, which has no buffers.
#[must_use]
pub fn distribution(subject: &Subject<'_>) -> Vec<Step> {
    let picture = Buffers::of(subject);
    [picture.copies(subject), picture.sum(subject)].concat()
}

/// What the copies are laid into, as it is shown.
struct Buffers<'a> {
    places: Buffer<'a>,
    shape: Vec<usize>,
}

impl<'a> Buffers<'a> {
    fn of(subject: &Subject<'a>) -> Self {
        assert!(subject.transposed(), "only a transposed convolution lays copies of its kernel into a buffer");
        let places = Buffer::of(subject.layer.geometry());
        Self { shape: places.shape(), places }
    }

    /// The lines around the kept cells, in the matrix of a slice.
    fn layout(&self) -> Layout<'_> {
        let around = |axis: usize| {
            let Range { start, end } = self.places.kept()[axis];
            [start, end].into_iter().filter(|&line| line > 0 && line < self.shape[axis + 1]).collect()
        };
        let lines = match self.places.kept().len() {
            1 => (Vec::new(), around(0)),
            dimensions => (around(dimensions - 2), around(dimensions - 1)),
        };
        Layout { lines, ..Layout::plain(&self.shape, 1) }
    }

    /// Whether the padding cuts cells off.
    fn is_cut(&self) -> bool {
        self.places.kept().iter().zip(&self.shape[1..]).any(|(kept, &length)| kept.start > 0 || kept.end < length)
    }

    /// Whether the output padding adds cells behind what the copies reach.
    fn is_longer(&self) -> bool {
        self.shape[1..] != self.places.reached()
    }

    fn copies(&self, subject: &Subject<'_>) -> Vec<Step> {
        let mut steps = vec![Step::text(prose![
            "Each input, times the kernel, is laid into a buffer of size ",
            by(self.places.reached()),
            if self.is_longer() {
                format!(", lengthened to {} by the output padding", by(self.shape[1..].iter().copied()))
            } else {
                String::new()
            },
            ": the copy of input $i$ begins at cell $s i$",
            if self.is_cut() { ". The lines mark what the padding cuts off." } else { "." }
        ])];
        let input_shape = subject.layer.input_shape();
        let total: usize = input_shape.iter().product();
        let layout = self.layout();
        let written = self.written(subject);
        for shown in subject.extent.slices(total).iter() {
            let Some(input) = shown else {
                steps.push(Step::text(prose![format!("And so on, for all {}.", counted(total, "input", "inputs"))]));
                continue;
            };
            let index = unravel(&input_shape, input);
            let start = self.places.start(&index);
            let cell = |cell: &[usize]| match self.places.weight(&index, cell) {
                Some(weight) => self.product(subject, weight, input, written),
                None => Math::Zero,
            };
            let displays = layout_displays(subject, &subject.notation.copy(input), &layout, cell);
            let claim = match written {
                Written::Symbols => {
                    prose!["The copy of ", subject.notation.input(input), ", from cell ", place(&start), ":"]
                }
                Written::Numbers => prose![
                    "The copy of {}, from cell {}:";
                    row![subject.notation.input(input), Equals, subject.input(input, Written::Numbers)], place(&start)
                ],
            };
            steps.push(Step::displayed(claim, displays));
        }
        steps
    }

    /// Numbers where all are known.
    fn written(&self, subject: &Subject<'_>) -> Written {
        if subject.instance.output.is_some() { Written::Numbers } else { Written::Symbols }
    }

    fn product(&self, subject: &Subject<'_>, weight: usize, input: usize, written: Written) -> Math {
        match (written, subject.weight(weight, written), subject.input(input, written)) {
            (Written::Numbers, Math::Number(w), Math::Number(x)) => Math::Number(w.times(&x)),
            (_, w, x) => row![w, x],
        }
    }

    fn sum(&self, subject: &Subject<'_>) -> Vec<Step> {
        let written = self.written(subject);
        let input_shape = subject.layer.input_shape();
        let inputs: usize = input_shape.iter().product();
        let cell = |index: &[usize]| {
            let reaching = |input: usize| {
                let weight = self.places.weight(&unravel(&input_shape, input), index)?;
                Some(self.product(subject, weight, input, written))
            };
            let terms: Vec<Math> = (0..inputs).filter_map(reaching).collect();
            let sum = match written {
                Written::Symbols => Math::Sum(terms),
                Written::Numbers => Math::Number(Number::sum(terms.iter().filter_map(|term| match term {
                    Math::Number(number) => Some(number),
                    _ => None,
                }))),
            };
            if self.places.keeps(index) { sum } else { Math::Dropped(Box::new(sum)) }
        };
        let mut claim = prose!["All copies added up"];
        if self.is_cut() {
            claim.push("; what lies outside the lines is cut off by the padding and struck out".into());
        }
        if self.is_longer() {
            claim.push("; the cells that the output padding adds are reached by no copy".into());
        }
        claim.push(":".into());
        let shown_whole = count_of(&self.shape).is_some_and(|cells| cells <= 400);
        let mut steps = Vec::new();
        if shown_whole && (written == Written::Numbers || subject.output_taps.count() <= 40) {
            let displays = layout_displays(subject, &Name::Var('B').into(), &self.layout(), cell);
            steps.push(Step::displayed(claim, displays));
        }
        if written == Written::Numbers {
            let claim = match subject.bias {
                Bias::Absent => prose!["What is left is the output:"],
                Bias::Present => prose!["What is left, plus the bias, is the output:"],
            };
            steps.push(Step::displayed(claim, subject.output_displays()));
            steps.extend(rounded(subject));
        } else {
            steps.extend(crate::doc::text::in_english("derivation/entries", subject.entries()));
        }
        steps
    }
}
