//! The catalogue of all operations.

use std::sync::OnceLock;

use bailiwick_engine::catalogue::Catalogue;
use bailiwick_engine::operation::Erased;

/// The operations of each noun, in the order of the documentation. A new operation goes into its noun's
/// list.
const NOUNS: &[&[Erased]] = &[
    crate::organizations::OPERATIONS,
    crate::sites::OPERATIONS,
    crate::nodes::OPERATIONS,
    crate::services::OPERATIONS,
    crate::agents::OPERATIONS,
    crate::commands::OPERATIONS,
    crate::updates::OPERATIONS,
    crate::scripts::OPERATIONS,
    crate::schedules::OPERATIONS,
    crate::keys::OPERATIONS,
    crate::users::OPERATIONS,
    crate::roles::OPERATIONS,
    crate::invitations::OPERATIONS,
    crate::sessions::OPERATIONS,
    crate::me::OPERATIONS,
    crate::second_factor::OPERATIONS,
    crate::whoami::OPERATIONS,
    crate::permissions::OPERATIONS,
    crate::audit::OPERATIONS,
    crate::server::OPERATIONS,
];

/// All operations. Built at the first call.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| Catalogue::new(NOUNS))
}
