//! Arrays of numbers that may be large: in memory mapped for them alone, on large pages where the system has them.

use bytemuck::Pod;
use memmap2::MmapMut;
use std::collections::TryReserveError;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// From this many bytes on an array has its own mapping: two large pages of the usual size.
pub(super) const LARGE: usize = 4 << 20;

/// An array of numbers, read and written as a slice.
///
/// The first touch of fresh memory is one fault a page and dearer than what is then written there. A large array
/// therefore asks for large pages, and nothing touches it before the threads that fill it do.
pub struct Array<T>(Memory<T>);

enum Memory<T> {
    Allocated(Vec<T>),
    Mapped(MmapMut, PhantomData<T>),
}

impl<T: Pod> Array<T> {
    /// So many zeros.
    ///
    /// # Errors
    /// When the system does not give a large array its memory.
    pub fn zeroed(length: usize) -> Result<Self, TryReserveError> {
        let bytes = length.saturating_mul(size_of::<T>());
        if bytes < LARGE {
            return Ok(Self(Memory::Allocated(vec![T::zeroed(); length])));
        }
        if let Ok(map) = mapped(bytes) {
            return Ok(Self(Memory::Mapped(map, PhantomData)));
        }
        let mut numbers = Vec::new();
        numbers.try_reserve_exact(length)?;
        numbers.resize(length, T::zeroed());
        Ok(Self(Memory::Allocated(numbers)))
    }
}

/// Zeros, not yet touched. Large pages are a wish: without them the memory is the same, only slower at first.
fn mapped(bytes: usize) -> std::io::Result<MmapMut> {
    let map = MmapMut::map_anon(bytes)?;
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    Ok(map)
}

impl<T> Default for Array<T> {
    fn default() -> Self {
        Self(Memory::Allocated(Vec::new()))
    }
}

impl<T: Pod> Deref for Array<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Memory::Allocated(numbers) => numbers,
            Memory::Mapped(map, _) => bytemuck::cast_slice(map),
        }
    }
}

impl<T: Pod> DerefMut for Array<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Memory::Allocated(numbers) => numbers,
            Memory::Mapped(map, _) => bytemuck::cast_slice_mut(map),
        }
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Pod + PartialEq> PartialEq for Array<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_around_the_threshold_are_zeros_that_can_be_written() {
        const NUMBERS: usize = LARGE / 8;
        for length in [0, 1, NUMBERS - 1, NUMBERS, NUMBERS + 1, 2 * NUMBERS + 3] {
            let mut array = Array::<f64>::zeroed(length).unwrap();
            assert_eq!(matches!(array.0, Memory::Mapped(..)), length >= NUMBERS);
            assert_eq!(*array, vec![0.0; length]);
            for (number, place) in array.iter_mut().zip(0..) {
                *number = f64::from(place);
            }
            assert!(array.len() == length && array.iter().copied().eq((0..).map(f64::from).take(length)));
        }
    }

    #[test]
    fn every_size_of_element_fills_a_mapping() {
        assert_eq!(*Array::<u8>::zeroed(LARGE + 1).unwrap(), [0; LARGE + 1]);
        assert_eq!(*Array::<u32>::zeroed(LARGE).unwrap(), vec![0; LARGE]);
        assert_eq!(*Array::<[u8; 8]>::zeroed(LARGE).unwrap(), vec![[0; 8]; LARGE]);
    }

    #[test]
    fn memory_that_the_system_does_not_have_is_an_error() {
        for length in [usize::MAX / 64, usize::MAX / 8, usize::MAX] {
            assert!(Array::<f64>::zeroed(length).is_err(), "{length}");
        }
    }
}
