//! Agreement of the roads: each is walked over the same operands, and its output held against the first one's.

use super::counterexample::{Counterexample, Quantity};
use super::judge::{Exactly, Judge};
use crate::algebra::Ring;
use crate::geometry::{Layer, Operation};
use crate::roads::rewritten::StrideOne;
use crate::roads::{Road, by_kronecker_sum, by_slabs, by_textbook, by_unrolling, textbook_shape};
use crate::taps::Taps;
use crate::tensor::Tensor;

/// The roads that a [`Model`](super::Model) is proved by, and numbers are computed by, the yardstick first.
///
/// No two share their loops. The stride-1 rewriting of a transposed convolution goes through the loops of the
/// convolution, which is another definition than the yardstick's; that of a plain convolution would go through the
/// yardstick's own, so the Kronecker sum stands in its place.
#[must_use]
pub fn roads_of(operation: Operation) -> [Road; 3] {
    match operation {
        Operation::Transposed => [Road::Textbook, Road::Matrix, Road::Rewritten],
        Operation::Convolution => [Road::Textbook, Road::Matrix, Road::Kronecker],
    }
}

/// Runs the [roads of the operation](roads_of) over any ring and returns their common result; `spell` writes an entry of
/// a counterexample.
///
/// # Errors
/// The first entry that differs.
pub fn roads_agree<T: Ring>(
    layer: &Layer,
    taps: &Taps,
    rewriting: &StrideOne,
    x: &Tensor<T>,
    w: &Tensor<T>,
    spell: impl Fn(&T) -> String,
) -> Result<Tensor<T>, Counterexample> {
    roads_agree_by(layer, taps, rewriting, x, w, &Exactly(spell))
}

/// The same; `judge` says what counts as agreement.
///
/// # Errors
/// The first entry that differs.
pub fn roads_agree_by<T: Ring>(
    layer: &Layer,
    taps: &Taps,
    rewriting: &StrideOne,
    x: &Tensor<T>,
    w: &Tensor<T>,
    judge: &impl Judge<T>,
) -> Result<Tensor<T>, Counterexample> {
    agreed(&Operands { layer, taps, x, w }, judge, &RealRoads(rewriting))
}

/// What every road goes over: a layer with its taps, an input and a weight.
#[derive(Clone, Copy)]
pub(crate) struct Operands<'a, T> {
    pub(crate) layer: &'a Layer,
    pub(crate) taps: &'a Taps,
    pub(crate) x: &'a Tensor<T>,
    pub(crate) w: &'a Tensor<T>,
}

/// Ways to compute a layer's output. Tests put lying ones in the place of the [real](RealRoads).
pub(crate) trait Roads {
    /// The output by one road.
    ///
    /// # Errors
    /// When the operands do not fit together there, or an output of another shape would come out.
    fn walk<T: Ring>(&self, road: Road, over: &Operands<'_, T>) -> Result<Tensor<T>, Counterexample>;
}

/// The roads themselves; the rewriting may be a spoilt one.
pub(crate) struct RealRoads<'a>(pub(crate) &'a StrideOne);

impl Roads for RealRoads<'_> {
    fn walk<T: Ring>(&self, road: Road, over: &Operands<'_, T>) -> Result<Tensor<T>, Counterexample> {
        let Operands { layer, taps, x, w } = *over;
        Ok(match road {
            Road::Textbook => by_textbook(layer, x, w),
            Road::Matrix => by_slabs(layer, taps, x, w),
            Road::Unrolled => by_unrolling(layer, x, w),
            Road::Kronecker => by_kronecker_sum(layer, x, w),
            Road::Rewritten => return self.rewritten(layer, x, w),
        })
    }
}

impl RealRoads<'_> {
    /// A spoilt rewriting is run only where it leads to as many outputs: its operand is then not much longer than its own.
    fn rewritten<T: Ring>(&self, layer: &Layer, x: &Tensor<T>, w: &Tensor<T>) -> Result<Tensor<T>, Counterexample> {
        let operation = layer.operation();
        let expected = textbook_shape(layer);
        match self.0.output_shape(x.shape(), w.shape()) {
            None => Err(Counterexample::does_not_fit(Road::Rewritten.name(operation))),
            Some(shape) if shape != expected => {
                let roads = [Road::Textbook, Road::Rewritten].map(|road| road.name(operation));
                Err(Counterexample::shapes(roads, [expected, shape]))
            }
            Some(_) => Ok(self.0.run(x, w)),
        }
    }
}

/// Walks every one of the operation's roads and compares it with the first.
pub(super) fn agreed<T: Ring>(
    over: &Operands<'_, T>,
    judge: &impl Judge<T>,
    roads: &impl Roads,
) -> Result<Tensor<T>, Counterexample> {
    let operation = over.layer.operation();
    let [yardstick, others @ ..] = roads_of(operation);
    let output = roads.walk(yardstick, over)?;
    for road in others {
        let left = (yardstick.name(operation), &output);
        Counterexample::between(Quantity::Output, left, (road.name(operation), &roads.walk(road, over)?), judge)?;
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::Approximate;
    use crate::geometry::{AxisSettings, ChannelSettings};
    use crate::proof::WithinRounding;
    use crate::roads::rewriting;
    use std::any::Any;

    /// The real roads over floats, one of which is off in its last entry by so many times what rounding allows.
    struct Off<'a> {
        real: RealRoads<'a>,
        road: Road,
        times: f64,
        terms: u64,
    }

    impl Roads for Off<'_> {
        fn walk<T: Ring>(&self, road: Road, over: &Operands<'_, T>) -> Result<Tensor<T>, Counterexample> {
            let mut output = self.real.walk(road, over)?;
            if road == self.road {
                let floats: &mut dyn Any = output.entries_mut().last_mut().expect("an output");
                let last = floats.downcast_mut::<Approximate>().expect("floats");
                last.value += self.times * 4.0 * (self.terms + 2) as f64 * f64::EPSILON * last.magnitude;
            }
            Ok(output)
        }
    }

    #[test]
    fn floats_agree_up_to_their_rounding_and_a_road_beyond_it_is_named() {
        let terms = 6;
        for operation in [Operation::Transposed, Operation::Convolution] {
            let channels = ChannelSettings { input: 2, ..ChannelSettings::default() };
            let layer = Layer::new(operation, vec![AxisSettings::new(4, 3)], channels).expect("possible");
            let taps = Taps::of(layer.geometry()).expect("small");
            let drawn = |shape: &[usize]| Tensor::from_fn(shape, |flat| Approximate::new((flat as f64 + 0.7).sin()));
            let (x, w) = (drawn(&layer.input_shape()), drawn(&layer.weight_shape()));
            let over = Operands { layer: &layer, taps: &taps, x: &x, w: &w };
            let rewriting = rewriting(&layer);
            for road in roads_of(operation) {
                for (times, agree) in [(0.5, true), (-0.5, true), (2.0, false), (-2.0, false), (1e9, false)] {
                    let roads = Off { real: RealRoads(&rewriting), road, times, terms };
                    let found = agreed(&over, &WithinRounding { terms }, &roads);
                    assert_eq!(found.is_ok(), agree, "{road:?}, off by {times} of the bound");
                    if let Err(counterexample) = found {
                        assert!(counterexample.to_string().contains(road.name(operation)), "{counterexample}");
                    }
                }
            }
        }
    }
}
