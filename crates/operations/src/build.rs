//! The build that runs.

use bailiwick_domain::time::Timestamp;

/// The build that runs.
#[derive(Clone, Debug)]
pub struct Build {
    /// Its version (Semantic Versioning 2.0.0).
    pub version: &'static str,
    /// The version with the commit it was built from, where that is known.
    pub full_version: String,
    /// When that commit was made, or it was built.
    pub timestamp: Timestamp,
}
