//! The distribution view as pictures: every input's scaled kernel at its place in the buffer, and their sum.

use super::place;
use crate::algebra::Number;
use crate::doc::math::row;
use crate::doc::subject::{Subject, Written, by};
use crate::doc::tensors::{Layout, layout_displays};
use crate::doc::{DocumentKind, Fact, Facts, Math, Name, Passage, Relation, SectionKind, facts};
use crate::geometry::Bias;
use crate::places::Buffer;
use crate::tensor::{count_of, unravel};
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
        SectionKind::of("copies", "explanation/copies", |subject, ()| Buffers::of(subject).copies(subject))
            .of_volume(|outline| outline.copies()),
        SectionKind::of("sum", "explanation/sum", |subject, ()| Buffers::of(subject).sum(subject, false))
            .of_volume(|outline| outline.sum_of_copies()),
    ],
};

/// All that the distribution view shows; the sum of the copies once where it is the output.
///
/// # Panics
/// When the layer is a plain convolution, which has no buffers.
pub(crate) fn distribution(subject: &Subject<'_>) -> Passage {
    let buffers = Buffers::of(subject);
    let facts = facts! {
        /// The copies of the kernel.
        copies: Passage::new("explanation/copies", buffers.copies(subject)),
        /// Their sum, and the output.
        sum: Passage::new("explanation/sum", buffers.sum(subject, true)),
    };
    Passage::new("explanation/buffers", facts)
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
    fn layout(&self, subject: &Subject<'_>) -> Layout<'_> {
        let around = |axis: usize| {
            let Range { start, end } = self.places.kept()[axis];
            [start, end].into_iter().filter(|&line| line > 0 && line < self.shape[axis + 1]).collect()
        };
        let lines = match self.places.kept().len() {
            1 => (Vec::new(), around(0)),
            dimensions => (around(dimensions - 2), around(dimensions - 1)),
        };
        let sign = match self.written(subject) {
            Written::Numbers => subject.equals_value(),
            Written::Symbols => Equals.into(),
        };
        Layout { lines, sign, ..Layout::plain(&self.shape, 1) }
    }

    /// Whether the padding cuts cells off.
    fn is_cut(&self) -> bool {
        self.places.kept().iter().zip(&self.shape[1..]).any(|(kept, &length)| kept.start > 0 || kept.end < length)
    }

    /// Whether the output padding adds cells behind what the copies reach.
    fn is_longer(&self) -> bool {
        self.shape[1..] != self.places.reached()
    }

    fn copies(&self, subject: &Subject<'_>) -> Facts {
        let input_shape = subject.layer.input_shape();
        let total: usize = input_shape.iter().product();
        let layout = self.layout(subject);
        let written = self.written(subject);
        let copy = |input: usize| {
            let index = unravel(&input_shape, input);
            let cell = |cell: &[usize]| match self.places.weight(&index, cell) {
                Some(weight) => self.product(subject, weight, input, written),
                None => Math::Zero,
            };
            let name = subject.notation.input(input);
            facts! {
                /// The input, with its value where all numbers are known.
                input: match written {
                    Written::Symbols => name,
                    Written::Numbers => row![name, Equals, subject.input(input, written)],
                },
                /// Where its copy begins.
                start: place(&self.places.start(&index)),
                /// The buffer with this copy alone.
                buffer: Fact::displays(layout_displays(subject, &subject.notation.copy(input), &layout, cell)),
            }
        };
        let shown = subject.extent.slices(total);
        subject.facts().and(self.facts()).and(facts! {
            /// Whether the cells of a copy lie apart.
            is_dilated: subject.layer.settings().iter().any(|axis| axis.dilation > 1),
            /// Whether a copy is shown in several slices, by output channel or by the outermost of three indices.
            is_sliced: self.shape.len() > 3 || self.shape[0] > 1,
            /// How far the copies reach.
            reached: by(self.places.reached()),
            /// The size of the buffer.
            buffer_size: by(self.shape[1..].iter().copied()),
            /// How many inputs there are.
            inputs: total,
            /// The copies of those that are shown; nothing in place of those left out.
            copies: Fact::list(shown.iter().map(|place| place.map(copy))),
        })
    }

    /// What is said of the copies and of their sum.
    fn facts(&self) -> Facts {
        facts! {
            /// Whether the padding cuts cells off.
            cuts: self.is_cut(),
            /// Whether the output padding adds cells behind what the copies reach.
            adds: self.is_longer(),
        }
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

    /// `once` asks not to show the sum of the copies where it is the output, which is shown, too.
    fn sum(&self, subject: &Subject<'_>, once: bool) -> Facts {
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
        let is_output = once && written == Written::Numbers && subject.bias == Bias::Absent && !self.is_cut();
        let is_small = count_of(&self.shape).is_some_and(|cells| cells <= 400)
            && (written == Written::Numbers || subject.output_taps.count() <= 40);
        let sum = || layout_displays(subject, &Name::Var('B').into(), &self.layout(subject), cell);
        subject.facts().and(self.facts()).and(facts! {
            /// The sum of all copies; nothing where it is too large, or is shown as the output.
            sum: (is_small && !is_output).then(|| Fact::displays(sum())),
            /// Whether it is shown as the output.
            is_output: is_output,
            /// The output, where it is known in numbers.
            output: (written == Written::Numbers).then(|| Fact::displays(subject.output_displays())),
            /// What says what every entry is the sum of, where it is not.
            entries: (written == Written::Symbols).then(|| Passage::new("explanation/entries", subject.entries())),
        })
    }
}
