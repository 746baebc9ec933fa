//! The taps: the finite set of triples (row, weight, column) that a layer *is*.
//!
//! One spatial axis contributes the triples `(small, ker, big)` with `big = s*small + d*ker - lo` inside the big side;
//! the channels contribute `(small channel, weight slice, big channel)`. A layer is the Cartesian product of these
//! factors, and row-major flat indices of a product are the mixed-radix numbers of the factors' indices. Everything
//! else is a reading of this set: grouped by row it is W~, grouped by column W~^T, grouped by weight the weight
//! gradient.

#![cfg_attr(not(test), deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss))]

use crate::geometry::{Axis, Channels, Geometry};
use crate::index::narrow;
use std::sync::Arc;

/// One tap seen from its row: the weight and the column it connects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The column.
    pub column: u32,
    /// The weight.
    pub weight: u32,
}

/// One tap: `y[row] += w[weight] * x[column]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tap {
    /// Flat index on the row side (of [`Taps::of`]: the small side).
    pub row: u32,
    /// Flat index into the weight tensor.
    pub weight: u32,
    /// Flat index on the column side (of [`Taps::of`]: the big side).
    pub column: u32,
}

/// The taps of one factor (an axis, or the channels), grouped by row, columns ascending in each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    columns: u32,
    weights: u32,
    /// Row `r` owns `links[starts[r]..starts[r + 1]]`; starts at 0 and never falls.
    starts: Vec<u32>,
    links: Vec<Link>,
}

impl Factor {
    /// The taps of a spatial axis; rows are the small side. Costs its number of taps plus `m`.
    ///
    /// # Panics
    /// When an extent or the number of taps exceeds 32 bits; [`Taps::within`] refuses such layers first.
    #[must_use]
    pub fn of_axis(axis: &Axis) -> Self {
        let row = |small: usize| {
            // Positions rise with ker, so the cells inside the big side are one run of kernel cells.
            let first = -axis.position(small, 0);
            let first = usize::try_from(first).unwrap_or(0).div_ceil(axis.dilation());
            (first..axis.kernel()).map_while(move |ker| {
                axis.cell(small, ker).map(|big| Link { column: narrow(big), weight: narrow(ker) })
            })
        };
        Self::from_rows(axis.big(), axis.kernel(), (0..axis.small()).map(row))
    }

    /// The taps of the channels; rows are the channels of the small side, the weight index runs over
    /// `[small channel, big channel within the group]`.
    #[must_use]
    pub(crate) fn of_channels(channels: &Channels) -> Self {
        let row = |small: usize| {
            (0..channels.big_per_group()).map(move |within| Link {
                column: narrow(channels.big_channel(small, within)),
                weight: narrow(small * channels.big_per_group() + within),
            })
        };
        let weights = channels.small() * channels.big_per_group();
        Self::from_rows(channels.big(), weights, (0..channels.small()).map(row))
    }

    fn from_rows<R: Iterator<Item = Link>>(columns: usize, weights: usize, rows: impl Iterator<Item = R>) -> Self {
        let (mut starts, mut links) = (vec![0], Vec::new());
        for row in rows {
            links.extend(row);
            starts.push(narrow(links.len()));
        }
        Self { columns: narrow(columns), weights: narrow(weights), starts, links }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns as usize
    }

    /// The number of weights.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.weights as usize
    }

    /// The number of taps.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.links.len()
    }

    /// The links of one row, columns ascending.
    #[must_use]
    pub fn row(&self, row: usize) -> &[Link] {
        &self.links[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// Every tap, ordered by row, then column.
    pub fn iter(&self) -> impl Iterator<Item = Tap> + '_ {
        (0..self.rows()).flat_map(move |row| {
            self.row(row).iter().map(move |link| Tap { row: narrow(row), weight: link.weight, column: link.column })
        })
    }

    /// The same taps with rows and columns exchanged (a counting sort).
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0_u32; self.columns() + 1];
        for link in &self.links {
            starts[link.column as usize + 1] += 1;
        }
        for column in 0..self.columns() {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut links = vec![Link { column: 0, weight: 0 }; self.links.len()];
        for tap in self.iter() {
            let place = &mut next[tap.column as usize];
            links[*place as usize] = Link { column: tap.row, weight: tap.weight };
            *place += 1;
        }
        Self { columns: narrow(self.rows()), weights: self.weights, starts, links }
    }
}

/// The taps of a layer: the product of its factors, channels first, then the axes from the outermost in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taps {
    /// Channels first. Shared: a factor is part of every layer that has it.
    factors: Vec<Arc<Factor>>,
}

impl Taps {
    /// Bytes of memory for each tap of the longest axis, or of the channels, that listing them, their transpose and the
    /// proof of their identity take.
    pub const BYTES_ON_ONE_AXIS: u128 = 100;

    /// The taps of a geometry, rows on the small side: the pattern of W~.
    ///
    /// # Errors
    /// When a side, the weight or the set of taps is larger than 32-bit indices can number.
    pub fn of(geometry: &Geometry) -> Result<Self, TooLarge> {
        Self::within(geometry, u32::MAX, u32::MAX)
    }

    /// The taps of a geometry that has at most `total` inputs, outputs, weights and taps, and on one axis (or among the
    /// channels) at most `axis` of each; checked before any memory is taken. Only the factors are listed, so memory
    /// grows with the axes, not with their product.
    ///
    /// # Errors
    /// When there are more, with the count.
    pub fn within(geometry: &Geometry, total: u32, axis: u32) -> Result<Self, TooLarge> {
        Self::check_within(geometry, total, axis)?;
        Ok(Self::product(geometry))
    }

    /// The check of [`Taps::within`] alone; nothing is built.
    ///
    /// # Errors
    /// When there are more, with the count.
    pub fn check_within(geometry: &Geometry, total: u32, axis: u32) -> Result<(), TooLarge> {
        let fits = |excess, count: u128, limit: u32| {
            if count > u128::from(limit) { Err(TooLarge { excess, count, limit }) } else { Ok(()) }
        };
        let extent = |shape: Vec<usize>| shape.iter().fold(1_u128, |size, &n| size.saturating_mul(n as u128));
        fits(Excess::Small, extent(geometry.small_shape()), total)?;
        fits(Excess::Big, extent(geometry.big_shape()), total)?;
        fits(Excess::Weights, extent(geometry.weight_shape()), total)?;
        for listed in geometry.axes() {
            fits(Excess::Small, listed.small() as u128, axis)?;
            fits(Excess::Big, listed.big() as u128, axis)?;
            fits(Excess::Weights, listed.kernel() as u128, axis)?;
            // An axis without taps makes the product 0, however many the others have, so each is asked.
            fits(Excess::Taps, listed.tap_count(), axis)?;
        }
        fits(Excess::Taps, geometry.channels().tap_count(), axis)?;
        fits(Excess::Taps, geometry.tap_count(), total)
    }

    /// The product of factors that are there already, channels first.
    pub(crate) fn of_factors(factors: Vec<Arc<Factor>>) -> Self {
        Self { factors }
    }

    fn product(geometry: &Geometry) -> Self {
        let channels = Factor::of_channels(&geometry.channels());
        let factors =
            std::iter::once(channels).chain(geometry.axes().iter().map(Factor::of_axis)).map(Arc::new).collect();
        Self { factors }
    }

    /// The factors, channels first.
    #[must_use]
    pub fn factors(&self) -> &[Arc<Factor>] {
        &self.factors
    }

    /// The same taps with rows and columns exchanged: the pattern of W~^T.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self { factors: self.factors.iter().map(|factor| Arc::new(factor.transposed())).collect() }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.factors.iter().map(|factor| factor.rows()).product()
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.factors.iter().map(|factor| factor.columns()).product()
    }

    /// The number of weights.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.factors.iter().map(|factor| factor.weights()).product()
    }

    /// The number of taps: the non-zeros of the matrix.
    #[must_use]
    pub fn count(&self) -> usize {
        self.factors.iter().map(|factor| factor.taps()).product()
    }

    /// The taps of one row, columns ascending.
    #[must_use]
    pub fn row(&self, row: usize) -> Vec<Link> {
        let mut links = Vec::new();
        let (outer, inner) = self.split();
        product_row(outer, row / inner.rows(), &mut links);
        links
            .iter()
            .flat_map(|base| inner.row(row % inner.rows()).iter().map(|link| compose(*base, *link, inner)))
            .collect()
    }

    /// The weight at a row and column, if they are connected. Nothing is listed.
    #[must_use]
    pub(crate) fn weight_at(&self, row: usize, column: usize) -> Option<u32> {
        self.number_at(row, column).map(|(_, weight)| weight)
    }

    /// The number of the tap at a row and column, below [`Taps::count`] and its own, and its weight; nothing if they are
    /// not connected. A tap of the product is a tap of each factor, so their numbers are the digits of its number.
    #[must_use]
    pub(crate) fn number_at(&self, row: usize, column: usize) -> Option<(usize, u32)> {
        let (mut row, mut column) = (row, column);
        let (mut number, mut numbers) = (0, 1);
        let (mut weight, mut weights) = (0, 1);
        for factor in self.factors.iter().rev() {
            let (inner_row, inner_column) = (row % factor.rows(), column % factor.columns());
            let wanted = narrow(inner_column);
            let place = factor.row(inner_row).binary_search_by_key(&wanted, |link| link.column).ok()?;
            let tap = factor.starts[inner_row] as usize + place;
            number += tap * numbers;
            numbers *= factor.taps();
            weight += factor.links[tap].weight * weights;
            weights *= factor.weights;
            (row, column) = (row / factor.rows(), column / factor.columns());
        }
        (row == 0 && column == 0).then_some((number, weight))
    }

    /// The link of a row at a place among its links, columns ascending. Nothing is listed.
    ///
    /// # Panics
    /// When the row has no such place.
    #[must_use]
    pub fn link(&self, row: usize, place: usize) -> Link {
        let (mut row, mut place) = (row, place);
        let mut picked = Vec::with_capacity(self.factors.len());
        for factor in self.factors.iter().rev() {
            let links = factor.row(row % factor.rows());
            picked.push((links[place % links.len()], factor));
            (row, place) = (row / factor.rows(), place / links.len());
        }
        assert_eq!(place, 0, "a place among the links of the row");
        picked.iter().rev().fold(Link { column: 0, weight: 0 }, |base, (link, factor)| compose(base, *link, factor))
    }

    /// How many taps a row has.
    #[must_use]
    pub fn row_length(&self, mut row: usize) -> usize {
        let mut length = 1;
        for factor in self.factors.iter().rev() {
            length *= factor.row(row % factor.rows()).len();
            row /= factor.rows();
        }
        length
    }

    /// Every tap, ordered by row, then column.
    pub fn iter(&self) -> impl Iterator<Item = Tap> + '_ {
        (0..self.rows()).flat_map(move |row| {
            self.row(row).into_iter().map(move |Link { column, weight }| Tap { row: narrow(row), weight, column })
        })
    }

    /// The product of all factors but the last, and the last. Rows are filled by joining the two.
    pub(crate) fn split(&self) -> (&[Arc<Factor>], &Factor) {
        let (inner, outer) = self.factors.split_last().expect("a layer has channels and at least one axis");
        (outer, inner)
    }
}

/// The links of one row of a product of factors, columns ascending, appended to `links`.
pub(crate) fn product_row(factors: &[Arc<Factor>], mut row: usize, links: &mut Vec<Link>) {
    let mut rows = vec![0; factors.len()];
    for (place, factor) in rows.iter_mut().zip(factors).rev() {
        *place = row % factor.rows();
        row /= factor.rows();
    }
    let first = links.len();
    links.push(Link { column: 0, weight: 0 });
    for (factor, row) in factors.iter().zip(rows) {
        let held = links.split_off(first);
        links.extend(held.iter().flat_map(|base| factor.row(row).iter().map(|link| compose(*base, *link, factor))));
    }
}

/// One more digit of the mixed-radix numbers.
pub(crate) fn compose(base: Link, link: Link, factor: &Factor) -> Link {
    Link { column: base.column * factor.columns + link.column, weight: base.weight * factor.weights + link.weight }
}

/// What a layer can have too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Excess {
    /// Cells on the small side.
    Small,
    /// Cells on the big side.
    Big,
    /// Weights.
    Weights,
    /// Taps.
    Taps,
}

impl Excess {
    fn name(self) -> &'static str {
        match self {
            Self::Small => "cells on the small side",
            Self::Big => "cells on the big side",
            Self::Weights => "weights",
            Self::Taps => "taps",
        }
    }
}

/// A layer that has more of something than may be listed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this layer has {count} {}, more than the {limit} that can be listed", excess.name())]
#[non_exhaustive]
pub struct TooLarge {
    /// What there is too much of.
    pub excess: Excess,
    /// How many there are.
    pub count: u128,
    /// How many there may be.
    pub limit: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Layer, Operation};

    fn every_small_axis() -> impl Iterator<Item = Axis> {
        (0..4_usize.pow(5)).flat_map(|code| {
            let digit = move |place: u32| code / 4_usize.pow(place) % 4 + 1;
            (-4..=6).map(move |crop| Axis::new(digit(0), digit(1), digit(2), digit(3), digit(4), crop).unwrap())
        })
    }

    #[test]
    fn the_taps_of_an_axis_are_exactly_the_pairs_that_meet_a_cell() {
        for axis in every_small_axis() {
            let mut expected = Vec::new();
            for small in 0..axis.small() {
                for ker in 0..axis.kernel() {
                    if let Some(big) = axis.cell(small, ker) {
                        expected.push(Tap { row: small as u32, weight: ker as u32, column: big as u32 });
                    }
                }
            }
            assert_eq!(Factor::of_axis(&axis).iter().collect::<Vec<_>>(), expected, "{axis:?}");
        }
    }

    #[test]
    fn transposing_twice_gives_the_factor_back_and_columns_stay_sorted() {
        for axis in every_small_axis() {
            let factor = Factor::of_axis(&axis);
            let transposed = factor.transposed();
            assert_eq!(transposed.transposed(), factor);
            for row in 0..transposed.rows() {
                assert!(transposed.row(row).windows(2).all(|pair| pair[0].column < pair[1].column));
            }
        }
    }

    #[test]
    fn a_product_numbers_its_taps_row_major() {
        let axis = AxisSettings { stride: 2, ..AxisSettings::new(2, 3) };
        let channels = ChannelSettings { input: 4, output: 2, groups: 2 };
        let layer = Layer::new(Operation::Transposed, vec![axis, AxisSettings::new(3, 2)], channels).unwrap();
        let taps = Taps::of(layer.geometry()).unwrap();
        let (height, width) = (5, 4);
        let mut expected = Vec::new();
        for (c, group) in [(0, 0), (1, 0), (2, 1), (3, 1)] {
            for (i, j) in (0..2).flat_map(|i| (0..3).map(move |j| (i, j))) {
                for (a, b) in (0..3).flat_map(|a| (0..2).map(move |b| (a, b))) {
                    expected.push(Tap {
                        row: (c * 2 + i) * 3 + j,
                        weight: (c * 3 + a) * 2 + b,
                        column: (group * height + 2 * i + a) * width + j + b,
                    });
                }
            }
        }
        assert_eq!(taps.iter().collect::<Vec<_>>(), expected);
        assert_eq!(taps.count(), expected.len());
        for row in 0..taps.rows() {
            let links = taps.row(row);
            assert_eq!(taps.row_length(row), links.len());
            assert!(links.iter().enumerate().all(|(place, link)| taps.link(row, place) == *link));
            for column in 0..taps.columns() {
                let listed = links.iter().find(|link| link.column as usize == column).map(|link| link.weight);
                assert_eq!(taps.weight_at(row, column), listed);
            }
        }
        assert_eq!(layer.geometry().tap_count(), expected.len() as u128);
    }

    #[test]
    fn what_is_too_large_is_refused_without_listing_it() {
        let huge = AxisSettings::new(1 << 40, 3);
        let layer = Layer::new(Operation::Transposed, vec![huge, huge], ChannelSettings::default()).unwrap();
        let refusal = Taps::of(layer.geometry()).unwrap_err();
        assert_eq!(refusal.count, 1 << 80);
        let small = Layer::new(Operation::Transposed, vec![AxisSettings::new(4, 3)], ChannelSettings::default());
        assert!(Taps::within(small.as_ref().unwrap().geometry(), 11, 100).is_err());
        assert!(Taps::within(small.as_ref().unwrap().geometry(), 12, 12).is_ok());
        assert!(Taps::within(small.unwrap().geometry(), 100, 5).is_err(), "six outputs on one axis");
    }
}
