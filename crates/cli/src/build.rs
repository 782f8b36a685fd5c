//! The version and commit of this build.

use bailiwick_domain::time::Timestamp;
use bailiwick_engine::build::Build;

/// The version with the commit it was built from.
pub(crate) fn full_version() -> String {
    let version = env!("CARGO_PKG_VERSION");
    match env!("BUILD_COMMIT") {
        "" => version.to_owned(),
        commit => format!("{version}+{commit}"),
    }
}

/// The version, commit and time of this build.
pub(crate) fn build() -> Build {
    let seconds: i64 = env!("BUILD_SECONDS").parse().unwrap_or_default();
    Build {
        version: env!("CARGO_PKG_VERSION"),
        full_version: full_version(),
        timestamp: Timestamp::from_micros(seconds.saturating_mul(1_000_000)),
    }
}
