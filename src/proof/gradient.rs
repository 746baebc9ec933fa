//! Agreement of the gradients: the two numeric roads, and differentiation of the symbolic output.

use super::counterexample::{Counterexample, Quantity};
use super::judge::Judge;
use super::{spelled, symbols};
use crate::algebra::{Family, Polynomial, Ring, Symbol};
use crate::geometry::Layer;
use crate::index::narrow;
use crate::limits::Effort;
use crate::proof::Exactly;
use crate::roads::by_textbook;
use crate::roads::gradient::{self, GradientRoad, Gradients};
use crate::taps::Taps;
use crate::tensor::Tensor;
use num_traits::Zero as _;

/// Computes the gradients of `sum of g * y` by the taps and by the textbook loops and returns their common result.
///
/// # Errors
/// The first entry that differs, of the input gradient, then of the weight's, then of the bias'.
///
/// # Panics
/// When a shape is not the layer's.
pub fn gradients_agree<T: Ring>(
    layer: &Layer,
    taps: &Taps,
    x: &Tensor<T>,
    w: &Tensor<T>,
    g: &Tensor<T>,
    judge: &impl Judge<T>,
) -> Result<Gradients<T>, Counterexample> {
    let textbook = gradient::by_textbook(layer, x, w, g);
    let taps = gradient::by_taps(layer, taps, x, w, g);
    same_gradients((GradientRoad::Textbook.name(), &textbook), (GradientRoad::Taps.name(), &taps), judge)?;
    Ok(textbook)
}

/// Runs both roads over polynomials and holds their normal forms against the derivatives of `sum of g * y`, where
/// `y` is the symbolic output of the textbook loops: three roads to the gradients.
///
/// # Errors
/// The first entry that differs, with both polynomials.
pub fn gradient_identity(layer: &Layer, taps: &Taps) -> Result<Gradients<Polynomial>, Counterexample> {
    let (x, w) = symbols(layer);
    let g = upstream_symbols(layer);
    let judge = Exactly(|polynomial: &Polynomial| spelled(layer, polynomial));
    let computed = gradients_agree(layer, taps, &x, &w, &g, &judge)?;
    let differentiated = differentiated(layer);
    let by = ("differentiation of the symbolic output", &differentiated);
    same_gradients(by, (GradientRoad::Textbook.name(), &computed), &judge)?;
    Ok(computed)
}

/// How the gradients were confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GradientEvidence {
    /// The output polynomials were differentiated and gave the same gradients.
    Differentiated,
    /// Two roads gave the same gradients for one exact instance.
    Sampled,
    /// The layer is too large for either; the derivation stands on the taps alone.
    Derived,
}

/// Differentiating costs about the products times the symbols: above so many the polynomials are not differentiated.
const DIFFERENTIATED: u128 = 1 << 22;

impl GradientEvidence {
    /// The symbolic identity where the layer is small enough for it to be looked for, else what there is otherwise.
    ///
    /// # Errors
    /// The first entry that differs, with both polynomials.
    pub fn strongest(layer: &Layer, taps: &Taps, otherwise: Self) -> Result<Self, Counterexample> {
        let extent = |shape: Vec<usize>| shape.iter().product::<usize>() as u128;
        let symbols = extent(layer.input_shape()) + extent(layer.weight_shape());
        if Effort::of(layer).most().saturating_mul(symbols) > DIFFERENTIATED {
            return Ok(otherwise);
        }
        gradient_identity(layer, taps).map(|_| Self::Differentiated)
    }
}

/// The upstream gradient as unknowns `g`, in the shape of the output.
#[must_use]
pub fn upstream_symbols(layer: &Layer) -> Tensor<Polynomial> {
    Tensor::from_fn(&layer.output_shape(), |index| Polynomial::symbol(Family::OutputGradient, narrow(index)))
}

/// The gradients by formal differentiation of `L = sum over j of g[j] (y[j] + b[channel of j])`.
///
/// Costs the number of outputs' terms times the number of symbols: for small layers.
#[must_use]
pub fn differentiated(layer: &Layer) -> Gradients<Polynomial> {
    let (x, w) = symbols(layer);
    let output = by_textbook(layer, &x, &w);
    let (channels, outputs) = (output.shape()[0], output.entries().len());
    let bias = |flat: usize| Polynomial::symbol(Family::Bias, narrow(flat / (outputs / channels)));
    let upstream = upstream_symbols(layer);
    let mut loss = Polynomial::zero();
    for (flat, (y, g)) in output.entries().iter().zip(upstream.entries()).enumerate() {
        loss += g * &(y.clone() + bias(flat));
    }
    let by = |family: Family, shape: &[usize]| {
        Tensor::from_fn(shape, |index| loss.derivative(Symbol::new(family, narrow(index))))
    };
    Gradients {
        input: by(Family::Input, x.shape()),
        weight: by(Family::Weight, w.shape()),
        bias: by(Family::Bias, &[channels]),
    }
}

fn same_gradients<T>(
    (expected_by, left): (&'static str, &Gradients<T>),
    (found_by, right): (&'static str, &Gradients<T>),
    judge: &impl Judge<T>,
) -> Result<(), Counterexample> {
    for (quantity, left, right) in [
        (Quantity::InputGradient, &left.input, &right.input),
        (Quantity::WeightGradient, &left.weight, &right.weight),
        (Quantity::BiasGradient, &left.bias, &right.bias),
    ] {
        Counterexample::between(quantity, (expected_by, left), (found_by, right), judge)?;
    }
    Ok(())
}
