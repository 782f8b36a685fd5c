//! How many files this process may have open: a connection is one.

use rlimit::Resource;

/// What programs reckon with: those that wait with select(2) can handle no more.
const USUAL: u64 = 1_024;

/// As many as the machine allows. Each agent that is connected takes one.
pub(crate) fn raise() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// As many as is usual, for what this process starts.
pub(crate) fn lower() {
    let lowered = Resource::NOFILE.get().and_then(|(_, most)| Resource::NOFILE.set(USUAL.min(most), most));
    if let Err(error) = lowered {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}
