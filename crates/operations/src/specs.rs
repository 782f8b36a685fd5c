//! The nouns of this crate, each with what is said of it once, and its other operations.

use bailiwick_engine::noun::NounSpec;
use bailiwick_engine::operation::Erased;

/// The nouns, in the order of the documentation.
pub static NOUNS: [NounSpec; 17] = [
    crate::organizations::SPEC,
    crate::sites::SPEC,
    crate::nodes::SPEC,
    crate::services::SPEC,
    crate::agents::SPEC,
    crate::front::SPEC,
    crate::commands::SPEC,
    crate::selections::SPEC,
    crate::updates::SPEC,
    crate::scripts::SPEC,
    crate::schedules::SPEC,
    crate::maintenance_windows::SPEC,
    crate::keys::SPEC,
    crate::users::SPEC,
    crate::roles::SPEC,
    crate::discovery::PROMETHEUS,
    crate::discovery::ANSIBLE,
];

/// The operations that are about the caller or the server, in the order of the documentation.
pub const OTHERS: [&[Erased]; 11] = [
    crate::account::invitations::OPERATIONS,
    crate::account::sessions::OPERATIONS,
    crate::account::me::OPERATIONS,
    crate::account::preferences::OPERATIONS,
    crate::account::second_factor::OPERATIONS,
    crate::whoami::OPERATIONS,
    crate::permissions::OPERATIONS,
    crate::keys::preview::OPERATIONS,
    crate::audit::OPERATIONS,
    crate::server::OPERATIONS,
    crate::metrics::OPERATIONS,
];
