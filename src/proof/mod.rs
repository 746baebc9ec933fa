//! Proof that the roads agree, graded, and the counterexample when they do not.
//!
//! * [`taps_identity`]: the two tap sets are equal, axis by axis: holds for this geometry, all weights and inputs,
//!   over every commutative ring.
//! * [`symbolic_identity`]: the roads, run over polynomials in the symbols, give equal normal forms; this covers the
//!   code of the roads too.
//! * *terms identity*: the roads name the same products for every output ([`roads::terms`](crate::roads::terms)), each
//!   once. A sweep compares so, because it costs one bit for each product instead of a polynomial for each output.
//! * [`exact_sample`]: one exact numeric instance, which is evidence and no more.
//!
//! Why equal lists of terms are equal polynomials: an output is a sum of monomials `w_a x_b`, and its coefficient of
//! `w_a x_b` is how often the list of its terms names the pair. A row and a column of W~ share at most one weight, so in
//! `(W~ x)_r` every `x_b`, and with it every monomial, stands at most once. A road that names each entry of W~ exactly
//! once, and nothing else, therefore has the coefficients of W~ x in every output: 1 at the same monomials. The normal
//! forms are equal, and the lists are a proof for all weights and inputs over every commutative ring, as polynomials are.
//! What they do not run is the addition and multiplication of the road's own code.
//!
//! For the gradients, [`gradients_agree`] compares the roads over any ring and [`gradient_identity`] over polynomials,
//! there also against differentiation of the symbolic output.

#![cfg_attr(not(test), deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss))]

mod agreement;
mod counterexample;
mod fault;
mod gradient;
mod judge;
mod witness;

pub(crate) use agreement::{Operands, RealRoads, Roads};
pub use agreement::{roads_agree, roads_agree_by, roads_of};
pub use counterexample::{Counterexample, Difference, Quantity};
pub use fault::Fault;
pub use gradient::{GradientEvidence, differentiated, gradient_identity, gradients_agree, upstream_symbols};
pub use judge::{Exactly, Judge, WithinRounding};
pub use witness::{Model, Proved};

use crate::algebra::{Family, Monomial, Polynomial, SmallIntegers, Symbol};
use crate::geometry::{Axis, Channels, Layer, Operation};
use crate::index::narrow;
use crate::roads::rewriting;
use crate::roads::rewritten::{StrideOne, Turn, ZeroInsertion};
use crate::taps::{Factor, Tap, Taps};
use crate::tensor::{Tensor, unravel};
use agreement::agreed;
use std::collections::BTreeSet;

/// How strong a piece of evidence is, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Equal tap sets: every weight, every input, every commutative ring.
    TapsIdentity,
    /// Equal polynomials out of the roads.
    SymbolicIdentity,
    /// Equal lists of terms: the same polynomials, of which none was built.
    TermsIdentity,
    /// One exact numeric instance.
    ExactSample,
}

impl Grade {
    /// What it is called in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TapsIdentity => "taps identity",
            Self::SymbolicIdentity => "symbolic identity",
            Self::TermsIdentity => "terms identity",
            Self::ExactSample => "exact sample",
        }
    }
}

/// Shows, one axis at a time and for the channels, that the taps of the layer are the taps of its rewriting,
/// relabelled. Costs the sum of the axes' sizes; products carry it to the whole layer.
///
/// # Errors
/// The axis on which the tap sets differ.
///
/// # Panics
/// When the taps of an axis cannot be numbered with 32 bits; [`Taps::check_within`] refuses such layers.
pub fn taps_identity(layer: &Layer) -> Result<(), Counterexample> {
    taps_identity_of(layer, &rewriting(layer))
}

/// The taps identity for a given rewriting, the layer's own or a spoilt one.
///
/// # Errors
/// The axis on which the tap sets differ; past the last axis, the channels. Where the exchange of the kernel's axes
/// makes the difference, that is the first axis.
pub fn taps_identity_of(layer: &Layer, rewriting: &StrideOne) -> Result<(), Counterexample> {
    let geometry = layer.geometry();
    if let StrideOne::ZeroInsertion(rewriting) = rewriting
        && rewriting.turn == Turn::AxesExchanged
        && !exchange_is_turn(geometry.axes())
    {
        return Err(Counterexample::taps(0));
    }
    let (mut differing, mut has_none, mut rewriting_has_none) = (None, false, false);
    for (index, axis) in geometry.axes().iter().enumerate() {
        let taps = Factor::of_axis(axis);
        let relabelled: Vec<Tap> = match rewriting {
            StrideOne::ZeroInsertion(rewriting) => match relabelled_zero_insertion(axis, rewriting, index) {
                Some(relabelled) => relabelled.collect(),
                None => return Err(Counterexample::taps(index)),
            },
            StrideOne::Thinned(_) => relabelled_thinning(axis).collect(),
        };
        has_none |= taps.taps() == 0;
        rewriting_has_none |= relabelled.is_empty();
        if differing.is_none() && !taps.iter().eq(relabelled) {
            differing = Some(index);
        }
    }
    // Where some axis has no taps the product is empty, whatever the others have.
    if let Some(index) = differing
        && !(has_none && rewriting_has_none)
    {
        return Err(Counterexample::taps(index));
    }
    if layer.operation() == Operation::Transposed && !channels_exchange(&geometry.channels()) {
        return Err(Counterexample::taps(geometry.axes().len()));
    }
    Ok(())
}

/// Whether exchanging the first two axes of the kernel puts the same weights where its rotation would: of one axis alone
/// there is nothing to exchange; of two, the kernel must be square, and cells `t`, `t'` that have taps on their axes must
/// fulfil `t + t' = k - 1`. A third axis would not be turned at all.
fn exchange_is_turn(axes: &[Axis]) -> bool {
    let [first, second, rest @ ..] = axes else { return true };
    let met = |axis: &Axis| -> BTreeSet<u32> { Factor::of_axis(axis).iter().map(|tap| tap.weight).collect() };
    let opposite = |a: u32, b: u32| a as usize + b as usize == first.kernel() - 1;
    let (ours, theirs) = (met(first), met(second));
    let is_turned = ours.iter().all(|&a| theirs.iter().all(|&b| opposite(a, b)))
        && rest.iter().all(|axis| met(axis).into_iter().all(|ker| 2 * ker as usize == axis.kernel() - 1));
    first.kernel() == second.kernel() && (is_turned || axes.iter().any(|axis| met(axis).is_empty()))
}

/// The taps `(j, k-1-t, s i)` of the rewriting's stride-1 axis, written as `(i, t, j)`; none if it has no such axis.
/// An exchange of axes is looked at before; here it counts as a rotation where there are two axes.
fn relabelled_zero_insertion(
    axis: &Axis,
    rewriting: &ZeroInsertion,
    index: usize,
) -> Option<impl Iterator<Item = Tap>> {
    let (stride, kernel, turn) = (rewriting.strides[index], axis.kernel(), rewriting.turn);
    let written = usize::try_from(rewriting.unit_size(index, axis.small(), kernel)).ok()?;
    let spread = usize::try_from(stride as u128 * (axis.small() as u128 - 1) + 1).ok()?;
    // Of a layer's own rewriting it has the numbers of the layer's axis in another order, so it is never refused.
    let unit = Axis::new(written, spread, kernel, 1, rewriting.dilations[index], rewriting.padding[index].0).ok()?;
    let is_turned = turn == Turn::Flipped || (turn == Turn::AxesExchanged && rewriting.strides.len() > 1);
    (written == axis.big()).then(|| {
        (0..axis.small()).flat_map(move |small| {
            let label = move |ker: usize| if is_turned { kernel - 1 - ker } else { ker };
            let mut meeting: Vec<Tap> = unit
                .meeting(stride * small)
                .map(|(big, ker)| Tap { row: narrow(small), weight: narrow(label(ker)), column: narrow(big) })
                .collect();
            meeting.sort_unstable_by_key(|tap| tap.column);
            meeting
        })
    })
}

/// The taps `(s i, d t, j)` of the axis with stride 1, dilation 1 and the zero-filled kernel, written as `(i, t, j)`.
fn relabelled_thinning(axis: &Axis) -> impl Iterator<Item = Tap> {
    let (stride, dilation, kernel) = (axis.stride(), axis.dilation(), axis.kernel());
    let full = stride * (axis.small() - 1) + 1;
    let unit = Axis::new(full, axis.big(), axis.effective_kernel(), 1, 1, axis.crop_begin())
        .expect("its positions lie among those of the axis it comes from");
    (0..axis.small()).flat_map(move |small| {
        let first = usize::try_from(-unit.position(stride * small, 0)).unwrap_or(0).div_ceil(dilation);
        (first..kernel).map_while(move |ker| {
            let big = unit.cell(stride * small, dilation * ker)?;
            Some(Tap { row: narrow(small), weight: narrow(ker), column: narrow(big) })
        })
    })
}

/// Exchanging the channel axes of the weight within each group exchanges the two sides and nothing else.
fn channels_exchange(channels: &Channels) -> bool {
    let Ok(exchanged) = Channels::new(channels.big(), channels.small(), channels.groups()) else { return false };
    let mut relabelled: Vec<Tap> = Factor::of_channels(&exchanged)
        .iter()
        .map(|tap| {
            let within = tap.row as usize % channels.big_per_group();
            let weight = tap.column as usize * channels.big_per_group() + within;
            Tap { row: tap.column, weight: narrow(weight), column: tap.row }
        })
        .collect();
    relabelled.sort_unstable();
    Factor::of_channels(channels).iter().eq(relabelled)
}

/// Runs the three roads over polynomials and compares the normal forms; `rewriting` is the layer's own, or a spoilt one.
///
/// # Errors
/// The first entry that differs, with both polynomials.
pub fn symbolic_identity(
    layer: &Layer,
    taps: &Taps,
    rewriting: &StrideOne,
) -> Result<Tensor<Polynomial>, Counterexample> {
    symbolic_identity_by(layer, taps, &RealRoads(rewriting))
}

fn symbolic_identity_by(layer: &Layer, taps: &Taps, roads: &impl Roads) -> Result<Tensor<Polynomial>, Counterexample> {
    let (x, w) = symbols(layer);
    let judge = Exactly(|polynomial: &Polynomial| spelled(layer, polynomial));
    agreed(&Operands { layer, taps, x: &x, w: &w }, &judge, roads)
}

/// A polynomial with the indices of its symbols, such as `w[0,1]*x[2] + w[0,0]*x[3]`; channel indices only where
/// there are several channels.
#[must_use]
pub fn spelled(layer: &Layer, polynomial: &Polynomial) -> String {
    let channels = layer.geometry().channels();
    let single = channels.small() == 1 && channels.big() == 1;
    let symbol = |symbol: &Symbol| {
        let (shape, leading) = match symbol.family {
            Family::Weight => (layer.weight_shape(), 2),
            Family::Input => (layer.input_shape(), 1),
            Family::Bias => (vec![layer.output_shape()[0]], 0),
            Family::OutputGradient => (layer.output_shape(), 1),
        };
        let index = unravel(&shape, symbol.index as usize);
        let shown: Vec<String> = index[if single { leading } else { 0 }..].iter().map(ToString::to_string).collect();
        format!("{}[{}]", symbol.family.letter(), shown.join(","))
    };
    let term = |(monomial, coefficient): &(Monomial, i64)| {
        let factors: Vec<String> = monomial.symbols().iter().map(symbol).collect();
        match (coefficient, factors.is_empty()) {
            (1, false) => factors.join("*"),
            (_, false) => format!("{coefficient}*{}", factors.join("*")),
            (_, true) => coefficient.to_string(),
        }
    };
    let terms: Vec<String> = polynomial.terms().iter().map(term).collect();
    if terms.is_empty() { "0".into() } else { terms.join(" + ") }
}

/// Tensors of symbols: the layer's input and weight as unknowns.
#[must_use]
pub fn symbols(layer: &Layer) -> (Tensor<Polynomial>, Tensor<Polynomial>) {
    let unknown = |family: Family| move |index: usize| Polynomial::symbol(family, narrow(index));
    (
        Tensor::from_fn(&layer.input_shape(), unknown(Family::Input)),
        Tensor::from_fn(&layer.weight_shape(), unknown(Family::Weight)),
    )
}

/// Runs the three roads on one instance of small integers drawn from the seed, exactly.
///
/// # Errors
/// The first entry that differs, with both values.
pub fn exact_sample(layer: &Layer, taps: &Taps, seed: u64) -> Result<Tensor<i64>, Counterexample> {
    exact_sample_by(layer, taps, seed, &RealRoads(&rewriting(layer)))
}

fn exact_sample_by(layer: &Layer, taps: &Taps, seed: u64, roads: &impl Roads) -> Result<Tensor<i64>, Counterexample> {
    let mut integers = SmallIntegers::new(seed);
    let x = Tensor::from_fn(&layer.input_shape(), |_| integers.draw());
    let w = Tensor::from_fn(&layer.weight_shape(), |_| integers.draw());
    agreed(&Operands { layer, taps, x: &x, w: &w }, &Exactly(i64::to_string), roads)
}
