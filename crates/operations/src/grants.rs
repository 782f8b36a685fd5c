//! Scopes compiled to one bit an operation, so that asking is one look at one word.

use std::collections::BTreeSet;

use bailiwick_domain::scope::Scope;

use crate::listing::Listings;
use crate::spec::Access;

/// Room for 256 operations. A catalogue that outgrows it is noticed by every test that has a key.
const WORDS: usize = 4;

/// A set of operations of the catalogue. Held in place: among a million keys, each look elsewhere
/// in memory is felt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grants([u64; WORDS]);

impl Grants {
    /// The operations that scopes open. What is for root keys only, no other key gets, whatever its
    /// scopes.
    pub(crate) fn compile(scopes: &BTreeSet<Scope>, is_root: bool, listings: &Listings) -> Self {
        let mut words = [0_u64; WORDS];
        for operation in listings.iter() {
            let open = operation.spec.access != Access::Root || is_root;
            if open && scopes.iter().any(|scope| scope.permits(operation.spec.subject())) {
                words[operation.index / 64] |= 1 << (operation.index % 64);
            }
        }
        Self(words)
    }

    /// Those that are in both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|n| self.0[n] & other.0[n]))
    }

    /// Those that are not in the other.
    pub(crate) fn without(self, other: Self) -> Self {
        Self(std::array::from_fn(|n| self.0[n] & !other.0[n]))
    }

    /// Whether the operation with an index is in it.
    pub(crate) fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}
