//! What is true of one axis, or of the channels, alone: found once and shared by every configuration that has it.

use crate::geometry::{AxisSettings, ChannelSettings, Layer, Operation, Rule};
use crate::proof::taps_identity;
use crate::roads::{rewriting, sliding, textbook, textbook_shape};
use crate::taps::{Factor, Taps};
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::rc::Rc;
use std::sync::Arc;

/// One factor of the layers that have it.
#[derive(Debug)]
pub(super) struct Fact {
    /// Its taps, rows on the small side; and with the sides exchanged.
    pub(super) factor: Arc<Factor>,
    pub(super) transposed: Arc<Factor>,
    /// Whether its taps are those of its rewriting.
    pub(super) taps_agree: bool,
    /// Whether the sizes that are computed are those that the loops produce.
    pub(super) sizes_agree: bool,
}

/// The facts found so far, for one operation.
#[derive(Debug, Default)]
pub(super) struct Facts {
    axes: FxHashMap<(Operation, AxisSettings), Result<Rc<Fact>, Rule>>,
    channels: FxHashMap<(Operation, ChannelSettings), Result<Rc<Fact>, Rule>>,
    /// Rows, columns and taps of all factors that are kept.
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
            let layer = Layer::new(operation, vec![axis], ChannelSettings::default()).map_err(|error| error.rule())?;
            let factor = Factor::of_axis(&layer.geometry().axes()[0]);
            Ok(Fact {
                transposed: Arc::new(factor.transposed()),
                factor: Arc::new(factor),
                taps_agree: taps_identity(&layer).is_ok(),
                sizes_agree: sizes_agree(&layer),
            })
        })
    }

    /// The fact of the channels, or the rule they break.
    pub(super) fn of_channels(&mut self, operation: Operation, channels: ChannelSettings) -> Result<Rc<Fact>, Rule> {
        self.make_room();
        remembered(&mut self.channels, &mut self.held, (operation, channels), || {
            let axis = AxisSettings::new(1, 1);
            let layer = Layer::new(operation, vec![axis], channels).map_err(|error| error.rule())?;
            let factor = Factor::of_channels(&layer.geometry().channels());
            Ok(Fact {
                transposed: Arc::new(factor.transposed()),
                factor: Arc::new(factor),
                taps_agree: taps_identity(&layer).is_ok(),
                sizes_agree: true,
            })
        })
    }
}

impl Facts {
    fn make_room(&mut self) {
        if self.held > KEPT_TAPS || self.axes.len() + self.channels.len() > KEPT {
            *self = Self::default();
        }
    }
}

/// The taps of the layer made of these factors: W~, or W~^T.
pub(super) fn taps_of(facts: &[Rc<Fact>], side: impl Fn(&Fact) -> &Arc<Factor>) -> Taps {
    Taps::of_factors(facts.iter().map(|fact| Arc::clone(side(fact))).collect())
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
            *held += found.as_ref().map_or(0, |fact| {
                let factor = &fact.factor;
                factor.taps() + factor.rows() + factor.columns()
            });
            found
        })
        .clone()
}

/// Whether the size of a 1-D layer's output is what comes out of counting, what the textbook loops produce and what its
/// rewriting produces; and whether the way back is as it should be: of a transposed layer, the convolution of its output has its
/// input's size exactly when the output padding is below the stride, and that output padding is
/// `(n + 2p - d(k-1) - 1) mod s`.
fn sizes_agree(layer: &Layer) -> bool {
    let AxisSettings { input, kernel, stride, padding, dilation, output_padding } = layer.settings()[0];
    let output = layer.output_shape()[1];
    let padded = |cells: usize| cells + padding.begin + padding.end;
    // The kernel stands at 0, s, 2s, ... as long as its last cell is inside.
    let placements = |cells: usize| {
        (0..).map(|place| place * stride + dilation * (kernel - 1)).take_while(|&last| last < padded(cells)).count()
    };
    let (x, w) = (layer.input_shape(), layer.weight_shape());
    let rewritten = rewriting(layer).output_shape(&x, &w);
    let counted = match layer.operation() {
        Operation::Convolution => placements(input) == output,
        Operation::Transposed => {
            let buffer = textbook::buffer_shape(&x, &w, &sliding(layer), 1)[1];
            let last = (input - 1) * stride + dilation * (kernel - 1);
            let returns = placements(output) == input;
            let remainder = (padded(output) - dilation * (kernel - 1) - 1) % stride;
            buffer == last + 1
                && buffer + output_padding == padded(output)
                && returns == (output_padding < stride)
                && (!returns || remainder == output_padding)
        }
    };
    counted && textbook_shape(layer)[1] == output && rewritten.is_some_and(|shape| shape[1] == output)
}
