//! What the checks go by: the factors' taps and sizes, the roads' lists of terms, their outputs over integers. Tests put
//! lying evidence in the place of the [real](Real).

use super::check::List;
use super::examinee::Examinee;
use crate::algebra::{Family, Polynomial};
use crate::index::narrow;
use crate::matrix::{for_each_slab, weight_matrix};
use crate::proof::{Counterexample, Operands, RealRoads, Roads as _, symbols, taps_identity_of};
use crate::roads::kronecker::{self, Placed};
use crate::roads::terms::{self, Term};
use crate::roads::unrolled::{self, PanelSize};
use crate::roads::{Road, adjoint_shape, textbook_shape};
use crate::taps::Taps;
use crate::tensor::Tensor;
use std::ops::ControlFlow::{self, Break};

/// Why a list was left before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// A term that is none of the matrix'.
    Mismatch,
    /// Nobody wants to know any more.
    Stopped,
}

/// What is known of a layer from its factors, its loops and its roads.
pub(super) trait Evidence {
    /// Whether the taps of the layer are those of its rewriting.
    fn taps_agree(&self, of: &Examinee<'_>) -> bool;

    /// Whether the sizes that are computed are those that the loops produce.
    fn sizes_agree(&self, of: &Examinee<'_>) -> bool;

    /// The shape of the outputs that a list is about, by sizes of its own; nothing if it has none. What it should be
    /// follows it.
    fn shapes(&self, list: List, of: &Examinee<'_>) -> Option<[Vec<usize>; 2]>;

    /// Visits the terms of a list.
    fn list(&self, list: List, of: &Examinee<'_>, visit: impl FnMut(Term) -> ControlFlow<Halt>) -> ControlFlow<Halt>;

    /// The output by one road over integers.
    ///
    /// # Errors
    /// When the operands do not fit together there.
    fn output(
        &self,
        road: Road,
        of: &Examinee<'_>,
        over: &Operands<'_, i64>,
    ) -> Result<Tensor<i64>, Box<Counterexample>>;
}

/// Entries of a slab of a large matrix, and products of a panel of unrolled columns, held at a time.
pub(super) const SLAB: usize = 1 << 18;
pub(super) const PANEL: PanelSize = PanelSize { products: 1 << 16, terms: 8 };

/// The loops and roads themselves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Real;

impl Evidence for Real {
    fn taps_agree(&self, of: &Examinee<'_>) -> bool {
        match of.plant {
            Some(_) => taps_identity_of(of.layer, &of.rewriting).is_ok(),
            None => of.facts.iter().all(|fact| fact.taps_agree()),
        }
    }

    fn sizes_agree(&self, of: &Examinee<'_>) -> bool {
        of.facts.iter().all(|fact| fact.sizes_agree())
    }

    fn shapes(&self, list: List, of: &Examinee<'_>) -> Option<[Vec<usize>; 2]> {
        let layer = of.layer;
        Some(match list {
            List::Textbook => [textbook_shape(layer), layer.output_shape()],
            List::Adjoint => [adjoint_shape(layer), layer.input_shape()],
            List::Rewritten => {
                let shape = of.rewriting.output_shape(&layer.input_shape(), &layer.weight_shape());
                [shape.unwrap_or_default(), layer.output_shape()]
            }
            List::Slabs | List::Transpose | List::Unrolled | List::Kronecker => return None,
        })
    }

    fn list(
        &self,
        list: List,
        of: &Examinee<'_>,
        mut visit: impl FnMut(Term) -> ControlFlow<Halt>,
    ) -> ControlFlow<Halt> {
        let layer = of.layer;
        match list {
            List::Slabs => slabs(&of.taps(), visit),
            List::Transpose if of.is_large() => slabs(&of.transposed_taps(), visit),
            List::Transpose => {
                let transpose = weight_matrix(&of.transposed_taps());
                let mut entries = transpose.iter();
                entries.try_for_each(|(weight, (output, input))| visit(Term { output, weight: weight.0, input }))
            }
            List::Textbook => terms::by_textbook(layer, visit),
            List::Adjoint => terms::by_textbook_of_adjoint(layer, visit),
            List::Rewritten => terms::by_rewriting(layer, &of.rewriting, visit),
            List::Unrolled => {
                let (x, w) = symbols(layer);
                unrolled::for_each_contribution(layer, &x, &w, PANEL, |output, sum| each_term(output, sum, &mut visit))
            }
            List::Kronecker => kronecker::for_each_entry(layer.geometry(), |Placed { weight, row, column }| {
                visit(Term { output: narrow(row), weight: narrow(weight), input: narrow(column) })
            }),
        }
    }

    fn output(
        &self,
        road: Road,
        of: &Examinee<'_>,
        over: &Operands<'_, i64>,
    ) -> Result<Tensor<i64>, Box<Counterexample>> {
        RealRoads(&of.rewriting).walk(road, over).map_err(Box::new)
    }
}

/// The entries of a matrix, built slab by slab.
fn slabs(taps: &Taps, mut visit: impl FnMut(Term) -> ControlFlow<Halt>) -> ControlFlow<Halt> {
    for_each_slab(taps, SLAB, |rows, slab| {
        slab.iter().try_for_each(|(weight, (row, input))| {
            visit(Term { output: narrow(rows.start) + row, weight: weight.0, input })
        })
    })
}

/// The terms of a sum of products of one weight and one input; anything else is a mismatch.
fn each_term(output: usize, sum: &Polynomial, mut visit: impl FnMut(Term) -> ControlFlow<Halt>) -> ControlFlow<Halt> {
    sum.terms().iter().try_for_each(|(monomial, coefficient)| match (monomial.symbols(), coefficient) {
        ([w, x], 1) if (w.family, x.family) == (Family::Weight, Family::Input) => {
            visit(Term { output: narrow(output), weight: w.index, input: x.index })
        }
        _ => Break(Halt::Mismatch),
    })
}
