//! One spatial axis in canonical form: the numbers `(m, n, k, s, d, lo)` and the position formula.

use super::error::{GeometryError, Parameter};
use crate::index::signed;

/// One spatial axis.
///
/// A *small* side of length `m` and a *big* side of length `n` are tied together by
///
/// ```text
/// position(small, ker) = s * small + d * ker - lo        0 <= small < m, 0 <= ker < k
/// ```
///
/// A convolution reads the big side and writes the small one; a transposed convolution the other way round.
/// `lo` (here [`crop_begin`](Axis::crop_begin)) is what a transposed convolution cuts off at the start of its
/// scattered buffer and what a convolution pads there; negative means the opposite.
///
/// The constructor checks that `L = s (m - 1) + d (k - 1) + 1`, `n + d (k - 1)`, `L - lo`, `n + lo`, `lo` and
/// `hi = L - lo - n` fit into an `i64`, and the two lengths into a `usize`. On that all arithmetic here rests, since
/// every position lies in `-lo .. L - lo` and every cell plus `lo` in `lo .. n + lo`. The
/// [equivalent convolution](Axis::equivalent_convolution) has the same six numbers in another order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Axis {
    small: usize,
    big: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    crop_begin: i64,
}

impl Axis {
    /// An axis from its six canonical numbers.
    ///
    /// # Errors
    /// When a length, the stride or the dilation is 0, or when a length or a position would not fit into an `i64`.
    pub fn new(
        small: usize,
        big: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
        crop_begin: i64,
    ) -> Result<Self, GeometryError> {
        let at_least_one = [
            (Parameter::Input, small),
            (Parameter::Input, big),
            (Parameter::Kernel, kernel),
            (Parameter::Stride, stride),
            (Parameter::Dilation, dilation),
        ];
        for (parameter, value) in at_least_one {
            if value == 0 {
                return Err(GeometryError::zero(parameter, None));
            }
        }
        let axis = Self { small, big, kernel, stride, dilation, crop_begin };
        if axis.fits() { Ok(axis) } else { Err(GeometryError::overflow(Parameter::Input, small.max(big), None)) }
    }

    /// `m`, the length of the small side.
    #[must_use]
    pub fn small(&self) -> usize {
        self.small
    }

    /// `n`, the length of the big side.
    #[must_use]
    pub fn big(&self) -> usize {
        self.big
    }

    /// `k`, the number of kernel cells.
    #[must_use]
    pub fn kernel(&self) -> usize {
        self.kernel
    }

    /// `s`, the stride.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// `d`, the dilation; 1 means the kernel cells are neighbours.
    #[must_use]
    pub fn dilation(&self) -> usize {
        self.dilation
    }

    /// `lo`, what is cut at the start of the scattered buffer (negative: zeros are put there).
    #[must_use]
    pub fn crop_begin(&self) -> i64 {
        self.crop_begin
    }

    /// `hi = L - lo - n`, what is cut at the end of the scattered buffer (negative: zeros are put there).
    #[must_use]
    pub fn crop_end(&self) -> i64 {
        signed(self.buffer()) - self.crop_begin - signed(self.big)
    }

    /// `L = s (m - 1) + d (k - 1) + 1`, the length of the buffer a transposed convolution scatters into
    /// before it is cut.
    #[must_use]
    pub fn buffer(&self) -> usize {
        self.stride * (self.small - 1) + self.effective_kernel()
    }

    /// `d (k - 1) + 1`, the length the dilated kernel covers.
    #[must_use]
    pub fn effective_kernel(&self) -> usize {
        self.dilation * (self.kernel - 1) + 1
    }

    /// `s * small + d * ker - lo`: the cell of the big side that the pair meets, which may lie outside it. The pair must
    /// not: `small < m` and `ker < k`.
    #[must_use]
    pub fn position(&self, small: usize, ker: usize) -> i64 {
        signed(self.stride * small + self.dilation * ker) - self.crop_begin
    }

    /// The cell of the big side that the pair meets, if it lies inside.
    #[must_use]
    pub fn cell(&self, small: usize, ker: usize) -> Option<usize> {
        usize::try_from(self.position(small, ker)).ok().filter(|&big| big < self.big)
    }

    /// The pairs `(small, ker)` that meet a cell of the big side: the solutions of `s small + d ker - lo = big`,
    /// kernel cells ascending (so `small` descending).
    pub fn meeting(&self, big: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let target = signed(big) + self.crop_begin;
        let farthest = signed(self.stride * (self.small - 1));
        let first = usize::try_from(target - farthest).unwrap_or(0).div_ceil(self.dilation);
        (first..self.kernel)
            .map_while(move |ker| usize::try_from(target - signed(self.dilation * ker)).ok().map(|rest| (rest, ker)))
            .filter(|(rest, _)| rest % self.stride == 0)
            .map(|(rest, ker)| (rest / self.stride, ker))
    }

    /// The axis of the convolution that computes this axis' transposed convolution: it reads the zero-inserted
    /// input of length `s (m - 1) + 1`, slides the flipped kernel at stride 1 with the same dilation, and pads
    /// `d (k - 1) - lo` at the start.
    ///
    /// `(i, t, j)` is a tap of `self` exactly when `(j, k - 1 - t, s i)` is a tap of the result, because
    /// `j + d (k - 1 - t) - (d (k - 1) - lo) = j - d t + lo = s i`.
    #[must_use]
    pub fn equivalent_convolution(&self) -> Self {
        Self {
            small: self.big,
            big: self.stride * (self.small - 1) + 1,
            kernel: self.kernel,
            stride: 1,
            dilation: self.dilation,
            crop_begin: signed(self.dilation * (self.kernel - 1)) - self.crop_begin,
        }
    }

    /// How many pairs `(small, ker)` fall inside the big side.
    pub(crate) fn tap_count(&self) -> u128 {
        // Walk the shorter of the two and count the other in closed form.
        let (walked, step, counted, counted_step) = if self.kernel <= self.small {
            (self.kernel, self.dilation, self.small, self.stride)
        } else {
            (self.small, self.stride, self.kernel, self.dilation)
        };
        let below = |bound: i64| match usize::try_from(bound) {
            // How many multiples c * counted_step, c < counted, lie below `bound`.
            Ok(bound) => counted.min(bound.div_ceil(counted_step)),
            Err(_) => 0,
        };
        (0..walked)
            .map(|index| {
                let offset = self.crop_begin - signed(index * step);
                (below(offset + signed(self.big)) - below(offset)) as u128
            })
            .sum()
    }

    /// Whether everything fits that is counted and placed along the axis; see [`Axis`].
    fn fits(&self) -> bool {
        // Below 2^126 each, if they do not saturate; then they are refused.
        let product = |step: usize, count: usize| (step as i128).saturating_mul(count as i128 - 1).min(1 << 125);
        let (steps, reach) = (product(self.stride, self.small), product(self.dilation, self.kernel));
        let (big, crop) = (self.big as i128, i128::from(self.crop_begin));
        let (buffer, unit_buffer) = (steps + reach + 1, big + reach);
        [buffer, unit_buffer].into_iter().all(|length| usize::try_from(length).is_ok())
            && [buffer, unit_buffer, buffer - crop, big + crop, buffer - crop - big]
                .into_iter()
                .all(|position| i64::try_from(position).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closed_form_tap_count_equals_counting_every_pair() {
        for (small, big, kernel, stride, dilation) in every_small_axis(5) {
            for crop in -3..=8 {
                let axis = Axis::new(small, big, kernel, stride, dilation, crop).unwrap();
                let listed = (0..small)
                    .flat_map(|i| (0..kernel).map(move |t| (i, t)))
                    .filter(|&(i, t)| axis.cell(i, t).is_some())
                    .count();
                assert_eq!(axis.tap_count(), listed as u128, "{axis:?}");
            }
        }
    }

    #[test]
    fn the_pairs_meeting_a_cell_are_exactly_those_whose_position_it_is() {
        for (small, big, kernel, stride, dilation) in every_small_axis(4) {
            for crop in -3..=6 {
                let axis = Axis::new(small, big, kernel, stride, dilation, crop).unwrap();
                for cell in 0..big {
                    let expected: Vec<_> = (0..kernel)
                        .flat_map(|t| (0..small).map(move |i| (i, t)))
                        .filter(|&(i, t)| axis.cell(i, t) == Some(cell))
                        .collect();
                    assert_eq!(axis.meeting(cell).collect::<Vec<_>>(), expected, "{axis:?} at {cell}");
                }
            }
        }
    }

    fn every_small_axis(top: usize) -> impl Iterator<Item = (usize, usize, usize, usize, usize)> {
        (0..top.pow(5)).map(move |code| {
            let digit = |place: u32| code / top.pow(place) % top + 1;
            (digit(0), digit(1), digit(2), digit(3), digit(4))
        })
    }

    #[test]
    fn positions_that_do_not_fit_are_refused() {
        assert!(Axis::new(1 << 40, 1, 1, 1 << 40, 1, 0).is_err());
        assert!(Axis::new(2, 1, 2, usize::MAX, usize::MAX, 0).is_err());
        assert!(Axis::new(1, 1, 1, usize::MAX, usize::MAX, 0).is_ok(), "one cell never steps");
        assert!(Axis::new(1, 1, 1, 1, 1, i64::MIN).is_err());
        assert!(Axis::new(1, 2, 1, 1, 1, i64::MAX - 1).is_err(), "the last cell plus what is cut");
        assert!(Axis::new(1, 1, 1, 1, 1, i64::MAX - 1).is_ok());
        assert!(Axis::new(1, usize::MAX / 2, 2, 1, 1, 0).is_err(), "the equivalent convolution's buffer");
    }

    #[test]
    fn the_equivalent_convolution_of_the_farthest_axes_computes_the_same_positions() {
        let most = i64::MAX;
        for (small, big, kernel, stride, dilation, crop) in [
            (1, 1, 2, 1, (most - 2) as usize, most / 2),
            (2, 1, 1, (most - 1) as usize, 1, most - 1),
            (2, 1, 2, (most / 2) as usize, (most / 2 - 1) as usize, -1),
            (3, (most / 4) as usize, 3, (most / 8) as usize, (most / 8) as usize, most / 2),
            (1, most as usize, 1, 7, 5, 0),
        ] {
            let axis = Axis::new(small, big, kernel, stride, dilation, crop).unwrap();
            let unit = axis.equivalent_convolution();
            assert_eq!(Axis::new(unit.small, unit.big, unit.kernel, 1, unit.dilation, unit.crop_begin), Ok(unit));
            assert_eq!(unit.crop_end(), (dilation * (kernel - 1)) as i64 - axis.crop_end());
            for (small, ker) in (0..small).flat_map(|small| (0..kernel).map(move |ker| (small, ker))) {
                let expected = (stride * small) as i128 + (dilation * ker) as i128 - i128::from(crop);
                assert_eq!(i128::from(axis.position(small, ker)), expected, "{axis:?}");
                if let Some(cell) = axis.cell(small, ker) {
                    assert!(axis.meeting(cell).any(|pair| pair == (small, ker)), "{axis:?}");
                    assert!(unit.meeting(stride * small).any(|pair| pair == (cell, kernel - 1 - ker)), "{axis:?}");
                }
            }
        }
    }

    #[test]
    fn a_length_of_zero_is_refused() {
        for zeroed in 0..5 {
            let mut numbers = [2, 2, 2, 2, 2];
            numbers[zeroed] = 0;
            let [small, big, kernel, stride, dilation] = numbers;
            assert!(Axis::new(small, big, kernel, stride, dilation, 0).is_err());
        }
    }
}
