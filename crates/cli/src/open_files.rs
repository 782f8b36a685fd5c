//! The limit on open files, which include connections.

/// Raises the limit to what the machine allows. Each connected agent needs one open file.
pub(crate) fn raise() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit on open files could not be changed");
    }
}
