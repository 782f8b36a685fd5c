//! The catalogue of all operations.

use std::sync::OnceLock;

use bailiwick_engine::catalogue::Catalogue;
use bailiwick_engine::operation::Erased;

use crate::specs::NOUNS;

/// The operations that are about the caller or the server, in the order of the documentation.
const OTHERS: [&[Erased]; 8] = [
    crate::account::invitations::OPERATIONS,
    crate::account::sessions::OPERATIONS,
    crate::account::me::OPERATIONS,
    crate::account::second_factor::OPERATIONS,
    crate::whoami::OPERATIONS,
    crate::permissions::OPERATIONS,
    crate::audit::OPERATIONS,
    crate::server::OPERATIONS,
];

/// All operations. Built at the first call.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| Catalogue::new(NOUNS.iter().map(|noun| noun.operations).chain(OTHERS)))
}
