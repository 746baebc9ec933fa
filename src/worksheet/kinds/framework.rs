//! Layers as PyTorch calls them: which call has a given matrix, and how many parameters a layer has.

mod parameters;

use super::prelude::*;
use crate::doc::Notation;
use crate::misconception::{CallMisconception, NamedRule};
use crate::worksheet::drawn::{self, small_layer};
use crate::worksheet::weight_places::WeightPlaces;

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "framework", has_choice: true, draw };

/// Which call has this matrix?
#[derive(Debug)]
struct WhichCall {
    layer: Layer,
}

/// What fits on paper and can be read.
const MOST_ROWS: usize = 12;
const MOST_COLUMNS: usize = 12;

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    if dice.once_in(3) {
        return parameters::draw(dice, scope);
    }
    let operation = if dice.once_in(3) { Operation::Convolution } else { Operation::Transposed };
    let layer = small_layer(dice, scope, operation)?;
    let exercise = WhichCall { layer };
    let matrix = WeightPlaces::of(&exercise.layer);
    let channels = exercise.layer.geometry().channels();
    let fits = (3..=MOST_ROWS).contains(&matrix.rows) && (2..=MOST_COLUMNS).contains(&matrix.columns);
    // A weight that stands nowhere cannot be seen; its kernel could have any size.
    let shows_all = (0..exercise.layer.weight_shape().iter().product::<usize>() as u32)
        .all(|weight| matrix.cells.contains(&Some(weight)));
    let is_single = channels.small() == 1 && channels.big() == 1;
    // Which operation it is, is read off the order of the indices.
    let (own, other) = match operation {
        Operation::Transposed => (ascends_along(&matrix.transposed()), ascends_along(&matrix)),
        Operation::Convolution => (ascends_along(&matrix), ascends_along(&matrix.transposed())),
    };
    (fits && shows_all && is_single && own && !other && !exercise.others().is_empty())
        .then(|| Box::new(exercise) as Box<dyn Exercise>)
}

/// Whether the weights ascend from left to right wherever several stand in a row, and somewhere they do.
fn ascends_along(matrix: &WeightPlaces) -> bool {
    ascend(matrix.cells.chunks(matrix.columns).map(|row| row.iter().flatten().collect()))
}

/// Whether all lines ascend, and one of them has at least two weights.
fn ascend<'a>(lines: impl Iterator<Item = Vec<&'a u32>>) -> bool {
    let several: Vec<_> = lines.filter(|line| line.len() > 1).collect();
    !several.is_empty() && several.iter().all(|line| line.is_sorted())
}

/// A call that somebody may take for the right one.
struct OtherCall {
    misconception: NamedRule,
    layer: Layer,
}

impl WhichCall {
    /// Other calls that read as many inputs with a kernel of this size, and have another matrix.
    fn others(&self) -> Vec<OtherCall> {
        let of_output = |rule: Misconception| {
            let layer = rule.call(&self.layer)?;
            Some(OtherCall { misconception: rule.into(), layer })
        };
        let of_call = |rule: CallMisconception| {
            let layer = rule.call(&self.layer)?;
            Some(OtherCall { misconception: rule.into(), layer })
        };
        // The first that leads to a matrix is the one that is named.
        let candidates = [
            of_output(Misconception::OtherOperation),
            of_output(Misconception::StrideIgnored),
            of_output(Misconception::PaddingIgnored),
            of_call(CallMisconception::OutputPaddingForgotten),
            of_output(Misconception::DilationIgnored),
            of_call(CallMisconception::DilationForStride),
            of_call(CallMisconception::PaddingOneMore),
            of_call(CallMisconception::StrideOneMore),
            of_call(CallMisconception::OutputPaddingForPadding),
            of_call(CallMisconception::DilationOneMore),
        ];
        let mut known = vec![WeightPlaces::of(&self.layer)];
        let mut others = Vec::new();
        for other in candidates.into_iter().flatten() {
            let matrix = WeightPlaces::of(&other.layer);
            // Only one of the calls offered may have the matrix, and no two of them the same.
            if !known.contains(&matrix) {
                known.push(matrix);
                others.push(other);
            }
        }
        others
    }

    fn told_axis(&self, name: &'static str, axis: usize) -> Facts {
        let length = self.layer.output_shape()[axis + 1];
        let AxisSettings { stride, dilation, padding, output_padding, .. } = self.layer.settings()[axis];
        facts! {
            /// What the axis is called, as `words.md` has it.
            name: name,
            /// Its settings, as in the call.
            stride: stride,
            dilation: dilation,
            padding: padding.begin,
            output_padding: output_padding,
            /// The length of the output, without output padding and with it.
            shortest: length - output_padding,
            length: length,
        }
    }

    fn grid(&self) -> Math {
        let notation = Notation::of(&self.layer);
        WeightPlaces::of(&self.layer).grid(|weight| notation.weight(weight)).into()
    }
}

/// The call with its bias, which the matrix says nothing of: calls are short so.
fn call(layer: &Layer) -> String {
    drawn::call(layer, Bias::Present)
}

fn as_code(layer: &Layer) -> Answer {
    let facts = facts! {
        /// The call.
        call: Fact::code(call(layer)),
    };
    Answer::FreeText(Passage::new("exercise/call", facts))
}

impl Exercise for WhichCall {
    fn about(&self) -> About {
        let call = call(&self.layer);
        About { identity: format!("{call} {:?}", self.layer.input_shape()), layer: call, points: 3, data: Vec::new() }
    }

    fn passage(&self) -> Passage {
        let axes = match self.layer.settings() {
            [height, width] if height != width => vec![("height", 0), ("width", 1)],
            _ => vec![("every axis", 0)],
        };
        let facts = facts! {
            /// The layer as a call in PyTorch, with its bias.
            call: Fact::code(call(&self.layer)),
            /// The shape that it reads.
            input_shape: drawn::tuple(&self.layer.input_shape()),
            /// The matrix of its weights.
            matrix: self.grid(),
            /// Where a kernel cell meets a cell of the small side.
            meeting: Law::Meeting,
            /// The axes that differ: one that stands for every axis, or height and width.
            axes: axes.into_iter().map(|(name, axis)| self.told_axis(name, axis)).collect::<Fact>(),
        };
        Passage::new("exercise/framework", drawn::layer_facts(&self.layer).and(facts))
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.layer)
    }

    fn answer(&self) -> Answer {
        as_code(&self.layer)
    }

    /// Of the call and all others that are offered the one whose matrix, by the textbook loops, is the given one.
    fn by_another_road(&self) -> Option<Answer> {
        let given = WeightPlaces::of(&self.layer);
        let others = self.others().into_iter().map(|other| other.layer);
        let mut having = others
            .chain([self.layer.clone()])
            .filter(|layer| WeightPlaces::by_textbook(layer).as_ref() == Some(&given));
        having.next().filter(|_| having.next().is_none()).map(|layer| as_code(&layer))
    }

    fn distractors(&self) -> Vec<Distractor> {
        let wrong = |other: OtherCall| Distractor { misconception: other.misconception, answer: as_code(&other.layer) };
        self.others().into_iter().map(wrong).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{ChannelSettings, Padding};

    #[test]
    fn every_call_that_is_offered_has_a_matrix_of_its_own() {
        let axis = AxisSettings { stride: 2, padding: Padding::both(1), output_padding: 1, ..AxisSettings::new(3, 3) };
        let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).expect("possible");
        let exercise = WhichCall { layer };
        let others = exercise.others();
        let mut matrices: Vec<WeightPlaces> = others.iter().map(|other| WeightPlaces::of(&other.layer)).collect();
        matrices.push(WeightPlaces::of(&exercise.layer));
        for (place, matrix) in matrices.iter().enumerate() {
            assert!(!matrices[..place].contains(matrix));
        }
        assert!(others.len() >= 4);
        // The right padding with the output padding of the other end is another matrix of the same size.
        assert!(matrices.iter().filter(|matrix| matrix.rows == 6).count() >= 2);
        assert_eq!(exercise.by_another_road(), Some(exercise.answer()));
    }
}
