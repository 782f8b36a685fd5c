//! Scopes compiled to a bit set of operations, so that a check is one lookup in one word.

use std::collections::BTreeSet;

use bailiwick_domain::scope::Scope;

use crate::shape::listing::Listings;
use crate::shape::spec::Access;

/// Room for 256 operations. If the catalogue outgrows it, every test that uses a key fails.
pub(crate) const WORDS: usize = 4;

/// A set of operations, one bit each. Stored inline: with a million keys, every further pointer is a
/// cache miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grants([u64; WORDS]);

impl Grants {
    /// The operations that scopes open. Operations for root keys only are left out for other keys,
    /// whatever their scopes.
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

    /// The operations that a policy withholds. An import creates and changes, so it is withheld with
    /// either.
    pub(crate) fn withheld(scopes: &BTreeSet<Scope>, listings: &Listings) -> Self {
        let mut withheld = Self::compile(scopes, true, listings);
        for operation in listings.iter() {
            let Some(noun) = operation.spec.id.strip_suffix(".import") else { continue };
            let parts = ["create", "update"].map(|verb| listings.get(&format!("{noun}.{verb}")));
            if parts.into_iter().flatten().any(|part| withheld.contains(part.index)) {
                withheld.0[operation.index / 64] |= 1 << (operation.index % 64);
            }
        }
        withheld
    }

    /// The operations in both sets.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|n| self.0[n] & other.0[n]))
    }

    /// The operations that are not in the other set.
    pub(crate) fn without(self, other: Self) -> Self {
        Self(std::array::from_fn(|n| self.0[n] & !other.0[n]))
    }

    /// Whether the operation with this index is in the set.
    pub(crate) fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}
