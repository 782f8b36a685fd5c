//! The operations that a key has used since they were last written to the database: one bit each.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::rights::grants::WORDS;

/// A set of operations, by their positions in the catalogue, to which many requests add at the same time.
#[derive(Debug, Default)]
pub(crate) struct UsedOperations([AtomicU64; WORDS]);

impl UsedOperations {
    /// Adds an operation.
    pub(crate) fn insert(&self, index: usize) {
        let Some(word) = self.0.get(index / 64) else { return };
        let bit = 1 << (index % 64);
        // Nearly always it is there already, and reading does not take the cache line from other cores.
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// A set with the operations that are in this one now.
    pub(crate) fn copy(&self) -> Self {
        Self(std::array::from_fn(|n| {
            AtomicU64::new(self.0.get(n).map_or(0, |word| word.load(Ordering::Relaxed)))
        }))
    }

    /// Takes all operations out of the set.
    pub(crate) fn take(&self) -> Vec<usize> {
        let mut taken = Vec::new();
        for (n, word) in self.0.iter().enumerate() {
            let mut bits =
                if word.load(Ordering::Relaxed) == 0 { 0 } else { word.swap(0, Ordering::Relaxed) };
            while bits != 0 {
                taken.push(64 * n + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_taken_once() {
        let used = UsedOperations::default();
        for index in [200, 0, 63, 64, 64, 64 * WORDS] {
            used.insert(index);
        }
        let copy = used.copy();
        assert_eq!(used.take(), [0, 63, 64, 200]);
        assert!(used.take().is_empty());
        assert_eq!(copy.take(), [0, 63, 64, 200]);
    }
}
