//! Channels and groups: which channels of the two sides are connected, and by which slice of the weight.

use super::error::{GeometryError, Parameter};

/// Channel counts of the two sides and the number of groups; both counts are multiples of the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Channels {
    small: usize,
    big: usize,
    groups: usize,
}

impl Channels {
    /// One channel on each side.
    pub const SINGLE: Self = Self { small: 1, big: 1, groups: 1 };

    /// Channels of the small and the big side, split into groups.
    ///
    /// # Errors
    /// When a number is 0 or the groups do not divide both counts.
    pub fn new(small: usize, big: usize, groups: usize) -> Result<Self, GeometryError> {
        for (parameter, value) in
            [(Parameter::InChannels, small), (Parameter::OutChannels, big), (Parameter::Groups, groups)]
        {
            if value == 0 {
                return Err(GeometryError::zero(parameter, None));
            }
        }
        if !small.is_multiple_of(groups) || !big.is_multiple_of(groups) {
            return Err(GeometryError::groups(groups, small, big));
        }
        if small.checked_mul(big / groups).is_none() {
            return Err(GeometryError::overflow(Parameter::OutChannels, big, None));
        }
        Ok(Self { small, big, groups })
    }

    /// Channels of the small side.
    #[must_use]
    pub fn small(&self) -> usize {
        self.small
    }

    /// Channels of the big side.
    #[must_use]
    pub fn big(&self) -> usize {
        self.big
    }

    /// The number of groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Channels of the big side in one group: the second extent of the weight tensor.
    #[must_use]
    pub(crate) fn big_per_group(&self) -> usize {
        self.big / self.groups
    }

    /// Channels of the small side in one group.
    #[must_use]
    pub(crate) fn small_per_group(&self) -> usize {
        self.small / self.groups
    }

    /// The group a channel of the small side belongs to.
    #[must_use]
    pub(crate) fn group_of_small(&self, channel: usize) -> usize {
        channel / self.small_per_group()
    }

    /// The channel of the big side that `weight[small_channel, within_group]` connects to.
    #[must_use]
    pub fn big_channel(&self, small_channel: usize, within_group: usize) -> usize {
        self.group_of_small(small_channel) * self.big_per_group() + within_group
    }

    pub(crate) fn tap_count(&self) -> u128 {
        self.small as u128 * self.big_per_group() as u128
    }
}
