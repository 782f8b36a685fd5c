//! The disk space that is left for a data directory.

use std::path::Path;

use super::finding::Finding;

/// The share of its blocks that a file system must have free, so that it is not called nearly full: 1 in so many.
const SHARE: u64 = 50;

/// The space of a file system.
#[derive(Clone, Copy, Debug)]
struct Space {
    /// How many bytes a user may still write.
    free_bytes: u64,
    /// How many bytes it has.
    bytes: u64,
    /// How many files may still be made; `None` if it does not limit them.
    free_files: Option<u64>,
}

#[cfg(unix)]
fn measure(path: &Path) -> std::io::Result<Space> {
    let found = rustix::fs::statvfs(path)?;
    Ok(Space {
        free_bytes: found.f_bavail.saturating_mul(found.f_frsize),
        bytes: found.f_blocks.saturating_mul(found.f_frsize),
        free_files: (found.f_files > 0).then_some(found.f_favail),
    })
}

#[cfg(not(unix))]
fn measure(_: &Path) -> std::io::Result<Space> {
    Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
}

/// Whether the space is enough. `least` is the least number of bytes that must be free.
fn judge(check: &'static str, path: &Path, space: Space, least: u64) -> Finding {
    let (free, all) = (space.free_bytes >> 20, space.bytes >> 20);
    let text = format!("{free} MiB of {all} MiB are free for {}", path.display());
    if space.free_bytes < least {
        let next = "make room on this file system, or move the data directory to a larger one; without room, the server only revokes and deletes";
        return Finding::fault(check, format!("{text}, less than {} MiB", least >> 20), next);
    }
    if space.free_files.is_some_and(|files| files < 1_000) {
        let text = format!("the file system of {} has no room for 1,000 more files", path.display());
        return Finding::fault(check, text, "remove files that are not needed; most of them are small");
    }
    if space.free_bytes < space.bytes / SHARE {
        let next = "make room on this file system before it is full";
        return Finding::warning(check, format!("{text}, less than {} percent", 100 / SHARE), next);
    }
    Finding::ok(check, text)
}

/// Checks the space of the file system that a directory is on.
pub(super) fn check(check: &'static str, path: &Path, least: u64) -> Finding {
    match measure(path) {
        Ok(space) => judge(check, path, space, least),
        Err(error) => Finding::skipped(
            check,
            format!("the free space for {} could not be measured: {error}", path.display()),
            "look at it with `df`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Mark;
    use super::*;

    #[test]
    fn a_disk_that_is_nearly_full_is_found() {
        const GIB: u64 = 1 << 30;
        let judged = |free_bytes, bytes, free_files| {
            judge("disk", Path::new("/data"), Space { free_bytes, bytes, free_files }, 512 << 20).mark
        };
        assert_eq!(judged(10 * GIB, 100 * GIB, None), Mark::Ok);
        assert_eq!(judged(GIB / 2, 10 * GIB, Some(1_000)), Mark::Ok);
        assert_eq!(judged(GIB / 2 - 1, 10 * GIB, None), Mark::Fault);
        assert_eq!(judged(10 * GIB, 100 * GIB, Some(999)), Mark::Fault);
        assert_eq!(judged(GIB, 100 * GIB, None), Mark::Warning);
        assert!(
            judge("disk", Path::new("/data"), Space { free_bytes: 1, bytes: GIB, free_files: None }, 2)
                .finding
                .contains("/data")
        );
    }
}
