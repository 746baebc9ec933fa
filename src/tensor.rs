//! A dense, row-major tensor: shape and entries.

/// Row-major entries with their shape; the last axis varies fastest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor<T> {
    shape: Vec<usize>,
    entries: Vec<T>,
}

impl<T> Tensor<T> {
    /// A tensor from its entries.
    ///
    /// # Panics
    /// When the number of entries is not the product of the shape.
    #[must_use]
    pub fn new(shape: Vec<usize>, entries: Vec<T>) -> Self {
        assert_eq!(shape.iter().product::<usize>(), entries.len(), "entries must fill the shape {shape:?}");
        Self { shape, entries }
    }

    /// A tensor whose entries are computed from their flat index.
    pub fn from_fn(shape: &[usize], entry: impl FnMut(usize) -> T) -> Self {
        let entries = (0..shape.iter().product()).map(entry).collect();
        Self { shape: shape.to_vec(), entries }
    }

    /// The extents.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// All entries, row-major.
    #[must_use]
    pub fn entries(&self) -> &[T] {
        &self.entries
    }

    /// All entries, row-major, for writing.
    pub fn entries_mut(&mut self) -> &mut [T] {
        &mut self.entries
    }

    /// Gives up the shape.
    #[must_use]
    pub fn into_entries(self) -> Vec<T> {
        self.entries
    }

    /// The same shape with every entry mapped.
    pub fn map<U>(&self, map: impl FnMut(&T) -> U) -> Tensor<U> {
        Tensor { shape: self.shape.clone(), entries: self.entries.iter().map(map).collect() }
    }

    /// Writes the entries as nested lists; no extent is 0.
    pub(crate) fn write_nested(&self, out: &mut String, separator: &str, mut entry: impl FnMut(&mut String, &T)) {
        // After so many entries a list of this depth is full.
        let mut full: Vec<usize> = Vec::with_capacity(self.shape.len());
        let mut size = 1;
        for extent in self.shape.iter().rev() {
            size *= extent;
            full.push(size);
        }
        for (flat, value) in self.entries.iter().enumerate() {
            if flat > 0 {
                out.push_str(separator);
            }
            full.iter().filter(|&&size| flat % size == 0).for_each(|_| out.push('['));
            entry(out, value);
            full.iter().filter(|&&size| (flat + 1) % size == 0).for_each(|_| out.push(']'));
        }
    }

    /// The index along every axis of a flat index.
    ///
    /// # Panics
    /// When an extent is 0.
    #[must_use]
    pub fn index_of(&self, flat: usize) -> Vec<usize> {
        unravel(&self.shape, flat)
    }
}

/// The index along every axis that belongs to a flat, row-major index.
///
/// # Panics
/// When an extent is 0.
#[must_use]
pub fn unravel(shape: &[usize], mut flat: usize) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (place, &extent) in index.iter_mut().zip(shape).rev() {
        *place = flat % extent;
        flat /= extent;
    }
    index
}

/// The flat, row-major index that belongs to an index along every axis.
#[must_use]
pub fn ravel(shape: &[usize], index: &[usize]) -> usize {
    shape.iter().zip(index).fold(0, |flat, (&extent, &place)| flat * extent + place)
}

/// The number of entries of a shape, if it fits.
pub(crate) fn count_of(shape: &[usize]) -> Option<usize> {
    // A 0 hides an overflow behind it.
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ravel_undoes_unravel() {
        let shape = [2, 3, 4];
        for flat in 0..24 {
            assert_eq!(ravel(&shape, &unravel(&shape, flat)), flat);
        }
        assert_eq!(unravel(&shape, 23), [1, 2, 3]);
    }

    #[test]
    #[should_panic(expected = "fill the shape")]
    fn entries_that_do_not_fill_the_shape_are_a_broken_contract() {
        let _ = Tensor::new(vec![2, 2], vec![1, 2, 3]);
    }
}
