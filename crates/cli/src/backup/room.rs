//! Room on a disk.

use std::path::Path;

use anyhow::{Context as _, ensure};

/// How much more must be free than what will be written.
const MARGIN: u64 = 16 << 20;

/// Bytes in megabytes, rounded up.
pub(crate) fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}

/// Fails if the disk of a directory has no room for so many bytes.
pub(crate) fn require_room(directory: &Path, bytes: u64) -> anyhow::Result<()> {
    let disk = rustix::fs::statvfs(directory).with_context(|| directory.display().to_string())?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let needed = bytes.saturating_add(MARGIN);
    ensure!(
        free >= needed,
        "the disk of {} has {} MB free, and about {} MB are needed: make room there, or choose a directory on another disk",
        directory.display(),
        megabytes(free),
        megabytes(needed)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_both_sizes() {
        let directory = tempfile::tempdir().unwrap();
        require_room(directory.path(), 0).unwrap();
        let error = require_room(directory.path(), u64::MAX).unwrap_err().to_string();
        assert!(error.contains("MB free") && error.contains("MB are needed"), "{error}");
    }
}
