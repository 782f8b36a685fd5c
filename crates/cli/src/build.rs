//! The version and commit of this build.

use bailiwick_agent_program::version;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::build::Build;

/// The version, commit and time of this build.
pub(crate) fn build() -> Build {
    Build {
        version: env!("CARGO_PKG_VERSION"),
        full_version: version::full(),
        timestamp: Timestamp::from_micros(version::seconds().saturating_mul(1_000_000)),
    }
}
