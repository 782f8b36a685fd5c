//! Pseudo-random numbers that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use bailiwick_domain::outside::Entropy;

/// `SplitMix64` (Steele, Lea and Flood 2014). It returns the same numbers for the same seed, so that data
/// made from them can be generated again instead of being kept in the memory that is measured.
pub(crate) struct Numbers(AtomicU64);

impl Numbers {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    pub(crate) fn from(seed: u64) -> Self {
        let seeded = Self(AtomicU64::new(seed));
        Self(AtomicU64::new(seeded.next()))
    }

    pub(crate) fn next(&self) -> u64 {
        let mut z = self.0.fetch_add(Self::STEP, Ordering::Relaxed).wrapping_add(Self::STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to but excluding `many`; 0 if `many` is 0.
    pub(crate) fn below(&self, many: usize) -> usize {
        self.next().checked_rem(many as u64).unwrap_or_default() as usize
    }
}

impl Entropy for Numbers {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}
