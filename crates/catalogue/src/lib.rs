//! The catalogue of all operations: those on the inventory and on authority (the crate `operations`), and those on
//! machine data (the crate `machines`).

mod can;
mod events;
pub mod presets;
pub mod scope_match;

use std::sync::OnceLock;

use bailiwick_engine::catalogue::Catalogue;
use bailiwick_engine::noun::NounSpec;
use bailiwick_engine::operation::{Erased, erase};

/// The operations of this crate.
const OWN: &[Erased] = &[erase::<can::Can>(), erase::<scope_match::MatchScopes>()];

/// The nouns, in the order of the documentation.
pub fn nouns() -> impl Iterator<Item = &'static NounSpec> {
    bailiwick_operations::specs::NOUNS.iter().chain(&bailiwick_machines::NOUNS).chain([&events::SPEC])
}

/// All operations. Built at the first call.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let others = bailiwick_operations::specs::OTHERS.into_iter().chain([OWN]);
        Catalogue::new(
            nouns().map(|noun| noun.operations).chain(others),
            nouns().map(|noun| noun.noun).collect(),
        )
    })
}
