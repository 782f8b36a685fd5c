//! Version information of the running program.

use bailiwick_domain::time::Timestamp;

/// Version information of the running program.
#[derive(Clone, Debug)]
pub struct Build {
    /// Its version (Semantic Versioning 2.0.0).
    pub version: &'static str,
    /// The version with the commit that it was built from, if known.
    pub full_version: String,
    /// When that commit was made; when the program was built, if the commit is unknown.
    pub timestamp: Timestamp,
}
