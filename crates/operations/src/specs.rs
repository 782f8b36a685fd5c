//! All nouns, each with what is said of it once.

use crate::noun::NounSpec;

/// The nouns, in the order of the documentation.
pub const NOUNS: [NounSpec; 13] = [
    crate::organizations::SPEC,
    crate::sites::SPEC,
    crate::nodes::SPEC,
    crate::services::SPEC,
    crate::agents::SPEC,
    crate::commands::SPEC,
    crate::updates::SPEC,
    crate::scripts::SPEC,
    crate::schedules::SPEC,
    crate::maintenance_windows::SPEC,
    crate::keys::SPEC,
    crate::users::SPEC,
    crate::roles::SPEC,
];
