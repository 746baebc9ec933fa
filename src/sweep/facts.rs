//! What is true of one axis, or of the channels, alone: found once and shared by every configuration that has it.

use crate::geometry::{AxisSettings, ChannelSettings, Channels, Layer, Operation, Rule};
use crate::proof::taps_identity;
use crate::roads::{rewriting, sliding, textbook, textbook_shape};
use crate::taps::{Factor, Taps};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::hash::Hash;
use std::rc::Rc;
use std::sync::Arc;

/// One factor of the layers that have it. That it is possible is known at once; what else there is to know is found when
/// it is asked for, because the layer may be impossible for another reason.
#[derive(Debug)]
pub(super) struct Fact {
    /// A layer that has no other factor.
    layer: Layer,
    sizes_agree: OnceCell<bool>,
    listed: OnceCell<Listed>,
}

/// What takes a list of the taps.
#[derive(Debug)]
pub(super) struct Listed {
    /// Its taps, rows on the small side.
    pub(super) factor: Arc<Factor>,
    /// The same with the sides exchanged.
    pub(super) transposed: Arc<Factor>,
    taps_agree: bool,
}

impl Fact {
    fn new(layer: Layer) -> Self {
        Self { layer, sizes_agree: OnceCell::new(), listed: OnceCell::new() }
    }

    /// Whether its taps are those of its rewriting.
    pub(super) fn taps_agree(&self) -> bool {
        self.listed().taps_agree
    }

    /// Whether the sizes that are computed are those that the loops produce.
    pub(super) fn sizes_agree(&self) -> bool {
        *self.sizes_agree.get_or_init(|| Produced::by(&self.layer).agrees_with(&self.layer))
    }

    /// One that says what it is told to, as no real one does.
    #[cfg(test)]
    pub(super) fn claiming(layer: Layer, taps_agree: bool, sizes_agree: bool) -> Self {
        let fact = Self::new(layer);
        let Listed { factor, transposed, .. } = fact.listed();
        let listed = Listed { factor: Arc::clone(factor), transposed: Arc::clone(transposed), taps_agree };
        Self { layer: fact.layer, sizes_agree: OnceCell::from(sizes_agree), listed: OnceCell::from(listed) }
    }

    fn listed(&self) -> &Listed {
        self.listed.get_or_init(|| {
            let geometry = self.layer.geometry();
            let factor = match (geometry.channels(), geometry.axes()) {
                (Channels::SINGLE, [axis]) => Factor::of_axis(axis),
                (channels, _) => Factor::of_channels(&channels),
            };
            Listed {
                transposed: Arc::new(factor.transposed()),
                factor: Arc::new(factor),
                taps_agree: taps_identity(&self.layer).is_ok(),
            }
        })
    }

    /// Rows, columns and taps, if they are listed.
    fn size(&self) -> usize {
        let geometry = self.layer.geometry();
        let sides = geometry.small_shape().into_iter().chain(geometry.big_shape()).fold(0, usize::saturating_add);
        sides.saturating_add(usize::try_from(geometry.tap_count()).unwrap_or(usize::MAX))
    }
}

/// The facts found so far, for one operation.
#[derive(Debug, Default)]
pub(super) struct Facts {
    axes: FxHashMap<(Operation, AxisSettings), Result<Rc<Fact>, Rule>>,
    channels: FxHashMap<(Operation, ChannelSettings), Result<Rc<Fact>, Rule>>,
    /// Rows, columns and taps of all facts that are kept, listed or not.
    held: usize,
}

/// Facts with so many taps in all, and so many facts, are kept; then they are found anew.
const KEPT_TAPS: usize = 1 << 20;
const KEPT: usize = 1 << 12;

impl Facts {
    /// The fact of an axis, or the rule it breaks.
    pub(super) fn of_axis(&mut self, operation: Operation, axis: AxisSettings) -> Result<Rc<Fact>, Rule> {
        self.make_room();
        remembered(&mut self.axes, &mut self.held, (operation, axis), || {
            Layer::new(operation, vec![axis], ChannelSettings::default()).map(Fact::new).map_err(|error| error.rule())
        })
    }

    /// The fact of the channels, or the rule they break.
    pub(super) fn of_channels(&mut self, operation: Operation, channels: ChannelSettings) -> Result<Rc<Fact>, Rule> {
        self.make_room();
        remembered(&mut self.channels, &mut self.held, (operation, channels), || {
            let axis = vec![AxisSettings::new(1, 1)];
            Layer::new(operation, axis, channels).map(Fact::new).map_err(|error| error.rule())
        })
    }

    fn make_room(&mut self) {
        if self.held > KEPT_TAPS || self.axes.len() + self.channels.len() > KEPT {
            *self = Self::default();
        }
    }
}

/// The taps of the layer made of these factors: W~, or W~^T.
pub(super) fn taps_of(facts: &[Rc<Fact>], side: impl Fn(&Listed) -> &Arc<Factor>) -> Taps {
    Taps::of_factors(facts.iter().map(|fact| Arc::clone(side(fact.listed()))).collect())
}

fn remembered<K: Hash + Eq>(
    known: &mut FxHashMap<K, Result<Rc<Fact>, Rule>>,
    held: &mut usize,
    key: K,
    find: impl FnOnce() -> Result<Fact, Rule>,
) -> Result<Rc<Fact>, Rule> {
    known
        .entry(key)
        .or_insert_with(|| {
            let found = find().map(Rc::new);
            *held = held.saturating_add(found.as_ref().map_or(0, |fact| fact.size()));
            found
        })
        .clone()
}

/// The sizes of a 1-D layer that loops and rewriting produce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Produced {
    output: usize,
    /// By the rewriting; nothing if its kernel does not fit.
    rewritten: Option<usize>,
    /// Of the buffer that a transposed convolution scatters into.
    buffer: Option<usize>,
}

impl Produced {
    fn by(layer: &Layer) -> Self {
        let (x, w) = (layer.input_shape(), layer.weight_shape());
        Self {
            output: textbook_shape(layer)[1],
            rewritten: rewriting(layer).output_shape(&x, &w).map(|shape| shape[1]),
            buffer: (layer.operation() == Operation::Transposed)
                .then(|| textbook::buffer_shape(&x, &w, &sliding(layer), 1)[1]),
        }
    }

    /// Whether they are the computed size of the output, and that is what comes out of counting; and whether the way back
    /// is as it should be: of a transposed layer, the convolution of its output has its input's size exactly when the
    /// output padding is below the stride, and that output padding is `(n + 2p - d(k-1) - 1) mod s`.
    fn agrees_with(self, layer: &Layer) -> bool {
        let AxisSettings { input, kernel, stride, padding, dilation, output_padding } = layer.settings()[0];
        let output = layer.output_shape()[1];
        let padded = |cells: usize| cells + padding.begin + padding.end;
        // The kernel stands at 0, s, 2s, ... as long as its last cell is inside.
        let placements = |cells: usize| {
            let last = |place: u128| place * stride as u128 + dilation as u128 * (kernel as u128 - 1);
            count_while(|place| last(place) < padded(cells) as u128)
        };
        let counted = match self.buffer {
            None => placements(input) == output as u128,
            Some(buffer) => {
                let last = (input - 1) * stride + dilation * (kernel - 1);
                let returns = placements(output) == input as u128;
                let remainder = (padded(output) - dilation * (kernel - 1) - 1) % stride;
                buffer == last + 1
                    && buffer + output_padding == padded(output)
                    && returns == (output_padding < stride)
                    && (!returns || remainder == output_padding)
            }
        };
        counted && self.output == output && self.rewritten == Some(output)
    }
}

/// How many of 0, 1, 2, ... fulfil a condition that fails for all after the first for which it does: asked of a few, so
/// that what is counted may be many.
fn count_while(holds: impl Fn(u128) -> bool) -> u128 {
    let mut beyond = 1;
    while holds(beyond - 1) {
        beyond *= 2;
    }
    // It holds below `beyond / 2`, and fails at `beyond - 1` and after.
    let (mut held, mut failing) = (beyond / 2, beyond - 1);
    while held < failing {
        let middle = held + (failing - held) / 2;
        if holds(middle) { held = middle + 1 } else { failing = middle }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Padding;

    #[test]
    fn a_size_that_loops_or_rewriting_do_not_produce_is_noticed() {
        let settings = AxisSettings { stride: 3, padding: Padding { begin: 1, end: 0 }, ..AxisSettings::new(5, 4) };
        for operation in [Operation::Transposed, Operation::Convolution] {
            let layer = Layer::new(operation, vec![settings], ChannelSettings::default()).unwrap();
            let produced = Produced::by(&layer);
            assert!(produced.agrees_with(&layer));
            let wrong = [
                Produced { output: produced.output + 1, ..produced },
                Produced { rewritten: Some(produced.output - 1), ..produced },
                Produced { rewritten: None, ..produced },
                Produced { buffer: produced.buffer.map(|cells| cells + 1), ..produced },
            ];
            for wrong in wrong.into_iter().filter(|wrong| *wrong != produced) {
                assert!(!wrong.agrees_with(&layer), "{wrong:?}");
            }
            let longer = AxisSettings { input: settings.input + 3, ..settings };
            let longer = Layer::new(operation, vec![longer], ChannelSettings::default()).unwrap();
            assert!(!produced.agrees_with(&longer), "the sizes of another layer");
        }
    }

    #[test]
    fn what_is_counted_in_bold_steps_is_what_is_counted_one_by_one() {
        for bound in 0..70 {
            assert_eq!(
                count_while(|number| number < bound),
                (0..).take_while(|&number| number < bound).count() as u128
            );
        }
        assert_eq!(count_while(|number| number < u128::MAX >> 2), u128::MAX >> 2);
    }
}
