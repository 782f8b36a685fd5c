//! The limit on open files.

use rlimit::Resource;

/// The limit that most programs expect: those that use select(2) cannot handle more.
const USUAL: u64 = 1_024;

/// Lowers the limit to the usual one, for the programs that this process starts.
pub(crate) fn lower() {
    let lowered = Resource::NOFILE.get().and_then(|(_, most)| Resource::NOFILE.set(USUAL.min(most), most));
    if let Err(error) = lowered {
        tracing::warn!(%error, "the limit on open files could not be changed");
    }
}
